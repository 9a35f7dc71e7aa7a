//! The eyes of a face that is where it was: judged by the network alone, and by what the last full look said.
//!
//! While the network says what it said then, the outlines, which were not traced anew, are taken to be the same. When it says
//! something else, it must be sure by itself. Fitted and checked by models/fit_glance.py.

use super::EyeState;
use super::eyes::EyeModel;

/// Logits of network and outlines together, by the network's alone: on the labelled faces they correlate by 0.93.
const SLOPE: f32 = 1.64;
const BIAS: f32 = -0.95;
/// The network's logit has not changed while it is so near: webcam-like changes of a picture move it by 0.2 in the median, by
/// 0.7 in one of twenty.
const NEAR: f32 = 1.0;
const VERY_NEAR: f32 = 0.3;
/// Below this, eyes are open without a doubt. Changed eyes must be so sure; unchanged ones must not be in doubt.
pub const SURELY_OPEN: f32 = 0.05;
const OPEN: f32 = 0.3;
const SURELY_CLOSED: f32 = 0.95;

/// What a full look found, logits of right and left eye.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EyesBefore {
    /// The network's.
    pub network: [f32; 2],
    /// The outlines', by [`EyeModel::outlines`].
    pub outlines: [f32; 2],
}

impl EyesBefore {
    /// What the eyes are now that the network says this; none when it takes a full look to tell.
    pub fn judge(&self, model: &EyeModel, yaw: f32, network: [f32; 2]) -> Option<EyeState> {
        let change = model.seen(std::array::from_fn(|side| network[side] - self.network[side]), yaw);
        let before = model.both(self.network, self.outlines);
        let near = change.abs() <= NEAR;
        let now = std::array::from_fn(|side| match near {
            true => before[side] + SLOPE * (network[side] - self.network[side]),
            false => SLOPE * network[side] + BIAS,
        });
        let state = model.state(now, yaw);
        let open_below = if near { OPEN } else { SURELY_OPEN };
        let sure = state.closed < open_below || state.closed > SURELY_CLOSED || change.abs() <= VERY_NEAR;
        // A comparison with what is no number is false: then there is no judgement.
        (sure && state.closed.is_finite()).then_some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> EyeModel {
        EyeModel::parse(include_str!("../../models/eye_state.json")).expect("as fitted")
    }

    const OPEN_EYES: EyesBefore = EyesBefore { network: [-5.0; 2], outlines: [-6.0; 2] };

    #[test]
    fn what_has_not_changed_stays_as_it_was() {
        let doubtful = EyesBefore { network: [0.4; 2], outlines: [-0.2; 2] };
        for before in [OPEN_EYES, doubtful] {
            let full = model().judge(before.outlines, 0.0, before.network);
            assert_eq!(before.judge(&model(), 0.0, before.network), Some(full));
        }
        assert_eq!(doubtful.judge(&model(), 0.0, [1.0; 2]), None, "in doubt, and no longer the same");
    }

    #[test]
    fn eyes_that_close_are_seen_or_looked_at_again() {
        let closed = OPEN_EYES.judge(&model(), 0.0, [5.0; 2]).expect("sure enough");
        assert!(closed.closed > 0.95 && closed.left > 0.95, "{closed:?}");
        assert_eq!(OPEN_EYES.judge(&model(), 0.0, [0.5; 2]), None, "half closed takes a full look");
        assert_eq!(OPEN_EYES.judge(&model(), 0.0, [f32::NAN; 2]), None);
    }
}
