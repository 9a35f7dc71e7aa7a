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
    /// How long it has been kept; slower under load.
    age: Duration,
    /// The last frame's arrival.
    seen: Instant,
    /// Part of the time that it is good for.
    part: f32,
}

impl Recall {
    /// For a frame that arrived now: none when the full look is so long ago. While fewer frames are asked for than wished, it is good for
    /// as many frames as ever: what is calm ages `stretch` times as slowly. The age is added up from frame to frame, so that a load
    /// that falls makes no learner's look old at one stroke.
    pub fn at(&mut self, now: Instant, limit: Duration, stretch: f32) -> Option<Arc<Memory>> {
        let Kept { memory, age, seen, part } = self.0.as_mut()?;
        let time = now.saturating_duration_since(*seen);
        *seen = now.max(*seen);
        let (time, limit) =
            if memory.is_calm() { (time.div_f32(stretch.max(1.0)), limit) } else { (time, limit / UNLESS_CALM) };
        *age += time;
        (*age < limit.mul_f32(*part)).then(|| memory.clone())
    }

    /// How a frame was looked at that arrived at this time; `chance` is drawn from 0 to 1.
    pub fn keep(&mut self, look: &Look, arrived: Instant, chance: f32) {
        if let Look::Full(memory) = look {
            let part = 1.0 - if self.0.is_none() { FIRST_SPREAD } else { SPREAD } * chance;
            self.0 = memory.clone().map(|memory| Kept { memory, age: Duration::ZERO, seen: arrived, part });
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
        let after = |ms: u64| start + Duration::from_millis(ms);
        let kept = |look: &Look, chance| {
            let mut recall =
                Recall(Some(Kept { memory: memory(look), age: Duration::from_secs(60), seen: start, part: 1.0 }));
            recall.keep(look, start, chance);
            recall
        };
        assert_eq!(Recall::default().at(start, limit, 1.0), None);
        assert!(kept(&look, 0.0).at(after(9_000), limit, 1.0).is_some());
        assert_eq!(kept(&look, 0.0).at(after(10_000), limit, 1.0), None);
        assert_eq!(kept(&look, 0.0).at(start, Duration::ZERO, 1.0), None, "glances are off");

        let mut recall = kept(&look, 0.0);
        recall.keep(&Look::Glance, after(9_000), 0.0);
        assert_eq!(recall.at(after(10_000), limit, 1.0), None, "a glance does not renew it");
        recall.keep(&Look::Full(None), start, 0.0);
        assert_eq!(recall.at(start, limit, 1.0), None, "nothing to go by");

        let mut recall = kept(&look, 0.0);
        assert!(recall.at(after(19_000), limit, 2.0).is_some(), "half as many frames are asked for");
        assert!(recall.at(after(19_400), limit, 1.0).is_some(), "the load has just fallen");
        assert_eq!(recall.at(after(20_000), limit, 1.0), None, "and it ages as ever");

        assert!(kept(&closed, 0.0).at(after(2_000), limit, 1.0).is_some());
        assert_eq!(kept(&closed, 0.0).at(after(3_000), limit, 1.0), None, "closed eyes are looked at sooner");
        assert_eq!(kept(&closed, 0.0).at(after(3_000), limit, 4.0), None, "and under load as well");

        assert!(kept(&look, 1.0).at(after(6_900), limit, 1.0).is_some());
        assert_eq!(kept(&look, 1.0).at(after(7_100), limit, 1.0), None, "by chance sooner");
        let mut first = kept(&look, 0.0);
        first.forget();
        assert_eq!(first.at(start, limit, 1.0), None);
        first.keep(&look, start, 1.0);
        assert_eq!(first.at(after(2_100), limit, 1.0), None, "sooner still at first");
    }

    fn memory(look: &Look) -> Arc<Memory> {
        match look {
            Look::Full(Some(memory)) => memory.clone(),
            other => panic!("{other:?}"),
        }
    }
}
