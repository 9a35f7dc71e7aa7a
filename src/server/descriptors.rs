//! Open files and sockets: as many as the system allows.

use super::listener::SPARE_CONNECTIONS;

/// The database, the log, the runtime's own.
const OTHERS: u64 = 128;

/// Raises the soft limit to the hard one, and says so when the sockets that the settings allow do not fit.
pub(super) fn allow(max_connections: usize) {
    let wanted = (max_connections + SPARE_CONNECTIONS) as u64 + OTHERS;
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) if limit < wanted => tracing::warn!(
            limit,
            wanted,
            "server.max_connections is more than the system allows this process (ulimit -Hn); further clients will have to wait"
        ),
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}
