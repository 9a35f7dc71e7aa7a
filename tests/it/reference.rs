//! The pipeline against MediaPipe itself: tests/fixtures/reference.json was written by MediaPipe 0.10.21 on the fixtures.

use std::collections::BTreeMap;
use std::time::Duration;

use loa::inference::pipeline::SharedWeights;
use loa::inference::{Analysis, Face, Frame, ModelFiles, OnnxRuntime, Pipeline, Presence};
use loa::vision::FrameError;
use serde::Deserialize;

use crate::support::{config, picture};

#[derive(Deserialize)]
struct Reference {
    size: [f32; 2],
    detections: Vec<ReferenceDetection>,
    faces: Vec<ReferenceFace>,
}

#[derive(Deserialize)]
struct ReferenceDetection {
    score: f32,
    r#box: [f32; 4],
    keypoints: Vec<[f32; 2]>,
}

#[derive(Deserialize)]
struct ReferenceFace {
    ear: Ears,
    landmarks: Vec<[f32; 3]>,
}

#[derive(Deserialize)]
struct Ears {
    subject_right: f32,
    subject_left: f32,
}

#[derive(Deserialize)]
struct Maps {
    unrefined: BTreeMap<String, Vec<usize>>,
}

/// How far a result may be from the reference: box and key points in pixels, landmarks in pixels, EAR.
#[derive(Debug, Clone, Copy)]
struct Distance {
    bounds: f32,
    landmark: f32,
    ear: f32,
}

/// With the pixels that MediaPipe saw.
const SAME_PIXELS: Distance = Distance { bounds: 0.05, landmark: 0.15, ear: 0.002 };
/// With the JPEG file: decoders differ by a level or two per pixel, which the models turn into fractions of a pixel.
const SAME_FILE: Distance = Distance { bounds: 1.0, landmark: 1.5, ear: 0.015 };

/// With MediaPipe's own limit, which the reference was made with.
pub fn pipeline() -> Pipeline {
    let config = config(&["vision.min_face_score=0.5"]);
    let runtime = OnnxRuntime::load(&config.inference.onnxruntime).expect("make setup was run");
    let files = ModelFiles::read(&config.models.dir).expect("models");
    Pipeline::open(&runtime, &files, &SharedWeights::new(&runtime), config.pipeline()).expect("models open")
}

fn full_look(pipeline: &mut Pipeline, jpeg: &[u8]) -> Result<Analysis, FrameError> {
    pipeline.analyze(&[Frame::from(jpeg)]).remove(0)
}

fn references() -> BTreeMap<String, Reference> {
    serde_json::from_slice(&picture("reference.json")).expect("well-formed")
}

fn lips() -> Vec<usize> {
    let maps: Maps = serde_json::from_slice(&picture("../../models/landmark_maps.json")).expect("well-formed");
    maps.unrefined["lips"].clone()
}

#[test]
fn boxes_landmarks_and_ear_agree_with_mediapipe() {
    let mut pipeline = pipeline();
    for (name, reference) in references() {
        let analysis = full_look(&mut pipeline, &picture(&name)).expect("a good picture");
        match &analysis.presence {
            // Found by the second look, which MediaPipe has not.
            Presence::Face(_) if reference.detections.is_empty() => assert_eq!(name, "faces/tiny_640x480.jpg"),
            Presence::Face(face) => assert_near(&name, face, &reference, SAME_FILE),
            other => assert!(reference.faces.is_empty(), "{name}: MediaPipe sees a face, we {other:?}"),
        }
    }
}

#[test]
fn with_mediapipe_s_own_pixels_nothing_is_left_to_differ() {
    let (mut pipeline, references) = (pipeline(), references());
    for name in ["open_320x240", "roll_minus20_320x240"] {
        let decoded = image::load_from_memory(&picture(&format!("decoded/{name}.png"))).expect("a good picture");
        let analysis =
            pipeline.analyze_pictures(vec![Ok((decoded.into(), Duration::ZERO))]).remove(0).expect("decoded");
        let Presence::Face(face) = &analysis.presence else { panic!("{name}: no face") };
        assert_near(name, face, &references[&format!("faces/{name}.jpg")], SAME_PIXELS);
    }
}

fn assert_near(name: &str, face: &Face, reference: &Reference, allowed: Distance) {
    assert_eq!(face.seen, reference.detections.len(), "{name}: faces seen");
    // The learner is the larger face, which is the first in the only fixture with two.
    let ([width, height], lips) = (reference.size, lips());
    let (detection, mesh) = (&reference.detections[0], &reference.faces[0]);
    let far = |ours: [f32; 2], theirs: [f32; 2]| (ours[0] - theirs[0] * width).hypot(ours[1] - theirs[1] * height);
    let ([x, y, w, h], [their_x, their_y, their_w, their_h]) = (face.detection.bounds, detection.r#box);
    let corners = [([x, y], [their_x, their_y]), ([x + w, y + h], [their_x + their_w, their_y + their_h])];
    let keypoints = face.detection.keypoints.into_iter().zip(detection.keypoints.iter().copied());
    let ours = face.mesh.as_ref().expect("a full look");
    let landmarks = ours.landmarks.points.iter().zip(&mesh.landmarks);
    let [right, left] =
        [ours.measures.right_ear - mesh.ear.subject_right, ours.measures.left_ear - mesh.ear.subject_left];
    let found = Distance {
        bounds: corners.into_iter().chain(keypoints).map(|(ours, theirs)| far(ours, theirs)).fold(0.0, f32::max),
        landmark: landmarks
            .clone()
            .enumerate()
            .filter(|(index, _)| !lips.contains(index))
            .map(|(_, (ours, theirs))| far([ours[0], ours[1]], [theirs[0], theirs[1]]))
            .fold(0.0, f32::max),
        ear: right.abs().max(left.abs()),
    };
    println!("{name}: {found:?}");
    assert!(found.bounds < allowed.bounds && found.landmark < allowed.landmark, "{name}: {found:?}");
    assert!(found.ear < allowed.ear, "{name}: {found:?}");
    assert!((face.detection.score - detection.score).abs() < 0.01, "{name}: score");
    let depth = landmarks.map(|(ours, theirs)| (ours[2] - theirs[2] * width).abs()).fold(0.0, f32::max);
    assert!(depth < 1.5, "{name}: a landmark's depth is off by {depth} pixels");
}

/// What models/fit_eye_state.py's own code says of three fixtures: right eye, left eye, both.
#[test]
fn the_eye_state_is_what_was_fitted() {
    let mut pipeline = pipeline();
    for (name, expected, allowed) in [
        ("open_320x240", [0.00001, 0.00001, 0.00001], 0.001),
        ("half_closed_320x240", [0.00620, 0.01417, 0.00952], 0.005),
        ("closed_320x240", [0.98900, 0.83096, 0.95267], 0.03),
    ] {
        let analysis = full_look(&mut pipeline, &picture(&format!("faces/{name}.jpg"))).expect("a good picture");
        let Presence::Face(face) = &analysis.presence else { panic!("{name}: no face") };
        let found = [face.eyes.right, face.eyes.left, face.eyes.closed];
        let near = found.iter().zip(expected).all(|(found, expected): (&f32, f32)| (found - expected).abs() < allowed);
        assert!(near, "{name}: {found:?} instead of {expected:?}");
    }
}

#[test]
fn a_batch_says_the_same_as_its_frames_alone() {
    let mut pipeline = pipeline();
    let names = ["faces/open_320x240.jpg", "rooms/study.jpg", "bad/truncated_10.jpg", "faces/closed_640x480.jpg"];
    let jpegs: Vec<_> = names.iter().map(|name| picture(name)).collect();
    let frames: Vec<&[u8]> = jpegs.iter().map(Vec::as_slice).collect();
    let together = pipeline.analyze(&frames.iter().map(|jpeg| Frame::from(*jpeg)).collect::<Vec<_>>());
    for ((name, frame), batched) in names.iter().zip(&frames).zip(&together) {
        let alone = full_look(&mut pipeline, frame);
        match (batched, &alone) {
            (Err(a), Err(b)) => assert_eq!(a, b, "{name}"),
            (Ok(a), Ok(b)) => assert_alike(name, a, b),
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn assert_alike(name: &str, a: &Analysis, b: &Analysis) {
    match (&a.presence, &b.presence) {
        (Presence::Face(a), Presence::Face(b)) => {
            let [a, b] = [a, b].map(|face| &face.mesh.as_ref().expect("a full look").landmarks.points);
            for (a, b) in a.iter().zip(b) {
                assert!((a[0] - b[0]).abs() < 0.01 && (a[1] - b[1]).abs() < 0.01, "{name}");
            }
        }
        (a, b) => assert_eq!(a, b, "{name}"),
    }
    assert_eq!(a.size, b.size);
}
