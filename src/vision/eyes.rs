//! Whether the eyes are closed: a small network on grey crops and a regression on the lids' outlines, weighted by which eye
//! the camera sees.
//!
//! Network and coefficients are fitted by models/fit_eye_state.py, which also holds the comparison that chose them.

use serde::Deserialize;

use super::warp::{Affine, Border, Range, warp};
use super::{Landmarks, Picture};

/// Side of the network's input, pixels.
pub const CROP: usize = 32;
/// Values of one crop.
pub const CROP_VALUES: usize = CROP * CROP;
const FEATURES: usize = 34;
/// Points of each lid between the corners.
const LID: usize = 7;
const CHIN: usize = 152;
/// Keeps divisions finite, pixels.
const TINY: f32 = 1e-6;

/// One of the learner's own eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// On the left of an unmirrored picture.
    Right,
    /// On the right of it.
    Left,
}

/// Both, in the network's order.
pub const SIDES: [Side; 2] = [Side::Right, Side::Left];

/// Landmark indices of one eye.
struct Eye {
    outer: usize,
    inner: usize,
    lower: [usize; LID],
    upper: [usize; LID],
    iris: usize,
}

const RIGHT: Eye = Eye {
    outer: 33,
    inner: 133,
    lower: [7, 163, 144, 145, 153, 154, 155],
    upper: [246, 161, 160, 159, 158, 157, 173],
    iris: 468,
};
const LEFT: Eye = Eye {
    outer: 263,
    inner: 362,
    lower: [249, 390, 373, 374, 380, 381, 382],
    upper: [466, 388, 387, 386, 385, 384, 398],
    iris: 473,
};

/// Where the corners of both eyes are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EyeCorners {
    /// Outer and inner corner of each eye, in the order of [`SIDES`].
    pub of: [[[f32; 2]; 2]; 2],
}

impl EyeCorners {
    /// As the landmarks have them.
    pub fn of(landmarks: &Landmarks) -> Self {
        Self { of: SIDES.map(|side| [side.eye().outer, side.eye().inner].map(|index| point(landmarks, index))) }
    }

    /// Every corner moved.
    pub fn map(&self, to: impl Fn([f32; 2]) -> [f32; 2]) -> Self {
        Self { of: self.of.map(|eye| eye.map(&to)) }
    }

    fn frame(&self, side: Side) -> Frame {
        let [outer, inner] = self.of[side as usize];
        Frame::new(outer, inner, side)
    }
}

impl Side {
    fn eye(self) -> &'static Eye {
        match self {
            Self::Right => &RIGHT,
            Self::Left => &LEFT,
        }
    }
}

/// The fitted numbers, from models/eye_state.json.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EyeModel {
    network: Network,
    geometry: Geometry,
    combination: Combination,
    visibility: Visibility,
    calibration: Calibration,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Network {
    side_by_corner_distance: f32,
    down_by_corner_distance: f32,
    least_deviation: f32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Geometry {
    weights: Vec<f32>,
    bias: f32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Combination {
    network: f32,
    geometry: f32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Visibility {
    scale_degrees: f32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Calibration {
    slope: f32,
    bias: f32,
}

/// How likely the eyes are closed, 0..1 each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EyeState {
    /// The learner's own right eye alone.
    pub right: f32,
    /// The learner's own left eye alone.
    pub left: f32,
    /// Both, the one that the camera sees better counting more.
    pub closed: f32,
}

impl EyeModel {
    /// Reads the coefficients.
    ///
    /// # Errors
    /// When the text is not what fit_eye_state.py writes.
    pub fn parse(json: &str) -> Result<Self, String> {
        let model: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let count = model.geometry.weights.len();
        if count == FEATURES { Ok(model) } else { Err(format!("{count} weights instead of {FEATURES}")) }
    }

    /// Cuts one eye's crop for the network into `target` ([`CROP_VALUES`]): grey, level, the left eye mirrored, with zero
    /// mean and a deviation of one.
    pub fn crop(&self, picture: &Picture, corners: &EyeCorners, side: Side, target: &mut [f32]) {
        let mut planes = [0.0f32; 3 * CROP_VALUES];
        let range = Range { scale: 1.0, offset: 0.0 };
        warp(picture, &self.crop_map(corners, side), Border::Replicate, range, CROP, CROP, &mut planes);
        let (red, rest) = planes.split_at(CROP_VALUES);
        let (green, blue) = rest.split_at(CROP_VALUES);
        for (index, value) in target.iter_mut().enumerate() {
            *value = 0.299 * red[index] + 0.587 * green[index] + 0.114 * blue[index];
        }
        let count = CROP_VALUES as f32;
        let mean = target.iter().sum::<f32>() / count;
        let variance = target.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
        let deviation = variance.sqrt().max(self.network.least_deviation);
        target.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
    }

    fn crop_map(&self, corners: &EyeCorners, side: Side) -> Affine {
        let frame = corners.frame(side);
        let distance = SIDES.map(|side| corners.frame(side).distance).into_iter().fold(0.0, f32::max);
        let step = self.network.side_by_corner_distance * distance / CROP as f32;
        let half = (CROP as f32 - 1.0) / 2.0;
        let lowered = self.network.down_by_corner_distance * distance;
        let origin = |axis: usize| {
            let (across, down) = (frame.across[axis], frame.down[axis]);
            frame.middle[axis] + lowered * down - step * half * (across + down)
        };
        Affine {
            a: step * frame.across[0],
            b: step * frame.down[0],
            c: origin(0),
            d: step * frame.across[1],
            e: step * frame.down[1],
            f: origin(1),
        }
    }

    /// What the outlines of right and left eye say, as logits.
    pub fn outlines(&self, landmarks: &Landmarks) -> [f32; 2] {
        SIDES.map(|side| {
            let products = features(landmarks, side).into_iter().zip(&self.geometry.weights);
            self.geometry.bias + products.map(|(feature, weight)| feature * weight).sum::<f32>()
        })
    }

    /// Puts together what network and outlines say (logits of right and left eye); `yaw` in degrees as in
    /// [`super::HeadPose`].
    pub fn judge(&self, outlines: [f32; 2], yaw: f32, network: [f32; 2]) -> EyeState {
        self.state(self.both(network, outlines), yaw)
    }

    /// Of logits of both eyes that network and outlines gave together.
    pub(super) fn state(&self, [right, left]: [f32; 2], yaw: f32) -> EyeState {
        let calibrated = |logit: f32| sigmoid(self.calibration.slope * logit + self.calibration.bias);
        let closed = calibrated(self.seen([right, left], yaw));
        EyeState { right: calibrated(right), left: calibrated(left), closed }
    }

    pub(super) fn both(&self, network: [f32; 2], outlines: [f32; 2]) -> [f32; 2] {
        let Combination { network: by_network, geometry: by_outline } = self.combination;
        std::array::from_fn(|side| by_network * network[side] + by_outline * outlines[side])
    }

    /// The eyes' mean, the one that the camera sees better counting more.
    pub(super) fn seen(&self, [right, left]: [f32; 2], yaw: f32) -> f32 {
        let weight = sigmoid(yaw / self.visibility.scale_degrees);
        weight * right + (1.0 - weight) * left
    }
}

/// An eye's own directions: unit vectors from the outer corner to the inner one and at right angles to it, down the face.
struct Frame {
    middle: [f32; 2],
    across: [f32; 2],
    down: [f32; 2],
    distance: f32,
}

impl Frame {
    fn of(landmarks: &Landmarks, side: Side) -> Self {
        EyeCorners::of(landmarks).frame(side)
    }

    fn new(outer: [f32; 2], inner: [f32; 2], side: Side) -> Self {
        let distance = length(between(outer, inner)) + TINY;
        let across = between(outer, inner).map(|value| value / distance);
        // Turned by a quarter: the right eye's runs to the picture's right, the left eye's to its left.
        let down = match side {
            Side::Right => [-across[1], across[0]],
            Side::Left => [across[1], -across[0]],
        };
        Self { middle: [(outer[0] + inner[0]) / 2.0, (outer[1] + inner[1]) / 2.0], across, down, distance }
    }

    /// A point in corner distances from the middle: towards the inner corner, down.
    fn place(&self, at: [f32; 2]) -> [f32; 2] {
        let from = between(self.middle, at);
        [self.across, self.down].map(|axis| (from[0] * axis[0] + from[1] * axis[1]) / self.distance)
    }
}

/// Lower and upper lid, iris centre and radius, then opening and width by the distances of the face.
fn features(landmarks: &Landmarks, side: Side) -> [f32; FEATURES] {
    let (eye, frame) = (side.eye(), Frame::of(landmarks, side));
    let place = |index: usize| frame.place(point(landmarks, index));
    let mut values = [0.0; FEATURES];
    for (pair, index) in values.as_chunks_mut::<2>().0.iter_mut().zip(eye.lower.into_iter().chain(eye.upper)) {
        *pair = place(index);
    }
    let iris = place(eye.iris);
    let rim = (1..=4).map(|offset| length(between(iris, place(eye.iris + offset)))).sum::<f32>() / 4.0;
    let opening = frame.distance
        * (2..5).map(|index| length(between(place(eye.lower[index]), place(eye.upper[index])))).sum::<f32>()
        / 3.0;
    let [right, left] = SIDES.map(|side| Frame::of(landmarks, side).middle);
    let apart = length(between(right, left)) + TINY;
    let centre = [(right[0] + left[0]) / 2.0, (right[1] + left[1]) / 2.0];
    let height = length(between(centre, point(landmarks, CHIN))) + TINY;
    values[28..].copy_from_slice(&[iris[0], iris[1], rim, opening / apart, opening / height, frame.distance / apart]);
    values
}

fn point(landmarks: &Landmarks, index: usize) -> [f32; 2] {
    let [x, y, _] = landmarks.points[index];
    [x, y]
}

fn between(from: [f32; 2], to: [f32; 2]) -> [f32; 2] {
    [to[0] - from[0], to[1] - from[1]]
}

fn length([x, y]: [f32; 2]) -> f32 {
    x.hypot(y)
}

fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::landmarks::POINTS;
    use proptest::prelude::*;

    fn model() -> EyeModel {
        EyeModel::parse(include_str!("../../models/eye_state.json")).expect("as fitted")
    }

    fn landmarks(points: Vec<[f32; 2]>) -> Landmarks {
        Landmarks { points: points.into_iter().map(|[x, y]| [x, y, 0.0]).collect() }
    }

    proptest! {
        #[test]
        fn both_eyes_are_seen_alike_in_a_mirror(seed in proptest::collection::vec(proptest::array::uniform2(0f32..100.0), POINTS)) {
            let face = landmarks(seed.clone());
            let mut mirrored: Vec<[f32; 2]> = seed.iter().map(|[x, y]| [100.0 - x, *y]).collect();
            for (right, left) in [(RIGHT.outer, LEFT.outer), (RIGHT.inner, LEFT.inner)] {
                mirrored.swap(right, left);
            }
            for (right, left) in RIGHT.lower.into_iter().zip(LEFT.lower).chain(RIGHT.upper.into_iter().zip(LEFT.upper)) {
                mirrored.swap(right, left);
            }
            (0..5).for_each(|offset| mirrored.swap(RIGHT.iris + offset, LEFT.iris + offset));
            let mirrored = landmarks(mirrored);
            for (a, b) in features(&face, Side::Right).into_iter().zip(features(&mirrored, Side::Left)) {
                prop_assert!((a - b).abs() <= 1e-3 * a.abs().max(1.0), "{a} and {b}");
            }
        }
    }

    #[test]
    fn the_eye_that_the_camera_sees_counts_more() {
        let (model, face) = (model(), landmarks((0..POINTS).map(|i| [(i % 31) as f32, (i % 17) as f32]).collect()));
        let turned = |yaw: f32, network: [f32; 2]| model.judge(model.outlines(&face), yaw, network).closed;
        // Turned to the own left, the right eye is in view.
        assert!(turned(45.0, [1000.0, -1000.0]) > 0.99 && turned(-45.0, [1000.0, -1000.0]) < 0.01);
    }

    #[test]
    fn a_crop_has_no_mean_and_a_plain_one_is_nothing() {
        let (model, face) = (model(), landmarks((0..POINTS).map(|i| [(i % 31) as f32, (i % 17) as f32]).collect()));
        let mut crop = [1.0; CROP_VALUES];
        let plain = Picture { width: 40, height: 30, rgba: vec![77; 40 * 30 * 4] };
        model.crop(&plain, &EyeCorners::of(&face), Side::Right, &mut crop);
        assert!(crop.iter().all(|value| value.abs() < 1e-3));
    }
}
