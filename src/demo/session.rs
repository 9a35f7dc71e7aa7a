//! One made-up session: what happened in it, and its minutes.

use super::random::Random;
use crate::attention::{Kind, Level, Preset};
use crate::store::writer::{Closing, Opening, What, Write};
use crate::store::{AttentionEvent, Caller, EndReason, Lecture, MinuteTotals, SessionId, UtcMs};

const MINUTE_MS: u64 = 60_000;

/// When and how somebody watches.
#[derive(Debug, Clone)]
pub struct Plan {
    pub session: SessionId,
    /// The lecture's number.
    pub lecture: usize,
    pub started: UtcMs,
    pub minutes: u64,
    /// 0 wide awake, 1 hardly able to.
    pub tired: f64,
    /// Why it ends.
    pub end: EndReason,
}

/// A stretch of one state, in milliseconds of the session.
struct Lapse {
    kind: Kind,
    from_ms: u64,
    until_ms: u64,
}

impl Plan {
    /// All that is written of the session.
    pub fn writes(&self, caller: Caller, lecture: &Lecture, random: &mut Random) -> Vec<Write> {
        let paused = self.paused(random);
        let lapses = seen(self.lapses(random), &paused);
        let end = lecture.duration_seconds().unwrap_or(f64::INFINITY);
        let minutes = self.minutes(&lapses, &paused, end, random);
        let position = |at_ms: u64| minutes.get((at_ms / MINUTE_MS) as usize).and_then(|minute| minute.lecture_seconds);
        let events = lapses.iter().zip(1..).map(|(lapse, number)| AttentionEvent {
            number,
            kind: lapse.kind,
            started: self.started.plus_ms(lapse.from_ms),
            ended: Some(self.started.plus_ms(lapse.until_ms)),
            peak: peak(lapse, random),
            lecture_seconds: position(lapse.from_ms).map(|at| at + (lapse.from_ms % MINUTE_MS) as f64 / 1000.0),
        });
        let mut all = vec![What::Opened(Opening {
            lecture: Some(lecture.clone()),
            started: self.started,
            preset: Preset::Default,
        })];
        all.extend(events.map(What::Event));
        let played = minutes.last().and_then(|last| last.lecture_seconds).map(|at| (at + 60.0).min(end));
        all.extend(minutes.iter().copied().map(What::Minute));
        all.push(What::Closed(Closing {
            ended: self.started.plus_ms(self.minutes * MINUTE_MS),
            reason: self.end,
            lecture_seconds: played,
        }));
        all.into_iter().map(|what| Write { caller, session: self.session, what }).collect()
    }

    /// More of them the longer it lasts, and the more tired the learner is.
    fn lapses(&self, random: &mut Random) -> Vec<Lapse> {
        let mut lapses: Vec<Lapse> = Vec::new();
        let (mut at, end) = (random.between(60_000, 240_000), self.minutes * MINUTE_MS);
        while at < end {
            let fatigue = (self.tired + at as f64 / end as f64 * 0.25).min(1.0);
            let kinds = [
                (Kind::LookingAway, 0.5),
                (Kind::EyesClosed, 0.1 + fatigue),
                (Kind::Drowsy, fatigue * 0.7),
                (Kind::Absent, 0.22),
                (Kind::Slumped, fatigue * 0.3),
                (Kind::Yawning, 0.1 + fatigue * 0.5),
            ];
            let kind = random.pick(&kinds).copied().unwrap_or(Kind::LookingAway);
            let until_ms = (at + lasting(kind, fatigue, random)).min(end);
            lapses.push(Lapse { kind, from_ms: at, until_ms });
            let pause = 900_000.0 / (0.6 + 3.0 * fatigue);
            at = until_ms + 15_000 + (random.share() * 2.0 * pause) as u64;
        }
        lapses
    }

    /// Now and then the camera is off for some minutes.
    fn paused(&self, random: &mut Random) -> std::ops::Range<u64> {
        if self.minutes < 40 || !random.chance(0.15) {
            return 0..0;
        }
        let from = random.between(10, self.minutes - 20);
        from..from + random.between(2, 9)
    }

    fn minutes(
        &self,
        lapses: &[Lapse],
        paused: &std::ops::Range<u64>,
        end: f64,
        random: &mut Random,
    ) -> Vec<MinuteTotals> {
        let mut position = 0.0;
        let minute = |number: u64| {
            let mut totals = if paused.contains(&number) {
                MinuteTotals { paused_ms: 60_000, ..Default::default() }
            } else {
                watched(number * MINUTE_MS, lapses, random)
            };
            totals.minute = u32::try_from(number).unwrap_or(0);
            totals.lecture_seconds = Some(position);
            // Who leaves for long stops the lecture; at its end it stands still.
            position = if totals.absent_ms > 50_000 { position } else { (position + 60.0).min(end) };
            totals
        };
        (0..self.minutes).map(minute).collect()
    }
}

/// What the camera saw of them: a pause ends them, and what begins in it is not seen.
fn seen(lapses: Vec<Lapse>, paused: &std::ops::Range<u64>) -> Vec<Lapse> {
    let off = paused.start * MINUTE_MS..paused.end * MINUTE_MS;
    let cut = |lapse: Lapse| match lapse.from_ms < off.start {
        true => Lapse { until_ms: lapse.until_ms.min(off.start), ..lapse },
        false => Lapse { from_ms: lapse.from_ms.max(off.end), ..lapse },
    };
    let overlaps = |lapse: &Lapse| lapse.from_ms < off.end && lapse.until_ms > off.start;
    let cut = lapses.into_iter().map(|lapse| if overlaps(&lapse) { cut(lapse) } else { lapse });
    cut.filter(|lapse| lapse.until_ms > lapse.from_ms).collect()
}

/// A minute that the camera saw.
fn watched(from_ms: u64, lapses: &[Lapse], random: &mut Random) -> MinuteTotals {
    let mut totals = MinuteTotals { frames: 60, ..Default::default() };
    for lapse in lapses {
        let inside = lapse.until_ms.min(from_ms + MINUTE_MS).saturating_sub(lapse.from_ms.max(from_ms)) as u32;
        match lapse.kind {
            Kind::EyesClosed => totals.eyes_closed_ms += inside,
            Kind::Drowsy => totals.drowsy_ms += inside,
            Kind::Absent => totals.absent_ms += inside,
            Kind::Slumped => totals.slumped_ms += inside,
            Kind::LookingAway => totals.looking_away_ms += inside,
            // No state.
            Kind::Yawning => {}
        }
    }
    let lost = totals.eyes_closed_ms + totals.drowsy_ms + totals.absent_ms + totals.slumped_ms + totals.looking_away_ms;
    let left = 60_000_u32.saturating_sub(lost);
    totals.unknown_ms = if random.chance(0.12) { left.min(random.between(500, 9000) as u32) } else { 0 };
    totals.attentive_ms = left - totals.unknown_ms;
    totals
}

/// Milliseconds.
fn lasting(kind: Kind, fatigue: f64, random: &mut Random) -> u64 {
    let (least, most) = match kind {
        Kind::LookingAway => (3000, 25_000),
        Kind::EyesClosed => (3000, 9000 + (fatigue * 40_000.0) as u64),
        Kind::Drowsy => (30_000, 90_000 + (fatigue * 240_000.0) as u64),
        Kind::Absent => (5000, 400_000),
        Kind::Slumped => (8000, 60_000 + (fatigue * 200_000.0) as u64),
        Kind::Yawning => (2000, 6000),
    };
    random.between(least, most)
}

/// As the attention policy's defaults would have it (docs/attention.md).
fn peak(lapse: &Lapse, random: &mut Random) -> Level {
    let seconds = (lapse.until_ms - lapse.from_ms) / 1000;
    let (warning, alarm) = match lapse.kind {
        Kind::Yawning => return Level::Note,
        Kind::LookingAway => return if seconds >= 10 { Level::Cue } else { Level::Note },
        Kind::Drowsy => return if random.chance(0.4) { Level::Alarm } else { Level::PreAlarm },
        Kind::EyesClosed => (5, 15),
        Kind::Absent | Kind::Slumped => (10, 30),
    };
    match seconds {
        _ if seconds >= alarm => Level::Alarm,
        _ if seconds >= warning => Level::PreAlarm,
        _ => Level::Note,
    }
}
