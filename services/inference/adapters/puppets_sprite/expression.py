"""What a face does: emotions, mouth shapes, blinks and glances, as the numbers `features` draws from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.design import Face
from services.inference.adapters.puppets_sprite.features import INDEX, NAMES, bake

BLINK = (0.35, 0.9, 1.0, 0.75, 0.35, 0.1)


@dataclass(frozen=True, slots=True)
class Mood:
    """brow_in, brow_out, arch: millimetres above their rest; lids 0..1 closed; corners: millimetres up;
    wide: factor on the mouth; open: millimetres it stands open at rest; skew: millimetres; pupil: factor."""

    brow_in: float = 0.0
    brow_out: float = 0.0
    arch: float = 0.0
    upper_lid: float = 0.15
    lower_lid: float = 0.05
    corners: float = 0.8
    wide: float = 1.0
    open: float = 0.0
    skew: float = 0.0
    pupil: float = 1.0


MOODS = {
    "calm": Mood(),
    "tense": Mood(-3.2, 0.2, -0.6, 0.17, 0.3, -1.1, 0.93),
    "afraid": Mood(4.6, -0.8, 0.2, -0.14, 0.0, -2.0, 0.98, 2.2, 0.0, 0.78),
    "warm": Mood(1.0, 0.3, 1.0, 0.16, 0.4, 4.0, 1.12, 0.0, 0.0, 1.12),
    "amused": Mood(0.4, 2.2, 1.6, 0.2, 0.45, 4.2, 1.1, 0.0, 1.8, 1.05),
    "awed": Mood(4.0, 3.6, 1.4, -0.12, 0.0, 0.6, 0.84, 4.4, 0.0, 1.2),
    "urgent": Mood(-3.6, 1.4, 0.4, -0.02, 0.22, -0.8, 1.04, 1.6, 0.0, 0.92),
}


@dataclass(frozen=True, slots=True)
class Mouth:
    """up, down: millimetres from the lips' line; width: factor; power: 0 round .. 1 pointed; teeth, tongue: millimetres
    that show; upper, lower: factors on the lips."""

    up: float
    down: float
    width: float = 1.0
    power: float = 0.2
    teeth: float = 0.0
    tongue: float = 0.0
    upper: float = 1.0
    lower: float = 1.0


MOUTHS = {
    "rest": Mouth(0.0, 0.0),
    "ai": Mouth(4.2, 11.5, 0.98, 0.2, 4.4, 4.5),
    "e": Mouth(3.0, 6.0, 1.16, 0.1, 4.4, 2.4, 0.9, 0.9),
    "o": Mouth(5.4, 8.6, 0.66, 0.0, 2.0, 2.0, 1.15, 1.15),
    "u": Mouth(2.8, 4.0, 0.46, 0.0, 0.0, 0.0, 1.3, 1.35),
    "fv": Mouth(2.3, 1.4, 0.96, 0.0, 4.0, 0.0, 0.85, 0.62),
    "l": Mouth(3.6, 6.6, 0.98, 0.2, 3.2, 6.0),
    "mbp": Mouth(0.0, 0.0, 0.95, 0.2, 0.0, 0.0, 0.2, 0.66),
    "wq": Mouth(1.4, 2.0, 0.42, 0.0, 0.0, 0.0, 1.35, 1.4),
    "etc": Mouth(2.3, 3.8, 1.02, 0.1, 3.8, 1.4),
}


def jaw_degrees(viseme: str, emotion: str) -> float:
    """How far the jaw hangs."""
    return 0.42 * max(MOUTHS[viseme].down, MOODS[emotion].open * 0.6)


def mouth_level(viseme: str) -> float:
    """0..1, for things that speak with light instead of lips."""
    mouth = MOUTHS[viseme]
    return min(1.0, (mouth.up + mouth.down) / 13.0)


def features(
    face: Face, emotion: str, viseme: str, blink: float, gaze: tuple[float, float], pixel_m: float
) -> NDArray[np.float32]:
    """The vector `features.paint_face` takes. gaze: -1..1 right, up of the figure's own face as seen; pixel_m: metres
    of the face's coordinates in a pixel."""
    mood, mouth, k = MOODS[emotion], MOUTHS[viseme], face.length
    mm = 0.001
    closed = viseme in ("rest", "mbp")
    relaxed = viseme == "rest"
    up = mouth.up + (0.35 * mood.open if relaxed else 0.0)
    down = mouth.down + (0.65 * mood.open if relaxed else 0.0)
    grin = max(0.0, mood.corners) * (0.25 if mouth.width < 0.7 else 1.0)
    corners = grin + min(0.0, mood.corners)
    teeth = mouth.teeth if not closed else (1.6 if mood.open > 3.0 else 0.0)
    width = 0.0235 * face.mouth * mouth.width * (mood.wide if mouth.width > 0.7 else 1.0)
    values = {
        "gap": 0.034 * face.eye_spacing,
        "eye_width": 0.0192 * face.eyes,
        "eye_top": 0.0122 * face.eyes,
        "eye_bottom": 0.0078 * face.eyes,
        "slant": 0.1 + face.eye_slant,
        "upper_lid": min(1.0, max(-0.2, mood.upper_lid - 0.1 * gaze[1] + (1.0 - max(0.0, mood.upper_lid)) * blink)),
        "lower_lid": min(1.0, mood.lower_lid + 0.35 * blink),
        "gaze_x": 0.0058 * face.eyes * gaze[0],
        "gaze_y": 0.0016 * face.eyes + 0.0034 * face.eyes * gaze[1],
        "iris": 0.0101 * face.eyes,
        "pupil": 0.5 * mood.pupil,
        "iris_r": face.iris[0] * 2.2,
        "iris_g": face.iris[1] * 2.2,
        "iris_b": face.iris[2] * 2.2,
        "lash": face.lash,
        "brow_in": 0.0235 + mm * (mood.brow_in + face.brow_height),
        "brow_out": 0.0245 + mm * (mood.brow_out + face.brow_height),
        "brow_arch": 0.0028 + mm * mood.arch,
        "brow_weight": face.brow_weight,
        "brow_r": face.brow[0],
        "brow_g": face.brow[1],
        "brow_b": face.brow[2],
        "mouth_y": -0.0655 * k,
        "mouth_width": width,
        "corners": corners * mm,
        "open_top": up * mm,
        "open_bottom": down * mm,
        "power": mouth.power,
        "upper_lip": 0.0048 * face.lip_fullness * mouth.upper,
        "lower_lip": 0.0062 * face.lip_fullness * mouth.lower,
        "lips_r": face.lips[0],
        "lips_g": face.lips[1],
        "lips_b": face.lips[2],
        "teeth": teeth * mm,
        "tongue": mouth.tongue * mm,
        "skew": mood.skew * mm,
        "blush": face.blush * (1.3 if emotion in ("warm", "amused") else 1.0),
        "age": face.age,
        "freckles": face.freckles,
        "pixel": max(pixel_m, 1e-4),
        "stubble": face.stubble,
        "length": k,
    }
    vector = np.zeros(len(NAMES), np.float32)
    for name, value in values.items():
        vector[INDEX[name]] = value
    return vector


def eye_schedule(frame_count: int, seed: int, emotion: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Blinks (frames,) 0..1 and glances (frames, 2) -1..1 of a shot, from its seed."""
    random = np.random.default_rng(seed)
    nervous = {"afraid": 1.7, "tense": 1.3, "urgent": 1.4, "awed": 0.6}.get(emotion, 1.0)
    blinks = np.zeros(frame_count, np.float32)
    at = int(random.uniform(14, 70))
    while at < frame_count:
        for step, value in enumerate(BLINK[: frame_count - at]):
            blinks[at + step] = value
        at += int(random.uniform(40, 110) / nervous)
    targets = np.zeros((frame_count, 2), np.float32)
    at, place = 0, np.zeros(2)
    while at < frame_count:
        stay = int(random.uniform(14, 52) / nervous)
        targets[at : at + stay] = place
        away = random.random() < 0.45
        place = random.uniform((-0.55, -0.25), (0.55, 0.25)) if away else random.uniform(-0.12, 0.12, 2)
        at += max(4, stay)
    glances = targets.copy()
    for frame in range(1, frame_count):
        glances[frame] = glances[frame - 1] + 0.62 * (targets[frame] - glances[frame - 1])
    return blinks, glances


@lru_cache(maxsize=48)
def skin_marks(face: Face, emotion: str) -> NDArray[np.float32]:
    """(256, 256, 3) factors on the skin: see `features.bake`."""
    return bake(features(face, emotion, "rest", 0.0, (0.0, 0.0), 0.001), 256)
