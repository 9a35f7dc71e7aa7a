//! What the last full look at the learner left, for the frames after it: not for ever, and not for who wants more than a glance
//! gives.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::inference::{Look, Memory};

/// What a full look says that may lead to an alarm is good for this part of the time only: an alarm (15 s of closed eyes, 30 s of
/// absence) shall rest on several full looks.
const UNLESS_CALM: u32 = 4;

/// The time differs by up to this part from one full look to the next: learners who came together shall not all need one at the same
/// moment ever after.
const SPREAD: f32 = 0.3;
/// The first time by up to this one, as that is when a class has just come in.
const FIRST_SPREAD: f32 = 0.8;

/// One a connection.
#[derive(Debug, Default)]
pub struct Recall(Option<Kept>);

#[derive(Debug)]
struct Kept {
    memory: Arc<Memory>,
    since: Instant,
    /// Part of the time that it is good for.
    part: f32,
    /// As it was then: were it forgotten when the load falls, most full looks would be over at that moment.
    stretch: f32,
}

impl Recall {
    /// For a frame that arrived now: none when the full look is so long ago. While fewer frames are asked for than wished, now or then,
    /// it is good for as many frames as ever, that is `stretch` times as long.
    pub fn at(&self, now: Instant, limit: Duration, stretch: f32) -> Option<Arc<Memory>> {
        let Kept { memory, since, part, stretch: then } = self.0.as_ref()?;
        let limit = if memory.is_calm() { limit.mul_f32(stretch.max(*then)) } else { limit / UNLESS_CALM };
        (now.saturating_duration_since(*since) < limit.mul_f32(*part)).then(|| memory.clone())
    }

    /// How a frame was looked at that arrived at this time; `chance` is drawn from 0 to 1.
    pub fn keep(&mut self, look: &Look, arrived: Instant, chance: f32, stretch: f32) {
        if let Look::Full(memory) = look {
            let part = 1.0 - if self.0.is_none() { FIRST_SPREAD } else { SPREAD } * chance;
            self.0 = memory.clone().map(|memory| Kept { memory, since: arrived, part, stretch });
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
        assert_eq!(recall.at(start, limit, 1.0), None);
        recall.keep(&look, start, 0.0, 1.0);
        assert!(recall.at(start + Duration::from_secs(9), limit, 1.0).is_some());
        assert!(recall.at(start + Duration::from_secs(19), limit, 2.0).is_some(), "half as many frames are asked for");
        recall.keep(&Look::Glance, start + Duration::from_secs(9), 0.0, 1.0);
        assert_eq!(recall.at(start + limit, limit, 1.0), None);
        assert_eq!(recall.at(start, Duration::ZERO, 1.0), None, "glances are off");
        recall.keep(&Look::Full(None), start, 0.0, 1.0);
        assert_eq!(recall.at(start, limit, 1.0), None, "nothing to go by");
        recall.keep(&closed, start, 0.0, 1.0);
        assert!(recall.at(start + Duration::from_secs(2), limit, 1.0).is_some());
        let later = start + Duration::from_secs(3);
        assert_eq!(recall.at(later, limit, 1.0), None, "closed eyes are looked at sooner");
        assert_eq!(recall.at(later, limit, 4.0), None, "and under load as well");
        recall.keep(&look, start, 1.0, 1.0);
        assert!(recall.at(start + Duration::from_millis(6_900), limit, 1.0).is_some());
        assert_eq!(recall.at(start + Duration::from_millis(7_100), limit, 1.0), None, "by chance sooner");
        recall.forget();
        recall.keep(&look, start, 1.0, 1.0);
        assert_eq!(recall.at(start + Duration::from_millis(2_100), limit, 1.0), None, "sooner still at first");
        recall.forget();
        assert_eq!(recall.at(start, limit, 1.0), None);
        recall.keep(&look, start, 0.0, 2.0);
        assert!(recall.at(start + Duration::from_secs(19), limit, 1.0).is_some(), "the load has just fallen");
    }
}
