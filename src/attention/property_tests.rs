//! What holds whatever an engine is fed.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::support::{policy, preset};
use super::*;

/// Something that an owner does to an engine.
#[derive(Debug, Clone)]
enum Act {
    Observe { observation: Observation, wait: u64 },
    Tick { wait: u64 },
    Now { now: u64 },
    Pause,
    Resume,
    Store,
    End,
}

fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => 0.0f32..1.0,
        4 => -60.0f32..60.0,
        1 => prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, f32::MIN_POSITIVE]),
    ]
}

fn sight() -> impl Strategy<Value = Sight> {
    let face = (number(), number(), number(), number(), number()).prop_map(|(closed, mouth_wide, yaw, pitch, roll)| {
        Sight::Face(FaceSight { closed, mouth_wide, yaw, pitch, roll })
    });
    let plain = |closed| Sight::Face(FaceSight { closed, mouth_wide: 0.0, yaw: 0.0, pitch: 0.0, roll: 0.0 });
    prop_oneof![
        3 => face,
        4 => Just(plain(0.97)),
        3 => Just(plain(0.02)),
        3 => Just(Sight::Person),
        3 => Just(Sight::Nobody),
        1 => Just(Sight::Unknown),
    ]
}

fn wait() -> impl Strategy<Value = u64> {
    prop_oneof![6 => 50u64..3000, 1 => 0u64..50, 1 => 3000u64..200_000]
}

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![1 => any::<u64>(), 2 => 0u64..10_000_000, 1 => prop::sample::select(vec![0, u64::MAX, 1 << 53, (1 << 53) + 1])]
}

fn act() -> impl Strategy<Value = Act> {
    let observe = |captured_ms, sight, wait| Act::Observe { observation: Observation { captured_ms, sight }, wait };
    prop_oneof![
        4 => (time(), sight(), wait()).prop_map(move |(captured, sight, wait)| observe(captured, sight, wait)),
        // Captured as they should be: `run` adds the time.
        40 => (sight(), wait()).prop_map(move |(sight, wait)| observe(u64::MAX - 1, sight, wait)),
        6 => wait().prop_map(|wait| Act::Tick { wait }),
        1 => time().prop_map(|now| Act::Now { now: now % 100_000_000 }),
        1 => Just(Act::Pause),
        2 => Just(Act::Resume),
        2 => Just(Act::Store),
    ]
}

/// A learner's stretch: the same sight again and again, so that limits are reached.
fn stretch() -> impl Strategy<Value = Vec<Act>> {
    let steady = (sight(), 50u64..2500, 1usize..40).prop_map(|(sight, wait, count)| {
        vec![Act::Observe { observation: Observation { captured_ms: u64::MAX - 1, sight }, wait }; count]
    });
    prop_oneof![2 => steady, 1 => vec(act(), 1..20)]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    vec(stretch(), 1..20).prop_map(|stretches| stretches.into_iter().flatten().chain([Act::End]).collect())
}

/// Does it all and returns what was said, with the time of each call.
fn run(policy: &Policy, acts: &[Act], store: bool) -> (Attention, Vec<(Millis, Change)>) {
    let (mut engine, mut now, mut said) = (Attention::new(0), 0u64, Vec::new());
    for act in acts {
        let changes = match act {
            Act::Observe { observation, wait } => {
                now += wait;
                let regular = observation.captured_ms == u64::MAX - 1;
                let captured_ms = if regular { 5000 + now } else { observation.captured_ms };
                engine.observe(policy, Observation { captured_ms, ..*observation }, now)
            }
            Act::Tick { wait } => {
                now += wait;
                let changes = engine.tick(policy, now);
                assert!(engine.next_deadline(policy).is_none_or(|next| next > now), "a tick leaves something to do");
                changes
            }
            // The server's clock never goes back, but whoever passes it in may err.
            Act::Now { now } => engine.tick(policy, *now),
            Act::Pause => engine.pause(policy, now),
            Act::Resume => {
                engine.resume(now);
                Vec::new()
            }
            Act::Store if store => {
                let json = serde_json::to_string(&engine).expect("plain data");
                assert!(json.len() < 4096, "{} bytes: {json}", json.len());
                engine = serde_json::from_str(&json).expect("what was written");
                Vec::new()
            }
            Act::Store => Vec::new(),
            Act::End => engine.end(policy, now),
        };
        said.extend(changes.into_iter().map(|change| (now, change)));
        let rate = engine.wished_rate(policy);
        assert!((0.1..=60.0).contains(&rate));
    }
    (engine, said)
}

/// The stories hold together: what is checked for every run.
#[derive(Default)]
struct Story {
    at: Millis,
    alerts: u32,
    events: HashMap<u32, Event>,
    open: HashMap<Kind, (Event, Option<Alert>)>,
}

impl Story {
    fn hear(&mut self, change: &Change) {
        match *change {
            Change::State { from, to, since, at } => {
                assert!(from != to && since <= at && at >= self.at, "{change:?}");
                self.at = at;
            }
            Change::Event(event) => self.hear_event(event),
            Change::Alert(alert) => {
                let (event, last) = self.open.get_mut(&alert.kind).expect("an alert has an open event");
                assert_eq!((alert.since, alert.level), (event.start, event.peak));
                assert!(last.is_none_or(|last| last.level < alert.level) && alert.level > Level::Note);
                assert!(alert.id == self.alerts + 1 && alert.at >= self.at && alert.since <= alert.at, "{alert:?}");
                *last = Some(alert);
                (self.alerts, self.at) = (alert.id, alert.at);
            }
            Change::Cleared { id, at, .. } => {
                assert!(id <= self.alerts && at >= self.at);
                self.at = at;
            }
        }
    }

    fn hear_event(&mut self, event: Event) {
        let known = self.events.insert(event.number, event);
        assert!(known.is_some() || event.number as usize == self.events.len(), "numbered in order");
        assert!(known.is_none_or(|it| it.kind == event.kind && it.start == event.start && it.peak <= event.peak));
        assert!(known.is_none_or(|it| it.end.is_none()), "it was over");
        assert!(event.end.is_none_or(|end| end >= event.start));
        if event.end.is_some() {
            self.open.remove(&event.kind);
        } else if let Some((open, _)) = self.open.get_mut(&event.kind) {
            assert_eq!(open.number, event.number);
            *open = event;
        } else {
            self.open.insert(event.kind, (event, None));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_story_holds_together(acts in acts(), which in 0usize..3) {
        let (_, said) = run(&preset(Preset::ALL[which]), &acts, false);
        let mut story = Story::default();
        said.iter().for_each(|(_, change)| story.hear(change));
        prop_assert!(story.open.is_empty(), "the end closes all");
    }

    #[test]
    fn a_stored_engine_goes_on_as_if_it_had_not_been(acts in acts()) {
        let policy = policy();
        prop_assert!(run(&policy, &acts, true) == run(&policy, &acts, false));
    }

    #[test]
    fn open_eyes_and_blinks_alarm_nobody(interval in 50u64..2500, blinks in vec(any::<bool>(), 200..400), seed in any::<u64>()) {
        let policy = policy();
        let mut engine = Attention::new(0);
        for (index, blink) in blinks.iter().enumerate() {
            // Never two in a row.
            let closed = if *blink && index % 2 == 0 { 0.97 } else { 0.03 };
            let sight = Sight::Face(FaceSight { closed, mouth_wide: 0.0, yaw: 0.0, pitch: 0.0, roll: 0.0 });
            let now = (index as u64 + 1) * interval;
            let changes = engine.observe(&policy, Observation { captured_ms: seed % (1 << 50) + now, sight }, now);
            prop_assert!(changes.iter().all(|change| matches!(change, Change::State { .. })), "{changes:?}");
        }
    }
}
