"""What hangs in the air: sheets of fog or dust, and specks that drift, fall, rise or spray. A function of the frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.camera import Pose
from services.inference.adapters.animator_stage.noise import cloud_tile
from services.inference.adapters.animator_stage.tones import plane_colour
from services.inference.domain.timebase import FRAMES_PER_SECOND

TILE: Final = 256


@dataclass(frozen=True, slots=True)
class Kind:
    """Specks of one sort. count: at full strength. velocity: metres per second right, up, away.

    glow: display RGB of specks that shine by themselves, None for those lit by the place.
    radius_m, wander_m, depth_m (nearest, farthest): metres; stretch: how much longer than wide they look.
    """

    count: int
    depth_m: tuple[float, float]
    radius_m: tuple[float, float]
    velocity: tuple[float, float, float]
    wander_m: float
    wander_hz: float
    alpha: float
    stretch: float = 1.0
    glow: tuple[float, float, float] | None = None
    twinkle: float = 0.0
    lift: float = 1.0


KINDS: Final[dict[str, Kind]] = {
    "dust": Kind(260, (0.7, 8.0), (0.0016, 0.0062), (0.05, 0.015, 0.0), 0.10, 0.10, 0.62, twinkle=0.55, lift=3.4),
    "snow": Kind(520, (0.9, 16.0), (0.006, 0.013), (0.25, -1.15, 0.0), 0.12, 0.45, 0.8, lift=3.0),
    "steam": Kind(18, (2.0, 6.0), (0.30, 0.62), (0.06, 0.42, 0.0), 0.15, 0.2, 0.26, stretch=1.3, lift=3.2),
    "embers": Kind(130, (0.8, 6.5), (0.004, 0.011), (0.15, 0.55, 0.0), 0.22, 0.5, 0.95, 1.0, (255, 142, 48), 0.7),
    "storm": Kind(420, (0.8, 9.0), (0.0015, 0.004), (4.6, -0.25, 0.0), 0.08, 0.9, 0.4, stretch=0.22, lift=1.6),
}
_SPARK_PERIOD_FRAMES: Final = 34
_SPARK_LIFE_FRAMES: Final = 20
_SPARKS: Final = 64


@dataclass(frozen=True, slots=True)
class Eye:
    """The camera as the air needs it: pose in plate axes, focal length and picture size in pixels."""

    pose: Pose
    focal_px: float
    width: int
    height: int


def specks(
    kind: str, strength: float, frame: float, seed: int, eye: Eye, light: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(n, 9) float32 rows for `kernels.specks`, far to near; light: display RGB of the air."""
    if kind == "sparks":
        return _sparks(strength, frame, seed, eye)
    spec = KINDS[kind]
    count = max(round(spec.count * strength), 1)
    dice = _dice(kind, spec.count, seed)[:count]
    near, far = spec.depth_m
    depth = near * (far / near) ** dice[:, 0]
    time_s = frame / FRAMES_PER_SECOND
    span_x = 1.25 * eye.width / eye.focal_px * depth + 2.0 * spec.radius_m[1]
    span_y = 1.25 * eye.height / eye.focal_px * depth + 2.0 * spec.radius_m[1]
    speed = 0.7 + 0.6 * dice[:, 3]
    swing = 2.0 * math.pi * (dice[:, 4] + spec.wander_hz * speed * time_s)
    x = _wrapped(dice[:, 1] * span_x + spec.velocity[0] * speed * time_s, span_x) + spec.wander_m * np.sin(swing)
    y = _wrapped(dice[:, 2] * span_y + spec.velocity[1] * speed * time_s, span_y)
    y += spec.wander_m * 0.7 * np.sin(1.31 * swing + 1.0)
    alpha = spec.alpha * (0.5 + 0.5 * dice[:, 5]) * min(1.0, 0.4 + strength)
    if spec.twinkle:
        alpha = alpha * (1.0 - spec.twinkle * (0.5 + 0.5 * np.sin(2.3 * swing + 40.0 * dice[:, 6])))
    radius = spec.radius_m[0] + (spec.radius_m[1] - spec.radius_m[0]) * dice[:, 7]
    if kind == "steam":
        alpha = alpha * np.sin(np.pi * np.clip(y / span_y + 0.5, 0.0, 1.0))
    colour = np.array(spec.glow, np.float32) if spec.glow else np.clip(light * spec.lift, 0.0, 250.0)
    return _project(x, y, depth, radius, alpha, colour, spec.stretch, eye)


def _sparks(strength: float, frame: float, seed: int, eye: Eye) -> NDArray[np.float32]:
    """Bursts from two places high in the picture; each spark flies, falls and cools."""
    rows = []
    for emitter in range(2):
        phase = 17 * emitter
        burst = math.floor((frame + phase) / _SPARK_PERIOD_FRAMES)
        age_s = (frame + phase - burst * _SPARK_PERIOD_FRAMES) / FRAMES_PER_SECOND
        if age_s > _SPARK_LIFE_FRAMES / FRAMES_PER_SECOND:
            continue
        dice = _dice(f"sparks{emitter}:{burst}", _SPARKS, seed)[: max(round(_SPARKS * strength), 4)]
        depth = 2.4 + 1.2 * emitter + 0.4 * dice[:, 0]
        home_x = (0.62 * dice[0, 1] - 0.31) * eye.width / eye.focal_px * depth[0]
        home_y = 0.22 * eye.height / eye.focal_px * depth[0]
        angle = 2.0 * math.pi * dice[:, 2]
        speed = 0.5 + 2.0 * dice[:, 3]
        born = 0.18 * dice[:, 4]
        t = np.maximum(age_s - born, 0.0)
        x = home_x + np.cos(angle) * speed * t * 0.8
        y = home_y + (np.sin(angle) * 0.6 + 0.5) * speed * t - 4.2 * t * t
        life = 0.25 + 0.5 * dice[:, 5]
        alpha = np.where((age_s >= born) & (t < life), 1.0 - t / life, 0.0)
        heat = (1.0 - t / life).clip(0.0, 1.0)[:, None]
        colour = heat * np.array([255, 232, 170]) + (1.0 - heat) * np.array([255, 120, 30])
        fall = np.abs((np.sin(angle) * 0.6 + 0.5) * speed - 8.4 * t)
        stretch = 1.0 + 0.9 * fall
        rows.append(_project(x, y, depth, np.full(len(x), 0.011), alpha, colour, stretch, eye))
    return np.concatenate(rows) if rows else np.zeros((0, 9), np.float32)


def _project(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    depth: NDArray[np.float64],
    radius_m: NDArray[np.float64],
    alpha: NDArray[np.float64],
    colour: NDArray[np.float32],
    stretch: float | NDArray[np.float64],
    eye: Eye,
) -> NDArray[np.float32]:
    points = (np.stack([x, y, depth], axis=1) - eye.pose.position()) @ eye.pose.axes()
    ahead = np.maximum(points[:, 2], 0.05)
    pixels = eye.focal_px / ahead
    rows = np.empty((len(x), 9), np.float32)
    rows[:, 0] = 0.5 * eye.width + points[:, 0] * pixels
    rows[:, 1] = 0.5 * eye.height - points[:, 1] * pixels
    radius = radius_m * pixels * 1.6
    shown = np.maximum(radius, 0.9)
    rows[:, 2] = shown / np.minimum(stretch, 1.0)
    rows[:, 3] = shown * np.maximum(stretch, 1.0)
    rows[:, 4] = alpha * np.minimum(radius / shown, 1.0) * np.clip((points[:, 2] - 0.3) * 2.0, 0.0, 1.0)
    plane = _planes(colour)
    rows[:, 5:8] = plane
    rows[:, 8] = 1.0 / ahead
    return rows[np.argsort(rows[:, 8], kind="stable")]


def _planes(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    if colour.ndim == 1:
        return plane_colour(colour)
    origin = plane_colour((0.0, 0.0, 0.0))
    basis = np.stack([plane_colour(tuple(row)) - origin for row in np.eye(3)])
    return np.asarray(colour @ basis + origin, dtype=np.float32)


def _wrapped(value: NDArray[np.float64], span: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.mod(value, span) - 0.5 * span)


@lru_cache(maxsize=32)
def _dice(name: str, count: int, seed: int) -> NDArray[np.float64]:
    key = sum(ord(letter) * 257**index for index, letter in enumerate(name)) % (1 << 61)
    return np.random.default_rng([abs(seed), key]).random((count, 8))


@lru_cache(maxsize=4)
def clouds(seed: int) -> NDArray[np.float32]:
    """(TILE, TILE) float32 seamless billows, 0..1."""
    return cloud_tile(seed, TILE, 1.55)
