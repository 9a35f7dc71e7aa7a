"""Read a .tflite flatbuffer: shapes, constants, operators, and which channel counts may grow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tflite
from flatbuffers import flexbuffers
from numpy.typing import NDArray

ELEMENTWISE = {"ADD", "RELU", "PRELU", "MAX_POOL_2D", "RESIZE_BILINEAR"}
CONVOLUTIONS = {"CONV_2D", "DEPTHWISE_CONV_2D"}

_OPERATOR_NAMES = {
    v: k for k, v in vars(tflite.BuiltinOperator).items() if not k.startswith("_")
}
_DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
    tflite.TensorType.INT64: np.int64,
}


@dataclass(frozen=True)
class Operator:
    """One TFLite operator: its name, tensor ids, and the flatbuffer table for its options."""

    name: str
    inputs: tuple[int, ...]
    output: int
    table: Any

    def options(self, kind: Callable[[], Any]) -> Any:
        """Read the built-in options as a flatbuffer class such as `tflite.Conv2DOptions`."""
        options, table = kind(), self.table.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        return options

    def custom_options(self) -> dict[str, Any]:
        """Read the flexbuffer map of a custom operator."""
        return flexbuffers.Loads(bytes(self.table.CustomOptionsAsNumpy()))


def densify(values: NDArray[Any], shape: list[int], sparsity: Any) -> NDArray[Any]:
    """Fill in the zeros of a tensor whose last axis is stored as compressed sparse rows.

    That is the one form that MediaPipe's sparse models use; `values` are the entries that are not
    zero, in order.
    """
    axes = [sparsity.DimMetadata(axis) for axis in range(sparsity.DimMetadataLength())]
    formats = [axis.Format() for axis in axes]
    dense, compressed = tflite.DimensionType.DENSE, tflite.DimensionType.SPARSE_CSR
    if formats != [dense] * (len(shape) - 1) + [compressed]:
        raise NotImplementedError("weights that are sparse in another way")
    segments = _index_vector(axes[-1].ArraySegments(), axes[-1].ArraySegmentsType())
    columns = _index_vector(axes[-1].ArrayIndices(), axes[-1].ArrayIndicesType())
    rows = np.zeros((len(segments) - 1, shape[-1]), values.dtype)
    rows[np.repeat(np.arange(len(rows)), np.diff(segments)), columns] = values
    return rows.reshape(shape)


def _index_vector(table: Any, kind: int) -> NDArray[Any]:
    """A flatbuffer union of integer vectors."""
    vector = {
        tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
        tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
        tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
    }[kind]()
    vector.Init(table.Bytes, table.Pos)
    return vector.ValuesAsNumpy().astype(int)


class TfliteGraph:
    """The first subgraph of a .tflite model: shapes (NHWC), constants, operators, names."""

    def __init__(self, model_bytes: bytes) -> None:
        self._model = tflite.Model.GetRootAsModel(model_bytes, 0)
        graph = self._model.Subgraphs(0)
        self.shapes: dict[int, list[int]] = {}
        self.names: dict[int, str] = {}
        self.constants: dict[int, NDArray[Any]] = {}
        for tensor_id in range(graph.TensorsLength()):
            self._read_tensor(tensor_id, graph.Tensors(tensor_id))
        self.input = int(graph.Inputs(0))
        self.outputs = [int(i) for i in graph.OutputsAsNumpy()]
        self.operators = [
            self._operator(graph.Operators(i)) for i in range(graph.OperatorsLength())
        ]
        self.users: dict[int, list[Operator]] = {}
        for operator in self.operators:
            for tensor_id in operator.inputs:
                self.users.setdefault(tensor_id, []).append(operator)

    def _read_tensor(self, tensor_id: int, tensor: Any) -> None:
        self.shapes[tensor_id] = (
            [int(d) for d in tensor.ShapeAsNumpy()] if tensor.ShapeLength() else []
        )
        self.names[tensor_id] = tensor.Name().decode()
        buffer = self._model.Buffers(tensor.Buffer())
        if buffer.DataLength():
            values = np.frombuffer(buffer.DataAsNumpy().tobytes(), _DTYPES[tensor.Type()])
            if tensor.Sparsity():
                values = densify(values, self.shapes[tensor_id], tensor.Sparsity())
            self.constants[tensor_id] = values.reshape(self.shapes[tensor_id])

    def _operator(self, table: Any) -> Operator:
        code = self._model.OperatorCodes(table.OpcodeIndex())
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        custom = builtin == tflite.BuiltinOperator.CUSTOM
        name = code.CustomCode().decode() if custom else _OPERATOR_NAMES[builtin]
        return Operator(
            name,
            tuple(int(i) for i in table.InputsAsNumpy()),
            int(table.Outputs(0)),
            table,
        )

    def is_channel_pad(self, operator: Operator) -> bool:
        """Whether a PAD adds channels (else it adds rows and columns)."""
        return bool(self.constants[operator.inputs[1]][3].any())

    def unaligned(self) -> set[int]:
        """Tensors whose channel count must stay as it is: what is not purely convolutional.

        Inputs, outputs and whatever touches any other operator are fixed first; an elementwise or
        depthwise operator then has all of its inputs and outputs rounded up, or none.
        """
        fixed = {self.input, *self.outputs}
        for operator in self.operators:
            if operator.name not in ELEMENTWISE | CONVOLUTIONS | {"PAD"}:
                fixed |= {*operator.inputs, operator.output}
        size = -1
        while size != len(fixed):
            size = len(fixed)
            for operator in self.operators:
                linked = self._linked(operator)
                if linked & fixed:
                    fixed |= linked
        return fixed

    def _linked(self, operator: Operator) -> set[int]:
        """Activations that must share one channel count."""
        if operator.name == "ADD":
            return {*operator.inputs, operator.output}
        if operator.name in ELEMENTWISE | {"DEPTHWISE_CONV_2D"}:
            return {operator.inputs[0], operator.output}
        if operator.name == "PAD" and not self.is_channel_pad(operator):
            return {operator.inputs[0], operator.output}
        return set()
