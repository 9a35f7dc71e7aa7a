//! A run's numbers as lines of text.

use std::collections::BTreeMap;

use crate::numbers::Numbers;

impl std::fmt::Display for Numbers {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<_> = rows(self).iter().map(|(label, text)| format!("{label:<11} {text}")).collect();
        out.write_str(&lines.join("\n"))
    }
}

/// What is worth saying of the run: label and text.
pub fn rows(it: &Numbers) -> Vec<(&'static str, String)> {
    let (sockets, rate, elapsed_s) = (it.sockets, it.rate, it.elapsed_s);
    let mut rows = vec![
        ("learners", format!("{} of {sockets}, {rate} frames/s each, for {elapsed_s} s", it.here)),
        ("sent", format!("{}   (unsent {})", it.sent, it.unsent)),
        ("answered", format!("{}   {} a second{}", it.answered, it.answered_per_s, words(&it.verdicts_by_presence))),
        ("dropped", format!("{}{}", it.dropped, words(&it.dropped_by_reason))),
        ("unanswered", it.unanswered.to_string()),
        ("errors", format!("{}{}", it.errors, words(&it.errors_by_kind))),
        (
            "latency ms",
            format!("p50 {:.1}   p95 {:.1}   p99 {:.1}   max {:.1}", it.p50_ms, it.p95_ms, it.p99_ms, it.max_ms),
        ),
        ("own lag ms", format!("p50 {:.1}   p99 {:.1}   max {:.1}", it.lag_p50_ms, it.lag_p99_ms, it.lag_max_ms)),
        ("fairness", format!("{:.3}   (Jain's index of verdicts by learner)", it.fairness)),
    ];
    rows.extend(seen_and_told(it));
    rows.extend(connections_and_quizzes(it));
    rows.extend(costs(it));
    rows
}

fn seen_and_told(it: &Numbers) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let shares: Vec<_> = ["attentive", "dozing", "away"]
        .iter()
        .zip(it.right)
        .filter_map(|(name, share)| share.map(|share| format!("{name} {:.1} %", share * 100.0)))
        .collect();
    if !shares.is_empty() {
        rows.push(("seen right", shares.join("   ")));
    }
    if it.alerts + it.alerts_by_clock + it.alerts_missed + it.alerts_false > 0 {
        let times = format!("p50 {:.1}   p99 {:.1}   max {:.1}", it.alert_p50_ms, it.alert_p99_ms, it.alert_max_ms);
        let others = format!(
            "{} by a frame, {} by the clock, {} false, {} missed",
            it.alerts, it.alerts_by_clock, it.alerts_false, it.alerts_missed
        );
        rows.push(("alerts ms", format!("{times}   ({others})")));
    }
    if it.differing > 0 {
        rows.push(("differing", format!("{} verdicts differ from the first one of the same file", it.differing)));
    }
    if it.rates_lowered > 0 {
        rows.push(("rate", format!("{} requests for less than one frame a second", it.rates_lowered)));
    }
    rows
}

fn connections_and_quizzes(it: &Numbers) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if it.refused > 0 {
        rows.push(("refused", format!("{} (HTTP 503)", it.refused)));
    }
    if it.recovered + it.not_recovered > 0 {
        let times = format!("half within {:.0} ms, all within {:.0} ms", it.return_p50_ms, it.return_max_ms);
        rows.push(("returned", format!("{} recovered, {} began anew; {times}", it.recovered, it.not_recovered)));
    }
    if it.slow_p99_ms > 0.0 {
        rows.push(("slow ones", format!("p99 {:.1} ms, not in the latencies above", it.slow_p99_ms)));
    }
    if it.quiz_sets + it.quiz_asked > 0 {
        let counts = format!("{} sets, {} questions asked, {} graded", it.quiz_sets, it.quiz_asked, it.quiz_graded);
        rows.push(("quizzes", format!("{counts}; grade p99 {:.1} ms", it.grade_p99_ms)));
    }
    rows
}

fn costs(it: &Numbers) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let (Some(cpu), Some(cores)) = (it.server_cpu_ms_per_frame, it.server_cores) {
        let memory = it.server_rss_mib.zip(it.server_rss_growth_mib);
        let memory = memory.map_or(String::new(), |(rss, grew)| format!(", {rss:.0} MiB ({grew:+.1})"));
        rows.push(("server", format!("{cpu:.3} ms of CPU a verdict, {cores:.2} cores{memory}")));
    }
    if let Some(cpu) = it.own_cpu_ms_per_frame {
        rows.push(("generator", format!("{cpu:.3} ms of CPU a frame")));
    }
    rows
}

fn words(counts: &BTreeMap<String, u64>) -> String {
    let list: Vec<_> = counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
    if list.is_empty() { String::new() } else { format!("   ({})", list.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_happen_is_not_told() {
        let quiet = Numbers::default().to_string();
        assert!(
            !["alerts", "returned", "quizzes", "server", "refused"].iter().any(|label| quiet.contains(label)),
            "{quiet}"
        );
        let busy = Numbers { alerts: 3, recovered: 2, quiz_asked: 1, refused: 4, ..Numbers::default() };
        let busy = Numbers { dropped_by_reason: [("superseded".to_owned(), 3)].into(), ..busy }.to_string();
        assert!(
            ["3 by a frame", "2 recovered", "1 questions", "4 (HTTP", "superseded 3"]
                .iter()
                .all(|it| busy.contains(it)),
            "{busy}"
        );
    }
}
