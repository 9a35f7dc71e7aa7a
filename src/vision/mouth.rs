//! Whether the mouth is open as wide as in a yawn: a logistic regression on lengths between points of the face.
//!
//! Fitted by models/fit_eye_state.py (`fit_mouth`), which also holds the cross-validated figures.

use serde::Deserialize;

use super::{HeadPose, Landmarks};

const FEATURES: usize = 17;
const CHIN: usize = 152;
/// Corners of the right and of the left eye.
const EYES: [[usize; 2]; 2] = [[33, 133], [263, 362]];
/// Foreshortening of the eyes' distance is made good down to this cosine of the yaw.
const LEAST_COSINE: f32 = 0.5;
/// Keeps divisions finite, pixels.
const TINY: f32 = 1e-6;

/// The fitted numbers: the part `mouth` of models/eye_state.json.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MouthModel {
    weights: Vec<f32>,
    bias: f32,
    threshold_logit: f32,
}

impl MouthModel {
    /// Reads the coefficients.
    ///
    /// # Errors
    /// When the text is not what fit_eye_state.py writes.
    pub fn parse(json: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct File {
            mouth: MouthModel,
        }
        let File { mouth } = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let count = mouth.weights.len();
        if count == FEATURES { Ok(mouth) } else { Err(format!("{count} weights instead of {FEATURES}")) }
    }

    /// How likely the mouth is open as in a yawn, 0..1; 0.5 is where 2 % of open-eyed and closed-eyed faces are called so.
    pub fn wide(&self, landmarks: &Landmarks, pose: HeadPose) -> f32 {
        let products = features(landmarks, pose.yaw).into_iter().zip(&self.weights);
        let logit = self.bias + products.map(|(feature, weight)| feature * weight).sum::<f32>();
        1.0 / (1.0 + (self.threshold_logit - logit).exp())
    }
}

/// Lengths by the distance of the eyes, by the mouth's width or by the face's height; the names are in eye_state.json.
fn features(landmarks: &Landmarks, yaw: f32) -> [f32; FEATURES] {
    let point = |index: usize| [landmarks.points[index][0], landmarks.points[index][1]];
    let apart = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let length = |a: usize, b: usize| apart(point(a), point(b)) + TINY;
    let both = |a: usize, b: usize, c: usize, d: usize| (length(a, b) + length(c, d)) / 2.0;
    let middle = |a: [f32; 2], b: [f32; 2]| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
    let [right, left] = EYES.map(|[outer, inner]| middle(point(outer), point(inner)));
    let between = apart(right, left) / yaw.to_radians().cos().max(LEAST_COSINE) + TINY;
    let centre = middle(right, left);
    let face = apart(point(CHIN), centre) + TINY;
    let level = apart(right, left) + TINY;
    let down = [-(left[1] - right[1]) / level, (left[0] - right[0]) / level];
    let below = |index: usize| {
        let [x, y] = point(index);
        (x - centre[0]) * down[0] + (y - centre[1]) * down[1]
    };
    [
        length(13, 14) / length(78, 308),
        length(13, 14) / between,
        length(CHIN, 1) / between,
        length(0, 17) / length(61, 291),
        length(61, 291) / between,
        length(13, 14) / face,
        both(82, 87, 312, 317) / between,
        both(81, 178, 311, 402) / between,
        length(0, 17) / between,
        both(39, 181, 269, 405) / between,
        length(78, 308) / between,
        length(0, 13) / between,
        length(17, 14) / between,
        length(2, 0) / between,
        length(17, CHIN) / between,
        below(CHIN) / between,
        below(2) / between,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::landmarks::POINTS;
    use proptest::prelude::*;

    fn landmarks(points: impl IntoIterator<Item = [f32; 2]>) -> Landmarks {
        Landmarks { points: points.into_iter().map(|[x, y]| [x, y, 0.0]).collect() }
    }

    proptest! {
        #[test]
        fn size_place_and_turn_in_the_picture_do_not_matter(
            points in proptest::collection::vec(proptest::array::uniform2(0f32..100.0), POINTS),
            (size, turn, yaw) in (0.5f32..4.0, -3f32..3.0, -80f32..80.0),
        ) {
            let eyes = EYES.map(|[outer, inner]| {
                [(points[outer][0] + points[inner][0]) / 2.0, (points[outer][1] + points[inner][1]) / 2.0]
            });
            prop_assume!((eyes[0][0] - eyes[1][0]).hypot(eyes[0][1] - eyes[1][1]) > 5.0);
            prop_assume!([(78, 308), (61, 291)].iter().all(|&(a, b)| {
                (points[a][0] - points[b][0]).hypot(points[a][1] - points[b][1]) > 5.0
            }));
            let (sin, cos) = turn.sin_cos();
            let moved = points.iter().map(|[x, y]| {
                [size * (x * cos - y * sin) + 30.0, size * (x * sin + y * cos) - 20.0]
            });
            let moved = landmarks(moved);
            for (a, b) in features(&landmarks(points.clone()), yaw).into_iter().zip(features(&moved, yaw)) {
                prop_assert!((a - b).abs() <= 2e-3 * a.abs().max(1.0), "{a} and {b}");
            }
        }
    }

    #[test]
    fn the_coefficients_are_as_fitted() {
        assert!(MouthModel::parse(include_str!("../../models/eye_state.json")).is_ok());
        assert!(MouthModel::parse(r#"{"mouth":{"weights":[1],"bias":0,"threshold_logit":0}}"#).is_err());
    }
}
