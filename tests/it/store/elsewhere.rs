//! Several servers on one database: what a learner does on one of them holds on all.

use loa::consent::VERSION;
use loa::protocol::server::ServerMessage;
use loa::store::{Caller, LearnerId, NewGuest, Store, UtcMs};

use super::place::Place;
use crate::support::{Client, TestServer, config, picture, tokens};

/// With consent, on the server.
async fn comes(store: &Store, server: &TestServer) -> (Caller, Client) {
    let (caller, now) = (Caller::authenticated(LearnerId::new_id()), UtcMs::now());
    let guest = NewGuest { consent: Some(VERSION), ..NewGuest::default() };
    store.add_guest(caller, guest, now).await.expect("stored");
    let mut client = server.client().await;
    let token = tokens().access(caller.learner(), Some(VERSION), now);
    client.send_text(&format!(r#"{{"type":"hello","token":"{token}"}}"#)).await;
    client.welcome().await;
    (caller, client)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_by_one_server_is_cut_off_from_the_other() {
    let Some(place) = Place::postgres().await else { return };
    let store = place.open().await;
    let url = format!("database.url={}", place.settings.url.secret());
    let server = TestServer::with(config(&[&url, "database.path=", "database.shared=true"])).await;
    let (withdraws, mut first) = comes(&store, &server).await;
    let (erases, mut second) = comes(&store, &server).await;
    let (_, mut stays) = comes(&store, &server).await;
    // As another server does.
    store.withdraw_consent(withdraws, UtcMs::now()).await.expect("withdrawn");
    store.erase(erases).await.expect("erased");
    assert_eq!((first.close_code().await, second.close_code().await), (Some(4403), Some(4403)));
    stays.send_frame(&picture("faces/open_320x240.jpg")).await;
    while !matches!(stays.next().await, ServerMessage::Verdict(_)) {}
}
