//! Binary messages of one connection: taken apart, numbered, and their capture times gone by.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use loa::attention::{Attention, Change, FaceSight, Observation, Policy, Preset, Sight};
use loa::config::Config;
use loa::protocol::frame::{Frame, HEADER, MAGIC};
use loa::session::mailbox::Mailbox;

static POLICY: LazyLock<Policy> =
    LazyLock::new(|| Config::load(None, &[]).expect("the built-in settings").attention.policy(Preset::Default));

/// Messages, each of: how long nothing came before (1 byte, in units of 64 ms), what the picture shows (1 byte), its length (1 byte),
/// its bytes.
pub fn frame(mut data: &[u8]) {
    let opened = Instant::now();
    let mut mailbox = Mailbox::new(opened);
    let mut attention = Attention::new(0);
    let mut now = 0_u64;
    let mut last_seq = None;
    while let [wait, shows, length, rest @ ..] = data {
        let (message, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        data = rest;
        now += u64::from(*wait) * 64;
        let parsed = Frame::parse(Bytes::copy_from_slice(message));
        match parsed.header {
            Some(header) => assert_eq!(Frame::encode(header, &parsed.jpeg), message),
            None => assert_eq!(parsed.jpeg, message),
        }
        assert_eq!(parsed.header.is_some(), message.len() >= HEADER && message.starts_with(&MAGIC));
        let pending = mailbox.number(Bytes::copy_from_slice(message), opened + Duration::from_millis(now));
        match parsed.header {
            Some(header) => assert_eq!((pending.seq, pending.captured_ms), (header.seq, header.captured_ms)),
            None => assert_eq!(
                (pending.seq, pending.captured_ms),
                (last_seq.map_or(0, |seq: u32| seq.wrapping_add(1)), now)
            ),
        }
        last_seq = Some(pending.seq);
        let sight = sight(*shows, &pending.jpeg);
        let changes = match shows >> 4 {
            0xf => attention.pause(&POLICY, now),
            0xe => {
                attention.resume(now);
                Vec::new()
            }
            0xd => attention.tick(&POLICY, now),
            _ => attention.observe(&POLICY, Observation { captured_ms: pending.captured_ms, sight }, now),
        };
        told(&changes, now);
        let rate = attention.wished_rate(&POLICY);
        assert!((0.1..=60.0).contains(&rate), "{rate}");
    }
    let json = serde_json::to_string(&attention).expect("plain data");
    assert!(json.len() < 4096, "{} bytes", json.len());
    told(&attention.end(&POLICY, now), now);
}

fn told(changes: &[Change], now: u64) {
    for change in changes {
        if let Change::Alert(alert) = change {
            assert!(alert.since <= alert.at && alert.at <= now, "{alert:?} at {now}");
        }
    }
}

fn sight(shows: u8, bytes: &[u8]) -> Sight {
    let number =
        |at: usize| bytes.get(at * 4..at * 4 + 4).and_then(|four| four.try_into().ok()).map_or(0.0, f32::from_le_bytes);
    let face = |closed, yaw, mouth_wide| Sight::Face(FaceSight { closed, mouth_wide, yaw, pitch: 0.0, roll: 0.0 });
    match shows & 7 {
        0 => face(0.02, 0.0, 0.0),
        1 => face(0.97, 0.0, 0.0),
        2 => face(0.02, 50.0, 0.0),
        3 => face(0.02, 0.0, 0.9),
        4 => Sight::Person,
        5 => Sight::Nobody,
        6 => Sight::Unknown,
        _ => Sight::Face(FaceSight {
            closed: number(0),
            mouth_wide: number(1),
            yaw: number(2),
            pitch: number(3),
            roll: number(4),
        }),
    }
}
