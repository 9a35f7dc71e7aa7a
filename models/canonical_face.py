#!/usr/bin/env python3
"""Make canonical_face.json: MediaPipe's canonical 3-D face and the landmarks it is fitted by.

    python models/canonical_face.py            # write canonical_face.json
    python models/canonical_face.py --check    # change nothing: is the file what this script makes?

The face geometry metadata is not in the Python wheel but in MediaPipe's npm package, inside a
bundle of assets. `npm` fetches the package; nothing but the standard library reads it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULT = HERE / "canonical_face.json"

PACKAGE = "@mediapipe/face_mesh@0.4.1657299874"
ARCHIVE = "mediapipe-face_mesh-0.4.1657299874.tgz"
ARCHIVE_SHA256 = "c08a7e0742a326285da666cf81d77c8b6f3a181a2ee948cadaf166008e0d3bc7"
BUNDLE = "package/face_mesh_solution_packed_assets.data"
BUNDLE_INDEX = "package/face_mesh_solution_packed_assets_loader.js"
METADATA = "geometry_pipeline_metadata_landmarks.binarypb"
METADATA_SHA256 = "bdbcda96dfcb7da883da124aaa2c55dee49770d934f0fcc71747f8c21bdc75b4"

# Field numbers of GeometryPipelineMetadata, Mesh3d and WeightedLandmarkRef.
MESH, BASIS = 1, 2
VERTEX_BUFFER = 3
LANDMARK_ID, WEIGHT = 1, 2
# A vertex is x, y, z and two texture coordinates.
FLOATS_PER_VERTEX = 5
WIRE_VARINT, WIRE_BYTES, WIRE_FIXED32 = 0, 2, 5


def require_sha256(data: bytes, expected: str, what: str) -> bytes:
    """Return `data`, or stop if it is not what this script was written for."""
    actual = hashlib.sha256(data).hexdigest()
    if actual != expected:
        raise SystemExit(f"{what}: sha256 is {actual}, expected {expected}")
    return data


def fetch_archive() -> bytes:
    """Download the npm package and return its tarball."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", PACKAGE],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return (Path(folder) / ARCHIVE).read_bytes()


def read_metadata(archive: Path) -> bytes:
    """Cut the metadata out of the package's bundle of assets."""
    with tarfile.open(archive) as tar:
        index = tar.extractfile(BUNDLE_INDEX).read().decode()
        bundle = tar.extractfile(BUNDLE).read()
    place = re.search(rf'{re.escape(METADATA)}", "start": (\d+), "end": (\d+)', index)
    start, end = map(int, place.groups())
    return require_sha256(bundle[start:end], METADATA_SHA256, METADATA)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Protocol-buffer varint at `position`: (value, position behind it)."""
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Fields of a protocol-buffer message: (number, varint or raw bytes)."""
    position = 0
    while position < len(data):
        key, position = read_varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == WIRE_VARINT:
            value, position = read_varint(data, position)
            yield number, value
            continue
        if wire == WIRE_BYTES:
            size, position = read_varint(data, position)
        elif wire == WIRE_FIXED32:
            size = 4
        else:
            raise ValueError(f"unexpected wire type {wire}")
        yield number, data[position : position + size]
        position += size


def floats(data: bytes) -> list[float]:
    """Little-endian float32 values, rounded to 6 decimals (1e-8 m in centimetres)."""
    return [round(v, 6) + 0.0 for v in struct.unpack(f"<{len(data) // 4}f", data)]


def vertices(mesh: bytes) -> list[list[float]]:
    """Vertices [x, y, z] of a Mesh3d in cm, whether its floats are packed or one by one."""
    values = floats(
        b"".join(value for number, value in fields(mesh) if number == VERTEX_BUFFER)
    )
    return [values[i : i + 3] for i in range(0, len(values), FLOATS_PER_VERTEX)]


def canonical_face(metadata: bytes) -> dict[str, list]:
    """Vertices and the weighted landmarks of the Procrustes fit."""
    parts = list(fields(metadata))
    mesh = next(value for number, value in parts if number == MESH)
    landmarks = [dict(fields(value)) for number, value in parts if number == BASIS]
    basis = [[ref.get(LANDMARK_ID, 0), floats(ref[WEIGHT])[0]] for ref in landmarks]
    return {"vertices": vertices(mesh), "procrustes_basis": basis}


def to_json(face: dict[str, list]) -> str:
    """JSON with one vertex or landmark a line."""
    about = {
        "source": f"{PACKAGE} {METADATA}",
        "license": "Apache-2.0, Google (MediaPipe)",
        "units": "cm",
        "axes": "x to the subject's left, y up, z out of the face towards the viewer",
        "procrustes_basis_columns": ["landmark", "weight"],
    }
    parts = [
        f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in about.items()
    ]
    for key, rows in face.items():
        lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
        parts.append(f"  {json.dumps(key)}: [\n{lines}\n  ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; compare with the file here"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / ARCHIVE
        archive.write_bytes(require_sha256(fetch_archive(), ARCHIVE_SHA256, ARCHIVE))
        text = to_json(canonical_face(read_metadata(archive)))
    if not arguments.check:
        RESULT.write_text(text)
        return 0
    same = RESULT.is_file() and RESULT.read_text() == text
    print(f"{RESULT.name}: {'same bytes' if same else 'DIFFERENT'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
