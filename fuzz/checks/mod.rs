//! What must hold whatever comes in. The fuzzers run these functions on what they think up, and tests/it/corpus.rs on every committed
//! seed and finding. Each takes any bytes; what does not hold is a panic.

mod client;
mod config;
mod frame;
mod jpeg;
mod reply;
mod skip;
mod subtitles;

/// A function of bytes, by the name of its target.
pub type Check = fn(&[u8]);

/// All of them.
pub const ALL: [(&str, Check); 7] = [
    ("frame", frame::frame),
    ("client", client::client),
    ("jpeg", jpeg::jpeg),
    ("subtitles", subtitles::subtitles),
    ("reply", reply::reply),
    ("config", config::config),
    ("skip", skip::skip),
];
