#!/usr/bin/env python3
"""Make the .onnx models of this folder again from the MediaPipe wheel they come from.

    python -m pip install -r models/requirements.txt
    python models/convert.py             # write the models and SHA256SUMS into this folder
    python models/convert.py --check     # change nothing: same bytes? same numbers as MediaPipe?

The numeric half of `--check` needs models/requirements-check.txt; `--bytes-only` leaves it out.
The translation itself, and why it is our own, is in tflite_to_onnx.py.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from tflite_to_onnx import Converter

HERE = Path(__file__).resolve().parent
CHECKSUMS = "SHA256SUMS"

PACKAGE = "mediapipe==0.10.21"
WHEEL = "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
# Named outright, so that any platform and Python version downloads the very same file.
WHEEL_TAGS = [
    "--platform",
    "manylinux_2_28_x86_64",
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
]


@dataclass(frozen=True)
class Source:
    """A .tflite file in the wheel and what is wanted of it."""

    name: str
    path: str
    sha256: str
    outputs: dict[str, str] = field(hash=False)
    """TFLite output name -> ONNX output name."""
    dynamic_size: bool = False
    """Whether height and width are free (multiples of the largest stride) rather than fixed."""
    black: float = -1.0
    """The input's value for a black pixel; a white one is 1."""


SOURCES = [
    Source(
        name="face_detection_short_range",
        path="mediapipe/modules/face_detection/face_detection_short_range.tflite",
        sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        outputs={"regressors": "regressors", "classificators": "classificators"},
        dynamic_size=True,
    ),
    Source(
        name="pose_detection",
        path="mediapipe/modules/pose_detection/pose_detection.tflite",
        sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        outputs={"Identity": "regressors", "Identity_1": "classificators"},
        dynamic_size=True,
    ),
    Source(
        name="face_landmark_with_attention",
        path="mediapipe/modules/face_landmark/face_landmark_with_attention.tflite",
        sha256="e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4",
        outputs={
            "output_mesh_identity": "mesh",
            "output_left_eye": "left_eye",
            "output_right_eye": "right_eye",
            "output_left_iris": "left_iris",
            "output_right_iris": "right_iris",
            "conv_faceflag": "face_flag",
        },
        black=0.0,
    ),
]


def sha256(data: bytes) -> str:
    """Hex SHA-256 digest of `data`."""
    return hashlib.sha256(data).hexdigest()


def require_sha256(data: bytes, expected: str, what: str) -> bytes:
    """Return `data`, or stop if it is not what this script was written for."""
    if sha256(data) != expected:
        raise SystemExit(f"{what}: sha256 is {sha256(data)}, expected {expected}")
    return data


def download_wheel(folder: Path) -> Path:
    """Fetch the wheel with pip, whatever the Python that runs this script."""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ]
    subprocess.run([*pip, *WHEEL_TAGS, "--dest", str(folder), PACKAGE], check=True)
    return folder / WHEEL


def convert(source: Source, wheel: zipfile.ZipFile) -> bytes:
    """Translate one model and return the bytes of the .onnx file."""
    tflite = require_sha256(wheel.read(source.path), source.sha256, source.path)
    metadata = {
        "source": f"{PACKAGE} {source.path}",
        "source_sha256": source.sha256,
        "author": "Google, MediaPipe",
        "license": "Apache-2.0",
    }
    model = Converter(tflite, source.dynamic_size).convert(source.outputs, metadata)
    return model.SerializeToString(deterministic=True)


def convert_all(wheel_path: Path) -> dict[str, bytes]:
    """Translate every model of the wheel: file name -> bytes."""
    require_sha256(wheel_path.read_bytes(), WHEEL_SHA256, wheel_path.name)
    with zipfile.ZipFile(wheel_path) as wheel:
        return {f"{source.name}.onnx": convert(source, wheel) for source in SOURCES}


def checksums(files: dict[str, bytes]) -> str:
    """Lines that `sha256sum -c` reads."""
    return "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(files.items()))


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write the models and their checksums."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        print(f"wrote {name}: {len(data)} bytes")
    (folder / CHECKSUMS).write_text(checksums(files))


def check_bytes(files: dict[str, bytes], folder: Path) -> list[str]:
    """Names of the committed files that are not what the conversion gives."""
    wanted = {**files, CHECKSUMS: checksums(files).encode()}
    different = []
    for name, data in wanted.items():
        path = folder / name
        same = path.is_file() and path.read_bytes() == data
        print(f"{name}: {'same bytes' if same else 'DIFFERENT'}")
        if not same:
            different.append(name)
    return different


def check_numbers(
    files: dict[str, bytes], wheel_path: Path, scratch: Path
) -> list[str]:
    """Names of the outputs that stray from MediaPipe's own by more than the tolerance."""
    from compare import compare  # needs what the bytes do not: requirements-check.txt

    with zipfile.ZipFile(wheel_path) as wheel:
        sources = {
            s.name: (wheel.read(s.path), files[f"{s.name}.onnx"], s.black, s.outputs)
            for s in SOURCES
        }
    return compare(sources, scratch)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=HERE,
        help="folder of the models (default: this one)",
    )
    parser.add_argument(
        "--wheel", type=Path, help=f"use this copy of {WHEEL} instead of downloading it"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; compare with the files in --out",
    )
    parser.add_argument(
        "--bytes-only", action="store_true", help="with --check: leave out the numbers"
    )
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as scratch:
        wheel = arguments.wheel or download_wheel(Path(scratch))
        files = convert_all(wheel)
        if not arguments.check:
            write(files, arguments.out)
            return 0
        failed = check_bytes(files, arguments.out)
        if not arguments.bytes_only:
            failed += check_numbers(files, wheel, Path(scratch))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
