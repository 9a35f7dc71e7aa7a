//! How well attention is judged, on synthetic learners with known truth.
//!
//! Run by `make attention-eval`. Columns: precision and recall (overlap, onset within 2 s) of closures and absences of 5 s
//! or longer; recall of microsleeps; share of closures >= 20 s and absences >= 60 s (or the preset's limit and 5 s more) that
//! got their alarm; alarms, pre-alarms and cues without a cause per hour; onset error and time from the limit to the alarm,
//! seconds. A bad net loses 20 % of the frames, delays 5 % by up to 2.5 s, and the client's clock jumps now and then.
//!
//! The last line is one JSON object: preset default at 1 frame/s, all learners; alarms and pre-alarms are those without a
//! cause.

#[path = "../tests/simulator/mod.rs"]
mod simulator;

use loa::attention::{Attention, Policy, Preset};
use loa::config::Config;
use simulator::learner::{BLINKERS, Learner, PROFILES};
use simulator::score::{Score, Share, quantile};
use simulator::session::{GOOD, Link, run};

/// Of every profile, in the main run: 240 learner-hours in all.
const HOURS: f64 = 4.0;
const LEARNERS: usize = 5;
/// In the other runs.
const FEWER_LEARNERS: usize = 1;

fn main() -> anyhow::Result<()> {
    let config = Config::load(None, &[])?;
    let policy = |preset: Preset| config.attention.policy(preset);
    let default = policy(Preset::Default);
    println!("{}", heading("learners, preset default, 1 frame/s"));
    let mut all = Score::default();
    let mut blinkers = Score::default();
    for (index, profile) in PROFILES.iter().enumerate() {
        let score = evaluate(&default, GOOD, LEARNERS, &[index]);
        println!("{}", row(profile.name, &score));
        merge(&mut all, &score);
        if index < BLINKERS {
            merge(&mut blinkers, &score);
        }
    }
    println!("{}", row("who only blink", &blinkers));
    println!("{}", row("all", &all));
    println!("\n{}", heading("links, all learners"));
    let everybody: Vec<usize> = (0..PROFILES.len()).collect();
    for preset in Preset::ALL {
        for (name, link) in links() {
            let score = evaluate(&policy(preset), link, FEWER_LEARNERS, &everybody);
            println!("{}", row(&format!("{}, {name}", preset.name()), &score));
        }
    }
    println!("{}", last_line(&all));
    Ok(())
}

fn links() -> Vec<(String, Link)> {
    let mut links = Vec::new();
    for rate in [Some(0.5), Some(1.0), Some(2.0), Some(4.0), Some(10.0), None] {
        let name = rate.map_or("as wished".to_owned(), |rate| format!("{rate}/s"));
        links.push((name.clone(), Link { rate, ..GOOD }));
        links.push((format!("{name}, bad net"), Link { rate, loss: 0.2, late: 0.05, jumps: true }));
    }
    links
}

fn evaluate(policy: &Policy, link: Link, learners: usize, profiles: &[usize]) -> Score {
    let mut score = Score::default();
    for index in profiles {
        for number in 0..learners {
            let learner = Learner::new(PROFILES[*index], (index * 1000 + number) as u64, HOURS);
            score.add(&learner, policy, &run(&learner, policy, link));
        }
    }
    score
}

fn merge(sum: &mut Score, score: &Score) {
    let share = |sum: &mut Share, share: Share| {
        sum.found += share.found;
        sum.of += share.of;
    };
    sum.hours += score.hours;
    sum.frames += score.frames;
    share(&mut sum.recall, score.recall);
    share(&mut sum.microsleeps, score.microsleeps);
    share(&mut sum.precision, score.precision);
    share(&mut sum.alarmed_closures, score.alarmed_closures);
    share(&mut sum.alarmed_absences, score.alarmed_absences);
    sum.false_alarms += score.false_alarms;
    sum.false_prealarms += score.false_prealarms;
    sum.cues += score.cues;
    sum.onset_errors.extend(&score.onset_errors);
    sum.delays.extend(&score.delays);
}

fn heading(what: &str) -> String {
    format!(
        "{what:36} {:>6} {:>7} {:>6} {:>6} {:>6} {:>7} {:>7} {:>7} {:>7} {:>6} {:>12} {:>12}",
        "hours",
        "rate/s",
        "prec.",
        "recall",
        "micro",
        "closure",
        "absence",
        "false/h",
        "pre/h",
        "cue/h",
        "onset 50/95",
        "alarm 50/95",
    )
}

fn row(name: &str, score: &Score) -> String {
    let share = |share: Share| share.value().map_or("-".into(), |value| format!("{value:.3}"));
    let onset =
        |at: f64| quantile(&score.onset_errors, at).map_or("-".into(), |ms| format!("{:.1}", ms as f64 / 1000.0));
    let delay = |at: f64| quantile(&score.delays, at).map_or("-".into(), |ms| format!("{:.1}", ms as f64 / 1000.0));
    let [alarms, prealarms, cues] =
        [score.false_alarms, score.false_prealarms, score.cues].map(|count| score.per_hour(count));
    format!(
        "{name:36} {:6.0} {:7.2} {:>6} {:>6} {:>6} {:>7} {:>7} {alarms:7.3} {prealarms:7.3} {cues:6.2} {:>12} {:>12}",
        score.hours,
        score.frames as f64 / (score.hours * 3600.0),
        share(score.precision),
        share(score.recall),
        share(score.microsleeps),
        share(score.alarmed_closures),
        share(score.alarmed_absences),
        format!("{}/{}", onset(0.5), onset(0.95)),
        format!("{}/{}", delay(0.5), delay(0.95)),
    )
}

fn last_line(score: &Score) -> String {
    let seconds = |ms: Option<f64>| ms.unwrap_or(f64::NAN) / 1000.0;
    let share = |share: Share| share.value().unwrap_or(f64::NAN);
    format!(
        "{{\"learner_hours\":{:.0},\"alarm_recall_closure\":{:.4},\"alarm_recall_absence\":{:.4},\"false_alarms_per_h\":{:.4},\
         \"prealarms_per_h\":{:.4},\"onset_error_p95_s\":{:.3},\"alert_p95_s\":{:.3},\"engine_bytes\":{}}}",
        score.hours,
        share(score.alarmed_closures),
        share(score.alarmed_absences),
        score.per_hour(score.false_alarms),
        score.per_hour(score.false_prealarms),
        seconds(quantile(&score.onset_errors, 0.95).map(|ms| ms as f64)),
        seconds(quantile(&score.delays, 0.95).map(|ms| ms as f64)),
        size_of::<Attention>(),
    )
}
