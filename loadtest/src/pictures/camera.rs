//! A webcam's view of a still picture: moved a little, with the sensor's noise, as a JPEG of 320x240.

use std::path::Path;

use anyhow::Context as _;
use bytes::Bytes;
use image::RgbImage;
use image::imageops::FilterType;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Pixels of a frame.
pub const WIDTH: u32 = 320;
/// Pixels of a frame.
pub const HEIGHT: u32 = 240;
/// JPEG quality, as a browser's canvas is asked for by the page and the extension (0.8); 8 to 15 kB a frame.
pub const QUALITY: u8 = 80;

/// A picture in memory.
#[derive(Debug, Clone)]
pub struct Still(RgbImage);

/// How a camera sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Frame pixels to the right and down.
    pub shift: (f32, f32),
    /// 1: the picture fills the frame in one direction, as large as fits.
    pub zoom: f32,
    /// Factor.
    pub brightness: f32,
    /// Left and right are changed.
    pub mirrored: bool,
    /// Standard deviation of the sensor's noise, of 255.
    pub noise: f32,
}

impl View {
    /// As it is.
    pub const PLAIN: Self = Self { shift: (0.0, 0.0), zoom: 1.0, brightness: 1.0, mirrored: false, noise: 0.0 };
}

impl Still {
    /// Reads a JPEG file.
    ///
    /// # Errors
    /// When it is none or cannot be read.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let picture = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg);
        Ok(Self(picture.with_context(|| format!("cannot decode {}", path.display()))?.into_rgb8()))
    }

    /// Width and height, pixels.
    pub fn size(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    /// Made smaller, so that it fits into `width` x `height`, aspect kept.
    pub fn fitted(&self, width: u32, height: u32) -> Self {
        let (own_width, own_height) = self.size();
        let scale = f64::min(f64::from(width) / f64::from(own_width), f64::from(height) / f64::from(own_height));
        if scale >= 1.0 {
            return self.clone();
        }
        let scaled = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        Self(image::imageops::resize(&self.0, scaled(own_width), scaled(own_height), FilterType::Triangle))
    }

    fn sample(&self, x: f32, y: f32) -> [f32; 3] {
        let (width, height) = self.size();
        // Beyond the edge the edge goes on.
        let (x, y) = (x.clamp(0.0, width as f32 - 1.0), y.clamp(0.0, height as f32 - 1.0));
        let (left, top) = (x as u32, y as u32);
        let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
        let (across, down) = (x - left as f32, y - top as f32);
        let [a, b, c, d] =
            [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| self.0.get_pixel(x, y).0);
        std::array::from_fn(|channel| {
            let [a, b, c, d] = [a, b, c, d].map(|pixel| f32::from(pixel[channel]));
            let (upper, lower) = (a + (b - a) * across, c + (d - c) * across);
            upper + (lower - upper) * down
        })
    }
}

/// What the camera takes of `still`: `width` x `height` pixels of RGB.
pub fn render(still: &Still, view: View, (width, height): (u32, u32), random: &mut fastrand::Rng) -> RgbImage {
    let (own_width, own_height) = still.size();
    let fit = f32::min(width as f32 / own_width as f32, height as f32 / own_height as f32) * view.zoom;
    let centre = ((own_width as f32 - 1.0) / 2.0, (own_height as f32 - 1.0) / 2.0);
    RgbImage::from_fn(width, height, |x, y| {
        let across = (x as f32 - (width as f32 - 1.0) / 2.0 - view.shift.0) / fit;
        let across = if view.mirrored { -across } else { across };
        let down = (y as f32 - (height as f32 - 1.0) / 2.0 - view.shift.1) / fit;
        let pixel = still.sample(centre.0 + across, centre.1 + down);
        image::Rgb(pixel.map(|value| (value * view.brightness + view.noise * gaussian(random)).round() as u8))
    })
}

/// Near enough to a normal distribution: the sum of four even ones, deviation 1.
fn gaussian(random: &mut fastrand::Rng) -> f32 {
    let bits = random.u64(..);
    let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
    (sum as f32 / 65_536.0 - 2.0) * 1.732
}

/// A JPEG file with chroma at half the resolution, as browsers write it.
///
/// # Errors
/// Never for a picture of less than 65,536 pixels a side.
pub fn encode(picture: &RgbImage, quality: u8) -> anyhow::Result<Bytes> {
    let mut file = Vec::with_capacity(16 * 1024);
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let (width, height) = picture.dimensions();
    encoder.encode(picture.as_raw(), u16::try_from(width)?, u16::try_from(height)?, ColorType::Rgb)?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns as bright as their number.
    fn slope(width: u32, height: u32) -> Still {
        Still(RgbImage::from_fn(width, height, |x, _| image::Rgb([x as u8; 3])))
    }

    fn column(picture: &RgbImage, x: u32) -> i32 {
        i32::from(picture.get_pixel(x, 10).0[0])
    }

    #[test]
    fn a_view_is_moved_mirrored_and_brightened() {
        let random = &mut fastrand::Rng::with_seed(1);
        let mut at = |view| render(&slope(200, 150), view, (200, 150), random);
        assert_eq!(column(&at(View::PLAIN), 50), 50);
        assert_eq!(column(&at(View { shift: (3.0, 0.0), ..View::PLAIN }), 50), 47);
        assert_eq!(column(&at(View { mirrored: true, ..View::PLAIN }), 50), 149);
        assert_eq!(column(&at(View { brightness: 1.2, ..View::PLAIN }), 50), 60);
        assert_eq!(column(&at(View { zoom: 2.0, ..View::PLAIN }), 50), 75, "half as far from the centre");
        assert_eq!(column(&at(View { shift: (30.0, 0.0), ..View::PLAIN }), 10), 0, "the edge goes on");
    }

    #[test]
    fn noise_has_the_deviation_asked_for() {
        let grey = Still(RgbImage::from_pixel(64, 64, image::Rgb([128; 3])));
        let view = View { noise: 3.0, ..View::PLAIN };
        let noisy = render(&grey, view, (64, 64), &mut fastrand::Rng::with_seed(2));
        let squares: f64 = noisy.as_raw().iter().map(|value| (f64::from(*value) - 128.0).powi(2)).sum();
        let deviation = (squares / noisy.as_raw().len() as f64).sqrt();
        assert!((2.8..3.2).contains(&deviation), "{deviation}");
    }

    #[test]
    fn a_file_has_the_frame_s_size_and_can_be_read_back() {
        let frame = render(&slope(480, 480), View::PLAIN, (WIDTH, HEIGHT), &mut fastrand::Rng::new());
        let file = encode(&frame, QUALITY).expect("encodes");
        let back = image::load_from_memory(&file).expect("a JPEG");
        assert_eq!((back.width(), back.height()), (WIDTH, HEIGHT));
        assert_eq!(slope(480, 360).fitted(WIDTH, HEIGHT).size(), (320, 240));
        assert_eq!(slope(100, 90).fitted(WIDTH, HEIGHT).size(), (100, 90), "never larger");
    }
}
