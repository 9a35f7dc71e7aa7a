//! HTTP on the same port: pages, health, metrics, and the upgrade with its refusals.

use tokio_tungstenite::tungstenite::Error;

use crate::support::{Client, TestServer, http, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_health_and_metrics_are_served() {
    let server = TestServer::start(&[]).await;
    let page = server.get("/").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("content-security-policy"), "{page:.200}");
    assert!(page.contains("<html"));
    assert!(server.get("/health/live").await.contains("\"live\""));
    for _ in 0..100 {
        if server.get("/health/ready").await.contains("\"ready\"") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(server.get("/health/ready").await.starts_with("HTTP/1.1 200"));
    let mut client = server.client().await;
    client.hello().await;
    client.verdict(&picture("faces/open_320x240.jpg")).await;
    let metrics = server.get("/metrics").await;
    for line in ["loa_sockets 1", "loa_verdicts_total 1", "loa_stage_seconds_count{stage=\"decode\"} 1", "# EOF"] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
    assert!(server.get("/nothing").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_subprotocol_is_negotiated() {
    let server = TestServer::start(&[]).await;
    for offer in [None, Some("loa.v1"), Some("other, loa.v1")] {
        // The library itself checks that the answer fits the offer; with none offered, none may be named.
        let mut client = Client::connect(server.address, offer).await.expect("accepted");
        client.hello().await;
    }
    let refused = Client::connect(server.address, Some("other")).await.err().expect("refused");
    assert!(matches!(refused, Error::Http(ref response) if response.status() == 400), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_no_handshake_are_refused() {
    let server = TestServer::start(&[]).await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    let cases = [
        ("", "426"),
        ("Connection: Upgrade\r\nUpgrade: h2c\r\n", "426"),
        (&format!("{upgrade}Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), "400"),
        (&format!("{upgrade}Sec-WebSocket-Version: 13\r\n"), "400"),
        (&format!("{upgrade}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n"), "400"),
    ];
    for (headers, status) in cases {
        // "Connection: close" in a header of its own ends the connection after the answer.
        let request = format!("GET /ws HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n");
        let answer = http(server.address, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{headers:?}: {answer:.100}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_says_when_to_try_again() {
    let server = TestServer::start(&["server.max_connections=2"]).await;
    let (mut first, _second) = (server.client().await, server.client().await);
    let refused = Client::connect(server.address, Some("loa.v1")).await.err().expect("full");
    match refused {
        Error::Http(response) => {
            assert_eq!(response.status(), 503);
            assert!(response.headers().contains_key("retry-after"));
        }
        other => panic!("{other}"),
    }
    assert!(server.get("/health/ready").await.starts_with("HTTP/1.1 200"), "pages are still served");
    first.socket.close(None).await.expect("closed");
    while first.next_raw().await.is_some_and(|message| message.is_ok()) {}
    drop(first);
    for _ in 0..200 {
        if Client::connect(server.address, Some("loa.v1")).await.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the place did not come back");
}
