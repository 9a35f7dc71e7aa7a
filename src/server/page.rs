//! The page at `/` and its files, built into the program.

use axum::Router;
use axum::http::header;
use axum::routing::get;

use super::App;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Nothing from elsewhere, nothing inline; camera pictures and dropped files are blobs.
const POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
    connect-src 'self' ws: wss:; style-src 'self'; script-src 'self'; worker-src 'self' blob:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

macro_rules! files {
    ($(($path:literal, $kind:expr, $file:literal)),* $(,)?) => {
        /// Path, content type, bytes.
        const FILES: &[(&str, &str, &[u8])] = &[$(($path, $kind, include_bytes!(concat!("../../web/", $file)))),*];
    };
}

files![
    ("/", HTML, "index.html"),
    ("/base.css", CSS, "base.css"),
    ("/style.css", CSS, "style.css"),
    ("/quiz.css", CSS, "quiz.css"),
    ("/app.js", JS, "app.js"),
    ("/captions.js", JS, "captions.js"),
    ("/chart.js", JS, "chart.js"),
    ("/consent.js", JS, "consent.js"),
    ("/draw.js", JS, "draw.js"),
    ("/language.js", JS, "language.js"),
    ("/lecture.js", JS, "lecture.js"),
    ("/lesson.js", JS, "lesson.js"),
    ("/loa-account.js", JS, "loa-account.js"),
    ("/pages.css", CSS, "pages.css"),
    ("/loa-client.js", JS, "loa-client.js"),
    ("/loa-pace.js", JS, "loa-pace.js"),
    ("/loa-quiz.js", JS, "loa-quiz.js"),
    ("/loa-quiz-wire.js", JS, "loa-quiz-wire.js"),
    ("/loa-wire.js", JS, "loa-wire.js"),
    ("/marks.js", JS, "marks.js"),
    ("/quiz.js", JS, "quiz.js"),
    ("/quiz-strings.js", JS, "quiz-strings.js"),
    ("/sets.js", JS, "sets.js"),
    ("/sources.js", JS, "sources.js"),
    ("/strings.js", JS, "strings.js"),
    ("/subtitles.js", JS, "subtitles.js"),
    ("/view.js", JS, "view.js"),
    ("/favicon.svg", SVG, "favicon.svg"),
    ("/protocol.md", TEXT, "../docs/protocol.md"),
];

/// Whether one of them is there.
pub(super) fn serves(path: &str) -> bool {
    FILES.iter().any(|file| file.0 == path)
}

/// A route for each file.
pub(super) fn routes() -> Router<App> {
    FILES.iter().fold(Router::new(), |router, &(path, kind, bytes)| {
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-cache"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        router.route(path, get(move || async move { (headers, bytes) }))
    })
}

#[cfg(test)]
mod tests {
    use super::FILES;
    use std::path::Path;

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        for entry in std::fs::read_dir(folder).expect("the folder web") {
            let name = entry.expect("readable").file_name().into_string().expect("plain names");
            let path = if name == "index.html" { "/".to_owned() } else { format!("/{name}") };
            assert!(FILES.iter().any(|file| file.0 == path), "{name} is not served");
        }
    }
}
