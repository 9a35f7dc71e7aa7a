//! Labelled pictures over the socket that serves: what is fast must not have become wrong.

mod score;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::venue::Venue;
use super::{Row, Suite};
use crate::pictures::{HEIGHT, QUALITY, Still, View, WIDTH, encode, render};
use crate::visitor::{Seen, Visitor};

use self::score::{Score, worse};

/// Where the pictures are when none are named, from the repository's root.
const DEFAULT: &str = "../shared/faces";
/// Frames of each picture, the first as it is: a server that remembers must be right with the last as well.
const FRAMES: usize = 4;
/// Between them, as the server asks for while something looks wrong.
const BETWEEN: Duration = Duration::from_millis(250);
/// Pictures at one time.
const AT_ONCE: usize = 48;

/// One line of manifest.csv; docs/accuracy.md tells what it holds.
#[derive(Debug, Clone, Deserialize)]
struct Line {
    file: PathBuf,
    label: String,
    #[serde(default)]
    eyes: String,
}

/// A picture whose eyes are known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Labelled {
    path: PathBuf,
    closed: bool,
}

impl Suite {
    /// Scores the pictures of a folder; without one, the default folder's if it is there.
    pub(super) async fn accuracy(&mut self, folder: Option<&Path>) -> anyhow::Result<()> {
        let folder = folder.unwrap_or(Path::new(DEFAULT));
        let manifest = folder.join("manifest.csv");
        if !manifest.is_file() {
            self.rows.push(Row::plain("labelled pictures", format!("none: there is no {}", manifest.display())));
            return Ok(());
        }
        let pictures = read(&manifest)?;
        let mut kept: Option<Score> = None;
        for (fitted, name) in [(false, "as they are"), (true, "fitted to 320x240")] {
            let venue = self.venue(&["server.max_connections=1000".to_owned()]).await?;
            let answers = ask(&venue, &pictures, fitted).await?;
            let scores =
                [0, FRAMES - 1].map(|place| Score::new(answers.iter().map(|(closed, seen)| (*closed, &seen[place]))));
            for (score, which) in scores.iter().zip(["first", "last"]) {
                self.rows.push(Row::plain(&format!("eyes, {name}, {which} of {FRAMES}"), score.to_string()));
            }
            if !fitted {
                kept = Some(worse(&scores[0], &scores[1]));
            }
        }
        if let Some(score) = kept {
            (self.line.eye_auc, self.line.closed_recall) = (score.auc, score.closed_recall);
            self.line.open_called_closed = score.open_called_closed;
        }
        Ok(())
    }
}

/// The lines that are scored: label and eyes both open, or both closed.
fn read(manifest: &Path) -> anyhow::Result<Vec<Labelled>> {
    let name = manifest.display();
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let mut reader = csv::Reader::from_path(manifest).with_context(|| format!("cannot read {name}"))?;
    let mut pictures = Vec::new();
    for line in reader.deserialize() {
        let Line { file, label, eyes } = line.with_context(|| format!("{name} wants the columns file,label,eyes"))?;
        if label == eyes && (label == "open" || label == "closed") {
            pictures.push(Labelled { path: folder.join(file), closed: label == "closed" });
        }
    }
    anyhow::ensure!(!pictures.is_empty(), "{name} has no line with label and eyes both open or both closed");
    Ok(pictures)
}

/// Each picture by a learner of its own: whether its eyes are closed, and what was seen in each of its frames.
async fn ask(venue: &Venue, pictures: &[Labelled], fitted: bool) -> anyhow::Result<Vec<(bool, Vec<Seen>)>> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for (number, picture) in pictures.iter().cloned().enumerate() {
        let (target, token) = (venue.target.clone(), venue.tokens[number % venue.tokens.len()].clone());
        let places = places.clone();
        tasks.spawn(async move {
            let _place = places.acquire_owned().await?;
            let closed = picture.closed;
            let name = picture.path.display().to_string();
            let frames = tokio::task::spawn_blocking(move || frames(&picture.path, number, fitted)).await??;
            let visitor = Visitor::join(&target, &token, number).await;
            let mut visitor = visitor.map_err(|why| anyhow::anyhow!("{why}"))?;
            let mut seen = Vec::with_capacity(FRAMES);
            for frame in &frames {
                seen.push(visitor.look(frame).await.with_context(|| name.clone())?);
                tokio::time::sleep(BETWEEN).await;
            }
            visitor.leave();
            anyhow::Ok((closed, seen))
        });
    }
    let mut answers = Vec::with_capacity(pictures.len());
    while let Some(answer) = tasks.join_next().await {
        answers.push(answer??);
    }
    Ok(answers)
}

/// The picture, then as a camera sees it whose subject hardly moves.
fn frames(path: &Path, number: usize, fitted: bool) -> anyhow::Result<Vec<Bytes>> {
    let original = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let still = Still::open(path)?;
    let still = if fitted { still.fitted(WIDTH, HEIGHT) } else { still };
    let random = &mut fastrand::Rng::with_seed(number as u64);
    let first =
        if fitted { encode(&render(&still, View::PLAIN, still.size(), random), QUALITY)? } else { original.into() };
    let mut frames = vec![first];
    for _ in 1..FRAMES {
        let mut within = |bound: f32| (random.f32() * 2.0 - 1.0) * bound;
        let view =
            View { shift: (within(3.0), within(2.0)), brightness: 1.0 + within(0.02), noise: 1.5, ..View::PLAIN };
        frames.push(encode(&render(&still, view, still.size(), random), QUALITY)?);
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_agree_are_scored() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let manifest = folder.path().join("manifest.csv");
        let lines =
            "file,label,eyes,source\na.jpg,open,open,x\nb.jpg,closed,closed,x\nc.jpg,yawn,open,x\nd.jpg,open,,x\n";
        std::fs::write(&manifest, lines).expect("written");
        let read = read(&manifest).expect("readable");
        let expected = [("a.jpg", false), ("b.jpg", true)];
        let expected = expected.map(|(name, closed)| Labelled { path: folder.path().join(name), closed });
        assert_eq!(read, expected);
    }

    #[test]
    fn frames_differ_and_keep_the_picture_s_size() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/faces/open_640x480.jpg");
        for (fitted, size) in [(false, (640, 480)), (true, (320, 240))] {
            let frames = frames(&path, 0, fitted).expect("made");
            assert_eq!(frames.len(), FRAMES);
            assert!(frames.windows(2).all(|pair| pair[0] != pair[1]));
            let last = image::load_from_memory(&frames[FRAMES - 1]).expect("a JPEG");
            assert_eq!((last.width(), last.height()), size);
        }
    }
}
