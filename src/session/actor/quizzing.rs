//! What a connection does for the quizzes of the watch session that it holds.

use std::time::Instant;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use uuid::Uuid;

use super::{Actor, End};
use crate::protocol::quiz::{
    AnswerWords, DroppedWords, Generate, ProgressWord, QuizProgress, QuizSets, SetWords, TranscriptPiece,
};
use crate::protocol::server::ServerMessage;
use crate::quiz::play::Refusal;
use crate::session::quizzing::{self, Full, source_word};
use crate::store::{QuizSetId, SetSummary};
use crate::studio::{JobState, News, Refused, Snapshot, Who};

/// Places that are told of in one go; there is something else to tell as well.
const ITEMS_AT_ONCE: usize = 4;
/// Bytes of a chosen reason that is told for what was dropped.
const DROPPED_TOLD: usize = 50;

const NO_LECTURE: &str = "hello named no lecture, and questions belong to one: say lecture.url in hello";
const NO_TRANSCRIPT: &str =
    "there are no subtitles: send them by transcript first (what was sent is forgotten when its set is complete)";
const TRANSCRIPT_BUSY: &str = "this server holds too many transcripts now; try again in a minute";
const ONE_AT_A_TIME: &str = "one wish about sets at a time, and two a second: wait for the last one's answer";

/// What came of a wish that took a while.
pub(super) enum Fulfilled {
    /// This set is in use from now on.
    Set(News),
    /// All of the lecture's.
    Sets(Vec<SetSummary>),
}

/// A wish that takes a while.
pub(super) type Wish = BoxFuture<'static, Result<Fulfilled, Refused>>;

/// What a connection has told of the set in use.
#[derive(Default)]
pub(super) struct Desk {
    /// In work; one at a time.
    pub(super) wish: Option<Wish>,
    /// Of the set in use, while more may come.
    pub(super) news: Option<News>,
    /// Places told.
    items: usize,
    /// Whether there is more to tell.
    pub(super) behind: bool,
    /// Told last.
    progress: Option<QuizProgress>,
}

impl Actor {
    /// More subtitles.
    pub(super) fn transcript(&mut self, piece: TranscriptPiece) -> Result<(), End> {
        if !self.welcomed {
            return self.refuse_stranger();
        }
        let (most, studio) = (self.context.config.quiz.transcript_bytes, self.context.studio.clone());
        let from = self.from;
        let taken = self.lease.as_ref().and_then(|lease| {
            lease.with(|watch| {
                let who = Who { caller: watch.caller(), address: from };
                watch.quizzing().add_cues(piece.cues, most, &studio, who)
            })
        });
        match taken {
            Some(Err(Full::Mine)) => {
                let sentence =
                    format!("a session's transcript may have {most} bytes; what came before this piece is kept");
                self.refuse(None, "transcript_too_large", sentence)
            }
            Some(Err(Full::All)) => self.refuse_later("transcript_busy", TRANSCRIPT_BUSY.to_owned(), Some(60_000)),
            _ => self.fine(),
        }
    }

    /// Questions of what was sent.
    pub(super) fn quiz_generate(&mut self, wish: &Generate) -> Result<(), End> {
        if self.desk.wish.is_some() {
            return self.one_at_a_time();
        }
        let cues = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.quizzing().cues()));
        let source = wish.source.map(quizzing::source);
        let from = self.from;
        let caller = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.caller()));
        match (cues, caller) {
            (Some(cues), _) if cues.is_empty() => self.refuse(None, "transcript_missing", NO_TRANSCRIPT.to_owned()),
            (Some(cues), Some(caller)) => self.wish(|studio, lecture| {
                async move {
                        studio.make(Who { caller, address: from }, lecture, cues, source).await.map(Fulfilled::Set)
                    }
                    .boxed()
            }),
            _ => self.refuse_stranger(),
        }
    }

    /// The lecture's sets.
    pub(super) fn quiz_sets(&mut self) -> Result<(), End> {
        let Some(caller) = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.caller())) else {
            return self.refuse_stranger();
        };
        self.wish(|studio, lecture| async move { studio.sets(caller, &lecture).await.map(Fulfilled::Sets) }.boxed())
    }

    /// Another set.
    pub(super) fn quiz_use(&mut self, set: Uuid) -> Result<(), End> {
        if !self.welcomed {
            return self.refuse_stranger();
        }
        self.wish(move |studio, lecture| {
            async move { studio.load(&lecture, QuizSetId(set)).await.map(Fulfilled::Set) }.boxed()
        })
    }

    fn wish(&mut self, begin: impl FnOnce(crate::studio::Studio, crate::store::Lecture) -> Wish) -> Result<(), End> {
        let lecture = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.lecture().cloned())).flatten();
        let Some(lecture) = lecture else {
            return self.refuse(None, "no_lecture", NO_LECTURE.to_owned());
        };
        if self.desk.wish.is_some() || self.wishes.check().is_err() {
            return self.one_at_a_time();
        }
        self.desk.wish = Some(begin(self.context.studio.clone(), lecture));
        self.fine()
    }

    fn one_at_a_time(&mut self) -> Result<(), End> {
        self.refuse_later("quiz_busy", ONE_AT_A_TIME.to_owned(), Some(1_000))
    }

    /// No more questions are waited for.
    pub(super) fn quiz_cancel(&mut self) -> Result<(), End> {
        if !self.welcomed {
            return self.refuse_stranger();
        }
        self.desk.wish = None;
        self.desk.news = None;
        self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.quizzing().stop_waiting()));
        self.fine()
    }

    /// A wish has come to its end.
    pub(super) fn on_wish(&mut self, fulfilled: Result<Fulfilled, Refused>) -> Result<(), End> {
        self.desk.wish = None;
        match fulfilled {
            Ok(Fulfilled::Sets(sets)) => {
                let sets = sets.into_iter().map(set_words).collect();
                self.say(&ServerMessage::QuizSets(QuizSets { sets }))
            }
            Ok(Fulfilled::Set(news)) => {
                self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.take_up(news)));
                self.listen()
            }
            Err(why) => self.refuse_later(why.code(), why.to_string(), why.retry_after_ms()),
        }
    }

    /// Tells of the set in use from its beginning, and of the question that is open: to a client that is back, or has a new set.
    pub(super) fn listen(&mut self) -> Result<(), End> {
        self.desk.news = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.quizzing().news())).flatten();
        (self.desk.items, self.desk.progress) = (0, None);
        if self.desk.news.is_some() { self.on_news() } else { Ok(()) }
    }

    /// The question that is open, once more.
    pub(super) fn show_open(&mut self) -> Result<(), End> {
        let open = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.quizzing().open())).flatten();
        open.map_or(Ok(()), |ask| self.say(&ServerMessage::QuizAsk(ask)))
    }

    /// There is news of the set in use, or more to tell of the last: a few places at a time, then how far it is.
    pub(super) fn on_news(&mut self) -> Result<(), End> {
        let Some(news) = &mut self.desk.news else {
            self.desk.behind = false;
            return Ok(());
        };
        let snapshot = news.borrow_and_update().clone();
        let now = Instant::now();
        self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.take_in(&snapshot, now)));
        let set = snapshot.set.map(|it| it.0).unwrap_or_default();
        for quiz in snapshot.quizzes.iter().skip(self.desk.items).take(ITEMS_AT_ONCE) {
            let correct = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.quizzing().answered(quiz.id)));
            self.say(&ServerMessage::QuizItem(quizzing::item(quiz, set, correct.flatten())))?;
        }
        self.desk.items = snapshot.quizzes.len().min(self.desk.items + ITEMS_AT_ONCE);
        self.desk.behind = self.desk.items < snapshot.quizzes.len();
        if self.desk.behind {
            return Ok(());
        }
        if snapshot.state != JobState::Making {
            self.desk.news = None;
        }
        let progress = progress(&snapshot);
        if self.desk.progress.as_ref() == Some(&progress) {
            return Ok(());
        }
        self.desk.progress = Some(progress.clone());
        self.say(&ServerMessage::QuizProgress(progress))
    }

    /// Who made it is gone without a word: a mistake of ours.
    pub(super) fn on_no_more_news(&mut self) -> Result<(), End> {
        self.desk.news = None;
        let Some(mut progress) = self.desk.progress.take() else { return Ok(()) };
        let why = Refused::Internal;
        progress.state = ProgressWord::Failed;
        (progress.code, progress.message) = (Some(why.code().to_owned()), Some(why.to_string()));
        self.say(&ServerMessage::QuizProgress(progress))
    }

    /// The learner wants this question now.
    pub(super) fn quiz_open(&mut self, quiz: Uuid) -> Result<(), End> {
        let now = Instant::now();
        match self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.ask_this(quiz, now))) {
            Some(Ok(ask)) => {
                self.errors_in_a_row = 0;
                self.say(&ServerMessage::QuizAsk(ask))
            }
            Some(Err(why)) => self.refuse(None, code(why), why.to_string()),
            None => self.refuse_stranger(),
        }
    }

    /// Takes an answer.
    pub(super) fn quiz_answer(&mut self, words: AnswerWords) -> Result<(), End> {
        let now = Instant::now();
        match self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.answer(words.quiz, words.choice, now))) {
            Some(Ok(graded)) => {
                self.errors_in_a_row = 0;
                self.say(&ServerMessage::QuizGraded(graded))
            }
            Some(Err(why)) => self.refuse(None, code(why), why.to_string()),
            None => self.refuse_stranger(),
        }
    }

    /// Asks what is due.
    pub(super) fn ask_what_is_due(&mut self, now: Instant) -> Result<(), End> {
        let ask = self.lease.as_ref().and_then(|lease| lease.with(|watch| watch.pop_up(now))).flatten();
        ask.map_or(Ok(()), |ask| self.say(&ServerMessage::QuizAsk(ask)))
    }

    fn fine(&mut self) -> Result<(), End> {
        self.errors_in_a_row = 0;
        Ok(())
    }
}

/// The machine-readable code of the wire protocol.
pub(super) fn code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Answered => "quiz_answered",
        Refusal::NotOpen => "quiz_not_open",
        Refusal::NoSuchChoice => "quiz_no_choice",
        Refusal::Unknown => "quiz_unknown",
    }
}

fn progress(snapshot: &Snapshot) -> QuizProgress {
    let dropped = snapshot.dropped.iter().take(DROPPED_TOLD);
    let (state, why) = match &snapshot.state {
        JobState::Making => (ProgressWord::Making, None),
        JobState::Done => (ProgressWord::Done, None),
        JobState::Failed(why) => (ProgressWord::Failed, Some(why)),
    };
    QuizProgress {
        set: snapshot.set.map(|it| it.0),
        source: source_word(snapshot.source),
        state,
        chunks: snapshot.chunks,
        chunks_done: snapshot.chunks_done,
        items: snapshot.quizzes.len(),
        dropped: dropped.map(|it| DroppedWords { chunk: it.chunk, why: it.why.clone() }).collect(),
        code: why.map(|it| it.code().to_owned()),
        message: why.map(ToString::to_string),
    }
}

fn set_words(set: SetSummary) -> SetWords {
    SetWords {
        set: set.id.0,
        source: source_word(set.source),
        maker: set.maker,
        title: set.title,
        items: set.quizzes,
        mine: set.mine,
        recommendations: set.recommendations,
        recommended: set.recommended_by_me,
    }
}
