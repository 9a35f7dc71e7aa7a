//! JPEG bytes to a [`Picture`], with every limit checked before memory is spent.

use image::metadata::Orientation;
use memchr::memmem;
use serde::Deserialize;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::Picture;

/// Progressive files may hold any number of scans over the whole picture, so a small file could cost seconds.
/// Encoders write about 10 (libjpeg's standard script).
const MAX_SCANS: usize = 32;

/// The marker at the end of every JPEG file.
const END: &[u8] = &[0xff, 0xd9];

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
    let picture =
        decode_bytes(without_end_marker(bytes), limits, reuse).map_err(|error| explain(error, bytes, limits))?;
    // The last rows of a file without an end may be missing without the decoder's noticing.
    if memmem::rfind(bytes, END).is_some() { Ok(picture) } else { Err(FrameError::Truncated(bytes.len())) }
}

fn decode_bytes(bytes: &[u8], limits: JpegLimits, reuse: Vec<u8>) -> Result<Picture, Problem> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers()?;
    let info = decoder.info().ok_or(DecodeErrors::ExhaustedData)?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    check_dimensions(width, height, limits)?;
    let mut rgba = reuse;
    rgba.resize(width * height * 4, 0);
    if decoder.input_colorspace() == Some(ColorSpace::CMYK) {
        // The decoder's way from CMYK to RGBA mixes up the columns (zune-jpeg 0.5.15); the one to RGB is right.
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

/// What went wrong inside: ours or the decoder's.
enum Problem {
    Ours(FrameError),
    Decoder(DecodeErrors),
}

impl From<FrameError> for Problem {
    fn from(error: FrameError) -> Self {
        Self::Ours(error)
    }
}

impl From<DecodeErrors> for Problem {
    fn from(error: DecodeErrors) -> Self {
        Self::Decoder(error)
    }
}

/// The file up to its end marker, if it is an ordinary file of one scan; without an end marker, nothing but the start.
///
/// At an end marker the decoder makes up the bits that are missing, so a file that was cut and closed would pass as a
/// picture with a grey rest. At the end of the bytes it complains instead. A whole file does not come to that: its bits
/// suffice. Files of several scans need their markers, and so do pictures that are so narrow that the decoder's reading
/// ahead by 4 bytes reaches the end in the row before the last.
fn without_end_marker(bytes: &[u8]) -> &[u8] {
    const SCAN: &[u8] = &[0xff, 0xda];
    const NARROW: u16 = 64;
    let mut scans = memmem::find_iter(bytes, SCAN);
    match (memmem::rfind(bytes, END), scans.next(), scans.next()) {
        (Some(end), Some(scan), None) if width_before(&bytes[..scan]).is_some_and(|width| width >= NARROW) => {
            &bytes[..end]
        }
        _ => bytes,
    }
}

/// The width that the last frame header (SOF0, SOF1) before the scan states.
fn width_before(header: &[u8]) -> Option<u16> {
    let baseline = memmem::rfind(header, &[0xff, 0xc0]).or_else(|| memmem::rfind(header, &[0xff, 0xc1]))?;
    let width = header.get(baseline + 7..baseline + 9)?;
    Some(u16::from_be_bytes([width[0], width[1]]))
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

fn explain(problem: Problem, bytes: &[u8], limits: JpegLimits) -> FrameError {
    let error = match problem {
        Problem::Ours(error) => return error,
        Problem::Decoder(error) => error,
    };
    let truncated = FrameError::Truncated(bytes.len());
    match error {
        DecodeErrors::ZeroError => FrameError::Dimensions { width: 0, height: 0, limits },
        DecodeErrors::LargeDimensions(side) => FrameError::Dimensions { width: side, height: side, limits },
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => truncated,
        DecodeErrors::FormatStatic("Premature end of buffer") => truncated,
        _ if memmem::rfind(bytes, END).is_none() => truncated,
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
            bytes.extend_from_slice(END);
            let error = decode(&bytes, LIMITS, Vec::new()).expect_err("a cut file");
            assert!(["jpeg_truncated", "jpeg_invalid"].contains(&error.code()), "{share} %: {error}");
        }
    }

    #[test]
    fn a_plain_picture_of_few_bytes_is_whole() {
        for (width, height) in [(16, 16), (16, 600), (320, 240), (1280, 720)] {
            let mut bytes = Vec::new();
            let grey = vec![90; (width * height) as usize];
            JpegEncoder::new(&mut bytes)
                .encode(&grey, width, height, ExtendedColorType::L8)
                .expect("encoding to memory");
            let picture = decode(&bytes, LIMITS, Vec::new()).expect("a good file");
            assert!(picture.pixels().iter().all(|pixel| pixel[0].abs_diff(90) < 3));
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
