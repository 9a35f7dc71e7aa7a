//! Odd clients: rates that change, clocks that stand still, cameras that are covered at the wrong moment.

use super::support::{Watch, closed, face, open, turned};
use super::*;

#[test]
fn a_rate_that_changes_in_a_closure_does_not_matter() {
    for rates in [[1000, 250, 2000], [250, 1000, 100], [2000, 100, 1000], [100, 2000, 250]] {
        let mut watch = Watch::new(rates[0]);
        watch.see(20, open()).see(4, closed());
        watch.interval = rates[1];
        watch.see(6, closed());
        watch.interval = rates[2];
        watch.see(10, closed()).see(10, open());
        let alerts = watch.alerts();
        assert_eq!(alerts.len(), 2, "{rates:?}: {alerts:?}");
        assert!(alerts[0].2.abs_diff(25_500) <= 2500 && alerts[1].2.abs_diff(35_500) <= 2500, "{rates:?}: {alerts:?}");
        let [event] = watch.events()[..] else { panic!("{rates:?}: {:?}", watch.events()) };
        assert!(event.start.abs_diff(20_000) <= 1000 && event.end.expect("over").abs_diff(40_000) <= 1000, "{event:?}");
    }
}

#[test]
fn a_clock_that_stands_still_is_unknown() {
    let mut watch = Watch::new(1000);
    watch.see(20, open());
    for _ in 0..60 {
        watch.wait(1);
        watch.frame(closed(), 20_000);
    }
    assert_eq!((watch.engine.state(), watch.alerts()), (State::Unknown, vec![]));
    assert_eq!(watch.engine.rejected().repeated, 60);
    watch.see(3, open());
    assert_eq!(watch.engine.state(), State::Attentive);
}

/// Seconds or sequence numbers instead of milliseconds: a minute's sleep must not last a moment.
#[test]
fn a_clock_in_the_wrong_unit_is_not_gone_by() {
    for (interval, per_second) in [(1000, 1), (333, 1), (1000, 300), (250, 4)] {
        let mut watch = Watch::new(interval);
        for index in 0..160_000 / interval {
            watch.wait_ms(interval);
            let sleeps = index * interval >= 40_000 && index * interval < 100_000;
            watch.frame(if sleeps { closed() } else { open() }, 1 + index * interval * per_second / 1000);
        }
        let levels: Vec<_> = watch.alerts().iter().map(|alert| alert.1).collect();
        assert_eq!(levels, [Level::PreAlarm, Level::Alarm], "{interval} ms, {per_second} a second");
        assert_eq!((watch.cleared().len(), watch.engine.state()), (1, State::Attentive));
    }
}

#[test]
fn a_page_that_is_loaded_anew_begins_its_clock_at_zero() {
    let mut watch = Watch::new(1000);
    watch.see(100, open()).see(8, closed());
    watch.clock = -1_108_000;
    watch.see(12, closed());
    assert_eq!(watch.alerts().len(), 2);
    assert_eq!(watch.engine.rejected().repeated, 1);
}

#[test]
fn a_camera_covered_just_after_a_return_ends_the_absence() {
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(15, Sight::Nobody).see(1, open()).wait(120);
    assert_eq!(watch.alerts(), [(Kind::Absent, Level::PreAlarm, 30_500)]);
    assert_eq!((watch.cleared().len(), watch.engine.state()), (1, State::Unknown));
}

#[test]
fn somebody_seen_for_a_moment_in_an_empty_room_is_nobody() {
    let mut watch = Watch::new(1000);
    let room = |index: u64| Some(if index % 7 == 6 { Sight::Person } else { Sight::Nobody });
    watch.see(20, open()).see_each(60, room).see(5, open());
    let levels: Vec<_> = watch.alerts().iter().map(|alert| alert.1).collect();
    assert_eq!((levels, watch.events().len()), (vec![Level::PreAlarm, Level::Alarm], 1));
}

#[test]
fn flapping_sights_are_no_alarm() {
    let lids = Sight::Face(FaceSight { closed: 0.95, pitch: 30.0, ..face() });
    let sights = [open(), closed(), Sight::Person, Sight::Nobody, Sight::Unknown, turned(40.0, 0.0), lids];
    for one in sights {
        for interval in [250, 1000, 2000] {
            let mut watch = Watch::new(interval);
            watch.see_each(600, |index| Some(if index.is_multiple_of(2) { one } else { open() }));
            assert_eq!(watch.alerts(), [], "{one:?} {interval}");
        }
    }
}

#[test]
fn a_pause_within_an_absence_forgets_it() {
    let mut watch = Watch::new(1000);
    watch.see(20, open()).see(20, Sight::Nobody);
    let said = watch.engine.pause(&watch.policy, watch.now);
    assert!(said.iter().any(|it| matches!(it, Change::Event(Event { end: Some(40_000), .. }))), "{said:?}");
    watch.changes.clear();
    watch.wait(300);
    watch.engine.resume(watch.now);
    watch.see(9, Sight::Nobody);
    assert_eq!(watch.alerts(), []);
    watch.see(3, Sight::Nobody);
    assert_eq!(watch.alerts().len(), 1);
}

#[test]
fn frames_that_come_in_pairs_count_by_their_capture() {
    let mut watch = Watch::new(1000);
    watch.see(20, open());
    for second in (22..=40).step_by(2) {
        watch.wait(2);
        watch.frame(closed(), (second - 1) * 1000);
        watch.frame(closed(), second * 1000);
    }
    let alerts = watch.alerts();
    assert!(alerts[0].2.abs_diff(26_000) <= 1000 && alerts[1].2.abs_diff(36_000) <= 1000, "{alerts:?}");
}

#[test]
fn one_frame_in_ten_seconds_still_tells_a_sleeper() {
    let mut watch = Watch::new(10_000);
    watch.see(60, open()).see(60, closed()).see(60, open());
    assert_eq!(watch.alerts().last().map(|alert| alert.1), Some(Level::Alarm));
    assert_eq!(watch.cleared().len(), 1);
}

#[test]
fn lids_that_droop_for_long_do_not_become_the_norm() {
    let mut watch = Watch::new(1000);
    watch.see(1200, Sight::Face(FaceSight { closed: 0.7, ..face() }));
    watch.changes.clear();
    watch.see(20, Sight::Face(FaceSight { closed: 0.92, ..face() }));
    assert_eq!(watch.alerts().last().map(|alert| alert.1), Some(Level::Alarm));
}

#[test]
fn the_first_frame_may_be_late() {
    let mut watch = Watch::new(1000);
    watch.wait(9);
    watch.frame(open(), 1000);
    watch.see(30, open()).see(20, closed());
    assert_eq!(watch.alerts().len(), 2);
    assert!(watch.engine.rejected().from_future <= 1);
}
