//! A decoded picture and its turning to the upright.

use std::fmt;

use image::metadata::Orientation;
use image::{DynamicImage, RgbaImage};

/// A decoded picture: 8-bit RGBA, row by row from the top left.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height * 4` bytes; alpha is ignored everywhere.
    pub rgba: Vec<u8>,
}

/// Pixels must never reach a log.
impl fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Picture({}x{})", self.width, self.height)
    }
}

impl Picture {
    /// The pixels, `width * height` of them.
    pub fn pixels(&self) -> &[[u8; 4]] {
        self.rgba.as_chunks::<4>().0
    }

    /// Half as wide and high: every pixel is the mean of four, which halves the noise's deviation.
    pub fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut rgba = Vec::with_capacity(width * height * 4);
        let pixels = self.pixels();
        for rows in pixels.chunks_exact(2 * self.width.max(1)).take(height) {
            let (upper, lower) = rows.split_at(self.width);
            for (upper, lower) in upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0) {
                let [corners @ .., last] = [upper[0], upper[1], lower[0], lower[1]];
                let sum = |channel: usize| {
                    corners.iter().fold(u16::from(last[channel]), |sum, it| sum + u16::from(it[channel]))
                };
                rgba.extend_from_slice(&std::array::from_fn::<u8, 4, _>(|channel| ((sum(channel) + 2) / 4) as u8));
            }
        }
        Self { width, height, rgba }
    }

    /// Turns the picture so that it stands as its EXIF orientation says it should.
    pub fn apply_orientation(self, orientation: Orientation) -> Self {
        if orientation == Orientation::NoTransforms {
            return self;
        }
        let Self { width, height, rgba } = self;
        let Some(buffer) = RgbaImage::from_raw(width as u32, height as u32, rgba) else {
            return Self::default();
        };
        let mut turned = DynamicImage::ImageRgba8(buffer);
        turned.apply_orientation(orientation);
        Self::from(turned)
    }
}

impl From<DynamicImage> for Picture {
    fn from(image: DynamicImage) -> Self {
        let buffer = image.into_rgba8();
        let (width, height) = (buffer.width() as usize, buffer.height() as usize);
        Self { width, height, rgba: buffer.into_raw() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_averages_and_drops_an_odd_edge() {
        let rgba = (0..5 * 3).flat_map(|at| [at as u8 * 10, 200, 0, 255]).collect();
        let half = Picture { width: 5, height: 3, rgba }.halved();
        assert_eq!((half.width, half.height), (2, 1));
        // (0 + 10 + 50 + 60) / 4 and (20 + 30 + 70 + 80) / 4
        assert_eq!(half.pixels(), [[30, 200, 0, 255], [50, 200, 0, 255]]);
        let thin = Picture { width: 1, height: 4, rgba: vec![9; 16] }.halved();
        assert_eq!((thin.width, thin.height, thin.rgba.len()), (0, 2, 0));
    }
}
