//! The pipeline against MediaPipe itself: tests/fixtures/reference.json was written by MediaPipe 0.10.21 on the fixtures.

use std::collections::BTreeMap;

use loa::inference::pipeline::SharedWeights;
use loa::inference::{Analysis, ModelFiles, OnnxRuntime, Pipeline, Presence};
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

/// Decoders differ by a level or two per pixel; the models turn that into fractions of a pixel.
const BOX_PIXELS: f32 = 0.5;
const LANDMARK_PIXELS: f32 = 1.0;
const EAR: f32 = 0.01;

fn pipeline() -> Pipeline {
    let config = config(&[]);
    let runtime = OnnxRuntime::load(&config.inference.onnxruntime).expect("make setup was run");
    let files = ModelFiles::read(&config.models.dir).expect("models");
    Pipeline::open(&runtime, &files, &SharedWeights::new(&runtime), config.pipeline()).expect("models open")
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
    let (mut pipeline, lips) = (pipeline(), lips());
    let mut worst = (0f32, 0f32, 0f32);
    for (name, reference) in references() {
        let jpeg = picture(&name);
        let analysis = pipeline.analyze(&[&jpeg]).remove(0).expect("a good picture");
        let Presence::Face(face) = &analysis.presence else {
            assert!(reference.faces.is_empty(), "{name}: MediaPipe sees a face");
            continue;
        };
        assert_eq!(face.seen, reference.detections.len(), "{name}: faces seen");
        // The learner is the larger face, which is the first in the only fixture with two.
        let [width, height] = reference.size;
        let (detection, expected) = (&reference.detections[0], &reference.faces[0]);
        let scale = [width, height, width, height];
        for (axis, scale) in scale.into_iter().enumerate() {
            worst.0 = worst.0.max((face.detection.bounds[axis] - detection.r#box[axis] * scale).abs());
        }
        for (ours, theirs) in face.detection.keypoints.iter().zip(&detection.keypoints) {
            worst.0 = worst.0.max((ours[0] - theirs[0] * width).abs()).max((ours[1] - theirs[1] * height).abs());
        }
        assert!((face.detection.score - detection.score).abs() < 0.01, "{name}: score");
        for (index, (ours, theirs)) in face.landmarks.points.iter().zip(&expected.landmarks).enumerate() {
            if !lips.contains(&index) {
                worst.1 = worst.1.max((ours[0] - theirs[0] * width).hypot(ours[1] - theirs[1] * height));
            }
            assert!((ours[2] - theirs[2] * width).abs() < 1.5, "{name}: depth of landmark {index}");
        }
        let ears = (face.measures.right_ear - expected.ear.subject_right).abs();
        worst.2 = worst.2.max(ears).max((face.measures.left_ear - expected.ear.subject_left).abs());
        assert!(worst.0 < BOX_PIXELS && worst.1 < LANDMARK_PIXELS && worst.2 < EAR, "{name}: {worst:?}");
    }
    println!("worst box {} px, worst landmark {} px, worst EAR {}", worst.0, worst.1, worst.2);
}

#[test]
fn a_batch_says_the_same_as_its_frames_alone() {
    let mut pipeline = pipeline();
    let names = ["faces/open_320x240.jpg", "rooms/study.jpg", "bad/truncated_10.jpg", "faces/closed_640x480.jpg"];
    let jpegs: Vec<_> = names.iter().map(|name| picture(name)).collect();
    let frames: Vec<&[u8]> = jpegs.iter().map(Vec::as_slice).collect();
    let together = pipeline.analyze(&frames);
    for ((name, frame), batched) in names.iter().zip(&frames).zip(&together) {
        let alone = pipeline.analyze(&[frame]).remove(0);
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
            for (a, b) in a.landmarks.points.iter().zip(&b.landmarks.points) {
                assert!((a[0] - b[0]).abs() < 0.01 && (a[1] - b[1]).abs() < 0.01, "{name}");
            }
        }
        (a, b) => assert_eq!(a, b, "{name}"),
    }
    assert_eq!(a.size, b.size);
}
