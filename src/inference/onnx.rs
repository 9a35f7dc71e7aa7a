//! Finding and loading ONNX Runtime's shared library, and opening sessions on it.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::builder::{GraphOptimizationLevel, PrepackedWeights, SessionBuilder};
use ort::session::{Session, SessionOutputs};

use super::Provider;

/// Where `make setup` puts the library, below the repository.
const FETCHED: &str = ".loa/onnxruntime/libonnxruntime.so";
/// Where packages of the system put it.
const SYSTEM: [&str; 6] = [
    "/usr/local/lib/libonnxruntime.so",
    "/usr/lib/libonnxruntime.so",
    "/usr/lib64/libonnxruntime.so",
    "/usr/lib/x86_64-linux-gnu/libonnxruntime.so",
    "/usr/lib/aarch64-linux-gnu/libonnxruntime.so",
    "/opt/onnxruntime/lib/libonnxruntime.so",
];

/// Why there is no ONNX Runtime.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// Named by the setting or by ORT_DYLIB_PATH, but not there. Nothing else is tried then.
    #[error("there is no file {path}, which {origin} names as ONNX Runtime's library")]
    NamedButMissing {
        /// What was named.
        path: PathBuf,
        /// Who named it.
        origin: &'static str,
    },
    /// In none of the usual places.
    #[error(
        "ONNX Runtime's library was not found: run `make setup` in the repository, install it to /usr/local/lib, or set ORT_DYLIB_PATH to libonnxruntime.so (1.23 or newer)"
    )]
    NotFound,
    /// Found, but it cannot be loaded.
    #[error("ONNX Runtime's library {path} cannot be used: {why}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The loader's words.
        why: String,
    },
    /// The library was built without the provider that was asked for.
    #[error(
        "inference.provider = {} is not in ONNX Runtime's library {library}: set inference.onnxruntime (or ORT_DYLIB_PATH) to one that \
         has it ({} brings one), or inference.provider to cpu", .provider.word(), .provider.source()
    )]
    NoProvider {
        /// What was asked for.
        provider: Provider,
        /// What was loaded.
        library: PathBuf,
    },
    /// The library has the provider, but the provider does not work.
    #[error(
        "inference.provider = {} cannot be used (are its driver and its libraries there?): {why}; set inference.provider to cpu to do \
         without", .provider.word()
    )]
    BadProvider {
        /// What was asked for.
        provider: Provider,
        /// The runtime's words.
        why: String,
    },
    /// The runtime refuses.
    #[error("ONNX Runtime: {0}")]
    Runtime(String),
}

impl<R> From<ort::Error<R>> for OnnxError {
    fn from(error: ort::Error<R>) -> Self {
        Self::Runtime(error.to_string())
    }
}

/// The loaded library. There is one a process; opening it again gives the same.
#[derive(Clone)]
pub struct OnnxRuntime {
    environment: Environment,
    /// The file that was loaded.
    pub library: PathBuf,
    provider: Provider,
}

static LOADED: Mutex<Option<OnnxRuntime>> = Mutex::new(None);

impl OnnxRuntime {
    /// Finds and loads the library: the setting `inference.onnxruntime` (when not empty), else ORT_DYLIB_PATH, else what
    /// `make setup` fetched, else the system's.
    ///
    /// # Errors
    /// See [`OnnxError`].
    pub fn load(setting: &str) -> Result<Self, OnnxError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return Ok(runtime.clone());
        }
        let library = find(setting)?;
        let environment = ort::init_from(&library)
            .map_err(|error| OnnxError::Unusable { path: library.clone(), why: error.to_string() })?
            .with_name("loa")
            .with_telemetry(false)
            .build()?;
        let runtime = Self { environment, library, provider: Provider::Cpu };
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    /// The same, whose sessions compute on something else than the processor.
    ///
    /// # Errors
    /// When the library was built without that.
    pub fn on(self, provider: Provider) -> Result<Self, OnnxError> {
        if provider.is_there()? {
            Ok(Self { provider, ..self })
        } else {
            Err(OnnxError::NoProvider { provider, library: self.library })
        }
    }

    /// Opens a session that computes on the calling thread alone. Sessions of one model share its packed weights.
    ///
    /// # Errors
    /// When the bytes are not a model that the runtime can run.
    pub fn session(&self, model: &[u8], weights: &PrepackedWeights) -> Result<Session, OnnxError> {
        let provider = self.provider;
        let bad = |error: ort::Error<SessionBuilder>| OnnxError::BadProvider { provider, why: error.to_string() };
        Ok(Session::builder(&self.environment)?
            .with_execution_providers(provider.dispatches())
            .map_err(bad)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(1)?
            .with_intra_op_spinning(false)?
            // The batch size varies from run to run, so a recorded memory plan would not fit.
            .with_memory_pattern(false)?
            .with_prepacked_weights(weights)?
            .commit_from_memory(model)?)
    }
}

fn find(setting: &str) -> Result<PathBuf, OnnxError> {
    let named = [
        (Some(setting.into()), "the setting inference.onnxruntime"),
        (env::var_os("ORT_DYLIB_PATH"), "ORT_DYLIB_PATH"),
    ];
    for (path, origin) in named {
        if let Some(path) = path.filter(|path| !path.is_empty()).map(PathBuf::from) {
            return if path.is_file() { Ok(path) } else { Err(OnnxError::NamedButMissing { path, origin }) };
        }
    }
    let here = env::current_dir().ok();
    let program = env::current_exe().ok();
    let above = |start: &Option<PathBuf>| -> Vec<PathBuf> {
        start.iter().flat_map(|path| path.ancestors()).map(|folder| folder.join(FETCHED)).collect()
    };
    let fetched = above(&here).into_iter().chain(above(&program));
    fetched.chain(SYSTEM.iter().map(PathBuf::from)).find(|path| Path::is_file(path)).ok_or(OnnxError::NotFound)
}

/// One output's values.
pub(super) fn floats<'a>(outputs: &'a SessionOutputs<'_>, name: &str) -> Result<&'a [f32], OnnxError> {
    let value = outputs.get(name).ok_or_else(|| OnnxError::Runtime(format!("the model has no output {name}")))?;
    Ok(value.try_extract_tensor::<f32>()?.1)
}
