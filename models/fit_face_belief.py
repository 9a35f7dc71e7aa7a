#!/usr/bin/env python3
"""Fit how much three scores together say that a detected face is one.

    python models/fit_face_belief.py FACES            # print the table, write face_belief.json
    python models/fit_face_belief.py FACES --check    # print the table, write nothing

FACES holds manifest.csv with the columns file, label, person and the pictures it names. Faces are the `open`, `closed` and
`yawn` ones, false faces what is found in `absent` ones; both as they are and made worse, and the scenes cut and turned
besides, since few of them are taken for a face. Needs requirements-fit.txt and target/release/loa.

Features, as logits: the face detector's score, the landmark model's face flag, and the pose detector's highest anywhere in the
picture. The program asks the pose detector only where the first two leave a doubt: it takes `pose_at_worst` for the third then.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from pathlib import Path

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

import eye_state_data as data
from fit_person import HERE, POSE, Detectors, read, views

# The program cuts logits here, too (src/vision/belief.rs).
LIMITS = np.array([[-12.0, 12.0], [-6.0, 11.0], [-6.0, 6.0]])
# Faces in a hundred that have a lower logit of the pose detector than what is taken before it was asked.
WORST = 0.3
# The shares of faces that are kept in the table's columns; config.toml's threshold keeps about 99.4 %.
KEPT = (0.99, 0.995, 0.997)
METHODS = {"detector": [0], "flag": [1], "detector, flag": [0, 1], "detector, flag, pose": [0, 1, 2]}


def write_versions(faces: Path, folder: Path) -> dict[str, tuple[bool, str]]:
    """Writes every picture's versions; by path: whether it shows a face, and the person or scene it stays with."""
    meaning = {}
    for row in csv.DictReader((faces / "manifest.csv").open()):
        if row["label"] not in ("open", "closed", "yawn", "absent"):
            continue
        shown = read(faces / row["file"])
        is_face = row["label"] != "absent"
        versions = {"clean": (shown, 95)}
        for name in data.ROBUSTNESS:
            versions[name] = data.make_worse(shown, name, row["file"])
        if not is_face:
            versions |= {f"view{number}": (view, 95) for number, view in enumerate(views(shown)) if number}
        for name, (picture, quality) in versions.items():
            path = f"{name}/{row['file']}"
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(folder / path), bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
            meaning[path] = (is_face, row["person"] or data.clip_of(row["file"]))
    return meaning


def logit(probability: float) -> float:
    probability = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(probability / (1 - probability)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path, help="folder with manifest.csv and its pictures")
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--loa", type=Path, default=Path("target/release/loa"), help="the program")
    arguments = parser.parse_args()
    detectors = Detectors()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        meaning = write_versions(arguments.faces, folder)
        believing_all = ["--set", "vision.min_face_belief=0"]
        found = {
            path: result["detection"]
            for path, result in data.analyze(arguments.loa, folder, believing_all).items()
            if result["presence"] == "face"
        }
        values = np.array([
            [logit(face["score"]), logit(face["flag"]), detectors.logit(POSE, read(folder / path))]
            for path, face in found.items()
        ])
    values = values.clip(LIMITS[:, 0], LIMITS[:, 1])
    is_face = np.array([meaning[path][0] for path in found])
    groups = [meaning[path][1] for path in found]
    scenes = sum(not is_face for is_face, _ in meaning.values())
    print(f"{is_face.sum()} faces found in {len(meaning) - scenes} pictures, {(~is_face).sum()} false ones in {scenes} scenes; held out by person or scene")
    print("false faces left when so many are kept: " + "  ".join(f"{kept:.1%}" for kept in KEPT))
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    for name, columns in METHODS.items():
        held_out = cross_val_predict(
            model, values[:, columns], is_face, groups=groups, cv=GroupKFold(5), method="predict_proba"
        )[:, 1]
        thresholds = [np.quantile(held_out[is_face], 1 - kept) for kept in KEPT]
        left = [(held_out[~is_face] >= threshold).sum() for threshold in thresholds]
        print(f"{name:39} " + "  ".join(f"{count:5}" for count in left) + "   at " + " ".join(f"{it:.3f}" for it in thresholds))
    model.fit(values, is_face)
    coefficients = dict(zip(("detector", "flag", "pose"), (round(float(it), 4) for it in model.coef_[0])))
    coefficients["bias"] = round(float(model.intercept_[0]), 4)
    coefficients["pose_at_worst"] = round(float(np.percentile(values[is_face, 2], WORST)), 4)
    print(coefficients)
    if not arguments.check:
        (HERE / "face_belief.json").write_text(json.dumps(coefficients, indent=2) + "\n")


if __name__ == "__main__":
    main()
