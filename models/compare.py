"""Compare converted models with MediaPipe's own inference of the .tflite files, tensor by tensor.

The attention mesh needs custom operators that only MediaPipe has, so a small MediaPipe graph runs
each .tflite with TensorFlow Lite's plain kernels. The pictures already have the model's input size:
the graph's image-to-tensor step is then the identity up to its affine map of pixel values.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from mediapipe.python import packet_creator, packet_getter
from mediapipe.python._framework_bindings import calculator_graph, image_frame
from numpy.typing import NDArray

from tflite_graph import TfliteGraph

FACES = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "faces"

# Largest |ONNX - TFLite| that passes. Mesh, eyes, irises and regressors are in pixels of the model's
# input; the rest are logits, of which the pose detector's run into the hundreds.
TOLERANCE = 0.002

GRAPH = """
input_stream: "image"
{outputs}
node {{ calculator: "TfLiteCustomOpResolverCalculator" output_side_packet: "OP_RESOLVER:resolver" }}
node {{
  calculator: "ToImageCalculator"
  input_stream: "IMAGE_CPU:image" output_stream: "IMAGE:unified"
}}
node {{
  calculator: "ImageToTensorCalculator"
  input_stream: "IMAGE:unified" output_stream: "TENSORS:input"
  options {{ [mediapipe.ImageToTensorCalculatorOptions.ext] {{
    output_tensor_width: {size} output_tensor_height: {size}
    output_tensor_float_range {{ min: {low} max: 1.0 }}
  }} }}
}}
node {{
  calculator: "InferenceCalculatorCpu"
  input_stream: "TENSORS:input" output_stream: "TENSORS:tensors"
  input_side_packet: "OP_RESOLVER:resolver"
  options {{ [mediapipe.InferenceCalculatorOptions.ext] {{
    model_path: "{model_path}" delegate {{ tflite {{}} }}
  }} }}
}}
node {{
  calculator: "SplitTensorVectorCalculator"
  input_stream: "tensors"
  {splits}
  options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{ {ranges} }} }}
}}
{floats}
"""


def graph_text(model_path: str, size: int, low: float, count: int) -> str:
    """MediaPipe graph from an image to the `count` output tensors, as streams of floats."""
    float_node = (
        'node {{ calculator: "TensorsToFloatsCalculator"'
        ' input_stream: "TENSORS:t{0}" output_stream: "FLOATS:out{0}" }}'
    )
    return GRAPH.format(
        outputs="\n".join(f'output_stream: "out{i}"' for i in range(count)),
        size=size,
        low=low,
        model_path=model_path,
        splits=" ".join(f'output_stream: "t{i}"' for i in range(count)),
        ranges=" ".join(f"ranges {{ begin: {i} end: {i + 1} }}" for i in range(count)),
        floats="\n".join(float_node.format(i) for i in range(count)),
    )


def run_mediapipe(
    model_path: str, images: list[NDArray[np.uint8]], low: float, names: list[str]
) -> dict[str, NDArray[np.float32]]:
    """Every output tensor of a .tflite for RGB `images` (H,W,3): name -> (N, values)."""
    text = graph_text(model_path, len(images[0]), low, len(names))
    graph = calculator_graph.CalculatorGraph(graph_config=text)
    found: dict[str, list[list[float]]] = {name: [] for name in names}
    for index, name in enumerate(names):
        graph.observe_output_stream(
            f"out{index}",
            lambda _, packet, name=name: found[name].append(
                packet_getter.get_float_list(packet)
            ),
        )
    graph.start_run()
    for time, image in enumerate(images):
        frame = packet_creator.create_image_frame(
            image_format=image_frame.ImageFormat.SRGB, data=image
        )
        graph.add_packet_to_input_stream("image", frame.at(time))
    graph.close_all_packet_sources()
    graph.wait_until_done()
    return {name: np.array(values, np.float32) for name, values in found.items()}


def run_onnx(
    model: bytes, images: list[NDArray[np.uint8]], low: float
) -> dict[str, NDArray[np.float32]]:
    """Every output of an ONNX model for the same images as one batch: name -> (N, values)."""
    unit = np.stack(images).transpose(0, 3, 1, 2).astype(np.float32) / 255
    batch = unit * np.float32(1 - low) + np.float32(low)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    values = session.run(None, {"input": batch})
    return {
        o.name: v.reshape(len(images), -1)
        for o, v in zip(session.get_outputs(), values)
    }


def sample_pictures(size: int) -> list[NDArray[np.uint8]]:
    """Face fixtures cut square and two pictures of noise, (size,size,3) RGB."""
    images = []
    for path in sorted(FACES.glob("*.jpg")):
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        side = min(picture.shape[:2])
        top, left = ((n - side) // 2 for n in picture.shape[:2])
        images.append(
            cv2.resize(picture[top : top + side, left : left + side], (size, size))
        )
    random = np.random.default_rng(0)
    for grain in (4, size):
        noise = random.integers(0, 256, (grain, grain, 3), np.uint8)
        images.append(cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC))
    return images


def compare(
    sources: dict[str, tuple[bytes, bytes, float, dict[str, str]]], scratch: Path
) -> list[str]:
    """Print the errors of every output and return the outputs beyond `TOLERANCE`.

    `sources` maps a model's name to its .tflite bytes, its .onnx bytes, the value of a black pixel
    (a white one is 1), and the map from TFLite to ONNX output names; `scratch` is a folder for the
    .tflite files.
    """
    failed = []
    for model, (tflite_bytes, onnx_bytes, low, outputs) in sources.items():
        path = scratch / f"{model}.tflite"
        path.write_bytes(tflite_bytes)
        graph = TfliteGraph(tflite_bytes)
        images = sample_pictures(graph.shapes[graph.input][1])
        expected = run_mediapipe(
            str(path), images, low, [graph.names[i] for i in graph.outputs]
        )
        actual = run_onnx(onnx_bytes, images, low)
        for source_name, name in outputs.items():
            error = np.abs(expected[source_name] - actual[name])
            verdict = "ok" if error.max() <= TOLERANCE else "TOO LARGE"
            sizes = f"max {error.max():.2e}, mean {error.mean():.2e}"
            print(f"{model} {name}: |error| {sizes}, {len(images)} pictures: {verdict}")
            if error.max() > TOLERANCE:
                failed.append(f"{model}:{name}")
    return failed
