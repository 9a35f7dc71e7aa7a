//! How likely a person is in view whose face is not: bowed, turned away, the head on the desk.
//!
//! A logistic regression on the best scores of two detectors, fitted by models/fit_person.py, which also holds the figures.

use serde::Deserialize;

/// Logits beyond this say no more (models/fit_person.py cuts them too).
const LOGIT_LIMIT: f32 = 12.0;

/// The fitted numbers, from models/person.json.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct PersonModel {
    pose: f32,
    face: f32,
    bias: f32,
    pose_of_scenes: f32,
    person: f32,
    nobody: f32,
}

/// What the probability is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// A person.
    Person,
    /// Too much for nobody, too little for a person.
    Unsure,
    /// Nobody.
    Nobody,
}

impl PersonModel {
    /// Reads the coefficients.
    ///
    /// # Errors
    /// When the text is not what fit_person.py writes.
    pub fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    /// The probability of a person, 0..1, from the highest logits of the pose detector and of short-range BlazeFace; persons
    /// and empty scenes counted as equally frequent. Where the pose detector was not asked, its logit is taken to be that of
    /// scenes.
    pub fn probability(&self, pose: Option<f32>, face: f32) -> f32 {
        let [pose, face] =
            [pose.unwrap_or(self.pose_of_scenes), face].map(|logit| logit.clamp(-LOGIT_LIMIT, LOGIT_LIMIT));
        1.0 / (1.0 + (-(self.pose * pose + self.face * face + self.bias)).exp())
    }

    /// What to say at a probability.
    pub fn sighting(&self, probability: f32) -> Sighting {
        if probability >= self.person {
            Sighting::Person
        } else if probability < self.nobody {
            Sighting::Nobody
        } else {
            Sighting::Unsure
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> PersonModel {
        PersonModel::parse(include_str!("../../models/person.json")).expect("as fitted")
    }

    #[test]
    fn more_of_either_score_is_more_of_a_person() {
        let model = model();
        assert!(model.probability(Some(2.0), 0.0) > model.probability(Some(1.0), 0.0));
        assert!(model.probability(None, 1.0) > model.probability(None, 0.0));
        assert_eq!(model.probability(Some(f32::MAX), 0.0), model.probability(Some(LOGIT_LIMIT), 0.0));
    }

    #[test]
    fn in_between_nothing_is_said() {
        let model = model();
        let said = [0.0, (model.nobody + model.person) / 2.0, 1.0].map(|it| model.sighting(it));
        assert_eq!(said, [Sighting::Nobody, Sighting::Unsure, Sighting::Person]);
    }
}
