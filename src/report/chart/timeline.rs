//! The timeline: bands stacked over the lecture or the session, with a mark for each alert.

use plotters::prelude::{PathElement, Polygon};
use plotters::style::Color as _;
use plotters::style::text_anchor::HPos;

use super::paint::{Area, Drawn, Frame, Paint, block, line, words as write};
use crate::attention::Level;
use crate::report::format::{percent, position};
use crate::report::words::Words;
use crate::report::{Axis, Band, Bin, Mark, Report, Timeline};

/// Above the bands, for the marks.
const TOP: i32 = 26;
/// Below the bands, for the times.
const BOTTOM: i32 = 26;
/// Left and right, for half a label.
const SIDE: i32 = 22;
/// Half a mark's width.
const HALF: i32 = 6;
/// Between times on the axis, milliseconds.
const STEPS: [u64; 17] = [
    1000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000,
    10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/// For wide pages and for phones, where letters would get too small; the style sheet shows one of them.
pub fn timeline(report: &Report, words: &Words) -> Option<String> {
    let format = words.format;
    let description = (words.charts.timeline_said)(
        &format.length(report.whole_ms()),
        &percent(report.attentive_share()),
        report.events_kept.then_some(report.warnings + report.alarms),
    );
    let variants = [("timeline-wide", "wide", (920, 200), 13), ("timeline-narrow", "narrow", (360, 190), 12)];
    let charts: Option<Vec<String>> = variants
        .iter()
        .map(|(id, class, size, letters)| {
            let frame = Frame { id, class, size: *size, title: words.charts.timeline_title, description: &description };
            frame.draw(|area| content(area, &report.timeline, *letters))
        })
        .collect();
    charts.map(|charts| charts.concat())
}

/// From the timeline to pixels.
struct Scale {
    end_ms: u64,
    width: i32,
    height: i32,
}

impl Scale {
    fn x(&self, at_ms: u64) -> i32 {
        let share = at_ms.min(self.end_ms) as f64 / self.end_ms.max(1) as f64;
        SIDE + (share * f64::from(self.width - 2 * SIDE)).round() as i32
    }

    /// `part` of `whole` from below.
    fn y(&self, part: u64, whole: u64) -> i32 {
        let share = part.min(whole) as f64 / whole.max(1) as f64;
        self.floor() - (share * f64::from(self.floor() - TOP)).round() as i32
    }

    fn floor(&self) -> i32 {
        self.height - BOTTOM
    }
}

fn content(area: &Area, timeline: &Timeline, letters: i32) -> Drawn {
    let (width, height) = area.dim_in_pixel();
    let size = |pixels| i32::try_from(pixels).unwrap_or(0);
    let scale = Scale { end_ms: timeline.end_ms, width: size(width), height: size(height) };
    let (left, right, floor) = (scale.x(0), scale.x(timeline.end_ms), scale.floor());
    block(area, (left, TOP), (right, floor), Paint::Grid)?;
    for bin in &timeline.bins {
        bands(area, &scale, bin, timeline.axis)?;
    }
    line(area, (left, floor), (right, floor), Paint::Soft)?;
    times(area, &scale, letters)?;
    timeline.marks.iter().try_for_each(|it| mark(area, &scale, it))
}

/// A bin's bands, attentive below. Along a lecture they fill the height, at whatever speed it was played.
fn bands(area: &Area, scale: &Scale, bin: &Bin, axis: Axis) -> Drawn {
    let sum = bin.totals.sum_ms();
    let whole = if axis == Axis::Lecture { sum } else { sum.max(bin.until_ms - bin.from_ms) };
    let (left, right) = (scale.x(bin.from_ms), scale.x(bin.until_ms));
    let mut below = 0;
    for band in Band::ALL {
        let above = below + bin.totals.of(band);
        let (bottom, top) = (scale.y(below, whole), scale.y(above, whole));
        if top < bottom {
            block(area, (left, top), (right, bottom), Paint::Band(band))?;
        }
        below = above;
    }
    Ok(())
}

fn times(area: &Area, scale: &Scale, letters: i32) -> Drawn {
    let most = u64::try_from(scale.width / (letters * 6)).unwrap_or(1).max(1);
    let step = STEPS.iter().copied().find(|step| scale.end_ms / step <= most).unwrap_or(STEPS[16]);
    for at in (0..=scale.end_ms / step).map(|number| number * step) {
        let x = scale.x(at);
        line(area, (x, scale.floor()), (x, scale.floor() + 4), Paint::Soft)?;
        write(area, &position(at), (x, scale.floor() + 15), HPos::Center, letters, Paint::Soft)?;
    }
    Ok(())
}

/// A triangle that points down to its time: hollow for a warning, full for an alarm.
fn mark(area: &Area, scale: &Scale, mark: &Mark) -> Drawn {
    let x = scale.x(mark.at_ms);
    let corners = [(x - HALF, 8), (x + HALF, 8), (x, 20), (x - HALF, 8)];
    if mark.level == Level::Alarm {
        area.draw(&Polygon::new(corners.to_vec(), Paint::Alarm.colour().filled()))?;
        return line(area, (x, 20), (x, scale.floor()), Paint::Alarm);
    }
    area.draw(&PathElement::new(corners.to_vec(), Paint::Warning.colour().stroke_width(2)))?;
    line(area, (x, 20), (x, scale.floor()), Paint::Warning)
}
