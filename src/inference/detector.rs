//! A detector model: sampling a picture into its input, running it, reading its output.
//!
//! Pictures go through it one by one: in batches it is no faster (docs/performance.md), and one input stays in the cache.

use std::borrow::Cow;

use ort::session::builder::PrepackedWeights;
use ort::session::{Session, SessionOutputs};
use ort::value::TensorRef;

use super::onnx::floats;
use super::{OnnxError, OnnxRuntime};
use crate::vision::detection::{Letterbox, REGRESSORS, decode};
use crate::vision::warp::{Border, Range, warp};
use crate::vision::{Detection, Picture, anchors};

/// Which pictures are averaged before a detector samples them, if they are twice as large as its input: it takes a few
/// pixels only, and trips over the noise of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Smoothing {
    /// Noisy ones alone: of the others the detector shall see what MediaPipe's sees.
    Noisy,
    /// All.
    All,
}

/// A picture to look at.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub picture: &'a Picture,
    pub noisy: bool,
}

/// A session and its input: planes R, G, B, -1..1, of `size` (width, height).
pub(super) struct Detector {
    session: Session,
    smoothing: Smoothing,
    size: (usize, usize),
    input: Vec<f32>,
}

impl Detector {
    pub fn open(
        runtime: &OnnxRuntime,
        model: &[u8],
        weights: &PrepackedWeights,
        smoothing: Smoothing,
    ) -> Result<Self, OnnxError> {
        Ok(Self { session: runtime.session(model, weights)?, smoothing, size: (0, 0), input: Vec::new() })
    }

    /// Fills the input with a picture, at this size.
    pub fn sample(&mut self, view: View<'_>, size: (usize, usize)) {
        self.size = size;
        self.input.resize(3 * size.0 * size.1, 0.0);
        let picture = self.smoothed(view);
        let map = Letterbox::fit((picture.width, picture.height), size).affine();
        warp(&picture, &map, Border::Zero, Range::SIGNED, size.0, size.1, &mut self.input);
    }

    /// What was sampled.
    pub fn input(&self) -> &[f32] {
        &self.input
    }

    /// Runs it on black input, so that its memory is allocated.
    pub fn warm_up(&mut self, size: (usize, usize)) -> Result<(), OnnxError> {
        self.size = size;
        self.input = vec![-1.0; 3 * size.0 * size.1];
        self.run().map(|_| ())
    }

    /// Of the picture that was sampled, which measures `picture` (width, height): its faces, best first, and the highest
    /// logit.
    pub fn faces(&mut self, picture: (usize, usize), min_score: f32) -> Result<(Vec<Detection>, f32), OnnxError> {
        let size = self.size;
        let anchors = anchors::centres(size.0, size.1);
        let outputs = self.run()?;
        let (regressors, scores) = (floats(&outputs, "regressors")?, floats(&outputs, "classificators")?);
        if (regressors.len(), scores.len()) != (anchors.len() * REGRESSORS, anchors.len()) {
            return Err(OnnxError::Runtime(format!(
                "the detector has {} scores for {} anchors",
                scores.len(),
                anchors.len()
            )));
        }
        let letterbox = Letterbox::fit(picture, size);
        Ok((decode(regressors, scores, &anchors, size, &letterbox, min_score), highest(scores)))
    }

    /// The highest logit of the picture that was sampled.
    pub fn logit(&mut self) -> Result<f32, OnnxError> {
        Ok(highest(floats(&self.run()?, "classificators")?))
    }

    fn run(&mut self) -> Result<SessionOutputs<'_>, OnnxError> {
        let (width, height) = self.size;
        let input = TensorRef::from_array_view(([1, 3, height, width], self.input.as_slice()))?;
        Ok(self.session.run(ort::inputs!["input" => input])?)
    }

    fn smoothed<'a>(&self, View { picture, noisy }: View<'a>) -> Cow<'a, Picture> {
        let large = picture.width.max(picture.height) >= 2 * self.size.0;
        if large && (noisy || self.smoothing == Smoothing::All) {
            Cow::Owned(picture.halved())
        } else {
            Cow::Borrowed(picture)
        }
    }
}

/// Of finite values.
fn highest(scores: &[f32]) -> f32 {
    scores.iter().copied().filter(|it| it.is_finite()).fold(f32::MIN, f32::max)
}
