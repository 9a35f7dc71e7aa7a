//! What computes: the processor, or what ONNX Runtime calls an execution provider for an accelerator.

use ort::ep::{self, ExecutionProvider as _, ExecutionProviderDispatch};
use serde::Deserialize;

/// The setting `inference.provider`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// The processor.
    #[default]
    Cpu,
    /// NVIDIA's GPUs.
    Cuda,
    /// NVIDIA's GPUs, by an optimising compiler; what that cannot do is left to CUDA.
    TensorRt,
    /// AMD's GPUs.
    MiGraphX,
    /// Intel's processors, GPUs and NPUs.
    OpenVino,
    /// Apple's GPUs and neural engines.
    CoreMl,
    /// GPUs under Windows.
    DirectMl,
}

impl Provider {
    /// As in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
            Self::MiGraphX => "migraphx",
            Self::OpenVino => "openvino",
            Self::CoreMl => "coreml",
            Self::DirectMl => "directml",
        }
    }

    /// Where to get an ONNX Runtime that has it.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Cpu => "any build",
            Self::Cuda | Self::TensorRt => "the PyPI wheel onnxruntime-gpu",
            Self::MiGraphX => "AMD's wheel onnxruntime-migraphx",
            Self::OpenVino => "the PyPI wheel onnxruntime-openvino",
            Self::CoreMl => "the PyPI wheel onnxruntime for macOS",
            Self::DirectMl => "the PyPI wheel onnxruntime-directml",
        }
    }

    /// Whether the loaded library was built with it.
    pub(super) fn is_there(self) -> ort::Result<bool> {
        match self {
            Self::Cpu => Ok(true),
            Self::Cuda => ep::CUDA::is_available(),
            Self::TensorRt => ep::TensorRT::is_available(),
            Self::MiGraphX => ep::MIGraphX::is_available(),
            Self::OpenVino => ep::OpenVINO::is_available(),
            Self::CoreMl => ep::CoreML::is_available(),
            Self::DirectMl => ep::DirectML::is_available(),
        }
    }

    /// What a session is to try, first to last; the processor does the rest.
    pub(super) fn dispatches(self) -> Vec<ExecutionProviderDispatch> {
        let all = match self {
            Self::Cpu => vec![],
            Self::Cuda => vec![ep::CUDA::default().build()],
            Self::TensorRt => vec![ep::TensorRT::default().build(), ep::CUDA::default().build()],
            Self::MiGraphX => vec![ep::MIGraphX::default().build()],
            Self::OpenVino => vec![ep::OpenVINO::default().build()],
            Self::CoreMl => vec![ep::CoreML::default().build()],
            Self::DirectMl => vec![ep::DirectML::default().build()],
        };
        // Who asks for an accelerator shall hear that it cannot be used, rather than wonder why it is slow.
        all.into_iter().map(ExecutionProviderDispatch::error_on_failure).collect()
    }
}
