//! The way of a batch of frames on one worker: decode, detect, find landmarks, measure.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use ort::session::builder::PrepackedWeights;
use ort::session::{Session, SessionOutputs};
use ort::value::TensorRef;

use super::{ModelFiles, OnnxError, OnnxRuntime};
use crate::vision::detection::{Letterbox, choose_learner, decode as decode_detections};
use crate::vision::eyes::{self, CROP_VALUES, EyeModel, SIDES};
use crate::vision::landmarks::{INPUT as CROP, RawLandmarks};
use crate::vision::quality::Unusable;
use crate::vision::warp::{Border, Range, warp};
use crate::vision::{
    Detection, EyeState, FrameError, HeadPose, JpegLimits, Landmarks, Measures, Picture, Quality, Roi, anchors, jpeg,
};

/// The detector's input, pixels.
const DETECTOR_INPUT: (usize, usize) = (128, 128);
/// A picture's memory is kept for the next frame up to this size (640x480 RGBA).
const KEEP_BYTES: usize = 640 * 480 * 4;

/// The eye state's network and coefficients are small and belong to this code's way of cutting eyes: they are built in.
const EYE_NETWORK: &[u8] = include_bytes!("../../models/eye_state.onnx");
const EYE_COEFFICIENTS: &str = include_str!("../../models/eye_state.json");

/// What decides over faces and limits.
#[derive(Debug, Clone, Copy)]
pub struct PipelineConfig {
    /// What a picture may measure.
    pub limits: JpegLimits,
    /// Detections below this score are passed over.
    pub min_face_score: f32,
    /// Below this confidence of the landmark model, the detection is not believed.
    pub min_face_flag: f32,
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
    /// No face, in a picture that would show one.
    Nobody,
    /// The picture allows no statement.
    Unknown(Reason),
}

/// Why no statement is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The detector saw a face that the landmark model does not confirm.
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
}

/// How long the stages took; of a batch's stage each frame has its even share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// JPEG decoding.
    pub decode: Duration,
    /// Letterbox, quality, detector, NMS.
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
    landmarks: PrepackedWeights,
    eyes: PrepackedWeights,
}

impl SharedWeights {
    /// Empty; the first session of each model fills it. Only after the runtime is loaded.
    pub fn new(_loaded: &OnnxRuntime) -> Self {
        Self { detector: PrepackedWeights::new(), landmarks: PrepackedWeights::new(), eyes: PrepackedWeights::new() }
    }
}

/// Both models and the buffers of one worker thread.
pub struct Pipeline {
    detector: Session,
    landmarker: Session,
    eye_network: Session,
    eye_model: EyeModel,
    anchors: Vec<[f32; 2]>,
    config: PipelineConfig,
    detector_input: Vec<f32>,
    crops: Vec<f32>,
    eye_crops: Vec<f32>,
    spare: Vec<Vec<u8>>,
}

/// A decoded frame on its way.
struct Work {
    picture: Picture,
    quality: Quality,
    faces: Vec<Detection>,
    letterbox: Letterbox,
    times: StageTimes,
}

impl Pipeline {
    /// Opens both models.
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
            detector: runtime.session(&files.detector, &weights.detector)?,
            landmarker: runtime.session(&files.landmarks, &weights.landmarks)?,
            eye_network: runtime.session(EYE_NETWORK, &weights.eyes)?,
            eye_model: EyeModel::parse(EYE_COEFFICIENTS).map_err(OnnxError::Runtime)?,
            anchors: anchors::centres(DETECTOR_INPUT.0, DETECTOR_INPUT.1),
            config,
            detector_input: Vec::new(),
            crops: Vec::new(),
            eye_crops: Vec::new(),
            spare: Vec::new(),
        })
    }

    /// Runs both models once on black input of the largest batch, so that the first frames find their memory allocated.
    ///
    /// # Errors
    /// When a model does not run.
    pub fn warm_up(&mut self, batch: usize) -> Result<(), OnnxError> {
        let (width, height) = DETECTOR_INPUT;
        let black = vec![0.0f32; batch * 3 * CROP * CROP];
        let small = &black[..batch * 3 * width * height];
        self.detector.run(ort::inputs!["input" => TensorRef::from_array_view(([batch, 3, height, width], small))?])?;
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
        let result = self.detect(&mut good).and_then(|()| self.find_landmarks(&mut good));
        match result {
            Ok(presences) => {
                let mut presences = presences.into_iter();
                works.into_iter().map(|work| self.finish(work?, presences.next())).collect()
            }
            Err(error) => {
                tracing::error!(%error, frames = works.len(), "inference failed");
                works.into_iter().map(|work| work.and(Err(FrameError::Internal))).collect()
            }
        }
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
        let (width, height) = DETECTOR_INPUT;
        let item = 3 * width * height;
        self.detector_input.resize(works.len() * item, 0.0);
        for (work, tensor) in works.iter_mut().zip(self.detector_input.chunks_exact_mut(item)) {
            warp(&work.picture, &work.letterbox.affine(), Border::Zero, Range::SIGNED, width, height, tensor);
            let (columns, rows) = work.letterbox.content(DETECTOR_INPUT);
            work.quality = Quality::of_signed(tensor, width, columns, rows);
        }
        let input = TensorRef::from_array_view(([works.len(), 3, height, width], self.detector_input.as_slice()))?;
        let outputs = self.detector.run(ort::inputs!["input" => input])?;
        let (regressors, scores) = (floats(&outputs, "regressors")?, floats(&outputs, "classificators")?);
        let (per_item, scores_per_item) = (regressors.len() / works.len(), scores.len() / works.len());
        for ((work, regressors), scores) in
            works.iter_mut().zip(regressors.chunks_exact(per_item)).zip(scores.chunks_exact(scores_per_item))
        {
            work.faces = decode_detections(
                regressors,
                scores,
                &self.anchors,
                DETECTOR_INPUT,
                &work.letterbox,
                self.config.min_face_score,
            );
        }
        let share = start.elapsed() / works.len() as u32;
        works.iter_mut().for_each(|work| work.times.detect = share);
        Ok(())
    }

    fn find_landmarks(&mut self, works: &mut [&mut Work]) -> Result<Vec<Presence>, OnnxError> {
        let start = Instant::now();
        let learners: Vec<Option<(Detection, Roi)>> = works.iter().map(|work| work.learner()).collect();
        let count = learners.iter().flatten().count();
        if count == 0 {
            return Ok(works.iter().map(|work| work.without_face()).collect());
        }
        let item = 3 * CROP * CROP;
        self.crops.resize(count * item, 0.0);
        let with_face = works.iter().zip(&learners).filter_map(|(work, learner)| Some((work, learner.as_ref()?)));
        for ((work, (_, roi)), tensor) in with_face.zip(self.crops.chunks_exact_mut(item)) {
            warp(&work.picture, &roi.affine(CROP), Border::Replicate, Range::UNIT, CROP, CROP, tensor);
        }
        let input = TensorRef::from_array_view(([count, 3, CROP, CROP], self.crops.as_slice()))?;
        let outputs = self.landmarker.run(ort::inputs!["input" => input])?;
        let raw = RawBatch::of(&outputs)?;
        let mut items = (0..count).map(|index| raw.item(index));
        let sights: Vec<Result<Sight, Presence>> = works
            .iter()
            .zip(learners)
            .map(|(work, learner)| match (learner, learner.and_then(|_| items.next())) {
                (Some((detection, roi)), Some((parts, flag))) => {
                    Sight::of(detection, &roi, &parts, flag, self.config.min_face_flag)
                }
                _ => Err(work.without_face()),
            })
            .collect();
        drop(outputs);
        let mut eyes = self.look_at_eyes(works, &sights)?.into_iter();
        let presences = works
            .iter()
            .zip(sights)
            .map(|(work, sight)| match sight {
                Ok(sight) => sight.face(work.faces.len(), &self.eye_model, eyes.next().unwrap_or_default()),
                Err(presence) => presence,
            })
            .collect();
        let share = start.elapsed() / count as u32;
        works.iter_mut().filter(|work| !work.faces.is_empty()).for_each(|work| work.times.landmarks = share);
        Ok(presences)
    }

    /// The network's logits of right and left eye for every face in sight.
    fn look_at_eyes(
        &mut self,
        works: &[&mut Work],
        sights: &[Result<Sight, Presence>],
    ) -> Result<Vec<[f32; 2]>, OnnxError> {
        let faces: Vec<(&Picture, &Landmarks)> = works
            .iter()
            .zip(sights)
            .filter_map(|(work, sight)| Some((&work.picture, &sight.as_ref().ok()?.landmarks)))
            .collect();
        if faces.is_empty() {
            return Ok(Vec::new());
        }
        self.eye_crops.resize(faces.len() * SIDES.len() * CROP_VALUES, 0.0);
        let eyes = faces.iter().flat_map(|face| SIDES.map(|side| (face, side)));
        for (((picture, landmarks), side), crop) in eyes.zip(self.eye_crops.chunks_exact_mut(CROP_VALUES)) {
            self.eye_model.crop(picture, landmarks, side, crop);
        }
        let shape = [faces.len() * SIDES.len(), 1, eyes::CROP, eyes::CROP];
        let input = TensorRef::from_array_view((shape, self.eye_crops.as_slice()))?;
        let outputs = self.eye_network.run(ort::inputs!["input" => input])?;
        Ok(floats(&outputs, "logit")?.as_chunks::<2>().0.to_vec())
    }

    fn finish(&mut self, work: Work, presence: Option<Presence>) -> Result<Analysis, FrameError> {
        let analysis = Analysis {
            size: (work.picture.width, work.picture.height),
            quality: work.quality,
            presence: presence.ok_or(FrameError::Internal)?,
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
            letterbox: Letterbox::fit((picture.width, picture.height), DETECTOR_INPUT),
            picture,
            quality: Quality { brightness: 0.0, contrast: 0.0, sharpness: 0.0 },
            faces: Vec::new(),
            times: StageTimes { decode, ..StageTimes::default() },
        }
    }

    fn learner(&self) -> Option<(Detection, Roi)> {
        let detection = self.faces[choose_learner(&self.faces, (self.picture.width, self.picture.height))?];
        Some((detection, Roi::around(&detection)))
    }

    fn without_face(&self) -> Presence {
        self.quality.unusable().map_or(Presence::Nobody, |reason| Presence::Unknown(Reason::Picture(reason)))
    }
}

/// A face with its points, before its eyes were looked at.
struct Sight {
    detection: Detection,
    flag: f32,
    landmarks: Landmarks,
}

impl Sight {
    fn of(
        detection: Detection,
        roi: &Roi,
        parts: &RawLandmarks<'_>,
        flag_logit: f32,
        min_flag: f32,
    ) -> Result<Self, Presence> {
        let flag = 1.0 / (1.0 + (-flag_logit).exp());
        Landmarks::assemble(parts, roi)
            .filter(|_| flag >= min_flag)
            .map(|landmarks| Self { detection, flag, landmarks })
            .ok_or(Presence::Unknown(Reason::Unsure))
    }

    fn face(self, seen: usize, model: &EyeModel, network: [f32; 2]) -> Presence {
        let Self { detection, flag, landmarks } = self;
        let pose = HeadPose::of(&landmarks);
        Presence::Face(Box::new(Face {
            detection,
            seen,
            flag,
            measures: Measures::of(&landmarks),
            pose,
            eyes: model.judge(&landmarks, pose.yaw, network),
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
