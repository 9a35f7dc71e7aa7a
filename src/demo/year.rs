//! When a made-up learner watches: more on weekdays, and more tired late in the evening.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::random::Random;
use super::session::Plan;
use crate::store::{EndReason, SessionId, UtcMs};

const ENDS: [(EndReason, f64); 4] =
    [(EndReason::End, 0.88), (EndReason::Lost, 0.07), (EndReason::Restart, 0.03), (EndReason::Crash, 0.02)];

/// The sessions of the days before `now`, oldest first; `lengths` are the lectures' in minutes.
pub fn plans(days: u32, lengths: &[u64], zone: &TimeZone, now: UtcMs, random: &mut Random) -> Vec<Plan> {
    let today = Timestamp::from_millisecond(now.0).unwrap_or_default().to_zoned_datetime(zone.clone()).date();
    let mut plans = Vec::new();
    let mut lecture = 0;
    for back in (0..i64::from(days)).rev() {
        let Ok(day) = today.checked_sub(jiff::Span::new().days(back)) else { continue };
        let sessions = usize::from(random.chance(habit(day.weekday()))) + usize::from(random.chance(0.09));
        for _ in 0..sessions {
            let (hour, tired) = time_of_day(day.weekday(), random);
            let Some(started) = at(day, hour, zone, random) else { continue };
            let length = lengths.get(lecture).copied().unwrap_or(60);
            // Some lectures are given up, some are watched with breaks.
            let share = if random.chance(0.2) { 0.35 + random.share() * 0.5 } else { 1.0 + random.share() * 0.15 };
            let minutes = ((length as f64 * share) as u64).clamp(20, 180);
            let session = SessionId(Uuid::new_v8(random.bytes()));
            if started.plus_ms((minutes + 1) * 60_000) < now {
                let end = random.pick(&ENDS).copied().unwrap_or(EndReason::End);
                plans.push(Plan { session, lecture, started, minutes, tired, end });
            }
            lecture = next(lecture, lengths.len(), random);
        }
    }
    plans.sort_by_key(|plan| plan.started);
    // It is what is looked at first.
    if let Some(newest) = plans.last_mut() {
        newest.end = EndReason::End;
    }
    plans
}

/// How likely somebody watches on such a day.
fn habit(day: Weekday) -> f64 {
    match day {
        Weekday::Friday => 0.45,
        Weekday::Saturday => 0.3,
        Weekday::Sunday => 0.6,
        _ => 0.75,
    }
}

/// The hour, and how tired one is then.
fn time_of_day(day: Weekday, random: &mut Random) -> (i8, f64) {
    let late = if matches!(day, Weekday::Saturday | Weekday::Sunday) { 0.5 } else { 1.0 };
    let hours = [
        ((9, 0.08), 0.8),
        ((10, 0.05), 1.0),
        ((13, 0.32), 0.9),
        ((15, 0.18), 0.9),
        ((17, 0.15), 0.8),
        ((19, 0.25), 1.3 * late),
        ((21, 0.5), 1.6 * late),
        ((22, 0.75), 0.9 * late),
    ];
    random.pick(&hours).copied().unwrap_or((10, 0.05))
}

fn at(day: Date, hour: i8, zone: &TimeZone, random: &mut Random) -> Option<UtcMs> {
    let minute = i8::try_from(random.between(0, 59)).ok()?;
    let time = day.at(hour, minute, 0, 0).to_zoned_datetime(zone.clone()).ok()?;
    Some(UtcMs(time.timestamp().as_millisecond()))
}

/// Mostly on to the next one, at times to another course.
fn next(lecture: usize, lectures: usize, random: &mut Random) -> usize {
    let step = if random.chance(0.3) { random.between(1, 12) as usize } else { 1 };
    (lecture + step) % lectures.max(1)
}
