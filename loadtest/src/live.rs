//! What stands on stderr while a run lasts: one line that changes on a terminal, else a line every few seconds.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::series::Second;

/// Between two lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// The line.
pub struct Live {
    bar: ProgressBar,
    label: String,
    printed: Instant,
}

impl Live {
    /// Nothing is shown yet. `length`: seconds that it will take, if that is known.
    pub fn new(label: &str, length: Option<f64>) -> Self {
        let bar = length.map_or_else(ProgressBar::new_spinner, |seconds| ProgressBar::new(seconds as u64));
        let template =
            if length.is_some() { "{prefix} {bar:20} {pos:>3}/{len} s  {msg}" } else { "{prefix} {pos:>3} s  {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(label.to_owned());
        Self { bar, label: label.to_owned(), printed: Instant::now() }
    }

    /// What this run is now about.
    pub fn rename(&mut self, label: &str) {
        label.clone_into(&mut self.label);
        self.bar.set_prefix(label.to_owned());
    }

    /// Another second went by.
    pub fn show(&mut self, second: &Second, missing: u64) {
        let words = words(second, missing);
        self.bar.set_position(second.t_s as u64);
        if !self.bar.is_hidden() {
            self.bar.set_message(words);
        } else if self.printed.elapsed() >= EVERY {
            self.printed = Instant::now();
            eprintln!("{} {:.0} s: {words}", self.label, second.t_s);
        }
    }

    /// Says something that stays.
    pub fn say(&self, words: &str) {
        if self.bar.is_hidden() { eprintln!("{words}") } else { self.bar.println(words) }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn words(second: &Second, missing: u64) -> String {
    let Second { learners, sent, answered, dropped, p50_ms, p99_ms, .. } = second;
    let cores = second.server_cores.map_or(String::new(), |cores| format!("  server {cores:.2} cores"));
    format!(
        "{learners} learners  {sent:.0} sent/s  {answered:.0} answered/s  p50 {p50_ms:.1}  p99 {p99_ms:.1} ms  \
         {dropped:.0} dropped/s  {missing} lost{cores}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_the_second_s_numbers() {
        let second = Second { learners: 7, sent: 6.9, p99_ms: 12.34, server_cores: Some(0.5), ..Second::default() };
        let line = words(&second, 3);
        assert!(
            ["7 learners", "7 sent/s", "p99 12.3 ms", "3 lost", "server 0.50"].iter().all(|it| line.contains(it)),
            "{line}"
        );
        assert!(!words(&Second::default(), 0).contains("server"));
    }
}
