//! Typed settings, from config.toml (built in), a file, LOA_* variables and flags; validated once at start.

mod attention;
mod auth;
mod database;
mod quiz;
mod secret;
mod validate;

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Map};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Deserialize;

pub use self::attention::{Attention, Presets};
pub use self::auth::Auth;
pub use self::database::{Database, DatabaseUrl};
pub use self::quiz::{Quiz, QuizSource};
pub use self::secret::Secret;
use crate::inference::PipelineConfig;
use crate::inference::engine::EngineConfig;
use crate::protocol::server::{HeartbeatTimes, Limits};
use crate::vision::JpegLimits;

/// config.toml as it stands in the repository.
pub const DEFAULTS: &str = include_str!("../config.toml");

/// All settings; config.toml says what each is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Listener.
    pub server: Server,
    /// What a connection may do.
    pub limits: LimitSettings,
    /// The rhythm of a connection.
    pub session: Session,
    /// Queue and workers.
    pub inference: Inference,
    /// Model files.
    pub models: Models,
    /// Thresholds.
    pub vision: Vision,
    /// What is made of the frames over time.
    pub attention: Attention,
    /// Questions.
    pub quiz: Quiz,
    /// Where things are kept.
    pub database: Database,
    /// Tokens.
    pub auth: Auth,
    /// Logging.
    pub log: Log,
}

/// `[server]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port, or name and port.
    pub bind: String,
    /// How browsers elsewhere reach it; empty: by `bind`.
    pub public_url: String,
    /// Connections at one time.
    pub max_connections: usize,
    /// For the HTTP request head.
    pub header_timeout_ms: u64,
    /// For draining.
    pub shutdown_ms: u64,
    /// The extension's adapters of sites; empty: built in.
    pub adapters: PathBuf,
    /// Whose pages may open WebSockets beside the server's own.
    pub origins: Vec<String>,
    /// Addresses and networks.
    pub trusted_proxies: Vec<String>,
    /// PEM file; empty: no TLS.
    pub tls_certificate: PathBuf,
    /// PEM file.
    pub tls_key: PathBuf,
}

impl Server {
    /// Where to listen; empty when `bind` is no address.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.bind.to_socket_addrs().map_or(Vec::new(), Iterator::collect)
    }

    /// Whether it speaks TLS itself.
    pub fn has_tls(&self) -> bool {
        !self.tls_certificate.as_os_str().is_empty()
    }

    /// The address of a page, for links. `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        let scheme = if self.has_tls() { "https" } else { "http" };
        match self.public_url.trim_end_matches('/') {
            "" => format!("{scheme}://{}{path}", self.own_address()),
            public => format!("{public}{path}"),
        }
    }

    /// Where this machine reaches it: what listens on all addresses listens on its own too.
    pub fn own_address(&self) -> String {
        self.bind.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")
    }
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Bytes of one binary message.
    pub frame_bytes: usize,
    /// Width times height.
    pub frame_pixels: usize,
    /// Longer side.
    pub frame_side: usize,
    /// Frames a second on one connection.
    pub frames_per_second: u32,
    /// Bytes of one text message.
    pub text_bytes: usize,
    /// Bad messages in a row.
    pub errors_in_a_row: u32,
    /// Text messages a second on one connection.
    pub texts_per_second: u32,
    /// Messages waiting for a slow reader.
    pub outbox_messages: usize,
    /// WebSockets of one learner at one time.
    pub sockets_per_learner: usize,
    /// Connections of one address at one time.
    pub connections_per_address: usize,
    /// Requests of one address in a minute.
    pub requests_per_address: u32,
}

/// `[session]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Between pings.
    pub ping_every_ms: u64,
    /// Until a silent peer is gone.
    pub silent_for_ms: u64,
    /// Until a peer that does not read is gone.
    pub slow_reader_ms: u64,
    /// How long a watch session waits for its client.
    pub resume_ms: u64,
    /// How many may wait.
    pub resume_places: usize,
}

/// `[inference]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inference {
    /// Worker threads; 0: one per core.
    pub workers: usize,
    /// Frames a batch at most.
    pub max_batch: usize,
    /// Frames waiting and in work; 0: twice what all workers take at once.
    pub queue_frames: usize,
    /// Age at which a frame is dropped when there is no time for all.
    pub max_age_ms: u64,
    /// The same while there is; at least the former counts.
    pub calm_max_age_ms: u64,
    /// The shared library's path, or empty.
    pub onnxruntime: String,
    /// What computes.
    pub provider: crate::inference::Provider,
}

/// `[models]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// The folder.
    pub dir: PathBuf,
}

/// `[vision]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vision {
    /// The detector's least score.
    pub min_face_score: f32,
    /// The landmark model's least confidence.
    pub min_face_flag: f32,
    /// The least belief in all scores together.
    pub min_face_belief: f32,
    /// Closed at or above.
    pub closed_threshold: f32,
    /// How long a full look is good for glances.
    pub glance_ms: u64,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// A level or a filter.
    pub level: String,
    /// Text or JSON.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The named file is not there.
    #[error("there is no configuration file {0}")]
    NoFile(PathBuf),
    /// A `--set` that is not `section.key=value`.
    #[error("--set wants section.key=value, as in --set server.bind=127.0.0.1:9000; got {0:?}")]
    BadSet(String),
    /// A key that does not exist, or a value of the wrong kind.
    #[error("{0}")]
    Unreadable(String),
    /// A value that is not allowed.
    #[error("{key} = {value} is not allowed: {allowed}")]
    NotAllowed {
        /// section.key
        key: String,
        /// What was given.
        value: String,
        /// What may be given.
        allowed: &'static str,
    },
}

impl Config {
    /// Reads all sources and validates the result. `sets` are `section.key=value`.
    ///
    /// # Errors
    /// [`ConfigError`] names the key and what is allowed.
    pub fn load(file: Option<&Path>, sets: &[String]) -> Result<Self, ConfigError> {
        let mut figment = Figment::new().merge(Toml::string(DEFAULTS));
        match file {
            Some(path) if !path.is_file() => return Err(ConfigError::NoFile(path.to_owned())),
            Some(path) => figment = figment.merge(Toml::file_exact(path)),
            None => figment = figment.merge(Toml::file("config.toml")),
        }
        // As other clients of language models have them; what is empty says nothing.
        for (name, key) in [("OPENAI_BASE_URL", "quiz.base_url"), ("OPENAI_API_KEY", "quiz.api_key")] {
            if std::env::var_os(name).is_some_and(|value| !value.is_empty()) {
                figment = figment.merge(Env::raw().only(&[name]).map(move |_| key.into()));
            }
        }
        // LOA_SERVER_MAX_CONNECTIONS is server.max_connections: the section is the first word.
        figment = figment.merge(Env::prefixed("LOA_").map(|name| name.as_str().replacen('_', ".", 1).into()));
        for set in sets {
            figment = figment.merge(Flag { text: set.clone(), toml: as_toml(set)? });
        }
        let config: Self = figment.extract().map_err(|error| ConfigError::Unreadable(explain(&error)))?;
        config.validate()?;
        Ok(config)
    }

    /// For the inference engine.
    pub fn engine(&self) -> EngineConfig {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers = if self.inference.workers == 0 { cores } else { self.inference.workers };
        let max_batch = self.inference.max_batch;
        EngineConfig {
            workers,
            max_batch,
            capacity: if self.inference.queue_frames == 0 {
                2 * workers * max_batch
            } else {
                self.inference.queue_frames
            },
        }
    }

    /// For the vision pipeline.
    pub fn pipeline(&self) -> PipelineConfig {
        PipelineConfig {
            limits: JpegLimits { side: self.limits.frame_side, pixels: self.limits.frame_pixels },
            min_face_score: self.vision.min_face_score,
            min_face_flag: self.vision.min_face_flag,
            min_face_belief: self.vision.min_face_belief,
        }
    }

    /// For `welcome`.
    pub fn announced_limits(&self) -> Limits {
        Limits {
            frame_bytes: self.limits.frame_bytes,
            frame_pixels: self.limits.frame_pixels,
            frame_side: self.limits.frame_side,
            frames_per_second: self.limits.frames_per_second,
            text_bytes: self.limits.text_bytes,
            errors_in_a_row: self.limits.errors_in_a_row,
        }
    }

    /// For `welcome`.
    pub fn heartbeat(&self) -> HeartbeatTimes {
        HeartbeatTimes { ping_every_ms: self.session.ping_every_ms, silent_for_ms: self.session.silent_for_ms }
    }

    /// How old a full look may be for a glance to go by it.
    pub fn glances(&self) -> Duration {
        Duration::from_millis(self.vision.glance_ms)
    }

    /// How old a frame may be while the server is short of time.
    pub fn max_age(&self) -> Duration {
        Duration::from_millis(self.inference.max_age_ms)
    }

    /// How old a frame may be while there is time for all.
    pub fn calm_max_age(&self) -> Duration {
        Duration::from_millis(self.inference.calm_max_age_ms).max(self.max_age())
    }
}

/// `section.key=value` as a line of TOML; what is no number, boolean, quoted string or list becomes a string.
fn as_toml(set: &str) -> Result<String, ConfigError> {
    let bad = || ConfigError::BadSet(database::without_passwords(set));
    let (name, value) = set.split_once('=').ok_or_else(bad)?;
    // Deeper names, as attention.presets.default.absent_alarm_ms, name a table of tables.
    let (section, key) = name.trim().rsplit_once('.').ok_or_else(bad)?;
    let plain = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !section.split('.').all(plain) || !plain(key) {
        return Err(bad());
    }
    let value = value.trim();
    let quoted = value.len() > 1 && value.starts_with('\'') && value.ends_with('\'');
    let listed = value.starts_with('[')
        && value.ends_with(']')
        && !value.contains(char::is_control)
        && Toml::string(&format!("list = {value}")).data().is_ok();
    let literal = quoted || listed || value.parse::<f64>().is_ok() || ["true", "false"].contains(&value);
    let value = if literal { value.to_owned() } else { format!("{value:?}") };
    Ok(format!("[{section}]\n{key} = {value}\n"))
}

/// A `--set`, which errors shall name as the user wrote it.
struct Flag {
    text: String,
    toml: String,
}

impl Provider for Flag {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("--set {}", database::without_passwords(&self.text)))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Toml::string(&self.toml).data()
    }
}

/// All of figment's findings, each with its key, where it came from and what is expected.
fn explain(error: &figment::Error) -> String {
    let lines: Vec<String> = error
        .clone()
        .into_iter()
        .map(|one| {
            let key = one.path.join(".");
            let source = one.metadata.as_ref().map_or(String::new(), |it| match &it.source {
                _ if it.name.contains("environment") => {
                    format!(" (from the variable LOA_{})", key.replacen('.', "_", 1).to_uppercase())
                }
                Some(source) => format!(" (from {source})"),
                None => format!(" (from {})", it.name),
            });
            // Words for people instead of the types' names.
            let what = [
                ("`one of `", "one of `"),
                ("``", "`"),
                ("a sequence", "a list, as in [\"one\", \"two\"]"),
                ("usize", "a whole number"),
                ("u32", "a whole number"),
                ("u64", "a whole number"),
            ]
            .iter()
            .fold(database::without_passwords(&one.kind.to_string()), |text, (from, to)| text.replace(from, to));
            let key = if key.is_empty() { key } else { format!("{key}: ") };
            format!("{key}{what}{source}; config.toml in the repository lists every setting")
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(sets: &[&str]) -> Result<Config, ConfigError> {
        let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
        Config::load(None, &sets)
    }

    #[test]
    fn the_built_in_file_is_complete_and_valid() {
        let config = load(&[]).expect("defaults");
        assert_eq!(config.server.addresses().len(), 1);
        assert!(config.engine().workers >= 1);
    }

    #[test]
    fn lists_are_given_by_flags() {
        let load = |set: &str| Config::load(None, &[set.to_owned()]);
        let config = load(r#"server.trusted_proxies=["10.0.0.0/8", "::1"]"#).expect("a list");
        assert_eq!(config.server.trusted_proxies, ["10.0.0.0/8", "::1"]);
        assert!(load("server.origins=[]").expect("an empty one").server.origins.is_empty());
        let error = load(r#"server.trusted_proxies=["somewhere"]"#).expect_err("no address").to_string();
        assert!(error.contains("server.trusted_proxies") && error.contains("somewhere"), "{error}");
        assert!(load("server.origins=[\"a\"]\n[limits]\nframe_bytes=[1]").is_err(), "one setting a flag");
        let error = load("server.tls_key=key.pem").expect_err("half a pair").to_string();
        assert!(error.contains("server.tls_certificate"), "{error}");
    }

    #[test]
    fn links_are_as_browsers_reach_the_server() {
        let tls = ["server.bind=0.0.0.0:8443", "server.tls_certificate=a.pem", "server.tls_key=b.pem"];
        let public = [&tls[..], &["server.public_url=https://loa.example/"]].concat();
        for (sets, expected) in [
            (&[][..], "http://127.0.0.1:8080/me"),
            (&tls[..], "https://127.0.0.1:8443/me"),
            (&public[..], "https://loa.example/me"),
        ] {
            assert_eq!(load(sets).expect("good").server.link("/me"), expected);
        }
    }

    #[test]
    fn every_setting_has_a_comment() {
        let mut commented = false;
        for line in DEFAULTS.lines() {
            let setting = line.contains(" = ") && !line.starts_with('#');
            assert!(!setting || commented, "no comment above: {line}");
            commented = line.starts_with('#');
        }
    }

    #[test]
    fn sets_win_over_defaults() {
        let config =
            load(&["server.bind=0.0.0.0:9", "inference.workers=3", "session.resume_ms = 2000"]).expect("good values");
        assert_eq!(config.server.bind, "0.0.0.0:9");
        assert_eq!((config.engine().workers, config.session.resume_ms), (3, 2000));
    }

    #[test]
    fn a_file_and_variables_are_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("own.toml");
        std::fs::write(&path, "[limits]\nframe_bytes = 100000\n").expect("written");
        let config = Config::load(Some(&path), &[]).expect("good file");
        assert_eq!((config.limits.frame_bytes, config.limits.frame_side), (100_000, 4096));
        let missing = Config::load(Some(&folder.path().join("no.toml")), &[]).expect_err("no such file");
        assert!(missing.to_string().contains("no.toml"));
    }

    #[test]
    fn errors_name_the_key_and_what_is_allowed() {
        for (set, words) in [
            ("limits.frames_per_second=0", ["limits.frames_per_second = 0", "1 to 60"]),
            ("session.silent_for_ms=5000", ["session.silent_for_ms = 5000", "session.ping_every_ms"]),
            ("vision.closed_threshold=nan", ["vision.closed_threshold = NaN", "0 to 1"]),
            ("server.bind='8080'", ["server.bind = 8080", "localhost:8080"]),
            ("log.level=loud", ["log.level = loud", "debug"]),
            ("server.prot=1", ["prot", "expected one of `bind`"]),
            ("server.origins=a.example", ["server.origins", "a list, as in"]),
            ("server.public_url=loa.example", ["server.public_url = loa.example", "https://loa.example"]),
            ("limits.frame_bytes=many", ["limits.frame_bytes", "many"]),
            ("log.format=xml", ["log.format", "json"]),
            ("inference.provider=abacus", ["inference.provider", "openvino"]),
            ("bind=1", ["--set", "section.key=value"]),
            ("a..c=1", ["--set", "section.key=value"]),
            ("attention.presets.default.absent_alarm=1", ["absent_alarm", "absent_alarm_ms"]),
        ] {
            let error = load(&[set]).expect_err(set).to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{set}: {error}");
        }
    }
}
