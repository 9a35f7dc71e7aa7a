//! What follows from the evidence: the state, events, alerts.

use super::super::Millis;
use super::super::changes::{Change, Kind, Level, State};
use super::super::policy::Policy;
use super::super::tracker::{Run, Tracker};
use super::Attention;

/// What holds, since when, and how loud it is to be.
pub(super) type Condition = (Kind, Millis, Level);

impl Attention {
    /// Says what is new; absence is known up to `at`.
    pub(super) fn settle(&mut self, policy: &Policy, at: Millis, drowsy: Option<Condition>, changes: &mut Vec<Change>) {
        if self.absent.entered().is_some() {
            self.stop_others(policy, changes);
        }
        let (state, since) = self.judge(policy);
        self.enter(state, since, changes);
        for (kind, start, level) in self.levels(policy, at).into_iter().chain([drowsy]).flatten() {
            self.ledger.report(kind, start, level, self.now, changes);
        }
    }

    /// Ends what has not been heard of for long. An absence is not: it needs no frames to go on.
    pub(super) fn expire(&mut self, policy: &Policy, now: Millis, changes: &mut Vec<Change>) {
        let gap = self.rhythm(policy).end_gap;
        let held = self.absent.run().is_some_and(Run::is_held);
        let absent = if held { None } else { self.absent.expire(now, gap) };
        let ends = [
            (Kind::Absent, absent),
            (Kind::EyesClosed, self.eyes_closed.expire(now, gap)),
            (Kind::Slumped, self.slumped.expire(now, gap)),
            (Kind::LookingAway, self.looking_away.expire(now, gap)),
            (Kind::Yawning, self.yawning.expire(now, gap)),
        ];
        for (kind, end) in ends {
            end.into_iter().for_each(|end| self.close(policy, kind, end, changes));
        }
    }

    /// Ends everything.
    pub(super) fn stop_all(&mut self, policy: &Policy, changes: &mut Vec<Change>) {
        let held = self.absent.run().is_some_and(Run::is_held);
        if let Some(last) = self.absent.stop() {
            self.close(policy, Kind::Absent, if held { self.now } else { last }, changes);
        }
        self.stop_others(policy, changes);
    }

    /// Ends everything but absence.
    fn stop_others(&mut self, policy: &Policy, changes: &mut Vec<Change>) {
        let ends = [
            (Kind::EyesClosed, self.eyes_closed.stop()),
            (Kind::Slumped, self.slumped.stop()),
            (Kind::LookingAway, self.looking_away.stop()),
            (Kind::Yawning, self.yawning.stop()),
            (Kind::Drowsy, self.drowsy.stop(&policy.drowsy, self.now)),
        ];
        for (kind, end) in ends {
            end.into_iter().for_each(|end| self.close(policy, kind, end, changes));
        }
    }

    /// Closes a kind's event. After a closure that was told, drowsiness keeps quiet: the cause is the same.
    pub(super) fn close(&mut self, policy: &Policy, kind: Kind, end: Millis, changes: &mut Vec<Change>) {
        let told = self.ledger.peak(kind) >= Some(Level::PreAlarm);
        if told && matches!(kind, Kind::EyesClosed | Kind::Slumped) {
            self.drowsy.quiet(self.now.saturating_add(policy.drowsy.cooldown_ms));
        }
        self.ledger.close(kind, end, self.now, changes);
    }

    /// Takes on a state.
    pub(super) fn enter(&mut self, state: State, since: Millis, changes: &mut Vec<Change>) {
        if state != self.state {
            let (from, at) = (self.state, self.now);
            changes.push(Change::State { from, to: state, since: since.min(at), at });
            self.state = state;
        }
    }

    /// The state, by precedence, and since when.
    fn judge(&self, policy: &Policy) -> (State, Millis) {
        let onset = |tracker: &Tracker| tracker.entered().map(|run| run.onset);
        let gap = self.rhythm(policy).gap;
        let blind = self.heard.is_none_or(|heard| self.now.saturating_sub(heard) > gap);
        let conditions = [
            (State::Absent, onset(&self.absent)),
            (State::Unknown, blind.then_some(self.heard.unwrap_or(self.now))),
            (State::EyesClosed, onset(&self.eyes_closed)),
            (State::Slumped, onset(&self.slumped)),
            (State::Drowsy, self.drowsy.onset()),
            (State::LookingAway, onset(&self.looking_away)),
        ];
        let found = conditions.into_iter().find_map(|(state, since)| since.map(|since| (state, since)));
        // Somebody of whom no face has been seen yet is not called attentive.
        let otherwise = if self.face || self.state != State::Unknown { State::Attentive } else { State::Unknown };
        found.unwrap_or((otherwise, self.now))
    }

    /// How loud each condition is to be.
    fn levels(&self, policy: &Policy, at: Millis) -> [Option<Condition>; 5] {
        let limits = &policy.limits;
        let firm = |run: &Run| if run.is_firm(&policy.evidence) { run.elapsed() } else { 0 };
        let eyes_closed = self.eyes_closed.entered().map(|run| {
            let level = reached(firm(run), limits.eyes_closed_prealarm_ms, limits.eyes_closed_alarm_ms);
            (Kind::EyesClosed, run.onset, level)
        });
        let absent = self.absent.entered().map(|run| {
            let elapsed = if run.is_held() { at.saturating_sub(run.onset) } else { 0 };
            (Kind::Absent, run.onset, reached(elapsed, limits.absent_prealarm_ms, limits.absent_alarm_ms))
        });
        let slumped = self.slumped.entered().map(|run| {
            let level = reached(firm(run), limits.slumped_prealarm_ms, limits.slumped_alarm_ms);
            (Kind::Slumped, run.onset, self.hushed(run, level))
        });
        let looking_away = self.looking_away.entered().map(|run| {
            let level = if firm(run) >= limits.looking_away_cue_ms { Level::Cue } else { Level::Note };
            (Kind::LookingAway, run.onset, level)
        });
        let yawning = self.yawning.entered().map(|run| (Kind::Yawning, run.onset, Level::Note));
        [eyes_closed, absent, slumped, looking_away, yawning]
    }

    /// A head that is down, unseen, is mostly writing: the warning is a quiet cue unless the lids were seen closed.
    fn hushed(&self, run: &Run, level: Level) -> Level {
        let unseen = self.lids_ms.saturating_mul(2) < run.agreed_ms;
        if level == Level::PreAlarm && unseen { Level::Cue } else { level }
    }

    pub(super) fn assess_drowsiness(&mut self, policy: &Policy, at: Millis) -> Option<Condition> {
        // What is told as a closure need not be told as drowsiness in the same breath.
        let closed = [&self.eyes_closed, &self.slumped, &self.absent].iter().any(|it| it.entered().is_some());
        let level = if closed { None } else { self.drowsy.level(policy, self.is_fast(policy), at) };
        level.and_then(|level| self.drowsy.onset().map(|onset| (Kind::Drowsy, onset, level)))
    }

    /// Everything but absence.
    pub(super) fn others(&self) -> [&Tracker; 4] {
        [&self.eyes_closed, &self.slumped, &self.looking_away, &self.yawning]
    }

    /// When an absence, which needs no frames, is to be told.
    pub(super) fn absence_deadline(&self, policy: &Policy) -> Option<Millis> {
        let run = self.absent.entered().filter(|run| run.is_held())?;
        let peak = self.ledger.peak(Kind::Absent).unwrap_or(Level::Note);
        let limit = match peak {
            Level::Note | Level::Cue => policy.limits.absent_prealarm_ms,
            Level::PreAlarm => policy.limits.absent_alarm_ms,
            Level::Alarm => return None,
        };
        Some(run.onset.saturating_add(limit).max(self.arrived.saturating_add(policy.sampling.grace_ms)))
    }
}

fn reached(elapsed: u64, prealarm: u64, alarm: u64) -> Level {
    match elapsed {
        _ if elapsed >= alarm => Level::Alarm,
        _ if elapsed >= prealarm => Level::PreAlarm,
        _ => Level::Note,
    }
}
