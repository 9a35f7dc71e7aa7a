//! A detector model: sampling pictures into its input, running it, reading its output.

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

/// A session, its input's size (width, height) and the buffer for it.
pub(super) struct Detector {
    session: Session,
    size: (usize, usize),
    smoothing: Smoothing,
    /// Pictures that go through it at once, at most: the runtime keeps the memory of the largest run.
    most: usize,
    tensor: Vec<f32>,
}

impl Detector {
    pub fn open(
        runtime: &OnnxRuntime,
        model: &[u8],
        weights: &PrepackedWeights,
        size: (usize, usize),
        smoothing: Smoothing,
        most: usize,
    ) -> Result<Self, OnnxError> {
        Ok(Self { session: runtime.session(model, weights)?, size, smoothing, most, tensor: Vec::new() })
    }

    /// Fills the input, a picture an item.
    pub fn sample<'a>(&mut self, views: impl ExactSizeIterator<Item = View<'a>>) {
        self.tensor.resize(views.len() * self.item_size(), 0.0);
        for (index, view) in views.enumerate() {
            self.sample_one(index, view);
        }
    }

    /// Fills one item of the input anew.
    pub fn sample_one(&mut self, index: usize, view: View<'_>) {
        let (size, item) = (self.size, self.item_size());
        let picture = self.smoothed(view);
        let map = Letterbox::fit((picture.width, picture.height), size).affine();
        let target = &mut self.tensor[index * item..][..item];
        warp(&picture, &map, Border::Zero, Range::SIGNED, size.0, size.1, target);
    }

    /// One item of the input: planes R, G, B, -1..1.
    pub fn item(&self, index: usize) -> &[f32] {
        &self.tensor[index * self.item_size()..][..self.item_size()]
    }

    /// Runs it on black input, so that its memory is allocated.
    pub fn warm_up(&mut self, batch: usize) -> Result<(), OnnxError> {
        let batch = batch.min(self.most);
        self.tensor = vec![0.0; batch * self.item_size()];
        self.run(0, batch).map(|_| ())
    }

    /// Of pictures of these sizes (width, height), which were sampled: each one's faces, best first, and highest logit.
    pub fn faces(&mut self, sizes: &[(usize, usize)], min_score: f32) -> Result<Vec<(Vec<Detection>, f32)>, OnnxError> {
        let size = self.size;
        let anchors = anchors::centres(size.0, size.1);
        let mut found = Vec::with_capacity(sizes.len());
        for (run, sizes) in sizes.chunks(self.most).enumerate() {
            let outputs = self.run(run * self.most, sizes.len())?;
            let regressors = floats(&outputs, "regressors")?.chunks_exact(anchors.len() * REGRESSORS);
            let scores = floats(&outputs, "classificators")?.chunks_exact(anchors.len());
            found.extend(regressors.zip(scores).zip(sizes).map(|((regressors, scores), picture)| {
                let letterbox = Letterbox::fit(*picture, size);
                (decode(regressors, scores, &anchors, size, &letterbox, min_score), highest(scores))
            }));
        }
        Ok(found)
    }

    /// Each sampled picture's highest logit.
    pub fn logits(&mut self, count: usize) -> Result<Vec<f32>, OnnxError> {
        let mut found = Vec::with_capacity(count);
        for first in (0..count).step_by(self.most) {
            let items = self.most.min(count - first);
            let outputs = self.run(first, items)?;
            let scores = floats(&outputs, "classificators")?;
            found.extend(scores.chunks_exact(scores.len() / items).map(highest));
        }
        Ok(found)
    }

    fn run(&mut self, first: usize, count: usize) -> Result<SessionOutputs<'_>, OnnxError> {
        let ((width, height), item) = (self.size, self.item_size());
        let items = &self.tensor[first * item..][..count * item];
        let input = TensorRef::from_array_view(([count, 3, height, width], items))?;
        Ok(self.session.run(ort::inputs!["input" => input])?)
    }

    /// Values of one item of the input.
    fn item_size(&self) -> usize {
        3 * self.size.0 * self.size.1
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
