//! Pictures with the findings drawn in.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use image::{Rgba, RgbaImage};

use super::face;
use crate::inference::Analysis;
use crate::vision::Picture;
use crate::vision::landmarks::{EYE_ON_THE_LEFT, EYE_ON_THE_RIGHT, MESH};

const BOX: Rgba<u8> = Rgba([255, 196, 0, 255]);
const POINT: Rgba<u8> = Rgba([120, 220, 255, 255]);
const EYE: Rgba<u8> = Rgba([80, 255, 120, 255]);
const CLOSED_EYE: Rgba<u8> = Rgba([255, 70, 70, 255]);
const IRIS: Rgba<u8> = Rgba([255, 255, 255, 255]);

/// The names of the drawn pictures: that of the picture with `.png`, numbered where two would have the same. A file that is
/// there already is never touched.
pub(super) fn targets(folder: &Path, paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut taken = HashSet::new();
    paths
        .iter()
        .map(|path| {
            let stem = path.file_stem().map_or_else(|| "picture".into(), |stem| stem.to_string_lossy());
            let numbered = (2..).map(|number| folder.join(format!("{stem}-{number}.png")));
            let mut names = std::iter::once(folder.join(format!("{stem}.png"))).chain(numbered);
            names.find(|name| !name.exists() && taken.insert(name.clone())).unwrap_or_default()
        })
        .collect()
}

/// Writes `picture` with box and landmarks to `target`.
pub(super) fn write(target: &Path, picture: Picture, analysis: &Analysis) -> Result<(), String> {
    let (width, height) = (picture.width as u32, picture.height as u32);
    let mut canvas = RgbaImage::from_raw(width, height, picture.rgba).ok_or("the picture lost its size")?;
    draw(&mut canvas, analysis);
    canvas.save(target).map_err(|error| format!("cannot write {}: {error}", target.display()))
}

fn draw(canvas: &mut RgbaImage, analysis: &Analysis) {
    let Some(face) = face(analysis) else { return };
    let [x, y, w, h] = face.detection.bounds;
    for (from, to) in
        [((x, y), (x + w, y)), ((x + w, y), (x + w, y + h)), ((x + w, y + h), (x, y + h)), ((x, y + h), (x, y))]
    {
        line(canvas, from, to, BOX);
    }
    let Some(mesh) = &face.mesh else { return };
    let points = &mesh.landmarks.points;
    points.iter().take(MESH).for_each(|point| dot(canvas, point[0], point[1], POINT));
    let eye_colour = if face.eyes.closed >= 0.5 { CLOSED_EYE } else { EYE };
    for eye in [EYE_ON_THE_LEFT, EYE_ON_THE_RIGHT] {
        // The lower lid from corner to corner, then the upper lid between the corners.
        let outline: Vec<usize> = eye[..9].iter().chain(eye[9..16].iter().rev()).copied().collect();
        for (index, &from) in outline.iter().enumerate() {
            let to = outline[(index + 1) % outline.len()];
            line(canvas, (points[from][0], points[from][1]), (points[to][0], points[to][1]), eye_colour);
        }
    }
    points.iter().skip(MESH).for_each(|point| dot(canvas, point[0], point[1], IRIS));
}

fn dot(canvas: &mut RgbaImage, x: f32, y: f32, colour: Rgba<u8>) {
    let (x, y) = (x.round(), y.round());
    if x >= 0.0 && y >= 0.0 && x < canvas.width() as f32 && y < canvas.height() as f32 {
        canvas.put_pixel(x as u32, y as u32, colour);
    }
}

fn line(canvas: &mut RgbaImage, from: (f32, f32), to: (f32, f32), colour: Rgba<u8>) {
    let longest = (to.0 - from.0).abs().max((to.1 - from.1).abs());
    // A wild landmark shall not draw forever.
    let steps = longest.ceil().clamp(1.0, 10_000.0);
    for step in 0..=steps as u32 {
        let share = step as f32 / steps;
        dot(canvas, from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share, colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pictures_share_a_name_and_none_is_overwritten() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a.png"), "mine").expect("written");
        let names = targets(folder.path(), &["x/a.jpg", "a.png", "b.jpg", "y/b.jpeg"].map(PathBuf::from));
        let names: Vec<_> = names.iter().map(|name| name.strip_prefix(folder.path()).expect("in it")).collect();
        assert_eq!(names, ["a-2.png", "a-3.png", "b.png", "b-2.png"].map(Path::new));
    }
}
