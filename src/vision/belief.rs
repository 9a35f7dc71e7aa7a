//! Whether what a detector took for a face is one.
//!
//! A logistic regression on three scores, fitted by models/fit_face_belief.py, which also holds the figures.

use serde::Deserialize;

/// Logits beyond these say no more (models/fit_face_belief.py cuts them too).
const DETECTOR_LIMIT: f32 = 12.0;
const FLAG_LIMITS: (f32, f32) = (-6.0, 11.0);
const POSE_LIMIT: f32 = 6.0;

/// The fitted numbers, from models/face_belief.json.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct BeliefModel {
    detector: f32,
    flag: f32,
    pose: f32,
    bias: f32,
    pose_at_worst: f32,
}

/// The two scores that every detected face has, as logits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceLogits {
    /// The face detector's.
    pub detector: f32,
    /// The landmark model's, that its crop shows a face.
    pub flag: f32,
}

impl BeliefModel {
    /// Reads the coefficients.
    ///
    /// # Errors
    /// When the text is not what fit_face_belief.py writes.
    pub fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    /// The probability of a face, 0..1, faces and false ones counted as equally frequent. `pose` is the pose detector's
    /// highest logit in the picture. Without it, the lowest that pictures with a face have: the result is a lower bound.
    pub fn probability(&self, face: FaceLogits, pose: Option<f32>) -> f32 {
        let detector = self.detector * face.detector.clamp(-DETECTOR_LIMIT, DETECTOR_LIMIT);
        let flag = self.flag * face.flag.clamp(FLAG_LIMITS.0, FLAG_LIMITS.1);
        let pose = self.pose * pose.unwrap_or(self.pose_at_worst).clamp(-POSE_LIMIT, POSE_LIMIT);
        1.0 / (1.0 + (-(detector + flag + pose + self.bias)).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn model() -> BeliefModel {
        BeliefModel::parse(include_str!("../../models/face_belief.json")).expect("as fitted")
    }

    proptest! {
        #[test]
        fn more_of_any_score_is_more_belief(detector in -20f32..20.0, flag in -20f32..20.0, pose in -20f32..20.0, more in 0f32..5.0) {
            let model = model();
            let belief = |detector, flag, pose| model.probability(FaceLogits { detector, flag }, Some(pose));
            let base = belief(detector, flag, pose);
            prop_assert!((0.0..=1.0).contains(&base));
            prop_assert!(belief(detector + more, flag, pose) >= base);
            prop_assert!(belief(detector, flag + more, pose) >= base);
            prop_assert!(belief(detector, flag, pose + more) >= base);
        }
    }

    #[test]
    fn a_clear_face_needs_no_second_opinion_and_a_faint_one_does() {
        let model = model();
        assert!(model.probability(FaceLogits { detector: 3.0, flag: 11.0 }, None) > 0.5);
        let faint = FaceLogits { detector: 0.2, flag: 1.5 };
        assert!(model.probability(faint, None) < 0.01 && model.probability(faint, Some(2.0)) > 0.1);
    }
}
