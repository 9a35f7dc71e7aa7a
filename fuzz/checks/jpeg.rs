//! A picture's bytes: refused with a reason, or decoded whole and within the limits.

use loa::vision::jpeg::decode;
use loa::vision::still::Still;
use loa::vision::{FrameError, JpegLimits};

/// As config.toml has them.
const LIMITS: JpegLimits = JpegLimits { side: 4096, pixels: 1_310_720 };
/// Below what most seeds measure.
const TIGHT: JpegLimits = JpegLimits { side: 8, pixels: 48 };

/// The file.
pub fn jpeg(data: &[u8]) {
    let decoded = decode(data, LIMITS, Vec::new());
    // The memory of another learner's picture must not show through, and nothing else may differ.
    assert!(decoded == decode(data, LIMITS, vec![0xa5; 100_000]), "memory that is used again changes the outcome");
    match decoded {
        Ok(picture) => {
            let (width, height) = (picture.width, picture.height);
            assert!((1..=LIMITS.side).contains(&width.max(height)) && width * height <= LIMITS.pixels);
            assert_eq!(picture.rgba.len(), width * height * 4);
            let small = width.max(height) <= TIGHT.side && width * height <= TIGHT.pixels;
            match decode(data, TIGHT, Vec::new()) {
                Ok(_) => assert!(small, "{width}x{height} is beyond the limits"),
                Err(error) => assert!(!small && matches!(error, FrameError::Dimensions { .. }), "{error}"),
            }
            assert!(picture.halved().rgba.len() <= picture.rgba.len());
            let _ = Still::of_scene(&picture).holds(&picture);
        }
        Err(error) => {
            assert!(error != FrameError::Internal);
            let sentence = error.to_string();
            assert!(!sentence.contains('\n') && sentence.chars().count() < 300, "{sentence}");
            // A size beyond the limits is told before anything is decoded: with other limits it is told as well.
            let refused = matches!(decode(data, TIGHT, Vec::new()), Err(FrameError::Dimensions { .. }));
            assert!(refused || !matches!(error, FrameError::Dimensions { .. }));
        }
    }
}
