//! What the models make of one frame.

use loa::attention::{FaceSight, Sight};

use super::learner::{Act, Learner, within};
use super::random::{Random, lasting};

/// Closed frames: 0.9 to 0.99 mostly.
const CLOSED_LOGIT: (f64, f64) = (3.4, 0.9);
/// Lids take so long to fall and to rise, ms.
const LID_MS: u64 = 50;

/// The frame of an instant.
pub fn sight(learner: &Learner, at: u64, random: &mut Random) -> Sight {
    let flicker = lasting(learner.seed ^ 1, at, 600);
    let span = learner.span(at);
    match (flicker, span.act) {
        // Blur, and detectors that fail for a moment: 0.5 % and 0.4 % of the time.
        (0.0..0.005, _) => Sight::Unknown,
        (0.005..0.009, act) if act != Act::Away => Sight::Person,
        (0.009..0.011, act) if act != Act::Away => Sight::Nobody,
        (0.011..0.025, Act::Away) => Sight::Person,
        (_, Act::Away) if at - span.start < 700 || span.end - at < 700 => Sight::Person,
        (_, Act::Away) => Sight::Nobody,
        (_, Act::Write) => writing(learner, at, random),
        (_, Act::Sleep { sinks_after }) => asleep(learner, at - span.start, sinks_after, at, random),
        (_, Act::Turn(degrees)) if degrees.abs() > 38.0 && lasting(learner.seed ^ 2, at, 2000) < 0.4 => Sight::Person,
        (_, act) => Sight::Face(awake(learner, act, at, (at - span.start) * 100 / (span.end - span.start), random)),
    }
}

fn awake(learner: &Learner, act: Act, at: u64, percent: u64, random: &mut Random) -> FaceSight {
    let shut = matches!(act, Act::Yawn { shut: true }) && (25..75).contains(&percent);
    let mut face = looks(learner, shut, at, random);
    match act {
        Act::Turn(degrees) => face.yaw += degrees,
        Act::Yawn { .. } if (10..95).contains(&percent) => face.mouth_wide = random.between(0.6, 0.98) as f32,
        // Open vowels, now and then for a second.
        Act::Talk if lasting(learner.seed ^ 3, at, 300) < 0.2 => face.mouth_wide = random.between(0.3, 0.8) as f32,
        _ => {}
    }
    face
}

/// Head down: a face with low lids, no face, or no telling, some seconds each.
fn writing(learner: &Learner, at: u64, random: &mut Random) -> Sight {
    match lasting(learner.seed ^ 4, at, 1700) {
        0.0..0.35 => {
            let mut face = looks(learner, false, at, random);
            face.pitch += 20.0 + 18.0 * lasting(learner.seed ^ 5, at, 1700) as f32;
            face.closed =
                (0.2 + 0.72 * lasting(learner.seed ^ 6, at, 1700) + 0.05 * random.normal()).clamp(0.01, 0.99) as f32;
            Sight::Face(face)
        }
        0.35..0.8 => Sight::Person,
        _ => Sight::Unknown,
    }
}

fn asleep(learner: &Learner, since: u64, sinks_after: Option<u64>, at: u64, random: &mut Random) -> Sight {
    let mut face = looks(learner, true, at, random);
    let sunk = sinks_after.map_or(0, |after| since.saturating_sub(after)) as f32 / 1000.0;
    // Down by 5 degrees a second, to 35.
    face.pitch += (5.0 * sunk).min(35.0);
    if sunk > 5.0 && lasting(learner.seed ^ 7, at, 2500) < 0.35 { Sight::Person } else { Sight::Face(face) }
}

/// A face as it is usually held, with eyes that blink or are shut.
fn looks(learner: &Learner, shut: bool, at: u64, random: &mut Random) -> FaceSight {
    let missed = within(&learner.misses, at).is_some();
    let dazzled = within(&learner.glare, at).is_some();
    let open = (learner.profile.open_logit, if learner.profile.open_logit > -1.0 { 0.3 } else { 0.9 });
    let blink = within(&learner.blinks, at);
    let (mean, deviation) = match blink {
        _ if shut => {
            if missed {
                open
            } else {
                CLOSED_LOGIT
            }
        }
        _ if dazzled => (2.0, 1.0),
        Some((start, end)) if at < start + LID_MS || at + LID_MS >= end => (0.5, 1.5),
        Some(_) => CLOSED_LOGIT,
        None => open,
    };
    let wander = |salt: u64| 12.0 * (lasting(learner.seed ^ salt, at, 4000) - 0.5);
    let logit = mean + deviation * random.normal();
    FaceSight {
        closed: (1.0 / (1.0 + (-logit).exp())) as f32,
        mouth_wide: random.between(0.0, 0.1) as f32,
        yaw: learner.pose.0 + (wander(8) + 1.5 * random.normal()) as f32,
        pitch: learner.pose.1 + (wander(9) + 1.5 * random.normal()) as f32,
        roll: (3.0 * random.normal()) as f32,
    }
}
