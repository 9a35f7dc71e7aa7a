"""The small network on eye crops: its training with JAX on the CPU, and its export to ONNX.

3x3 convolution, four depthwise-separable blocks, mean over the picture, one linear output. In
training every convolution is followed by batch normalisation, which is folded into it for export.
"""

from __future__ import annotations

import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import cv2
import jax
import jax.numpy as jnp
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from eye_state_data import CROP, CROP_SIDE, WIDE, WIDE_SIDE, Array, normalise

STEM = 16
# Channels in, channels out, stride of the depthwise convolution.
BLOCKS = ((16, 32, 1), (32, 64, 2), (64, 64, 1), (64, 128, 2))
MOMENTUM = 0.95
EPSILON = 1e-3

Parameters = dict[str, jax.Array]


def initial(seed: int) -> tuple[Parameters, Parameters]:
    """Parameters and running moments of the normalisations."""
    random = np.random.default_rng(seed)
    params: Parameters = {}
    moments: Parameters = {}

    def layer(name: str, shape: tuple[int, ...], fan_in: int, channels: int) -> None:
        params[name] = jnp.asarray(random.standard_normal(shape) * np.sqrt(2 / fan_in), jnp.float32)
        params[name + "/scale"] = jnp.ones(channels)
        params[name + "/shift"] = jnp.zeros(channels)
        moments[name + "/mean"] = jnp.zeros(channels)
        moments[name + "/var"] = jnp.ones(channels)

    layer("stem", (3, 3, STEM), 9, STEM)
    for i, (inner, outer, _) in enumerate(BLOCKS):
        layer(f"dw{i}", (3, 3, inner), 9, inner)
        layer(f"pw{i}", (inner, outer), inner, outer)
    params["out"] = jnp.asarray(random.standard_normal(BLOCKS[-1][1]) * 0.05, jnp.float32)
    params["out/bias"] = jnp.zeros(())
    return params, moments


def depthwise(x: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    """3x3, padding 1, channels last, as nine shifted products (the stem: one channel in)."""
    height, width = x.shape[1:3]
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    if stride == 2:  # slices of the four phases: strided slices are slow to differentiate
        n, h, w, c = padded.shape
        phases = padded.reshape(n, h // 2, 2, w // 2, 2, c)
        total = 0.0
        for i in range(3):
            for j in range(3):
                part = phases[:, i // 2 : i // 2 + height // 2, i % 2, j // 2 : j // 2 + width // 2, j % 2]
                total = total + part * kernel[i, j]
        return total
    total = 0.0
    for i in range(3):
        for j in range(3):
            total = total + padded[:, i : i + height, j : j + width] * kernel[i, j]
    return total


def forward(
    params: Parameters, moments: Parameters, x: jax.Array, training: bool, key: jax.Array | None = None
) -> tuple[jax.Array, Parameters]:
    seen: Parameters = {}

    def norm(name: str, y: jax.Array) -> jax.Array:
        if training:
            mean, var = y.mean((0, 1, 2)), y.var((0, 1, 2))
            seen[name + "/mean"] = MOMENTUM * moments[name + "/mean"] + (1 - MOMENTUM) * mean
            seen[name + "/var"] = MOMENTUM * moments[name + "/var"] + (1 - MOMENTUM) * var
        else:
            mean, var = moments[name + "/mean"], moments[name + "/var"]
        gain = params[name + "/scale"] / jnp.sqrt(var + EPSILON)
        return jax.nn.relu(y * gain + (params[name + "/shift"] - mean * gain))

    y = norm("stem", depthwise(x[..., None], params["stem"], 2))
    for i, (_, _, stride) in enumerate(BLOCKS):
        y = norm(f"dw{i}", depthwise(y, params[f"dw{i}"], stride))
        y = norm(f"pw{i}", y @ params[f"pw{i}"])
    pooled = y.mean((1, 2))
    if training and key is not None:
        pooled = pooled * jax.random.bernoulli(key, 0.75, pooled.shape) / 0.75
    return pooled @ params["out"] + params["out/bias"], seen


def loss(params, moments, x, target, weight, key):
    logit, seen = forward(params, moments, x, True, key)
    # Targets are softened: no crop is certain, some labels are wrong.
    target = 0.02 + 0.96 * target
    each = jnp.maximum(logit, 0) - logit * target + jnp.log1p(jnp.exp(-jnp.abs(logit)))
    return (each * weight).sum() / weight.sum(), seen


@jax.jit
def step(params, moments, first, second, time, rate, x, target, weight, key):
    """One step of Adam with weight decay on the kernels."""
    (value, seen), grads = jax.value_and_grad(loss, has_aux=True)(params, moments, x, target, weight, key)
    first = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, first, grads)
    second = jax.tree.map(lambda a, g: 0.99 * a + 0.01 * g * g, second, grads)
    correct1, correct2 = 1 - 0.9**time, 1 - 0.99**time

    def move(p, a, b):
        decay = 0.02 * p if p.ndim > 0 else 0.0
        return p - rate * (a / correct1 / (jnp.sqrt(b / correct2) + 1e-8) + decay)

    return jax.tree.map(move, params, first, second), seen, first, second, value


predict_batch = jax.jit(lambda params, moments, x: forward(params, moments, x, False)[0])


def widen(crops24: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """24x24 crops in the eye-crop set's framing (1.4 corner distances) put into the wide framing."""
    scale = 24 / 1.4 * WIDE_SIDE / WIDE
    offset = 11.5 - scale * (WIDE - 1) / 2
    matrix = np.float32([[scale, 0, offset], [0, scale, offset]])
    return np.stack(
        [
            cv2.warpAffine(
                c, matrix, (WIDE, WIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
            )
            for c in crops24
        ]
    )


# From the network's crop into the wide one, without any jitter.
STRAIGHT = np.float32(
    [
        [CROP_SIDE / WIDE_SIDE * WIDE / CROP, 0, (WIDE - 1) / 2 - CROP_SIDE / WIDE_SIDE * WIDE / CROP * (CROP - 1) / 2],
        [0, CROP_SIDE / WIDE_SIDE * WIDE / CROP, (WIDE - 1) / 2 - CROP_SIDE / WIDE_SIDE * WIDE / CROP * (CROP - 1) / 2],
    ]
)


def cut(wide: NDArray[np.uint8], matrix: Array) -> NDArray[np.uint8]:
    return cv2.warpAffine(
        wide, matrix, (CROP, CROP), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )


def augment(wide: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """A jittered crop, so worsened that its source cannot be read from its sharpness or contrast."""
    scale = STRAIGHT[0, 0] * np.exp(random.uniform(-0.14, 0.14))
    stretch = np.exp(random.uniform(-0.1, 0.1))
    angle = np.radians(random.normal(0, 6))
    flip = -1.0 if random.random() < 0.5 else 1.0
    turn = np.float32([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([flip * scale * stretch, scale / stretch])
    shift = random.normal(0, 1.8, 2) + (WIDE - 1) / 2
    matrix = np.float32(np.column_stack([linear, shift - linear @ np.full(2, (CROP - 1) / 2)]))
    crop = cut(wide, matrix)
    # Effective resolution: 9 to 32 pixels a side.
    if random.random() < 0.6:
        side = int(random.integers(9, 25))
        crop = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
        crop = cv2.resize(crop, (CROP, CROP), interpolation=cv2.INTER_LINEAR if random.random() < 0.5 else cv2.INTER_CUBIC)
    if random.random() < 0.3:
        crop = cv2.GaussianBlur(crop, (0, 0), random.uniform(0.3, 1.3))
    out = crop.astype(np.float32)
    if random.random() < 0.6:
        out = 255 * (out / 255) ** np.exp(random.uniform(-0.9, 0.9))
    if random.random() < 0.4:  # light from one side
        ramp = np.linspace(-1, 1, CROP, dtype=np.float32)
        out = out * (1 + random.uniform(-0.4, 0.4) * ramp[None] + random.uniform(-0.3, 0.3) * ramp[:, None])
    out = out * np.exp(random.uniform(-1.2, 0.1))
    if random.random() < 0.6:
        grain = random.standard_normal(out.shape, dtype=np.float32)
        if random.random() < 0.5:
            grain = cv2.GaussianBlur(grain, (0, 0), 0.7) * 2
        out = out + grain * random.uniform(0, 0.2) * (out.std() + 2)
    crop = np.clip(out, 0, 255).astype(np.uint8)
    if random.random() < 0.5:
        quality = int(random.integers(20, 90))
        crop = cv2.imdecode(cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
    if random.random() < 0.15:  # a reflection, a rim of glasses, a strand of hair
        a, b = random.integers(0, CROP, 2), random.integers(0, CROP, 2)
        cv2.line(crop, tuple(map(int, a)), tuple(map(int, b)), int(random.integers(0, 256)), int(random.integers(1, 3)))
    return crop


def train(
    wide: NDArray[np.uint8], target: Array, draw: Array, seed: int, steps: int, batch: int = 128
) -> tuple[Parameters, Parameters]:
    """Fits the network to crops; `draw` is how often each crop is drawn, relatively."""
    cv2.setNumThreads(1)
    random = np.random.default_rng(seed)
    params, moments = initial(seed)
    first = jax.tree.map(jnp.zeros_like, params)
    second = jax.tree.map(jnp.zeros_like, params)
    average = params
    chance = np.cumsum(draw / draw.sum())
    weight = np.ones(batch, np.float32)
    key = jax.random.key(seed)
    for time in range(1, steps + 1):
        chosen = np.minimum(np.searchsorted(chance, random.random(batch)), len(wide) - 1)
        x = normalise(np.stack([augment(wide[i], random) for i in chosen]))
        done = time / steps
        rate = 3e-3 * min(1.0, time / 100) * (0.5 + 0.5 * np.cos(np.pi * done))
        params, seen, first, second, _ = step(
            params, moments, first, second, float(time), rate, x, target[chosen], weight, jax.random.fold_in(key, time)
        )
        moments = {**moments, **seen}
    return params, moments


def fold(params: Parameters, moments: Parameters) -> dict[str, Array]:
    """Batch normalisation folded into kernels and biases."""
    folded: dict[str, Array] = {}
    names = ["stem"] + [f"{kind}{i}" for i in range(len(BLOCKS)) for kind in ("dw", "pw")]
    for name in names:
        gain = np.asarray(params[name + "/scale"]) / np.sqrt(np.asarray(moments[name + "/var"]) + EPSILON)
        folded[name] = np.asarray(params[name]) * gain
        folded[name + "/bias"] = np.asarray(params[name + "/shift"]) - np.asarray(moments[name + "/mean"]) * gain
    folded["out"] = np.asarray(params["out"])
    folded["out/bias"] = np.asarray(params["out/bias"])
    return folded


def predict(params: Parameters, moments: Parameters, crops: NDArray[np.uint8]) -> Array:
    """Logits of 32x32 crops."""
    out = []
    for i in range(0, len(crops), 256):
        part = normalise(crops[i : i + 256])
        padded = np.zeros((256, CROP, CROP), np.float32)
        padded[: len(part)] = part
        out.append(np.asarray(predict_batch(params, moments, padded))[: len(part)])
    return np.concatenate(out) if out else np.zeros(0, np.float32)


def to_onnx(folded: dict[str, Array]) -> onnx.ModelProto:
    weights, nodes = [], []

    def constant(name: str, value: Array) -> str:
        weights.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def conv(source: str, name: str, kernel: Array, stride: int, groups: int) -> str:
        size = kernel.shape[-1]
        nodes.append(
            helper.make_node(
                "Conv",
                [source, constant(name + ".weight", kernel), constant(name + ".bias", folded[name + "/bias"])],
                [name + ".conv"],
                kernel_shape=[size, size],
                pads=[size // 2] * 4,
                strides=[stride, stride],
                group=groups,
            )
        )
        nodes.append(helper.make_node("Relu", [name + ".conv"], [name + ".relu"]))
        return name + ".relu"

    y = conv("input", "stem", folded["stem"].transpose(2, 0, 1)[:, None], 2, 1)
    for i, (inner, _, stride) in enumerate(BLOCKS):
        y = conv(y, f"dw{i}", folded[f"dw{i}"].transpose(2, 0, 1)[:, None], stride, inner)
        y = conv(y, f"pw{i}", folded[f"pw{i}"].T[:, :, None, None], 1, 1)
    nodes.append(helper.make_node("GlobalAveragePool", [y], ["pooled"]))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["flat"], axis=1))
    constant("out.weight", folded["out"][None])
    constant("out.bias", folded["out/bias"].reshape(1))
    nodes.append(helper.make_node("Gemm", ["flat", "out.weight", "out.bias"], ["logit"], transB=1))
    graph = helper.make_graph(
        nodes,
        "eye_state",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 1, CROP, CROP])],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["N", 1])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    model.producer_name = "fit_eye_state.py"
    onnx.checker.check_model(model)
    return model
