//! One table as CSV (RFC 4180) with a header, harmless to spreadsheets.

use axum::BoxError;
use axum::body::Bytes;
use csv::{ByteRecord, ReaderBuilder, WriterBuilder};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use super::rows::{Answer, Choice, Event, GivenConsent, Minute, Note, Quiz, QuizSet, QuizUsage, Recommendation};
use super::{PART, Parts, Table, cut, shown};
use crate::server::api::sessions::SessionItem;
use crate::store::{Caller, Rows, Store};

/// What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
const FORMULAS: &[u8] = b"=+-@\t\r";

/// The table with its header.
pub(super) fn parts(store: &Store, caller: Caller, table: Table) -> Parts {
    match table {
        Table::Sessions => lines::<SessionItem>(shown(store.export_sessions(caller))),
        Table::Events => lines::<Event>(shown(store.export_events(caller))),
        Table::Minutes => lines::<Minute>(shown(store.export_minutes(caller))),
        Table::Answers => lines::<Answer>(shown(store.export_answers(caller))),
        Table::Notes => lines::<Note>(shown(store.export_notes(caller))),
        Table::Consents => lines::<GivenConsent>(shown(store.export_consents(caller))),
        Table::Recommendations => lines::<Recommendation>(shown(store.export_recommendations(caller))),
        Table::QuizSets => lines::<QuizSet>(shown(store.export_quiz_sets(caller))),
        Table::Quizzes => lines::<Quiz>(shown(store.export_quizzes(caller))),
        Table::Choices => lines::<Choice>(shown(store.export_choices(caller))),
        Table::QuizUsage => lines::<QuizUsage>(shown(store.export_quiz_usage(caller))),
    }
}

fn lines<R: Serialize + Default + Send + 'static>(rows: Rows<R>) -> Parts {
    let rows = rows.map_err(BoxError::from).map_ok(records).try_flatten();
    stream::iter([header::<R>()]).chain(rows).boxed()
}

fn records<R: Serialize + Send + 'static>(rows: Vec<R>) -> Parts {
    cut(rows, |rows| harmless(&written(rows, false)?))
}

/// The names of the fields, which the writer tells with the first row only.
fn header<R: Serialize + Default>() -> Result<Bytes, BoxError> {
    let mut text = written(&mut std::iter::once(R::default()), true)?;
    let end = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| at + 1);
    text.truncate(end);
    Ok(text.into())
}

/// Of the rows as many as a part holds.
fn written<R: Serialize>(rows: &mut impl Iterator<Item = R>, header: bool) -> Result<Vec<u8>, BoxError> {
    let mut writer = WriterBuilder::new().has_headers(header).from_writer(Vec::new());
    // Besides what is there, the writer holds back 8 KiB at the most.
    while writer.get_ref().len() < PART
        && let Some(row) = rows.next()
    {
        writer.serialize(row)?;
    }
    Ok(writer.into_inner().map_err(|error| error.into_error())?)
}

fn harmless(text: &[u8]) -> Result<Bytes, BoxError> {
    let mut writer = WriterBuilder::new().from_writer(Vec::with_capacity(text.len()));
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(text);
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        for cell in &record {
            match cell.first() {
                Some(first) if FORMULAS.contains(first) => writer.write_field([b"'", cell].concat())?,
                _ => writer.write_field(cell)?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(writer.into_inner().map_err(|error| error.into_error())?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Serialize)]
    struct Row {
        words: Option<String>,
        number: f64,
    }

    fn row(words: &str) -> Row {
        Row { words: Some(words.to_owned()), number: 0.5 }
    }

    #[test]
    fn cells_are_no_formulas() {
        let hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "a=b", "", "x\"y,\nz", "운영체제"];
        let rows: Vec<Row> = hostile.iter().map(|words| row(words)).collect();
        let bytes = harmless(&written(&mut rows.iter(), false).expect("written")).expect("harmless");
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
        let read: Vec<(String, f64)> = reader.deserialize().map(|it| it.expect("a row")).collect();
        let cells: Vec<&str> = read.iter().map(|it| it.0.as_str()).collect();
        let expected = ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", "'=1", "a=b", "", "x\"y,\nz", "운영체제"];
        assert_eq!(cells, expected);
        assert!(read.iter().all(|it| it.1 == 0.5));
    }

    #[tokio::test]
    async fn parts_are_small_and_nothing_is_lost_between_them() {
        let texts: Vec<String> = (0..50).map(|n| format!("{n:02}").repeat(4096)).collect();
        let rows: Vec<Row> = texts.iter().map(|words| row(words)).collect();
        let parts: Vec<Bytes> = records(rows).try_collect().await.expect("written");
        assert!(parts.len() > 5, "{}", parts.len());
        assert!(
            parts.iter().all(|it| it.len() < PART + 2 * 9 * 1024),
            "a row more at the most, and the writer's 8 KiB"
        );
        let bytes = parts.concat();
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
        let read: Vec<(String, f64)> = reader.deserialize().map(|it| it.expect("a row")).collect();
        assert_eq!(read.into_iter().map(|it| it.0).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn there_is_a_header_without_rows() {
        assert_eq!(header::<Row>().expect("a header"), "words,number\n");
    }
}
