//! Tables and JSON of `loa analyze` without labels.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Outcome, face};
use crate::outln;
use crate::session::{FrameFacts, Wording, verdict};
use crate::vision::Measures;

/// One JSON object: counts, and for every picture what the wire protocol would say.
pub(super) fn json(outcomes: &[Outcome], wording: Wording) -> Value {
    let faces = outcomes.iter().filter(|it| it.result.as_ref().is_ok_and(|analysis| face(analysis).is_some())).count();
    let results: Vec<Value> = outcomes.iter().map(|it| result_json(it, wording)).collect();
    json!({"files": outcomes.len(), "faces": faces, "results": results})
}

fn result_json(outcome: &Outcome, wording: Wording) -> Value {
    let file = outcome.path.display().to_string();
    let analysis = match &outcome.result {
        Ok(analysis) => analysis,
        Err(error) => return json!({"file": file, "face": false, "closed": null, "score": null, "error": error}),
    };
    let facts = FrameFacts { seq: 0, captured_ms: 0, wait: Duration::ZERO, total: analysis.times.total(), batch: 1 };
    let said = verdict(analysis, &facts, wording);
    // By way of the text, since that has the short numbers.
    let text = serde_json::to_string(&said).unwrap_or_default();
    let mut value: Value = serde_json::from_str(&text).unwrap_or_default();
    let score = value.get("closed").cloned().unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        for name in ["seq", "captured_ms", "batch"] {
            fields.remove(name);
        }
        // `face` says whether there is one; where it is stands under `detection`.
        if let Some(detection) = fields.remove("face") {
            fields.insert("detection".into(), detection);
        }
        fields.insert("file".into(), json!(file));
        fields.insert("face".into(), json!(face(analysis).is_some()));
        fields.insert("closed".into(), json!(said.closed.map(|closed| closed >= wording.closed_threshold)));
        fields.insert("score".into(), score);
    }
    value
}

/// A table for people.
pub(super) fn print_table(outcomes: &[Outcome], threshold: f32, elapsed: Duration) {
    // Control characters of a name shall not reach the terminal.
    let printable = |name: String| name.replace(char::is_control, "\u{fffd}");
    let names: Vec<String> = outcomes.iter().map(|it| printable(it.path.display().to_string())).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(4).clamp(4, 60);
    outln!("{:width$}  presence  eyes    closed  EAR l/r      yaw  pitch   roll  mouth", "file");
    for (outcome, name) in outcomes.iter().zip(&names) {
        outln!("{:width$}  {}", shortened(name, width), row(outcome, threshold));
    }
    let faces = outcomes.iter().filter(|it| it.result.as_ref().is_ok_and(|analysis| face(analysis).is_some())).count();
    let errors = outcomes.iter().filter(|it| it.result.is_err()).count();
    let pictures = if outcomes.len() == 1 { "picture" } else { "pictures" };
    outln!("\n{} {pictures}, {faces} with a face, {errors} unreadable, {:.1} s", outcomes.len(), elapsed.as_secs_f32());
}

fn row(outcome: &Outcome, threshold: f32) -> String {
    use crate::inference::Presence;
    let analysis = match &outcome.result {
        Ok(analysis) => analysis,
        Err(error) => return format!("error: {error}"),
    };
    match &analysis.presence {
        Presence::Person(probability) => format!("person    ({probability:.2}, no face in view)"),
        Presence::Nobody(probability) => format!("nobody    ({probability:.2})"),
        Presence::Unknown(reason) => format!("unknown   ({})", reason.word()),
        Presence::Face(face) => {
            let pose = &face.pose;
            let closed = face.eyes.closed;
            let eyes = if closed >= threshold { "closed" } else { "open" };
            let measure =
                |of: fn(&Measures) -> f32| face.measure(of).map_or("-".to_owned(), |value| format!("{value:.2}"));
            let (left, right) = (measure(|it| it.left_ear), measure(|it| it.right_ear));
            let mouth = measure(|it| it.mouth_open);
            format!(
                "face      {eyes:6}  {closed:6.3}  {left}/{right}  {:7.1} {:6.1} {:6.1}  {mouth:>5}",
                pose.yaw, pose.pitch, pose.roll
            )
        }
    }
}

/// The end of a long path, since that is where names differ.
fn shortened(name: &str, width: usize) -> String {
    let length = name.chars().count();
    if length <= width {
        name.to_owned()
    } else {
        format!("…{}", name.chars().skip(length - width + 1).collect::<String>())
    }
}
