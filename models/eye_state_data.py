"""Faces, landmarks, features and crops for fit_eye_state.py.

The data are labelled pictures (manifest.csv, folders of JPEG files, eyecrops_cew.npz) that are for
research use; nothing of them is kept in this repository. Landmarks come from the program itself
(`loa analyze --json --landmarks`), so that what is fitted is what the server sees.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

# Corners (outer, inner), then the lower lid and the upper lid from the outer to the inner corner.
EYES = {
    "right": {
        "corners": (33, 133),
        "lower": (7, 163, 144, 145, 153, 154, 155),
        "upper": (246, 161, 160, 159, 158, 157, 173),
        "iris": (468, 469, 470, 471, 472),
    },
    "left": {
        "corners": (263, 362),
        "lower": (249, 390, 373, 374, 380, 381, 382),
        "upper": (466, 388, 387, 386, 385, 384, 398),
        "iris": (473, 474, 475, 476, 477),
    },
}
SIDES = ("right", "left")
CROP = 32
# Side of the square crop and how far its centre lies below the middle of the corners, in corner distances.
CROP_SIDE = 1.4
CROP_DOWN = 0.05

# The pictures' made-worse versions on which robustness is reported.
ROBUSTNESS = ("jpeg40", "small", "gamma0.5", "gamma2", "noise", "roll+20", "roll-20", "mirror")


@dataclass
class Picture:
    """One version of one labelled picture, with what the program found in it."""

    file: str
    label: str
    closed: float  # 1 closed, 0 open, nan unknown
    source: str
    person: str
    version: str
    found: bool
    points: Array  # 478 x 2, pixels
    yaw: float
    pitch: float
    roll: float
    ears: tuple[float, float]  # right, left
    crops: NDArray[np.uint8]  # 2 x WIDE x WIDE: right, left mirrored; wider than the network's crop


def short_source(row: dict[str, str]) -> str:
    """A short name for a source: the owner, or what sort of picture it is."""
    if row["source"].startswith("sehyunlee217"):
        return "cew" if row["label"] == "closed" else "aps360-yawn"
    return {"GabrielOprescu": "oprescu", "naaate-byte": "naaate", "SurjaHead": "coco"}.get(
        row["source"].split("/")[0], row["source"].split("/")[0].lower()
    )


def clip_of(file: str) -> str:
    """Frames of one clip count as one person; other pictures without a person each as their own."""
    if "_yt_" in file or "_mp4" in file or "Driver_yawning" in file:
        return re.sub(r"^yawn/yawn\d+_?|_\d+_jpg.*$", "", file)
    return file


def manifest(faces: Path) -> list[dict[str, str]]:
    """The rows of manifest.csv that show a face, and the frames of the driver sequence."""
    rows = []
    with open(faces / "manifest.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["label"] in ("open", "closed", "yawn", "ambiguous"):
                row["source"] = short_source(row)
                row["person"] = row["person"] or clip_of(row["file"])
                rows.append(row)
    sequence = faces / "seq_kanjee" / "manifest.csv"
    if sequence.exists():
        with open(sequence, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                rows.append(
                    {"file": row["file"], "label": row["uploader_label"], "eyes": "", "source": "kanjee", "person": "kanjee"}
                )
    return rows


def rotate(image: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def gamma(image: NDArray[np.uint8], exponent: float) -> NDArray[np.uint8]:
    table = (255 * (np.arange(256) / 255) ** exponent).round().astype(np.uint8)
    return cv2.LUT(image, table)


def noise(image: NDArray[np.uint8], sigma: float, random: np.random.Generator) -> NDArray[np.uint8]:
    grain = random.standard_normal(image.shape, dtype=np.float32) * sigma
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def make_worse(image: NDArray[np.uint8], version: str, seed: str) -> tuple[NDArray[np.uint8], int]:
    """A version of a picture and the JPEG quality to keep it in."""
    random = np.random.default_rng(zlib.crc32(f"{seed}/{version}".encode()))
    height, width = image.shape[:2]
    if version == "jpeg40":
        return image, 40
    if version == "small":
        scale = min(160 / width, 120 / height)
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), 95
    if version.startswith("gamma"):
        return gamma(image, float(version[5:])), 95
    if version == "noise":
        return noise(image, 12, random), 95
    if version.startswith("roll"):
        return rotate(image, float(version[4:])), 95
    if version == "mirror":
        return np.ascontiguousarray(image[:, ::-1]), 95
    # train0, train1, ...: the face smaller or stretched in the frame, turned, blurred, noisy, dark.
    stretch = np.exp(random.uniform(-0.16, 0.16))
    shrink = np.exp(random.uniform(np.log(0.3), 0.0))
    inner = cv2.resize(
        image,
        (max(32, round(width * shrink * stretch**0.5)), max(32, round(height * shrink / stretch**0.5))),
        interpolation=cv2.INTER_AREA,
    )
    canvas_w, canvas_h = max(320, inner.shape[1]), max(240, inner.shape[0])
    left = random.integers(0, canvas_w - inner.shape[1] + 1)
    top = random.integers(0, canvas_h - inner.shape[0] + 1)
    image = cv2.copyMakeBorder(
        inner, top, canvas_h - inner.shape[0] - top, left, canvas_w - inner.shape[1] - left, cv2.BORDER_REPLICATE
    )
    image = rotate(image, random.uniform(-18, 18))
    if random.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(0.3, 1.3))
    if random.random() < 0.6:
        image = gamma(image, np.exp(random.uniform(-0.8, 0.8)))
    if random.random() < 0.6:
        image = noise(image, random.uniform(1, 14), random)
    return image, int(random.integers(35, 96))


def make_versions(faces: Path, rows: list[dict[str, str]], versions: list[str], folder: Path) -> None:
    """Writes the versions of all pictures to folder/version/file."""
    for row in rows:
        image = None
        for version in versions:
            target = folder / version / row["file"]
            if version == "clean" or target.exists() or row["source"] == "kanjee":
                continue
            if image is None:
                image = cv2.imread(str(faces / row["file"]))
            worse, quality = make_worse(image, version, row["file"])
            target.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(target), worse, [cv2.IMWRITE_JPEG_QUALITY, quality])


def analyze(loa: Path, folder: Path, options: list[str] | None = None) -> dict[str, dict]:
    """What the program finds in the pictures below a folder, by path relative to it; `options` are the program's."""
    folder = folder.resolve()
    out = subprocess.run(
        [str(loa.resolve()), "analyze", str(folder), "--json", "--landmarks", *(options or [])],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
    ).stdout
    results = json.loads(out.strip().splitlines()[-1])["results"]
    return {str(Path(result["file"]).relative_to(folder)): result for result in results}


def eye_frame(points: Array, side: str) -> tuple[Array, Array, float]:
    """Middle of the corners, unit vector along the corner line from left to right in the picture, distance."""
    outer, inner = (points[i] for i in EYES[side]["corners"])
    along = (inner - outer) if side == "right" else (outer - inner)
    distance = float(np.hypot(*along)) + 1e-6
    return (outer + inner) / 2, along / distance, distance


def crop_matrix(points: Array, side: str, size: int = CROP, width: float = CROP_SIDE) -> Array:
    """2 x 3 map from crop pixels (column, row) to picture pixels."""
    middle, along, _ = eye_frame(points, side)
    distance = max(eye_frame(points, "right")[2], eye_frame(points, "left")[2])
    down = np.array([-along[1], along[0]], np.float32)
    step = width * distance / size
    across = along if side == "right" else -along  # the left eye is mirrored
    half = (size - 1) / 2
    origin = middle + CROP_DOWN * distance * down - step * half * (across + down)
    return np.stack([across * step, down * step, origin], axis=1).astype(np.float32)


# What is kept of each eye for training: wider, so that shifts, turns and scales stay inside.
WIDE = 56
WIDE_SIDE = CROP_SIDE * 1.4


def sample(grey: NDArray[np.uint8], matrix: Array, size: int) -> NDArray[np.uint8]:
    return cv2.warpAffine(
        grey, matrix, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )


def normalise(crops: NDArray) -> Array:
    """Contrast of each crop: mean to 0, standard deviation (at least 4 grey levels) to 1."""
    crops = crops.astype(np.float32)
    mean = crops.mean(axis=(-2, -1), keepdims=True)
    deviation = crops.std(axis=(-2, -1), keepdims=True)
    return (crops - mean) / np.maximum(deviation, 4.0)


def eye_features(points: Array, side: str, yaw: float, pitch: float) -> Array:
    """Geometry of one eye, both eyes brought into the right eye's orientation (outer corner at -1/2, 0)."""
    eye = EYES[side]
    middle, along, distance = eye_frame(points, side)
    down = np.array([-along[1], along[0]], np.float32)
    across = along if side == "right" else -along

    def local(indices: tuple[int, ...]) -> Array:
        shifted = (points[list(indices)] - middle) / distance
        return np.stack([shifted @ across, shifted @ down], axis=1)

    lower, upper, iris = local(eye["lower"]), local(eye["upper"]), local(eye["iris"])
    iris_radius = np.hypot(*(iris[1:] - iris[0]).T).mean()
    right_middle, left_middle = eye_frame(points, "right")[0], eye_frame(points, "left")[0]
    between = float(np.hypot(*(left_middle - right_middle))) + 1e-6
    face = float(np.hypot(*(points[152] - (right_middle + left_middle) / 2))) + 1e-6
    opening = float(np.hypot(*((lower - upper)[2:5]).T).mean()) * distance
    toward = (yaw if side == "right" else -yaw) / 30
    return np.concatenate(
        [
            lower.ravel(),
            upper.ravel(),
            iris[0],
            [iris_radius, opening / between, opening / face, distance / between],
            [pitch / 30, toward, toward * toward],
        ]
    ).astype(np.float32)


FEATURE_NAMES = (
    [f"{lid}{i}_{axis}" for lid in ("lower", "upper") for i in range(7) for axis in "xy"]
    + ["iris_x", "iris_y", "iris_radius", "opening_by_eye_distance", "opening_by_face_height", "width_by_eye_distance"]
    + ["pitch_30", "toward_30", "toward_30_squared"]
)


def load(faces: Path, loa: Path, work: Path, versions: list[str]) -> list[Picture]:
    """All versions of all labelled pictures with landmarks and crops."""
    rows = manifest(faces)
    make_versions(faces, rows, versions, work)
    pictures = []
    for version in versions:
        folder = faces if version == "clean" else work / version
        found = analyze(loa, folder)
        for row in rows:
            result = found.get(row["file"])
            if result is None:
                continue
            closed = {"closed": 1.0, "open": 0.0}.get(row["eyes"], np.nan)
            common = (row["file"], row["label"], closed, row["source"], row["person"], version)
            if not result["face"]:
                pictures.append(Picture(*common, False, *([None] * 6)))  # type: ignore[arg-type]
                continue
            image = cv2.imread(str(folder / row["file"]), cv2.IMREAD_GRAYSCALE)
            height, width = image.shape
            points = np.array(result["landmarks"], np.float32).reshape(-1, 2) / 1e4 * np.float32([width, height])
            crops = np.stack([sample(image, crop_matrix(points, s, WIDE, WIDE_SIDE), WIDE) for s in SIDES])
            head = result["head"]
            pictures.append(
                Picture(
                    *common,
                    True,
                    points,
                    head["yaw"],
                    head["pitch"],
                    head["roll"],
                    (result["eye"]["right_ear"], result["eye"]["left_ear"]),
                    crops,
                )
            )
    return pictures


FOLDS = 5
# The faces of the closed pictures and the closed eye crops come from the same people. Both are in
# file-name order, so a picture's number gives its place among the crops (found by correlation, +-6).
CEW_NUMBER = (0, 33, 107, 208, 309, 377, 454, 557, 711, 812, 906, 1059, 1199, 1295, 1431, 1484, 1903, 2200, 2271, 2521, 2735, 2850)
CEW_PLACE = (0, 32, 92, 162, 242, 296, 347, 410, 532, 616, 705, 781, 870, 974, 1130, 1174, 1588, 1858, 1932, 2136, 2307, 2400)


def fold_of(source: str, person: str, crops_closed: int) -> int:
    """Fold of a person. Those of the eye-crop set are split in stretches, as the crops are."""
    if source == "cew":
        place = np.interp(int(person.split("_")[3]), CEW_NUMBER, CEW_PLACE)
        return int(np.clip(place * FOLDS // crops_closed, 0, FOLDS - 1))
    return zlib.crc32(person.encode()) % FOLDS


def fold_of_crops(closed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Fold of each eye crop, by stretches of each class; -1 near the seams, where the person may be in either."""
    folds = np.zeros(len(closed), np.int64)
    for state in (False, True):
        rows = np.flatnonzero(closed == state)
        place = np.arange(len(rows)) * FOLDS / len(rows)
        fold = place.astype(np.int64)
        seam = np.abs(place - np.round(place)) * len(rows) / FOLDS < 16
        fold[seam & (np.round(place) > 0) & (np.round(place) < FOLDS)] = -1
        folds[rows] = fold
    return folds


def visibility(yaw: Array, scale: float) -> Array:
    """Weights of the right and the left eye: the one turned to the camera counts."""
    right = 1 / (1 + np.exp(-np.asarray(yaw, np.float64) / scale))
    return np.stack([right, 1 - right], axis=-1)


def source_weights(source: NDArray, closed: Array) -> Array:
    """Each class counts half; within it a source counts with the square root of its size."""
    weights = np.zeros(len(closed))
    for state in (0, 1):
        for name in np.unique(source[closed == state]):
            rows = (closed == state) & (source == name)
            weights[rows] = rows.sum() ** -0.5
        rows = closed == state
        if rows.any():
            weights[rows] /= 2 * weights[rows].sum()
    return weights
