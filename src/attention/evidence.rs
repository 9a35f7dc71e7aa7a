//! What one frame says of each condition: the policy table's "enters" and "leaves".

use super::calibration::Reading;
use super::tracker::Evidence;
use super::tracker::Evidence::{Against, For, Neutral};

/// What a frame shows, read against what is usual for the learner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Look {
    /// A face, and whether its mouth is wide open.
    Face(Reading, bool),
    /// Somebody without a face.
    Person,
    /// Nobody.
    Nobody,
    /// No telling.
    Unknown,
}

/// A frame's word on each condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Votes {
    /// Eyes closed.
    pub eyes_closed: Evidence,
    /// Nobody in view.
    pub absent: Evidence,
    /// Slumped.
    pub slumped: Evidence,
    /// Looking away.
    pub looking_away: Evidence,
    /// Yawning.
    pub yawning: Evidence,
}

impl Votes {
    /// `asleep`: the eyes had been closed for a while before this frame. A head that sinks then goes on with that closure, rather than
    /// beginning a slump with its longer limits.
    pub fn of(look: &Look, asleep: bool) -> Self {
        let none =
            Self { eyes_closed: Neutral, absent: Against, slumped: Neutral, looking_away: Neutral, yawning: Neutral };
        match look {
            Look::Face(reading, wide) => face(reading, *wide, asleep),
            Look::Person if asleep => Self { eyes_closed: For, ..none },
            Look::Person => Self { slumped: For, ..none },
            Look::Nobody => Self { absent: For, ..none },
            Look::Unknown => Self { absent: Neutral, ..none },
        }
    }
}

fn face(reading: &Reading, wide: bool, asleep: bool) -> Votes {
    let Reading { closed, down, aside } = *reading;
    let sunk = closed && down;
    Votes {
        eyes_closed: if sunk && !asleep { Neutral } else { vote(closed) },
        absent: Against,
        slumped: if sunk && asleep { Neutral } else { vote(sunk) },
        looking_away: if closed { Neutral } else { vote(down || aside) },
        yawning: vote(wide),
    }
}

fn vote(holds: bool) -> Evidence {
    if holds { For } else { Against }
}
