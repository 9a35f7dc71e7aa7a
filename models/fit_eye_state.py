"""Fits the eye state: a regression on the eye contours, a small network on eye crops, their combination.

    python models/fit_eye_state.py FACES [--loa target/release/loa] [--work DIR] [--jobs 2] [--check]

FACES is a folder of labelled faces (manifest.csv, pictures, eyecrops_cew.npz, seq_kanjee). Those
pictures are for research use and are not part of this repository; the weights fitted on them
(eye_state.onnx, eye_state.json) are therefore for research use too.

Landmarks come from the program itself, for the pictures and for versions made worse (JPEG, small,
dark, bright, noisy, turned, mirrored, and random mixtures for training). Figures are cross-validated:
five folds by person, with the eye crops of the same people in the same fold, and once more with each
source left out. Prints the tables and writes the two files; with --check compares with them instead.
All seeds are fixed. Trained networks are kept in --work and used again, so a run can be continued.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import onnx
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

import eye_state_data as data
from eye_state_data import FOLDS, ROBUSTNESS, SIDES, visibility

HERE = Path(__file__).resolve().parent
TRAINING = ("clean", "train0", "train1", "train2", "train3")
VERSIONS = ("clean", *ROBUSTNESS, *TRAINING[1:])
WEBCAMS = ("misprect", "srijosh")
LEFT_OUT = ("misprect", "srijosh", "oprescu", "naaate", "faces")

# Contours, iris and openings; head angles did not help (they tell the sources apart, not the eyes).
GEOMETRY = data.FEATURE_NAMES[:34]
CONTOUR = data.FEATURE_NAMES[:28]
GEOMETRY_C = 0.3
# Chosen by the cross-validated table among 0.25, 0.5, 0.75, 1, 1.5; and 5 to 40 degrees.
GEOMETRY_SHARE = 0.75
VISIBILITY_SCALE = 15.0
# What part of the network's batches comes from the eye-crop set, the one source with both classes.
CROPS_SHARE = 0.5
STEPS, STEPS_FINAL, STEPS_LEFT_OUT = 1500, 2000, 800


class Faces:
    """Everything fitted on, as arrays; one row a picture version in which a face was found."""

    def __init__(self, faces: Path, loa: Path, work: Path) -> None:
        all_pictures = data.load(faces, loa, work, list(VERSIONS))
        self.missed = [p for p in all_pictures if not p.found]
        pictures = [p for p in all_pictures if p.found]
        crops = np.load(faces / "eyecrops_cew.npz")
        self.crops24, self.crops_closed = crops["images"], crops["closed"]
        self.crops_fold = data.fold_of_crops(self.crops_closed)
        self.pictures = pictures
        self.closed = np.array([p.closed for p in pictures])
        self.known = ~np.isnan(self.closed)
        self.source = np.array([p.source for p in pictures])
        self.label = np.array([p.label for p in pictures])
        self.version = np.array([p.version for p in pictures])
        count = int(self.crops_closed.sum())
        self.fold = np.array([data.fold_of(p.source, p.person, count) for p in pictures])
        self.yaw = np.array([p.yaw for p in pictures])
        self.pitch = np.array([p.pitch for p in pictures])
        self.ears = np.array([p.ears for p in pictures])
        self.wide = np.stack([p.crops for p in pictures])
        self.features = np.stack(
            [[data.eye_features(p.points, side, p.yaw, p.pitch) for side in SIDES] for p in pictures]
        )
        self.training = self.known & np.isin(self.version, TRAINING)


def eye_weights(faces: Faces, rows: np.ndarray) -> np.ndarray:
    """How much each eye of the rows counts in fitting: by class, source and visibility."""
    by_row = data.source_weights(faces.source[rows], faces.closed[rows])[:, None]
    return by_row * np.clip(visibility(faces.yaw[rows], 10.0), 0.05, 1)


# ---- the network ----


def network_rows(faces: Faces, job: str) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Rows of pictures and of eye crops to train on, seed and steps."""
    crops = np.arange(len(faces.crops_closed))
    if job == "final":
        return np.flatnonzero(faces.training), crops, 9, STEPS_FINAL
    kind, name = job.split("_")
    if kind == "fold":
        fold = int(name)
        inside = (faces.crops_fold != fold) & (faces.crops_fold >= 0)
        return np.flatnonzero(faces.training & (faces.fold != fold)), crops[inside], fold, STEPS
    rows = np.flatnonzero(faces.training & (faces.source != name)) if name != "faces" else crops[:0]
    return rows, crops, 20 + LEFT_OUT.index(name), STEPS_LEFT_OUT


def train_job(arguments: tuple[str, str, dict]) -> str:
    """Trains one network and keeps it in a file (in a process of its own)."""
    import eye_state_net as net

    job, path, sets = arguments
    params, moments = net.train(sets["wide"], sets["target"], sets["draw"], sets["seed"], sets["steps"])
    arrays = {"p:" + k: np.asarray(v) for k, v in params.items()}
    arrays |= {"m:" + k: np.asarray(v) for k, v in moments.items()}
    np.savez(path, **arrays)
    return job


def networks(faces: Faces, work: Path, jobs: int) -> dict[str, tuple[dict, dict]]:
    """All networks: one a fold, one for each source left out, and the final one."""
    import eye_state_net as net

    names = [f"fold_{i}" for i in range(FOLDS)] + [f"without_{s}" for s in LEFT_OUT] + ["final"]
    wide_crops = net.widen(faces.crops24)
    todo = []
    for name in names:
        path = work / f"net_{name}.npz"
        if path.exists():
            continue
        rows, crops, seed, steps = network_rows(faces, name)
        weights = eye_weights(faces, rows) if len(rows) else np.zeros((0, 2))
        weights = weights / max(weights.sum(), 1e-9)
        todo.append(
            (
                name,
                str(path),
                {
                    "wide": np.concatenate([wide_crops[crops], faces.wide[rows].reshape(-1, data.WIDE, data.WIDE)]),
                    "target": np.concatenate(
                        [faces.crops_closed[crops].astype(np.float32), np.repeat(faces.closed[rows], 2)]
                    ).astype(np.float32),
                    "draw": np.concatenate(
                        [np.full(len(crops), CROPS_SHARE / len(crops)), weights.ravel() * (1 - CROPS_SHARE)]
                    ),
                    "seed": seed,
                    "steps": steps,
                },
            )
        )
    if todo:
        with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=1) as pool:
            for name in pool.imap_unordered(train_job, todo):
                print(f"trained {name}", file=sys.stderr, flush=True)
    trained = {}
    for name in names:
        with np.load(work / f"net_{name}.npz") as arrays:
            params = {k[2:]: arrays[k] for k in arrays if k.startswith("p:")}
            moments = {k[2:]: arrays[k] for k in arrays if k.startswith("m:")}
        trained[name] = (params, moments)
    return trained


def network_logits(model: tuple[dict, dict], wide: np.ndarray) -> np.ndarray:
    import eye_state_net as net

    shape = wide.shape[:-2]
    crops = np.stack([net.cut(c, net.STRAIGHT) for c in wide.reshape(-1, data.WIDE, data.WIDE)])
    return net.predict(*model, crops).reshape(shape)


# ---- the regression ----


def fit_geometry(faces: Faces, rows: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    """Weights and bias of the logistic regression on the first features, scales folded in."""
    x = faces.features[rows][:, :, :count].reshape(-1, count)
    weight = eye_weights(faces, rows).ravel()
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=GEOMETRY_C, max_iter=1000)
    model.fit(scaler.transform(x), np.repeat(faces.closed[rows], 2), sample_weight=weight / weight.mean())
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)


def geometry_logits(model: tuple[np.ndarray, float], features: np.ndarray) -> np.ndarray:
    return features[..., : len(model[0])] @ model[0] + model[1]


# ---- figures ----


def auc(score: np.ndarray, closed: np.ndarray) -> float:
    return float(roc_auc_score(closed, score)) if 0 < closed.sum() < len(closed) else float("nan")


def recall_at(score: np.ndarray, positive: np.ndarray, share: float) -> tuple[float, float]:
    """Recall with the threshold at which no more than this share of the negatives is above, and the threshold."""
    negatives = np.sort(score[positive == 0])[::-1]
    threshold = negatives[int(np.floor(share * len(negatives)))]
    return float((score[positive == 1] > threshold).mean()), float(threshold)


def table(faces: Faces, methods: dict[str, np.ndarray], title: str) -> None:
    clean = faces.known & (faces.version == "clean")
    webcam = clean & np.isin(faces.source, WEBCAMS)
    robust = faces.known & np.isin(faces.version, ROBUSTNESS)
    hard = faces.known & np.char.startswith(faces.version, "train")
    print(f"\n{title}\n\n| method | AUC | closed recall at 1 % / 0.5 % false | AUC webcams | 8 robust versions: AUC, recall at 1 % | random mixtures: AUC, recall at 1 % |")
    print("| --- | --- | --- | --- | --- | --- |")
    closed = faces.closed
    for name, score in methods.items():
        print(
            f"| {name} | {auc(score[clean], closed[clean]):.4f} "
            f"| {recall_at(score[clean], closed[clean], 0.01)[0]:.3f} / {recall_at(score[clean], closed[clean], 0.005)[0]:.3f} "
            f"| {auc(score[webcam], closed[webcam]):.4f} "
            f"| {auc(score[robust], closed[robust]):.4f}, {recall_at(score[robust], closed[robust], 0.01)[0]:.3f} "
            f"| {auc(score[hard], closed[hard]):.4f}, {recall_at(score[hard], closed[hard], 0.01)[0]:.3f} |"
        )


def per_source(faces: Faces, probability: np.ndarray, title: str, names: tuple[str, ...] | None = None) -> None:
    print(f"\n{title}\n\n| source | open: called closed at 0.5 | closed: recall | AUC | nearest open, nearest closed |")
    print("| --- | --- | --- | --- | --- |")
    clean = faces.known & (faces.version == "clean")
    for name in names or tuple(np.unique(faces.source[clean])):
        rows = clean & (faces.source == name)
        is_open, shut = rows & (faces.closed == 0), rows & (faces.closed == 1)
        nearest = [f"{probability[is_open].max():.3f}" if is_open.any() else "-"]
        nearest.append(f"{probability[shut].min():.3f}" if shut.any() else "-")
        print(
            f"| {name} | {(probability[is_open] >= 0.5).sum()} of {is_open.sum()} "
            f"| {(probability[shut] >= 0.5).sum()} of {shut.sum()} "
            f"| {auc(probability[rows], faces.closed[rows]):.4f} | {', '.join(nearest)} |"
        )


def calibrate(faces: Faces, logit: np.ndarray) -> dict[str, float]:
    """Slope and bias so that sigmoid(slope * logit + bias) is the chance of closed, both states equally likely.

    The threshold (probability 0.5) lies half way between where 98 % of the closed are found and where
    1 % of the open are called closed, over the clean pictures and their eight worse versions.
    """
    judged = faces.known & np.isin(faces.version, ("clean", *ROBUSTNESS))
    strict = float(np.quantile(logit[judged & (faces.closed == 0)], 0.99))
    loose = float(np.quantile(logit[judged & (faces.closed == 1)], 0.02))
    threshold = (strict + loose) / 2
    print(f"\nthreshold (logit): 1 % of open above {strict:.3f}, 2 % of closed below {loose:.3f}; taken {threshold:.3f}")
    rows = faces.known
    closed, score = faces.closed[rows], logit[rows]
    weight = data.source_weights(faces.source[rows], closed)
    # Slope by likelihood with the threshold held.
    slopes = np.linspace(0.1, 3, 291)
    each = [
        (weight * np.logaddexp(0, -(2 * closed - 1) * s * (score - threshold))).sum() for s in slopes
    ]
    slope = float(slopes[int(np.argmin(each))])
    return {"slope": slope, "bias": -slope * threshold}


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


# ---- the mouth ----


# Lengths between mesh points as names; "by_eyes" is by the distance of the eyes, see mouth_features().
MOUTH_NAMES = (
    "inner_height_by_width",
    "inner_height_by_eyes",
    "jaw_by_eyes",
    "outer_height_by_width",
    "width_by_eyes",
    "inner_height_by_face",
    "inner_height_near_by_eyes",
    "inner_height_far_by_eyes",
    "outer_height_by_eyes",
    "outer_height_far_by_eyes",
    "inner_width_by_eyes",
    "upper_lip_by_eyes",
    "lower_lip_by_eyes",
    "nose_to_lip_by_eyes",
    "lip_to_chin_by_eyes",
    "chin_down_by_eyes",
    "nose_down_by_eyes",
)


def mouth_features(picture: data.Picture) -> np.ndarray:
    p = picture.points

    def length(a: int, b: int) -> float:
        return float(np.hypot(*(p[a] - p[b]))) + 1e-6

    eyes = [data.eye_frame(p, side)[0] for side in SIDES]
    between = float(np.hypot(*(eyes[0] - eyes[1]))) / max(np.cos(np.radians(picture.yaw)), 0.5) + 1e-6
    middle = (eyes[0] + eyes[1]) / 2
    face = float(np.hypot(*(p[152] - middle))) + 1e-6
    along = (eyes[1] - eyes[0]) / (float(np.hypot(*(eyes[1] - eyes[0]))) + 1e-6)
    down = np.array([-along[1], along[0]])
    return np.array(
        [
            length(13, 14) / length(78, 308),
            length(13, 14) / between,
            length(152, 1) / between,
            length(0, 17) / length(61, 291),
            length(61, 291) / between,
            length(13, 14) / face,
            (length(82, 87) + length(312, 317)) / 2 / between,
            (length(81, 178) + length(311, 402)) / 2 / between,
            length(0, 17) / between,
            (length(39, 181) + length(269, 405)) / 2 / between,
            length(78, 308) / between,
            length(0, 13) / between,
            length(17, 14) / between,
            length(2, 0) / between,
            length(17, 152) / between,
            float((p[152] - middle) @ down) / between,
            float((p[2] - middle) @ down) / between,
        ]
    )


def fit_mouth(faces: Faces) -> dict:
    rows = np.flatnonzero((faces.version == "clean") & np.isin(faces.label, ("open", "closed", "yawn")))
    yawn = (faces.label[rows] == "yawn").astype(float)
    x = np.stack([mouth_features(faces.pictures[i]) for i in rows])
    more = np.flatnonzero(np.isin(faces.version, TRAINING) & np.isin(faces.label, ("open", "closed", "yawn")))
    more_x = np.stack([mouth_features(faces.pictures[i]) for i in more])
    more_yawn = (faces.label[more] == "yawn").astype(float)
    scores = {name: x[:, i] for i, name in enumerate(MOUTH_NAMES)}

    def fit(chosen: np.ndarray, count: int) -> tuple[np.ndarray, float]:
        scaler = StandardScaler().fit(more_x[chosen, :count])
        model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=2000)
        model.fit(scaler.transform(more_x[chosen, :count]), more_yawn[chosen])
        weights = model.coef_[0] / scaler.scale_
        return weights, float(model.intercept_[0] - weights @ scaler.mean_)

    for title, count in (("regression on the first six", 6), ("regression on all of them", len(MOUTH_NAMES))):
        joint = np.zeros(len(rows))
        for fold in range(FOLDS):
            outside = faces.fold[rows] == fold
            weights, bias = fit(faces.fold[more] != fold, count)
            joint[outside] = x[outside, :count] @ weights + bias
        scores[title] = joint
    print("\nYawning against open and closed faces (mouth), threshold set on all\n")
    print("| measure | AUC | recall at 1 % / 2 % / 5 % false | threshold at 2 % |\n| --- | --- | --- | --- |")
    found = {}
    for name, score in scores.items():
        values = [recall_at(score, yawn, share) for share in (0.01, 0.02, 0.05)]
        found[name] = values[1]
        print(f"| {name} | {auc(score, yawn):.4f} | {' / '.join(f'{v[0]:.3f}' for v in values)} | {values[1][1]:.3f} |")
    ratio = scores["inner_height_by_width"]
    print("\n| |13-14| / |78-308| above | yawn recall | open and closed above |\n| --- | --- | --- |")
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7):
        print(f"| {threshold} | {(ratio[yawn == 1] > threshold).mean():.3f} | {(ratio[yawn == 0] > threshold).mean():.4f} |")
    for name in np.unique(faces.source[rows]):
        of = faces.source[rows] == name
        print(
            f"  {name}: yawn recall {np.round((joint[of & (yawn == 1)] > found['regression on all of them'][1]).mean(), 3) if (of & (yawn == 1)).any() else '-'}"
            f", others above {np.round((joint[of & (yawn == 0)] > found['regression on all of them'][1]).mean(), 3) if (of & (yawn == 0)).any() else '-'}"
        )
    weights, bias = fit(np.ones(len(more), bool), len(MOUTH_NAMES))
    return {
        "features": list(MOUTH_NAMES),
        "weights": [round(float(w), 5) for w in weights],
        "bias": round(bias, 5),
        "threshold_logit": round(found["regression on all of them"][1], 3),
        "recall_at_2_percent_false": round(found["regression on all of them"][0], 3),
        "plain_ratio_threshold": round(found["inner_height_by_width"][1], 3),
        "plain_ratio_recall_at_2_percent_false": round(found["inner_height_by_width"][0], 3),
    }


# ---- all together ----


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faces", type=Path, help="folder with manifest.csv, the pictures and eyecrops_cew.npz")
    parser.add_argument("--loa", type=Path, default=HERE.parent / "target" / "release" / "loa")
    parser.add_argument("--work", type=Path, help="keeps worse pictures and networks; a temporary folder otherwise")
    parser.add_argument("--jobs", type=int, default=2, help="networks trained at the same time")
    parser.add_argument("--out", type=Path, default=HERE, help="where eye_state.onnx and eye_state.json go")
    parser.add_argument("--check", action="store_true", help="compare with the files there, write nothing")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        model, settings = fit(Faces(arguments.faces, arguments.loa, work), work, arguments.jobs)
    if arguments.check:
        return compare(arguments.out, model, settings)
    onnx.save(model, arguments.out / "eye_state.onnx")
    (arguments.out / "eye_state.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    return 0


def fit(faces: Faces, work: Path, jobs: int) -> tuple[onnx.ModelProto, dict]:
    import eye_state_net as net

    trained = networks(faces, work, jobs)
    weights = visibility(faces.yaw, VISIBILITY_SCALE)

    def person(per_eye: np.ndarray) -> np.ndarray:
        return (per_eye * weights).sum(1)

    # Out of fold: every row is judged by models that have not seen its person.
    shape = faces.ears.shape
    nets, geometry, contour = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    rows = np.arange(len(faces.fold))
    for fold in range(FOLDS):
        outside = faces.fold == fold
        inside = rows[faces.training & ~outside]
        nets[outside] = network_logits(trained[f"fold_{fold}"], faces.wide[outside])
        geometry[outside] = geometry_logits(fit_geometry(faces, inside, len(GEOMETRY)), faces.features[outside])
        contour[outside] = geometry_logits(fit_geometry(faces, inside, len(CONTOUR)), faces.features[outside])
        of_crops = faces.crops_fold == fold
        crop_logit = network_logits(trained[f"fold_{fold}"], net.widen(faces.crops24[of_crops]))
        print(f"fold {fold}: AUC of the network on the eye-crop set {auc(crop_logit, faces.crops_closed[of_crops]):.4f}")
    both = nets + GEOMETRY_SHARE * geometry
    logit = person(both)
    table(
        faces,
        {
            "minimum of the EARs": -faces.ears.min(1),
            "visible EAR": -person(faces.ears),
            "regression: contours": person(contour),
            "regression: contours, iris, openings": person(geometry),
            "network": person(nets),
            **{f"network + {a} regression": person(nets + a * geometry) for a in (0.25, 0.5, 0.75, 1.0, 1.5)},
        },
        "Cross-validated by person (five folds)",
    )
    calibration = calibrate(faces, logit)
    probability = sigmoid(calibration["slope"] * logit + calibration["bias"])

    print("\nOne threshold (probability 0.5) on each version\n\n| version | AUC | closed recall | open called closed |\n| --- | --- | --- | --- |")
    for version in VERSIONS:
        rows_of = faces.known & (faces.version == version)
        shut = faces.closed == 1
        print(
            f"| {version} | {auc(probability[rows_of], faces.closed[rows_of]):.4f} "
            f"| {(probability[rows_of & shut] >= 0.5).mean():.4f} | {(probability[rows_of & ~shut] >= 0.5).mean():.4f} |"
        )
    per_source(faces, probability, "Per source, cross-validated by person, clean")

    print("\nCalibration (clean, cross-validated): probability bin, rows, share closed")
    clean = faces.known & (faces.version == "clean")
    for low, high in ((0, 0.02), (0.02, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.98), (0.98, 1.01)):
        inside_bin = clean & (probability >= low) & (probability < high)
        share = faces.closed[inside_bin].mean() if inside_bin.any() else float("nan")
        print(f"  {low} to {min(high, 1)}: {inside_bin.sum()}, {share:.3f}")

    # Each source left out of network and regression altogether.
    all_rows = np.flatnonzero(faces.training)
    for name in LEFT_OUT:
        if name == "faces":
            logits = network_logits(trained["without_faces"], faces.wide)
            score = person(logits)
            crops_only = clean & np.isin(faces.source, ("misprect", "srijosh", "oprescu", "naaate", "cew"))
            print(
                f"\nNetwork trained on the eye-crop set alone, on all faces: AUC {auc(score[crops_only], faces.closed[crops_only]):.4f}, "
                f"recall at 1 % {recall_at(score[crops_only], faces.closed[crops_only], 0.01)[0]:.3f}"
                " (the closed faces are of its people; open faces and webcams are new to it)"
            )
            continue
        inside = all_rows[faces.source[all_rows] != name]
        logits = network_logits(trained[f"without_{name}"], faces.wide) + GEOMETRY_SHARE * geometry_logits(
            fit_geometry(faces, inside, len(GEOMETRY)), faces.features
        )
        out = sigmoid(calibration["slope"] * person(logits) + calibration["bias"])
        per_source(faces, out, f"Left out altogether: {name}", (name,))

    unknown = (faces.version == "clean") & (faces.source == "kanjee")
    print("\nThe driver sequence (no eye labels; awake has glances down, drowsy has open eyes)")
    for label in np.unique(faces.label[unknown]):
        rows_of = unknown & (faces.label == label)
        print(f"  {label}: {rows_of.sum()} frames, share closed {(probability[rows_of] >= 0.5).mean():.3f}")
    print(f"  AUC of drowsy: {auc(probability[unknown], faces.label[unknown] == 'drowsy'):.3f}; of minimum EAR {auc(-faces.ears[unknown].min(1), faces.label[unknown] == 'drowsy'):.3f}")
    doubtful = (faces.version == "clean") & (faces.label == "ambiguous")
    print("  ambiguous faces:", ", ".join(f"{p:.2f}" for p in probability[doubtful]))
    missed = [p for p in faces.missed if p.version == "clean" and not np.isnan(p.closed)]
    print(f"  no face found in {len(missed)} labelled clean pictures (not counted above)")

    mouth = fit_mouth(faces)

    model = net.to_onnx(net.fold(*trained["final"]))
    regression = fit_geometry(faces, all_rows, len(GEOMETRY))
    shut = faces.closed == 1
    final = {
        "about": "Eye state: weights fitted by fit_eye_state.py on pictures for research use; for research use too.",
        "network": {
            "file": "eye_state.onnx",
            "crop": data.CROP,
            "side_by_corner_distance": data.CROP_SIDE,
            "down_by_corner_distance": data.CROP_DOWN,
            "least_deviation": 4.0,
        },
        "geometry": {
            "features": list(GEOMETRY),
            "weights": [round(float(w), 5) for w in regression[0]],
            "bias": round(regression[1], 5),
        },
        "combination": {"network": 1.0, "geometry": GEOMETRY_SHARE},
        "visibility": {"right": "1 / (1 + exp(-yaw / scale))", "scale_degrees": VISIBILITY_SCALE},
        "calibration": {k: round(v, 4) for k, v in calibration.items()},
        "threshold": 0.5,
        "mouth": mouth,
        "cross_validated": {
            "auc": round(auc(logit[clean], faces.closed[clean]), 4),
            "closed_recall": round(float((probability[clean & shut] >= 0.5).mean()), 4),
            "open_called_closed": round(float((probability[clean & ~shut] >= 0.5).mean()), 4),
        },
    }
    return model, final


def compare(folder: Path, model: onnx.ModelProto, settings: dict) -> int:
    """Whether the files say the same up to what another processor's rounding does to training."""
    kept = json.loads((folder / "eye_state.json").read_text(encoding="utf-8"))
    crops = np.random.default_rng(0).standard_normal((64, 1, data.CROP, data.CROP)).astype(np.float32)
    import onnxruntime

    def run(serialized: bytes) -> np.ndarray:
        session = onnxruntime.InferenceSession(serialized, providers=["CPUExecutionProvider"])
        return session.run(None, {"input": crops})[0]

    mine, theirs = run(model.SerializeToString()), run((folder / "eye_state.onnx").read_bytes())
    difference = float(np.abs(mine - theirs).max())
    weights = float(np.abs(np.subtract(settings["geometry"]["weights"], kept["geometry"]["weights"])).max())
    figures = max(abs(settings["cross_validated"][k] - kept["cross_validated"][k]) for k in kept["cross_validated"])
    print(f"\nnetwork logits differ by {difference:.2g}, regression weights by {weights:.2g}, figures by {figures:.2g}")
    same = difference < 0.5 and weights < 0.05 and figures < 0.005
    print("the same" if same else "NOT the same")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
