#!/usr/bin/env python3
"""Compare the program's head pose with OpenCV's solvePnP on the canonical face, picture by picture.

    python models/check_pose.py FOLDER [FOLDER ...]    # needs requirements-fit.txt and target/release/loa

The program turns the canonical face onto landmarks whose depth the landmark model guesses (weak perspective). solvePnP takes x and y
alone, with a camera of 63 degrees vertical view as MediaPipe's face geometry assumes one, and so is independent of that depth.
Its pose is relative to the line of sight to the face, as the program's is: a face that looks at the camera has zero yaw and pitch
wherever it is in the picture.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import eye_state_data as data

HERE = Path(__file__).resolve().parent
VERTICAL_VIEW = np.radians(63)
ANGLES = ("yaw", "pitch", "roll")


def solve(points: NDArray[np.float64], model: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Yaw, pitch, roll in degrees with the signs of docs/protocol.md; `points` in pixels, `model` in cm, x right, y up, z to the viewer."""
    width, height = size
    focal = height / 2 / np.tan(VERTICAL_VIEW / 2)
    camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    flipped = model * [1, -1, -1]
    _, turn, move = cv2.solvePnP(flipped, points, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    turn, move = cv2.solvePnPRefineLM(flipped, points, camera, None, turn, move)
    rotation = sight(move.ravel()).T @ cv2.Rodrigues(turn)[0]
    mirror = np.diag([1.0, -1.0, -1.0])
    rotation = mirror @ rotation @ mirror
    forward = rotation[:, 2]
    return np.degrees(
        [np.arctan2(forward[0], forward[2]), np.arcsin(-forward[1]), -np.arctan2(rotation[1, 0], rotation[1, 1])]
    )


def sight(position: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smallest rotation that turns the camera's axis to the line to `position`."""
    line = position / np.linalg.norm(position)
    axis = np.cross([0.0, 0.0, 1.0], line)
    sine = np.linalg.norm(axis)
    return cv2.Rodrigues(axis / max(sine, 1e-12) * np.arctan2(sine, line[2]))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="pictures of faces")
    parser.add_argument("--loa", type=Path, default=Path("target/release/loa"), help="the program")
    arguments = parser.parse_args()
    face = json.loads((HERE / "canonical_face.json").read_text())
    basis = [int(index) for index, _ in face["procrustes_basis"]]
    model = np.array(face["vertices"])[basis]
    ours, theirs = [], []
    for folder in arguments.folders:
        for file, found in data.analyze(arguments.loa, folder).items():
            if found["presence"] != "face":
                continue
            height, width = cv2.imread(str(folder / file)).shape[:2]
            points = np.array(found["landmarks"]).reshape(-1, 2)[basis] / 10_000 * [width, height]
            ours.append([found["head"][angle] for angle in ANGLES])
            theirs.append(solve(points, model, (width, height)))
    ours, theirs = np.array(ours), np.array(theirs)
    differences = ours - theirs
    print(f"{len(ours)} faces; degrees")
    print("angle   median difference   half are within   95 % are within   correlation   range")
    for index, angle in enumerate(ANGLES):
        off = differences[:, index]
        half, most = np.percentile(np.abs(off), [50, 95])
        correlation = np.corrcoef(ours[:, index], theirs[:, index])[0, 1]
        low, high = np.percentile(ours[:, index], [1, 99])
        print(f"{angle:6} {np.median(off):18.1f} {half:17.1f} {most:17.1f} {correlation:13.3f}   {low:.0f} to {high:.0f}")


if __name__ == "__main__":
    main()
