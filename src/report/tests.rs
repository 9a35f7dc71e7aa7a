//! The numbers of made-up sessions.

use proptest::prelude::*;

use super::{Axis, Report};
use crate::attention::{Kind, Level, Preset};
use crate::store::{AttentionEvent, EndReason, MinuteTotals, SessionDetails, SessionId, SessionSummary, UtcMs};

const START: UtcMs = UtcMs(1_780_000_000_000);
const DAYS: u32 = 90;
const KINDS: [Kind; 6] =
    [Kind::EyesClosed, Kind::Drowsy, Kind::Absent, Kind::Slumped, Kind::LookingAway, Kind::Yawning];
const LEVELS: [Level; 4] = [Level::Note, Level::Cue, Level::PreAlarm, Level::Alarm];

fn session(length_ms: Option<u64>) -> SessionDetails {
    let summary = SessionSummary {
        id: SessionId::new_id(),
        url: Some("https://youtu.be/abc".to_owned()),
        course: None,
        title: None,
        duration_seconds: Some(1200.0),
        started: START,
        ended: length_ms.map(|length| START.plus_ms(length)),
        end_reason: length_ms.map(|_| EndReason::End),
        lecture_seconds: None,
        preset: Preset::Default,
    };
    SessionDetails { summary, events: Vec::new(), minutes: Vec::new() }
}

fn attentive(minute: u32, lecture_seconds: Option<f64>) -> MinuteTotals {
    MinuteTotals { minute, attentive_ms: 60_000, frames: 60, lecture_seconds, ..Default::default() }
}

fn event(number: u32, at_ms: u64, lasting_ms: u64, peak: Level, lecture_seconds: Option<f64>) -> AttentionEvent {
    let started = START.plus_ms(at_ms);
    let ended = Some(started.plus_ms(lasting_ms));
    AttentionEvent { number, kind: Kind::EyesClosed, started, ended, peak, lecture_seconds }
}

#[test]
fn a_session_in_numbers() {
    let mut details = session(Some(270_000));
    details.minutes = (0..5).map(|minute| attentive(minute, Some(f64::from(minute) * 60.0))).collect();
    details.minutes[1] = MinuteTotals {
        attentive_ms: 30_000,
        eyes_closed_ms: 10_000,
        slumped_ms: 5000,
        drowsy_ms: 5000,
        absent_ms: 10_000,
        ..details.minutes[1]
    };
    details.events = vec![event(1, 65_000, 20_000, Level::Alarm, Some(65.0))];
    let report = Report::of(&details, UtcMs(0), DAYS);
    assert_eq!((report.length_ms, report.lecture_ms, report.running), (270_000, Some(1_200_000), false));
    // The fifth minute is cut to the half that belongs to the session.
    assert_eq!(report.totals.attentive_ms, 60_000 + 30_000 + 60_000 + 60_000 + 30_000);
    assert_eq!((report.totals.drowsy_ms, report.totals.absent_ms, report.unrecorded_ms), (20_000, 10_000, 0));
    assert_eq!((report.warnings, report.alarms), (0, 1));
    // Of the 40 s of the second minute without an event, 30 were attentive; 35 of the 40 come after it.
    assert_eq!(report.longest_attentive_ms, 26_250 + 60_000 + 60_000 + 30_000);
    assert_eq!(report.timeline.axis, Axis::Lecture);
    assert_eq!((report.timeline.bins.len(), report.timeline.end_ms), (80, 1_200_000));
    // Bins of 15 s: the event of 65 to 85 s lies in two of them.
    let drowsy: Vec<u64> = report.timeline.bins[3..7].iter().map(|bin| bin.totals.drowsy_ms).collect();
    assert_eq!(drowsy, [0, 10_000, 10_000, 0]);
    assert_eq!(report.timeline.marks[0].at_ms, 65_000);
}

#[test]
fn close_alerts_are_one_moment_and_quiet_events_none() {
    let mut details = session(Some(600_000));
    details.events = vec![
        event(1, 100_000, 10_000, Level::PreAlarm, Some(300.0)),
        event(2, 135_000, 20_000, Level::Alarm, Some(335.0)),
        AttentionEvent { kind: Kind::Absent, ..event(6, 167_000, 10_000, Level::PreAlarm, Some(367.0)) },
        AttentionEvent { kind: Kind::Slumped, ..event(7, 180_000, 10_000, Level::PreAlarm, Some(380.0)) },
        event(3, 300_000, 5000, Level::Alarm, None),
        event(4, 400_000, 20_000, Level::Cue, Some(500.0)),
        event(5, 500_000, 20_000, Level::PreAlarm, Some(2.0)),
    ];
    let moments = Report::of(&details, UtcMs(0), DAYS).moments;
    let found: Vec<_> = moments.iter().map(|it| (it.axis, it.from_ms, it.until_ms, it.link.as_deref())).collect();
    assert_eq!(
        found,
        [
            (Axis::Lecture, 0, 22_000, Some("https://youtu.be/abc?t=0s")),
            (Axis::Lecture, 295_000, 355_000, Some("https://youtu.be/abc?t=295s")),
            // Another kind 12 s later is a moment of its own, one 3 s later is not.
            (Axis::Lecture, 362_000, 390_000, Some("https://youtu.be/abc?t=362s")),
            (Axis::Session, 295_000, 305_000, None),
        ]
    );
    assert_eq!(moments[1].level, Level::Alarm);
}

#[test]
fn without_positions_the_session_s_time_counts() {
    let mut details = session(None);
    details.minutes = vec![attentive(0, Some(5.0)), attentive(1, None), attentive(2, None)];
    details.events = vec![event(1, 70_000, 20_000, Level::PreAlarm, None)];
    let report = Report::of(&details, START.plus_ms(150_000), DAYS);
    assert!(report.running);
    assert_eq!((report.timeline.axis, report.timeline.end_ms), (Axis::Session, 150_000));
    assert_eq!(report.timeline.marks[0].at_ms, 70_000);
    assert_eq!(report.totals.attentive_ms, 150_000);
    details.minutes.truncate(1);
    let report = Report::of(&details, START.plus_ms(150_000), DAYS);
    assert_eq!((report.attentive_share(), report.whole_ms()), (Some(1.0), 60_000));
    details.minutes.clear();
    assert_eq!(Report::of(&details, START.plus_ms(150_000), DAYS).attentive_share(), None);
}

#[test]
fn what_was_watched_twice_counts_twice_and_a_still_lecture_takes_no_room() {
    let mut details = session(Some(240_000));
    details.minutes = [0.0, 0.0, 0.0, 60.0].iter().zip(0..).map(|(at, minute)| attentive(minute, Some(*at))).collect();
    let bins = Report::of(&details, UtcMs(0), DAYS).timeline.bins;
    let attentive = |bins: &[super::Bin]| bins.iter().map(|bin| bin.totals.attentive_ms).sum::<u64>();
    assert_eq!((attentive(&bins[..4]), attentive(&bins[4..8])), (180_000, 60_000));
}

#[test]
fn short_sessions_have_a_longest_stretch() {
    let mut details = session(Some(50_000));
    details.minutes = vec![MinuteTotals { minute: 0, attentive_ms: 20_000, absent_ms: 30_000, ..Default::default() }];
    details.events = vec![event(1, 5000, 30_000, Level::Alarm, None)];
    assert_eq!(Report::of(&details, START, DAYS).longest_attentive_ms, 15_000);
    let later = START.plus_ms(91 * 86_400_000);
    assert_eq!(Report::of(&details, later, DAYS).longest_attentive_ms, 0);
}

#[test]
fn short_sessions_are_drawn_by_their_events() {
    let mut details = session(Some(60_000));
    details.minutes = vec![MinuteTotals { attentive_ms: 40_000, eyes_closed_ms: 20_000, ..attentive(0, None) }];
    details.events = vec![event(1, 15_000, 20_000, Level::Alarm, None)];
    let bins = Report::of(&details, UtcMs(0), DAYS).timeline.bins;
    assert_eq!(bins.len(), 12);
    for bin in bins {
        let closed = (15_000..35_000).contains(&bin.from_ms);
        assert_eq!((bin.totals.drowsy_ms, bin.totals.attentive_ms), if closed { (5000, 0) } else { (0, 5000) });
    }
}

#[test]
fn the_axis_of_a_short_session_tells_more_than_its_start() {
    let mut details = session(Some(22_000));
    details.minutes = vec![MinuteTotals { attentive_ms: 22_000, ..attentive(0, None) }];
    let words = crate::report::words::Language::English.words();
    let chart = crate::report::chart::timeline(&Report::of(&details, UtcMs(0), DAYS), words).expect("drawn");
    assert!(chart.contains("0:05") && chart.contains("0:20"), "{chart}");
}

#[test]
fn a_pause_ends_a_stretch() {
    let mut details = session(Some(180_000));
    details.minutes = (0..3).map(|minute| attentive(minute, None)).collect();
    assert_eq!(Report::of(&details, UtcMs(0), DAYS).longest_attentive_ms, 180_000);
    details.minutes[1] = MinuteTotals { attentive_ms: 0, paused_ms: 60_000, ..details.minutes[1] };
    assert_eq!(Report::of(&details, UtcMs(0), DAYS).longest_attentive_ms, 60_000);
}

#[test]
fn an_empty_session_is_no_trouble() {
    let report = Report::of(&session(Some(0)), UtcMs(i64::MAX), DAYS);
    assert_eq!((report.length_ms, report.attentive_share(), report.timeline.bins.len()), (0, None, 0));
}

prop_compose! {
    fn any_minute()(
        minute in prop_oneof![0..200_u32, any::<u32>()],
        ms in any::<[u32; 8]>(),
        small in any::<bool>(),
        lecture_seconds in prop::option::of(prop_oneof![0.0..20_000.0, any::<f64>()]),
    ) -> MinuteTotals {
        let ms = ms.map(|it| if small { it % 60_000 } else { it });
        MinuteTotals {
            minute, attentive_ms: ms[0], eyes_closed_ms: ms[1], drowsy_ms: ms[2], absent_ms: ms[3],
            slumped_ms: ms[4], looking_away_ms: ms[5], unknown_ms: ms[6], paused_ms: ms[7], frames: 1, lecture_seconds,
        }
    }
}

prop_compose! {
    fn any_event()(
        number in any::<u32>(),
        kind in prop::sample::select(&KINDS[..]),
        peak in prop::sample::select(&LEVELS[..]),
        started in prop_oneof![START.0..START.0 + 10_800_000, any::<i64>()],
        ended in prop::option::of(prop_oneof![START.0..START.0 + 10_800_000, any::<i64>()]),
        lecture_seconds in prop::option::of(any::<f64>()),
    ) -> AttentionEvent {
        AttentionEvent { number, kind, started: UtcMs(started), ended: ended.map(UtcMs), peak, lecture_seconds }
    }
}

prop_compose! {
    fn any_session()(
        started in prop_oneof![Just(START.0), any::<i64>()],
        ended in prop::option::of(prop_oneof![START.0..START.0 + 10_800_000, any::<i64>()]),
        duration in prop::option::of(any::<f64>()),
        minutes in prop::collection::vec(any_minute(), 0..40),
        events in prop::collection::vec(any_event(), 0..20),
    ) -> SessionDetails {
        let mut details = session(None);
        details.summary.started = UtcMs(started);
        details.summary.ended = ended.map(UtcMs);
        details.summary.duration_seconds = duration;
        SessionDetails { minutes, events, ..details }
    }
}

proptest! {
    #[test]
    fn sums_fit_whatever_is_stored(details in any_session(), now in any::<i64>()) {
        let report = Report::of(&details, UtcMs(now), DAYS);
        prop_assert!(report.totals.sum_ms() + report.unrecorded_ms == report.length_ms);
        prop_assert!(report.longest_attentive_ms <= report.totals.attentive_ms);
        let binned = report.timeline.bins.iter().map(|bin| bin.totals.sum_ms()).sum::<u64>();
        prop_assert!(binned <= report.totals.sum_ms());
        prop_assert!(report.timeline.bins.len() <= 96);
        prop_assert!(report.timeline.bins.windows(2).all(|pair| pair[0].until_ms == pair[1].from_ms));
        prop_assert!(report.moments.iter().all(|moment| moment.from_ms <= moment.until_ms));
        for language in crate::report::words::Language::ALL {
            let words = language.words();
            prop_assert!(crate::report::chart::timeline(&report, words).is_some());
            prop_assert!(crate::report::chart::totals(&report, words).is_some());
        }
        serde_json::to_string(&report).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}
