//! The table and the last line.

use serde::{Deserialize, Serialize};

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// What came out, with units.
    pub value: String,
    /// What is promised; none where nothing is.
    pub bar: Option<String>,
    /// Whether it is kept.
    pub met: Option<bool>,
}

impl Row {
    /// A figure without a promise.
    pub fn plain(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), value: value.into(), bar: None, met: None }
    }

    /// A figure with one.
    pub fn barred(name: &str, value: impl Into<String>, bar: &str, met: bool) -> Self {
        Self { name: name.to_owned(), value: value.into(), bar: Some(bar.to_owned()), met: Some(met) }
    }
}

/// The JSON object at the very end; null where nothing was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LastLine {
    /// Learners at 1 frame/s with p99 below 100 ms and no frame lost.
    pub learners_held: Option<usize>,
    /// p99 with so many.
    pub p99_ms: Option<f64>,
    /// The server's processor time by frame answered, with so many.
    pub server_cpu_ms_per_frame: Option<f64>,
    /// Memory of a socket whose camera is paused.
    pub idle_kib_per_socket: Option<f64>,
    /// From the tipping frame to the alert.
    pub alert_p99_ms: Option<f64>,
    /// Frames answered a second at 2 and 5 times the capacity by that capacity, the lower one.
    pub overload_answered_share: Option<f64>,
    /// Jain's index of frames answered by learner there, the lower one.
    pub overload_fairness: Option<f64>,
    /// The server's memory with 500 learners.
    pub rss_mb_500: Option<f64>,
    /// Over the socket, on labelled pictures.
    pub eye_auc: Option<f64>,
    /// The same.
    pub closed_recall: Option<f64>,
    /// The same.
    pub open_called_closed: Option<f64>,
}

/// All lines, in columns.
pub fn table(rows: &[Row]) -> String {
    let width = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let (names, bars) = (width(|row| &row.name), width(|row| row.bar.as_deref().unwrap_or("")).max(4));
    let head = format!("{:names$}  {:bars$}  {:6}  {}", "measured", "bar", "", "figure");
    let lines = rows.iter().map(|row| {
        let (bar, met) =
            (row.bar.as_deref().unwrap_or(""), row.met.map_or("", |met| if met { "met" } else { "MISSED" }));
        format!("{:names$}  {bar:bars$}  {met:6}  {}", row.name, row.value)
    });
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

/// Whether a last line has these keys, in this order, and no other.
#[cfg(test)]
pub fn assert_keys(nothing_measured: &impl Serialize, expected: &[&str]) {
    let line = serde_json::to_string(nothing_measured).expect("serialises");
    let keys: Vec<_> = expected.iter().map(|key| format!("\"{key}\":null")).collect();
    assert_eq!(line, format!("{{{}}}", keys.join(",")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_exactly_its_keys() {
        let expected = [
            "learners_held",
            "p99_ms",
            "server_cpu_ms_per_frame",
            "idle_kib_per_socket",
            "alert_p99_ms",
            "overload_answered_share",
            "overload_fairness",
            "rss_mb_500",
            "eye_auc",
            "closed_recall",
            "open_called_closed",
        ];
        assert_keys(&LastLine::default(), &expected);
    }

    #[test]
    fn the_table_says_what_was_missed() {
        let rows = [Row::barred("learners", "540", "600", false), Row::plain("a longer name", "1 s")];
        let table = table(&rows);
        let lines: Vec<_> = table.lines().collect();
        assert!(lines[1].contains("MISSED") && lines[1].find("540") == lines[2].find("1 s"), "{table}");
    }
}
