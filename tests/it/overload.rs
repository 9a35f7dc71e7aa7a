//! More frames than one worker can look at.

use std::time::{Duration, Instant};

use image::ImageFormat;
use image::imageops::FilterType;
use loa::protocol::server::{DropReason, ServerMessage};

use crate::support::{TestServer, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_found_no_time_are_told_and_verdicts_stay_young() {
    const LEARNERS: usize = 120;
    const MAX_AGE_MS: f32 = 200.0;
    let server = TestServer::start(&[
        "inference.workers=1",
        "inference.queue_frames=2",
        "inference.max_age_ms=200",
        "inference.max_batch=1",
        "limits.frames_per_second=60",
    ])
    .await;
    // Large, so that a worker has no chance: decoding alone takes several ms.
    let jpeg = large(&picture("faces/open_640x480.jpg"));
    let mut learners = Vec::new();
    for _ in 0..LEARNERS {
        let (mut client, jpeg) = (server.client().await, jpeg.clone());
        learners.push(tokio::spawn(async move {
            client.hello().await;
            let (mut verdicts, mut expired) = (0, 0u32);
            let end = Instant::now() + Duration::from_secs(2);
            while Instant::now() < end {
                let seq = client.send_frame(&jpeg).await;
                match client.next().await {
                    ServerMessage::Verdict(verdict) => {
                        assert_eq!(verdict.seq, seq);
                        // A frame that was begun in time may still take the time of its own work, and a busy machine
                        // may stall it. With no limit on the age every frame would wait for 120 others: over 1 s.
                        assert!(verdict.ms.wait < 3.0 * MAX_AGE_MS, "worked on a stale frame: {:?}", verdict.ms);
                        verdicts += 1;
                    }
                    ServerMessage::Dropped { seq: dropped, reason } => {
                        assert_eq!(dropped, seq);
                        // Who goes on at this pace after being asked for less is not taken any more.
                        assert!(matches!(reason, DropReason::Expired | DropReason::Rate), "{reason:?}");
                        expired += u32::from(reason == DropReason::Expired);
                    }
                    other => panic!("{other:?}"),
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            (verdicts, expired)
        }));
    }
    let (mut verdicts, mut expired) = (0, 0u32);
    for learner in learners {
        let (some, others) = learner.await.expect("no assertion failed");
        verdicts += some;
        expired += others;
    }
    assert!(verdicts > 0 && expired > 0, "{verdicts} verdicts, {expired} expired: not an overload");
    assert_eq!(server.metric("loa_verdicts_total").await, f64::from(verdicts));
    assert_eq!(server.metric(r#"loa_frames_dropped_total{reason="expired"}"#).await, f64::from(expired));
    assert_eq!(server.metric("loa_inference_held").await, 0.0, "every place came back");
}

fn large(jpeg: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(jpeg).expect("a good picture").resize_exact(1280, 960, FilterType::Triangle);
    let mut bytes = Vec::new();
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), ImageFormat::Jpeg).expect("encoded");
    bytes
}
