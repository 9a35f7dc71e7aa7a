//! Learn On Air: camera frames in, verdicts out, over one WebSocket.

pub mod config;
pub mod inference;
pub mod protocol;
pub mod server;
pub mod vision;
