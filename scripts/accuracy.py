#!/usr/bin/env python3
"""Score `loa analyze --labels` on labelled pictures as they are and made worse in eight ways.

    python scripts/accuracy.py FACES/manifest.csv [--loa target/release/loa]

Prints the table by source, one line per variant, and how many small faces are found. The variants are written to a temporary folder
and removed. Needs Pillow and numpy (`make accuracy` brings them).
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

# Standard deviation of the noise, of 255.
NOISE = 12.0
# Heights of small faces in pixels, and which share of the portraits shows them: every sixth.
SMALL_HEIGHTS = (60, 50, 40, 30, 24)
SMALL_EVERY = 6
ROOM = Path(__file__).resolve().parent.parent / "tests/fixtures/rooms/evening.jpg"


def gamma(picture: Image.Image, exponent: float) -> Image.Image:
    return picture.point([round(255 * (value / 255) ** exponent) for value in range(256)] * 3)


def recompressed(picture: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=40)
    return Image.open(buffer).convert("RGB")


def tiny(picture: Image.Image) -> Image.Image:
    """Within 160x120 and back again."""
    small = ImageOps.contain(picture, (160, 120), Image.Resampling.BILINEAR)
    return small.resize(picture.size, Image.Resampling.BILINEAR)


def noisy(picture: Image.Image) -> Image.Image:
    pixels = np.asarray(picture, np.float32)
    noise = np.random.default_rng(0).normal(0, NOISE, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


VARIANTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG quality 40": recompressed,
    "160x120 upscaled": tiny,
    "gamma 0.5": lambda it: gamma(it, 0.5),
    "gamma 2": lambda it: gamma(it, 2.0),
    "noise": noisy,
    "turned +20 degrees": lambda it: it.rotate(20, Image.Resampling.BILINEAR),
    "turned -20 degrees": lambda it: it.rotate(-20, Image.Resampling.BILINEAR),
    "mirrored": ImageOps.mirror,
}
COLUMNS = [
    "eye_auc",
    "closed_recall",
    "open_called_closed",
    "face_found",
    "absent_called_present",
    "mouth_recall",
    "mouth_false",
]


def score(loa: str, manifest: Path) -> tuple[str, dict[str, float]]:
    """What the program prints, and its last line."""
    command = [loa, "analyze", "--labels", str(manifest), "--json"]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    *table, last = printed.strip().splitlines()
    return "\n".join(table), json.loads(last)


def write_variant(manifest: Path, folder: Path, change: Callable[[Image.Image], Image.Image]) -> Path:
    """The same manifest with every picture changed."""
    for row in csv.DictReader(manifest.open()):
        target = folder / row["file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(manifest.parent / row["file"]) as picture:
            change(picture.convert("RGB")).save(target, "JPEG", quality=95)
    copy = folder / manifest.name
    copy.write_text(manifest.read_text())
    return copy


def small_faces(loa: str, manifest: Path, room: Path) -> None:
    """Of portraits set into a picture of a room so that their face is so many pixels high: how many are found."""
    rows = [row for row in csv.DictReader(manifest.open()) if row["label"] == "open"][:: SMALL_EVERY]
    found = analyze(loa, [manifest.parent / row["file"] for row in rows])
    with Image.open(room) as picture:
        empty = picture.convert("RGB").resize((640, 480), Image.Resampling.BILINEAR)
    print("| height of the face in 640x480 | pictures | found |\n| --- | --- | --- |")
    for height in SMALL_HEIGHTS:
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for result in found:
                if result["presence"] != "face":
                    continue
                with Image.open(result["file"]) as picture:
                    portrait = picture.convert("RGB")
                factor = height / (result["detection"]["box"][3] * portrait.height)
                size = (max(1, round(portrait.width * factor)), max(1, round(portrait.height * factor)))
                scene = empty.copy()
                scene.paste(portrait.resize(size, Image.Resampling.BOX), (320 - size[0] // 2, 240 - size[1] // 2))
                files.append(Path(folder) / f"{len(files)}.jpg")
                scene.save(files[-1], "JPEG", quality=90)
            faces = sum(is_at_centre(result, height / 480) for result in analyze(loa, files))
        print(f"| {height} px | {len(files)} | {faces} |", flush=True)


def is_at_centre(result: dict, height: float) -> bool:
    """Whether a face about as high as it was made is where it was set; `height` as a share of the picture's."""
    if result["presence"] != "face":
        return False
    left, top, wide, high = result["detection"]["box"]
    apart = max(abs(left + wide / 2 - 0.5) * 640 / 480, abs(top + high / 2 - 0.5))
    return apart < height and 0.6 < high / height < 1.6


def analyze(loa: str, files: list[Path]) -> list[dict]:
    """What the program says of each picture."""
    command = [loa, "analyze", "--json", *map(str, files)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(printed.strip().splitlines()[-1])["results"]


def row(name: str, scores: dict[str, float]) -> str:
    cells = [f"{scores['eye_auc']:.4f}"] + [f"{scores[key] * 100:.1f} %" for key in COLUMNS[1:]]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--loa", default="target/release/loa", help="the program")
    arguments = parser.parse_args()
    table, scores = score(arguments.loa, arguments.manifest)
    print(table)
    print(f"| pictures | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}")
    print(row("as they are", scores), flush=True)
    for name, change in VARIANTS.items():
        with tempfile.TemporaryDirectory() as folder:
            _, worse = score(arguments.loa, write_variant(arguments.manifest, Path(folder), change))
        print(row(name, worse), flush=True)
    small_faces(arguments.loa, arguments.manifest, ROOM)
    print(json.dumps(scores))


if __name__ == "__main__":
    main()
