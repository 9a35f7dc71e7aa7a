//! The listener: HTTP routes, the WebSocket upgrade, health, metrics, shutdown.
pub mod skip;
