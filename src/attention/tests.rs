//! The policy table, row by row, at every rate; then what networks, clocks and cameras do to it.

use super::support::{Watch, closed, face, open, preset, turned};
use super::*;

const INTERVALS: [u64; 5] = [100, 250, 500, 1000, 2000];
const MINUTE: u64 = 60;

fn near(at: Millis, expected: Millis, slack: u64) -> bool {
    at >= expected.saturating_sub(slack) && at <= expected + slack
}

#[test]
fn a_closure_is_warned_of_told_and_cleared_at_every_rate() {
    for interval in INTERVALS {
        let mut watch = Watch::new(interval);
        watch.see(20, open()).see(20, closed()).see(10, open());
        let alerts = watch.alerts();
        assert_eq!(alerts.len(), 2, "{interval}: {alerts:?}");
        assert_eq!((alerts[0].0, alerts[0].1), (Kind::EyesClosed, Level::PreAlarm));
        assert_eq!((alerts[1].0, alerts[1].1), (Kind::EyesClosed, Level::Alarm));
        assert!(alerts[0].2 >= 25_000 && alerts[0].2 <= 25_000 + 2 * interval, "{interval}: {alerts:?}");
        assert!(alerts[1].2 >= 35_000 && alerts[1].2 <= 35_000 + interval, "{interval}: {alerts:?}");
        let [event] = watch.events()[..] else { panic!("{interval}: {:?}", watch.events()) };
        assert!(near(event.start, 20_000, interval) && near(event.end.expect("over"), 40_000, interval), "{event:?}");
        assert_eq!(event.peak, Level::Alarm);
        assert!(near(watch.cleared()[0].1, 42_000 + interval / 2, interval), "{interval}: {:?}", watch.cleared());
        assert_eq!(watch.states(), [State::Attentive, State::EyesClosed, State::Attentive]);
    }
}

#[test]
fn changes_are_said_in_order() {
    let mut watch = Watch::new(1000);
    watch.see(5, open()).see(16, closed()).see(4, open());
    let alert = |id, level, at| Change::Alert(Alert { id, kind: Kind::EyesClosed, level, since: 5500, at });
    let event = |peak, end| Change::Event(Event { number: 1, kind: Kind::EyesClosed, start: 5500, end, peak });
    let state = |from, to, since, at| Change::State { from, to, since, at };
    let expected = [
        state(State::Unknown, State::Attentive, 1000, 1000),
        state(State::Attentive, State::EyesClosed, 5500, 9000),
        event(Level::Note, None),
        event(Level::PreAlarm, None),
        alert(1, Level::PreAlarm, 11_000),
        event(Level::Alarm, None),
        alert(2, Level::Alarm, 21_000),
        event(Level::Alarm, Some(21_500)),
        Change::Cleared { id: 2, kind: Kind::EyesClosed, at: 24_000 },
        state(State::EyesClosed, State::Attentive, 24_000, 24_000),
    ];
    assert_eq!(watch.changes, expected);
}

#[test]
fn blinks_are_nothing() {
    for (interval, pattern) in [(1000, "oocoooocoooocococooo"), (2000, "ococoococ"), (100, "ccccoooooooooooooooo")] {
        let mut watch = Watch::new(interval);
        let letters: Vec<bool> = pattern.chars().map(|letter| letter == 'c').collect();
        let sight = |index: u64| if letters[index as usize % letters.len()] { closed() } else { open() };
        watch.see_each(10 * MINUTE, |index| Some(sight(index)));
        assert_eq!(watch.changes.len(), 1, "{interval}: {:?}", watch.changes);
    }
}

#[test]
fn missed_frames_and_detectors_do_not_hide_a_closure() {
    for interval in INTERVALS {
        let mut watch = Watch::new(interval);
        // One frame in five is lost, one in nine is misread.
        let asleep = |index: u64| match index {
            _ if index % 5 == 3 => None,
            _ if index % 9 == 7 => Some(open()),
            _ => Some(closed()),
        };
        watch.see(10, open()).see_each(30, asleep).see(10, open());
        let alerts = watch.alerts();
        assert_eq!(alerts.len(), 2, "{interval}: {alerts:?}");
        assert!(alerts[1].2 <= 26_000 + 2 * interval, "{interval}: {alerts:?}");
    }
}

#[test]
fn an_absence_is_warned_of_told_and_cleared_at_every_rate() {
    for interval in INTERVALS {
        let mut watch = Watch::new(interval);
        watch.see(20, open()).see(60, Sight::Nobody).see(10, open());
        let alerts = watch.alerts();
        let expected = [(Level::PreAlarm, 30_000), (Level::Alarm, 50_000)];
        assert_eq!(alerts.len(), 2, "{interval}: {alerts:?}");
        for ((kind, level, at), (expected, limit)) in alerts.iter().zip(expected) {
            assert_eq!((*kind, *level), (Kind::Absent, expected));
            assert!(near(*at, limit, interval), "{interval}: {alerts:?}");
        }
        let [event] = watch.events()[..] else { panic!("{interval}: {:?}", watch.events()) };
        assert!(near(event.start, 20_000, interval) && near(event.end.expect("over"), 80_000, interval), "{event:?}");
        assert_eq!(watch.states(), [State::Attentive, State::Absent, State::Attentive]);
    }
}

#[test]
fn an_absence_goes_on_when_frames_stop_or_tell_nothing() {
    for covered in [None, Some(Sight::Unknown)] {
        let mut watch = Watch::new(1000);
        watch.see(20, open()).see(6, Sight::Nobody);
        watch.see_each(60, |_| covered);
        let levels: Vec<_> = watch.alerts();
        assert_eq!(levels.len(), 2, "{covered:?}");
        assert!(near(levels[0].2, 30_500, 500) && near(levels[1].2, 50_500, 500), "{levels:?}");
        assert_eq!(watch.engine.state(), State::Absent);
        watch.see(5, open());
        assert_eq!(watch.cleared().len(), 1);
    }
}

#[test]
fn a_gap_without_an_absence_is_unknown_and_no_alarm() {
    for gap in [None, Some(Sight::Unknown)] {
        let mut watch = Watch::new(1000);
        watch.see(20, open()).see_each(120, |_| gap).see(5, open());
        assert_eq!(watch.alerts(), []);
        assert_eq!(watch.states(), [State::Attentive, State::Unknown, State::Attentive]);
        assert_eq!(watch.events(), []);
    }
}

#[test]
fn a_gap_freezes_a_closure_and_a_long_one_ends_it() {
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(4, closed()).wait(10).see(12, closed());
    let alerts = watch.alerts();
    // 1.5 s of the gap count, as its first frame stands for them.
    assert_eq!(alerts, [(Kind::EyesClosed, Level::PreAlarm, 35_000), (Kind::EyesClosed, Level::Alarm, 45_000)]);
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(8, closed()).wait(30);
    let [event] = watch.events()[..] else { panic!("{:?}", watch.events()) };
    assert_eq!((event.end, event.peak), (Some(28_000), Level::PreAlarm));
    assert_eq!(watch.cleared().len(), 1);
    watch.see(4, closed());
    assert_eq!(watch.events()[1].start, 58_250);
}

#[test]
fn somebody_without_a_face_is_slumped() {
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(40, Sight::Person).see(5, open());
    let alerts = watch.alerts();
    assert_eq!(alerts, [(Kind::Slumped, Level::Cue, 31_000), (Kind::Slumped, Level::Alarm, 51_000)]);
    assert_eq!(watch.states(), [State::Attentive, State::Slumped, State::Attentive]);
    let lids = Sight::Face(FaceSight { closed: 0.95, pitch: 35.0, ..face() });
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(40, lids).see(5, open());
    let alerts = watch.alerts();
    assert_eq!(alerts, [(Kind::Slumped, Level::PreAlarm, 31_000), (Kind::Slumped, Level::Alarm, 51_000)]);
}

#[test]
fn a_head_that_sinks_after_the_eyes_have_closed_is_one_closure() {
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(4, closed()).see(20, Sight::Person);
    assert_eq!(watch.alerts()[1], (Kind::EyesClosed, Level::Alarm, 35_000 + 1000));
    assert_eq!(watch.events().len(), 1);
}

#[test]
fn taking_notes_is_no_alarm() {
    let writing = |index: u64| match index % 15 {
        0 | 1 => open(),
        2..5 => Sight::Face(FaceSight { closed: 0.6, pitch: 28.0, ..face() }),
        5..9 => Sight::Person,
        9..11 => Sight::Unknown,
        _ => Sight::Face(FaceSight { closed: 0.85, pitch: 30.0, ..face() }),
    };
    let mut watch = Watch::new(1000);
    watch.see(60, open()).see_each(20 * MINUTE, |index| Some(writing(index)));
    let loud: Vec<_> = watch.alerts().into_iter().filter(|alert| alert.1 > Level::Cue).collect();
    assert_eq!(loud, []);
}

#[test]
fn looking_away_is_a_quiet_cue() {
    for (yaw, pitch) in [(30.0, 0.0), (-30.0, 0.0), (0.0, 24.0)] {
        let mut watch = Watch::new(1000);
        watch.see(20, open()).see(90, turned(yaw, pitch)).see(5, open());
        assert_eq!(watch.alerts(), [(Kind::LookingAway, Level::Cue, 31_000)]);
        assert_eq!(watch.states(), [State::Attentive, State::LookingAway, State::Attentive]);
    }
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(90, turned(20.0, 15.0)).see(90, turned(0.0, -30.0));
    assert_eq!(watch.states(), [State::Attentive]);
}

/// Of every 12 s, so many closed, in one go.
fn nodding(interval: u64, seconds: u64) -> impl Fn(u64) -> Option<Sight> {
    move |index| Some(if index * interval % 12_000 < seconds * 1000 { closed() } else { open() })
}

#[test]
fn microsleeps_add_up_to_drowsiness() {
    for interval in [100, 250, 500, 1000] {
        let mut watch = Watch::new(interval);
        watch.see(MINUTE, open()).see_each(3 * MINUTE, nodding(interval, 3)).see(3 * MINUTE, open());
        let drowsy: Vec<_> = watch.alerts().into_iter().filter(|alert| alert.0 == Kind::Drowsy).collect();
        assert_eq!(drowsy.iter().map(|it| it.1).collect::<Vec<_>>(), [Level::PreAlarm, Level::Alarm], "{interval}");
        let event = watch.events().into_iter().find(|event| event.kind == Kind::Drowsy).expect("an event");
        assert!(near(event.start, 60_000, 3000), "{interval}: {event:?}");
        assert!(event.end.expect("over") > 240_000, "{interval}: {event:?}");
    }
}

#[test]
fn fast_frames_have_lower_limits() {
    // 0.133 of the time.
    let alerts = |interval: u64| {
        let mut watch = Watch::new(interval);
        let nods = |index: u64| Some(if index * interval % 15_000 < 2000 { closed() } else { open() });
        watch.see(MINUTE, open()).see_each(3 * MINUTE, nods);
        watch.alerts().iter().map(|it| it.1).collect::<Vec<_>>()
    };
    assert_eq!(alerts(1000), []);
    assert_eq!(alerts(250), [Level::PreAlarm]);
}

#[test]
fn yawns_are_logged_and_lower_the_limit() {
    let yawn = Sight::Face(FaceSight { mouth_wide: 0.9, ..face() });
    let mut watch = Watch::new(500);
    for _ in 0..3 {
        watch.see(30, open()).see(4, yawn);
    }
    let events = watch.events();
    assert_eq!(events.iter().filter(|it| it.kind == Kind::Yawning && it.peak == Level::Note).count(), 3, "{events:?}");
    assert_eq!(watch.alerts(), []);
    // 0.1 of the time: below 0.12, above 0.12 - 0.03.
    let nods = |index: u64| Some(if index * 500 % 20_000 < 2000 { closed() } else { open() });
    watch.see_each(2 * MINUTE, nods);
    assert_eq!(watch.alerts().first().map(|it| (it.0, it.1)), Some((Kind::Drowsy, Level::PreAlarm)));
    let mut fresh = Watch::new(500);
    fresh.see(2 * MINUTE, open()).see_each(2 * MINUTE, nods);
    assert_eq!(fresh.alerts(), []);
}

#[test]
fn talking_is_no_yawn() {
    let mut watch = Watch::new(250);
    let talk = |index: u64| {
        Some(Sight::Face(FaceSight { mouth_wide: if index.is_multiple_of(4) { 0.7 } else { 0.2 }, ..face() }))
    };
    watch.see_each(5 * MINUTE, talk);
    assert_eq!(watch.events(), []);
}

#[test]
fn a_long_closure_is_not_told_as_drowsiness_too() {
    let mut watch = Watch::new(250);
    watch.see(MINUTE, open()).see(40, closed()).see(3 * MINUTE, open());
    assert!(watch.alerts().iter().all(|alert| alert.0 == Kind::EyesClosed), "{:?}", watch.alerts());
}

#[test]
fn narrow_eyes_are_no_closed_eyes() {
    let mut watch = Watch::new(1000);
    let narrow = |index: u64| Sight::Face(FaceSight { closed: 0.4 + 0.02 * (index * 7 % 11) as f32, ..face() });
    watch.see_each(10 * MINUTE, |index| Some(narrow(index)));
    assert_eq!(watch.states(), [State::Attentive]);
    watch.see(20, closed());
    assert_eq!(watch.alerts().len(), 2);
}

#[test]
fn whoever_begins_with_closed_eyes_is_told() {
    let mut watch = Watch::new(1000);
    watch.see(120, Sight::Face(FaceSight { closed: 0.9, ..face() }));
    assert_eq!(watch.alerts().len(), 2);
    watch.see(10, open());
    assert_eq!(watch.cleared().len(), 1);
}

#[test]
fn presets_have_their_own_limits() {
    let told = |which: Preset| {
        let mut watch = Watch::with(1000, preset(which));
        watch.see(20, open()).see(90, closed()).see(20, open()).see(90, Sight::Nobody);
        watch.alerts().iter().map(|alert| alert.2).collect::<Vec<_>>()
    };
    assert_eq!(told(Preset::Classic), [71_000, 81_000, 180_500, 190_500]);
    assert_eq!(told(Preset::Strict), [24_000, 29_000, 135_500, 145_500]);
}

#[test]
fn more_frames_are_wished_while_something_looks_wrong() {
    let mut watch = Watch::new(1000);
    let mut rate_after = |seconds: u64, sight: Sight| {
        watch.see(seconds, sight);
        watch.engine.wished_rate(&watch.policy)
    };
    assert_eq!(rate_after(20, open()), 1.0);
    for wrong in [closed(), Sight::Person, Sight::Nobody, turned(0.0, 25.0)] {
        assert_eq!(rate_after(1, wrong), 4.0, "{wrong:?}");
        assert_eq!(rate_after(2, open()), 4.0);
        assert_eq!(rate_after(4, open()), 1.0);
    }
    assert_eq!(rate_after(1, Sight::Unknown), 1.0);
    assert_eq!(rate_after(40, Sight::Nobody), 1.0, "an empty chair that was told of needs no more frames");
    let mut watch = Watch::with(1000, preset(Preset::Classic));
    assert_eq!(watch.see(10, closed()).engine.wished_rate(&preset(Preset::Classic)), 1.0);
}

#[test]
fn blinks_at_a_fast_rate_do_not_keep_it() {
    let mut watch = Watch::new(250);
    watch.see_each(60, |index| Some(if index.is_multiple_of(10) { closed() } else { open() }));
    assert_eq!(watch.engine.wished_rate(&watch.policy), 1.0);
}

#[test]
fn a_pause_ends_all_and_time_rests() {
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(10, closed());
    let said = watch.engine.pause(&watch.policy, watch.now);
    assert!(said.iter().any(|it| matches!(it, Change::Cleared { kind: Kind::EyesClosed, .. })));
    assert!(said.iter().any(|it| matches!(it, Change::State { to: State::Unknown, .. })));
    assert_eq!(watch.engine.next_deadline(&watch.policy), None);
    watch.wait(600).see(3, Sight::Nobody);
    assert_eq!(watch.engine.tick(&watch.policy, watch.now), []);
    watch.engine.resume(watch.now);
    watch.changes.clear();
    watch.see(3, closed());
    assert_eq!(watch.alerts(), []);
    watch.see(4, closed());
    assert_eq!(watch.alerts().len(), 1);
    watch.engine.pause(&watch.policy, watch.now);
    assert_eq!(watch.engine.pause(&watch.policy, watch.now), []);
}

#[test]
fn the_end_closes_what_is_open() {
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(40, Sight::Nobody);
    let said = watch.engine.end(&watch.policy, watch.now);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(matches!(said[0], Change::Event(Event { end: Some(60_000), peak: Level::Alarm, .. })));
    watch.changes.clear();
    watch.see(60, closed());
    assert_eq!(watch.changes, []);
    assert_eq!(watch.engine.end(&watch.policy, watch.now), []);
}

#[test]
fn a_clock_that_jumps_loses_no_closure() {
    for interval in INTERVALS {
        for jump in [-500_000i64, -5000, -700, 700, 5000, 500_000] {
            let mut watch = Watch::new(interval);
            watch.see(20, open()).see(8, closed());
            watch.clock = jump;
            watch.see(12, closed()).see(10, open());
            let alerts = watch.alerts();
            assert_eq!(alerts.len(), 2, "{interval} {jump}: {alerts:?}");
            assert!(near(alerts[1].2, 35_500, 2000 + interval), "{interval} {jump}: {alerts:?}");
            assert_eq!(watch.events().len(), 1, "{interval} {jump}");
        }
    }
}

#[test]
fn a_clock_that_jumps_alarms_nobody() {
    for jump in [-500_000i64, -5000, -700, 700, 5000, 500_000] {
        let mut watch = Watch::new(1000);
        for _ in 0..20 {
            watch.see(20, open()).see(1, closed());
            watch.clock += jump;
            watch.see(1, closed()).see(20, open());
            watch.clock -= jump;
        }
        assert_eq!(watch.alerts(), [], "{jump}");
        assert!(watch.engine.rejected().from_future + watch.engine.rejected().repeated <= 80);
    }
}

#[test]
fn frames_that_come_late_count_by_their_capture() {
    let mut watch = Watch::new(1000);
    watch.see(20, open());
    // 8 s of stall, in which the eyes close for 6 s, come in one burst.
    watch.wait(8);
    for second in 21..=28 {
        let sight = if (22..28).contains(&second) { closed() } else { open() };
        watch.frame(sight, second * 1000);
    }
    watch.see(5, open());
    let [event] = watch.events()[..] else { panic!("{:?}", watch.events()) };
    assert_eq!((event.start, event.end), (21_500, Some(27_500)));
    assert!(watch.alerts().iter().all(|alert| alert.1 == Level::PreAlarm));
}

#[test]
fn a_burst_that_shows_the_return_is_no_alarm() {
    let mut watch = Watch::new(1000);
    watch.see(20, open()).wait(40);
    for second in 21..=60 {
        watch.frame(if second < 29 { Sight::Nobody } else { open() }, second * 1000);
    }
    watch.see(5, open());
    assert_eq!(watch.alerts(), []);
}

#[test]
fn bad_input_is_dropped_and_counted() {
    let mut watch = Watch::new(1000);
    watch.see(5, open());
    let said = watch.changes.len();
    for sight in [
        Sight::Face(FaceSight { closed: f32::NAN, ..face() }),
        Sight::Face(FaceSight { yaw: f32::INFINITY, ..face() }),
        Sight::Face(FaceSight { roll: f32::NEG_INFINITY, ..face() }),
    ] {
        watch.frame(sight, watch.now);
    }
    watch.frame(closed(), watch.now);
    watch.frame(closed(), watch.now + 10_000);
    watch.engine.observe(&watch.policy.clone(), Observation { captured_ms: u64::MAX, sight: closed() }, watch.now);
    assert_eq!(watch.engine.rejected(), Rejected { not_finite: 3, from_future: 2, repeated: 1 });
    assert_eq!(watch.changes.len(), said);
}

#[test]
fn it_stays_small() {
    let mut watch = Watch::new(250);
    for round in 0..40 {
        let yaw = (round % 9) as f32 * 7.0 - 28.0;
        watch.see(30, turned(yaw, yaw)).see_each(60, nodding(250, 3)).see(9, closed()).see(12, Sight::Person);
        watch.see(3, Sight::Face(FaceSight { mouth_wide: 0.9, closed: 0.5, ..face() })).see(40, Sight::Nobody);
    }
    let json = serde_json::to_string(&watch.engine).expect("it is plain data");
    assert!(json.len() < 3200, "{} bytes", json.len());
    assert_eq!(size_of::<Attention>(), 1304);
}
