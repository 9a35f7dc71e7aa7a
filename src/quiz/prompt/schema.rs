//! The replies' shapes, for servers that hold a model to them. Strict mode wants every field required and no other
//! allowed, and knows no lengths: those are checked afterwards.

use serde_json::{Value, json};

/// `{"questions": [...]}`.
pub fn questions() -> Value {
    let option = object(json!({"text": text(), "reason": text()}));
    list(
        "questions",
        json!({
            "question": text(),
            "options": {"type": "array", "items": option},
            "key": {"type": "string", "enum": ["A", "B", "C", "D"]},
            "quote": text(),
            "cues": {"type": "array", "items": {"type": "integer"}},
        }),
    )
}

/// `{"answers": [...]}`.
pub fn answers() -> Value {
    let answer = json!({"type": "string", "enum": ["A", "B", "C", "D", "none"]});
    list("answers", json!({"number": {"type": "integer"}, "answer": answer}))
}

/// `{"notes": [...]}`.
pub fn notes() -> Value {
    list("notes", json!({"number": {"type": "integer"}, "keyword": text(), "explanation": text(), "quote": text()}))
}

fn text() -> Value {
    json!({"type": "string"})
}

fn list(field: &str, item: Value) -> Value {
    object(json!({field: {"type": "array", "items": object(item)}}))
}

fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().map(|fields| fields.keys().collect()).unwrap_or_default();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}
