//! The secret that signs tokens: given, or made once and kept in a file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::config::Auth;

/// Bytes of a secret that is made here.
const BYTES: usize = 32;
/// Bytes of a file at the most.
const LONGEST: u64 = 4096;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It can be neither read nor made.
    #[error(
        "cannot read or make the key file {path}: {error}; give another with auth.key_file, or a secret in LOA_AUTH_KEY"
    )]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It holds too little.
    #[error(
        "the key file {path} holds fewer than 32 characters; remove it, and a new one is made (all devices begin anew)"
    )]
    Short {
        /// Which.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("the key file {path} can be read by others, who could sign tokens: chmod 600 {path}")]
    Open {
        /// Which.
        path: PathBuf,
    },
}

/// The secret of the settings.
pub fn secret(settings: &Auth) -> Result<Vec<u8>, KeyError> {
    if !settings.key.expose().is_empty() {
        return Ok(settings.key.expose().as_bytes().to_vec());
    }
    let path = settings.key_file.as_path();
    match File::open(path) {
        Ok(file) => read(path, file),
        Err(error) if error.kind() == ErrorKind::NotFound => make(path),
        Err(error) => Err(KeyError::File { path: path.to_owned(), error }),
    }
}

fn read(path: &Path, file: File) -> Result<Vec<u8>, KeyError> {
    let failed = |error| KeyError::File { path: path.to_owned(), error };
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(std::io::Error::other("it is no file")));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(KeyError::Open { path: path.to_owned() });
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    let secret = text.trim();
    if secret.len() < BYTES {
        return Err(KeyError::Short { path: path.to_owned() });
    }
    Ok(secret.as_bytes().to_vec())
}

/// Written beside and then put in its place, so that nobody reads half of it; of two that try at once, the first wins.
fn make(path: &Path) -> Result<Vec<u8>, KeyError> {
    let failed = |error| KeyError::File { path: path.to_owned(), error };
    let mut random = [0; BYTES];
    File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut random)).map_err(failed)?;
    let secret: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let beside = path.with_extension(format!("{}.new", uuid::Uuid::new_v4().simple()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::hard_link(&beside, path));
    let _ = std::fs::remove_file(&beside);
    match written {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(error)),
        _ => read(path, File::open(path).map_err(failed)?),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::Config;

    fn settings(path: &Path) -> Auth {
        Config::load(None, &[format!("auth.key_file={}", path.display())]).expect("good settings").auth
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("loa.key");
        let first = secret(&settings(&path)).expect("made");
        assert_eq!(secret(&settings(&path)).expect("read"), first);
        assert_eq!(std::fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
        let other = folder.path().join("other.key");
        assert_ne!(secret(&settings(&other)).expect("made"), first);
    }

    #[test]
    fn many_that_begin_at_once_have_one_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("loa.key");
        let secrets = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| secret(&settings(&path)).expect("made or read"))).collect();
            threads.into_iter().map(|it| it.join().expect("no panic")).collect::<Vec<_>>()
        });
        assert!(secrets.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn files_that_others_can_read_or_that_are_empty_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("loa.key");
        secret(&settings(&path)).expect("made");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("changed");
        assert!(matches!(secret(&settings(&path)), Err(KeyError::Open { .. })));
        std::fs::write(&path, "short").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("changed");
        assert!(matches!(secret(&settings(&path)), Err(KeyError::Short { .. })));
        assert!(matches!(secret(&settings(folder.path())), Err(KeyError::File { .. })));
        assert!(matches!(secret(&settings(Path::new("/nowhere/at/all"))), Err(KeyError::File { .. })));
    }
}
