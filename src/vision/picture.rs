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
