//! How many learners there are in the course of a run.

use clap::ValueEnum;

/// The shape of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// All come before it begins, and stay.
    Constant,
    /// From --from to --sockets, evenly.
    Ramp,
    /// From --from to --sockets in five steps.
    Step,
    /// --sockets in the middle third, --from before and after.
    Spike,
    /// As constant, for hours: what counts is how the server's memory grows.
    Soak,
    /// As constant; at half time all connections break at once and come back.
    Storm,
}

/// Steps of a stair.
const STEPS: f64 = 5.0;

impl Profile {
    /// Whether all learners come before frames are sent.
    pub fn gathers(self) -> bool {
        matches!(self, Self::Constant | Self::Soak | Self::Storm)
    }

    /// How many learners there are to be after that share (0..1) of the run.
    pub fn learners(self, share: f64, from: usize, most: usize) -> usize {
        let between = |part: f64| (from as f64 + (most as f64 - from as f64) * part).round() as usize;
        match self {
            Self::Constant | Self::Soak | Self::Storm => most,
            Self::Ramp => between(share.clamp(0.0, 1.0)),
            Self::Step => between((share * STEPS).floor().clamp(0.0, STEPS - 1.0) / (STEPS - 1.0)),
            Self::Spike => between(if (1.0..2.0).contains(&(share * 3.0)) { 1.0 } else { 0.0 }),
        }
    }

    /// After which share of the run all connections break.
    pub fn breaks_at(self) -> Option<f64> {
        (self == Self::Storm).then_some(0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(profile: Profile) -> Vec<usize> {
        [0.0, 0.1, 0.25, 0.4, 0.5, 0.7, 0.9, 1.0].map(|share| profile.learners(share, 20, 100)).to_vec()
    }

    #[test]
    fn profiles_have_their_shapes() {
        assert_eq!(course(Profile::Ramp), [20, 28, 40, 52, 60, 76, 92, 100]);
        assert_eq!(course(Profile::Step), [20, 20, 40, 60, 60, 80, 100, 100]);
        assert_eq!(course(Profile::Spike), [20, 20, 20, 100, 100, 20, 20, 20]);
        assert_eq!(course(Profile::Storm), [100; 8]);
        assert!(Profile::Storm.gathers() && !Profile::Spike.gathers());
        assert_eq!((Profile::Storm.breaks_at(), Profile::Soak.breaks_at()), (Some(0.5), None));
    }
}
