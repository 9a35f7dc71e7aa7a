//! The most learners, by search.

use std::sync::Arc;

use super::{Row, Suite};
use crate::behaviour::Habits;
use crate::class::Manners;
use crate::find_max::{self, Wish};
use crate::pictures::Album;

/// p99 must be below, ms.
const LIMIT_MS: f64 = 100.0;
/// Learners that are promised, and that are aimed at.
const BAR: usize = 600;
const GOAL: usize = 1500;
/// The most learners that are tried.
const MOST: usize = 6000;
/// Sockets to open a second. They are no storm: a class that gathers in a few minutes is slower still.
const RAMP: f64 = 120.0;
/// Share of frames that catch a blink: some 20 blinks a minute of 0.15 s.
const BLINK: f64 = 0.05;

impl Suite {
    /// Searches with that album; `kind` is steady or shuffled.
    pub(super) async fn find_max(&mut self, album: Arc<Album>, kind: &str) -> anyhow::Result<()> {
        let venue = self.venue(&[format!("server.max_connections={}", MOST + 500)]).await?;
        let manners = Manners { habits: Habits { blink: BLINK, ..Habits::ATTENTIVE }, ..Manners::PLAIN };
        let class = self.class(&venue, album, manners);
        // The shuffled figure is a second row: less time for it, and fewer learners to begin with.
        let (from, step, confirm, budget) =
            if kind == "steady" { (300, 12.0, 30.0, 200.0) } else { (150, 10.0, 20.0, 120.0) };
        let wish = Wish {
            limit_ms: LIMIT_MS,
            from,
            most: MOST,
            settle: find_max::SETTLE,
            step: self.seconds(step),
            confirm: self.seconds(confirm),
            budget: self.seconds(budget),
            ramp: RAMP,
            server: Some(venue.server.pid()),
        };
        let found = find_max::find(class, wish, &format!("find-max, {kind}")).await;
        let (held, it) = (found.held, &found.record.numbers);
        let value = format!(
            "{held} at 1 frame/s, p99 {:.1} ms (p50 {:.1}), {} steps",
            it.p99_ms,
            it.p50_ms,
            found.record.steps.len()
        );
        if kind == "steady" {
            self.line.learners_held = Some(held);
            self.line.p99_ms = (held > 0).then_some(it.p99_ms);
            self.line.server_cpu_ms_per_frame = it.server_cpu_ms_per_frame.filter(|_| held > 0);
            let goal = if held >= GOAL { ", goal reached" } else { "" };
            self.rows.push(Row::barred("learners held", format!("{value}{goal}"), "600, goal 1500", held >= BAR));
            self.rows.push(Row::plain("  server", cost(it.server_cpu_ms_per_frame, "ms of CPU a frame answered")));
            self.rows.push(Row::plain("  generator", cost(it.own_cpu_ms_per_frame, "ms of CPU a frame sent")));
            let lag = format!("p50 {:.2}, p99 {:.1} ms", it.lag_p50_ms, it.lag_p99_ms);
            self.rows.push(Row::plain("  generator's own lag", lag));
        } else {
            let server = cost(it.server_cpu_ms_per_frame, "ms a frame");
            self.rows.push(Row::plain("learners held, shuffled", format!("{value}; server {server}")));
        }
        let right = it.right.map(|share| share.map_or("-".to_owned(), |share| format!("{:.2} %", share * 100.0)));
        self.rows.push(Row::plain("  seen right", format!("eyes open {}, in a blink {}", right[0], right[1])));
        self.records.push(found.record);
        Ok(())
    }
}

fn cost(ms: Option<f64>, unit: &str) -> String {
    ms.map_or("not known".to_owned(), |ms| format!("{ms:.3} {unit}"))
}
