//! axum's extractors, with problem documents as their rejections.

use std::error::Error;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::problem::Problem;

/// How long a small body may take to come. The largest has 16 KiB: 13 kbit/s.
const PATIENCE: Duration = Duration::from_secs(10);

/// The JSON body, which comes at once. Optional: None when there is no body at all.
pub(super) struct Body<T>(pub T);

/// The JSON body of a request that [`super::large`] watches.
pub(super) struct LargeBody<T>(pub T);

/// A page's form, not read yet, which comes at once.
pub(in crate::server) struct Form(pub Bytes);

/// What stands behind the question mark.
pub(in crate::server) struct Params<T>(pub T);

/// What stands in the path.
pub(super) struct Segment<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read = timeout(PATIENCE, <Json<T> as FromRequest<S>>::from_request(request, state)).await;
        Ok(Self(read.map_err(|_| Problem::too_slow())??.0))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for LargeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Ok(Self(<Json<T> as FromRequest<S>>::from_request(request, state).await?.0))
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let read = timeout(PATIENCE, Bytes::from_request(request, state)).await;
        let read = read.map_err(|_| Problem::too_slow().into_response())?;
        read.map(Self).map_err(IntoResponse::into_response)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        if is_empty(request.headers()) {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

/// HTTP/1.1 announces every body by one of two headers.
fn is_empty(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    length.is_none_or(|it| it.as_bytes() == b"0") && !headers.contains_key(header::TRANSFER_ENCODING)
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(Query::<T>::from_request_parts(parts, state).await?.0))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(<Path<T> as FromRequestParts<S>>::from_request_parts(parts, state).await?.0))
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let status = rejection.status();
        let code = match status {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "content_type",
            StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
            StatusCode::UNPROCESSABLE_ENTITY => "bad_fields",
            _ => "bad_json",
        };
        Self::new(status, code, told(&rejection, rejection.body_text()))
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), "bad_query", told(&rejection, rejection.body_text()))
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), "bad_path", "what stands in the path is no id: a UUID is expected")
    }
}

/// What was wrong, without what stands around it.
fn told(rejection: &dyn Error, whole: String) -> String {
    rejection.source().map_or(whole, |inner| plain(&inner.to_string()))
}

/// What serde says, in words of JSON rather than of Rust: `quizzes[0].key: a whole number from 0 is expected, not integer -1`.
fn plain(told: &str) -> String {
    let told = told.rsplit_once(" at line ").map_or(told, |(told, _)| told);
    let wrong = ["invalid type: ", "invalid value: "].iter().find_map(|mark| told.split_once(mark));
    let Some((place, (found, wanted))) = wrong.and_then(|(place, it)| Some((place, it.rsplit_once(", expected ")?)))
    else {
        return told.replace('`', "\"");
    };
    let wanted = WANTED.iter().find(|(rust, _)| *rust == wanted).map_or(wanted, |(_, json)| json);
    let found = FOUND.iter().find(|(rust, _)| *rust == found).map_or(found, |(_, json)| json);
    let wanted = if wanted.starts_with("struct ") { "an object" } else { wanted };
    format!("{place}{wanted} is expected, not {}", found.replace('`', ""))
}

/// What serde calls the types of fields, and what JSON does.
const WANTED: [(&str, &str); 8] = [
    ("usize", "a whole number from 0"),
    ("u64", "a whole number from 0"),
    ("u32", "a whole number from 0"),
    ("i64", "a whole number"),
    ("f64", "a number"),
    ("a boolean", "true or false"),
    ("a sequence", "a list"),
    ("a map", "an object"),
];
const FOUND: [(&str, &str); 2] = [("map", "an object"), ("sequence", "a list")];

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn no_rust_is_told() {
        for (rust, json) in [
            (
                "quizzes[0].options[1]: invalid type: string \"a, expected b\", expected an object with \"text\" at line 1 column 205",
                "quizzes[0].options[1]: an object with \"text\" is expected, not string \"a, expected b\"",
            ),
            (
                "quizzes[0].key: invalid value: integer `-1`, expected usize at line 1 column 9",
                "quizzes[0].key: a whole number from 0 is expected, not integer -1",
            ),
            (
                "invalid type: sequence, expected struct NewGuestBody at line 1 column 0",
                "an object is expected, not a list",
            ),
            ("quizzes: invalid type: map, expected a sequence", "quizzes: a list is expected, not an object"),
            ("quizzes[1]: missing field `key` at line 1 column 5", "quizzes[1]: missing field \"key\""),
            ("EOF while parsing an object at line 1 column 1", "EOF while parsing an object"),
        ] {
            assert_eq!(plain(rust), json);
        }
    }
}
