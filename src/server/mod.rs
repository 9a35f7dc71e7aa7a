//! The listener: HTTP routes, the WebSocket upgrade, health, metrics, shutdown.

mod listener;
mod page;
mod pages;
mod routes;
mod upgrade;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::Tokens;
use crate::config::Config;
use crate::inference::pipeline::SharedWeights;
use crate::inference::{Engine, ModelFiles, OnnxError, OnnxRuntime, Pipeline};
use crate::metrics::Metrics;
use crate::session::SessionContext;
use crate::session::pace::Pace;
use crate::session::registry::Registry;
use crate::session::watch::Policies;
use crate::store::{Store, UtcMs};

/// How often watch sessions without a connection are looked after.
const SWEEP: Duration = Duration::from_secs(1);

/// What every request handler may use.
#[derive(Clone)]
pub(crate) struct App {
    session: SessionContext,
    store: Store,
    tokens: Tokens,
    /// WebSockets that may still open.
    places: Arc<Semaphore>,
    tasks: TaskTracker,
}

/// A server that listens but does not serve yet.
pub struct Server {
    listener: TcpListener,
    config: Arc<Config>,
    store: Store,
    tokens: Tokens,
    engine: Engine,
    workers: Vec<JoinHandle<()>>,
}

impl Server {
    /// Opens the port, loads ONNX Runtime and the models and starts the workers.
    ///
    /// # Errors
    /// With a sentence that says what is missing and what to do.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let bind = &config.server.bind;
        let listener = TcpListener::bind(config.server.addresses().as_slice()).await.map_err(|error| {
            anyhow::anyhow!("cannot listen on {bind}: {error}; choose another address with --bind or server.bind")
        })?;
        let tokens = Tokens::open(&config.auth)?;
        let store = Store::open(&config.database).await?;
        tracing::info!(place = store.place(), "database opened");
        store.tidy_at_start(UtcMs::now()).await?;
        let runtime = OnnxRuntime::load(&config.inference.onnxruntime)?;
        let files = ModelFiles::read(&config.models.dir)?;
        let weights = SharedWeights::new(&runtime);
        let pipeline = config.pipeline();
        // A model that cannot run shall end the start here, not the workers later.
        Pipeline::open(&runtime, &files, &weights, pipeline)?;
        tracing::info!(library = %runtime.library.display(), "ONNX Runtime loaded");
        let layout = config.engine();
        let open = move || {
            let mut pipeline = Pipeline::open(&runtime, &files, &weights, pipeline)?;
            pipeline.warm_up(layout.max_batch)?;
            Ok::<_, OnnxError>(pipeline)
        };
        let (engine, workers) = Engine::start(layout, open)?;
        engine.wait_ready(layout.workers).await;
        Ok(Self { listener, config: Arc::new(config), store, tokens, engine, workers })
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
        let watches = Registry::new(session.resume_places, patience, metrics.clone());
        let app = App {
            session: SessionContext {
                config: self.config.clone(),
                engine: self.engine.clone(),
                metrics,
                watches: watches.clone(),
                policies: Policies::new(&self.config.attention),
                pace: Arc::new(Pace::new(self.config.max_age(), std::time::Instant::now())),
                shutdown: shutdown.clone(),
            },
            store: self.store.clone(),
            tokens: self.tokens.clone(),
            places: Arc::new(Semaphore::new(self.config.server.max_connections)),
            tasks: TaskTracker::new(),
        };
        app.tasks.spawn(sweep(watches, shutdown.clone()));
        listener::accept(self.listener, &app, &shutdown).await;
        app.tasks.close();
        let deadline = Instant::now() + Duration::from_millis(self.config.server.shutdown_ms);
        if tokio::time::timeout_at(deadline, app.tasks.wait()).await.is_err() {
            tracing::warn!(left = app.tasks.len(), "some connections did not end in time");
        }
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

/// Lets time pass for the watch sessions whose client is away.
async fn sweep(watches: Arc<Registry>, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(SWEEP);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        watches.sweep(std::time::Instant::now());
    }
}
