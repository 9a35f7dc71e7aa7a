//! The OpenAPI document says what the server does.

use std::net::SocketAddr;

use serde_json::{Map, Value};

use super::Site;
use super::ask::{Answer, exchange};

pub struct Document(Value);

impl Document {
    pub async fn fetch(address: SocketAddr) -> Self {
        let head = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: loa.test\r\nConnection: close\r\n";
        Self(exchange(address, head, b"").await.ok(200))
    }

    fn paths(&self) -> &Map<String, Value> {
        self.0["paths"].as_object().expect("paths")
    }

    /// Every answer is described with its code, but for those that any request may get; and whatever is described is as described.
    pub fn check(&self, method: &str, path: &str, answer: &Answer) {
        let what = format!("{method} {path}: {}", answer.status);
        let described = self.paths().iter().find(|(template, _)| fits_path(template, path));
        let operation = described.map(|it| &it.1[method.to_ascii_lowercase()]).filter(|it| !it.is_null());
        let response = operation.map(|it| &it["responses"][answer.status.to_string()]).filter(|it| !it.is_null());
        let Some(response) = response else {
            return assert!(ANYWHERE.contains(&answer.status), "{what} is not in the document: {}", answer.text());
        };
        if answer.status >= 400 && answer.status != 401 {
            let (code, told) = (answer.json()["code"].clone(), response["description"].as_str().unwrap_or_default());
            assert!(told.contains(code.as_str().expect("a code")), "{what} {code} is not in {told:?}");
        }
        let kind = answer.header("content-type").split(';').next().unwrap_or_default();
        if answer.body.is_empty() {
            return assert!(response["content"].is_null(), "{what} has no body");
        }
        let schema = &response["content"][kind]["schema"];
        assert!(!schema.is_null(), "{what} as {kind} is not in the document");
        if kind.ends_with("json") {
            self.fits(schema, &answer.json()).unwrap_or_else(|why| panic!("{what}: {why}"));
        }
    }

    /// Every field of the value is in the schema, and every required one of the schema in the value.
    fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.strip_prefix('#').ok_or("a foreign reference")?;
            return self.fits(self.0.pointer(pointer).ok_or(format!("{reference} is missing"))?, value);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            return match choices.iter().any(|choice| self.fits(choice, value).is_ok()) {
                true => Ok(()),
                false => Err(format!("{value} is none of {schema}")),
            };
        }
        let named: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
            _ => return Err(format!("no type in {schema}")),
        };
        match value {
            Value::Null if named.contains(&"null") => Ok(()),
            Value::Bool(_) if named.contains(&"boolean") => Ok(()),
            Value::Number(_) if named.contains(&"number") => Ok(()),
            Value::Number(it) if named.contains(&"integer") && !it.is_f64() => Ok(()),
            Value::String(_) if named.contains(&"string") => Ok(()),
            Value::Array(all) if named.contains(&"array") => {
                all.iter().try_for_each(|one| self.fits(&schema["items"], one))
            }
            Value::Object(fields) if named.contains(&"object") => self.fits_object(schema, fields),
            _ => Err(format!("{value} is not {schema}")),
        }
    }

    fn fits_object(&self, schema: &Value, fields: &Map<String, Value>) -> Result<(), String> {
        let Some(properties) = schema["properties"].as_object() else { return Ok(()) };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            fields.get(name).ok_or(format!("{name} is missing"))?;
        }
        fields.iter().try_for_each(|(name, value)| {
            let property = properties.get(name).ok_or(format!("{name} is not in the document"))?;
            self.fits(property, value).map_err(|why| format!("{name}: {why}"))
        })
    }
}

/// No token or a bad one, no such route, another method, the database away.
const ANYWHERE: [u16; 4] = [401, 404, 405, 503];

fn fits_path(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(wanted, given)| wanted == given || wanted.starts_with('{'))
}

/// Method, path, scheme of the token.
const ROUTES: [(&str, &str, &str); 23] = [
    ("POST", "/api/v1/guests", ""),
    ("POST", "/api/v1/tokens", ""),
    ("GET", "/api/v1/consent", ""),
    ("POST", "/api/v1/consent", "access"),
    ("DELETE", "/api/v1/consent", "access"),
    ("GET", "/api/v1/me", "access"),
    ("PATCH", "/api/v1/me", "access"),
    ("DELETE", "/api/v1/me", "access"),
    ("POST", "/api/v1/me/entry", "access"),
    ("GET", "/api/v1/me/export", "access"),
    ("GET", "/api/v1/sessions", "access"),
    ("GET", "/api/v1/sessions/{id}", "access"),
    ("GET", "/api/v1/quiz-sets", "access"),
    ("POST", "/api/v1/quiz-sets", "access"),
    ("GET", "/api/v1/quiz-sets/{id}", "access"),
    ("PUT", "/api/v1/quiz-sets/{id}", "access"),
    ("DELETE", "/api/v1/quiz-sets/{id}", "access"),
    ("PUT", "/api/v1/quiz-sets/{id}/recommendation", "access"),
    ("DELETE", "/api/v1/quiz-sets/{id}/recommendation", "access"),
    ("POST", "/api/v1/subtitles", "access"),
    ("GET", "/api/v1/lectures/aggregate", "teacher"),
    ("GET", "/api/v1/openapi.json", ""),
    ("HEAD", "/api/v1/openapi.json", ""),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_is_described_and_there() {
    let site = Site::start().await;
    let mut described: Vec<(String, &str, &str)> = Vec::new();
    for (path, item) in site.document.paths() {
        for (method, operation) in item.as_object().expect("methods") {
            let scheme = operation["security"][0].as_object().and_then(|it| it.keys().next());
            described.push((method.to_ascii_uppercase(), path, scheme.map_or("", String::as_str)));
        }
    }
    described.sort();
    let mut expected: Vec<_> =
        ROUTES.iter().filter(|it| it.0 != "HEAD").map(|it| (it.0.to_owned(), it.1, it.2)).collect();
    expected.sort();
    assert_eq!(described, expected);
    for (method, path, scheme) in ROUTES {
        let path =
            path.strip_prefix("/api/v1").expect("all of it").replace("{id}", "0190a000-0000-7000-8000-000000000000");
        let answer = site.ask(method, &path).send_undescribed().await;
        match (scheme, path.as_str()) {
            ("", "/tokens") => drop(answer.problem(401, "token_missing")),
            ("", _) => assert!(answer.status < 300, "{method} {path}: {}", answer.status),
            _ => drop(answer.problem(401, "token_missing")),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_references_lead_somewhere() {
    let site = Site::start().await;
    let text = site.document.0.to_string();
    let references: Vec<&str> =
        text.split(r##""$ref":"#"##).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(references.len() > 20, "the document lost its schemas");
    for reference in references {
        assert!(site.document.0.pointer(reference).is_some(), "{reference}");
    }
    assert!(site.document.0["openapi"].as_str().expect("a version").starts_with("3.1"));
    assert_eq!(site.document.0["components"]["securitySchemes"]["access"]["scheme"], "bearer");
}
