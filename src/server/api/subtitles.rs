//! Subtitle files to cues, for clients that have a file rather than a player's text tracks.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use serde::Serialize;

use super::problem::{self, Problem};
use crate::quiz::transcript::Cue;
use crate::server::App;
use crate::server::caller::ApiCaller;
use crate::studio::Refused;

/// What a subtitle file says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Subtitles {
    /// Along the lecture, as the WebSocket's `transcript` takes them.
    cues: Vec<SubtitleCue>,
}

/// What a player shows at one time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Cue)]
struct SubtitleCue {
    /// Seconds from the lecture's beginning.
    start_s: f64,
    /// Seconds; None where the file does not say.
    end_s: Option<f64>,
    /// As shown.
    text: String,
}

impl From<Cue> for SubtitleCue {
    fn from(cue: Cue) -> Self {
        Self { start_s: cue.start_s, end_s: Some(cue.end_s).filter(|it| it.is_finite()), text: cue.text }
    }
}

/// Reads a subtitle file: WebVTT or SRT in UTF-8, UTF-16 or CP949. Nothing of it is kept.
#[utoipa::path(post, path = "/subtitles", tag = "quiz", security(("access" = [])),
    request_body(content = String, content_type = "application/octet-stream", description = "The file, at most 4 MiB"),
    responses(
        (status = 200, description = "Its cues", body = Subtitles),
        (status = 400, description = "no_subtitles", body = problem::Document, content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 408, description = "too_slow: it did not come in time", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 413, description = "body_too_large", body = problem::Document, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = problem::Document, content_type = "application/problem+json"),
    ))]
pub(super) async fn read(
    State(app): State<App>,
    _: ApiCaller,
    file: Result<Bytes, BytesRejection>,
) -> Result<Json<Subtitles>, Problem> {
    let file = file.map_err(|rejection| {
        let code = if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE { "body_too_large" } else { "bad_body" };
        Problem::new(rejection.status(), code, rejection.body_text())
    })?;
    let cues = app.session.studio.read(file).await.map_err(|why| match why {
        Refused::Transcript(sentence) => Problem::bad_request("no_subtitles", sentence),
        Refused::Busy => {
            let sentence = "too many files are being read; try again in a minute";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", sentence).retry_after(60)
        }
        _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed"),
    })?;
    Ok(Json(Subtitles { cues: cues.into_iter().map(SubtitleCue::from).collect() }))
}
