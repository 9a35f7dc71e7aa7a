//! The bars of `make attention-eval`, on fewer hours.

use loa::attention::{Policy, Preset};
use loa::config::Config;

use crate::simulator::learner::{BLINKERS, Learner, PROFILES};
use crate::simulator::score::{Score, quantile};
use crate::simulator::session::{GOOD, Link, run};

const HOURS: f64 = 3.0;

fn evaluate(policy: &Policy, link: Link, profiles: std::ops::Range<usize>) -> Score {
    let mut score = Score::default();
    for index in profiles {
        let learner = Learner::new(PROFILES[index], index as u64 + 77, HOURS);
        score.add(&learner, policy, &run(&learner, policy, link));
    }
    score
}

fn policy() -> Policy {
    Config::load(None, &[]).expect("the built-in settings").attention.policy(Preset::Default)
}

#[test]
fn sleepers_and_walkers_are_told_in_time() {
    let bad = Link { loss: 0.2, late: 0.05, jumps: true, ..GOOD };
    for (link, slowest) in [(GOOD, 3000), (Link { rate: None, ..GOOD }, 2500), (Link { rate: None, ..bad }, 5000)] {
        let score = evaluate(&policy(), link, BLINKERS..PROFILES.len());
        let recall =
            [score.alarmed_closures, score.alarmed_absences].map(|share| share.value().expect("some were due"));
        assert!(recall.iter().all(|recall| *recall >= 0.97), "{link:?}: {recall:?}");
        assert!(quantile(&score.delays, 0.95).expect("some") <= slowest, "{link:?}: {:?}", score.delays);
        assert!(quantile(&score.onset_errors, 0.95).expect("some") <= 3000, "{link:?}: {:?}", score.onset_errors);
    }
}

#[test]
fn blinkers_are_left_in_peace() {
    for rate in [Some(1.0), None] {
        let score = evaluate(&policy(), Link { rate, ..GOOD }, 0..BLINKERS);
        assert_eq!(score.false_alarms, 0, "{rate:?}: 0.1/h are allowed, 15 h were watched");
        assert!(score.per_hour(score.false_prealarms) <= 1.0, "{rate:?}: {score:?}");
    }
}
