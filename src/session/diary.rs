//! What is kept of a watch session: written down as it happens, before the learner is told.

use uuid::Uuid;

use super::minutes::Minutes;
use super::playback::{Mark, Playback};
use crate::attention::{Event, Millis, Preset, State};
use crate::store::writer::{Closing, Opening, What, Write};
use crate::store::{AttentionEvent, Caller, EndReason, Lecture, MinuteTotals, NewAnswer, SessionId, UtcMs, Writer};

/// One watch session's. Nothing is written before the first frame was looked at or the first question asked: sockets that only say hello leave no trace.
pub struct Diary {
    caller: Caller,
    session: SessionId,
    writer: Writer,
    opening: Opening,
    written: bool,
    minutes: Minutes,
    playback: Playback,
    /// Open events by number, with where the lecture was at their onset.
    places: Vec<(u32, Option<f64>)>,
    /// Since when the client is away.
    away: Option<Millis>,
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
        Self {
            caller,
            session: SessionId(session),
            writer,
            opening: Opening { lecture, started: now, preset },
            written: false,
            minutes: Minutes::new(),
            playback: Playback::default(),
            places: Vec::new(),
            away: None,
        }
    }

    /// Whose it is.
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// What is watched.
    pub fn lecture(&self) -> Option<&Lecture> {
        self.opening.lecture.as_ref()
    }

    /// When it began.
    pub fn started(&self) -> UtcMs {
        self.opening.started
    }

    /// From now on it is written.
    pub fn open(&mut self) {
        if !self.written {
            self.written = true;
            self.write(What::Opened(self.opening.clone()));
        }
    }

    /// A frame was looked at.
    pub fn frame(&mut self, at: Millis) {
        self.open();
        self.pass(at);
        self.minutes.frame();
    }

    /// A quiz was answered.
    pub fn answer(&self, answer: NewAnswer) {
        self.write(What::Answer(answer));
    }

    /// Time passes; minutes that end by it are written. While the client is away none is counted.
    pub fn pass(&mut self, to: Millis) {
        if self.away.is_none() {
            let playback = &self.playback;
            let ended = self.minutes.pass(to, |at| playback.position(at));
            ended.into_iter().for_each(|totals| self.minute(totals));
        }
    }

    /// The learner is in another state, and has been since then.
    pub fn turn(&mut self, state: State, since: Millis) {
        if self.away.is_none()
            && let Some(changed) = self.minutes.turn(state, since)
        {
            self.minute(changed);
        }
    }

    /// An event opened, became louder or ended.
    pub fn event(&mut self, event: Event) {
        let place = self.places.iter().find(|(number, _)| *number == event.number).map(|(_, place)| *place);
        let lecture_seconds = place.unwrap_or_else(|| self.playback.position(event.start));
        match (place, event.end) {
            (None, None) => self.places.push((event.number, lecture_seconds)),
            (_, Some(_)) => self.places.retain(|(number, _)| *number != event.number),
            _ => {}
        }
        let started = self.opening.started;
        // What ends while the client is away is known until then.
        let end = event.end.map(|end| end.min(self.away.unwrap_or(end)).max(event.start));
        self.write(What::Event(AttentionEvent {
            number: event.number,
            kind: event.kind,
            started: started.plus_ms(event.start),
            ended: end.map(|end| started.plus_ms(end)),
            peak: event.peak,
            lecture_seconds,
        }));
        // A crash in this minute shall not take what led to it.
        self.minute(self.minutes.running());
    }

    /// The camera goes off.
    pub fn pause(&mut self, at: Millis) {
        self.pass(at);
        self.minutes.pause();
    }

    /// The camera is on again, or the client is back.
    pub fn resume(&mut self, at: Millis, state: State) {
        if self.away.take().is_some() {
            self.minutes.lose();
        }
        self.pass(at);
        self.minutes.resume(state);
    }

    /// The connection broke.
    pub fn leave(&mut self, at: Millis) {
        self.pass(at);
        self.away = Some(at);
        // If nobody comes back, this is all that is known of the last minute.
        self.minute(self.minutes.running());
    }

    /// The player says where the lecture is, and how long it is.
    pub fn play(&mut self, at: Millis, mark: Mark, duration: Option<f64>) {
        self.pass(at);
        self.playback.note(at, mark);
        self.minutes.locate(mark.position);
        let Some(lecture) = self.opening.lecture.take() else { return };
        let known = lecture.duration_seconds();
        let lecture = lecture.lasting(duration.or(known));
        let news = lecture.duration_seconds() != known;
        self.opening.lecture = Some(lecture);
        if news {
            self.write(What::Opened(self.opening.clone()));
        }
    }

    /// It is over; at the moment of the break if the client did not come back.
    pub fn close(&mut self, at: Millis, reason: EndReason) {
        self.pass(at);
        let end = self.away.unwrap_or(at);
        self.minute(self.minutes.running());
        let ended = self.opening.started.plus_ms(end);
        self.write(What::Closed(Closing { ended, reason, lecture_seconds: self.playback.played(end) }));
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
