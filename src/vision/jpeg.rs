//! JPEG bytes to a [`Picture`], with every limit checked before memory is spent.

use image::metadata::Orientation;
use serde::Deserialize;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::Picture;
use super::jpeg_structure::{self, Flaw, Whole};

/// What a picture may measure; checked on the header, before decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct JpegLimits {
    /// Pixels along the longer side.
    pub side: usize,
    /// Width times height.
    pub pixels: usize,
}

/// Why a frame has no verdict. The texts are shown to the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// No bytes at all.
    #[error("the frame holds no picture: 0 bytes")]
    Empty,
    /// Not a JPEG: the first bytes are not FF D8.
    #[error("not a JPEG file{0}; encode frames as JPEG")]
    NotJpeg(&'static str),
    /// The file ends before the picture does.
    #[error("the JPEG ends early: {0} bytes are not the whole picture")]
    Truncated(usize),
    /// A side is 0 or the picture is larger than the limits.
    #[error("{width}x{height} pixels are not allowed: each side 1 to {}, at most {} pixels in all", limits.side, limits.pixels)]
    Dimensions {
        /// Width as the header states it.
        width: usize,
        /// Height as the header states it.
        height: usize,
        /// What is allowed.
        limits: JpegLimits,
    },
    /// Damaged, or a kind of JPEG that is not supported.
    #[error("the JPEG cannot be decoded: {0}")]
    Invalid(String),
    /// A failure of the server, not of the frame.
    #[error("the server failed on this frame; the next one is welcome")]
    Internal,
}

impl FrameError {
    /// The machine-readable code of the wire protocol.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "frame_empty",
            Self::NotJpeg(_) => "not_jpeg",
            Self::Truncated(_) => "jpeg_truncated",
            Self::Dimensions { .. } => "jpeg_dimensions",
            Self::Invalid(_) => "jpeg_invalid",
            Self::Internal => "internal",
        }
    }
}

/// Decodes a whole JPEG, upright by its EXIF orientation, into `reuse`'s memory where that fits.
///
/// Decoding is strict: a file that ends early or is damaged is an error, never a half-grey picture, because half a picture
/// would be taken for an empty chair.
///
/// # Errors
/// Every [`FrameError`] but `Internal`.
pub fn decode(bytes: &[u8], limits: JpegLimits, reuse: Vec<u8>) -> Result<Picture, FrameError> {
    check_kind(bytes)?;
    let whole = jpeg_structure::check(bytes).map_err(|flaw| match flaw {
        Flaw::Cut => FrameError::Truncated(bytes.len()),
        Flaw::Odd(what) => FrameError::Invalid(what.into()),
    })?;
    check_dimensions(whole.width, whole.height, limits)?;
    decode_whole(&whole, reuse).map_err(|error| explain(&error, bytes))
}

fn decode_whole(whole: &Whole<'_>, reuse: Vec<u8>) -> Result<Picture, DecodeErrors> {
    let &Whole { width, height, bytes } = whole;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers()?;
    // The memory may have held another learner's picture, and the decoder need not write every row of a damaged one.
    let mut rgba = reuse;
    rgba.clear();
    rgba.resize(width * height * 4, 0);
    if matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::RGB)) {
        // zune-jpeg 0.5.15 mixes up the columns from CMYK to RGBA and knows no way from RGB; to RGB both are right.
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::RGB));
        let mut rgb = vec![0; width * height * 3];
        decoder.decode_into(&mut rgb)?;
        for (target, source) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(rgb.as_chunks::<3>().0) {
            *target = [source[0], source[1], source[2], u8::MAX];
        }
    } else {
        decoder.decode_into(&mut rgba)?;
    }
    let orientation =
        decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif)).unwrap_or(Orientation::NoTransforms);
    Ok(Picture { width, height, rgba }.apply_orientation(orientation))
}

fn check_kind(bytes: &[u8]) -> Result<(), FrameError> {
    if bytes.is_empty() {
        return Err(FrameError::Empty);
    }
    if bytes.starts_with(&[0xff, 0xd8]) {
        return Ok(());
    }
    let looks_like = match bytes {
        [0x89, b'P', b'N', b'G', ..] => " but a PNG",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => " but a WebP",
        [b'G', b'I', b'F', b'8', ..] => " but a GIF",
        [b'L', b'O', b'A', b'1', ..] => " but a frame header cut short",
        _ if bytes.is_ascii() => " but text",
        _ => "",
    };
    Err(FrameError::NotJpeg(looks_like))
}

fn check_dimensions(width: usize, height: usize, limits: JpegLimits) -> Result<(), FrameError> {
    let fits =
        width > 0 && height > 0 && width.max(height) <= limits.side && width.saturating_mul(height) <= limits.pixels;
    if fits { Ok(()) } else { Err(FrameError::Dimensions { width, height, limits }) }
}

fn explain(error: &DecodeErrors, bytes: &[u8]) -> FrameError {
    match error {
        DecodeErrors::ExhaustedData
        | DecodeErrors::IoErrors(_)
        | DecodeErrors::FormatStatic("Premature end of buffer") => FrameError::Truncated(bytes.len()),
        other => FrameError::Invalid(first_words(&format!("{other:?}"))),
    }
}

/// The decoder's own words, short and in one line.
fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().replace('"', "");
    line.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, RgbImage};
    use proptest::prelude::*;

    const LIMITS: JpegLimits = JpegLimits { side: 4096, pixels: 1 << 20 };

    fn sample() -> Vec<u8> {
        encoded(64, 48)
    }

    fn encoded(width: u32, height: u32) -> Vec<u8> {
        let picture =
            RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 4) as u8, (y * 5) as u8, (x ^ y) as u8]));
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 90)
            .encode(&picture, width, height, ExtendedColorType::Rgb8)
            .expect("encoding to memory");
        bytes
    }

    #[test]
    fn a_whole_picture_is_decoded() {
        let picture = decode(&sample(), LIMITS, Vec::new()).expect("a good file");
        assert_eq!((picture.width, picture.height, picture.rgba.len()), (64, 48, 64 * 48 * 4));
        let [r, g, ..] = picture.pixels()[20 * 64 + 40];
        assert!(r.abs_diff(160) < 12 && g.abs_diff(100) < 12, "pixel is {r},{g}");
    }

    #[test]
    fn bytes_after_the_end_are_harmless() {
        let mut bytes = sample();
        bytes.extend_from_slice(&[0; 100]);
        assert!(decode(&bytes, LIMITS, Vec::new()).is_ok());
    }

    #[test]
    fn no_cut_file_becomes_a_picture() {
        let whole = sample();
        for length in 1..whole.len() - 2 {
            let error = decode(&whole[..length], LIMITS, Vec::new()).expect_err("a cut file");
            let expected = if length < 2 { "not_jpeg" } else { "jpeg_truncated" };
            assert_eq!(error.code(), expected, "cut to {length} bytes: {error}");
        }
    }

    #[test]
    fn a_cut_file_with_an_end_marker_put_on_is_refused() {
        let whole = encoded(320, 240);
        assert!(decode(&whole, LIMITS, Vec::new()).is_ok());
        for share in 5..=90 {
            let mut bytes = whole[..whole.len() * share / 100].to_vec();
            bytes.extend_from_slice(&[0xff, 0xd9]);
            let error = decode(&bytes, LIMITS, Vec::new()).expect_err("a cut file");
            assert!(["jpeg_truncated", "jpeg_invalid"].contains(&error.code()), "{share} %: {error}");
        }
    }

    #[test]
    fn a_plain_picture_of_few_bytes_is_whole() {
        for (width, height) in [(160, 120), (120, 900), (320, 240), (1280, 720)] {
            let mut bytes = Vec::new();
            let grey = vec![90; (width * height) as usize];
            JpegEncoder::new(&mut bytes)
                .encode(&grey, width, height, ExtendedColorType::L8)
                .expect("encoding to memory");
            let picture = decode(&bytes, LIMITS, Vec::new()).expect("a good file");
            assert!(picture.pixels().iter().all(|pixel| pixel[0].abs_diff(90) < 3));
        }
    }

    /// With restart intervals, whose number depends on them.
    #[test]
    fn sampling_factors_that_there_are_not_are_refused() {
        let whole = sample();
        let header = whole.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
        for sampling in [0x00, 0x01, 0x10, 0x15, 0x51, 0xff] {
            let mut bytes = whole.clone();
            for component in 0..3 {
                bytes[header + 11 + 3 * component] = sampling;
            }
            bytes.splice(header..header, [0xff, 0xdd, 0, 4, 0, 2]);
            let error = decode(&bytes, LIMITS, Vec::new()).expect_err("no such sampling");
            assert!(error.code() == "jpeg_invalid" && error.to_string().contains("1 to 4"), "{sampling:02x}: {error}");
        }
    }

    #[test]
    fn limits_hold_before_decoding() {
        let tight = JpegLimits { side: 63, pixels: 1 << 20 };
        let error = decode(&sample(), tight, Vec::new()).expect_err("64 pixels wide");
        assert_eq!(error.code(), "jpeg_dimensions");
        assert!(error.to_string().contains("64x48"), "{error}");
        assert!(error.to_string().contains("63"), "{error}");
    }

    proptest! {
        /// The memory of the picture before, which may be another learner's, must never show through.
        #[test]
        fn memory_of_the_picture_before_never_shows(position in 2usize..3000, value: u8, cut in 0usize..400, close: bool) {
            let mut bytes = encoded(128, 96);
            let position = position % bytes.len();
            bytes[position] = value;
            bytes.truncate(bytes.len() - cut);
            if close {
                bytes.extend_from_slice(&[0xff, 0xd9]);
            }
            let white = vec![255; 128 * 96 * 4];
            prop_assert_eq!(decode(&bytes, LIMITS, white), decode(&bytes, LIMITS, Vec::new()));
        }

        #[test]
        fn damaged_bytes_never_panic(position in 2usize..600, value: u8, cut in 0usize..700) {
            let mut bytes = sample();
            let position = position % bytes.len();
            bytes[position] = value;
            bytes.truncate(bytes.len() - cut.min(bytes.len()));
            let _ = decode(&bytes, LIMITS, Vec::new());
        }

        #[test]
        fn any_bytes_behind_a_start_marker_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            bytes.splice(0..0, [0xff, 0xd8, 0xff]);
            let _ = decode(&bytes, LIMITS, Vec::new());
        }
    }
}
