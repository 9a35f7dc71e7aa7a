//! How many frames a second a connection asks for and takes.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use governor::Quota;
use governor::clock::{Clock as _, DefaultClock};

use super::{Actor, End};
use crate::config::Config;
use crate::protocol::server::ServerMessage;

/// The wished frame rate is said anew when it changes by more than this part.
const RATE_STEP: f32 = 0.05;
/// While less is given than wished, how much is looked up at least so often: a client that sends a frame in four seconds would hear late
/// of the room that there is.
const LOOK_UP: Duration = Duration::from_secs(1);
/// Without a frame for so long, a camera counts as off: three times the interval at the lowest rate asked for, and a little.
const QUIET: Duration = Duration::from_secs(15);

/// Full looks are so many times as far apart as usual at the most.
pub(super) const LONGEST: f32 = 4.0;

impl Actor {
    /// Counts a message that came. After too many nothing is read for a while.
    pub(super) fn hear(&mut self, now: Instant) {
        self.last_heard = now;
        self.last_counted = counted(self.skipped.take_frames(), &self.context.config);
        let too_much = self.heard.check_n(self.last_counted).ok().and_then(Result::err);
        let wait = too_much.map(|until| until.wait_time_from(DefaultClock::default().now()));
        self.unheard_until = wait.map(|wait| now + wait);
    }

    /// Whether a frame is taken, and if so whether it was asked for. More than is announced never is, more than was asked for only
    /// while there is time.
    pub(super) fn pass(&mut self, now: Instant) -> Option<bool> {
        let announced = self.limiter.check().is_ok();
        let asked = announced && self.asked.take(self.rate, now);
        (announced && (asked || !self.short)).then_some(asked)
    }

    /// How old a frame may be: where the machine only lost a moment, a late verdict is worth more than none; where all have to wait,
    /// not.
    pub(super) fn max_age(&self) -> Duration {
        let config = &self.context.config;
        if self.context.pace.patient() { config.calm_max_age() } else { config.max_age() }
    }

    /// A frame waited so long. What nobody asked for waits on its own account: it shall not slow the others down.
    pub(super) fn note_wait(&self, wait: Duration, asked: bool, now: Instant) {
        if asked {
            self.context.pace.note(wait, now);
        }
    }

    /// Brings this connection's part of the demand up to date.
    pub(super) fn claim(&mut self, now: Instant) {
        let watching = self.consent && !self.paused && self.closing.is_none();
        let off = (self.welcomed && !watching) || now.saturating_duration_since(self.last_frame) > QUIET;
        if off {
            self.admission.claim.set(0.0);
        } else if self.welcomed {
            let most = self.context.config.limits.frames_per_second as f32;
            let wished = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.wished_rate()));
            self.admission.claim.set(wished.unwrap_or_default().min(most));
        }
    }

    /// Asks the client for another frame rate when the learner's state or the server's load want one.
    pub(super) fn ask_for_rate(&mut self, now: Instant) -> Result<(), End> {
        self.claim(now);
        self.rate_due = None;
        let wished = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.wished_rate()));
        let Some(wished) = wished.filter(|_| !self.paused && self.closing.is_none()) else { return Ok(()) };
        let wished = wished.min(self.context.config.limits.frames_per_second as f32);
        let level = self.context.pace.level(now);
        let rate = granted(wished, level, &self.context.config);
        self.stretch = (wished / rate).clamp(1.0, LONGEST);
        self.rate_due = (rate < wished).then(|| now + LOOK_UP);
        // Small steps of the load are not worth a message.
        let small = (rate - self.rate).abs() <= RATE_STEP * self.rate && rate < wished;
        self.short = level.is_finite();
        if small || rate == self.rate {
            return Ok(());
        }
        self.rate = rate;
        self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.ask(rate)));
        self.say(&ServerMessage::Rate { frames_per_second: rate })
    }
}

/// What is given of the wished rate, in hundredths of a frame a second; no more than is taken.
pub(super) fn granted(wished: f32, level: f32, config: &Config) -> f32 {
    let wished = wished.min(config.limits.frames_per_second as f32);
    (wished.min(level) * 100.0).round() / 100.0
}

/// Text messages that may come at once, in seconds of the allowed rate: those of a lecture's subtitles do.
const TEXT_BURST: u32 = 5;

/// The limit for text messages.
pub(super) fn texts(config: &Config) -> Quota {
    let rate = NonZeroU32::new(config.limits.texts_per_second).unwrap_or(NonZeroU32::MIN);
    Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(TEXT_BURST - 1)))
}

/// Messages of any kind, pings as well, that a connection is listened to: so many times the frames and texts that it may send. Who sends
/// more is read more slowly, and waits in the network's own buffers.
const HEARD: u32 = 10;

/// The limit for all messages.
pub(super) fn heard(config: &Config) -> Quota {
    let limits = &config.limits;
    let most = limits.frames_per_second.saturating_add(limits.texts_per_second).saturating_mul(HEARD);
    Quota::per_second(NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN))
}

/// WebSocket frames of a message that count as one: who cuts messages into more is read more slowly, too.
const FRAMES_A_MESSAGE: u64 = 64;

/// As how many messages one counts that came in so many frames: no more than may come at once.
fn counted(frames: u64, config: &Config) -> NonZeroU32 {
    let count = u32::try_from(frames.div_ceil(FRAMES_A_MESSAGE)).unwrap_or(u32::MAX);
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN).min(heard(config).burst_size())
}

/// Wishes for which the database is asked, a second, and how many may come at once.
const WISHES: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
const WISHES_BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// The limit for them.
pub(super) fn wishes() -> Quota {
    Quota::per_second(WISHES).allow_burst(WISHES_BURST)
}

/// The announced limit.
pub(super) fn announced(config: &Config) -> Quota {
    Quota::per_second(NonZeroU32::new(config.limits.frames_per_second).unwrap_or(NonZeroU32::MIN))
}
