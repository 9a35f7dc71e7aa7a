//! An analysis in the words of the protocol.

use std::time::Duration;

use crate::inference::{Analysis, Face, Look, Mesh, Presence, Reason};
use crate::protocol::server::{
    Chosen, EyeRatios, Eyes, FaceBox, Head, LookWord, Mouth, PictureQuality, PresenceWord, ReasonWord, Times, Verdict,
};
use crate::vision::quality::Unusable;

/// What only the session knows of a frame.
#[derive(Debug, Clone, Copy)]
pub struct FrameFacts {
    /// The client's number.
    pub seq: u32,
    /// The client's time.
    pub captured_ms: u64,
    /// From arrival to the start of its batch.
    pub wait: Duration,
    /// From arrival to now.
    pub total: Duration,
    /// Frames in its batch.
    pub batch: usize,
}

/// How to say it.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// Eyes are closed at or above this.
    pub closed_threshold: f32,
    /// Whether to list the points.
    pub landmarks: bool,
}

/// Says what a frame shows.
pub fn verdict(analysis: &Analysis, facts: &FrameFacts, wording: Wording) -> Verdict {
    let (presence, reason) = match &analysis.presence {
        Presence::Face(_) => (PresenceWord::Face, None),
        Presence::Person(_) => (PresenceWord::Person, None),
        Presence::Nobody(_) => (PresenceWord::Nobody, None),
        Presence::Unknown(reason) => (PresenceWord::Unknown, Some(reason_word(*reason))),
    };
    let face = match &analysis.presence {
        Presence::Face(face) => Some(face.as_ref()),
        _ => None,
    };
    let closed = face.map(|face| face.eyes.closed);
    let mesh = face.and_then(|face| face.mesh.as_ref());
    Verdict {
        seq: facts.seq,
        captured_ms: facts.captured_ms,
        presence,
        reason,
        confidence: match &analysis.presence {
            Presence::Face(face) => Some(round(face.flag, 3)),
            Presence::Person(probability) | Presence::Nobody(probability) => Some(round(*probability, 3)),
            Presence::Unknown(_) => None,
        },
        eyes: match closed {
            Some(closed) if closed >= wording.closed_threshold => Eyes::Closed,
            Some(_) => Eyes::Open,
            None => Eyes::Unknown,
        },
        closed: closed.map(|value| round(value, 3)),
        face: face.map(|face| face_box(face, analysis.size)),
        eye: face.map(|face| EyeRatios {
            left_ear: face.measure(|it| it.left_ear).map(|value| round(value, 3)),
            right_ear: face.measure(|it| it.right_ear).map(|value| round(value, 3)),
            left_closed: round(face.eyes.left, 3),
            right_closed: round(face.eyes.right, 3),
        }),
        mouth: face.map(|face| Mouth {
            wide: round(face.mouth_wide, 3),
            open: face.measure(|it| it.mouth_open).map(|value| round(value, 3)),
        }),
        head: face.map(|face| Head {
            yaw: round(face.pose.yaw, 1),
            pitch: round(face.pose.pitch, 1),
            roll: round(face.pose.roll, 1),
        }),
        quality: PictureQuality {
            brightness: round(analysis.quality.brightness, 3),
            contrast: round(analysis.quality.contrast, 3),
            sharpness: round(analysis.quality.sharpness, 3),
        },
        landmarks: mesh.filter(|_| wording.landmarks).map(|mesh| points(mesh, analysis.size)),
        ms: times(analysis, facts),
        batch: facts.batch,
        look: match analysis.look {
            Look::Full(_) => LookWord::Full,
            Look::Glance => LookWord::Glance,
        },
    }
}

fn reason_word(reason: Reason) -> ReasonWord {
    match reason {
        Reason::Unsure => ReasonWord::Unsure,
        Reason::Picture(Unusable::Dark) => ReasonWord::Dark,
        Reason::Picture(Unusable::Bright) => ReasonWord::Bright,
        Reason::Picture(Unusable::Flat) => ReasonWord::Flat,
        Reason::Picture(Unusable::Blurred) => ReasonWord::Blurred,
    }
}

fn face_box(face: &Face, (width, height): (usize, usize)) -> FaceBox {
    let [x, y, w, h] = face.detection.bounds;
    let (width, height) = (width as f32, height as f32);
    FaceBox {
        r#box: [x / width, y / height, w / width, h / height].map(|share| round(share, 4)),
        score: round(face.detection.score, 3),
        flag: round(face.flag, 3),
        seen: face.seen,
        chosen: if face.seen > 1 { Chosen::LargestCentral } else { Chosen::Only },
    }
}

fn points(mesh: &Mesh, (width, height): (usize, usize)) -> Vec<i32> {
    let share = |value: f32, whole: usize| (value / whole as f32 * 10_000.0).round() as i32;
    mesh.landmarks.points.iter().flat_map(|point| [share(point[0], width), share(point[1], height)]).collect()
}

fn times(analysis: &Analysis, facts: &FrameFacts) -> Times {
    let ms = |time: Duration| round(time.as_secs_f32() * 1000.0, 2);
    Times {
        wait: ms(facts.wait),
        decode: ms(analysis.times.decode),
        detect: ms(analysis.times.detect),
        landmarks: ms(analysis.times.landmarks),
        total: ms(facts.total),
    }
}

/// Short numbers: a verdict is sent for every frame.
fn round(value: f32, digits: i32) -> f32 {
    let factor = 10f32.powi(digits);
    (value * factor).round() / factor
}
