//! Finding pictures in folders.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use walkdir::WalkDir;

/// The repository's fixtures, from its root and from the crate.
const FIXTURES: [&str; 2] = ["tests/fixtures", concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures")];
/// In them: one face with open and painted closed eyes, and drawn rooms without anybody (tests/fixtures/README.md). The fifth
/// room, study.jpg, is `unknown` to the server once it is noisy, so that no alert of absence can be expected.
const OPEN: [&str; 1] = ["faces/open_640x480.jpg"];
const CLOSED: [&str; 1] = ["faces/closed_640x480.jpg"];
const ROOMS: [&str; 4] = ["rooms/bright_wall.jpg", "rooms/dark.jpg", "rooms/evening.jpg", "rooms/window.jpg"];

/// The files of each state. The nth of each are one person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Faces with open eyes.
    pub attentive: Vec<PathBuf>,
    /// Faces with closed eyes; may be empty.
    pub dozing: Vec<PathBuf>,
    /// Nobody; may be empty.
    pub away: Vec<PathBuf>,
    /// For the log: where they are from.
    pub source: String,
}

impl Folders {
    /// The committed pictures.
    ///
    /// # Errors
    /// When the program does not stand in the repository and neither does its source.
    pub fn fixtures() -> anyhow::Result<Self> {
        let root = FIXTURES.iter().map(Path::new).find(|root| root.join(OPEN[0]).is_file()).context(
            "tests/fixtures is not here: run from the repository's folder, or name pictures with --frames or --attentive",
        )?;
        let all = |names: &[&str]| names.iter().map(|name| root.join(name)).collect();
        Ok(Self {
            attentive: all(&OPEN),
            dozing: all(&CLOSED),
            away: all(&ROOMS),
            source: "the fixtures' face and rooms".to_owned(),
        })
    }

    /// The subfolders attentive, dozing and away of `folder`, if the first is there.
    ///
    /// # Errors
    /// When one cannot be read or has no pictures.
    pub fn below(folder: &Path) -> anyhow::Result<Option<Self>> {
        let [attentive, dozing, away] = ["attentive", "dozing", "away"].map(|name| folder.join(name));
        if !attentive.is_dir() {
            return Ok(None);
        }
        let there = |path: &PathBuf| path.is_dir().then(|| path.clone());
        Self::named(&attentive, there(&dozing).as_deref(), there(&away).as_deref()).map(Some)
    }

    /// A folder for each state.
    ///
    /// # Errors
    /// When one cannot be read or has no pictures.
    pub fn named(attentive: &Path, dozing: Option<&Path>, away: Option<&Path>) -> anyhow::Result<Self> {
        let list = |path: Option<&Path>| path.map_or(Ok(Vec::new()), jpegs);
        Ok(Self {
            attentive: jpegs(attentive)?,
            dozing: list(dozing)?,
            away: list(away)?,
            source: attentive.display().to_string(),
        })
    }
}

/// Every `.jpg` and `.jpeg` below `folder`, in the order of their paths.
///
/// # Errors
/// When the folder cannot be read or has none.
pub fn jpegs(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    anyhow::ensure!(folder.is_dir(), "no folder {}: expected one with .jpg or .jpeg files", folder.display());
    let found = list(folder).with_context(|| format!("cannot list the folder {}", folder.display()))?;
    anyhow::ensure!(!found.is_empty(), "no pictures in {}: expected .jpg or .jpeg files", folder.display());
    Ok(found)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, walkdir::Error> {
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() && is_jpeg(entry.path()) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

fn is_jpeg(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jpg") || ending.eq_ignore_ascii_case("jpeg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_told_apart() {
        assert!(["a.jpg", "b/c.JPEG", "d.e.Jpg"].iter().all(|path| is_jpeg(Path::new(path))));
        assert!(!["a.png", "jpg", "a.jpg.txt", ".jpg"].iter().any(|path| is_jpeg(Path::new(path))));
    }

    #[test]
    fn a_folder_without_pictures_is_named_with_what_is_expected() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let error = jpegs(&sources).expect_err("there are no pictures among the sources").to_string();
        assert!(error.contains("src") && error.contains(".jpeg"), "{error}");
        assert!(jpegs(&sources.join("missing")).expect_err("no such folder").to_string().contains("missing"));
    }

    #[test]
    fn folders_per_state_are_found_by_their_names() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(Folders::below(folder.path()).expect("readable"), None);
        for name in ["attentive/a.jpg", "away/b.jpeg"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("has one")).expect("made");
            std::fs::write(path, "").expect("written");
        }
        let found = Folders::below(folder.path()).expect("readable").expect("there");
        assert_eq!((found.attentive.len(), found.dozing.len(), found.away.len()), (1, 0, 1));
    }
}
