#!/usr/bin/env python3
"""Score `loa analyze --labels` on labelled pictures as they are and made worse in eight ways.

    python scripts/accuracy.py FACES/manifest.csv [--loa target/release/loa]

Prints the table by source, then one line per variant. The variants are written to a temporary folder
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
    print(json.dumps(scores))


if __name__ == "__main__":
    main()
