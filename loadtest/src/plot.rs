//! Plots as SVG, in colours that follow the page.
//!
//! plotters writes fixed colours only: each is drawn in one of its own that nothing else uses, and that is then replaced by a
//! custom property of the page, so that light and dark look right.

use plotters::prelude::*;

/// Pixels of a plot; the page scales it.
const SIZE: (u32, u32) = (620, 230);
/// How plotters begins each colour here; its number follows.
const MARK: &str = "#A0C3";
/// Numbers of the colours that are no line's.
const TEXT: u8 = 0xf0;
const GRID: u8 = 0xf1;

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// For the legend.
    pub name: &'static str,
    /// Place in the page's palette.
    pub colour: u8,
    /// Seconds and values.
    pub points: Vec<(f64, f64)>,
}

/// Draws lines over time; an empty string where there is nothing to draw.
pub fn draw(lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    if points().count() < 2 {
        return String::new();
    }
    let (from, until) = points().fold((f64::MAX, f64::MIN), |(least, most), (t, _)| (least.min(*t), most.max(*t)));
    let most = points().map(|(_, value)| *value).fold(0.0, f64::max);
    let mut svg = String::new();
    let drawn = {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        chart(&area, lines, from..until.max(from + 1.0), top(most)).and_then(|()| Ok(area.present()?))
    };
    if let Err(error) = drawn {
        eprintln!("loadtest: a plot could not be drawn: {error}");
        return String::new();
    }
    dressed(&svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn chart(
    area: &Area<'_>,
    lines: &[Line],
    time: std::ops::Range<f64>,
    top: f64,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(8)
        .margin_right(12)
        .x_label_area_size(28)
        .y_label_area_size(52)
        .build_cartesian_2d(time, 0.0..top)?;
    let (text, grid) = (colour(TEXT), colour(GRID));
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(grid)
        .axis_style(grid)
        .label_style(("sans-serif", 20).into_font().color(&text))
        .x_labels(8)
        .y_labels(5)
        .x_label_formatter(&|seconds| format!("{seconds:.0} s"))
        .y_label_formatter(&|value| short(*value))
        .draw()?;
    for line in lines {
        chart.draw_series(LineSeries::new(line.points.iter().copied(), colour(line.colour).stroke_width(2)))?;
    }
    Ok(())
}

fn colour(number: u8) -> RGBColor {
    RGBColor(0xa0, 0xc3, number)
}

/// A little above the highest value; something for a line at zero.
fn top(most: f64) -> f64 {
    if most > 0.0 { most * 1.08 } else { 1.0 }
}

fn short(value: f64) -> String {
    match value {
        value if value >= 10_000.0 => format!("{:.0}k", value / 1000.0),
        value if value >= 10.0 || value == 0.0 => format!("{value:.0}"),
        value => format!("{value:.1}"),
    }
}

/// Without plotters' own size, and with the page's colours.
fn dressed(svg: &str) -> String {
    let Some((_, body)) = svg.split_once('>') else { return String::new() };
    let mut page = format!("<svg viewBox=\"0 0 {} {}\" role=\"img\">", SIZE.0, SIZE.1);
    let mut parts = body.split(MARK);
    page.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (number, rest) = part.split_at_checked(2).unwrap_or(("", part));
        page.push_str(&match u8::from_str_radix(number, 16) {
            Ok(TEXT) => "var(--soft)".to_owned(),
            Ok(GRID) => "var(--grid)".to_owned(),
            Ok(number) => format!("var(--line{number})"),
            Err(_) => "currentColor".to_owned(),
        });
        page.push_str(rest);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_drawn_in_the_page_s_colours() {
        let line = |colour, high| Line { name: "a", colour, points: vec![(0.0, 1.0), (5.0, high)] };
        let svg = draw(&[line(0, 12.0), line(2, 3.0)]);
        assert!(svg.starts_with("<svg viewBox") && svg.ends_with("</svg>\n"), "{svg}");
        for colour in ["var(--line0)", "var(--line2)", "var(--soft)", "var(--grid)"] {
            assert!(svg.contains(colour), "{colour}");
        }
        assert!(!svg.contains(MARK) && svg.contains("5 s"));
        assert_eq!(draw(&[]), "");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, 0.25, 9.99, 123.4, 12_345.0].map(short), ["0", "0.2", "10.0", "123", "12k"]);
    }
}
