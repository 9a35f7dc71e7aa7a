"""Fits and checks the glance: when a frame may be judged by what the last full look saw.

    python models/fit_glance.py FACES [--loa target/release/loa]

FACES is a folder of labelled faces as for fit_eye_state.py. Prints what src/vision/still.rs and
src/vision/glance.rs have as constants, and the figures behind them:

1. Pairs of frames of one person (clips and a driver's frames in order of time): among those that a
   glance would take for unchanged, how far full looks at both differ in head pose and mouth.
2. Every labelled face beside a webcam-like change of itself (shift, zoom, turn, light, noise, JPEG):
   how many get a glance, the line from the eye network's logit to that of network and outlines
   together, and the eye figures when glances answer where they may and full looks elsewhere.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from sklearn.metrics import roc_auc_score

import eye_state_data as data
from eye_state_data import Array

HERE = Path(__file__).resolve().parent
SIDE, BLOCKS, MARGIN = 32, 4, 1.3
EYE_BLOCKS = [5, 6]
ALIKE, BLOCK = 0.96, 0.35
STEPS, SETTLED, LONGEST = 6, 0.004, 0.12
NEAR, VERY_NEAR, SURELY_OPEN, OPEN, SURELY_CLOSED = 1.0, 0.3, 0.05, 0.3, 0.95
CORNERS = [33, 133, 362, 263]


@dataclass
class Roi:
    centre: Array
    side: float
    angle: float

    def matrix(self, size: int) -> Array:
        step = self.side / size
        across = np.array([np.cos(self.angle), np.sin(self.angle)]) * step
        down = np.array([-across[1], across[0]])
        return np.column_stack([across, down, self.centre - (size - 1) / 2 * (across + down)])


def sample(green: Array, roi: Roi) -> Array:
    big = cv2.warpAffine(
        green,
        roi.matrix(2 * SIDE),
        (2 * SIDE, 2 * SIDE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    patch = big.reshape(SIDE, 2, SIDE, 2).mean((1, 3))
    return (patch - patch.mean()) / max(float(patch.std()), 2.0)


class Still:
    """As src/vision/still.rs has it."""

    def __init__(self, green: Array, roi: Roi) -> None:
        self.roi, self.patch = roi, sample(green, roi)
        down, across = (g * SIDE for g in np.gradient(self.patch))
        y, x = (np.mgrid[0:SIDE, 0:SIDE] + 0.5) / SIDE - 0.5
        self.by = np.stack([across * x + down * y, down * x - across * y, across, down]).reshape(4, -1)
        self.inverse = np.linalg.inv(self.by @ self.by.T + np.eye(4) * 1e-3)

    def find(self, green: Array) -> tuple[Roi, float, float] | None:
        """Where it is, how alike the whole, and the most changed block without the eyes."""
        roi = self.roi
        for _ in range(STEPS):
            patch = sample(green, roi)
            step = np.clip(self.inverse @ (self.by @ (patch - self.patch).ravel()), -LONGEST, LONGEST)
            if np.abs(step).max() < SETTLED:
                blocks = np.sqrt(((patch - self.patch) ** 2).reshape(BLOCKS, 8, BLOCKS, 8).mean((1, 3))).ravel()
                return roi, float((patch * self.patch).mean()), float(np.delete(blocks, EYE_BLOCKS).max())
            along = np.array([np.cos(roi.angle), np.sin(roi.angle)]) * roi.side
            below = np.array([-along[1], along[0]])
            roi = Roi(roi.centre - step[2] * along - step[3] * below, roi.side * (1 - step[0]), roi.angle - step[1])
        return None


def green_of(image: Array) -> Array:
    return image[..., 1].astype(np.float32)


def face_roi(result: dict, size: tuple[int, int]) -> Roi:
    x, y, w, h = np.array(result["detection"]["box"]) * np.array([*size, *size])
    points = landmarks(result, size)
    between = points[[362, 263]].mean(0) - points[[33, 133]].mean(0)
    return Roi(np.array([x + w / 2, y + h / 2]), max(w, h) * MARGIN, float(np.arctan2(between[1], between[0])))


def landmarks(result: dict, size: tuple[int, int]) -> Array:
    return np.array(result["landmarks"]).reshape(-1, 2) / 1e4 * np.array(size)


def size_of(image: Array) -> tuple[int, int]:
    return image.shape[1], image.shape[0]


def pairs(faces: Path, found: dict[str, dict], rows: list[dict]) -> None:
    clips: dict[str, list[str]] = {}
    for row in rows:
        if found.get(row["file"], {}).get("face"):
            clips.setdefault(row["person"], []).append(row["file"])
    differences = []
    tried = 0
    for files in clips.values():
        files.sort()
        for i, first in enumerate(files):
            for second in files[i + 1 : i + 4]:
                before, now = cv2.imread(str(faces / first)), cv2.imread(str(faces / second))
                if before.shape != now.shape:
                    continue
                tried += 1
                one, other = found[first], found[second]
                seen = Still(green_of(before), face_roi(one, size_of(before))).find(green_of(now))
                if seen is None or seen[1] < ALIKE or seen[2] > BLOCK:
                    continue
                heads = [abs(one["head"][axis] - other["head"][axis]) for axis in ("yaw", "pitch")]
                mouths = (one["mouth"]["wide"] >= 0.5) != (other["mouth"]["wide"] >= 0.5)
                differences.append((*heads, mouths))
    yaw, pitch, mouth = np.array(differences, float).T
    print(f"pairs of frames of one person: {tried}, taken for unchanged: {len(yaw)}; of these")
    for name, values in (("yaw", yaw), ("pitch", pitch)):
        print(f"  {name} differs by {np.percentile(values, [50, 95, 99]).round(1)} degrees (50, 95, 99 %)")
    print(f"  mouths that differ: {int(mouth.sum())}")


def webcam_change(image: Array, random: np.random.Generator) -> Array:
    width, height = size_of(image)
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), random.normal(0, 1.5), float(np.exp(random.normal(0, 0.02)))
    )
    matrix[:, 2] += random.normal(0, 0.012 * width, 2)
    moved = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    moved = moved * np.exp(random.normal(0, 0.06)) + random.normal(0, 3, moved.shape)
    moved = np.clip(moved, 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", moved, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)


class EyeNetwork:
    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(HERE / "eye_state.onnx"), options)
        fitted = json.loads((HERE / "eye_state.json").read_text(encoding="utf-8"))
        self.slope, self.bias = fitted["calibration"]["slope"], fitted["calibration"]["bias"]

    def logit(self, image: Array, corners: Array, yaw: float) -> float:
        """Of both eyes, the visible one counting more; corners are right outer, inner, left inner, outer."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        points = np.zeros((478, 2), np.float32)
        points[CORNERS] = corners
        crops = np.stack([data.sample(grey, data.crop_matrix(points, side), data.CROP) for side in data.SIDES])
        logits = self.session.run(None, {"input": data.normalise(crops)[:, None]})[0][:, 0]
        return float(logits @ data.visibility(yaw, 15.0))

    def calibrated(self, logit: Array) -> Array:
        return 1 / (1 + np.exp(-(self.slope * logit + self.bias)))

    def uncalibrated(self, closed: Array) -> Array:
        closed = np.clip(closed, 5e-4, 1 - 5e-4)
        return (np.log(closed / (1 - closed)) - self.bias) / self.slope


def changes(faces: Path, found: dict[str, dict], rows: list[dict]) -> None:
    network, random = EyeNetwork(), np.random.default_rng(1)
    seen = []
    for row in rows:
        result = found.get(row["file"])
        if row["source"] == "kanjee" or not result or not result["face"]:
            continue
        before = cv2.imread(str(faces / row["file"]))
        now, size, yaw = webcam_change(before, random), size_of(before), result["head"]["yaw"]
        roi, corners = face_roi(result, size), landmarks(result, size)[CORNERS]
        there = Still(green_of(before), roi).find(green_of(now))
        unchanged = there is not None and there[1] >= ALIKE and there[2] <= BLOCK
        moved = corners
        if there is not None:
            old, new = roi.matrix(SIDE), there[0].matrix(SIDE)
            moved = (corners - old[:, 2]) @ np.linalg.inv(old[:, :2]).T @ new[:, :2].T + new[:, 2]
        label = {"open": 0.0, "closed": 1.0}.get(row["eyes"], np.nan)
        seen.append(
            (network.logit(before, corners, yaw), network.logit(now, moved, yaw), result["score"], label, unchanged)
        )
    before, now, full, label, unchanged = np.array(seen, float).T
    both = network.uncalibrated(full)
    steady = np.abs(network.slope * both + network.bias) < 6
    slope, bias = np.polyfit(before[steady], both[steady], 1)
    correlation = np.corrcoef(before[steady], both[steady])[0, 1]
    print(f"network and outlines together = {slope:.2f} * network + {bias:.2f}, correlation {correlation:.2f}")
    change = np.abs(now - before)
    print(f"change of the network's logit: {np.percentile(change[unchanged == 1], [50, 95]).round(2)} (50, 95 %)")
    near = change <= NEAR
    quick = network.calibrated(np.where(near, both + slope * (now - before), slope * now + bias))
    sure = (quick < np.where(near, OPEN, SURELY_OPEN)) | (quick > SURELY_CLOSED) | (change <= VERY_NEAR)
    glance = (unchanged == 1) & sure
    print(f"unchanged: {unchanged.mean():.3f} of {len(now)}; glances: {glance.mean():.3f}")
    print(f"glances that call the eyes otherwise than the full look: {int(((quick >= 0.5) != (full >= 0.5))[glance].sum())}")
    known = ~np.isnan(label)
    for name, score in (("full looks", full), ("glances where they may answer", np.where(glance, quick, full))):
        recall = (score[label == 1] >= 0.5).mean()
        false = (score[label == 0] >= 0.5).mean()
        print(f"{name}: AUC {roc_auc_score(label[known], score[known]):.4f}, closed found {recall:.3f}, open called closed {false:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path)
    parser.add_argument("--loa", type=Path, default=HERE.parent / "target/release/loa")
    arguments = parser.parse_args()
    rows = data.manifest(arguments.faces)
    found = data.analyze(arguments.loa, arguments.faces)
    pairs(arguments.faces, found, rows)
    changes(arguments.faces, found, rows)


if __name__ == "__main__":
    main()
