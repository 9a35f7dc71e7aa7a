//! A clean end: frames in work are answered, clients are told, the port is free.

use std::time::Duration;

use loa::protocol::server::ServerMessage;
use tokio::net::TcpListener;

use crate::support::{PATIENCE, TestServer, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_answers_what_is_in_work_and_says_goodbye() {
    let server = TestServer::start(&[]).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = server.client().await;
        client.hello().await;
        clients.push(client);
    }
    let jpeg = picture("faces/open_640x480.jpg");
    let mut sequences = Vec::new();
    for client in &mut clients {
        sequences.push(client.send_frame(&jpeg).await);
    }
    // Frames that have arrived are taken; give them the moment that takes.
    while server.metric("loa_frames_received_total").await < 8.0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.shutdown.cancel();
    for (client, seq) in clients.iter_mut().zip(sequences) {
        assert!(matches!(client.next().await, ServerMessage::Verdict(verdict) if verdict.seq == seq));
        assert_eq!(client.close_code().await, Some(1012));
    }
    drop(clients);
    tokio::time::timeout(PATIENCE, server.task).await.expect("it ends in time").expect("without a panic");
    TcpListener::bind(server.address).await.expect("the port is free again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_do_not_answer_do_not_hold_the_server() {
    let server = TestServer::start(&["server.shutdown_ms=1000"]).await;
    let mut client = server.client().await;
    client.hello().await;
    let idle = tokio::net::TcpStream::connect(server.address).await.expect("the server listens");
    server.shutdown.cancel();
    tokio::time::timeout(PATIENCE, server.task).await.expect("it ends in time").expect("without a panic");
    drop((client, idle));
}
