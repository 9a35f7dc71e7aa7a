"""Translate MediaPipe's face .tflite graphs to ONNX: NCHW, dynamic batch, standard operators only.

Why a converter of our own
--------------------------
tf2onnx and tflite2onnx stop at the custom operators of the attention mesh, or give an NHWC graph
of fixed batch with a transpose around every convolution. Only the operators that the three
models use are handled here, so the whole translation can be read in one sitting:

* **Layout.** Activations are NCHW from the input on. Weights are transposed once, at conversion.
* **Weights.** float16 weights behind DEQUANTIZE are folded into float32 initialisers.
* **PReLU.** ONNX Runtime's blocked (NCHWc) CPU layout knows Conv, Relu, Add and MaxPool, not PRelu;
  each PRelu costs two reorders. It is written as ``a*x + relu((1-a)*x)`` with depthwise 1x1
  convolutions, the same function, and the mesh becomes three times as fast.
* **Channel alignment.** Channel counts are rounded up to a multiple of 16 with zero weights (the
  block size with AVX-512), and channel pads are 1x1 convolutions by ``[I; 0]``, so that every
  tensor inside the network stays blocked.
* **Spatial PADs** become the ``pads`` of the convolution that follows.
* **Custom operators.** The eye regions of the attention mesh are cut out of a feature map by
  Landmarks2TransformMatrix + TransformTensorBilinear and put back by TransformLandmarks. They are
  written with MatMul, GatherND and elementwise operators; GridSample measured five times slower.

The result is a pure function of the .tflite bytes: names are counters, order is the graph's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import onnx
import tflite
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tflite_graph import CONVOLUTIONS, Operator, TfliteGraph

OPSET = 18
IR_VERSION = 9
CHANNEL_BLOCK = 16

NHWC_TO_NCHW = (0, 3, 1, 2)
NCHW_TO_NHWC = (0, 2, 3, 1)


class GraphBuilder:
    """Collects ONNX nodes and shared initialisers under names that are counters."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._initializers: dict[
            tuple[str, tuple[int, ...], bytes], onnx.TensorProto
        ] = {}

    def const(self, values: Any) -> str:
        """Name of an initialiser holding `values`; Python floats become float32, ints int64."""
        array = np.asarray(values)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._initializers:
            name = f"c{len(self._initializers)}"
            self._initializers[key] = numpy_helper.from_array(
                np.ascontiguousarray(array), name
            )
        return self._initializers[key].name

    def add(self, op_type: str, *inputs: str, **attributes: Any) -> str:
        """Append a node of one output and return that output's name."""
        return self.add_many(op_type, inputs, 1, **attributes)[0]

    def add_many(
        self, op_type: str, inputs: Iterable[str], count: int, **attributes: Any
    ) -> list[str]:
        """Append a node of `count` outputs and return their names."""
        number = len(self.nodes)
        outputs = [
            f"v{number}" if count == 1 else f"v{number}_{i}" for i in range(count)
        ]
        self.nodes.append(
            helper.make_node(
                op_type, list(inputs), outputs, name=f"{op_type}_{number}", **attributes
            )
        )
        return outputs

    def prune(
        self, wanted: set[str]
    ) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
        """Return only the nodes and initialisers on which the `wanted` names depend."""
        needed, kept = set(wanted), []
        for node in reversed(self.nodes):
            if needed & set(node.output):
                kept.append(node)
                needed |= set(node.input)
        return kept[::-1], [t for t in self._initializers.values() if t.name in needed]


def same_padding(size: list[int], kernel: list[int], stride: list[int]) -> list[int]:
    """ONNX `pads` (top, left, bottom, right) of TFLite's SAME padding at this spatial size.

    With stride 2 the result is the same for every even size, so it also holds for the detector's
    other input sizes (multiples of 16).
    """
    total = [
        max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(size, kernel, stride)
    ]
    return [
        total[0] // 2,
        total[1] // 2,
        total[0] - total[0] // 2,
        total[1] - total[1] // 2,
    ]


class Converter:
    """Walks a `TfliteGraph` once and writes each operator into a `GraphBuilder`."""

    def __init__(self, model_bytes: bytes, dynamic_size: bool = False) -> None:
        self.graph = TfliteGraph(model_bytes)
        self.dynamic_size = dynamic_size
        self.build = GraphBuilder()
        self._value = {self.graph.input: "input"}
        self._fixed = self.graph.unaligned()
        self._pads: dict[int, tuple[int, list[int]]] = {}
        self._sampled: dict[int, str] = {}
        self._handlers: dict[str, Callable[[Operator], str | None]] = {
            "DEQUANTIZE": self._same_constant,
            "DENSIFY": self._same_constant,
            "CONV_2D": self._convolution,
            "DEPTHWISE_CONV_2D": self._convolution,
            "RELU": lambda op: self.build.add("Relu", self._in(op, 0)),
            "PRELU": self._prelu,
            "PAD": self._pad,
            "MAX_POOL_2D": self._max_pool,
            "ADD": lambda op: self._arithmetic(op, "Add", tflite.AddOptions),
            "MUL": lambda op: self._arithmetic(op, "Mul", tflite.MulOptions),
            "RESIZE_BILINEAR": self._resize,
            "DEPTH_TO_SPACE": self._depth_to_space,
            "RESHAPE": self._reshape,
            "CONCATENATION": self._concatenation,
            "STRIDED_SLICE": self._whole_slice,
            "Landmarks2TransformMatrix": self._landmarks_to_matrix,
            "TransformTensorBilinear": self._transform_tensor,
            "TransformLandmarks": self._transform_landmarks,
        }

    def convert(
        self, outputs: dict[str, str], metadata: dict[str, str]
    ) -> onnx.ModelProto:
        """Translate the graph; `outputs` maps wanted TFLite output names to ONNX names."""
        for operator in self.graph.operators:
            value = self._handlers[operator.name](operator)
            if value is not None:
                self._value[operator.output] = value
        infos = [self._output(tensor_id, outputs) for tensor_id in self.graph.outputs]
        infos = [info for info in infos if info is not None]
        if len(infos) != len(outputs):
            raise ValueError(f"model lacks one of the outputs {sorted(outputs)}")
        nodes, initializers = self.build.prune({info.name for info in infos})
        graph = helper.make_graph(
            nodes, "face", [self._input_info()], infos, initializers
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="tflite_to_onnx",
        )
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model, full_check=True)
        return model

    # ---- graph inputs and outputs

    def _input_info(self) -> onnx.ValueInfoProto:
        _, height, width, channels = self.graph.shapes[self.graph.input]
        size = ["H", "W"] if self.dynamic_size else [height, width]
        return helper.make_tensor_value_info(
            "input", TensorProto.FLOAT, ["N", channels, *size]
        )

    def _output(
        self, tensor_id: int, outputs: dict[str, str]
    ) -> onnx.ValueInfoProto | None:
        name = outputs.get(self.graph.names[tensor_id])
        if name is None:
            return None
        shape, value = self.graph.shapes[tensor_id], self._value[tensor_id]
        if len(shape) == 4:
            value = self.build.add("Flatten", value, axis=1)
            shape = [1, shape[3]]
        self.build.nodes.append(
            helper.make_node("Identity", [value], [name], name=f"output_{name}")
        )
        middle = ["A"] if self.dynamic_size else shape[1:-1]
        return helper.make_tensor_value_info(
            name, TensorProto.FLOAT, ["N", *middle, shape[-1]]
        )

    # ---- values

    def _in(self, operator: Operator, index: int) -> str:
        """ONNX name of an operand; constants become initialisers (4x4 matrices lose two rows)."""
        tensor_id = operator.inputs[index]
        if tensor_id in self._value:
            return self._value[tensor_id]
        array = self.graph.constants[tensor_id].astype(np.float32)
        if array.shape == (1, 4, 4):
            array = array[:, :2]
        return self.build.const(array)

    def _weights(self, tensor_id: int) -> NDArray[np.float32]:
        return self.graph.constants[tensor_id].astype(np.float32)

    def _channels(self, tensor_id: int) -> int:
        """Channel count that the ONNX graph stores for a tensor, rounded up where it may be."""
        channels = self.graph.shapes[tensor_id][-1]
        return (
            channels
            if tensor_id in self._fixed
            else -(-channels // CHANNEL_BLOCK) * CHANNEL_BLOCK
        )

    def _activate(self, value: str, activation: int) -> str:
        if activation == tflite.ActivationFunctionType.NONE:
            return value
        if activation == tflite.ActivationFunctionType.RELU:
            return self.build.add("Relu", value)
        if activation == tflite.ActivationFunctionType.RELU6:
            return self.build.add(
                "Clip", value, self.build.const(0.0), self.build.const(6.0)
            )
        raise NotImplementedError(f"fused activation {activation}")

    def _pointwise(
        self, value: str, weights: NDArray[np.float32], group: int = 1
    ) -> str:
        """1x1 convolution without bias; `weights` is (out, in / group)."""
        bias = np.zeros(len(weights), np.float32)
        kernel = self.build.const(weights[:, :, None, None])
        return self.build.add(
            "Conv",
            value,
            kernel,
            self.build.const(bias),
            kernel_shape=[1, 1],
            group=group,
        )

    # ---- operators

    def _same_constant(self, operator: Operator) -> None:
        """float16 weights become float32 where they are used, sparse ones are dense since reading."""
        self.graph.constants[operator.output] = self.graph.constants[operator.inputs[0]]

    def _convolution(self, operator: Operator) -> str:
        depthwise = operator.name == "DEPTHWISE_CONV_2D"
        options = operator.options(
            tflite.DepthwiseConv2DOptions if depthwise else tflite.Conv2DOptions
        )
        source, weight_id, bias_id = operator.inputs[:3]
        out_channels = self._channels(operator.output)
        weights, bias = self._weights(weight_id), self._weights(bias_id)
        weights = weights.transpose((3, 0, 1, 2) if depthwise else NHWC_TO_NCHW)
        extra_in = 0 if depthwise else self._channels(source) - weights.shape[1]
        weights = np.pad(
            weights, [(0, out_channels - len(weights)), (0, extra_in), (0, 0), (0, 0)]
        )
        bias = np.pad(bias, (0, out_channels - len(bias)))
        kernel, stride = list(weights.shape[2:]), [options.StrideH(), options.StrideW()]
        if (options.DilationHFactor(), options.DilationWFactor()) != (1, 1):
            raise NotImplementedError("dilated convolution")
        pads = [0, 0, 0, 0]
        if options.Padding() == tflite.Padding.SAME:
            pads = same_padding(self.graph.shapes[source][1:3], kernel, stride)
        source, before = self._pads.get(source, (source, [0, 0, 0, 0]))
        value = self.build.add(
            "Conv",
            self._value[source],
            self.build.const(weights),
            self.build.const(bias),
            kernel_shape=kernel,
            strides=stride,
            pads=[a + b for a, b in zip(pads, before)],
            group=out_channels if depthwise else 1,
        )
        return self._activate(value, options.FusedActivationFunction())

    def _prelu(self, operator: Operator) -> str:
        """`a*x + relu((1-a)*x)` where every a <= 1, else `a*x + (1-a)*relu(x)`: equal functions."""
        value, channels = self._in(operator, 0), self._channels(operator.inputs[0])
        slope = self._weights(operator.inputs[1]).reshape(-1, 1)
        slope = np.pad(slope, [(0, channels - len(slope)), (0, 0)])
        if (slope <= 1).all():
            rest = self.build.add("Relu", self._pointwise(value, 1 - slope, channels))
        else:
            rest = self._pointwise(self.build.add("Relu", value), 1 - slope, channels)
        return self.build.add("Add", self._pointwise(value, slope, channels), rest)

    def _pad(self, operator: Operator) -> str | None:
        padding = self.graph.constants[operator.inputs[1]].astype(int)
        source = operator.inputs[0]
        if not self.graph.is_channel_pad(operator):
            if any(
                user.name not in CONVOLUTIONS
                for user in self.graph.users[operator.output]
            ):
                raise NotImplementedError(
                    "spatial PAD that no convolution can take over"
                )
            top_left, bottom_right = padding[1:3, 0], padding[1:3, 1]
            self._pads[operator.output] = (
                source,
                [int(p) for p in (*top_left, *bottom_right)],
            )
            return None
        if padding[:3].any() or padding[3, 0]:
            raise NotImplementedError("PAD of channels and pixels at once")
        before, after = self._channels(source), self._channels(operator.output)
        if before == after:
            return self._value[source]
        return self._pointwise(
            self._value[source], np.eye(after, before, dtype=np.float32)
        )

    def _max_pool(self, operator: Operator) -> str:
        options = operator.options(tflite.Pool2DOptions)
        kernel = [options.FilterHeight(), options.FilterWidth()]
        stride = [options.StrideH(), options.StrideW()]
        pads = [0, 0, 0, 0]
        if options.Padding() == tflite.Padding.SAME:
            pads = same_padding(
                self.graph.shapes[operator.inputs[0]][1:3], kernel, stride
            )
        source = self._in(operator, 0)
        return self.build.add(
            "MaxPool", source, kernel_shape=kernel, strides=stride, pads=pads
        )

    def _arithmetic(
        self, operator: Operator, op_type: str, kind: Callable[[], Any]
    ) -> str:
        value = self.build.add(op_type, self._in(operator, 0), self._in(operator, 1))
        return self._activate(value, operator.options(kind).FusedActivationFunction())

    def _resize(self, operator: Operator) -> str:
        """Twice the height and width, whatever they are."""
        options = operator.options(tflite.ResizeBilinearOptions)
        before, after = (
            self.graph.shapes[operator.inputs[0]],
            self.graph.shapes[operator.output],
        )
        if options.AlignCorners() or not options.HalfPixelCenters():
            raise NotImplementedError("resize that is not by pixel centres")
        if after[1:3] != [2 * before[1], 2 * before[2]]:
            raise NotImplementedError(f"resize {before} -> {after}")
        return self.build.add(
            "Resize",
            self._in(operator, 0),
            "",
            self.build.const(np.array([1, 1, 2, 2], np.float32)),
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def _depth_to_space(self, operator: Operator) -> str:
        options = operator.options(tflite.DepthToSpaceOptions)
        return self.build.add(
            "DepthToSpace",
            self._in(operator, 0),
            blocksize=options.BlockSize(),
            mode="DCR",
        )

    def _reshape(self, operator: Operator) -> str:
        """(N,h,w,c) -> (N,-1,k) in NHWC order, or (N,n,k) -> (N,n*k)."""
        before, after = (
            self.graph.shapes[operator.inputs[0]],
            self.graph.shapes[operator.output],
        )
        value = self._in(operator, 0)
        if len(before) == 4 and before[1] * before[2] > 1:
            value = self.build.add("Transpose", value, perm=NCHW_TO_NHWC)
        if len(after) == 3:
            return self.build.add("Reshape", value, self.build.const([0, -1, after[2]]))
        if len(after) != 4 or after[1] * after[2] != 1:
            raise NotImplementedError(f"reshape {before} -> {after}")
        return self.build.add("Reshape", value, self.build.const([0, after[3], 1, 1]))

    def _concatenation(self, operator: Operator) -> str:
        axis = operator.options(tflite.ConcatenationOptions).Axis()
        if len(self.graph.shapes[operator.output]) != 3:
            raise NotImplementedError("concatenation of images")
        return self.build.add(
            "Concat", *(self._value[i] for i in operator.inputs), axis=axis
        )

    def _whole_slice(self, operator: Operator) -> str:
        if self.graph.shapes[operator.inputs[0]] != self.graph.shapes[operator.output]:
            raise NotImplementedError("slice that takes a part")
        return self._in(operator, 0)

    # ---- custom operators of the attention mesh

    def _landmarks_to_matrix(self, operator: Operator) -> str:
        """Landmarks (N,M,3) -> affine (N,2,4) from region pixels to feature-map pixels.

        The region is the box around a subset of the landmarks, turned so that the line between
        two of them is level, and enlarged by a scale.
        """
        options, add, const = (
            operator.custom_options(),
            self.build.add,
            self.build.const,
        )
        if options["target_rotation_radians"] != 0.0:
            raise NotImplementedError("region that is not level")
        points = add("Slice", self._in(operator, 0), const([0]), const([2]), const([2]))
        rotation = self._rotation(
            points, options["left_rotation_idx"], options["right_rotation_idx"]
        )
        region = add("Gather", points, const(options["subset_idxs"]), axis=1)
        level = add("MatMul", region, rotation)
        high, low = (
            add(reduce, level, const([1]), keepdims=1)
            for reduce in ("ReduceMax", "ReduceMin")
        )
        back = add("Transpose", rotation, perm=[0, 2, 1])
        center = add("MatMul", add("Mul", add("Add", high, low), const(0.5)), back)
        width, height = float(options["output_width"]), float(options["output_height"])
        per_pixel = const([[[options["scale_x"] / width, options["scale_y"] / height]]])
        linear = add("Mul", rotation, add("Mul", add("Sub", high, low), per_pixel))
        to_corner = add("MatMul", linear, const([[[-width / 2], [-height / 2]]]))
        shift = add("Add", add("Transpose", center, perm=[0, 2, 1]), to_corner)
        no_depth = add("Mul", shift, const(0.0))
        return add("Concat", linear, no_depth, shift, axis=2)

    def _rotation(self, points: str, left: int, right: int) -> str:
        """(N,2,2) matrix [[cos,-sin],[sin,cos]] of the angle of the line left -> right."""
        add, const = self.build.add, self.build.const
        ends = add("Gather", points, const([left, right]), axis=1)
        first, second = self.build.add_many("Split", [ends], 2, axis=1, num_outputs=2)
        line = add("Sub", second, first)
        unit = add("Div", line, add("ReduceL2", line, const([2]), keepdims=1))
        cos, sin = self.build.add_many("Split", [unit], 2, axis=2, num_outputs=2)
        rows = (
            add("Concat", cos, add("Neg", sin), axis=2),
            add("Concat", sin, cos, axis=2),
        )
        return add("Concat", *rows, axis=1)

    def _transform_tensor(self, operator: Operator) -> str:
        """Cut (N,C,h,w) out of a feature map: bilinear, half-pixel, zero outside."""
        options, add, const = (
            operator.custom_options(),
            self.build.add,
            self.build.const,
        )
        rows, columns = options["output_height"], options["output_width"]
        _, height, width, _ = self.graph.shapes[operator.inputs[0]]
        y, x = np.meshgrid(
            np.arange(rows) + 0.5, np.arange(columns) + 0.5, indexing="ij"
        )
        grid = np.stack([x, y, np.zeros_like(x), np.ones_like(x)]).reshape(1, 4, -1)
        where = add(
            "Sub", add("MatMul", self._in(operator, 1), const(grid)), const(0.5)
        )
        weights, corners = self._bilinear(where, width, height)
        channels, count = self._channels(operator.inputs[0]), rows * columns
        source = self._channels_last(operator.inputs[0])
        taken = add(
            "GatherND",
            source,
            add("Reshape", corners, const([0, 4 * count, 1])),
            batch_dims=1,
        )
        taken = add("Mul", taken, add("Reshape", weights, const([0, 4 * count, 1])))
        taken = add("Reshape", taken, const([0, 4, count, channels]))
        summed = add("ReduceSum", taken, const([1]), keepdims=0)
        nchw = add("Transpose", summed, perm=[0, 2, 1])
        return add("Reshape", nchw, const([0, channels, rows, columns]))

    def _bilinear(self, where: str, width: int, height: int) -> tuple[str, str]:
        """Positions (N,2,P) in pixels -> weights, flat indices of the corners (N,4,P)."""
        add, const = self.build.add, self.build.const
        last = np.array([[[width - 1.0], [height - 1.0]]], np.float32)
        inside = add("Min", add("Max", where, const(0.0)), const(last))
        is_inside = add("Cast", add("Equal", inside, where), to=TensorProto.FLOAT)
        floor = add("Min", add("Floor", inside), const(last - 1))
        after = add("Sub", inside, floor)
        before = add("Sub", const(1.0), after)
        halves = (
            self.build.add_many("Split", [v], 2, axis=1, num_outputs=2)
            for v in (after, before, floor, is_inside)
        )
        (right, bottom), (left, top), (x, y), (x_ok, y_ok) = halves
        visible = add("Mul", x_ok, y_ok)
        top, bottom = add("Mul", top, visible), add("Mul", bottom, visible)
        products = [
            add("Mul", v, h)
            for v, h in ((top, left), (top, right), (bottom, left), (bottom, right))
        ]
        first = add("Add", add("Mul", y, const(float(width))), x)
        offsets = const(np.array([[[0], [1], [width], [width + 1]]], np.float32))
        corners = add("Cast", add("Add", first, offsets), to=TensorProto.INT64)
        return add("Concat", *products, axis=1), corners

    def _channels_last(self, tensor_id: int) -> str:
        """(N,C,h,w) as (N,h*w,C), made once however many regions are cut from it."""
        if tensor_id not in self._sampled:
            shape = self.build.const([0, -1, self._channels(tensor_id)])
            nhwc = self.build.add(
                "Transpose", self._value[tensor_id], perm=NCHW_TO_NHWC
            )
            self._sampled[tensor_id] = self.build.add("Reshape", nhwc, shape)
        return self._sampled[tensor_id]

    def _transform_landmarks(self, operator: Operator) -> str:
        """Points (N,M,2) through an affine (N,2,4)."""
        points, matrix = self._in(operator, 0), self._in(operator, 1)
        add, const = self.build.add, self.build.const
        linear = add("Slice", matrix, const([0]), const([2]), const([2]))
        shift = add("Slice", matrix, const([3]), const([4]), const([2]))
        turned = add("MatMul", points, add("Transpose", linear, perm=[0, 2, 1]))
        return add("Add", turned, add("Transpose", shift, perm=[0, 2, 1]))
