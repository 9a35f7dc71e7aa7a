//! What is usual for one learner: how open eyes read, and how the head is held.
//!
//! Medians over some minutes, from histograms that begin with a prior and halve when they are full: constant memory, and no
//! stretch of sleepy or averted frames can move them far. Only frames that may well show open eyes and a usual pose count,
//! and what is learnt is clamped, so whoever begins with closed eyes or looking aside does not become the norm.

use serde::{Deserialize, Serialize};

use super::observation::FaceSight;
use super::policy::{CalibrationPolicy, PosePolicy};

const BINS: usize = 16;
/// Probabilities nearer to 0 or 1 say no more than this.
const LEAST_PROBABILITY: f32 = 1e-3;

/// Where bins lie.
struct Scale {
    low: f32,
    width: f32,
}

/// -6 to 2 logits: 0.002 to 0.88.
const OPENNESS: Scale = Scale { low: -6.0, width: 0.5 };
/// -40 to 40 degrees.
const DEGREES: Scale = Scale { low: -40.0, width: 5.0 };

/// ms of frames per bin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Histogram([u32; BINS]);

impl Histogram {
    fn add(&mut self, scale: &Scale, value: f32, ms: u32, memory: u32) {
        let index = ((value - scale.low) / scale.width).clamp(0.0, BINS as f32 - 1.0) as usize;
        self.0[index] = self.0[index].saturating_add(ms);
        if self.0.iter().map(|&ms| u64::from(ms)).sum::<u64>() > u64::from(memory) {
            self.0.iter_mut().for_each(|ms| *ms /= 2);
        }
    }

    /// The median with what lies in `prior` added, interpolated within its bin.
    fn median(&self, scale: &Scale, prior: f32, prior_ms: u32) -> f32 {
        let mut bins = self.clone();
        bins.add(scale, prior, prior_ms, u32::MAX);
        let half = bins.0.iter().map(|&ms| f64::from(ms)).sum::<f64>() / 2.0;
        let mut below = 0.0;
        for (index, ms) in bins.0.iter().map(|&ms| f64::from(ms)).enumerate() {
            if below + ms >= half && ms > 0.0 {
                return scale.low + scale.width * (index as f32 + ((half - below) / ms) as f32);
            }
            below += ms;
        }
        prior
    }
}

/// One face, read against what is usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The lids are down.
    pub closed: bool,
    /// The head is well below its usual pose.
    pub down: bool,
    /// The head is turned well aside.
    pub aside: bool,
}

/// One learner's usual looks. Kept with the session only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calibration {
    open: Histogram,
    yaw: Histogram,
    pitch: Histogram,
    learnt_ms: u32,
}

impl Calibration {
    /// Takes a frame that stands for `ms` into account, if it is one to learn from.
    pub fn learn(&mut self, policy: &CalibrationPolicy, face: &FaceSight, ms: u64) {
        let ms = u32::try_from(ms).unwrap_or(u32::MAX).min(policy.memory_ms);
        let within = |degrees: f32| degrees.abs() <= policy.learn_within_deg;
        if logit(face.closed) >= logit(policy.learn_below) || !within(face.yaw) || !within(face.pitch) {
            return;
        }
        self.open.add(&OPENNESS, logit(face.closed), ms, policy.memory_ms);
        self.yaw.add(&DEGREES, face.yaw, ms, policy.memory_ms);
        self.pitch.add(&DEGREES, face.pitch, ms, policy.memory_ms);
        self.learnt_ms = self.learnt_ms.saturating_add(ms).min(policy.settled_ms);
    }

    /// Reads a face.
    pub fn read(&self, policy: &CalibrationPolicy, pose: &PosePolicy, face: &FaceSight) -> Reading {
        let usual = |bins: &Histogram| {
            bins.median(&DEGREES, 0.0, policy.prior_ms).clamp(-policy.pose_limit_deg, policy.pose_limit_deg)
        };
        let (yaw, pitch) = (face.yaw - usual(&self.yaw), face.pitch - usual(&self.pitch));
        // Lids sink with the gaze when the head is down: closed is then only what is surely closed.
        let lids = policy.lids_per_degree * pitch.clamp(0.0, policy.learn_within_deg);
        Reading {
            closed: logit(face.closed) >= (self.threshold(policy) + lids).min(logit(policy.highest_threshold)),
            down: pitch > pose.pitch_deg,
            aside: yaw.abs() > pose.yaw_deg,
        }
    }

    /// From which logit on this learner's eyes are closed.
    fn threshold(&self, policy: &CalibrationPolicy) -> f32 {
        let known = self.learnt_ms >= policy.settled_ms;
        let least = logit(if known { policy.closed_threshold } else { policy.first_threshold });
        let open = self.open.median(&OPENNESS, logit(policy.prior_open), policy.prior_ms);
        (open.min(logit(policy.highest_open)) + policy.margin).max(least)
    }
}

/// Log odds; clamped, so that every number has them.
fn logit(probability: f32) -> f32 {
    let bounded = probability.clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY);
    (bounded / (1.0 - bounded)).ln()
}

#[cfg(test)]
mod tests {
    use super::super::support::{face, policy};
    use super::*;

    fn learnt(seconds: usize, face_at: impl Fn(usize) -> FaceSight) -> Calibration {
        let mut calibration = Calibration::default();
        (0..seconds).for_each(|second| calibration.learn(&policy().calibration, &face_at(second), 1000));
        calibration
    }

    fn closed(calibration: &Calibration, probability: f32) -> bool {
        let sight = FaceSight { closed: probability, ..face() };
        calibration.read(&policy().calibration, &policy().pose, &sight).closed
    }

    #[test]
    fn narrow_eyes_are_learnt() {
        let narrow = learnt(90, |second| FaceSight { closed: 0.4 + 0.02 * (second % 11) as f32, ..face() });
        assert!(!closed(&narrow, 0.62) && closed(&narrow, 0.93));
        let wide = learnt(90, |_| face());
        assert!(closed(&wide, 0.55) && !closed(&wide, 0.45));
    }

    #[test]
    fn nobody_learns_from_closed_eyes() {
        let asleep = learnt(600, |_| FaceSight { closed: 0.95, ..face() });
        assert_eq!(asleep, Calibration::default());
        assert!(closed(&asleep, 0.8));
        let half_asleep = learnt(600, |second| FaceSight { closed: if second % 3 > 0 { 0.9 } else { 0.05 }, ..face() });
        assert!(closed(&half_asleep, 0.6));
    }

    #[test]
    fn a_learner_who_begins_looking_aside_is_read_rightly_afterwards() {
        let aside = learnt(60, |_| FaceSight { yaw: 30.0, pitch: -30.0, ..face() });
        let read = |yaw: f32, pitch: f32| {
            aside.read(&policy().calibration, &policy().pose, &FaceSight { yaw, pitch, ..face() })
        };
        assert!(!read(0.0, 0.0).aside && !read(0.0, 0.0).down && read(-20.0, 0.0).aside);
    }

    #[test]
    fn a_camera_at_an_angle_is_learnt() {
        let low = learnt(120, |_| FaceSight { pitch: 12.0, yaw: -10.0, ..face() });
        let read =
            |yaw: f32, pitch: f32| low.read(&policy().calibration, &policy().pose, &FaceSight { yaw, pitch, ..face() });
        assert!(!read(-28.0, 25.0).aside && !read(-10.0, 25.0).down && read(-36.0, 12.0).aside);
    }

    #[test]
    fn memory_fades() {
        let mut calibration = learnt(360, |_| FaceSight { closed: 0.5, ..face() });
        (0..600).for_each(|_| calibration.learn(&policy().calibration, &face(), 1000));
        assert!(closed(&calibration, 0.6));
    }
}
