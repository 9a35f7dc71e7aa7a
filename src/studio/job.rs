//! One generation: from the transcript to a set in the database, part by part.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::shares::Share;
use super::shelf::Shelf;
use super::{Key, News, Refused, Shared, convert};
use crate::quiz::generate::{self, Limits};
use crate::quiz::play::Quiz;
use crate::quiz::question::{ChunkDone, Dropped};
use crate::quiz::transcript::Transcript;
use crate::quiz::{cloze, llm::Llm};
use crate::store::{Caller, Lecture, NewSet, QuizSetId, Source, StoredSet, UtcMs};

/// Parts that may wait for the database.
const PARTS_AHEAD: usize = 4;

/// How far a set is, with all that is there of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// None before there is one.
    pub set: Option<QuizSetId>,
    /// What makes it.
    pub source: Source,
    /// How it stands.
    pub state: JobState,
    /// Parts of the transcript.
    pub chunks: usize,
    /// Parts that had their chance.
    pub chunks_done: usize,
    /// In the order that they were made.
    pub quizzes: Vec<Arc<Quiz>>,
    /// What was not good enough.
    pub dropped: Vec<Dropped>,
}

/// How a set stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// More may come.
    Making,
    /// All is there.
    Done,
    /// No more will come.
    Failed(Refused),
}

impl Snapshot {
    pub(super) fn new(source: Source, chunks: usize) -> Self {
        Self {
            set: None,
            source,
            state: JobState::Making,
            chunks,
            chunks_done: 0,
            quizzes: Vec::new(),
            dropped: Vec::new(),
        }
    }

    /// As it is when nobody waits for more.
    pub fn stopped(&self) -> Self {
        let state = match &self.state {
            JobState::Making => JobState::Failed(Refused::Stopped),
            ended => ended.clone(),
        };
        Self { state, ..self.clone() }
    }
}

/// News of a set that is complete.
pub fn finished(set: &StoredSet, shelf: &Shelf) -> News {
    let quizzes: Vec<_> = set.quizzes.iter().filter_map(convert::stored).map(|quiz| shelf.share(quiz)).collect();
    let done = Snapshot { set: Some(set.id), state: JobState::Done, quizzes, ..Snapshot::new(set.source, 0) };
    watch::channel(done).1
}

/// What is to be made, and for whom.
pub struct Job {
    pub shared: Arc<Shared>,
    pub key: Key,
    pub caller: Caller,
    pub lecture: Lecture,
    pub transcript: Transcript,
    pub source: Source,
    /// On which the caller's turn was taken.
    pub day: i32,
}

impl Job {
    pub fn chunks(&self) -> usize {
        self.transcript.chunks().len()
    }

    /// To its end, whatever that is. The place is free afterwards.
    pub async fn run(self, sender: Arc<watch::Sender<Snapshot>>, place: Share) {
        let made = tokio::select! {
            biased;
            () = self.deserted(&sender) => return self.metric("deserted"),
            () = self.shared.shutdown.cancelled() => Err(Refused::Restart),
            made = tokio::time::timeout(self.shared.settings.lecture_time(), self.make(&sender)) => {
                made.unwrap_or(Err(Refused::TooSlow))
            }
        };
        drop(place);
        let state = match made {
            Ok(()) => JobState::Done,
            Err(why) => {
                tracing::warn!(source = ?self.source, code = why.code(), %why, "a set was not made, or not whole");
                self.give_turn_back(&why, &sender).await;
                JobState::Failed(why)
            }
        };
        self.metric(if state == JobState::Done { "done" } else { "failed" });
        sender.send_modify(|it| it.state = state);
        self.shared.jobs.remove(&self.key);
    }

    /// Nobody waits any more; nobody can join from then on.
    async fn deserted(&self, sender: &watch::Sender<Snapshot>) {
        loop {
            sender.closed().await;
            if self.shared.jobs.remove_if(&self.key, |_, it| it.receiver_count() == 0).is_some() {
                return;
            }
        }
    }

    async fn make(&self, sender: &watch::Sender<Snapshot>) -> Result<(), Refused> {
        let store = &self.shared.store;
        // Somebody else's generation may have ended since the caller looked.
        if let Some(set) = store.ready_set(&self.lecture, &self.key.transcript, &self.key.recipe).await? {
            store.give_turn_back(self.caller, self.day).await?;
            sender.send_modify(|it| *it = finished(&set, &self.shared.shelf).borrow().clone());
            return Ok(());
        }
        let set = store.begin_set(&self.lecture, &self.new_set(), UtcMs::now()).await?;
        sender.send_modify(|it| it.set = Some(set));
        match (self.source, &self.shared.llm) {
            (Source::Llm, Some(llm)) => self.ask_model(llm, set, sender).await?,
            _ => self.fill_gaps(set, sender).await?,
        }
        if sender.borrow().quizzes.is_empty() {
            return Err(Refused::Nothing);
        }
        Ok(store.finish_set(set, UtcMs::now()).await?)
    }

    async fn ask_model(&self, llm: &Llm, set: QuizSetId, sender: &watch::Sender<Snapshot>) -> Result<(), Refused> {
        let (parts, mut made) = mpsc::channel(PARTS_AHEAD);
        let limits = Limits { at_once: self.shared.settings.requests_at_once, ..Limits::default() };
        let generation = generate::lecture(llm, &self.transcript, &limits, &self.shared.requests, parts);
        let keeping = async {
            while let Some(part) = made.recv().await {
                self.keep(set, part, sender).await?;
            }
            Ok(())
        };
        // Whichever fails first ends both: what cannot be kept need not be made.
        let (failed, ()) = tokio::try_join!(async { generation.await.map_err(Refused::from) }, keeping)?;
        match failed {
            Some(failed) => {
                Err(Refused::Incomplete { parts: failed.parts, all: self.chunks(), why: failed.last.to_string() })
            }
            None => Ok(()),
        }
    }

    async fn fill_gaps(&self, set: QuizSetId, sender: &watch::Sender<Snapshot>) -> Result<(), Refused> {
        let transcript = self.transcript.clone();
        let parts = self.shared.think(move || cloze::lecture(&transcript)).await?;
        for part in parts {
            self.keep(set, part, sender).await?;
        }
        Ok(())
    }

    /// Nobody hears of a question that is not in the database.
    async fn keep(&self, set: QuizSetId, part: ChunkDone, sender: &watch::Sender<Snapshot>) -> Result<(), Refused> {
        let new: Vec<_> = part.questions.iter().map(|it| convert::question(it, &self.transcript)).collect();
        let ids = self.shared.store.add_quizzes(set, &new).await?;
        self.shared.metrics.quiz_items(self.source, new.len(), part.dropped.len());
        sender.send_modify(|it| {
            it.chunks_done += 1;
            it.quizzes.extend(ids.iter().zip(&new).filter_map(|(id, new)| convert::fresh(*id, new)).map(Arc::new));
            it.dropped.extend(part.dropped);
        });
        Ok(())
    }

    fn new_set(&self) -> NewSet {
        NewSet {
            made_by: None,
            source: self.source,
            maker: if self.source == Source::Llm { self.shared.settings.model.clone() } else { "cloze".into() },
            recipe: Some(self.key.recipe.clone()),
            hash: Some(self.key.transcript.clone()),
            language: Some(self.transcript.language().code().into()),
            title: None,
        }
    }

    /// What came to nothing by no fault of the caller's is not counted.
    async fn give_turn_back(&self, why: &Refused, sender: &watch::Sender<Snapshot>) {
        let nothing = sender.borrow().quizzes.is_empty();
        if nothing
            && why.is_ours()
            && let Err(error) = self.shared.store.give_turn_back(self.caller, self.day).await
        {
            tracing::warn!(%error, "a turn was not given back");
        }
    }

    fn metric(&self, outcome: &'static str) {
        self.shared.metrics.quiz_set(self.source, outcome);
    }
}
