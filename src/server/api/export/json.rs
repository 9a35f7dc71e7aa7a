//! One JSON document with an array for each table.

use axum::BoxError;
use axum::body::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use super::rows::{Answer, Choice, Event, GivenConsent, Minute, Note, Quiz, QuizSet, QuizUsage, Recommendation};
use super::{PART, Parts, cut, shown};
use crate::server::api::me::Me;
use crate::server::api::sessions::SessionItem;
use crate::server::times::Iso;
use crate::store::{Caller, Rows, Store, UtcMs};

/// The document of [`super::Export`].
pub(super) fn parts(store: &Store, caller: Caller, me: &Me) -> Parts {
    once(begin(me))
        .chain(array("consents", shown::<_, GivenConsent>(store.export_consents(caller))))
        .chain(array("sessions", shown::<_, SessionItem>(store.export_sessions(caller))))
        .chain(array("events", shown::<_, Event>(store.export_events(caller))))
        .chain(array("minutes", shown::<_, Minute>(store.export_minutes(caller))))
        .chain(array("answers", shown::<_, Answer>(store.export_answers(caller))))
        .chain(array("notes", shown::<_, Note>(store.export_notes(caller))))
        .chain(array("recommendations", shown::<_, Recommendation>(store.export_recommendations(caller))))
        .chain(array("quiz_sets", shown::<_, QuizSet>(store.export_quiz_sets(caller))))
        .chain(array("quizzes", shown::<_, Quiz>(store.export_quizzes(caller))))
        .chain(array("choices", shown::<_, Choice>(store.export_choices(caller))))
        .chain(array("quiz_usage", shown::<_, QuizUsage>(store.export_quiz_usage(caller))))
        .chain(once(Ok(Bytes::from_static(b"\n}\n"))))
        .boxed()
}

fn once(part: Result<Bytes, BoxError>) -> Parts {
    stream::iter([part]).boxed()
}

fn begin(me: &Me) -> Result<Bytes, BoxError> {
    let exported = serde_json::to_string(&Iso::from(UtcMs::now()))?;
    let learner = serde_json::to_string(me)?;
    Ok(format!("{{\n\"exported\":{exported},\n\"learner\":{learner}").into())
}

/// `,"name":[...]`, a line for each row.
fn array<R: Serialize + Send + 'static>(name: &'static str, rows: Rows<R>) -> Parts {
    let mut first = true;
    let rows =
        rows.map_err(BoxError::from).map_ok(move |some| elements(some, std::mem::take(&mut first))).try_flatten();
    once(Ok(format!(",\n\"{name}\":[").into())).chain(rows).chain(once(Ok(Bytes::from_static(b"]")))).boxed()
}

/// `first`: nothing comes before them.
fn elements<R: Serialize + Send + 'static>(rows: Vec<R>, mut first: bool) -> Parts {
    cut(rows, move |rows| {
        let mut text = Vec::new();
        while text.len() < PART
            && let Some(row) = rows.next()
        {
            text.extend_from_slice(if std::mem::take(&mut first) { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut text, &row)?;
        }
        Ok(text.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parts_are_small_and_nothing_is_lost_between_them() {
        let rows: Vec<String> = (0..50).map(|n| format!("{n:02}").repeat(4096)).collect();
        let pages = [rows[..30].to_vec(), rows[30..].to_vec()].map(Ok);
        let parts: Vec<Bytes> = array("rows", stream::iter(pages).boxed()).try_collect().await.expect("written");
        assert!(parts.len() > 6, "{}", parts.len());
        assert!(parts.iter().all(|it| it.len() < PART + 8 * 1024 + 4), "a row more at the most");
        let text = String::from_utf8(parts.concat()).expect("text");
        let document = format!("{{{}}}", text.trim_start_matches(','));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&document).expect("JSON"),
            serde_json::json!({"rows": rows})
        );
    }
}
