//! What learners agree to before the camera opens.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::extract::Body;
use super::problem::{self, Problem};
use super::tokens::{self, TokenAnswer};
use crate::consent::{ENGLISH, KOREAN, VERSION};
use crate::report::words::Language;
use crate::server::App;
use crate::server::caller::ApiCaller;
use crate::server::language;
use crate::store::UtcMs;

/// The text that holds now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ConsentText {
    /// To be sent back with the learner's agreement.
    version: &'static str,
    /// Of `text`: the one that Accept-Language asks for.
    #[schema(example = "ko")]
    language: &'static str,
    text: &'static str,
    texts: Texts,
}

/// In every language.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Texts {
    en: &'static str,
    ko: &'static str,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AgreementBody {
    /// Of the text that the learner has read.
    version: String,
}

/// The text that learners agree to.
#[utoipa::path(get, path = "/consent", tag = "consent",
    responses((status = 200, description = "The text that holds now", body = ConsentText)))]
pub(super) async fn text(headers: HeaderMap) -> Json<ConsentText> {
    let language = language::wanted(&headers);
    let text = match language {
        Language::English => ENGLISH,
        Language::Korean => KOREAN,
    };
    Json(ConsentText { version: VERSION, language: language.tag(), text, texts: Texts { en: ENGLISH, ko: KOREAN } })
}

/// The learner agrees. The answer's access token says so; the former one does not.
#[utoipa::path(post, path = "/consent", tag = "consent", request_body = AgreementBody, security(("access" = [])),
    responses(
        (status = 200, description = "A new access token; the refresh token stays", body = TokenAnswer),
        (status = 400, description = "bad_json", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 408, description = "too_slow: it did not come in time", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 409, description = "consent_outdated", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 413, description = "body_too_large", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 415, description = "content_type: it is not application/json", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 422, description = "bad_fields: the detail says which", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn give(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Body(agreement): Body<AgreementBody>,
) -> Result<Json<TokenAnswer>, Problem> {
    if agreement.version != VERSION {
        return Err(Problem::consent_outdated());
    }
    // Before the store is asked: a consent that is withdrawn meanwhile voids the token.
    let now = UtcMs::now();
    if !tokens::consents(&app, caller).await? {
        app.store.give_consent(caller, VERSION, now).await?;
    }
    Ok(Json(tokens::answer(&app, caller, true, now)))
}

/// The learner withdraws. Access tokens made before are void, sockets are closed; the refresh token stays.
#[utoipa::path(delete, path = "/consent", tag = "consent", security(("access" = [])),
    responses(
        (status = 204, description = "Withdrawn"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn withdraw(State(app): State<App>, ApiCaller(caller): ApiCaller) -> Result<StatusCode, Problem> {
    app.withdraw_consent(caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
