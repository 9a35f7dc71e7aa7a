//! What a connection does for the watch session that it holds.

use std::time::Instant;

use super::pacing::granted;
use super::{Actor, End};
use crate::auth::{Access, BadToken};
use crate::consent;
use crate::inference::Presence;
use crate::metrics::Refusal;
use crate::protocol::SUBPROTOCOL;
use crate::protocol::client::{Hello, LectureWords, Playback};
use crate::protocol::close::CloseReason;
use crate::protocol::server::{ErrorMessage, Notice, ServerMessage, Welcome};
use crate::session::diary::Diary;
use crate::session::playback::Mark;
use crate::session::quizzing::Quizzing;
use crate::session::registry::Lease;
use crate::session::retry_after;
use crate::session::sight::{preset, preset_word, state_word};
use crate::session::watch::Watch;
use crate::store::{Caller, EndReason, Lecture, UtcMs};

/// Capture times of no use in a row after which the client is told.
const BAD_CLOCK: u32 = 10;

const TOKEN_MISSING: &str = "say hello with a token first; POST /api/v1/guests makes a learner and gives one";
const NO_CONSENT: &str = "the learner has not agreed to the camera: GET /api/v1/consent shows the text, POST /api/v1/consent agrees \
    and gives a token for a new hello";
const TOO_MANY_SOCKETS: &str = "this learner has too many connections open; close some of them and come back later";
const SERVER_FULL: &str = "all that this server can look at are inside; come back later";
const BAD_LECTURE: &str = "hello's lecture.url must be an http or https address of at most 2048 characters";
const BAD_PLAYBACK: &str = "playback's position_s must be from 0 to 604800, its rate from 0 to 16";

impl Actor {
    /// Answers `hello`: a welcome for who has a good token, and a watch session that begins or goes on.
    pub(super) fn hello(&mut self, hello: &Hello) -> Result<(), End> {
        let lecture = match hello.lecture.as_ref().map(lecture) {
            Some(None) => return self.refuse(None, "bad_message", BAD_LECTURE.to_owned()),
            lecture => lecture.flatten(),
        };
        let client: String = hello.client.as_deref().unwrap_or("unnamed").chars().take(60).collect();
        tracing::debug!(?client, "hello");
        let Some(token) = hello.token.as_deref() else {
            return self.refuse(None, "token_missing", TOKEN_MISSING.to_owned());
        };
        match self.context.tokens.read_access(token, UtcMs::now()) {
            Ok(access) => {
                // Once for all hellos of this connection.
                self.seat = self.seat.take().or_else(|| self.context.seats.take(access.caller.learner()));
                if self.seat.is_none() {
                    return self.turn_away(Refusal::Learner, "too_many_sockets", TOO_MANY_SOCKETS);
                }
                self.returning = self.look_up(hello, &access, lecture.as_ref());
                if self.returning.is_some() { Ok(()) } else { self.enter(hello, &access, lecture, None) }
            }
            Err(bad) => self.refuse(None, bad.code(), bad.to_string()),
        }
    }

    /// There is no room for this connection: it is told when to come back.
    fn turn_away(&mut self, why: Refusal, code: &'static str, sentence: &str) -> Result<(), End> {
        self.context.metrics.refused(why);
        let later = u64::from(retry_after()) * 1000;
        self.refuse_later(code, sentence.to_owned(), Some(later))?;
        self.hang_up(CloseReason::Full);
        Ok(())
    }

    /// Welcomes; `left` is what another process left for this client.
    pub(super) fn enter(
        &mut self,
        hello: &Hello,
        access: &Access,
        lecture: Option<Lecture>,
        left: Option<Watch>,
    ) -> Result<(), End> {
        self.welcome(hello, access, lecture, left)?;
        // Signed out in this very moment: the watch session may have come too late to be ended with the others.
        if let Some(token) = hello.token.as_deref()
            && self.context.tokens.read_access(token, UtcMs::now()) == Err(BadToken::SignedOut)
        {
            self.lease.take().into_iter().for_each(Lease::end);
            return Err(End::Close(CloseReason::SignedOut));
        }
        self.errors_in_a_row = 0;
        Ok(())
    }

    fn welcome(
        &mut self,
        hello: &Hello,
        access: &Access,
        lecture: Option<Lecture>,
        left: Option<Watch>,
    ) -> Result<(), End> {
        self.consent = access.consent.as_deref() == Some(consent::VERSION);
        self.wording.landmarks = hello.landmarks;
        let now = Instant::now();
        let Some((lease, missed)) = self.watch(hello, access.caller, lecture, left, now) else {
            return self.turn_away(Refusal::Capacity, "server_full", SERVER_FULL);
        };
        let level = self.context.pace.level(now);
        let config = &self.context.config;
        let welcome = lease.with(|watch| {
            self.mailbox.count_from(watch.started());
            watch.resume(now);
            self.rate = granted(watch.wished_rate(), level, config);
            watch.ask(self.rate);
            Welcome {
                protocol: SUBPROTOCOL.into(),
                server: concat!("loa/", env!("CARGO_PKG_VERSION")).into(),
                session: watch.id.clone(),
                resume: lease.secret().to_owned(),
                learner: access.caller.learner().0.to_string(),
                consent: self.consent,
                recovered: hello.resume.as_ref().map(|_| missed.is_some()),
                missed: missed.unwrap_or_default(),
                now_ms: watch.age(now),
                state: state_word(watch.state()),
                preset: preset_word(watch.preset),
                rate: self.rate,
                limits: config.announced_limits(),
                heartbeat: config.heartbeat(),
                resume_within_ms: config.session.resume_ms,
            }
        });
        if let Some(welcome) = &welcome {
            tracing::Span::current().record("session", &welcome.session);
        }
        self.welcomed = true;
        self.lease = Some(lease);
        self.last_frame = now;
        self.short = level.is_finite();
        self.claim(now);
        // None: it was taken over in this very moment, and that will be said.
        welcome.map_or(Ok(()), |welcome| self.say(&ServerMessage::Welcome(welcome)))?;
        // Of a watch session that goes on.
        self.listen()?;
        self.show_open()
    }

    /// The watch session that the client asks for, with what it missed; else a new one, if there is room.
    fn watch(
        &self,
        hello: &Hello,
        caller: Caller,
        lecture: Option<Lecture>,
        left: Option<Watch>,
        now: Instant,
    ) -> Option<(Lease, Option<Vec<Notice>>)> {
        let watches = &self.context.watches;
        let token = || self.replaced.clone();
        let found = hello.resume.as_deref().and_then(|secret| match left {
            Some(left) => watches.adopt(left, secret, hello.last_n, token(), now),
            None => watches.resume(caller, secret, hello.last_n, token(), now),
        });
        if hello.resume.is_some() {
            self.context.metrics.resumed(found.is_some());
        }
        match found {
            Some((lease, missed)) => Some((lease, Some(missed))),
            None if self.admission.only_returning => None,
            None => {
                let preset = hello.preset.map_or(self.context.config.attention.preset, preset);
                let policy = self.context.policies.of(preset);
                let writer = self.context.writer.clone();
                let diary = Diary::new(caller, self.session, lecture, preset, writer, UtcMs::now());
                let quizzing = Quizzing::new(self.context.config.quiz.pause_ms);
                let watch = Watch::new(self.session.to_string(), preset, policy, diary, quizzing, now);
                Some((watches.open(watch, token()), None))
            }
        }
    }

    /// Nothing is done for who has not said hello.
    pub(super) fn refuse_stranger(&mut self) -> Result<(), End> {
        self.refuse(None, "token_missing", TOKEN_MISSING.to_owned())
    }

    /// Why no frame is looked at.
    pub(super) fn objection(&self) -> Option<(&'static str, &'static str)> {
        match (self.welcomed, self.consent) {
            (false, _) => Some(("token_missing", TOKEN_MISSING)),
            (true, false) => Some(("no_consent", NO_CONSENT)),
            (true, true) => None,
        }
    }

    /// The player says where the lecture is.
    pub(super) fn playback(&mut self, playback: &Playback) -> Result<(), End> {
        let speed = playback.rate.unwrap_or(1.0);
        let Some(mark) = Mark::new(playback.position_s, playback.playing, speed) else {
            return self.refuse(None, "bad_message", BAD_PLAYBACK.to_owned());
        };
        self.errors_in_a_row = 0;
        self.attend(|watch| {
            watch.play(mark, playback.duration_s, Instant::now());
            Vec::new()
        })
    }

    /// Why another took the watch session away.
    pub(super) fn why_replaced(&self) -> CloseReason {
        let signed_out = self.lease.as_ref().is_some_and(Lease::is_signed_out);
        if signed_out { CloseReason::SignedOut } else { CloseReason::Replaced }
    }

    /// What a frame shows; what it brings about is said at once.
    pub(super) fn observe(&mut self, captured_ms: u64, presence: &Presence, now: Instant) -> Result<(), End> {
        let metrics = self.context.metrics.clone();
        let mut obeyed = true;
        self.attend(|watch| {
            let former = watch.rejected();
            let told = watch.observe(captured_ms, presence, now);
            let rejected = watch.rejected().since(former);
            obeyed = rejected.iter().all(|(_, count)| *count == 0);
            metrics.rejected(rejected);
            told
        })?;
        self.rejected = if obeyed { 0 } else { self.rejected.saturating_add(1) };
        if self.rejected == BAD_CLOCK { self.tell_bad_clock() } else { Ok(()) }
    }

    /// A client whose capture times are of no use would never hear of it: its frames get verdicts all the same.
    fn tell_bad_clock(&mut self) -> Result<(), End> {
        let message = format!(
            "the last {BAD_CLOCK} capture times repeat, fall or lie in the future: send milliseconds of a clock that only \
             rises, or no header; attention does not go by these frames"
        );
        self.context.metrics.error("bad_clock");
        let code = "bad_clock".into();
        self.say(&ServerMessage::Error(ErrorMessage { seq: None, code, message, retry: false, retry_after_ms: None }))
    }

    /// Time passes without a frame.
    pub(super) fn let_time_pass(&mut self, now: Instant) -> Result<(), End> {
        self.attend(|watch| watch.tick(now))
    }

    /// The camera is on again.
    pub(super) fn unpause(&mut self) {
        self.paused = false;
        self.last_frame = Instant::now();
        self.claim(self.last_frame);
        if let Some(lease) = &self.lease {
            lease.with(|watch| watch.resume(Instant::now()));
        }
    }

    /// The learner is done: what is open ends, and nobody can go on with the watch session from now on.
    pub(super) fn end(&mut self) -> Result<(), End> {
        self.closing = self.closing.or(Some(CloseReason::Normal));
        self.attend(|watch| watch.end(EndReason::End, Instant::now()))?;
        if let Some(lease) = self.lease.take() {
            lease.end();
        }
        self.context.studio.session_ended();
        Ok(())
    }

    /// Works on the watch session, if there is one and it is ours, and tells what follows.
    pub(super) fn attend(&mut self, work: impl FnOnce(&mut Watch) -> Vec<ServerMessage>) -> Result<(), End> {
        let Some(lease) = &self.lease else { return Ok(()) };
        let told = lease.with(work).unwrap_or_default();
        self.context.metrics.alerts(&told);
        told.iter().try_for_each(|message| self.say(message))
    }
}

/// None when its address is none.
fn lecture(words: &LectureWords) -> Option<Lecture> {
    let lecture = Lecture::new(&words.url, words.course.as_deref(), words.title.as_deref())?;
    Some(lecture.lasting(words.duration_s))
}
