//! The wire messages of protocol version 1, as docs/protocol.md describes them. No I/O in here.

pub mod client;
pub mod close;
pub mod frame;
pub mod quiz;
pub mod server;

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "loa.v1";

#[cfg(test)]
mod docs_test;
