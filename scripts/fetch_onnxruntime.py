#!/usr/bin/env python3
"""Puts ONNX Runtime's shared library at .loa/onnxruntime/libonnxruntime.so.

The library is the one inside the official Python wheel, pinned by version and sha256; pip is only the downloader. Needs
Python 3.9 or newer with pip. Does nothing when the right file is there already.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "1.31.1"
# machine -> (platform tag of the wheel, sha256 of the wheel, sha256 of the library in it)
WHEELS = {
    "x86_64": (
        "manylinux_2_28_x86_64",
        "1f3dea47f2f0e5117c2404cea7d21fd253ae7836a3bf167a501cdfbb2600d536",
        "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
    ),
    "aarch64": (
        "manylinux_2_28_aarch64",
        "0b9a492176886992e0e875f06bc0367e333f5fff11711a2d642e18b02f3009cc",
        "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467",
    ),
}
LIBRARY = f"onnxruntime/capi/libonnxruntime.so.{VERSION}"
TARGET = Path(__file__).resolve().parent.parent / ".loa" / "onnxruntime" / "libonnxruntime.so"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def download(folder: Path, tag: str) -> Path:
    """The wheel, fetched by pip into `folder`; exits with what to do when pip is missing or fails."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--python-version", "3.12", "--platform", tag]
    command += ["--dest", str(folder), f"onnxruntime=={VERSION}"]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        sys.exit(
            "ONNX Runtime is fetched with pip, which this Python does not have: install it (Debian: apt-get install "
            "python3-pip), or set ORT_DYLIB_PATH to a libonnxruntime.so of your own."
        )
    if subprocess.run(command, check=False).returncode:
        sys.exit(
            f"pip could not download onnxruntime {VERSION} (see above): check the network or pip's index settings, or "
            "set ORT_DYLIB_PATH to a libonnxruntime.so of your own."
        )
    return next(folder.glob("*.whl"))


def main() -> None:
    machine = platform.machine()
    if sys.platform != "linux" or machine not in WHEELS:
        sys.exit(f"No pinned ONNX Runtime for {sys.platform} on {machine}: set ORT_DYLIB_PATH to a libonnxruntime of your own.")
    tag, wheel_sum, library_sum = WHEELS[machine]
    if TARGET.is_file() and sha256(TARGET.read_bytes()) == library_sum:
        return
    print(f"fetching ONNX Runtime {VERSION} ({tag}, about 23 MB) ...", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        wheel = download(Path(folder), tag)
        if sha256(wheel.read_bytes()) != wheel_sum:
            sys.exit(f"{wheel.name} does not have the pinned sha256 {wheel_sum}: not used.")
        library = zipfile.ZipFile(wheel).read(LIBRARY)
    if sha256(library) != library_sum:
        sys.exit(f"{LIBRARY} does not have the pinned sha256 {library_sum}: not used.")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    partial = TARGET.with_suffix(".partial")
    partial.write_bytes(library)
    partial.replace(TARGET)
    print(f"ONNX Runtime {VERSION} is at {TARGET.relative_to(TARGET.parents[2])}", file=sys.stderr)


if __name__ == "__main__":
    main()
