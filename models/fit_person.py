#!/usr/bin/env python3
"""Fit how much two detectors' scores say that a person is in view whose face is not.

    python models/fit_person.py FACES            # print the table, write person.json
    python models/fit_person.py FACES --check    # print the table, write nothing

FACES holds manifest.csv with the columns file, label, person and the pictures it names: `absent` ones
are the scenes without a person; from `open` and `yawn` ones that show head and shoulders, pictures of
persons without a visible face are made. Real ones are only checked against: `bowed` pictures, and
the frames of FACES/seq_kanjee in which BlazeFace sees no face (a driver bowed or in profile).

Two features: the highest logit of the pose detector on the frame at 128x96, and that of short-range
BlazeFace at 128x128, which runs anyway. Needs requirements-fit.txt.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

HERE = Path(__file__).resolve().parent
POSE, FACE = "pose_detection", "face_detection_short_range"
# Width and height at which each detector sees the frame.
SIZES = {POSE: (128, 96), FACE: (128, 128)}
# Logits beyond this say no more; the program cuts them too.
LOGIT_LIMIT = 12.0
# Head-and-shoulders pictures that are made into persons without a face.
SUBJECTS = 150
# Shares of scenes without a person that may be called a person, and that may be left unsure.
CALLED_PERSON, LEFT_UNSURE = 0.005, 0.10

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Example:
    """One picture's features, what it shows, and the person or scene that it must stay with."""

    kind: str
    group: str
    features: tuple[float, float]


class Detectors:
    """The two detectors, sampling the frame as the program does: letterboxed, bilinear."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._sessions = {
            name: onnxruntime.InferenceSession(str(HERE / f"{name}.onnx"), options)
            for name in SIZES
        }

    def logit(self, name: str, picture: Picture) -> float:
        """The highest logit of any anchor."""
        return self.best(name, picture)[0]

    def best(self, name: str, picture: Picture) -> tuple[float, NDArray[np.float32]]:
        """The highest logit and its anchor's index and raw regressors."""
        if name == POSE and max(picture.shape[:2]) >= 2 * SIZES[name][0]:
            picture = halved(picture)
        tensor = letterbox(picture, SIZES[name]).astype(np.float32) / 127.5 - 1
        regressors, scores = self._sessions[name].run(
            ["regressors", "classificators"], {"input": tensor.transpose(2, 0, 1)[None]}
        )
        at = int(scores[0, :, 0].argmax())
        limited = float(np.clip(scores[0, at, 0], -LOGIT_LIMIT, LOGIT_LIMIT))
        return limited, np.array([at, *regressors[0, at]], np.float32)

    def features(self, picture: Picture) -> tuple[float, float]:
        return self.logit(POSE, picture), self.logit(FACE, picture)

    def face(self, picture: Picture) -> tuple[float, float, float, float]:
        """Centre x, y, width, height of the best face in picture pixels."""
        height, width = picture.shape[:2]
        _, (at, x, y, w, h, *_) = self.best(FACE, picture)
        per_row, per_cell, first = (16, 2, 0) if at < 512 else (8, 6, 512)
        cell = (int(at) - first) // per_cell
        stride = 128 / per_row
        scale = max(width, height) / 128
        left, top = (128 - width / scale) / 2, (128 - height / scale) / 2
        x += (cell % per_row + 0.5) * stride - left
        y += (cell // per_row + 0.5) * stride - top
        return x * scale, y * scale, w * scale, h * scale


def halved(picture: Picture) -> Picture:
    """Every pixel the mean of four; an odd edge is dropped."""
    height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    return cv2.resize(picture[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def letterbox(picture: Picture, size: tuple[int, int]) -> Picture:
    """Fit into `size` (width, height), the rest black."""
    height, width = picture.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    left, top = (size[0] - width * scale) / 2, (size[1] - height * scale) / 2
    return cv2.warpAffine(picture, np.float32([[scale, 0, left], [0, scale, top]]), size)


def as_webcam(picture: Picture) -> Picture:
    """Widened to 4:3 by its border, 320x240."""
    height, width = picture.shape[:2]
    missing = max(0, height * 4 // 3 - width)
    wide = cv2.copyMakeBorder(
        picture, 0, 0, missing // 2, missing - missing // 2, cv2.BORDER_REPLICATE
    )
    return cv2.resize(wide, (320, 240), interpolation=cv2.INTER_AREA)


def turned(picture: Picture, degrees: float) -> Picture:
    """The head lies on the desk."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def haired(picture: Picture, face: tuple[float, float, float, float]) -> Picture | None:
    """The face is covered by what is above the brow: the back of a head, or a bowed one."""
    x, y, w, h = face
    height, width = picture.shape[:2]
    top, bottom = int(max(0, y - 0.95 * h)), int(y - 0.6 * h)
    left, right = int(max(0, x - 0.3 * w)), int(min(width, x + 0.3 * w))
    if bottom - top < 2 or right - left < 2:
        return None
    texture = cv2.resize(picture[top:bottom, left:right], (int(w * 1.35), int(h * 1.6)))
    rows, columns = texture.shape[:2]
    x0, y0 = int(x - columns / 2), int(y - 0.1 * h - rows / 2)
    matrix = np.float32([[1, 0, x0], [0, 1, y0]])
    cover = cv2.warpAffine(texture, matrix, (width, height))
    mask = np.zeros((height, width), np.float32)
    cv2.ellipse(mask, (int(x), int(y - 0.1 * h)), (columns // 2, rows // 2), 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), max(1.0, w * 0.04))[..., None]
    return (picture * (1 - mask) + cover * mask).astype(np.uint8)


def sunk(picture: Picture, face: tuple[float, float, float, float]) -> Picture | None:
    """Slid down until only the head above the brows is in view, at the frame's lower edge."""
    cut = int(face[1] - 0.25 * face[3])
    if cut < 10:
        return None
    return cv2.copyMakeBorder(
        picture[:cut], len(picture) - cut, 0, 0, 0, cv2.BORDER_REPLICATE
    )


def read(path: Path) -> Picture:
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def views(picture: Picture) -> list[Picture]:
    """A scene, mirrored, cut two ways and a little turned."""
    height, width = picture.shape[:2]
    return [
        picture,
        picture[:, ::-1].copy(),
        picture[height // 4 :, width // 8 : width - width // 8].copy(),
        picture[: 3 * height // 4, : 3 * width // 4].copy(),
        turned(picture, 15),
    ]


def examples(faces: Path, detectors: Detectors) -> list[Example]:
    """Scenes, made persons and real persons; see the module's text."""
    random.seed(0)
    rows = list(csv.DictReader((faces / "manifest.csv").open()))
    found = [
        Example("scene", row["file"], detectors.features(view))
        for row in rows
        if row["label"] == "absent"
        for view in views(read(faces / row["file"]))
    ]
    # The closed ones are cut to the face: nothing of the person is left without it.
    whole = [row for row in rows if row["label"] in ("open", "yawn")]
    for row in random.sample(whole, min(SUBJECTS, len(whole))):
        picture = as_webcam(read(faces / row["file"]))
        face = detectors.face(picture)
        made: dict[str, Callable[[], Picture | None]] = {
            "head on the desk": lambda p=picture: turned(p, random.choice((90, -90))),
            "face covered": lambda p=picture, f=face: haired(p, f),
            "sunk": lambda p=picture, f=face: sunk(p, f),
        }
        for kind, make in made.items():
            if (person := make()) is not None:
                found.append(Example(kind, row["person"], detectors.features(person)))
    real = [faces / row["file"] for row in rows if row["label"] == "bowed"]
    real += sorted((faces / "seq_kanjee").glob("*.jpg"))
    for path in real:
        features = detectors.features(read(path))
        if features[1] < 0:
            found.append(Example("real, not fitted", path.name, features))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("faces", type=Path, help="folder with manifest.csv and its pictures")
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    found = examples(arguments.faces, Detectors())
    fitted = [it for it in found if it.kind != "real, not fitted"]
    values = np.array([it.features for it in fitted])
    is_person = np.array([it.kind != "scene" for it in fitted])
    model = LogisticRegression(class_weight="balanced")
    groups = [it.group for it in fitted]
    held_out = cross_val_predict(
        model, values, is_person, groups=groups, cv=GroupKFold(5), method="predict_proba"
    )[:, 1]
    model.fit(values, is_person)
    real = np.array([it.features for it in found if it.kind == "real, not fitted"])
    scenes = held_out[~is_person]
    person = float(np.ceil(np.quantile(scenes, 1 - CALLED_PERSON) * 100) / 100)
    nobody = float(np.round(np.quantile(scenes, 1 - LEFT_UNSURE), 2))
    kinds = {kind: held_out[[it.kind == kind for it in fitted]] for kind in
             dict.fromkeys(it.kind for it in fitted)}
    kinds["real, not fitted"] = model.predict_proba(real)[:, 1]
    print(f"person at {person:.2f} and above, nobody below {nobody:.2f}; five folds by person")
    print(f"{'kind':20} pictures  person  unsure  nobody")
    for kind, p in kinds.items():
        shares = ((p >= person).mean(), ((p < person) & (p >= nobody)).mean(), (p < nobody).mean())
        print(f"{kind:20} {len(p):8}" + "".join(f"  {share:6.1%}" for share in shares))
    coefficients = {
        "pose": round(float(model.coef_[0, 0]), 4),
        "face": round(float(model.coef_[0, 1]), 4),
        "bias": round(float(model.intercept_[0]), 4),
        "pose_of_scenes": round(float(np.median(values[~is_person, 0])), 4),
        "person": person,
        "nobody": nobody,
    }
    print(coefficients)
    if not arguments.check:
        (HERE / "person.json").write_text(json.dumps(coefficients, indent=2) + "\n")


if __name__ == "__main__":
    main()
