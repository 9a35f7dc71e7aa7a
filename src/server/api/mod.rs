//! The JSON API below /api/v1. It describes itself: GET /api/v1/openapi.json.

mod aggregate;
mod consent;
mod entry;
pub(super) mod export;
pub(super) mod extract;
mod guests;
mod large;
mod me;
pub(super) mod problem;
mod quiz_sets;
mod sessions;
mod subtitles;
mod tokens;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use self::problem::Problem;
use super::App;
use crate::quiz::transcript::MAX_BYTES;

pub(super) use self::guests::GuestLimit;

const BASE: &str = "/api/v1";
/// Bytes of a request's body.
const BODY: usize = 16 * 1024;

/// All of the API's routes, and a problem for whatever else is asked for below /api.
pub(super) fn routes() -> Router<App> {
    described()
        .split_for_parts()
        .0
        .route("/api", any(unknown))
        .route("/api/", any(unknown))
        .route("/api/{*rest}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(map_response(for_nobody_else))
}

/// The routes together with what the OpenAPI document says of them: there is no route without a description.
fn described() -> OpenApiRouter<App> {
    let sets = OpenApiRouter::new()
        .routes(routes!(quiz_sets::list, quiz_sets::make))
        .routes(routes!(quiz_sets::one, quiz_sets::change, quiz_sets::delete))
        .layer(DefaultBodyLimit::max(quiz_sets::BODY))
        .layer(from_fn(large::limit));
    let v1 = OpenApiRouter::new()
        .routes(routes!(guests::create))
        .routes(routes!(tokens::renew))
        .routes(routes!(consent::text, consent::give, consent::withdraw))
        .routes(routes!(me::profile, me::change, me::erase))
        .routes(routes!(entry::make))
        .routes(routes!(export::export))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::one))
        .routes(routes!(aggregate::aggregate))
        .routes(routes!(subtitles::read).layer(DefaultBodyLimit::max(MAX_BYTES)).layer(from_fn(large::limit)))
        .routes(routes!(quiz_sets::recommend, quiz_sets::recommend_no_more))
        .routes(routes!(openapi))
        .merge(sets);
    OpenApiRouter::with_openapi(head()).nest(BASE, v1)
}

/// The document without its routes.
fn head() -> OpenApi {
    let mut head = <Head as utoipa::OpenApi>::openapi();
    let components = head.components.get_or_insert_default();
    for (name, what) in [
        ("access", "An access token, as POST /api/v1/guests and /api/v1/tokens give it."),
        ("teacher", "A teacher's token, which the server's owner makes."),
    ] {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(what));
        components.add_security_scheme(name, SecurityScheme::Http(bearer.build()));
    }
    head
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Loa",
        version = "1",
        description = "Learners, what they agreed to, their sessions and reports, and quiz sets of lectures. Errors are problem documents \
            (RFC 9457) with a `code` for programs. Times are RFC 3339 in UTC. Frames and verdicts go over the \
            WebSocket at /ws, which /protocol.md describes.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(problem::Document))
)]
struct Head;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| described().into_openapi().to_json().unwrap_or_default());

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "api",
    responses((status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json")))]
async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

async fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_route", "nothing here; GET /api/v1/openapi.json lists what there is")
}

async fn wrong_method() -> Problem {
    let detail = "this is asked for in another way; GET /api/v1/openapi.json says how";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", detail)
}

/// Tokens and what learners did are for who asked, not for caches; and what they typed is never a page.
async fn for_nobody_else(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
