#!/usr/bin/env python3
"""Make landmark_maps.json: where the outputs of the attention mesh go among the 478 landmarks.

    python models/landmark_maps.py            # write landmark_maps.json (requirements-check.txt)
    python models/landmark_maps.py --check    # change nothing: is the file what this script makes?

The maps are read from the graph of MediaPipe's own face mesh solution, expanded by MediaPipe.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

import mediapipe
from mediapipe.python._framework_bindings import validated_graph_config

RESULT = Path(__file__).resolve().parent / "landmark_maps.json"
GRAPH = "modules/face_landmark/face_landmark_front_cpu.binarypb"

# The order in which MediaPipe's graph hands the model's outputs to its refinement step.
OUTPUTS = ["mesh", "lips", "left_eye", "right_eye", "left_iris", "right_iris"]
ABOUT = {
    "source": f"mediapipe==0.10.21 {GRAPH}",
    "sides": "left_* is on the left of an unmirrored picture: the subject's right side",
    "xy": "row i of an output replaces x and y of landmark indices[output][i]",
    "lips": "landmarks that MediaPipe refines and this model leaves to the mesh",
    "z": "the eyes keep the mesh's z; an iris takes the mean of the mesh's z over iris_z[output]",
}


def graph_text() -> str:
    """The face mesh graph with every subgraph expanded, as text."""
    config = validated_graph_config.ValidatedGraphConfig()
    config.initialize(binary_graph_path=str(Path(mediapipe.__file__).parent / GRAPH))
    return config.text_config


def numbers(field: str, text: str) -> list[int]:
    """Values of a repeated integer field in text format."""
    return [int(v) for v in re.findall(rf"\b{field}: (\d+)", text)]


def landmark_maps(text: str) -> dict[str, dict[str, list[int]]]:
    """Landmarks of each output, those behind an iris's z, and those left unrefined."""
    blocks = re.split(r"\brefinement \{", text)[1:]
    if len(blocks) != len(OUTPUTS):
        raise SystemExit(f"{len(blocks)} refinements in the graph, not {len(OUTPUTS)}")
    indices = {n: numbers("indexes_mapping", b) for n, b in zip(OUTPUTS, blocks)}
    depth = {n: numbers("indexes_for_average", b) for n, b in zip(OUTPUTS, blocks)}
    return {
        "indices": {n: ids for n, ids in indices.items() if n not in ("mesh", "lips")},
        "iris_z": {n: ids for n, ids in depth.items() if ids},
        "unrefined": {"lips": sorted(indices["lips"])},
    }


def to_json(maps: dict[str, dict[str, list[int]]]) -> str:
    """JSON with one map a line."""
    parts = [
        f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in ABOUT.items()
    ]
    for key, lists in maps.items():
        lines = ",\n".join(
            f"    {json.dumps(name)}: {json.dumps(ids)}" for name, ids in lists.items()
        )
        parts.append(f"  {json.dumps(key)}: {{\n{lines}\n  }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; compare with the file here"
    )
    arguments = parser.parse_args()
    text = to_json(landmark_maps(graph_text()))
    if not arguments.check:
        RESULT.write_text(text)
        return 0
    same = RESULT.is_file() and RESULT.read_text() == text
    print(f"{RESULT.name}: {'same bytes' if same else 'DIFFERENT'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
