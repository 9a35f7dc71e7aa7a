//! BlazeFace's raw output to faces: decoding, weighted non-maximum suppression, and the choice of the learner.

use super::warp::Affine;

/// Values per anchor in the regressor output: box centre x, y, width, height, then six key points x, y.
pub const REGRESSORS: usize = 16;
/// IoU above which two boxes are the same face (MediaPipe's `min_suppression_threshold`).
const SAME_FACE_IOU: f32 = 0.3;

/// One face found by the detector. Positions are pixels of the picture after [`Letterbox::to_picture`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// 0..1.
    pub score: f32,
    /// x, y of the top left corner, width, height.
    pub bounds: [f32; 4],
    /// The learner's own right eye, left eye, nose tip, mouth, right ear, left ear.
    pub keypoints: [[f32; 2]; 6],
}

impl Detection {
    fn area(&self) -> f32 {
        self.bounds[2].max(0.0) * self.bounds[3].max(0.0)
    }

    fn centre(&self) -> [f32; 2] {
        let [x, y, width, height] = self.bounds;
        [x + width / 2.0, y + height / 2.0]
    }

    fn intersection_over_union(&self, other: &Self) -> f32 {
        let overlap = |axis: usize| {
            let start = self.bounds[axis].max(other.bounds[axis]);
            let end = (self.bounds[axis] + self.bounds[axis + 2]).min(other.bounds[axis] + other.bounds[axis + 2]);
            (end - start).max(0.0)
        };
        let intersection = overlap(0) * overlap(1);
        let union = self.area() + other.area() - intersection;
        if union > 0.0 { intersection / union } else { 0.0 }
    }
}

/// How a picture was fitted into the detector's input: scaled evenly, centred, the rest black.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letterbox {
    /// Picture pixels per input pixel.
    scale: f32,
    /// Input pixels left of the picture.
    left: f32,
    /// Input pixels above the picture.
    top: f32,
}

impl Letterbox {
    /// Fits `picture` (width, height) into `input` (width, height).
    pub fn fit(picture: (usize, usize), input: (usize, usize)) -> Self {
        let (width, height) = (picture.0 as f32, picture.1 as f32);
        let (input_width, input_height) = (input.0 as f32, input.1 as f32);
        let scale = (width / input_width).max(height / input_height);
        Self { scale, left: (input_width - width / scale) / 2.0, top: (input_height - height / scale) / 2.0 }
    }

    /// From input pixels to picture pixels.
    pub fn to_picture(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [(x - self.left) * self.scale, (y - self.top) * self.scale]
    }

    /// The sampling map for [`super::warp::warp`].
    pub fn affine(&self) -> Affine {
        Affine { a: self.scale, b: 0.0, c: -self.left * self.scale, d: 0.0, e: self.scale, f: -self.top * self.scale }
    }

    /// The input's columns and rows that hold picture: (first, end) each.
    pub fn content(&self, input: (usize, usize)) -> ((usize, usize), (usize, usize)) {
        let span = |border: f32, size: usize| {
            let first = (border.ceil().max(0.0) as usize).min(size);
            (first, size - first)
        };
        (span(self.left, input.0), span(self.top, input.1))
    }
}

/// Decodes one item of the detector's output into faces, best first.
///
/// `regressors` holds `anchors.len() * 16` values in input pixels, `scores` one raw score (a logit) per anchor, `input` is the
/// detector's input size in pixels. Weighted NMS: every group of boxes with IoU > 0.3 becomes their mean, weighted by score,
/// with the best one's score. Anchors below `min_score` and values that are not finite are passed over.
pub fn decode(
    regressors: &[f32],
    scores: &[f32],
    anchors: &[[f32; 2]],
    input: (usize, usize),
    letterbox: &Letterbox,
    min_score: f32,
) -> Vec<Detection> {
    let min_logit = logit(min_score);
    let mut candidates: Vec<Detection> = anchors
        .iter()
        .zip(scores)
        .zip(regressors.as_chunks::<REGRESSORS>().0)
        .filter(|((_, raw), _)| **raw >= min_logit)
        .filter(|(_, values)| values.iter().all(|value| value.is_finite()))
        .map(|((anchor, raw), values)| decode_anchor(*anchor, *raw, values, input, letterbox))
        .collect();
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    suppress(candidates)
}

/// Of a probability; at most 13.8 either way.
pub fn logit(probability: f32) -> f32 {
    let probability = probability.clamp(1e-6, 1.0 - 1e-6);
    (probability / (1.0 - probability)).ln()
}

fn decode_anchor(
    anchor: [f32; 2],
    raw: f32,
    values: &[f32; REGRESSORS],
    input: (usize, usize),
    letterbox: &Letterbox,
) -> Detection {
    let origin = [anchor[0] * input.0 as f32, anchor[1] * input.1 as f32];
    let point = |index: usize| letterbox.to_picture([values[index] + origin[0], values[index + 1] + origin[1]]);
    let [x, y] = point(0);
    let (width, height) = (values[2] * letterbox.scale, values[3] * letterbox.scale);
    Detection {
        score: 1.0 / (1.0 + (-raw.clamp(-100.0, 100.0)).exp()),
        bounds: [x - width / 2.0, y - height / 2.0, width, height],
        keypoints: std::array::from_fn(|k| point(4 + 2 * k)),
    }
}

fn suppress(mut rest: Vec<Detection>) -> Vec<Detection> {
    let mut faces = Vec::new();
    while let Some(best) = rest.first().copied() {
        let (group, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|it| best.intersection_over_union(it) > SAME_FACE_IOU);
        faces.push(if group.is_empty() { best } else { weighted_mean(&group, best.score) });
        // A box without area overlaps nothing, not even itself: take it out by hand, or this never ends.
        rest = if group.is_empty() { others.into_iter().skip(1).collect() } else { others };
    }
    faces
}

fn weighted_mean(group: &[Detection], score: f32) -> Detection {
    let total: f32 = group.iter().map(|it| it.score).sum();
    let mean = |value: &dyn Fn(&Detection) -> f32| group.iter().map(|it| value(it) * it.score).sum::<f32>() / total;
    Detection {
        score,
        bounds: std::array::from_fn(|i| mean(&|it| it.bounds[i])),
        keypoints: std::array::from_fn(|k| std::array::from_fn(|axis| mean(&|it| it.keypoints[k][axis]))),
    }
}

/// Which of several faces is the learner's: the largest and nearest the centre.
///
/// Area times (1 - distance of the box's centre from the picture's centre, in half diagonals). A face at the very edge
/// must so be twice as large as one in the middle. Returns an index into `faces`.
pub fn choose_learner(faces: &[Detection], (width, height): (usize, usize)) -> Option<usize> {
    let (width, height) = (width as f32, height as f32);
    let half_diagonal = width.hypot(height) / 2.0;
    let weight = |face: &Detection| {
        let [x, y] = face.centre();
        let distance = (x - width / 2.0).hypot(y - height / 2.0) / half_diagonal;
        face.area() * (1.0 - distance).max(0.0)
    };
    (0..faces.len()).max_by(|&a, &b| weight(&faces[a]).total_cmp(&weight(&faces[b])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SQUARE: (usize, usize) = (128, 128);

    fn face(score: f32, x: f32, y: f32, size: f32) -> Detection {
        Detection { score, bounds: [x, y, size, size], keypoints: [[x, y]; 6] }
    }

    #[test]
    fn a_letterbox_keeps_the_aspect_and_goes_there_and_back() {
        let letterbox = Letterbox::fit((320, 240), SQUARE);
        assert_eq!(letterbox.to_picture([0.0, 16.0]), [0.0, 0.0]);
        assert_eq!(letterbox.to_picture([128.0, 112.0]), [320.0, 240.0]);
        assert_eq!(letterbox.content(SQUARE), ((0, 128), (16, 112)));
        assert_eq!(letterbox.affine().map(0.0, 16.0), (0.0, 0.0));
    }

    #[test]
    fn overlapping_boxes_become_their_weighted_mean() {
        let faces =
            suppress(vec![face(0.9, 10.0, 10.0, 50.0), face(0.6, 13.0, 10.0, 50.0), face(0.8, 90.0, 90.0, 20.0)]);
        assert_eq!(faces.len(), 2);
        assert_eq!(faces[0].score, 0.9);
        assert!((faces[0].bounds[0] - (10.0 * 0.9 + 13.0 * 0.6) / 1.5).abs() < 1e-4);
    }

    #[test]
    fn the_learner_is_the_largest_near_the_centre() {
        let frame = (320, 240);
        let (large, small) = (face(0.6, 100.0, 60.0, 100.0), face(0.99, 140.0, 100.0, 40.0));
        assert_eq!(choose_learner(&[small, large], frame), Some(1));
        let (middle, edge) = (face(0.6, 120.0, 80.0, 80.0), face(0.9, 250.0, 170.0, 85.0));
        assert_eq!(choose_learner(&[edge, middle], frame), Some(1));
        assert_eq!(choose_learner(&[], frame), None);
    }

    proptest! {
        #[test]
        fn any_output_ends_in_boxes_that_do_not_overlap(
            seeds in proptest::collection::vec((-4f32..8.0, proptest::array::uniform4(-60f32..60.0)), 0..60)
        ) {
            let anchors = &super::super::anchors::centres(128, 128)[..seeds.len()];
            let scores: Vec<f32> = seeds.iter().map(|seed| seed.0).collect();
            let regressors: Vec<f32> = seeds.iter().flat_map(|seed| (0..16).map(|i| seed.1[i % 4])).collect();
            let letterbox = Letterbox::fit((320, 240), SQUARE);
            let faces = decode(&regressors, &scores, anchors, SQUARE, &letterbox, 0.5);
            prop_assert!(faces.len() <= seeds.len());
            prop_assert!(faces.iter().all(|it| it.score >= 0.4999));
            prop_assert!(faces.windows(2).all(|pair| pair[0].score >= pair[1].score));
        }
    }
}
