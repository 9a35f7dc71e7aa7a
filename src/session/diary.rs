//! What is kept of a watch session: written down as it happens, before the learner is told.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::minutes::Minutes;
use super::playback::{Mark, Playback};
use crate::attention::{Event, Millis, Preset, State};
use crate::store::writer::{Closing, Leaving, Opening, What, Write};
use crate::store::{
    AttentionEvent, Caller, EndReason, Lecture, MinuteTotals, NewAnswer, SecretHash, SessionId, UtcMs, Writer,
};

/// One watch session's. Nothing is written before the first frame was looked at or the first question asked: sockets that only say hello leave no trace.
pub struct Diary {
    caller: Caller,
    session: SessionId,
    writer: Writer,
    written: bool,
    notes: Notes,
}

/// What it remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    opening: Opening,
    minutes: Minutes,
    playback: Playback,
    /// Open events by number, with where the lecture was at their onset.
    places: Vec<(u32, Option<f64>)>,
    /// Since when the client is away.
    away: Option<Millis>,
}

impl Notes {
    /// When it began.
    pub fn started(&self) -> UtcMs {
        self.opening.started
    }
}

impl Diary {
    /// Begins now. What the writer cannot take, it counts and reports.
    pub fn new(
        caller: Caller,
        session: Uuid,
        lecture: Option<Lecture>,
        preset: Preset,
        writer: Writer,
        now: UtcMs,
    ) -> Self {
        let notes = Notes {
            opening: Opening { lecture, started: now, preset },
            minutes: Minutes::new(),
            playback: Playback::default(),
            places: Vec::new(),
            away: None,
        };
        Self { caller, session: SessionId(session), writer, written: false, notes }
    }

    /// Goes on with what another process wrote.
    pub fn go_on(caller: Caller, session: Uuid, notes: Notes, writer: Writer) -> Self {
        Self { caller, session: SessionId(session), writer, written: true, notes }
    }

    /// Whose name it has.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// What it remembers.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// The server stops; another process may go on with `state`. The session ends, so that it has an end if none does.
    pub fn hand_over(&mut self, at: Millis, secret: SecretHash, state: String) {
        let left = self.started().plus_ms(self.notes.away.unwrap_or(at));
        self.write(What::Left(Leaving { secret, left, state }));
        self.close(at, EndReason::Restart);
    }

    /// Whose it is.
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// What is watched.
    pub fn lecture(&self) -> Option<&Lecture> {
        self.notes.opening.lecture.as_ref()
    }

    /// When it began.
    pub fn started(&self) -> UtcMs {
        self.notes.opening.started
    }

    /// From now on it is written.
    pub fn open(&mut self) {
        if !self.written {
            self.written = true;
            self.write(What::Opened(self.notes.opening.clone()));
        }
    }

    /// A frame was looked at.
    pub fn frame(&mut self, at: Millis) {
        self.open();
        self.pass(at);
        self.notes.minutes.frame();
    }

    /// A quiz was answered.
    pub fn answer(&self, answer: NewAnswer) {
        self.write(What::Answer(answer));
    }

    /// Time passes; minutes that end by it are written. While the client is away none is counted.
    pub fn pass(&mut self, to: Millis) {
        if self.notes.away.is_none() {
            let playback = &self.notes.playback;
            let ended = self.notes.minutes.pass(to, |at| playback.position(at));
            ended.into_iter().for_each(|totals| self.minute(totals));
        }
    }

    /// The learner is in another state, and has been since then.
    pub fn turn(&mut self, state: State, since: Millis) {
        if self.notes.away.is_none()
            && let Some(changed) = self.notes.minutes.turn(state, since)
        {
            self.minute(changed);
        }
    }

    /// An event opened, became louder or ended.
    pub fn event(&mut self, event: Event) {
        let place = self.notes.places.iter().find(|(number, _)| *number == event.number).map(|(_, place)| *place);
        let lecture_seconds = place.unwrap_or_else(|| self.notes.playback.position(event.start));
        match (place, event.end) {
            (None, None) => self.notes.places.push((event.number, lecture_seconds)),
            (_, Some(_)) => self.notes.places.retain(|(number, _)| *number != event.number),
            _ => {}
        }
        let started = self.notes.opening.started;
        // What ends while the client is away is known until then.
        let end = event.end.map(|end| end.min(self.notes.away.unwrap_or(end)).max(event.start));
        self.write(What::Event(AttentionEvent {
            number: event.number,
            kind: event.kind,
            started: started.plus_ms(event.start),
            ended: end.map(|end| started.plus_ms(end)),
            peak: event.peak,
            lecture_seconds,
        }));
        // A crash in this minute shall not take what led to it.
        self.minute(self.notes.minutes.running());
    }

    /// The camera goes off.
    pub fn pause(&mut self, at: Millis) {
        self.pass(at);
        self.notes.minutes.pause();
    }

    /// The camera is on again, or the client is back.
    pub fn resume(&mut self, at: Millis, state: State) {
        if self.notes.away.take().is_some() {
            self.notes.minutes.lose();
        }
        self.pass(at);
        self.notes.minutes.resume(state);
    }

    /// The connection broke.
    pub fn leave(&mut self, at: Millis) {
        if self.notes.away.is_some() {
            return;
        }
        self.pass(at);
        self.notes.away = Some(at);
        // If nobody comes back, this is all that is known of the last minute.
        self.minute(self.notes.minutes.running());
    }

    /// The player says where the lecture is, and how long it is.
    pub fn play(&mut self, at: Millis, mark: Mark, duration: Option<f64>) {
        self.pass(at);
        self.notes.playback.note(at, mark);
        self.notes.minutes.locate(mark.position);
        let Some(lecture) = self.notes.opening.lecture.take() else { return };
        let known = lecture.duration_seconds();
        let lecture = lecture.lasting(duration.or(known));
        let news = lecture.duration_seconds() != known;
        self.notes.opening.lecture = Some(lecture);
        if news {
            self.write(What::Opened(self.notes.opening.clone()));
        }
    }

    /// It is over; at the moment of the break if the client did not come back.
    pub fn close(&mut self, at: Millis, reason: EndReason) {
        self.pass(at);
        let end = self.notes.away.unwrap_or(at);
        self.minute(self.notes.minutes.running());
        let ended = self.notes.opening.started.plus_ms(end);
        self.write(What::Closed(Closing { ended, reason, lecture_seconds: self.notes.playback.played(end) }));
        self.written = false;
    }

    fn minute(&self, totals: MinuteTotals) {
        self.write(What::Minute(totals));
    }

    /// Dropped writes are counted and logged by the writer, and health tells of them.
    fn write(&self, what: What) {
        if self.written {
            let _ = self.writer.try_write(Write { caller: self.caller, session: self.session, what });
        }
    }
}
