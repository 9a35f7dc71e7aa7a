//! Opening the models: all workers' at the same time, tried out and measured.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::pipeline::SharedWeights;
use super::{ModelError, ModelFiles, OnnxError, OnnxRuntime, Pipeline, PipelineConfig};

/// A batch is timed so often, some 15 ms each: something else may have had the processor.
const TRIES: usize = 3;

/// Why the models cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The files are not there, or not what they should be.
    #[error(transparent)]
    Files(#[from] ModelError),
    /// The runtime refuses.
    #[error(transparent)]
    Runtime(#[from] OnnxError),
}

/// All that opening takes. The files' bytes are not kept: whoever opens again reads them again.
pub struct Opener {
    runtime: OnnxRuntime,
    folder: PathBuf,
    weights: SharedWeights,
    config: PipelineConfig,
    batch: usize,
}

impl Opener {
    /// Of the models in `folder`; the pipelines are tried out with `batch` pictures.
    pub fn new(runtime: OnnxRuntime, folder: PathBuf, config: PipelineConfig, batch: usize) -> Self {
        Self { weights: SharedWeights::new(&runtime), runtime, folder, config, batch }
    }

    /// One pipeline, ready for frames.
    ///
    /// # Errors
    /// When the files or the runtime fail.
    pub fn open(&self) -> Result<Pipeline, OpenError> {
        Ok(self.measured(&ModelFiles::read(&self.folder)?)?.0)
    }

    /// So many pipelines, each ready for frames, and how long they took for one, all working at the same time.
    ///
    /// # Errors
    /// When the files or the runtime fail.
    pub fn open_all(&self, count: usize) -> Result<(Vec<Pipeline>, Duration), OpenError> {
        let files = ModelFiles::read(&self.folder)?;
        let opened: Result<Vec<_>, OnnxError> = thread::scope(|scope| {
            let threads: Vec<_> = (0..count).map(|_| scope.spawn(|| self.measured(&files))).collect();
            let failed = |_| Err(OnnxError::Runtime("a thread panicked while it opened the models".into()));
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(failed)).collect()
        });
        let (pipelines, times): (Vec<_>, Vec<_>) = opened?.into_iter().unzip();
        let frame = times.iter().sum::<Duration>() / u32::try_from(times.len().max(1)).unwrap_or(u32::MAX);
        Ok((pipelines, frame))
    }

    /// A pipeline and how long it took for a picture of a full batch, at best.
    fn measured(&self, files: &ModelFiles) -> Result<(Pipeline, Duration), OnnxError> {
        let mut pipeline = Pipeline::open(&self.runtime, files, &self.weights, self.config)?;
        // The first time allocates.
        pipeline.warm_up(self.batch)?;
        let mut best = Duration::MAX;
        for _ in 0..TRIES {
            let start = Instant::now();
            pipeline.warm_up(self.batch)?;
            best = best.min(start.elapsed());
        }
        Ok((pipeline, best / u32::try_from(self.batch.max(1)).unwrap_or(u32::MAX)))
    }
}
