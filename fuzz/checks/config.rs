//! A settings file and flags: refused with a sentence, or settings that the server can go by.

use loa::attention::Preset;
use loa::config::Config;

/// The file, and after each zero byte a `--set`.
pub fn config(data: &[u8]) {
    let mut parts = data.split(|byte| *byte == 0);
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), parts.next().unwrap_or_default()).expect("written");
    let mut sets: Vec<String> = parts.map(|set| String::from_utf8_lossy(set).into_owned()).collect();
    // A name would be looked up in the network.
    sets.push("server.bind=127.0.0.1:0".to_owned());
    match Config::load(Some(file.path()), &sets) {
        Ok(config) => used(&config),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What the start asks of its settings.
fn used(config: &Config) {
    let engine = config.engine();
    assert!(engine.workers >= 1 && engine.capacity >= 1 && engine.max_batch >= 1);
    let limits = config.pipeline().limits;
    assert!((32..=65_535).contains(&limits.side) && (1024..=64 << 20).contains(&limits.pixels));
    assert!((256..=16 << 20).contains(&config.limits.text_bytes) && config.limits.frame_bytes <= 16 << 20);
    assert!(config.heartbeat().silent_for_ms > config.heartbeat().ping_every_ms);
    for preset in Preset::ALL {
        let policy = config.attention.policy(preset);
        assert!(policy.limits.calm_rate > 0.0 && policy.limits.calm_rate <= 60.0, "{policy:?}");
    }
    let _ = (config.max_age(), config.glances(), config.auth.access_life(), config.auth.refresh_life());
    let _ = (config.database.statement_timeout(), config.quiz.lecture_time(), config.quiz.maker());
    // Settings are logged; secrets are not.
    let _ = format!("{config:?}");
}
