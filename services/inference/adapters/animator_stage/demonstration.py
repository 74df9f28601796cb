"""A short sequence of shots that shows each move, effect and card once, and the sheet on which one looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.mux import decode_pictures
from services.inference.domain.shot import (
    CameraMove,
    Effect,
    GradeKey,
    MusicCue,
    Shot,
    SoundCue,
    SpokenLine,
    Staging,
    TakeOrder,
    Title,
    View,
)
from services.inference.domain.timebase import SAMPLES_PER_FRAME

_SHEET_WIDTH = 480


def sequence(sets: Sequence[str], puppets: Sequence[str], voices: Sequence[str]) -> list[TakeOrder]:
    """Eight takes in the sets and with the puppets that the engines know; music runs on through the cuts."""
    inside = "corridor" if "corridor" in sets else sets[0]
    outside = "mars_surface" if "mars_surface" in sets else inside
    first, second = _pair(puppets, "engineer", "scientist")
    low, high = _pair(voices, "engineer", "scientist")
    pair = (
        Staging(first, "left", 1, "stand", "tense", speaks="first"),
        Staging(second, "right", -1, "stand", "afraid", speaks="second"),
    )
    shots = [
        Shot(
            View(outside, "establishing", time_of_day="dusk", weather="dust", mood="wonder", seed=7), 96,
            CameraMove("push_in", 0.6), title=Title("Cineloom", "a film made for you", "title", 20, 90),
            transition="dip",
        ),
        Shot(
            View(inside, "wide", mood="tense", seed=7), 96, CameraMove("truck_right", 0.6), pair,
            effects=(Effect("dust", 0.6),), title=Title("Valles Marineris", "Sol 412 · 06:12 local", "place", 6, 84),
            lines=(SpokenLine("first", "Something is moving behind the bulkhead.", low, "tense", 1.0, 22),),
        ),
        Shot(
            View(inside, "medium", subject="right", side=1, mood="tense", seed=7), 72, CameraMove("push_in", 0.4),
            pair[1:],
            effects=(Effect("flicker", 0.7),),
            lines=(SpokenLine("second", "That is not the wind.", high, "afraid", 1.0, 10),),
            sounds=(SoundCue("impact", 40, 0.8, 0.4),),
        ),
        Shot(
            View(inside, "wide", mood="dread", seed=7), 72, CameraMove("handheld", 0.6), pair,
            effects=(Effect("alarm", 0.9, 8), Effect("steam", 0.7), Effect("sparks", 0.9)),
            sounds=(SoundCue("alarm", 8, 0.5),),
        ),
        Shot(
            View(inside, "wide", mood="dread", seed=7), 72, CameraMove("pull_out", 0.6), pair[:1],
            effects=(Effect("lights_out", 1.0, 14), Effect("torch", 1.0, 30), Effect("dust", 0.8)),
            sounds=(SoundCue("power_down", 12, 0.8),),
        ),
        Shot(
            View(inside, "close", subject="left", mood="dread", seed=7), 72, CameraMove("orbit", 0.5), pair[:1],
            effects=(Effect("fog", 0.6),),
            lines=(SpokenLine("first", "Stay close to me. Do not look back.", low, "urgent", 1.0, 8),),
        ),
        Shot(
            View(outside, "wide", time_of_day="day", weather="storm", mood="dread", seed=7), 72,
            CameraMove("pan_right", 0.7),
            effects=(Effect("storm", 0.7),),
        ),
        Shot(
            View(outside, "establishing", time_of_day="night", mood="calm", seed=7), 72, CameraMove("crane_up", 0.7),
            effects=(Effect("embers", 0.7), Effect("glow", 0.5)), title=Title("End of part one", "", "end", 14, 72),
        ),
    ]  # fmt: skip
    return _scored(shots)


def _pair(known: Sequence[str], one: str, other: str) -> tuple[str, str]:
    return (one if one in known else known[0], other if other in known else known[-1])


def _scored(shots: Sequence[Shot]) -> list[TakeOrder]:
    orders = []
    position = 0
    for number, shot in enumerate(shots):
        tension = (0.35, 0.4, 0.55, 0.8, 0.6, 0.6, 0.7, 0.3)[number % 8]
        cue = MusicCue(11, "dread", "Dm", 84.0, position, tension, min(tension + 0.1, 1.0))
        scored = Shot(
            shot.view, shot.frame_count, shot.camera, shot.staging, shot.lines, (cue,), shot.sounds, shot.effects,
            shot.title, shot.transition, shot.ambience,
        )  # fmt: skip
        grade = (GradeKey(), GradeKey(48, 0.15, 0.25, 1.1, 1.1)) if number == 7 else (GradeKey(),)
        orders.append(TakeOrder(scored, grade))
        position += shot.frame_count * SAMPLES_PER_FRAME
    return orders


def write_sheet(film: Path, orders: Sequence[TakeOrder], sheet: Path) -> None:
    """One row a take: its early, middle and last pictures, as decoded from the film."""
    pictures = decode_pictures(film)
    rows = []
    first = 0
    for order in orders:
        count = order.shot.frame_count
        chosen = [pictures[first + index] for index in (count // 6, count // 2, count - 2)]
        small = [_small(np.asarray(picture.to_ndarray(format="bgr24"), dtype=np.uint8)) for picture in chosen]
        rows.append(np.concatenate(small, axis=1))
        first += count
    if not cv2.imwrite(str(sheet), np.concatenate(rows, axis=0)):
        raise OSError(f"{sheet} cannot be written")


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height = round(picture.shape[0] * _SHEET_WIDTH / picture.shape[1])
    return np.asarray(cv2.resize(picture, (_SHEET_WIDTH, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
