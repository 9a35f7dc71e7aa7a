//! What types cannot say.

use super::quiz::is_plain;
use super::{Config, ConfigError};

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

impl Config {
    /// Checks what types cannot say.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let (server, limits, session) = (&self.server, &self.limits, &self.session);
        let (inference, vision) = (&self.inference, &self.vision);
        if server.addresses().is_empty() {
            let allowed = "address:port or name:port, as in 127.0.0.1:8080, 0.0.0.0:8080 or localhost:8080";
            return Err(ConfigError::NotAllowed { key: "server.bind".into(), value: server.bind.clone(), allowed });
        }
        if !server.public_url.is_empty() && !url::Url::parse(&server.public_url).is_ok_and(|url| is_plain(&url)) {
            let allowed = "an http or https address without user, query or fragment, as in https://loa.example";
            return Err(ConfigError::NotAllowed {
                key: "server.public_url".into(),
                value: server.public_url.clone(),
                allowed,
            });
        }
        if let Some(bad) = server.trusted_proxies.iter().find(|it| crate::server::network(it).is_none()) {
            let allowed = "addresses and networks, as in [\"10.0.0.0/8\", \"::1\"]";
            return Err(ConfigError::NotAllowed { key: "server.trusted_proxies".into(), value: bad.clone(), allowed });
        }
        if server.has_tls() == server.tls_key.as_os_str().is_empty() {
            let (key, value) = if server.has_tls() { ("key", "certificate") } else { ("certificate", "key") };
            let allowed = "both server.tls_certificate and server.tls_key, or neither";
            return Err(ConfigError::NotAllowed {
                key: format!("server.tls_{key}"),
                value: format!("empty with a server.tls_{value}"),
                allowed,
            });
        }
        let level = self.log.level.as_str();
        let bare = !level.contains(['=', ',']);
        if bare && !LEVELS.contains(&level.to_lowercase().as_str()) {
            let allowed = "off, error, warn, info, debug, trace, or a filter per module as in info,loa=debug";
            return Err(ConfigError::NotAllowed { key: "log.level".into(), value: level.into(), allowed });
        }
        within("server.max_connections", server.max_connections, 1, 1_000_000, "1 to 1000000")?;
        within("server.header_timeout_ms", server.header_timeout_ms, 100, 600_000, "100 to 600000")?;
        within("server.shutdown_ms", server.shutdown_ms, 0, 600_000, "0 to 600000")?;
        within("limits.frame_bytes", limits.frame_bytes, 1024, 16 << 20, "1024 to 16777216")?;
        within("limits.frame_pixels", limits.frame_pixels, 1024, 64 << 20, "1024 to 67108864")?;
        within("limits.frame_side", limits.frame_side, 32, 65_535, "32 to 65535")?;
        within("limits.frames_per_second", limits.frames_per_second, 1, 60, "1 to 60")?;
        within("limits.text_bytes", limits.text_bytes, 256, 16 << 20, "256 to 16777216")?;
        within("limits.errors_in_a_row", limits.errors_in_a_row, 1, 1_000_000, "1 to 1000000")?;
        within("limits.texts_per_second", limits.texts_per_second, 1, 10_000, "1 to 10000")?;
        within("limits.sockets_per_learner", limits.sockets_per_learner, 1, 1_000_000, "1 to 1000000")?;
        within("limits.connections_per_address", limits.connections_per_address, 1, 1_000_000, "1 to 1000000")?;
        within("limits.requests_per_address", limits.requests_per_address, 1, 10_000_000, "1 to 10000000")?;
        within("limits.outbox_messages", limits.outbox_messages, 32, 65_536, "32 to 65536")?;
        within("session.ping_every_ms", session.ping_every_ms, 100, 600_000, "100 to 600000")?;
        let longest = (session.ping_every_ms + 1, u64::MAX);
        within(
            "session.silent_for_ms",
            session.silent_for_ms,
            longest.0,
            longest.1,
            "more than session.ping_every_ms",
        )?;
        within("session.slow_reader_ms", session.slow_reader_ms, 100, 600_000, "100 to 600000")?;
        within("session.resume_ms", session.resume_ms, 0, 3_600_000, "0 to 3600000")?;
        within("session.resume_places", session.resume_places, 0, 1_000_000, "0 to 1000000")?;
        within("inference.workers", inference.workers, 0, 1024, "0 (one per core) to 1024")?;
        within("inference.max_batch", inference.max_batch, 1, 64, "1 to 64")?;
        within("inference.queue_frames", inference.queue_frames, 0, 65_536, "0 (enough for two rounds) to 65536")?;
        within("inference.max_age_ms", inference.max_age_ms, 10, 60_000, "10 to 60000")?;
        within("inference.calm_max_age_ms", inference.calm_max_age_ms, 10, 60_000, "10 to 60000")?;
        within("vision.min_face_score", vision.min_face_score, 0.01, 0.99, "0.01 to 0.99")?;
        within("vision.min_face_flag", vision.min_face_flag, 0.0, 1.0, "0 to 1")?;
        within("vision.min_face_belief", vision.min_face_belief, 0.0, 1.0, "0 to 1")?;
        within("vision.closed_threshold", vision.closed_threshold, 0.0, 1.0, "0 to 1")?;
        within("vision.glance_ms", vision.glance_ms, 0, 60_000, "0 (never) to 60000")?;
        self.attention.validate()?;
        self.quiz.validate()?;
        self.database.validate()?;
        self.auth.validate()
    }
}

pub(super) fn within<T: PartialOrd + ToString>(
    key: &'static str,
    value: T,
    least: T,
    most: T,
    allowed: &'static str,
) -> Result<(), ConfigError> {
    // Written so that NaN is not allowed either.
    if value >= least && value <= most {
        Ok(())
    } else {
        Err(ConfigError::NotAllowed { key: key.into(), value: value.to_string(), allowed })
    }
}
