"""Small deterministic engines for tests: a colonnade with real depth, a paper figure, hums and hisses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.inference.domain.errors import UnknownName
from services.inference.domain.music import Score, Stem
from services.inference.domain.plates import LEAST_SPARE, LIGHT_GROUPS, Camera, Plates, Spare, Stage, Vector
from services.inference.domain.shot import SoundCue, Staging, View
from services.inference.domain.speech import Speech, Viseme, Word
from services.inference.domain.talk import SILENCE, Talk
from services.inference.domain.timebase import SAMPLE_RATE_HZ
from services.inference.ports import always

_EYE_M = 1.5
_IRRADIANCE: Mapping[str, Vector] = {
    "key": (0.5, 0.46, 0.4),
    "fill": (0.1, 0.12, 0.16),
    "practicals": (0.3, 0.24, 0.14),
    "alarm": (0.4, 0.02, 0.01),
    "emission": (0.02, 0.06, 0.08),
}
_POSITIONS: Mapping[str, Vector] = {"left": (-0.9, 0.0, 4.2), "centre": (0.1, 0.0, 5.0), "right": (1.0, 0.0, 4.4)}


@dataclass
class FakePainter:
    """A colonnade; `asked` lists what was painted."""

    fingerprint: str = "fake-painter-1"
    asked: list[View] = field(default_factory=list)
    warmed: list[str] = field(default_factory=list)

    def known_sets(self) -> tuple[str, ...]:
        return ("colonnade", "terrace")

    def warm(self, set_name: str, go_on: Callable[[], bool] = always) -> bool:
        self.warmed.append(set_name)
        return go_on()

    def paint(self, view: View, width: int, height: int, spare: Spare = LEAST_SPARE) -> Plates:
        if view.set_name not in self.known_sets():
            raise UnknownName("view.set_name", view.set_name, self.known_sets())
        self.asked.append(view)
        return _painted(view, width, height, spare)


@lru_cache(maxsize=8)
def _painted(view: View, width: int, height: int, spare: Spare) -> Plates:
    columns, rows = spare.plate_size(width, height)
    focal = 0.85 * width
    depth, normal, albedo, floor = _cast_rays(columns, rows, focal, roofed=view.set_name == "colonnade")
    linear = _light(depth, normal, albedo, columns, rows, focal)
    scale = {name: float(max(value.max(), 1e-3)) for name, value in linear.items()}
    groups = {name: np.round(255.0 * np.sqrt(value / scale[name])).astype(np.uint8) for name, value in linear.items()}
    return Plates(
        identity=f"{view}-{width}x{height}-{spare}",
        groups=groups,
        scale=scale,
        depth=depth,
        normals=np.round(normal * 127.0).astype(np.int8),
        masks={"floor": np.where(floor, 255, 0).astype(np.uint8), "sky": (depth > 5e3).astype(np.uint8) * 255},
        camera=Camera((0.0, _EYE_M, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), focal),
        stages={
            name: Stage(floor, _IRRADIANCE, dict.fromkeys(LIGHT_GROUPS, (0.4, 0.8, -0.4)))
            for name, floor in _POSITIONS.items()
        },
        fog_colour=(0.1, 0.11, 0.13),
        fog_extinction_per_m=0.01,
    )


def _cast_rays(
    columns: int, rows: int, focal: float, *, roofed: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    x = ((np.arange(columns) + 0.5 - columns / 2) / focal)[None, :] * np.ones((rows, 1))
    y = ((rows / 2 - np.arange(rows) - 0.5) / focal)[:, None] * np.ones((1, columns))
    depth = np.full((rows, columns), 1e4)
    normal = np.zeros((rows, columns, 3))
    normal[..., 2] = -1.0
    albedo = np.full((rows, columns, 3), 0.05)

    def hit(z: NDArray[np.float64], where: NDArray[np.bool_], facing: Vector, colour: NDArray[np.float64]) -> None:
        nearer = where & (z > 0.05) & (z < depth)
        depth[nearer] = z[nearer]
        normal[nearer] = facing
        albedo[nearer] = np.broadcast_to(colour, albedo.shape)[nearer]

    with np.errstate(divide="ignore", invalid="ignore"):
        ground = np.where(y < 0, -_EYE_M / y, 1e5)
        check = (np.floor(x * ground) + np.floor(ground)) % 2
        hit(ground, ground < 60, (0.0, 1.0, 0.0), (0.3 + 0.25 * check)[..., None] * np.array([0.9, 0.85, 0.8]))
        floor = (ground < 60) & (depth == ground)
        if roofed:
            ceiling = np.where(y > 0, 2.0 / y, 1e5)
            hit(ceiling, ceiling < 60, (0.0, -1.0, 0.0), np.array([0.4, 0.42, 0.45]))
            back = np.full_like(depth, 14.0)
            bricks = 0.35 + 0.1 * ((np.floor(x * 14 * 1.5) + np.floor(y * 14 * 3)) % 2)
            hit(back, back > 0, (0.0, 0.0, -1.0), bricks[..., None] * np.array([1.0, 0.95, 0.9]))
    for z in (2.6, 5.2, 8.4):
        for side in (-1.0, 1.0):
            centre = side * 1.75
            inside = (np.abs(x * z - centre) < 0.22) & (y * z < 2.0) & (y * z > -_EYE_M)
            across = ((x * z - centre) / 0.22).clip(-1.0, 1.0)
            stripes = 0.45 + 0.15 * (np.floor(y * z * 8) % 2)
            nearer = inside & (z < depth)
            hit(np.full_like(depth, z), inside, (0.0, 0.0, -1.0), stripes[..., None] * np.array([0.9, 0.8, 0.7]))
            normal[nearer, 0] = across[nearer]
            normal[nearer, 2] = -np.sqrt(1.0 - across[nearer] ** 2)
            floor &= ~nearer
    return depth.astype(np.float32), normal.astype(np.float32), albedo.astype(np.float32), floor


def _light(
    depth: NDArray[np.float32],
    normal: NDArray[np.float32],
    albedo: NDArray[np.float32],
    columns: int,
    rows: int,
    focal: float,
) -> dict[str, NDArray[np.float32]]:
    x = ((np.arange(columns) - columns / 2) / focal)[None, :] * depth
    y = ((rows / 2 - np.arange(rows)) / focal)[:, None] * depth
    sky = (depth > 5e3)[..., None]

    def lamp(place: Vector, colour: Vector, power: float) -> NDArray[np.float32]:
        to = np.stack([place[0] - x, place[1] - y, place[2] - depth], axis=-1)
        far = np.linalg.norm(to, axis=-1, keepdims=True)
        facing = np.clip((to * normal).sum(axis=-1, keepdims=True) / far, 0.0, 1.0)
        lit = albedo * facing * power / (1.0 + far * far) * np.array(colour)
        return np.where(sky, 0.0, lit).astype(np.float32)

    screen = ((np.abs(x) < 1.2) & (np.abs(y - 0.3) < 0.5) & (np.abs(depth - 14.0) < 0.1))[..., None]
    glowing = np.where(screen, np.array([0.15, 0.7, 0.9]), np.where(sky, np.array([0.3, 0.4, 0.6]), 0.0))
    return {
        "key": lamp((-3.0, 3.0, 2.0), (1.0, 0.9, 0.75), 14.0),
        "fill": np.where(sky, 0.0, albedo * np.array([0.05, 0.06, 0.08])).astype(np.float32),
        "practicals": lamp((0.0, 1.8, 8.0), (1.0, 0.75, 0.4), 10.0) + lamp((0.0, 1.8, 12.5), (1.0, 0.75, 0.4), 6.0),
        "alarm": lamp((1.4, 1.8, 6.5), (1.0, 0.06, 0.03), 16.0) + lamp((-1.4, 1.8, 11.0), (1.0, 0.06, 0.03), 12.0),
        "emission": glowing.astype(np.float32),
    }


@dataclass
class FakeTrack:
    """A paper figure 1.75 m tall that sways; its mouth is as wide as its viseme is open."""

    floor: Vector
    focal_px: float
    middle_px: tuple[float, float]
    pose: str

    def depth_m(self, frame: int) -> float:
        return self.floor[2] - (0.01 * frame if self.pose == "walk" else 0.0)

    def draw(
        self, frame: int, weights: Mapping[str, float], viseme: str, tint: Sequence[float]
    ) -> tuple[NDArray[np.uint8], int, int]:
        depth = self.depth_m(frame)
        pixels = self.focal_px / depth
        height, width = round(1.75 * pixels), round(0.6 * pixels)
        v = np.linspace(0.0, 1.75, height)[:, None]
        u = np.linspace(-0.3, 0.3, width)[None, :] + 0.01 * math.sin(frame / 7.0) * (1.75 - v)
        head = (u / 0.1) ** 2 + ((v - 0.13) / 0.13) ** 2 < 1.0
        body = (np.abs(u) < 0.2 - 0.05 * (v > 0.9)) & (v > 0.28) & ((v < 0.9) | (np.abs(u) > 0.02))
        light = sum(weights.get(group, 0.0) * np.array(_IRRADIANCE[group]) for group in LIGHT_GROUPS) * np.array(tint)
        colour = np.where(head[..., None], np.array([0.7, 0.5, 0.4]), np.array([0.25, 0.3, 0.45])) * light
        opening = {"rest": 0.004, "mbp": 0.002, "ai": 0.03, "o": 0.024}.get(viseme, 0.015)
        mouth = (np.abs(u) < 0.035) & (np.abs(v - 0.19) < opening)
        colour = np.where(mouth[..., None], 0.01, colour * (1.0 - 0.8 * np.abs(u + 0.08)[..., None] / 0.4))
        rgba = np.zeros((height, width, 4), np.uint8)
        shown = head | body
        rgba[..., :3] = np.where(shown[..., None], 255.0 * np.clip(colour, 0.0, 1.0) ** 0.4545, 0.0)
        rgba[..., 3] = np.where(shown, 255, 0)
        x = self.middle_px[0] + self.floor[0] * pixels - width / 2
        y = self.middle_px[1] + _EYE_M * pixels - height
        return rgba, round(x), round(y)


@dataclass
class FakePuppets:
    fingerprint: str = "fake-puppets-1"

    def known_puppets(self) -> tuple[str, ...]:
        return ("engineer", "scientist")

    def prepare(self, staging: Staging, plates: Plates, frame_count: int, seed: int, talk: Talk = SILENCE) -> FakeTrack:
        if staging.puppet not in self.known_puppets():
            raise UnknownName("staging.puppet", staging.puppet, self.known_puppets())
        rows, columns = plates.depth.shape
        floor = plates.stages[staging.position].floor
        return FakeTrack(floor, plates.camera.focal_px, (columns / 2, rows / 2), staging.pose)


@dataclass
class FakeVoice:
    """A hum of a fifth of a second a word; `asked` counts what was spoken."""

    fingerprint: str = "fake-voice-1"
    asked: int = 0

    def known_voices(self) -> tuple[str, ...]:
        return ("low", "high")

    def speak(self, text: str, voice: str, emotion: str, pace: float) -> Speech:
        if voice not in self.known_voices():
            raise UnknownName("voice", voice, self.known_voices())
        self.asked += 1
        step = round(0.22 * SAMPLE_RATE_HZ / pace)
        names = text.split()
        count = step * len(names)
        time_s = np.arange(count) / SAMPLE_RATE_HZ
        pitch_hz = 120.0 if voice == "low" else 210.0
        hum = sum(np.sin(2.0 * np.pi * pitch_hz * k * time_s) / k for k in (1, 2, 3, 5, 8))
        syllables = np.abs(np.sin(np.pi * time_s / 0.22 * pace))
        shapes = ("ai", "mbp", "o", "e", "etc")
        visemes = tuple(Viseme(shapes[i % 5], i * step, (i + 1) * step) for i in range(len(names)))
        words = tuple(Word(name, i * step, (i + 1) * step) for i, name in enumerate(names))
        return Speech(np.asarray(0.2 * hum * syllables, dtype=np.float32), words, visemes, voice)


@dataclass
class FakeComposer:
    """A chord whose loudness is its intensity: a pure function of position."""

    fingerprint: str = "fake-composer-1"
    windows: list[tuple[int, int]] = field(default_factory=list)

    def compose(
        self, score: Score, start_sample: int, sample_count: int, intensity: NDArray[np.float32]
    ) -> tuple[Stem, ...]:
        self.windows.append((start_sample, sample_count))
        time_s = (start_sample + np.arange(sample_count)) / SAMPLE_RATE_HZ
        level = np.interp(np.linspace(0.0, 1.0, sample_count), np.linspace(0.0, 1.0, len(intensity)), intensity)
        root_hz = 110.0 * 2.0 ** ((score.seed % 12) / 12.0)
        pad = 0.12 * sum(np.sin(2.0 * np.pi * root_hz * ratio * time_s) for ratio in (1.0, 1.5, 2.0))
        bass = 0.1 * np.sin(np.pi * root_hz * time_s)
        stems = (("pad", pad * level), ("bass", bass * (0.3 + 0.7 * level)))
        return tuple(Stem(name, np.asarray(np.stack([pcm, pcm], axis=1), dtype=np.float32)) for name, pcm in stems)


@dataclass
class FakeFoley:
    fingerprint: str = "fake-foley-1"

    def known_sounds(self) -> tuple[str, ...]:
        return ("alarm", "door", "impact")

    def ambience(self, name: str, start_sample: int, sample_count: int) -> NDArray[np.float32]:
        time_s = (start_sample + np.arange(sample_count)) / SAMPLE_RATE_HZ
        low = 60.0 + sum(map(ord, name)) % 40
        bed = sum(np.sin(2.0 * np.pi * low * k * 1.07 * time_s + k) / k for k in range(1, 9))
        return np.asarray(0.01 * np.stack([bed, bed], axis=1), dtype=np.float32)

    def sound(self, cue: SoundCue) -> NDArray[np.float32]:
        if cue.sound not in self.known_sounds():
            raise UnknownName("sound", cue.sound, self.known_sounds())
        time_s = np.arange(SAMPLE_RATE_HZ // 2) / SAMPLE_RATE_HZ
        knock = cue.gain * 0.5 * np.exp(-9.0 * time_s) * np.sin(2.0 * np.pi * 180.0 * time_s)
        left, right = math.cos((cue.pan + 1.0) * math.pi / 4.0), math.sin((cue.pan + 1.0) * math.pi / 4.0)
        return np.asarray(np.stack([left * knock, right * knock], axis=1), dtype=np.float32)
