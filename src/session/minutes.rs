//! How each minute of a watch session was spent.

use serde::{Deserialize, Serialize};

use crate::attention::{Millis, State};
use crate::store::MinuteTotals;

const MINUTE: Millis = 60_000;

/// As what time counts; None: the camera is off.
type Share = Option<State>;

/// The minute that runs and the one before it, which a late finding may still change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Minutes {
    now: Millis,
    share: Share,
    running: MinuteTotals,
    former: Option<MinuteTotals>,
}

impl Minutes {
    /// From a watch session's beginning.
    pub fn new() -> Self {
        Self { now: 0, share: Some(State::Unknown), running: MinuteTotals::default(), former: None }
    }

    /// Time passes as what it is. Minutes that end by it come back; `position` says where the lecture is when one begins.
    pub fn pass(&mut self, to: Millis, position: impl Fn(Millis) -> Option<f64>) -> Vec<MinuteTotals> {
        let mut ended = Vec::new();
        while self.now < to {
            let boundary = (self.now / MINUTE + 1) * MINUTE;
            let until = to.min(boundary);
            *part(&mut self.running, self.share) += (until - self.now) as u32;
            self.now = until;
            if until == boundary {
                ended.push(self.running);
                let minute = u32::try_from(boundary / MINUTE).unwrap_or(u32::MAX);
                let next = MinuteTotals { minute, lecture_seconds: position(boundary), ..MinuteTotals::default() };
                self.former = Some(std::mem::replace(&mut self.running, next));
            }
        }
        ended
    }

    /// From now on it is `state`, and has been since `since`: what was counted as something else since then is moved. The former
    /// minute comes back if that changed it.
    pub fn turn(&mut self, state: State, since: Millis) -> Option<MinuteTotals> {
        let (from, to) = (self.share, Some(state));
        if from == to || from.is_none() {
            return None;
        }
        self.share = to;
        let mut late = u32::try_from(self.now.saturating_sub(since)).unwrap_or(u32::MAX);
        late -= shift(&mut self.running, from, to, late.min((self.now % MINUTE) as u32));
        if self.now - Millis::from(late) >= self.now / MINUTE * MINUTE {
            return None;
        }
        let former = self.former.as_mut()?;
        (shift(former, from, to, late) > 0).then_some(*former)
    }

    /// A frame was looked at.
    pub fn frame(&mut self) {
        self.running.frames = self.running.frames.saturating_add(1);
    }

    /// The camera goes off.
    pub fn pause(&mut self) {
        self.share = None;
    }

    /// The camera is on again, or the client is back: it is `state`.
    pub fn resume(&mut self, state: State) {
        self.share = Some(state);
    }

    /// Nothing is known from now on.
    pub fn lose(&mut self) {
        self.share = Some(State::Unknown);
    }

    /// Where the lecture was when the first minute began, once the player says so.
    pub fn locate(&mut self, position: f64) {
        self.running.lecture_seconds.get_or_insert(position);
    }

    /// The minute that runs, so far.
    pub fn running(&self) -> MinuteTotals {
        self.running
    }
}

fn part(totals: &mut MinuteTotals, share: Share) -> &mut u32 {
    match share {
        Some(State::Attentive) => &mut totals.attentive_ms,
        Some(State::EyesClosed) => &mut totals.eyes_closed_ms,
        Some(State::Drowsy) => &mut totals.drowsy_ms,
        Some(State::Absent) => &mut totals.absent_ms,
        Some(State::Slumped) => &mut totals.slumped_ms,
        Some(State::LookingAway) => &mut totals.looking_away_ms,
        Some(State::Unknown) => &mut totals.unknown_ms,
        None => &mut totals.paused_ms,
    }
}

/// Moves up to `ms` from one part to another; returns how much.
fn shift(totals: &mut MinuteTotals, from: Share, to: Share, ms: u32) -> u32 {
    let moved = ms.min(*part(totals, from));
    *part(totals, from) -= moved;
    *part(totals, to) += moved;
    moved
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(totals: &MinuteTotals) -> u32 {
        totals.attentive_ms
            + totals.eyes_closed_ms
            + totals.drowsy_ms
            + totals.absent_ms
            + totals.slumped_ms
            + totals.looking_away_ms
            + totals.unknown_ms
            + totals.paused_ms
    }

    #[test]
    fn time_counts_as_what_it_was() {
        let mut minutes = Minutes::new();
        minutes.pass(1_000, |_| None);
        minutes.turn(State::Attentive, 0);
        minutes.pass(30_000, |_| None);
        minutes.pause();
        let ended = minutes.pass(90_000, |at| Some(at as f64 / 1000.0));
        assert_eq!(ended.len(), 1);
        assert_eq!((ended[0].minute, ended[0].attentive_ms, ended[0].paused_ms), (0, 30_000, 30_000));
        let running = minutes.running();
        assert_eq!((running.minute, running.paused_ms, running.lecture_seconds), (1, 30_000, Some(60.0)));
    }

    #[test]
    fn a_late_finding_changes_the_minute_before() {
        let mut minutes = Minutes::new();
        minutes.turn(State::Attentive, 0);
        minutes.pass(61_000, |_| None);
        // Nobody there since 58 s, found at 61 s.
        let former = minutes.turn(State::Absent, 58_000).expect("changed");
        assert_eq!((former.minute, former.attentive_ms, former.absent_ms), (0, 58_000, 2_000));
        assert_eq!((minutes.running().attentive_ms, minutes.running().absent_ms), (0, 1_000));
        minutes.pass(62_000, |_| None);
        assert_eq!(minutes.turn(State::Attentive, 61_500), None);
        assert_eq!((minutes.running().attentive_ms, minutes.running().absent_ms), (500, 1_500));
    }

    #[test]
    fn a_paused_camera_stays_paused_whatever_the_engine_finds() {
        let mut minutes = Minutes::new();
        minutes.pass(10_000, |_| None);
        minutes.pause();
        assert_eq!(minutes.turn(State::Unknown, 0), None);
        minutes.pass(20_000, |_| None);
        minutes.resume(State::Unknown);
        minutes.pass(21_000, |_| None);
        assert_eq!((minutes.running().paused_ms, minutes.running().unknown_ms), (10_000, 11_000));
    }

    proptest! {
        #[test]
        fn every_millisecond_is_counted_once(steps in prop::collection::vec((0u64..200_000, 0usize..9, 0u64..100_000), 1..60)) {
            const STATES: [State; 7] = [State::Attentive, State::EyesClosed, State::Drowsy, State::Absent, State::Slumped,
                State::LookingAway, State::Unknown];
            let mut minutes = Minutes::new();
            let mut all = std::collections::BTreeMap::new();
            let mut now = 0;
            for (step, what, back) in steps {
                now += step;
                for totals in minutes.pass(now, |_| None) {
                    prop_assert_eq!(sum(&totals), 60_000);
                    all.insert(totals.minute, totals);
                }
                match what {
                    7 => minutes.pause(),
                    8 => minutes.resume(State::Attentive),
                    state => all.extend(minutes.turn(STATES[state], now.saturating_sub(back)).map(|it| (it.minute, it))),
                }
                prop_assert_eq!(u64::from(sum(&minutes.running())), now % 60_000);
            }
            prop_assert_eq!(all.len() as u64, now / 60_000);
            prop_assert!(all.values().all(|totals| sum(totals) == 60_000));
        }
    }
}
