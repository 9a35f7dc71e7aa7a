//! What this server takes: found out by its refusals, and remembered.

use serde_json::{Value, json};

use super::error::Failure;
use super::{Ask, Settings};

/// The strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Format {
    /// Nothing but the words of the instructions.
    Plain,
    /// `json_object`: JSON, but of any shape.
    Object,
    /// `json_schema`, strict.
    Schema,
}

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    format: Format,
    /// OpenAI's reasoning models take `max_completion_tokens` alone; other servers `max_tokens` alone.
    completion_tokens: bool,
    /// The same models take their own temperature alone.
    temperature: bool,
    /// `stream_options`, by which the tokens are told.
    usage: bool,
    /// A request of this format was answered before: a refusal has another cause.
    proven: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { format: Format::Schema, completion_tokens: false, temperature: true, usage: true, proven: false }
    }
}

impl Dialect {
    /// The body of the request.
    pub(super) fn request(self, ask: &Ask<'_>, settings: &Settings) -> Value {
        let mut body = json!({
            "model": settings.model,
            "messages": [{"role": "system", "content": ask.system}, {"role": "user", "content": ask.user}],
            "stream": true,
        });
        body[if self.completion_tokens { "max_completion_tokens" } else { "max_tokens" }] = json!(settings.max_tokens);
        if self.temperature {
            body["temperature"] = json!(ask.temperature);
        }
        if self.usage {
            body["stream_options"] = json!({"include_usage": true});
        }
        if let Some(format) = self.response_format(ask) {
            body["response_format"] = format;
        }
        body
    }

    fn response_format(self, ask: &Ask<'_>) -> Option<Value> {
        match self.format {
            Format::Schema => Some(json!({
                "type": "json_schema",
                "json_schema": {"name": ask.schema_name, "strict": true, "schema": ask.schema},
            })),
            Format::Object => Some(json!({"type": "json_object"})),
            Format::Plain => None,
        }
    }

    /// What to try instead, where the server refused something that can be left out. Each is left out once, so that this ends.
    pub(super) fn without(self, failure: &Failure) -> Option<Self> {
        let Failure::Status { status: status @ (400 | 404 | 415 | 422 | 500 | 501), text, .. } = failure else {
            return None;
        };
        let text = text.to_lowercase();
        let speaks_of = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if !self.completion_tokens && speaks_of(&["max_completion_tokens"]) {
            return Some(Self { completion_tokens: true, ..self });
        }
        if self.temperature && speaks_of(&["temperature"]) {
            return Some(Self { temperature: false, ..self });
        }
        if self.usage && speaks_of(&["stream_options", "include_usage"]) {
            return Some(Self { usage: false, ..self });
        }
        let unexplained = matches!(status, 400 | 422) && !self.proven;
        if unexplained || speaks_of(&["response_format", "json_", "schema", "structured output", "grammar"]) {
            return self.looser();
        }
        None
    }

    fn looser(self) -> Option<Self> {
        let format = match self.format {
            Format::Schema => Format::Object,
            Format::Object => Format::Plain,
            Format::Plain => return None,
        };
        Some(Self { format, proven: false, ..self })
    }

    /// A request written so was answered.
    pub(super) fn learn(&mut self, worked: Self) {
        self.completion_tokens |= worked.completion_tokens;
        self.temperature &= worked.temperature;
        self.usage &= worked.usage;
        self.format = self.format.min(worked.format);
        self.proven = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, text: &str) -> Failure {
        Failure::Status { status, wait: None, text: text.to_owned() }
    }

    fn written(dialect: Dialect) -> Value {
        let schema = json!({"type": "object"});
        let ask = Ask { system: "do", user: "it", schema_name: "thing", schema: &schema, temperature: 0.2 };
        dialect.request(&ask, &Settings { model: "m".to_owned(), ..Settings::default() })
    }

    #[test]
    fn strict_schema_first() {
        let body = written(Dialect::default());
        assert_eq!(body["response_format"]["json_schema"]["strict"], true);
        assert_eq!((&body["stream"], &body["max_tokens"]), (&json!(true), &json!(4096)));
        assert_eq!(body["messages"][0]["content"], "do");
        assert_eq!(body.get("tools"), None);
    }

    #[test]
    fn what_was_refused_is_left_out() {
        let dialect = Dialect::default();
        let said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        let next = dialect.without(&refused(400, said)).expect("another");
        assert_eq!(written(next).get("max_tokens"), None);
        assert_eq!(written(next)["max_completion_tokens"], 4096);
        let next = next.without(&refused(400, "'temperature' does not support 0.2 with this model")).expect("another");
        assert_eq!(written(next).get("temperature"), None);
        assert!(written(next).get("response_format").is_some());
    }

    #[test]
    fn formats_are_stepped_down() {
        let object = Dialect::default().without(&refused(422, "")).expect("json_object");
        assert_eq!(written(object)["response_format"], json!({"type": "json_object"}));
        let plain = object.without(&refused(400, "unknown field response_format")).expect("plain");
        assert_eq!(written(plain).get("response_format"), None);
        assert_eq!(plain.without(&refused(400, "response_format")), None);
    }

    #[test]
    fn a_proven_format_is_not_blamed_without_a_reason() {
        let mut dialect = Dialect::default();
        dialect.learn(dialect);
        assert_eq!(dialect.without(&refused(400, "context length exceeded")), None);
        assert!(dialect.without(&refused(400, "invalid json_schema")).is_some());
        assert_eq!(Dialect::default().without(&refused(500, "out of memory")), None);
        assert_eq!(Dialect::default().without(&Failure::Broken), None);
    }

    #[test]
    fn every_server_is_satisfied_or_given_up_after_a_few_refusals() {
        let mut dialect = Some(Dialect::default());
        let everything = refused(400, "max_completion_tokens temperature stream_options response_format");
        let steps = std::iter::from_fn(|| {
            dialect = dialect?.without(&everything);
            dialect
        });
        assert_eq!(steps.count(), 5);
    }
}
