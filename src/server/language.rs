//! The language that a browser asks for.

use axum::http::{HeaderMap, header};

use crate::report::words::Language;

/// By Accept-Language.
pub fn wanted(headers: &HeaderMap) -> Language {
    let all = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    Language::accepted(&all.collect::<Vec<_>>().join(","))
}
