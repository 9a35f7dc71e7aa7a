//! The listener: HTTP routes, the WebSocket upgrade, health, metrics, shutdown.

mod adapters;
mod address;
mod api;
mod caller;
mod descriptors;
mod device;
mod language;
mod leaving;
#[doc(hidden)]
pub mod listener;
mod page;
mod pages;
mod request;
mod routes;
mod security;
mod times;
mod tls;
#[doc(hidden)]
pub mod upgrade;

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::address::Addresses;
pub(crate) use self::address::network;
use self::api::GuestLimit;
use self::api::export::Exports;
use self::tls::Certificate;
use crate::auth::Tokens;
use crate::config::Config;
use crate::inference::opening::Opener;
use crate::inference::{Engine, OnnxRuntime};
use crate::metrics::Metrics;
use crate::quiz::llm::Llm;
use crate::session::SessionContext;
use crate::session::capacity::Capacity;
use crate::session::pace::Pace;
use crate::session::registry::Registry;
use crate::session::seats::Seats;
use crate::session::watch::Policies;
use crate::store::writer::WriterSettings;
use crate::store::{Store, UtcMs, Writer};
use crate::studio::Studio;

/// How often watch sessions without a connection are looked after.
const SWEEP: Duration = Duration::from_secs(1);

/// How often the limits forget who has not come for as long: a minute fills what an address may ask for.
const FORGET: Duration = Duration::from_mins(1);

/// How often old events are deleted.
const TIDY: Duration = Duration::from_hours(6);
/// What the writer gets at a shutdown at least.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// What every request handler may use.
#[derive(Clone)]
pub(crate) struct App {
    session: SessionContext,
    store: Store,
    guests: Arc<GuestLimit>,
    exports: Exports,
    addresses: Addresses,
    /// WebSockets that may still open.
    places: Arc<Semaphore>,
    tasks: TaskTracker,
}

/// A server that listens but does not serve yet.
pub struct Server {
    listener: TcpListener,
    config: Arc<Config>,
    certificate: Option<Arc<Certificate>>,
    acceptor: Option<TlsAcceptor>,
    store: Store,
    /// On the database's file, until the end.
    _claim: Option<File>,
    tokens: Tokens,
    /// If one is set up.
    llm: Option<Llm>,
    engine: Engine,
    workers: Vec<JoinHandle<()>>,
    /// As measured at the start.
    capacity: Capacity,
}

impl Server {
    /// Opens the port, loads ONNX Runtime and the models and starts the workers.
    ///
    /// # Errors
    /// With a sentence that says what is missing and what to do.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        descriptors::allow(config.server.max_connections);
        let bind = &config.server.bind;
        let listener = TcpListener::bind(config.server.addresses().as_slice()).await.map_err(|error| {
            anyhow::anyhow!("cannot listen on {bind}: {error}; choose another address with --bind or server.bind")
        })?;
        let tls = config.server.has_tls();
        let certificate =
            tls.then(|| Certificate::open(&config.server.tls_certificate, &config.server.tls_key)).transpose()?;
        let acceptor = certificate.as_ref().map(Certificate::acceptor).transpose()?;
        let now = UtcMs::now();
        let tokens = Tokens::open(&config.auth, now)?;
        let llm = config.quiz.has_llm().then(|| Llm::new(&config.quiz.llm())).transpose()?;
        tracing::info!(by = config.quiz.maker(), "questions are made");
        // The models are opened meanwhile.
        let inference = config.clone();
        let inference = tokio::task::spawn_blocking(move || start_engine(&inference));
        let claim = Store::claim(&config.database)?;
        let store = Store::open(&config.database).await?;
        tracing::info!(place = store.place(), "database opened");
        store.tidy_at_start(now).await?;
        let (engine, workers, capacity) = inference.await??;
        let config = Arc::new(config);
        Ok(Self {
            listener,
            config,
            certificate,
            acceptor,
            store,
            _claim: claim,
            tokens,
            llm,
            engine,
            workers,
            capacity,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` is cancelled, then answers the frames that were taken, says goodbye to every client and
    /// returns, at most `server.shutdown_ms` later.
    pub async fn run(self, shutdown: CancellationToken) {
        let session = &self.config.session;
        let metrics = Arc::new(Metrics::new());
        let patience = Duration::from_millis(session.resume_ms);
        let watches =
            Registry::new(session.resume_places, self.config.limits.sockets_per_learner, patience, metrics.clone());
        let writer = Writer::start(self.store.clone(), WriterSettings::from(&self.config.database));
        let studio = Studio::new(&self.config.quiz, self.llm, self.store.clone(), metrics.clone(), shutdown.clone());
        studio.start();
        let policies = Policies::new(&self.config.attention);
        let calm_rate = policies.calm_rate(self.config.attention.preset);
        let app = App {
            session: SessionContext {
                config: self.config.clone(),
                engine: self.engine.clone(),
                metrics,
                watches: watches.clone(),
                policies,
                tokens: self.tokens.clone(),
                writer: writer.clone(),
                seats: Seats::new(self.config.limits.sockets_per_learner),
                store: self.store.clone(),
                studio: studio.clone(),
                pace: Arc::new(Pace::new(
                    self.config.max_age(),
                    calm_rate,
                    self.capacity,
                    self.engine.stats().clone(),
                    std::time::Instant::now(),
                )),
                shutdown: shutdown.clone(),
            },
            store: self.store.clone(),
            guests: Arc::new(GuestLimit::new(self.config.auth.guests_per_minute)),
            exports: Exports::new(),
            addresses: Addresses::new(&self.config),
            places: Arc::new(Semaphore::new(self.config.server.max_connections)),
            tasks: TaskTracker::new(),
        };
        app.tasks.spawn(sweep(watches.clone(), shutdown.clone()));
        app.tasks.spawn(forget(app.addresses.clone(), shutdown.clone()));
        app.tasks.spawn(tidy(self.store.clone(), shutdown.clone()));
        if self.store.is_shared() {
            app.tasks.spawn(app.clone().follow_elsewhere(shutdown.clone()));
        }
        if let Some(certificate) = self.certificate {
            app.tasks.spawn(certificate.follow(shutdown.clone()));
        }
        listener::accept(self.listener, self.acceptor, &app, &shutdown).await;
        app.tasks.close();
        let deadline = Instant::now() + Duration::from_millis(self.config.server.shutdown_ms);
        if tokio::time::timeout_at(deadline, app.tasks.wait()).await.is_err() {
            tracing::warn!(left = app.tasks.len(), "some connections did not end in time");
        }
        // What is made of a lecture is given up by now, or will be with the process.
        let _ = tokio::time::timeout_at(deadline, studio.finish()).await;
        // The connections have ended, and with the sessions of those who were away all has been handed over.
        watches.close(std::time::Instant::now());
        let patience = deadline.saturating_duration_since(Instant::now()).max(LAST_WRITES);
        let drained = writer.drain(patience).await;
        tracing::info!(rows = drained.written, lost = drained.given_up, "the database has what was written");
        self.store.close().await;
        self.engine.stop();
        let workers = self.workers;
        let joined = tokio::task::spawn_blocking(move || workers.into_iter().for_each(|worker| drop(worker.join())));
        // Idle workers notice within a moment; one that is in the middle of a batch is not waited for any longer.
        let deadline = deadline.max(Instant::now() + Duration::from_millis(500));
        if tokio::time::timeout_at(deadline, joined).await.is_err() {
            tracing::warn!("a worker did not end in time");
        }
    }
}

/// The workers, each with its models open and tried out. What cannot run ends the start here.
fn start_engine(config: &Config) -> anyhow::Result<(Engine, Vec<JoinHandle<()>>, Capacity)> {
    let runtime = OnnxRuntime::load(&config.inference.onnxruntime)?.on(config.inference.provider)?;
    tracing::info!(library = %runtime.library.display(), on = config.inference.provider.word(), "ONNX Runtime loaded");
    let layout = config.engine();
    let opener = Opener::new(runtime, config.models.dir.clone(), config.pipeline(), layout.max_batch);
    let (pipelines, frame) = opener.open_all(layout.workers)?;
    let (engine, workers) = Engine::start(layout, pipelines, move || opener.open())?;
    let capacity = Capacity::new(layout.workers, frame);
    tracing::info!(
        workers = layout.workers,
        frames_per_second = capacity.per_second().round(),
        "models opened and tried out"
    );
    Ok((engine, workers, capacity))
}

/// Deletes what is older than retention. What fails now is tried again the next time.
async fn tidy(store: Store, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval_at(Instant::now() + TIDY, TIDY);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Some(Err(error)) = shutdown.run_until_cancelled(store.tidy(UtcMs::now())).await {
            tracing::error!(%error, "old events could not be deleted");
        }
    }
}

/// Forgets addresses that ask for nothing any more.
async fn forget(addresses: Addresses, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(FORGET);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        addresses.tidy();
    }
}

/// Lets time pass for the watch sessions whose client is away.
async fn sweep(watches: Arc<Registry>, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(SWEEP);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        watches.sweep(std::time::Instant::now());
    }
}
