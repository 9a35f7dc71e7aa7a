//! The turned square around a face that the landmark model looks at.

use super::Detection;
use super::warp::Affine;

/// The detection box grows by this factor (MediaPipe: `RectTransformationCalculator`, `scale_x: 1.5`, `square_long`).
const MARGIN: f32 = 1.5;

/// A square region of interest in picture pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roi {
    /// Centre x, y.
    pub centre: [f32; 2],
    /// Length of a side.
    pub side: f32,
    /// Radians; positive turns clockwise on the screen (y points down).
    pub angle: f32,
}

impl Roi {
    /// The square around a detection, turned so that the eyes lie level.
    pub fn around(detection: &Detection) -> Self {
        let [x, y, width, height] = detection.bounds;
        let [right_eye, left_eye] = [detection.keypoints[0], detection.keypoints[1]];
        Self {
            centre: [x + width / 2.0, y + height / 2.0],
            side: width.max(height) * MARGIN,
            angle: (left_eye[1] - right_eye[1]).atan2(left_eye[0] - right_eye[0]),
        }
    }

    /// From the crop (0..`size` pixels) to the picture.
    pub fn affine(&self, size: usize) -> Affine {
        let step = self.side / size as f32;
        let (sin, cos) = self.angle.sin_cos();
        let (a, b, d, e) = (cos * step, -sin * step, sin * step, cos * step);
        let half = size as f32 / 2.0;
        let [x, y] = self.centre;
        Affine { a, b, c: x - (a + b) * half, d, e, f: y - (d + e) * half }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upright_face_gives_an_upright_square() {
        let detection = Detection {
            score: 1.0,
            bounds: [100.0, 50.0, 80.0, 60.0],
            keypoints: [[120.0, 70.0], [160.0, 70.0], [140.0, 80.0], [140.0, 95.0], [105.0, 75.0], [175.0, 75.0]],
        };
        let roi = Roi::around(&detection);
        assert_eq!((roi.centre, roi.side, roi.angle), ([140.0, 80.0], 120.0, 0.0));
        let map = roi.affine(192);
        assert_eq!(map.map(96.0, 96.0), (140.0, 80.0));
        assert_eq!(map.map(0.0, 0.0), (80.0, 20.0));
    }

    #[test]
    fn a_tilted_eye_line_turns_the_square_with_it() {
        let mut keypoints = [[0.0; 2]; 6];
        keypoints[1] = [10.0, 10.0];
        let detection = Detection { score: 1.0, bounds: [0.0, 0.0, 10.0, 10.0], keypoints };
        let roi = Roi::around(&detection);
        assert!((roi.angle.to_degrees() - 45.0).abs() < 1e-4);
        let map = roi.affine(100);
        let (left, right) = (map.map(25.0, 50.0), map.map(75.0, 50.0));
        let slope = (right.1 - left.1).atan2(right.0 - left.0);
        assert!((slope - roi.angle).abs() < 1e-5, "a level line of the crop follows the eyes");
    }
}
