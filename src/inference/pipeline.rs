//! The way of a batch of frames on one worker: decode, detect, find landmarks, measure.
//!
//! Where the short-range detector leaves no face, and only there, a second look follows: the same detector on a larger
//! input for small faces, then the pose detector for a person whose face is hidden.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use ort::session::builder::PrepackedWeights;
use ort::session::{Session, SessionOutputs};
use ort::value::TensorRef;

use super::{ModelFiles, OnnxError, OnnxRuntime};
use crate::vision::belief::{BeliefModel, FaceLogits};
use crate::vision::detection::{Letterbox, REGRESSORS, choose_learner, decode as decode_detections, logit};
use crate::vision::eyes::{self, CROP_VALUES, EyeModel, SIDES};
use crate::vision::landmarks::{INPUT as CROP, RawLandmarks};
use crate::vision::mouth::MouthModel;
use crate::vision::person::{PersonModel, Sighting};
use crate::vision::quality::Unusable;
use crate::vision::warp::{Border, Range, warp};
use crate::vision::{
    Detection, EyeState, FrameError, HeadPose, JpegLimits, Landmarks, Measures, Picture, Quality, Roi, anchors, jpeg,
};

/// The first detector's input, pixels.
const DETECTOR_INPUT: (usize, usize) = (128, 128);
/// The same detector's for small faces: 4:3, a face of 40 pixels in a 640-wide frame measures 16.
const FAR_INPUT: (usize, usize) = (256, 192);
/// Small faces below this score are passed over (of the scenes without a person 2 % reach it); the landmark model confirms
/// the rest, and must be surer of it than of a face that fills the frame.
const MIN_FAR_SCORE: f32 = 0.75;
const MIN_FAR_FLAG: f32 = 0.95;
/// What is wider than this share of the frame was seen by the first look, or is no face.
const WIDEST_FAR_FACE: f32 = 0.25;
/// Below this logit of the first look the pose detector is not asked: it would change fewer than one verdict in a hundred.
const POSE_FROM_FACE_LOGIT: f32 = -0.8;
/// The pose detector's; a learner fills much of the frame, so little will do.
const POSE_INPUT: (usize, usize) = (128, 96);
/// A picture's memory is kept for the next frame up to this size (640x480 RGBA).
const KEEP_BYTES: usize = 640 * 480 * 4;

/// The eye state's network and coefficients are small and belong to this code's way of cutting eyes: they are built in.
const EYE_NETWORK: &[u8] = include_bytes!("../../models/eye_state.onnx");
const EYE_COEFFICIENTS: &str = include_str!("../../models/eye_state.json");
const PERSON_COEFFICIENTS: &str = include_str!("../../models/person.json");
const BELIEF_COEFFICIENTS: &str = include_str!("../../models/face_belief.json");

/// What decides over faces and limits.
#[derive(Debug, Clone, Copy)]
pub struct PipelineConfig {
    /// What a picture may measure.
    pub limits: JpegLimits,
    /// Detections below this score are passed over.
    pub min_face_score: f32,
    /// Below this confidence of the landmark model, the detection is not believed.
    pub min_face_flag: f32,
    /// Below this belief in all scores together ([`BeliefModel::probability`]), neither.
    pub min_face_belief: f32,
}

/// What one frame shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Width and height of the upright picture.
    pub size: (usize, usize),
    /// Statistics of the whole picture.
    pub quality: Quality,
    /// Who is there.
    pub presence: Presence,
    /// This frame's share of the stages' times.
    pub times: StageTimes,
}

/// Who is in the picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    /// A face.
    Face(Box<Face>),
    /// A person whose face is not in view: bowed, turned away, lying. The probability of it, 0..1.
    Person(f32),
    /// Nobody, in a picture that would show one. The probability of it, 0..1.
    Nobody(f32),
    /// The picture allows no statement.
    Unknown(Reason),
}

/// Why no statement is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Too little for a person, too much for an empty scene.
    Unsure,
    /// The picture shows nothing.
    Picture(Unusable),
}

impl Reason {
    /// The word of the wire protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Picture(Unusable::Dark) => "dark",
            Self::Picture(Unusable::Bright) => "bright",
            Self::Picture(Unusable::Flat) => "flat",
            Self::Picture(Unusable::Blurred) => "blurred",
        }
    }
}

/// The learner's face.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// The detector's finding, in picture pixels.
    pub detection: Detection,
    /// How many faces were found.
    pub seen: usize,
    /// The landmark model's confidence that it looked at a face, 0..1.
    pub flag: f32,
    /// Points in picture pixels.
    pub landmarks: Landmarks,
    /// Eyes and mouth.
    pub measures: Measures,
    /// Yaw, pitch, roll.
    pub pose: HeadPose,
    /// How likely the eyes are closed.
    pub eyes: EyeState,
    /// How likely the mouth is open as in a yawn, 0..1.
    pub mouth_wide: f32,
}

/// How long the stages took; of a batch's stage each frame has its even share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// JPEG decoding.
    pub decode: Duration,
    /// Letterbox, quality, detector, NMS; the second look's detectors too.
    pub detect: Duration,
    /// Crop, landmark model, measures; zero without a face.
    pub landmarks: Duration,
}

impl StageTimes {
    /// All stages together.
    pub fn total(&self) -> Duration {
        self.decode + self.detect + self.landmarks
    }
}

/// The packed weights that the workers' sessions share.
pub struct SharedWeights {
    detector: PrepackedWeights,
    pose: PrepackedWeights,
    landmarks: PrepackedWeights,
    eyes: PrepackedWeights,
}

impl SharedWeights {
    /// Empty; the first session of each model fills it. Only after the runtime is loaded.
    pub fn new(_loaded: &OnnxRuntime) -> Self {
        Self {
            detector: PrepackedWeights::new(),
            pose: PrepackedWeights::new(),
            landmarks: PrepackedWeights::new(),
            eyes: PrepackedWeights::new(),
        }
    }
}

/// The models and the buffers of one worker thread.
pub struct Pipeline {
    detector: Detector,
    far_detector: Detector,
    pose_detector: Detector,
    landmarker: Session,
    eye_network: Session,
    eye_model: EyeModel,
    mouth_model: MouthModel,
    person_model: PersonModel,
    belief_model: BeliefModel,
    config: PipelineConfig,
    crops: Vec<f32>,
    eye_crops: Vec<f32>,
    spare: Vec<Vec<u8>>,
}

/// A decoded frame on its way.
struct Work {
    picture: Picture,
    quality: Quality,
    faces: Vec<Detection>,
    /// The first detector's highest logit.
    face_logit: f32,
    /// The pose detector's, if it was asked.
    pose_logit: Option<f32>,
    /// Of the face that was found.
    face_logits: Option<FaceLogits>,
    /// Whether a face was found, confirmed and taken back.
    doubted: bool,
    /// Whether the faces are the second look's.
    far: bool,
    presence: Option<Presence>,
    times: StageTimes,
}

/// A detector, its input's size and the buffer for it.
struct Detector {
    session: Session,
    size: (usize, usize),
    smoothing: Smoothing,
    tensor: Vec<f32>,
}

/// Which pictures are averaged before a detector samples them, if they are twice as large as its input: it takes a few
/// pixels only, and trips over the noise of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Smoothing {
    /// Noisy ones alone: of the others the detector shall see what MediaPipe's sees.
    Noisy,
    /// All.
    All,
}

impl Detector {
    fn open(
        runtime: &OnnxRuntime,
        model: &[u8],
        weights: &PrepackedWeights,
        size: (usize, usize),
        smoothing: Smoothing,
    ) -> Result<Self, OnnxError> {
        Ok(Self { session: runtime.session(model, weights)?, size, smoothing, tensor: Vec::new() })
    }

    fn letterbox(&self, picture: &Picture) -> Letterbox {
        Letterbox::fit((picture.width, picture.height), self.size)
    }

    /// Values of one item of the input.
    fn item(&self) -> usize {
        3 * self.size.0 * self.size.1
    }

    fn sample(&mut self, works: &[&mut Work]) {
        let item = self.item();
        self.tensor.resize(works.len() * item, 0.0);
        for (work, tensor) in works.iter().zip(self.tensor.chunks_exact_mut(item)) {
            fit(&work.smoothed(self.size, self.smoothing), self.size, tensor);
        }
    }

    fn run(&mut self, count: usize) -> Result<SessionOutputs<'_>, OnnxError> {
        let (width, height) = self.size;
        let input = TensorRef::from_array_view(([count, 3, height, width], self.tensor.as_slice()))?;
        Ok(self.session.run(ort::inputs!["input" => input])?)
    }

    fn warm_up(&mut self, batch: usize) -> Result<(), OnnxError> {
        self.tensor = vec![0.0; batch * self.item()];
        self.run(batch).map(|_| ())
    }

    /// Each picture's faces, best first, and highest logit.
    fn faces(&mut self, works: &[&mut Work], min_score: f32) -> Result<Vec<(Vec<Detection>, f32)>, OnnxError> {
        let size = self.size;
        let anchors = anchors::centres(size.0, size.1);
        let letterboxes: Vec<Letterbox> = works.iter().map(|work| self.letterbox(&work.picture)).collect();
        let outputs = self.run(works.len())?;
        let regressors = floats(&outputs, "regressors")?.chunks_exact(anchors.len() * REGRESSORS);
        let scores = floats(&outputs, "classificators")?.chunks_exact(anchors.len());
        Ok(regressors
            .zip(scores)
            .zip(&letterboxes)
            .map(|((regressors, scores), letterbox)| {
                (decode_detections(regressors, scores, &anchors, size, letterbox, min_score), highest(scores))
            })
            .collect())
    }

    /// Each picture's highest logit.
    fn logits(&mut self, count: usize) -> Result<Vec<f32>, OnnxError> {
        let outputs = self.run(count)?;
        let scores = floats(&outputs, "classificators")?;
        Ok(scores.chunks_exact(scores.len() / count).map(highest).collect())
    }
}

/// Samples a picture into a detector's input.
fn fit(picture: &Picture, (width, height): (usize, usize), tensor: &mut [f32]) {
    let map = Letterbox::fit((picture.width, picture.height), (width, height)).affine();
    warp(picture, &map, Border::Zero, Range::SIGNED, width, height, tensor);
}

/// Of finite values.
fn highest(scores: &[f32]) -> f32 {
    scores.iter().copied().filter(|it| it.is_finite()).fold(f32::MIN, f32::max)
}

impl Pipeline {
    /// Opens the models.
    ///
    /// # Errors
    /// When the runtime refuses a model.
    pub fn open(
        runtime: &OnnxRuntime,
        files: &ModelFiles,
        weights: &SharedWeights,
        config: PipelineConfig,
    ) -> Result<Self, OnnxError> {
        Ok(Self {
            detector: Detector::open(runtime, &files.detector, &weights.detector, DETECTOR_INPUT, Smoothing::Noisy)?,
            far_detector: Detector::open(runtime, &files.detector, &weights.detector, FAR_INPUT, Smoothing::Noisy)?,
            pose_detector: Detector::open(runtime, &files.pose, &weights.pose, POSE_INPUT, Smoothing::All)?,
            landmarker: runtime.session(&files.landmarks, &weights.landmarks)?,
            eye_network: runtime.session(EYE_NETWORK, &weights.eyes)?,
            eye_model: EyeModel::parse(EYE_COEFFICIENTS).map_err(OnnxError::Runtime)?,
            mouth_model: MouthModel::parse(EYE_COEFFICIENTS).map_err(OnnxError::Runtime)?,
            person_model: PersonModel::parse(PERSON_COEFFICIENTS).map_err(OnnxError::Runtime)?,
            belief_model: BeliefModel::parse(BELIEF_COEFFICIENTS).map_err(OnnxError::Runtime)?,
            config,
            crops: Vec::new(),
            eye_crops: Vec::new(),
            spare: Vec::new(),
        })
    }

    /// Runs the models once on black input of the largest batch, so that the first frames find their memory allocated.
    ///
    /// # Errors
    /// When a model does not run.
    pub fn warm_up(&mut self, batch: usize) -> Result<(), OnnxError> {
        for detector in [&mut self.detector, &mut self.far_detector, &mut self.pose_detector] {
            detector.warm_up(batch)?;
        }
        let black = vec![0.0f32; batch * 3 * CROP * CROP];
        self.landmarker
            .run(ort::inputs!["input" => TensorRef::from_array_view(([batch, 3, CROP, CROP], &black[..]))?])?;
        Ok(())
    }

    /// Looks at a batch of JPEG files; one result each, in order. A bad frame does not touch the others.
    pub fn analyze(&mut self, frames: &[&[u8]]) -> Vec<Result<Analysis, FrameError>> {
        let decoded = frames.iter().map(|bytes| self.decode(bytes)).collect();
        self.analyze_pictures(decoded)
    }

    /// The same for pictures that are decoded already; the time that took is given with them.
    pub fn analyze_pictures(
        &mut self,
        decoded: Vec<Result<(Picture, Duration), FrameError>>,
    ) -> Vec<Result<Analysis, FrameError>> {
        let mut works: Vec<Result<Work, FrameError>> =
            decoded.into_iter().map(|it| it.map(|(picture, time)| Work::new(picture, time))).collect();
        let mut good: Vec<&mut Work> = works.iter_mut().flatten().collect();
        match self.look(&mut good) {
            Ok(()) => works.into_iter().map(|work| self.finish(work?)).collect(),
            Err(error) => {
                tracing::error!(%error, frames = works.len(), "inference failed");
                works.into_iter().map(|work| work.and(Err(FrameError::Internal))).collect()
            }
        }
    }

    fn look(&mut self, works: &mut [&mut Work]) -> Result<(), OnnxError> {
        self.detect(works)?;
        self.find_landmarks(works)?;
        for work in works.iter_mut().filter(|work| work.presence.is_none()) {
            work.presence = work.quality.unusable().map(|reason| Presence::Unknown(Reason::Picture(reason)));
        }
        self.doubt_faces(works)?;
        let mut works = undecided(works);
        self.detect_far(&mut works)?;
        self.find_landmarks(&mut works)?;
        self.find_person(&mut works)
    }

    /// Decoding is where hostile bytes are worked on: a panic of the decoder is this frame's error alone.
    pub(crate) fn decode(&mut self, bytes: &[u8]) -> Result<(Picture, Duration), FrameError> {
        let start = Instant::now();
        let reuse = self.spare.pop().unwrap_or_default();
        let picture = catch_unwind(AssertUnwindSafe(|| jpeg::decode(bytes, self.config.limits, reuse)))
            .unwrap_or_else(|_| Err(FrameError::Invalid("the decoder failed on it".into())))?;
        Ok((picture, start.elapsed()))
    }

    fn detect(&mut self, works: &mut [&mut Work]) -> Result<(), OnnxError> {
        if works.is_empty() {
            return Ok(());
        }
        let start = Instant::now();
        self.detector.sample(works);
        let item = self.detector.item();
        for (work, tensor) in works.iter_mut().zip(self.detector.tensor.chunks_exact_mut(item)) {
            let letterbox = Letterbox::fit((work.picture.width, work.picture.height), DETECTOR_INPUT);
            let (columns, rows) = letterbox.content(DETECTOR_INPUT);
            work.quality = Quality::of_signed(tensor, DETECTOR_INPUT.0, columns, rows);
            if let Cow::Owned(smooth) = work.smoothed(DETECTOR_INPUT, self.detector.smoothing) {
                fit(&smooth, DETECTOR_INPUT, tensor);
            }
        }
        let found = self.detector.faces(works, self.config.min_face_score)?;
        for (work, (faces, logit)) in works.iter_mut().zip(found) {
            (work.faces, work.face_logit) = (faces, logit);
        }
        share(works, start, |times| &mut times.detect);
        Ok(())
    }

    fn detect_far(&mut self, works: &mut [&mut Work]) -> Result<(), OnnxError> {
        if works.is_empty() {
            return Ok(());
        }
        let start = Instant::now();
        self.far_detector.sample(works);
        let found = self.far_detector.faces(works, MIN_FAR_SCORE)?;
        for (work, (mut faces, _)) in works.iter_mut().zip(found) {
            faces.retain(|face| face.bounds[2] < WIDEST_FAR_FACE * work.picture.width as f32);
            (work.faces, work.far) = (faces, true);
        }
        share(works, start, |times| &mut times.detect);
        Ok(())
    }

    /// Takes faces back that are not believed. Who is in doubt is looked at for a body first.
    fn doubt_faces(&mut self, works: &mut [&mut Work]) -> Result<(), OnnxError> {
        let (model, least) = (self.belief_model, self.config.min_face_belief);
        let doubtful = |work: &Work| work.face_logits.is_some_and(|it| model.probability(it, work.pose_logit) < least);
        let mut faint = only(works, |work| matches!(work.presence, Some(Presence::Face(_))) && doubtful(work));
        self.ask_for_pose(&mut faint)?;
        for work in faint.into_iter().filter(|work| doubtful(work)) {
            (work.presence, work.doubted) = (None, true);
        }
        Ok(())
    }

    fn find_person(&mut self, works: &mut [&mut Work]) -> Result<(), OnnxError> {
        let mut hopeful =
            only(works, |work| work.presence.is_none() && !work.doubted && work.face_logit >= POSE_FROM_FACE_LOGIT);
        self.ask_for_pose(&mut hopeful)?;
        for work in undecided(works) {
            let probability = self.person_model.probability(work.pose_logit, work.face_logit);
            work.presence = Some(match self.person_model.sighting(probability) {
                _ if work.doubted => Presence::Unknown(Reason::Unsure),
                Sighting::Person => Presence::Person(probability),
                Sighting::Unsure => Presence::Unknown(Reason::Unsure),
                Sighting::Nobody => Presence::Nobody(1.0 - probability),
            });
        }
        Ok(())
    }

    fn ask_for_pose(&mut self, works: &mut [&mut Work]) -> Result<(), OnnxError> {
        if works.is_empty() {
            return Ok(());
        }
        let start = Instant::now();
        self.pose_detector.sample(works);
        let logits = self.pose_detector.logits(works.len())?;
        works.iter_mut().zip(logits).for_each(|(work, logit)| work.pose_logit = Some(logit));
        share(works, start, |times| &mut times.detect);
        Ok(())
    }

    /// Confirms each picture's learner, if it has one, by the face's points.
    fn find_landmarks(&mut self, works: &mut [&mut Work]) -> Result<(), OnnxError> {
        let start = Instant::now();
        let mut works: Vec<(&mut Work, Detection, Roi)> = works
            .iter_mut()
            .filter_map(|work| work.learner().map(|(detection, roi)| (&mut **work, detection, roi)))
            .collect();
        let count = works.len();
        if count == 0 {
            return Ok(());
        }
        let item = 3 * CROP * CROP;
        self.crops.resize(count * item, 0.0);
        for ((work, _, roi), tensor) in works.iter().zip(self.crops.chunks_exact_mut(item)) {
            warp(&work.picture, &roi.affine(CROP), Border::Replicate, Range::UNIT, CROP, CROP, tensor);
        }
        let input = TensorRef::from_array_view(([count, 3, CROP, CROP], self.crops.as_slice()))?;
        let outputs = self.landmarker.run(ort::inputs!["input" => input])?;
        let raw = RawBatch::of(&outputs)?;
        let sights: Vec<Option<Sight>> = works
            .iter()
            .enumerate()
            .map(|(index, (work, detection, roi))| {
                let (parts, flag) = raw.item(index);
                let min_flag = self.config.min_face_flag.max(if work.far { MIN_FAR_FLAG } else { 0.0 });
                Sight::of(*detection, roi, &parts, flag, min_flag)
            })
            .collect();
        drop(outputs);
        let mut seen: Vec<(&mut Work, Sight)> =
            works.iter_mut().zip(sights).filter_map(|((work, ..), sight)| Some((&mut **work, sight?))).collect();
        let eyes = self.look_at_eyes(&seen)?;
        for ((work, sight), eyes) in seen.drain(..).zip(eyes) {
            work.face_logits = Some(FaceLogits { detector: logit(sight.detection.score), flag: sight.flag_logit });
            work.presence = Some(if work.quality.hides_eyes() {
                Presence::Unknown(Reason::Picture(Unusable::Blurred))
            } else {
                sight.face(work.faces.len(), (&self.eye_model, &self.mouth_model), eyes)
            });
        }
        let time = start.elapsed() / count as u32;
        works.iter_mut().for_each(|(work, ..)| work.times.landmarks += time);
        Ok(())
    }

    /// The network's logits of right and left eye for every face in sight.
    fn look_at_eyes(&mut self, seen: &[(&mut Work, Sight)]) -> Result<Vec<[f32; 2]>, OnnxError> {
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        self.eye_crops.resize(seen.len() * SIDES.len() * CROP_VALUES, 0.0);
        let eyes = seen.iter().flat_map(|face| SIDES.map(|side| (face, side)));
        for (((work, sight), side), crop) in eyes.zip(self.eye_crops.chunks_exact_mut(CROP_VALUES)) {
            self.eye_model.crop(&work.picture, &sight.landmarks, side, crop);
        }
        let shape = [seen.len() * SIDES.len(), 1, eyes::CROP, eyes::CROP];
        let input = TensorRef::from_array_view((shape, self.eye_crops.as_slice()))?;
        let outputs = self.eye_network.run(ort::inputs!["input" => input])?;
        Ok(floats(&outputs, "logit")?.as_chunks::<2>().0.to_vec())
    }

    fn finish(&mut self, work: Work) -> Result<Analysis, FrameError> {
        let analysis = Analysis {
            size: (work.picture.width, work.picture.height),
            quality: work.quality,
            presence: work.presence.ok_or(FrameError::Internal)?,
            times: work.times,
        };
        if work.picture.rgba.capacity() <= KEEP_BYTES {
            self.spare.push(work.picture.rgba);
        }
        Ok(analysis)
    }
}

impl Work {
    fn new(picture: Picture, decode: Duration) -> Self {
        Self {
            picture,
            quality: Quality { brightness: 0.0, contrast: 0.0, sharpness: 0.0, noise: 0.0 },
            faces: Vec::new(),
            face_logit: f32::MIN,
            pose_logit: None,
            face_logits: None,
            doubted: false,
            far: false,
            presence: None,
            times: StageTimes { decode, ..StageTimes::default() },
        }
    }

    /// The picture as a detector with such an input shall see it.
    fn smoothed(&self, (width, _): (usize, usize), smoothing: Smoothing) -> Cow<'_, Picture> {
        let large = self.picture.width.max(self.picture.height) >= 2 * width;
        if large && (smoothing == Smoothing::All || self.quality.is_noisy()) {
            Cow::Owned(self.picture.halved())
        } else {
            Cow::Borrowed(&self.picture)
        }
    }

    fn learner(&self) -> Option<(Detection, Roi)> {
        let detection = self.faces[choose_learner(&self.faces, (self.picture.width, self.picture.height))?];
        Some((detection, Roi::around(&detection)))
    }
}

fn only<'a>(works: &'a mut [&mut Work], wanted: impl Fn(&Work) -> bool) -> Vec<&'a mut Work> {
    works.iter_mut().map(|work| &mut **work).filter(|work| wanted(work)).collect()
}

/// Those of which nothing can be said yet.
fn undecided<'a>(works: &'a mut [&mut Work]) -> Vec<&'a mut Work> {
    only(works, |work| work.presence.is_none())
}

/// Adds each frame's even share of the time since `start` to one of its stages.
fn share(works: &mut [&mut Work], start: Instant, stage: impl Fn(&mut StageTimes) -> &mut Duration) {
    let time = start.elapsed() / works.len() as u32;
    works.iter_mut().for_each(|work| *stage(&mut work.times) += time);
}

/// A face with its points, before its eyes were looked at.
struct Sight {
    detection: Detection,
    flag_logit: f32,
    flag: f32,
    landmarks: Landmarks,
}

impl Sight {
    fn of(detection: Detection, roi: &Roi, parts: &RawLandmarks<'_>, flag_logit: f32, min_flag: f32) -> Option<Self> {
        let flag = 1.0 / (1.0 + (-flag_logit).exp());
        Landmarks::assemble(parts, roi).filter(|_| flag >= min_flag).map(|landmarks| Self {
            detection,
            flag_logit,
            flag,
            landmarks,
        })
    }

    fn face(self, seen: usize, (eyes, mouth): (&EyeModel, &MouthModel), network: [f32; 2]) -> Presence {
        let Self { detection, flag, landmarks, .. } = self;
        let pose = HeadPose::of(&landmarks);
        Presence::Face(Box::new(Face {
            detection,
            seen,
            flag,
            measures: Measures::of(&landmarks),
            pose,
            eyes: eyes.judge(&landmarks, pose.yaw, network),
            mouth_wide: mouth.wide(&landmarks, pose),
            landmarks,
        }))
    }
}

/// The landmark model's outputs of a whole batch.
struct RawBatch<'a> {
    mesh: &'a [f32],
    eyes: [&'a [f32]; 2],
    irises: [&'a [f32]; 2],
    flags: &'a [f32],
}

impl<'a> RawBatch<'a> {
    fn of(outputs: &'a SessionOutputs<'_>) -> Result<Self, OnnxError> {
        Ok(Self {
            mesh: floats(outputs, "mesh")?,
            eyes: [floats(outputs, "left_eye")?, floats(outputs, "right_eye")?],
            irises: [floats(outputs, "left_iris")?, floats(outputs, "right_iris")?],
            flags: floats(outputs, "face_flag")?,
        })
    }

    fn item(&self, index: usize) -> (RawLandmarks<'a>, f32) {
        let part = |all: &'a [f32]| {
            let size = all.len() / self.flags.len();
            &all[index * size..(index + 1) * size]
        };
        let landmarks = RawLandmarks {
            mesh: part(self.mesh),
            eye_on_the_left: part(self.eyes[0]),
            eye_on_the_right: part(self.eyes[1]),
            iris_on_the_left: part(self.irises[0]),
            iris_on_the_right: part(self.irises[1]),
        };
        (landmarks, self.flags[index])
    }
}

fn floats<'a>(outputs: &'a SessionOutputs<'_>, name: &str) -> Result<&'a [f32], OnnxError> {
    let value = outputs.get(name).ok_or_else(|| OnnxError::Runtime(format!("the model has no output {name}")))?;
    Ok(value.try_extract_tensor::<f32>()?.1)
}
