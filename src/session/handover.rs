//! A watch session on its way into the server's next process: what is written at a shutdown and read when its client comes back there.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::diary::{Diary, Notes};
use super::notices::Notices;
use super::quizzing::{Asked, Quizzing};
use super::watch::{Parts, Policies, Watch};
use crate::attention::{Attention, Millis, Preset};
use crate::store::{Caller, UtcMs, Writer};

/// Bytes of JSON at most; with more questions than fit, a session begins anew. Twenty questions take some 20 KB, all else 6.
const LARGEST: usize = 256 * 1024;

/// All that is to be known to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    pub id: Uuid,
    pub preset: Preset,
    /// Its age then, ms.
    pub age: Millis,
    pub attention: Attention,
    pub notices: Notices,
    pub notes: Notes,
    pub asked: Asked,
}

impl Handover {
    /// None when it is too large.
    pub fn to_json(&self) -> Option<String> {
        serde_json::to_string(self).ok().filter(|json| json.len() <= LARGEST)
    }

    /// None when another version wrote it that is not understood.
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).inspect_err(|error| tracing::warn!(%error, "a watch session could not be read")).ok()
    }

    /// The watch session as it goes on at `now`, which is `wall` by the calendar: the time in between has passed for it.
    pub fn go_on(
        self,
        caller: Caller,
        policies: &Policies,
        writer: Writer,
        now: Instant,
        wall: UtcMs,
    ) -> Option<Watch> {
        let Self { id, preset, age, attention, notices, notes, asked } = self;
        // Clocks may differ from machine to machine; time does not run backwards.
        let passed = u64::try_from(wall.0.saturating_sub(notes.started().0)).unwrap_or(0);
        let started = now.checked_sub(Duration::from_millis(passed.max(age)))?;
        let diary = Diary::go_on(caller, id, notes, writer);
        let parts = Parts { attention, notices, diary, quizzing: Quizzing::go_on(asked) };
        Some(Watch::go_on(id.to_string(), preset, policies.of(preset), parts, started))
    }
}
