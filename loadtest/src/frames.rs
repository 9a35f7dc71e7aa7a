//! The pictures that the learners send.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;
use walkdir::WalkDir;

/// Reads every `.jpg` and `.jpeg` below `folder`, in the order of their paths.
///
/// # Errors
/// When the folder or a file cannot be read, or when there is no picture.
pub fn read(folder: &Path) -> anyhow::Result<Vec<Bytes>> {
    anyhow::ensure!(folder.is_dir(), "no folder {}: expected one with .jpg or .jpeg files", folder.display());
    let paths = jpegs(folder).with_context(|| format!("cannot list the frames' folder {}", folder.display()))?;
    anyhow::ensure!(
        !paths.is_empty(),
        "no frames in {}: expected .jpg or .jpeg files in or below it",
        folder.display()
    );
    let read = |path: &PathBuf| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    paths.iter().map(|path| read(path).map(Bytes::from)).collect()
}

fn jpegs(folder: &Path) -> Result<Vec<PathBuf>, walkdir::Error> {
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
        let error = read(&sources).expect_err("there are no pictures among the sources").to_string();
        assert!(error.contains("src") && error.contains(".jpeg"), "{error}");
        assert!(read(&sources.join("missing")).expect_err("no such folder").to_string().contains("missing"));
    }
}
