//! Attention over time: observations of single frames in; states, alerts and events out.
//!
//! Pure: no images, no sockets, no clock of its own. Whoever owns an [`Attention`] passes the server's time in with every
//! call, sends the [`Change`]s on, and calls [`Attention::tick`] when [`Attention::next_deadline`] has come.
//!
//! A frame's way: [`timeline`] places it in the server's time (or drops it), [`calibration`] reads it against what is usual
//! for this learner, one [`tracker`] per condition gathers the evidence, [`drowsy`] keeps PERCLOS, and [`ledger`] numbers the
//! events and alerts that follow.

mod calibration;
mod changes;
mod drowsy;
mod engine;
mod evidence;
mod ledger;
mod observation;
mod perclos;
mod policy;
mod timeline;
mod tracker;
mod validate;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tests;

pub use changes::{Alert, Change, Event, Kind, Level, State};
pub use engine::Attention;
pub use observation::{FaceSight, Observation, Rejected, Sight};
pub use policy::{
    CalibrationPolicy, ClockPolicy, ConditionPolicy, DrowsyPolicy, EvidencePolicy, Limits, NotAllowed, Policy,
    PosePolicy, Preset, RatePolicy, SamplingPolicy, YawnPolicy,
};

/// Milliseconds of the server's monotonic clock since the watch session began.
pub type Millis = u64;

/// The last instant there is: 2^53 ms, as far as JSON's numbers are whole. Later ones count as this.
const LAST: Millis = 1 << 53;
