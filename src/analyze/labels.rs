//! Scoring against labels.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, face};
use crate::inference::Presence;
use crate::outln;

/// Lines that are told of one by one.
const SHOWN: usize = 5;
/// Mouths are called wide open at or above this.
const MOUTH_WIDE: f32 = 0.55;
/// What a picture shows.
const LABELS: [&str; 6] = ["open", "closed", "yawn", "absent", "bowed", "ambiguous"];
/// Whether its eyes are open; empty where that cannot be seen.
const EYES: [&str; 4] = ["open", "closed", "unknown", ""];

/// One line of a manifest; further columns are ignored.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    file: PathBuf,
    label: String,
    #[serde(default)]
    eyes: String,
    #[serde(default)]
    source: String,
}

/// A CSV file with the columns file, label (open, closed, yawn, absent, ...), eyes (open, closed, unknown or empty) and
/// source. Paths are relative to it.
pub(super) struct Manifest {
    /// Path, line number, line.
    rows: Vec<(PathBuf, usize, Row)>,
}

impl Manifest {
    /// Reads it.
    ///
    /// # Errors
    /// With the line that cannot be used and the words that are allowed.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        ensure!(path.is_file(), "{name} is not a file; --labels wants a CSV file with the columns file,label,eyes");
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut reader = csv::Reader::from_path(path).with_context(|| format!("cannot read {name}"))?;
        let headers = reader.headers().with_context(|| format!("cannot read {name}"))?.clone();
        let missing: Vec<_> =
            ["file", "label", "eyes"].into_iter().filter(|column| !headers.iter().any(|it| it == *column)).collect();
        ensure!(
            missing.is_empty(),
            "{name} lacks the column {}: it wants file,label,eyes, separated by commas",
            missing.join(" and ")
        );
        let mut rows = Vec::new();
        for (index, row) in reader.deserialize().enumerate() {
            let line = index + 2;
            let row: Row = row.with_context(|| format!("{name}, line {line}"))?;
            rows.push((folder.join(&row.file), line, row));
        }
        ensure!(!rows.is_empty(), "{name} has no lines");
        let manifest = Self { rows };
        manifest.check(path)?;
        Ok(manifest)
    }

    /// Tells of lines that will not be scored; an error if that is all of them.
    fn check(&self, path: &Path) -> anyhow::Result<()> {
        let problems: Vec<String> =
            self.rows.iter().filter_map(|(file, line, row)| problem(file, *line, row)).collect();
        for problem in problems.iter().take(SHOWN) {
            eprintln!("{}, {problem}", path.display());
        }
        if problems.len() > SHOWN {
            eprintln!("... and {} more lines that are not scored", problems.len() - SHOWN);
        }
        ensure!(problems.len() < self.rows.len(), "{}: no line can be scored", path.display());
        Ok(())
    }

    /// The pictures it names.
    pub fn files(&self) -> Vec<PathBuf> {
        self.rows.iter().map(|(path, ..)| path.clone()).collect()
    }

    /// Compares outcomes with labels; pictures without a label are left out.
    pub fn score(&self, outcomes: &[Outcome], threshold: f32) -> Scores {
        let by_path: HashMap<PathBuf, &Row> = self
            .rows
            .iter()
            .map(|(path, _, row)| (path.canonicalize().unwrap_or_else(|_| path.clone()), row))
            .collect();
        let mut scores = Scores { all: Score::default(), sources: BTreeMap::new(), threshold };
        for outcome in outcomes {
            let path = outcome.path.canonicalize().unwrap_or_else(|_| outcome.path.clone());
            if let Some(row) = by_path.get(&path) {
                scores.all.add(row, outcome);
                scores.sources.entry(row.source.clone()).or_default().add(row, outcome);
            }
        }
        scores
    }
}

/// Why a line cannot be scored, if so.
fn problem(file: &Path, line: usize, row: &Row) -> Option<String> {
    if !file.is_file() {
        Some(format!("line {line}: there is no file {}", file.display()))
    } else if !LABELS.contains(&row.label.as_str()) {
        Some(format!("line {line}: label {:?} is none of {}", row.label, LABELS.join(", ")))
    } else if !EYES.contains(&row.eyes.as_str()) {
        Some(format!("line {line}: eyes {:?} must be open, closed, unknown or empty", row.eyes))
    } else if ["open", "closed"].contains(&row.label.as_str()) && row.eyes.is_empty() {
        Some(format!(
            "line {line}: label {} with empty eyes is not scored for eyes: write {} there too, or unknown",
            row.label, row.label
        ))
    } else {
        None
    }
}

/// What was found among pictures of one kind of label.
#[derive(Debug, Default, Clone)]
struct Score {
    /// `closed` of pictures whose eyes are labelled open, where a face was found.
    open: Vec<f32>,
    /// The same for those labelled closed.
    closed: Vec<f32>,
    /// Pictures with labelled eyes, found or not.
    with_eyes: usize,
    /// `mouth_wide` of pictures labelled yawn, where a face was found.
    yawning: Vec<f32>,
    /// The same of those labelled open or closed.
    not_yawning: Vec<f32>,
    yawns: usize,
    absent: usize,
    absent_called_present: usize,
    absent_unknown: usize,
    unreadable: usize,
    frames: usize,
    spent_ms: f64,
}

impl Score {
    fn add(&mut self, row: &Row, outcome: &Outcome) {
        self.frames += 1;
        let Ok(analysis) = &outcome.result else {
            self.unreadable += 1;
            return;
        };
        self.spent_ms += analysis.times.total().as_secs_f64() * 1000.0;
        let found = face(analysis);
        if row.label == "absent" {
            self.absent += 1;
            self.absent_called_present +=
                usize::from(matches!(analysis.presence, Presence::Face(_) | Presence::Person(_)));
            self.absent_unknown += usize::from(matches!(analysis.presence, Presence::Unknown(_)));
        }
        let wide = found.map(|face| face.mouth_wide);
        match row.label.as_str() {
            "yawn" => {
                self.yawns += 1;
                self.yawning.extend(wide);
            }
            "open" | "closed" => self.not_yawning.extend(wide),
            _ => {}
        }
        let labelled = match (row.label.as_str(), row.eyes.as_str()) {
            ("open" | "closed", "open") => &mut self.open,
            ("open" | "closed", "closed") => &mut self.closed,
            _ => return,
        };
        self.with_eyes += 1;
        labelled.extend(found.map(|face| face.eyes.closed));
    }

    /// The chance that a closed picture scores above an open one.
    fn auc(&self) -> Option<f64> {
        let pairs = self.open.len() * self.closed.len();
        let mut open = self.open.clone();
        open.sort_by(f32::total_cmp);
        let wins: f64 = self
            .closed
            .iter()
            .map(|value| {
                let below = open.partition_point(|it| it < value);
                let upto = open.partition_point(|it| it <= value);
                (below + upto) as f64 / 2.0
            })
            .sum();
        (pairs > 0).then(|| wins / pairs as f64)
    }

    fn face_found(&self) -> Option<f64> {
        share(self.open.len() + self.closed.len(), self.with_eyes)
    }

    fn closed_recall(&self, threshold: f32) -> Option<f64> {
        called(&self.closed, threshold)
    }

    fn open_called_closed(&self, threshold: f32) -> Option<f64> {
        called(&self.open, threshold)
    }

    /// Of yawns whose face was found, those whose mouth is called wide open.
    fn mouth_recall(&self) -> Option<f64> {
        called(&self.yawning, MOUTH_WIDE)
    }

    /// Of faces labelled open or closed, those whose mouth is called wide open.
    fn mouth_false(&self) -> Option<f64> {
        called(&self.not_yawning, MOUTH_WIDE)
    }

    fn ms_per_frame(&self) -> Option<f64> {
        let read = self.frames - self.unreadable;
        (read > 0).then(|| self.spent_ms / read as f64)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn called(values: &[f32], threshold: f32) -> Option<f64> {
    share(values.iter().filter(|it| **it >= threshold).count(), values.len())
}

/// The scores of all pictures and of each source.
pub(super) struct Scores {
    all: Score,
    sources: BTreeMap<String, Score>,
    threshold: f32,
}

impl Scores {
    /// Prints them.
    pub fn print(&self, json: bool) {
        self.print_table();
        if json {
            outln!("{}", self.json());
        }
    }

    fn json(&self) -> serde_json::Value {
        let (all, threshold) = (&self.all, self.threshold);
        let short = |value: Option<f64>| value.map(|value| (value * 1e5).round() / 1e5);
        json!({
            "frames": all.frames,
            "face_found": short(all.face_found()),
            "eye_auc": short(all.auc()),
            "closed_recall": short(all.closed_recall(threshold)),
            "open_called_closed": short(all.open_called_closed(threshold)),
            "absent_called_present": short(share(all.absent_called_present, all.absent)),
            "mouth_recall": short(all.mouth_recall()),
            "mouth_false": short(all.mouth_false()),
            "ms_per_frame": short(all.ms_per_frame()),
        })
    }

    fn print_table(&self) {
        let threshold = self.threshold;
        outln!(
            "eyes called closed at {threshold} and above; among pictures labelled open or closed where a face was found"
        );
        outln!(
            "{:44} frames  faces  open  closed     AUC  recall  false   yawn  false  absent called present",
            "source"
        );
        let rows = self.sources.iter().map(|(name, score)| (name.as_str(), score));
        for (name, score) in rows.chain([("all", &self.all)]) {
            let name: String = if name.is_empty() { "(none)".into() } else { name.chars().take(44).collect() };
            outln!(
                "{name:44} {:6} {:>6} {:5} {:7} {:>7} {:>7} {:>6} {:>6} {:>6} {:>22}",
                score.frames,
                percent(score.face_found(), 1),
                score.open.len(),
                score.closed.len(),
                score.auc().map_or("-".into(), |auc| format!("{auc:.4}")),
                percent(score.closed_recall(threshold), 1),
                percent(score.open_called_closed(threshold), 1),
                percent(score.mouth_recall(), 1),
                percent(score.mouth_false(), 1),
                if score.absent > 0 { format!("{}/{}", score.absent_called_present, score.absent) } else { "-".into() },
            );
        }
        self.print_confusion();
    }

    fn print_confusion(&self) {
        let above = |scores: &[f32]| scores.iter().filter(|it| **it >= self.threshold).count();
        let (open, closed) = (&self.all.open, &self.all.closed);
        outln!("\nconfusion        called open  called closed");
        outln!("labelled open   {:12} {:14}", open.len() - above(open), above(open));
        outln!("labelled closed {:12} {:14}", closed.len() - above(closed), above(closed));
        outln!(
            "faces missed: {}; yawns whose face was missed: {} of {}; absent called nobody: {}, unknown: {}",
            self.all.with_eyes - open.len() - closed.len(),
            self.all.yawns - self.all.yawning.len(),
            self.all.yawns,
            self.all.absent - self.all.absent_called_present - self.all.absent_unknown,
            self.all.absent_unknown
        );
        outln!(
            "unreadable: {}, {} ms a frame\n",
            self.all.unreadable,
            self.all.ms_per_frame().map_or("-".into(), |ms| format!("{ms:.2}"))
        );
    }
}

fn percent(value: Option<f64>, digits: usize) -> String {
    value.map_or("-".into(), |value| format!("{:.digits$}%", value * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(open: &[f32], closed: &[f32]) -> Score {
        Score { open: open.to_vec(), closed: closed.to_vec(), with_eyes: open.len() + closed.len(), ..Score::default() }
    }

    #[test]
    fn auc_counts_pairs_and_halves_ties() {
        assert_eq!(score(&[0.1, 0.2], &[0.8, 0.9]).auc(), Some(1.0));
        assert_eq!(score(&[0.1, 0.5], &[0.5, 0.9]).auc(), Some(0.875));
        assert_eq!(score(&[0.9], &[0.1]).auc(), Some(0.0));
        assert_eq!(score(&[], &[0.1]).auc(), None);
    }

    #[test]
    fn recall_and_false_calls_are_at_or_above_the_threshold() {
        let score = score(&[0.1, 0.5, 0.2, 0.3], &[0.5, 0.4]);
        assert_eq!(score.closed_recall(0.5), Some(0.5));
        assert_eq!(score.open_called_closed(0.5), Some(0.25));
    }

    #[test]
    fn a_manifest_s_paths_are_relative_to_it_and_its_mistakes_are_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("manifest.csv");
        std::fs::write(folder.path().join("a.jpg"), "").expect("written");
        std::fs::write(&path, "file,label,eyes,more\na.jpg,open,open,\"x,y\"\nb.jpg,open,open,\n").expect("written");
        let manifest = Manifest::read(&path).expect("one line is good");
        assert_eq!(manifest.files(), ["a.jpg", "b.jpg"].map(|name| folder.path().join(name)));
        for (text, words) in [
            ("name,kind\n1,2\n", "file and label and eyes"),
            ("file;label;eyes\na.jpg;open;open\n", "separated by commas"),
            ("file,label,eyes\n", "has no lines"),
            ("file,label,eyes\na.jpg,face,open\n", "no line can be scored"),
            ("file,label,eyes\na.jpg,open,opened\n", "no line can be scored"),
            ("file,label,eyes\nnowhere.jpg,open,open\n", "no line can be scored"),
        ] {
            std::fs::write(&path, text).expect("written");
            let error = format!("{:#}", Manifest::read(&path).err().expect(text));
            assert!(error.contains(words), "{error}");
        }
        assert!(Manifest::read(folder.path()).is_err());
    }
}
