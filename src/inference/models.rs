//! The model files, checked against their checksums.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

const DETECTOR: &str = "face_detection_short_range.onnx";
const POSE: &str = "pose_detection.onnx";
const LANDMARKS: &str = "face_landmark_with_attention.onnx";
const CHECKSUMS: &str = "SHA256SUMS";

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file cannot be read.
    #[error("cannot read {path} ({why}): set models.dir to the repository's folder `models`")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: std::io::Error,
    },
    /// The bytes are not those that the checksum file promises.
    #[error(
        "{path} is not the file that {CHECKSUMS} describes: restore it with `git checkout models` or make it anew with `make models`"
    )]
    Checksum {
        /// The file.
        path: PathBuf,
    },
}

/// The bytes of the models.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    /// BlazeFace short range.
    pub detector: Vec<u8>,
    /// The detector of persons.
    pub pose: Vec<u8>,
    /// The attention face mesh.
    pub landmarks: Vec<u8>,
}

impl ModelFiles {
    /// Reads them from a folder that holds SHA256SUMS too. A relative folder that is not below the working directory is
    /// looked for beside the program and in the folders above it.
    ///
    /// # Errors
    /// When a file is missing or is not what SHA256SUMS says.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let folder = &locate(folder);
        let checksums = String::from_utf8_lossy(&read(&folder.join(CHECKSUMS))?).into_owned();
        let checked = |name: &str| {
            let path = folder.join(name);
            let bytes = read(&path)?;
            let line = format!("{}  {name}", hex(&Sha256::digest(&bytes)));
            if checksums.lines().any(|known| known == line) { Ok(bytes) } else { Err(ModelError::Checksum { path }) }
        };
        Ok(Self { detector: checked(DETECTOR)?, pose: checked(POSE)?, landmarks: checked(LANDMARKS)? })
    }
}

fn locate(folder: &Path) -> PathBuf {
    let program = env::current_exe().ok();
    let beside = program.iter().flat_map(|path| path.ancestors()).map(|above| above.join(folder));
    let found = std::iter::once(folder.to_owned()).chain(beside).find(|folder| folder.join(CHECKSUMS).is_file());
    found.unwrap_or_else(|| folder.to_owned())
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    fs::read(path).map_err(|why| ModelError::Unreadable { path: path.to_owned(), why })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository_models() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
    }

    #[test]
    fn the_repository_s_models_are_whole() {
        ModelFiles::read(&repository_models()).expect("models as committed");
    }

    #[test]
    fn a_missing_or_changed_file_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error = ModelFiles::read(folder.path()).expect_err("an empty folder").to_string();
        assert!(error.contains("SHA256SUMS") && error.contains("models.dir"), "{error}");
        for name in [CHECKSUMS, DETECTOR, POSE, LANDMARKS] {
            fs::copy(repository_models().join(name), folder.path().join(name)).expect("copy");
        }
        let mut bytes = fs::read(folder.path().join(LANDMARKS)).expect("read");
        bytes[1000] ^= 1;
        fs::write(folder.path().join(LANDMARKS), bytes).expect("write");
        let error = ModelFiles::read(folder.path()).expect_err("one bit differs").to_string();
        assert!(error.contains(LANDMARKS) && error.contains("git checkout"), "{error}");
    }
}
