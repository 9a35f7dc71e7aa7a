//! `[auth]`: who signs tokens, and how long they hold.

use std::path::PathBuf;
use std::time::Duration;

use super::validate::within;
use super::{ConfigError, Secret};

/// Bytes of a secret at least: as many as the hash has (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;

/// `[auth]`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// What signs tokens; empty: the file.
    pub key: Secret,
    /// Where it is kept else.
    pub key_file: PathBuf,
    /// Life of an access token.
    pub access_minutes: u32,
    /// Life of a refresh token.
    pub refresh_days: u32,
    /// Guests a minute.
    pub guests_per_minute: u32,
}

impl Auth {
    /// Life of an access token.
    pub fn access_life(&self) -> Duration {
        Duration::from_mins(u64::from(self.access_minutes))
    }

    /// Life of a refresh token.
    pub fn refresh_life(&self) -> Duration {
        Duration::from_hours(24 * u64::from(self.refresh_days))
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let bytes = self.key.expose().len();
        if bytes > 0 && bytes < SHORTEST_SECRET {
            let allowed = "empty, or 32 characters or more, as `openssl rand -base64 32` prints";
            return Err(ConfigError::NotAllowed { key: "auth.key".into(), value: "***".into(), allowed });
        }
        if bytes == 0 && self.key_file.as_os_str().is_empty() {
            let allowed = "a file's path, unless auth.key is given";
            return Err(ConfigError::NotAllowed { key: "auth.key_file".into(), value: "\"\"".into(), allowed });
        }
        within("auth.access_minutes", self.access_minutes, 1, 1440, "1 to 1440")?;
        within("auth.refresh_days", self.refresh_days, 1, 3650, "1 to 3650")?;
        within("auth.guests_per_minute", self.guests_per_minute, 1, 1_000_000, "1 to 1000000")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    fn load(set: &str) -> Result<Config, super::ConfigError> {
        Config::load(None, &[set.to_owned()])
    }

    #[test]
    fn secrets_are_not_shown_and_not_short() {
        let secret = "0123456789abcdef0123456789abcdef";
        let config = load(&format!("auth.key={secret}")).expect("long enough");
        assert_eq!(config.auth.key.expose(), secret);
        assert!(!format!("{config:?}").contains(secret));
        for short in ["hunter2", "123456789", "true", "1.5"] {
            let error = load(&format!("auth.key={short}")).expect_err("too short").to_string();
            assert!(error.contains("auth.key") && !error.contains(short), "{error}");
        }
    }
}
