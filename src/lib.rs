//! Learn On Air: camera frames in, verdicts out, over one WebSocket.

pub mod analyze;
pub mod attention;
pub mod auth;
pub mod config;
pub mod consent;
pub mod demo;
pub mod healthcheck;
pub mod inference;
pub mod metrics;
pub mod output;
pub mod protocol;
pub mod quiz;
pub mod quizfile;
pub mod report;
pub mod server;
pub mod session;
pub mod store;
pub mod studio;
pub mod token;
pub mod vision;
