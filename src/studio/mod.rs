//! Where sets of questions are made: one generation per lecture and transcript, however many learners ask for it; kept in the
//! database, given up when nobody waits any more. Also where wrong answers become review notes.

mod budget;
mod convert;
mod job;
mod refusal;
mod reviewer;
mod shares;
mod shelf;

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use self::budget::Budget;
use self::job::Job;
pub use self::job::{JobState, Snapshot};
pub use self::refusal::Refused;
use self::shares::Shares;
pub use self::shares::{Share, Who};
use self::shelf::Shelf;
use crate::config::Quiz as Settings;
use crate::metrics::Metrics;
use crate::quiz::llm::{Llm, Spent};
use crate::quiz::prompt;
use crate::quiz::transcript::{Cue, Transcript, subtitles};
use crate::store::{Caller, Lecture, QuizSetId, SetSummary, Source, Store, UtcMs};

/// Sets that are told of at once.
const LISTED: u64 = 100;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Bytes that one permit of [`Studio::room`] stands for.
const KIB: usize = 1024;
/// Transcripts that are worked on without a language model at one time. An hour's takes some ten milliseconds.
const THINKING: usize = 1;
/// Transcripts that wait for that at one time: what is done within [`THINKING_WAIT`].
const READING: usize = 1000;
/// Lectures at one time for one learner: who opens another need not wait for the first.
const EACH: usize = 2;
/// Transcripts that are held for one learner, of the largest ones.
const TRANSCRIPTS: usize = 4;
/// Half of the database's connections, as `config.toml` has them.
const LOOKUPS: usize = 4;
/// How long one waits for its turn.
const THINKING_WAIT: Duration = Duration::from_secs(20);
/// Which cloze maker; another one makes other questions.
const CLOZE_VERSION: u32 = 2;

/// Tells generations apart: equal ones are made once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    lecture: Uuid,
    transcript: String,
    recipe: String,
}

/// News of a set; the last of it stays readable.
pub type News = watch::Receiver<Snapshot>;

/// Cheap to clone.
#[derive(Clone)]
pub struct Studio(Arc<Shared>);

struct Shared {
    store: Store,
    settings: Settings,
    llm: Option<Llm>,
    jobs: DashMap<Key, Arc<watch::Sender<Snapshot>>>,
    /// Lectures that the language model is asked about.
    asking: Shares,
    /// Lectures whose gaps are filled: a model that hangs does not hold them up.
    filling: Shares,
    /// Sets that the language model is asked about today.
    budget: Budget,
    /// Transcripts that wait to be read or are: a learner's many sockets do not hold others up.
    reading: Shares,
    /// Requests to the language model at one time.
    requests: Semaphore,
    /// Transcripts that are read, and gaps that are filled, at one time: the cores are for frames.
    thinking: Arc<Semaphore>,
    /// Sets and lists of sets that are looked up at one time: others want the database as well.
    lookups: Semaphore,
    /// KiB of transcripts.
    memory: Shares,
    /// Questions of sets that were loaded.
    shelf: Shelf,
    /// A session with answers has ended.
    ended: Notify,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    metrics: Arc<Metrics>,
}

impl Studio {
    /// With nothing to do yet. Without a language model, only the cloze maker makes questions.
    pub fn new(
        settings: &Settings,
        llm: Option<Llm>,
        store: Store,
        metrics: Arc<Metrics>,
        shutdown: CancellationToken,
    ) -> Self {
        Self(Arc::new(Shared {
            store,
            llm,
            jobs: DashMap::new(),
            asking: Shares::new(settings.lectures_at_once, EACH),
            filling: Shares::new(settings.lectures_at_once, EACH),
            budget: Budget::new(settings.model_sets_per_day, settings.sets_per_day as usize),
            reading: Shares::new(READING, EACH),
            requests: Semaphore::new(settings.requests_of_all),
            thinking: Arc::new(Semaphore::new(THINKING)),
            lookups: Semaphore::new(LOOKUPS),
            memory: Shares::new(settings.transcripts_mib * KIB, TRANSCRIPTS * settings.transcript_bytes.div_ceil(KIB)),
            shelf: Shelf::default(),
            ended: Notify::new(),
            tasks: TaskTracker::new(),
            shutdown,
            metrics,
            settings: settings.clone(),
        }))
    }

    /// Begins to look after sessions that have ended.
    pub fn start(&self) {
        self.0.tasks.spawn(reviewer::run(self.0.clone()));
    }

    /// Waits until all that was begun has ended, which a shutdown brings about.
    pub async fn finish(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// What the language model was used for so far.
    pub fn spent(&self) -> Spent {
        self.0.llm.as_ref().map_or_else(Spent::default, Llm::spent)
    }

    /// A session has ended: its wrong answers want notes.
    pub fn session_ended(&self) {
        self.0.ended.notify_one();
    }

    /// Room for so many bytes of a transcript, of which `room` are there already. False when that is too much; then nothing changes.
    pub fn grow(&self, room: &mut Option<Share>, who: Who, bytes: usize) -> bool {
        let taken = room.as_ref().map_or(0, Share::amount);
        let more = bytes.div_ceil(KIB).saturating_sub(taken);
        match room {
            Some(room) => room.grow(more),
            none => {
                *none = self.0.memory.take(who, more);
                none.is_some()
            }
        }
    }

    /// The cues of a subtitle file.
    ///
    /// # Errors
    /// [`Refused::Transcript`] with what is wrong with the file, [`Refused::Busy`].
    pub async fn read(&self, file: bytes::Bytes) -> Result<Vec<Cue>, Refused> {
        let cues = self.0.think(move || subtitles::parse(&file)).await?;
        cues.map_err(|error| Refused::Transcript(error.to_string()))
    }

    /// Makes questions of a transcript, or joins who makes the same, or finds them made.
    ///
    /// # Errors
    /// [`Refused`] says why not, and when to come again.
    pub async fn make(
        &self,
        who: Who,
        lecture: Lecture,
        cues: Arc<Vec<Cue>>,
        wish: Option<Source>,
    ) -> Result<News, Refused> {
        let source = self.source(wish)?;
        let _reading = self.0.reading.take(who, 1).ok_or(Refused::Busy)?;
        let transcript = self.0.think(move || Transcript::new(Arc::unwrap_or_clone(cues))).await?;
        let transcript = transcript.map_err(|error| Refused::Transcript(error.to_string()))?;
        let (parts, most) = (transcript.chunks().len(), self.0.settings.lecture_parts);
        if parts > most {
            return Err(Refused::TooManyParts { parts, most });
        }
        let recipe = self.recipe(source);
        let key = Key { lecture: lecture.id(), transcript: transcript.hash().to_owned(), recipe };
        if let Some(sender) = self.0.jobs.get(&key) {
            return Ok(sender.subscribe());
        }
        let store = &self.0.store;
        if let Some(set) = store.ready_set(&lecture, &key.transcript, &key.recipe).await? {
            return Ok(job::finished(&set, &self.0.shelf));
        }
        let asks = source == Source::Llm;
        let places = if asks { &self.0.asking } else { &self.0.filling };
        let place = places.take(who, 1).ok_or(Refused::Busy)?;
        let caller = who.caller;
        let day = i32::try_from(UtcMs::now().0.div_euclid(DAY_MS)).unwrap_or(i32::MAX);
        if !store.take_turn(caller, day, self.0.settings.sets_per_day).await? {
            return Err(Refused::Limit { per_day: self.0.settings.sets_per_day });
        }
        if asks && !self.0.budget.spend(who, day) {
            store.give_turn_back(caller, day).await?;
            return Err(Refused::LimitOfAll);
        }
        let job = Job { shared: self.0.clone(), key: key.clone(), caller, lecture, transcript, source, day };
        match self.0.jobs.entry(key) {
            Entry::Occupied(entry) => {
                let news = entry.get().subscribe();
                // The entry holds a lock, which no await may be under.
                drop(entry);
                store.give_turn_back(caller, day).await?;
                Ok(news)
            }
            Entry::Vacant(entry) => {
                let (sender, news) = watch::channel(Snapshot::new(source, job.chunks()));
                let sender = Arc::new(sender);
                entry.insert(sender.clone());
                self.0.tasks.spawn(job.run(sender, place));
                Ok(news)
            }
        }
    }

    /// A set of this lecture that is there.
    ///
    /// # Errors
    /// [`Refused::NoSuchSet`] for one that is not; [`Refused::Database`].
    pub async fn load(&self, lecture: &Lecture, set: QuizSetId) -> Result<News, Refused> {
        let _turn = self.0.lookups.acquire().await;
        let set = self.0.store.load_set(set).await?.filter(|set| set.lecture == lecture.id());
        set.as_ref().map(|set| job::finished(set, &self.0.shelf)).ok_or(Refused::NoSuchSet)
    }

    /// The lecture's sets.
    ///
    /// # Errors
    /// [`Refused::Database`].
    pub async fn sets(&self, caller: Caller, lecture: &Lecture) -> Result<Vec<SetSummary>, Refused> {
        let _turn = self.0.lookups.acquire().await;
        Ok(self.0.store.lecture_sets(caller, lecture, LISTED).await?)
    }

    fn source(&self, wish: Option<Source>) -> Result<Source, Refused> {
        let ours = if self.0.settings.uses_llm() { Source::Llm } else { Source::Cloze };
        match wish.unwrap_or(ours) {
            Source::Hand => Err(Refused::ByHand),
            Source::Llm if self.0.llm.is_none() => Err(Refused::NoLlm),
            source => Ok(source),
        }
    }

    fn recipe(&self, source: Source) -> String {
        match source {
            Source::Llm => format!("{}/prompt{}", self.0.settings.model, prompt::VERSION),
            _ => format!("cloze/{CLOZE_VERSION}"),
        }
    }
}

impl Shared {
    /// Has it done by a thread of its own when it is its turn. One who no longer waits keeps the turn until it is done.
    async fn think<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
        let turn = tokio::time::timeout(THINKING_WAIT, self.thinking.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Refused::Busy)?.map_err(|_| Refused::Internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| Refused::Internal)
    }
}
