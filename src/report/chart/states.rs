//! The time per state, as bars with their names and values.

use plotters::style::text_anchor::HPos;

use super::band;
use super::paint::{Area, Drawn, Frame, Paint, block, words as write};
use crate::report::format::percent;
use crate::report::words::Words;
use crate::report::{Band, Report, share};

const SIZE: (u32, u32) = (360, 216);
const ROW: i32 = 36;
const LETTERS: i32 = 13;
/// Where bars begin, and where all of the session ends.
const BAR: (i32, i32) = (152, 240);
const THICK: i32 = 18;

/// The bars.
pub fn totals(report: &Report, words: &Words) -> Option<String> {
    let said: Vec<String> = Band::ALL
        .iter()
        .map(|it| format!("{}: {}", band(*it, &words.charts), words.format.length(report.totals.of(*it))))
        .collect();
    let description = said.join(", ");
    let title = words.charts.totals_title;
    let frame = Frame { id: "totals", class: "totals", size: SIZE, title, description: &description };
    frame.draw(|area| Band::ALL.into_iter().zip(0..).try_for_each(|(band, row)| bar(area, report, words, band, row)))
}

fn bar(area: &Area, report: &Report, words: &Words, of: Band, row: i32) -> Drawn {
    let (ms, middle) = (report.totals.of(of), row * ROW + ROW / 2);
    let part = share(ms, report.whole_ms());
    let end = BAR.0 + (part.unwrap_or(0.0) * f64::from(BAR.1 - BAR.0)).round() as i32;
    write(area, band(of, &words.charts), (0, middle), HPos::Left, LETTERS, Paint::Ink)?;
    block(area, (BAR.0, middle - THICK / 2), (BAR.1, middle + THICK / 2), Paint::Grid)?;
    if end > BAR.0 {
        block(area, (BAR.0, middle - THICK / 2), (end, middle + THICK / 2), Paint::Band(of))?;
    }
    let value = format!("{} · {}", words.format.length(ms), percent(part));
    let width = i32::try_from(SIZE.0).unwrap_or(0);
    write(area, &value, (width, middle), HPos::Right, LETTERS, Paint::Soft)
}
