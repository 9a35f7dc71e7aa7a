//! What a glance says against what a full look says of the same picture: pictures of one learner, moved and changed as from
//! one second to the next.

use std::sync::Arc;

use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, imageops};
use loa::inference::{Analysis, Face, Frame, Look, Memory, Pipeline, Presence};

use crate::reference::pipeline;
use crate::support::picture;

fn decoded(name: &str) -> RgbImage {
    image::load_from_memory(&picture(name)).expect("a good picture").into_rgb8()
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 80)).expect("encoding to memory");
    bytes
}

/// Everything that many pixels to the right and down.
fn shifted(picture: &RgbImage, right: i64, down: i64) -> RgbImage {
    let mut moved = picture.clone();
    imageops::replace(&mut moved, picture, right, down);
    moved
}

fn full_look(pipeline: &mut Pipeline, jpeg: &[u8]) -> Analysis {
    pipeline.analyze(&[Frame::from(jpeg)]).remove(0).expect("a good picture")
}

fn memory(analysis: &Analysis) -> Arc<Memory> {
    match &analysis.look {
        Look::Full(Some(memory)) => memory.clone(),
        other => panic!("nothing to remember: {other:?}"),
    }
}

fn next(pipeline: &mut Pipeline, memory: &Memory, jpeg: &[u8]) -> Analysis {
    pipeline.analyze(&[Frame { jpeg, memory: Some(memory) }]).remove(0).expect("a good picture")
}

fn face(analysis: &Analysis) -> &Face {
    match &analysis.presence {
        Presence::Face(face) => face,
        other => panic!("no face: {other:?}"),
    }
}

#[test]
fn a_learner_who_hardly_moves_gets_glances_that_say_what_full_looks_say() {
    let mut pipeline = pipeline();
    for name in
        ["open_320x240", "open_640x480", "closed_320x240", "half_closed_320x240", "yawn_320x240", "portrait_240x320"]
    {
        let before = decoded(&format!("faces/{name}.jpg"));
        let memory = memory(&full_look(&mut pipeline, &jpeg(&before)));
        let (mut glances, moves) = (0, [(0, 0), (1, -1), (3, 2), (-5, 1)]);
        for (right, down) in moves {
            let now = jpeg(&imageops::brighten(&shifted(&before, right, down), 6));
            let (quick, full) = (next(&mut pipeline, &memory, &now), full_look(&mut pipeline, &now));
            glances += usize::from(quick.look == Look::Glance);
            assert_near(name, face(&quick), face(&full));
            assert_eq!(quick.size, full.size);
        }
        assert!(glances + 1 >= moves.len(), "{name}: only {glances} of {} were glances", moves.len());
    }
}

fn assert_near(name: &str, quick: &Face, full: &Face) {
    let size = full.detection.bounds[2];
    let corners = quick.detection.bounds.iter().zip(&full.detection.bounds);
    corners
        .for_each(|(quick, full)| assert!((quick - full).abs() < 0.1 * size, "{name}: {quick} for {full} of {size}"));
    let (quick_pose, pose) = (quick.pose, full.pose);
    assert!(
        (quick_pose.yaw - pose.yaw).abs() < 5.0 && (quick_pose.pitch - pose.pitch).abs() < 6.0,
        "{name}: {quick_pose:?} for {pose:?}"
    );
    assert!((quick_pose.roll - pose.roll).abs() < 2.0, "{name}: {quick_pose:?} for {pose:?}");
    assert_eq!(quick.eyes.closed >= 0.5, full.eyes.closed >= 0.5, "{name}: {:?} for {:?}", quick.eyes, full.eyes);
    assert!((quick.eyes.closed - full.eyes.closed).abs() < 0.25, "{name}: {:?} for {:?}", quick.eyes, full.eyes);
    assert_eq!(quick.mouth_wide >= 0.5, full.mouth_wide >= 0.5, "{name}");
}

#[test]
fn what_changes_is_noticed() {
    let mut pipeline = pipeline();
    let open = jpeg(&decoded("faces/open_320x240.jpg"));
    let memory = memory(&full_look(&mut pipeline, &open));
    for (name, closed) in [("closed_320x240", true), ("half_closed_320x240", false), ("open_320x240", false)] {
        let analysis = next(&mut pipeline, &memory, &picture(&format!("faces/{name}.jpg")));
        assert_eq!(face(&analysis).eyes.closed >= 0.5, closed, "{name}: {:?}", face(&analysis).eyes);
    }
    let yawn = picture("faces/yawn_320x240.jpg");
    let (quick, full) = (next(&mut pipeline, &memory, &yawn), full_look(&mut pipeline, &yawn));
    assert_eq!(face(&quick).mouth_wide, face(&full).mouth_wide, "a mouth that opens takes a full look");
    for (name, what) in [
        ("rooms/study.jpg", "left"),
        ("faces/mirrored_320x240.jpg", "turned"),
        ("faces/open_640x480.jpg", "another size"),
    ] {
        let analysis = next(&mut pipeline, &memory, &picture(name));
        assert!(matches!(analysis.look, Look::Full(_)), "{what}: {:?}", analysis.presence);
    }
    let tilted = next(&mut pipeline, &memory, &picture("faces/roll_plus20_320x240.jpg"));
    let full = full_look(&mut pipeline, &picture("faces/roll_plus20_320x240.jpg"));
    assert!((face(&tilted).pose.roll - face(&full).pose.roll).abs() < 3.0, "{:?}", face(&tilted).pose);
}

#[test]
fn an_empty_chair_is_empty_until_somebody_comes() {
    let mut pipeline = pipeline();
    for name in ["study", "window", "evening"] {
        let room = decoded(&format!("rooms/{name}.jpg"));
        let analysis = full_look(&mut pipeline, &jpeg(&room));
        assert!(matches!(analysis.presence, Presence::Nobody(_)), "{name}: {:?}", analysis.presence);
        let memory = memory(&analysis);
        let still = next(&mut pipeline, &memory, &jpeg(&imageops::brighten(&room, 4)));
        assert_eq!((&still.look, &still.presence), (&Look::Glance, &analysis.presence), "{name}");
        let head = imageops::resize(&decoded("faces/portrait_240x320.jpg"), 60, 80, imageops::FilterType::Triangle);
        let mut someone = room.clone();
        imageops::replace(&mut someone, &head, 40, 90);
        let came = next(&mut pipeline, &memory, &jpeg(&someone));
        assert!(matches!(came.look, Look::Full(_)), "{name}: {:?}", came.presence);
    }
}

#[test]
fn a_batch_of_glances_and_full_looks_says_the_same_as_its_frames_alone() {
    let mut pipeline = pipeline();
    let open = jpeg(&decoded("faces/open_320x240.jpg"));
    let (memory, room) = (memory(&full_look(&mut pipeline, &open)), picture("rooms/study.jpg"));
    let memory = Some(&*memory);
    let frames = [
        Frame { jpeg: &open, memory },
        Frame { jpeg: b"no picture", memory },
        Frame { jpeg: &room, memory },
        Frame { jpeg: &open, memory: None },
    ];
    let together = pipeline.analyze(&frames);
    let said = |result: &Result<Analysis, _>| match result {
        Ok(analysis) => (Some(analysis.look == Look::Glance), matches!(analysis.presence, Presence::Face(_))),
        Err(loa::vision::FrameError::NotJpeg(_)) => (None, false),
        Err(other) => panic!("{other}"),
    };
    let expected = [(Some(true), true), (None, false), (Some(false), false), (Some(false), true)];
    assert_eq!(together.iter().map(said).collect::<Vec<_>>(), expected);
    for (frame, batched) in frames.into_iter().zip(&together) {
        assert_eq!(said(&pipeline.analyze(&[frame]).remove(0)), said(batched));
    }
}
