//! The way of a batch of frames on one worker: decode, detect, find landmarks, measure.
//!
//! A frame that still shows what its learner's last full look saw needs a glance alone ([`Memory`]).
//! Where the short-range detector leaves no face, and only there, a second look follows: the same detector on a larger
//! input for small faces, then the pose detector for a person whose face is hidden.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ort::session::builder::PrepackedWeights;
use ort::session::{Session, SessionOutputs};
use ort::value::TensorRef;

use super::analysis::{Analysis, Answer, Face, Look, Mesh, Presence, Reason, StageTimes};
use super::detector::{Detector, Smoothing, View};
use super::memory::{Glimpse, Memory};
use super::onnx::floats;
use super::{ModelFiles, OnnxError, OnnxRuntime};
use crate::vision::belief::{BeliefModel, FaceLogits};
use crate::vision::detection::{Letterbox, choose_learner, logit};
use crate::vision::eyes::{self, CROP_VALUES, EyeCorners, EyeModel, SIDES};
use crate::vision::glance::EyesBefore;
use crate::vision::landmarks::{INPUT as CROP, RawLandmarks};
use crate::vision::mouth::MouthModel;
use crate::vision::person::{PersonModel, Sighting};
use crate::vision::quality::Unusable;
use crate::vision::warp::{Border, Range, warp};
use crate::vision::{Detection, FrameError, HeadPose, JpegLimits, Landmarks, Measures, Picture, Quality, Roi, jpeg};

/// The first detector's input, pixels. Without the bars above and below a 4:3 frame it would cost a quarter less, and no longer
/// see what MediaPipe's sees (models/README.md).
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

/// A frame and what its learner's last full look left.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The JPEG file.
    pub jpeg: &'a [u8],
    /// Without it, the frame gets a full look.
    pub memory: Option<&'a Memory>,
}

impl<'a> From<&'a [u8]> for Frame<'a> {
    fn from(jpeg: &'a [u8]) -> Self {
        Self { jpeg, memory: None }
    }
}

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

/// A picture and how long it took to decode, or why there is none.
type Decoded = Result<(Picture, Duration), FrameError>;

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
    /// Of its eyes.
    eyes: Option<EyesBefore>,
    /// Whether a glance was enough.
    glance: bool,
    /// Whether a face was found, confirmed and taken back.
    doubted: bool,
    /// Whether the faces are the second look's.
    far: bool,
    presence: Option<Presence>,
    times: StageTimes,
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
            detector: Detector::open(runtime, &files.detector, &weights.detector, Smoothing::Noisy)?,
            far_detector: Detector::open(runtime, &files.detector, &weights.detector, Smoothing::Noisy)?,
            pose_detector: Detector::open(runtime, &files.pose, &weights.pose, Smoothing::All)?,
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
        // Every picture of a batch by itself, as faces are looked for.
        for _ in 0..batch {
            self.detector.warm_up(DETECTOR_INPUT)?;
        }
        self.far_detector.warm_up(FAR_INPUT)?;
        self.pose_detector.warm_up(POSE_INPUT)?;
        let black = vec![0.0f32; batch * 3 * CROP * CROP];
        self.landmarker
            .run(ort::inputs!["input" => TensorRef::from_array_view(([batch, 3, CROP, CROP], &black[..]))?])?;
        Ok(())
    }

    /// Looks at a batch of frames; one result each, in order. A bad frame does not touch the others.
    pub fn analyze(&mut self, frames: &[Frame<'_>]) -> Vec<Result<Analysis, FrameError>> {
        in_order(frames.len(), |answer| self.analyze_each(frames, answer))
    }

    /// The same, but each result is given, with its frame's place, as soon as it is there: a glance does not wait for the full look
    /// beside it. When inference fails, the rest gets none.
    pub fn analyze_each(&mut self, frames: &[Frame<'_>], answer: Answer<'_>) {
        let decoded = frames.iter().map(|frame| (self.decode(frame.jpeg), frame.memory)).collect();
        self.analyze_all(decoded, answer);
    }

    /// Full looks at pictures that are decoded already; the time that took is given with them.
    pub fn analyze_pictures(
        &mut self,
        decoded: Vec<Result<(Picture, Duration), FrameError>>,
    ) -> Vec<Result<Analysis, FrameError>> {
        let decoded: Vec<_> = decoded.into_iter().map(|it| (it, None)).collect();
        in_order(decoded.len(), |answer| self.analyze_all(decoded, answer))
    }

    fn analyze_all(&mut self, decoded: Vec<(Decoded, Option<&Memory>)>, answer: Answer<'_>) {
        let mut works = Vec::with_capacity(decoded.len());
        for (place, (decoded, memory)) in decoded.into_iter().enumerate() {
            match decoded {
                Ok((picture, time)) => works.push((place, Work::new(picture, time), memory)),
                Err(error) => answer(place, Err(error)),
            }
        }
        let frames = works.len();
        if let Err(error) = self.look_at_all(works, answer) {
            tracing::error!(%error, frames, "inference failed");
        }
    }

    fn look_at_all(
        &mut self,
        mut works: Vec<(usize, Work, Option<&Memory>)>,
        answer: Answer<'_>,
    ) -> Result<(), OnnxError> {
        let known = works.iter_mut().filter_map(|(_, work, memory)| Some((work, (*memory)?)));
        self.glance(&mut known.collect::<Vec<_>>())?;
        let (glances, mut rest): (Vec<_>, Vec<_>) = works.into_iter().partition(|(_, work, _)| work.glance);
        for (place, work, _) in glances {
            answer(place, self.finish(work));
        }
        self.look(&mut rest.iter_mut().map(|(_, work, _)| work).collect::<Vec<_>>())?;
        for (place, work, _) in rest {
            answer(place, self.finish(work));
        }
        Ok(())
    }

    /// Settles those that show what they showed before.
    fn glance(&mut self, works: &mut [(&mut Work, &Memory)]) -> Result<(), OnnxError> {
        let start = Instant::now();
        let mut faces = Vec::new();
        for (index, (work, memory)) in works.iter_mut().enumerate() {
            match memory.look(&work.picture) {
                Some(Glimpse::Scene(presence)) => work.settle(presence.clone(), memory),
                Some(Glimpse::Face(face)) => faces.push((index, face)),
                None => {}
            }
        }
        let seen: Vec<_> = faces.iter().map(|(index, face)| (&works[*index].0.picture, face.corners)).collect();
        let logits = self.look_at_eyes(&seen)?;
        for ((index, face), logits) in faces.into_iter().zip(logits) {
            let (work, memory) = &mut works[index];
            if let Some(presence) = face.judge(&self.eye_model, logits) {
                work.settle(presence, memory);
            }
        }
        if !works.is_empty() {
            let time = start.elapsed() / works.len() as u32;
            works.iter_mut().for_each(|(work, _)| work.times.detect += time);
        }
        Ok(())
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
        for work in works {
            let start = Instant::now();
            self.detector.sample(work.view(), DETECTOR_INPUT);
            let (columns, rows) = Letterbox::fit(work.size(), DETECTOR_INPUT).content(DETECTOR_INPUT);
            work.quality = Quality::of_signed(self.detector.input(), DETECTOR_INPUT.0, columns, rows);
            if work.quality.is_noisy() {
                self.detector.sample(work.view(), DETECTOR_INPUT);
            }
            (work.faces, work.face_logit) = self.detector.faces(work.size(), self.config.min_face_score)?;
            work.times.detect += start.elapsed();
        }
        Ok(())
    }

    fn detect_far(&mut self, works: &mut [&mut Work]) -> Result<(), OnnxError> {
        for work in works {
            let start = Instant::now();
            self.far_detector.sample(work.view(), FAR_INPUT);
            let (mut faces, _) = self.far_detector.faces(work.size(), MIN_FAR_SCORE)?;
            faces.retain(|face| face.bounds[2] < WIDEST_FAR_FACE * work.picture.width as f32);
            (work.faces, work.far) = (faces, true);
            work.times.detect += start.elapsed();
        }
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
        for work in works {
            let start = Instant::now();
            self.pose_detector.sample(work.view(), POSE_INPUT);
            work.pose_logit = Some(self.pose_detector.logit()?);
            work.times.detect += start.elapsed();
        }
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
        let corners: Vec<_> =
            seen.iter().map(|(work, sight)| (&work.picture, EyeCorners::of(&sight.landmarks))).collect();
        let logits = self.look_at_eyes(&corners)?;
        for ((work, sight), network) in seen.drain(..).zip(logits) {
            let eyes = EyesBefore { network, outlines: self.eye_model.outlines(&sight.landmarks) };
            work.eyes = Some(eyes);
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

    /// The network's logits of right and left eye for every face.
    fn look_at_eyes(&mut self, seen: &[(&Picture, EyeCorners)]) -> Result<Vec<[f32; 2]>, OnnxError> {
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        self.eye_crops.resize(seen.len() * SIDES.len() * CROP_VALUES, 0.0);
        let eyes = seen.iter().flat_map(|face| SIDES.map(|side| (face, side)));
        for (((picture, corners), side), crop) in eyes.zip(self.eye_crops.chunks_exact_mut(CROP_VALUES)) {
            self.eye_model.crop(picture, corners, side, crop);
        }
        let shape = [seen.len() * SIDES.len(), 1, eyes::CROP, eyes::CROP];
        let input = TensorRef::from_array_view((shape, self.eye_crops.as_slice()))?;
        let outputs = self.eye_network.run(ort::inputs!["input" => input])?;
        Ok(floats(&outputs, "logit")?.as_chunks::<2>().0.to_vec())
    }

    fn finish(&mut self, work: Work) -> Result<Analysis, FrameError> {
        let size = work.size();
        let presence = work.presence.ok_or(FrameError::Internal)?;
        let look = if work.glance {
            Look::Glance
        } else {
            Look::Full(Memory::of(&work.picture, work.quality, &presence, work.eyes).map(Arc::new))
        };
        let analysis = Analysis { size, quality: work.quality, presence, look, times: work.times };
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
            eyes: None,
            glance: false,
            doubted: false,
            far: false,
            presence: None,
            times: StageTimes { decode, ..StageTimes::default() },
        }
    }

    fn size(&self) -> (usize, usize) {
        (self.picture.width, self.picture.height)
    }

    fn view(&self) -> View<'_> {
        View { picture: &self.picture, noisy: self.quality.is_noisy() }
    }

    /// It shows what it showed.
    fn settle(&mut self, presence: Presence, memory: &Memory) {
        (self.presence, self.quality, self.glance) = (Some(presence), memory.quality, true);
    }

    fn learner(&self) -> Option<(Detection, Roi)> {
        let detection = self.faces[choose_learner(&self.faces, self.size())?];
        Some((detection, Roi::around(&detection)))
    }
}

/// The results as they are to stand, of work that gives them as they come; what is missing failed.
fn in_order(count: usize, work: impl FnOnce(Answer<'_>)) -> Vec<Result<Analysis, FrameError>> {
    let mut results = vec![Err(FrameError::Internal); count];
    work(&mut |place, result| results[place] = result);
    results
}

fn only<'a>(works: &'a mut [&mut Work], wanted: impl Fn(&Work) -> bool) -> Vec<&'a mut Work> {
    works.iter_mut().map(|work| &mut **work).filter(|work| wanted(work)).collect()
}

/// Those of which nothing can be said yet.
fn undecided<'a>(works: &'a mut [&mut Work]) -> Vec<&'a mut Work> {
    only(works, |work| work.presence.is_none())
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

    fn face(self, seen: usize, (model, mouth): (&EyeModel, &MouthModel), eyes: EyesBefore) -> Presence {
        let Self { detection, flag, landmarks, .. } = self;
        let pose = HeadPose::of(&landmarks);
        Presence::Face(Box::new(Face {
            detection,
            seen,
            flag,
            pose,
            eyes: model.judge(eyes.outlines, pose.yaw, eyes.network),
            mouth_wide: mouth.wide(&landmarks, pose),
            mesh: Some(Mesh { measures: Measures::of(&landmarks), landmarks }),
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
