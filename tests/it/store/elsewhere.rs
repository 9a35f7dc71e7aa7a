//! Several servers on one database: what a learner does on one of them holds on all.

use loa::consent::VERSION;
use loa::protocol::server::ServerMessage;
use loa::store::{Caller, LearnerId, NewGuest, Store, UtcMs};

use super::place::Place;
use crate::support::{Client, TestServer, config, picture, tokens};

async fn guest(store: &Store, consent: Option<&str>) -> Caller {
    let caller = Caller::authenticated(LearnerId::new_id());
    store.add_guest(caller, NewGuest { consent, ..NewGuest::default() }, UtcMs::now()).await.expect("stored");
    caller
}

async fn comes(server: &TestServer, caller: Caller, consent: Option<&str>) -> Client {
    let mut client = server.client().await;
    let token = tokens().access(caller.learner(), consent, UtcMs::now());
    client.send_text(&format!(r#"{{"type":"hello","token":"{token}"}}"#)).await;
    client.welcome().await;
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_by_one_server_is_cut_off_from_the_other() {
    let Some(place) = Place::postgres().await else { return };
    let store = place.open().await;
    let url = format!("database.url={}", place.settings.url.secret());
    let server = TestServer::with(config(&[&url, "database.path=", "database.shared=true"])).await;
    let withdraws = guest(&store, Some(VERSION)).await;
    let erases = guest(&store, Some(VERSION)).await;
    let stays = guest(&store, Some(VERSION)).await;
    let back = guest(&store, Some(VERSION)).await;
    // Who asks for no camera need not agree to anything, before or after.
    let never = guest(&store, None).await;
    store.withdraw_consent(back, UtcMs::now()).await.expect("withdrawn");
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let mut first = comes(&server, withdraws, Some(VERSION)).await;
    let mut second = comes(&server, erases, Some(VERSION)).await;
    let mut staying = comes(&server, stays, Some(VERSION)).await;
    let mut others = [comes(&server, never, None).await, comes(&server, back, None).await];
    // As another server does.
    store.withdraw_consent(withdraws, UtcMs::now()).await.expect("withdrawn");
    store.erase(erases).await.expect("erased");
    assert_eq!((first.close_code().await, second.close_code().await), (Some(4403), Some(4403)));
    staying.send_frame(&picture("faces/open_320x240.jpg")).await;
    while !matches!(staying.next().await, ServerMessage::Verdict(_)) {}
    for other in &mut others {
        other.send_text(r#"{"type":"nonsense"}"#).await;
        while !matches!(other.next().await, ServerMessage::Error(_)) {}
    }
}
