//! What the last full look at the learner left, for the frames after it: not for ever, and not for who wants more than a glance
//! gives.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::inference::{Look, Memory};

/// What a full look says that may lead to an alarm is good for this part of the time only: an alarm (15 s of closed eyes, 30 s of
/// absence) shall rest on several full looks.
const UNLESS_CALM: u32 = 4;

/// One a connection.
#[derive(Debug, Default)]
pub struct Recall(Option<(Arc<Memory>, Instant)>);

impl Recall {
    /// For a frame that arrived now: none when the full look is so long ago.
    pub fn at(&self, now: Instant, limit: Duration) -> Option<Arc<Memory>> {
        let (memory, since) = self.0.as_ref()?;
        let limit = if memory.is_calm() { limit } else { limit / UNLESS_CALM };
        (now.saturating_duration_since(*since) < limit).then(|| memory.clone())
    }

    /// How a frame was looked at that arrived at this time.
    pub fn keep(&mut self, look: &Look, arrived: Instant) {
        if let Look::Full(memory) = look {
            self.0 = memory.clone().map(|memory| (memory, arrived));
        }
    }

    /// The camera is off.
    pub fn forget(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::pipeline::SharedWeights;
    use crate::inference::{Frame, ModelFiles, OnnxRuntime, Pipeline};

    #[test]
    fn a_full_look_is_good_for_a_while_and_glances_do_not_renew_it() {
        let config = crate::config::Config::load(None, &[]).expect("defaults");
        let runtime = OnnxRuntime::load("").expect("make setup was run");
        let files = ModelFiles::read(&config.models.dir).expect("models");
        let weights = SharedWeights::new(&runtime);
        let mut pipeline = Pipeline::open(&runtime, &files, &weights, config.pipeline()).expect("models open");
        let mut look_at = |jpeg: &[u8]| pipeline.analyze(&[Frame::from(jpeg)]).remove(0).expect("a good picture").look;
        let look = look_at(include_bytes!("../../tests/fixtures/faces/open_320x240.jpg"));
        let closed = look_at(include_bytes!("../../tests/fixtures/faces/closed_320x240.jpg"));

        let (start, limit) = (Instant::now(), Duration::from_secs(10));
        let mut recall = Recall::default();
        assert_eq!(recall.at(start, limit), None);
        recall.keep(&look, start);
        assert!(recall.at(start + Duration::from_secs(9), limit).is_some());
        recall.keep(&Look::Glance, start + Duration::from_secs(9));
        assert_eq!(recall.at(start + limit, limit), None);
        assert_eq!(recall.at(start, Duration::ZERO), None, "glances are off");
        recall.keep(&Look::Full(None), start);
        assert_eq!(recall.at(start, limit), None, "nothing to go by");
        recall.keep(&closed, start);
        assert!(recall.at(start + Duration::from_secs(2), limit).is_some());
        assert_eq!(recall.at(start + Duration::from_secs(3), limit), None, "closed eyes are looked at sooner");
        recall.keep(&look, start);
        recall.forget();
        assert_eq!(recall.at(start, limit), None);
    }
}
