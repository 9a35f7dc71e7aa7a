//! `loa healthcheck`: one question to a running server.

use crate::outln;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, bail};

const PATIENCE: Duration = Duration::from_secs(3);

/// Asks `GET /health/ready`.
///
/// # Errors
/// When the server cannot be reached or is not ready.
pub fn check(address: &str) -> anyhow::Result<()> {
    // As `loa serve` prints it.
    let address = address.strip_prefix("http://").unwrap_or(address).trim_end_matches('/');
    let target = address
        .to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .with_context(|| format!("{address} is not an address like 127.0.0.1:8080"))?;
    let mut stream =
        TcpStream::connect_timeout(&target, PATIENCE).with_context(|| format!("no server answers on {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).with_context(|| format!("{address} does not answer in time"))?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.lines().next().unwrap_or_default();
    outln!("{}", answer.rsplit("\r\n\r\n").next().unwrap_or_default());
    if !status.contains(" 200 ") {
        bail!("not ready: {status}");
    }
    Ok(())
}
