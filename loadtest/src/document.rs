//! What is written: a page with plots, and the same as JSON.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use askama::Template;
use serde::Serialize;
use serde_json::{Value, json};

use crate::plot::{self, Line};
use crate::run::Record;
use crate::series::Second;
use crate::suite::Row;
use crate::table;

/// One plot of a run.
struct Plot {
    title: &'static str,
    lines: Vec<Line>,
    svg: String,
}

/// One run on the page.
struct Section<'a> {
    name: &'a str,
    facts: Vec<(&'static str, String)>,
    steps: &'a [String],
    plots: Vec<Plot>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    made: String,
    frames: &'a str,
    machine: String,
    rows: &'a [Row],
    sections: Vec<Section<'a>>,
}

/// The page.
///
/// # Errors
/// Never: the template writes into memory.
pub fn page(rows: &[Row], records: &[Record], frames: &str) -> anyhow::Result<String> {
    let sections = records.iter().map(section).collect();
    let page = Page { made: now(), frames, machine: machine(), rows, sections };
    page.render().context("cannot write the page")
}

/// All numbers and every second. Runs are by their name, so that two files can be compared.
pub fn json(rows: &[Row], summary: &impl Serialize, records: &[Record], frames: &str) -> anyhow::Result<String> {
    let mut runs: BTreeMap<String, Value> = BTreeMap::new();
    for record in records {
        let twins = runs.keys().filter(|name| name.split(" #").next() == Some(record.name.as_str())).count();
        let name = if twins > 0 { format!("{} #{}", record.name, twins + 1) } else { record.name.clone() };
        runs.insert(name, json!({"numbers": record.numbers, "steps": record.steps, "seconds": record.series}));
    }
    let document = json!({
        "made": now(), "machine": machine(), "frames": frames, "summary": summary, "table": rows, "runs": runs,
    });
    serde_json::to_string_pretty(&document).context("cannot write the numbers")
}

/// Writes report.html and report.json into a folder; says where they are.
///
/// # Errors
/// When they cannot be written.
pub fn write(
    folder: &Path,
    rows: &[Row],
    summary: &impl Serialize,
    records: &[Record],
    frames: &str,
) -> anyhow::Result<(PathBuf, PathBuf)> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let paths = (folder.join("report.html"), folder.join("report.json"));
    save(&paths.0, &page(rows, records, frames)?)?;
    save(&paths.1, &json(rows, summary, records, frames)?)?;
    Ok(paths)
}

/// Writes a file.
///
/// # Errors
/// When it cannot be written.
pub fn save(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn section(record: &Record) -> Section<'_> {
    let line = |name, colour, value: fn(&Second) -> Option<f64>| Line {
        name,
        colour,
        points: record.series.iter().filter_map(|second| Some((second.t_s, value(second)?))).collect(),
    };
    let plots = [
        (
            "Frames a second",
            vec![
                line("sent", 0, |second| Some(second.sent)),
                line("answered", 1, |second| Some(second.answered)),
                line("learners", 4, |second| Some(second.learners as f64)),
            ],
        ),
        (
            "Latency from due to verdict, ms",
            vec![
                line("p99", 3, |second| Some(second.p99_ms)),
                line("p95", 2, |second| Some(second.p95_ms)),
                line("p50", 1, |second| Some(second.p50_ms)),
            ],
        ),
        (
            "Dropped a second, errors",
            vec![
                line("dropped", 3, |second| Some(second.dropped)),
                line("errors", 4, |second| Some(second.errors as f64)),
            ],
        ),
        (
            "Cores used",
            vec![line("server", 1, |second| second.server_cores), line("generator", 0, |second| second.own_cores)],
        ),
        ("Memory of the server, MiB", vec![line("RSS", 0, |second| second.server_rss_mib)]),
        ("Generator's own lateness p99, ms", vec![line("lag", 0, |second| Some(second.lag_p99_ms))]),
    ];
    let plots = plots.into_iter().map(|(title, lines)| Plot { title, svg: plot::draw(&lines), lines });
    let plots = plots.filter(|plot| !plot.svg.is_empty()).collect();
    Section { name: &record.name, facts: table::rows(&record.numbers), steps: &record.steps, plots }
}

fn now() -> String {
    httpdate::fmt_http_date(SystemTime::now())
}

/// What it ran on.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    if model.is_empty() { format!("{cores} cores") } else { format!("{cores} cores, {model}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Vec<Record> {
        let second = |t_s| Second { t_s, sent: 10.0, p99_ms: 5.0, server_rss_mib: Some(100.0), ..Second::default() };
        let record =
            |name: &str| Record { name: name.to_owned(), series: vec![second(1.0), second(2.0)], ..Record::default() };
        vec![record("a <run>"), record("twin"), record("twin")]
    }

    #[test]
    fn the_page_has_every_run_and_needs_nothing_else() {
        let rows = [Row::barred("learners", "540", "600", false)];
        let page = page(&rows, &records(), "of a test").expect("rendered");
        assert!(page.contains("a &#60;run&#62;") && page.contains("missed") && page.contains("Frames: of a test"));
        // Frames, latency, drops, memory, lateness; no cores were measured.
        assert_eq!(page.matches("<svg viewBox").count(), 15);
        assert!(!page.contains("<script") && !page.contains("href=") && !page.contains("src="));
    }

    #[test]
    fn runs_of_one_name_are_told_apart() {
        let text = json(&[], &json!({"p99_ms": 1}), &records(), "").expect("written");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let names: Vec<_> = value["runs"].as_object().expect("runs").keys().collect();
        assert_eq!(names, ["a <run>", "twin", "twin #2"]);
        assert_eq!(
            (&value["summary"]["p99_ms"], value["runs"]["twin"]["seconds"][1]["sent"].as_f64()),
            (&json!(1), Some(10.0))
        );
    }
}
