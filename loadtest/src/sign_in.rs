//! Guests of the server, who agree to the camera: what the simulated learners say hello with.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;

use crate::connect::Target;

/// Bytes of an answer at the most; the consent in two languages has some 3,000.
const LONGEST: usize = 1 << 20;
/// For both requests together.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct Consent {
    version: String,
}

#[derive(Deserialize)]
struct Guest {
    access_token: String,
}

/// Erases the guest with all that the test left: it is nobody's history.
///
/// # Errors
/// When the server refuses, or does not answer.
pub async fn erase(target: &Target, token: &str) -> anyhow::Result<()> {
    let erasing = ask::<serde_json::Value>(target, "DELETE", "/api/v1/me", Some(token), String::new());
    tokio::time::timeout(PATIENCE, erasing).await.context("the server took too long")?.map(drop)
}

/// Makes so many guests and returns their tokens.
///
/// # Errors
/// When the server cannot be reached, is none of Loa, or makes no guests now.
pub async fn guests(target: &Target, count: usize) -> anyhow::Result<Vec<String>> {
    let mut tokens = Vec::with_capacity(count);
    for _ in 0..count {
        tokens.push(guest(target).await?);
    }
    Ok(tokens)
}

async fn guest(target: &Target) -> anyhow::Result<String> {
    let signing_in = async {
        let consent: Consent = ask(target, "GET", "/api/v1/consent", None, String::new()).await?;
        let wish = json!({"name": "loadtest", "consent": consent.version}).to_string();
        let guest: Guest = ask(target, "POST", "/api/v1/guests", None, wish).await?;
        Ok(guest.access_token)
    };
    tokio::time::timeout(PATIENCE, signing_in).await.context("the server took too long")?
}

async fn ask<T: for<'de> Deserialize<'de>>(
    target: &Target,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: String,
) -> anyhow::Result<T> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(target.open().await?)).await?;
    tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header(HOST, target.host());
    let request = token.iter().fold(request, |it, token| it.header(AUTHORIZATION, format!("Bearer {token}")));
    let request = request.header(CONTENT_TYPE, "application/json").body(Full::new(Bytes::from(body)))?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    let body =
        Limited::new(answer.into_body(), LONGEST).collect().await.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
    ensure!(status.is_success(), "{method} {path} was answered with {status}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).with_context(|| format!("{method} {path}: not an answer of this version of Loa"))
}
