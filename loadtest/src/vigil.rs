//! Holds the server's alerts and states against what the learner did.
//!
//! An alert leaves the server right before the verdict of the frame that tipped the scales (docs/protocol.md), and its `at_ms` is
//! that frame's time in the watch session. So the next verdict names the tipping frame, if it comes at once or if the times
//! agree; if neither is so, a clock of the server raised it.

use std::time::Duration;

use crate::behaviour::Shown;
use crate::window::Window;

/// Milliseconds by which an alert's time and its frame's may differ: the welcome's way and the fastest frame's are in it. Frames
/// are 250 ms apart at the least.
const AGREES_MS: f64 = 120.0;
/// How long after its alert the tipping frame's verdict may come: both are written together.
const AT_ONCE: Duration = Duration::from_millis(10);
/// When closed eyes and an absence have to be told of by the preset `default`: its pre-alarms, seconds.
const EYES_S: f64 = 5.0;
const ABSENT_S: f64 = 10.0;

/// What is known of one learner.
#[derive(Debug, Default)]
pub struct Vigil {
    /// Where the watch session began, seconds of the run; negative after a resume of an old one.
    session_began: f64,
    /// Alerts since the last verdict: their `at_ms` and when they came.
    waiting: Vec<(u64, Duration)>,
    run: Option<Run>,
}

/// Frames that show one and the same trouble.
#[derive(Debug)]
struct Run {
    shown: Shown,
    first: Duration,
    last: Duration,
    frames: u32,
    alerted: bool,
    stated: bool,
}

impl Vigil {
    /// The server said welcome at `now`, in a watch session of that age.
    pub fn welcomed(&mut self, now: Duration, now_ms: u64) {
        self.session_began = now.as_secs_f64() - now_ms as f64 / 1000.0;
        self.waiting.clear();
        self.run = None;
    }

    /// An alert came.
    pub fn alert(&mut self, kind: &str, at_ms: u64, now: Duration, window: &mut Window) {
        self.waiting.push((at_ms, now));
        let Some(about) = about(kind) else { return };
        match &mut self.run {
            Some(run) if run.shown == about => run.alerted = true,
            _ => window.alerts_false += 1,
        }
    }

    /// A state came.
    pub fn state(&mut self, state: &str) {
        if let (Some(run), Some(about)) = (&mut self.run, about(state)) {
            run.stated |= run.shown == about;
        }
    }

    /// A frame that was due then and shows that had its verdict at `now`. The alerts before it get their latency.
    pub fn verdict(&mut self, due: Duration, shown: Shown, now: Duration, window: &mut Window) {
        let expected_ms = (due.as_secs_f64() - self.session_began) * 1000.0;
        for (at_ms, came) in self.waiting.drain(..) {
            let together = now.saturating_sub(came) <= AT_ONCE;
            if together || (at_ms as f64 - expected_ms).abs() <= AGREES_MS {
                window.alert_latency.record(came.saturating_sub(due));
            } else {
                window.alerts_by_clock += 1;
            }
        }
        self.follow(due, shown, window);
    }

    fn follow(&mut self, due: Duration, shown: Shown, window: &mut Window) {
        if let Some(run) = self.run.as_mut().filter(|run| run.shown == shown) {
            (run.last, run.frames) = (due, run.frames + 1);
            return;
        }
        if let Some(ended) = self.run.take().filter(Run::had_to_be_told) {
            window.alerts_missed += u64::from(!ended.alerted);
            window.states_missed += u64::from(!ended.stated);
        }
        let trouble = matches!(shown, Shown::Dozing | Shown::Away);
        self.run = trouble.then_some(Run { shown, first: due, last: due, frames: 1, alerted: false, stated: false });
    }
}

impl Run {
    /// Whether it was so long that the server must have noticed, two frames' time allowed for.
    fn had_to_be_told(&self) -> bool {
        let length = (self.last - self.first).as_secs_f64();
        let limit = if self.shown == Shown::Dozing { EYES_S } else { ABSENT_S };
        length >= limit + 2.0 * length / f64::from(self.frames.max(2) - 1)
    }
}

/// What a kind of alert, or a state, says of the learner; none for those that no behaviour here brings about for sure.
fn about(word: &str) -> Option<Shown> {
    match word {
        "eyes_closed" => Some(Shown::Dozing),
        "absent" => Some(Shown::Away),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A learner whose watch session is 1 s old at second 3 of the run.
    fn vigil() -> Vigil {
        let mut vigil = Vigil::default();
        vigil.welcomed(at(3000), 1000);
        vigil
    }

    #[test]
    fn an_alert_belongs_to_the_frame_of_its_time() {
        let (mut vigil, mut window) = (vigil(), Window::default());
        (5..10).for_each(|second| vigil.verdict(at(second * 1000), Shown::Dozing, at(second * 1000 + 5), &mut window));
        // The frame of second 10, 8 s into the watch session, brings the alert 20 ms after it was due.
        vigil.alert("eyes_closed", 8003, at(10_020), &mut window);
        vigil.verdict(at(10_000), Shown::Dozing, at(10_100), &mut window);
        assert_eq!((window.alert_latency.count(), window.alert_latency.millis(1.0).round()), (1, 20.0));
        assert_eq!((window.alerts_by_clock, window.alerts_false), (0, 0));
    }

    #[test]
    fn an_alert_of_another_time_is_the_clock_s() {
        let (mut vigil, mut window) = (vigil(), Window::default());
        (5..10).for_each(|second| vigil.verdict(at(second * 1000), Shown::Away, at(second * 1000 + 5), &mut window));
        vigil.alert("absent", 7500, at(9_510), &mut window);
        vigil.verdict(at(10_000), Shown::Away, at(10_005), &mut window);
        assert_eq!((window.alert_latency.count(), window.alerts_by_clock, window.alerts_false), (0, 1, 0));
    }

    #[test]
    fn what_comes_with_the_verdict_is_its_frame_s_however_late() {
        let (mut vigil, mut window) = (vigil(), Window::default());
        vigil.verdict(at(9_000), Shown::Dozing, at(9_400), &mut window);
        vigil.alert("eyes_closed", 8_400, at(10_400), &mut window);
        vigil.verdict(at(10_000), Shown::Dozing, at(10_401), &mut window);
        assert_eq!((window.alert_latency.millis(1.0).round(), window.alerts_by_clock), (400.0, 0));
    }

    #[test]
    fn alerts_without_a_cause_are_false() {
        let (mut vigil, mut window) = (vigil(), Window::default());
        vigil.verdict(at(4000), Shown::Attentive, at(4005), &mut window);
        vigil.alert("eyes_closed", 3000, at(5_010), &mut window);
        vigil.alert("drowsy", 3000, at(5_010), &mut window);
        vigil.verdict(at(5000), Shown::Away, at(5020), &mut window);
        vigil.alert("eyes_closed", 4000, at(6_010), &mut window);
        assert_eq!(window.alerts_false, 2, "of drowsiness nothing is expected");
    }

    #[test]
    fn long_episodes_have_to_be_told_of() {
        for (seconds, told, missed) in [(4, false, 0), (9, false, 1), (9, true, 0)] {
            let (mut vigil, mut window) = (vigil(), Window::default());
            for second in 0..=seconds {
                let due = at(10_000 + second * 1000);
                vigil.verdict(due, Shown::Dozing, due, &mut window);
            }
            if told {
                vigil.state("eyes_closed");
                vigil.alert("eyes_closed", 0, at(20_000), &mut window);
            }
            vigil.verdict(at(30_000), Shown::Attentive, at(30_005), &mut window);
            assert_eq!((window.alerts_missed, window.states_missed), (missed, missed), "{seconds} {told}");
        }
    }
}
