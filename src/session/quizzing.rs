//! A watch session's quizzes: the transcript that the client sends, the set that is in use, what is asked and answered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use crate::protocol::quiz::{AnsweredWords, CueWords, QuizAsk, QuizGraded, QuizItem, SourceWord};
use crate::quiz::play::{Graded, Open, Play, Quiz, Refusal};
use crate::quiz::question::Dropped;
use crate::quiz::transcript::Cue;
use crate::store::{NewAnswer, QuizId, QuizSetId, Source, UtcMs};
use crate::studio::{JobState, News, Refused, Share, Snapshot, Studio, Who};

/// Bytes that a cue takes beside its text.
const CUE_BYTES: usize = 48;

/// Why a piece of the transcript was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// This session's share is used up.
    Mine,
    /// All sessions together hold too much, or those of the learner or the address.
    All,
}

/// One watch session's.
pub struct Quizzing {
    /// Shared with who makes questions of them.
    cues: Arc<Vec<Cue>>,
    /// Of the cues.
    bytes: usize,
    /// For the bytes.
    room: Option<Share>,
    play: Play,
    /// Of the set in use.
    news: Option<News>,
    /// Questions of it that are in play.
    taken: usize,
    source: Source,
    set: Option<Uuid>,
}

/// What of it goes on in another process: questions that are there, what was answered and what is open. A transcript whose questions
/// are being made stays behind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    play: Play,
    source: Source,
    set: Option<Uuid>,
    made: Option<Made>,
}

/// The set in use; its questions are in play.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Made {
    quizzes: Vec<Uuid>,
    chunks: usize,
    chunks_done: usize,
    dropped: Vec<Dropped>,
    whole: bool,
}

impl Quizzing {
    /// What goes on in another process.
    pub fn asked(&self) -> Asked {
        let made = self.news.as_ref().map(|news| {
            let it = news.borrow();
            Made {
                quizzes: it.quizzes.iter().map(|quiz| quiz.id).collect(),
                chunks: it.chunks,
                chunks_done: it.chunks_done,
                dropped: it.dropped.clone(),
                whole: it.state == JobState::Done,
            }
        });
        Asked { play: self.play.clone(), source: self.source, set: self.set, made }
    }

    /// Goes on. Nobody makes the rest of a set that was not whole.
    pub fn go_on(asked: Asked) -> Self {
        let Asked { play, source, set, made } = asked;
        let last = made.map(|it| Snapshot {
            set: set.map(QuizSetId),
            source,
            state: if it.whole { JobState::Done } else { JobState::Failed(Refused::Restart) },
            chunks: it.chunks,
            chunks_done: it.chunks_done,
            quizzes: it.quizzes.iter().filter_map(|id| play.quiz(*id)).collect(),
            dropped: it.dropped,
        });
        let taken = last.as_ref().map_or(0, |it| it.quizzes.len());
        Self { play, source, set, taken, news: last.map(|it| watch::channel(it).1), ..Self::new(0) }
    }

    /// Without a set.
    pub fn new(pause_ms: u64) -> Self {
        Self {
            cues: Arc::default(),
            bytes: 0,
            room: None,
            play: Play::new(pause_ms),
            news: None,
            taken: 0,
            source: Source::Cloze,
            set: None,
        }
    }

    /// Adds a piece of the transcript: at most `most` bytes in all.
    ///
    /// # Errors
    /// [`Full`]; then nothing of it was added.
    pub fn add_cues(&mut self, cues: Vec<CueWords>, most: usize, studio: &Studio, who: Who) -> Result<(), Full> {
        let bytes: usize = cues.iter().map(|cue| cue.text.len() + CUE_BYTES).sum();
        if self.bytes + bytes > most {
            return Err(Full::Mine);
        }
        if !studio.grow(&mut self.room, who, self.bytes + bytes) {
            return Err(Full::All);
        }
        self.bytes += bytes;
        Arc::make_mut(&mut self.cues).extend(cues.into_iter().map(cue));
        Ok(())
    }

    /// The transcript so far.
    pub fn cues(&self) -> Arc<Vec<Cue>> {
        self.cues.clone()
    }

    /// Another set is in use from now on.
    pub fn take_up(&mut self, news: News) {
        self.play.clear();
        self.news = Some(news);
        (self.taken, self.set) = (0, None);
    }

    /// The set's news, to be listened to.
    pub fn news(&self) -> Option<News> {
        self.news.clone()
    }

    /// No more questions are waited for; those that are there stay.
    pub fn stop_waiting(&mut self) {
        self.news = self.news.take().map(|news| news.borrow().stopped()).map(|last| watch::channel(last).1);
    }

    /// Takes what is new into play.
    pub fn take_in(&mut self, snapshot: &Snapshot, now: u64) {
        (self.source, self.set) = (snapshot.source, snapshot.set.map(|it| it.0));
        for quiz in snapshot.quizzes.iter().skip(self.taken) {
            self.play.add(quiz.clone(), now);
        }
        self.taken = snapshot.quizzes.len();
        if snapshot.state == JobState::Done {
            // The questions are made: another set wants the transcript anew.
            (self.cues, self.room, self.bytes) = (Arc::default(), None, 0);
        }
    }

    /// The player says where the lecture is, and how long it is.
    pub fn play(&mut self, position: f64, speed: f64, duration: Option<f64>, now: u64) {
        self.play.play(position, speed, duration, now);
    }

    /// When [`Self::ask`] may have something, ms of the watch session.
    pub fn next(&self, now: u64) -> Option<u64> {
        self.play.next(now)
    }

    /// The question to be asked now.
    pub fn ask(&mut self, now: u64) -> Option<QuizAsk> {
        let source = self.source;
        self.play.ask(now, fastrand::shuffle).map(|open| question(open, source))
    }

    /// The question that the learner wants now.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn ask_this(&mut self, quiz: Uuid, now: u64) -> Result<QuizAsk, Refusal> {
        let source = self.source;
        self.play.ask_this(quiz, now, fastrand::shuffle).map(|open| question(open, source))
    }

    /// Whether the answer to this question was right, if there was one.
    pub fn answered(&self, quiz: Uuid) -> Option<bool> {
        self.play.answered(quiz)
    }

    /// The question that is open, for a client that is back.
    pub fn open(&self) -> Option<QuizAsk> {
        self.play.open().map(|open| question(open, self.source))
    }

    /// Takes an answer, once; what to tell, and what to keep of it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn answer(&mut self, quiz: Uuid, choice: Option<usize>, now: u64) -> Result<Graded, Refusal> {
        self.play.answer(quiz, choice, now)
    }
}

/// Where a question is, and how it was answered in this session.
pub fn item(quiz: &Quiz, set: Uuid, correct: Option<bool>) -> QuizItem {
    QuizItem { quiz: quiz.id, set, at_s: quiz.at_s, answered: correct.map(|correct| AnsweredWords { correct }) }
}

/// What made it, in the protocol's words.
pub fn source_word(source: Source) -> SourceWord {
    match source {
        Source::Llm => SourceWord::Llm,
        Source::Cloze => SourceWord::Cloze,
        Source::Hand => SourceWord::Hand,
    }
}

/// What made it, in the store's words.
pub fn source(word: SourceWord) -> Source {
    match word {
        SourceWord::Llm => Source::Llm,
        SourceWord::Cloze => Source::Cloze,
        SourceWord::Hand => Source::Hand,
    }
}

/// As told to the learner.
pub fn graded(graded: &Graded) -> QuizGraded {
    let Graded { quiz, order, shown, correct, took, .. } = graded;
    let known = quiz.options.iter().any(|it| !it.reason.is_empty());
    let reasons = order.iter().filter_map(|kept| quiz.options.get(*kept)).map(|it| it.reason.clone());
    QuizGraded {
        quiz: quiz.id,
        choice: *shown,
        correct: *correct,
        key: order.iter().position(|kept| *kept == quiz.key).unwrap_or_default(),
        reasons: if known { reasons.collect() } else { Vec::new() },
        explanation: quiz.explanation.clone(),
        quote: quiz.quote.clone(),
        quote_s: quiz.quote_s,
        took_ms: *took,
    }
}

/// As kept; `started` is the watch session's beginning.
pub fn kept(graded: &Graded, started: UtcMs) -> NewAnswer {
    NewAnswer {
        quiz: QuizId(graded.quiz.id),
        choice: graded.kept.and_then(|it| u32::try_from(it + 1).ok()),
        correct: graded.correct,
        asked: started.plus_ms(graded.asked),
        answered: started.plus_ms(graded.asked.saturating_add(graded.took)),
        took_ms: graded.took,
    }
}

fn question(open: &Open, source: Source) -> QuizAsk {
    let quiz: &Arc<Quiz> = &open.quiz;
    let options = open.order.iter().filter_map(|kept| quiz.options.get(*kept)).map(|it| it.text.clone());
    QuizAsk {
        quiz: quiz.id,
        at_s: quiz.at_s,
        source: source_word(source),
        question: quiz.question.clone(),
        options: options.collect(),
    }
}

/// What has no end ends with the next: the transcript sees to that.
fn cue(words: CueWords) -> Cue {
    Cue { start_s: words.start_s, end_s: words.end_s.unwrap_or(words.start_s), text: words.text }
}
