//! Drawing by plotters, and colours that follow the page.
//!
//! plotters writes fixed colours only: each paint is drawn in a colour of its own that nothing else uses, and that colour
//! is then replaced by the page's custom property or texture, so that dark and light pages and print look right.

use std::fmt::Write as _;

use askama::filters::{Html, escape};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::class;
use crate::report::Band;

/// What is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    /// A band's texture.
    Band(Band),
    /// Text.
    Ink,
    /// Text that says less.
    Soft,
    /// Lines behind.
    Grid,
    /// A warning's mark.
    Warning,
    /// An alarm's mark.
    Alarm,
}

/// How plotters begins each colour here; the paint's number follows.
const MARK: &str = "#A0C3";

impl Paint {
    const ALL: [Self; 11] = [
        Self::Band(Band::Attentive),
        Self::Band(Band::Drowsy),
        Self::Band(Band::LookingAway),
        Self::Band(Band::Absent),
        Self::Band(Band::Unknown),
        Self::Band(Band::Paused),
        Self::Ink,
        Self::Soft,
        Self::Grid,
        Self::Warning,
        Self::Alarm,
    ];

    pub(super) fn colour(self) -> RGBColor {
        let number = Self::ALL.iter().zip(0..).find(|(paint, _)| **paint == self).map_or(0, |(_, number)| number);
        RGBColor(0xa0, 0xc3, number)
    }

    fn css(self) -> String {
        match self {
            Self::Band(band) => format!("url(#texture-{})", class(band)),
            Self::Ink => "currentColor".to_owned(),
            Self::Soft => "var(--ink-soft)".to_owned(),
            Self::Grid => "var(--grid)".to_owned(),
            Self::Warning => "var(--amber-edge)".to_owned(),
            Self::Alarm => "var(--alarm)".to_owned(),
        }
    }
}

/// What stands around a drawing.
pub(super) struct Frame<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// For the style sheet.
    pub class: &'a str,
    /// Pixels; the page scales it.
    pub size: (u32, u32),
    /// What it is.
    pub title: &'a str,
    /// What it shows.
    pub description: &'a str,
}

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

impl Frame<'_> {
    /// Draws into a new SVG. None, which is logged, when plotters refuses; into memory it has no reason to.
    pub(super) fn draw(&self, content: impl FnOnce(&Area) -> Drawn) -> Option<String> {
        let mut svg = String::new();
        let drawn = {
            let area = SVGBackend::with_string(&mut svg, self.size).into_drawing_area();
            content(&area).and_then(|()| area.present())
        };
        if let Err(error) = drawn {
            tracing::error!(%error, chart = self.id, "a chart could not be drawn");
            return None;
        }
        self.dressed(&svg)
    }

    /// With a head that tells what it is, and the page's colours.
    fn dressed(&self, svg: &str) -> Option<String> {
        let (_, body) = svg.split_once('>')?;
        let (id, class, (width, height)) = (self.id, self.class, self.size);
        let (title, description) = (escape(self.title, Html).ok()?, escape(self.description, Html).ok()?);
        let mut dressed = String::with_capacity(svg.len() + 500);
        let head = write!(
            dressed,
            "<svg class=\"chart {class}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-text\">\
             <title id=\"{id}-title\">{title}</title><desc id=\"{id}-text\">{description}</desc>"
        );
        head.ok()?;
        let mut parts = body.split(MARK);
        dressed.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let paint =
                part.get(..2).and_then(|hex| usize::from_str_radix(hex, 16).ok()).and_then(|it| Paint::ALL.get(it));
            dressed.push_str(&paint?.css());
            dressed.push_str(&part[2..]);
        }
        Some(dressed)
    }
}

/// A box from one corner to the other.
pub(super) fn block(area: &Area, from: (i32, i32), to: (i32, i32), paint: Paint) -> Drawn {
    area.draw(&Rectangle::new([from, to], paint.colour().filled()))
}

/// A line.
pub(super) fn line(area: &Area, from: (i32, i32), to: (i32, i32), paint: Paint) -> Drawn {
    area.draw(&PathElement::new([from, to], paint.colour().stroke_width(1)))
}

/// Words of that size, their middle at that height.
pub(super) fn words(area: &Area, text: &str, at: (i32, i32), side: HPos, size: i32, paint: Paint) -> Drawn {
    // The backend writes the size divided by this.
    let font = ("sans-serif", f64::from(size) * 1.24).into_font();
    let colour = paint.colour();
    let style = TextStyle::from(font).color(&colour).pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(text, at, style))
}

/// The textures that all charts and legends of a page use, to stand on it once.
pub fn textures() -> String {
    let mut svg = String::from(
        "<svg class=\"textures\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\"><defs>",
    );
    for band in Band::ALL {
        let (size, lines) = match band {
            Band::Attentive => (8, ""),
            Band::Drowsy => (6, "<path d=\"M-1 1l2-2M0 6l6-6M5 7l2-2\"/>"),
            Band::LookingAway => (6, "<path d=\"M0 3h2.500M3 0h2.500\"/>"),
            Band::Absent => (6, "<path d=\"M0 0l6 6M0 6l6-6\"/>"),
            Band::Unknown => (5, "<path d=\"M0 2.500h5\"/>"),
            Band::Paused => (6, "<path d=\"M3 0v6\"/>"),
        };
        let class = class(band);
        // Writing to a String does not fail.
        let _ = write!(
            svg,
            "<pattern id=\"texture-{class}\" class=\"texture {class}\" width=\"{size}\" height=\"{size}\" \
             patternUnits=\"userSpaceOnUse\"><rect width=\"{size}\" height=\"{size}\"/>{lines}</pattern>"
        );
    }
    svg.push_str("</defs></svg>");
    svg
}
