"""Small sounds that happen now and then in a place: drips, beeps, creaks. Made once, a few variants of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.foley_synthesis.acoustics import (
    body,
    envelope,
    finish,
    glide,
    lowpass,
    metal,
    noise,
    room,
    seconds,
    stereo,
    struck,
)

VARIANTS: Final = 6
EVENT_SAMPLES: Final = 4 * 48_000
"""No event is longer."""


def _drip(chance: np.random.Generator, decay_s: float, wet: float) -> NDArray[np.float32]:
    time = seconds(0.16)
    low_hz = float(chance.uniform(520.0, 1300.0))
    drop = np.sin(glide(low_hz * (1.0 + 0.9 * time / 0.16))) * struck(time, 0.022, 0.001)
    late = np.sin(glide(1.6 * low_hz * (1.0 + 0.7 * time / 0.16))) * struck(time - 0.045, 0.012, 0.001) * 0.4
    return finish(room(stereo(drop + late), decay_s, wet), 1.0)


def _cave_drip(chance: np.random.Generator) -> NDArray[np.float32]:
    return _drip(chance, 2.8, 0.8)


def _leaf_drip(chance: np.random.Generator) -> NDArray[np.float32]:
    return _drip(chance, 0.4, 0.2)


def _beep(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(0.5)
    pitch_hz = float(chance.choice((784.0, 880.0, 1046.5, 1174.7)))
    out = np.zeros(len(time))
    for index in range(int(chance.integers(1, 4))):
        local = time - 0.12 * index
        out += np.sin(2.0 * np.pi * pitch_hz * time) * envelope(
            local, ((-1.0, 0.0), (0.0, 0.0), (0.01, 1.0), (0.05, 0.8), (0.08, 0.0), (9.0, 0.0))
        )
    return finish(room(stereo(out), 0.5, 0.35), 1.0)


def _relay(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(0.2)
    click = body(time, metal(chance, float(chance.uniform(700, 1200)), 5, 0.012))
    return finish(room(stereo(click), 0.4, 0.4), 1.0)


def _clank(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(1.2)
    hit = lowpass(body(time, metal(chance, float(chance.uniform(140, 240)), 9, 0.5), 0.004), 1500.0)
    return finish(room(stereo(hit), 2.2, 1.6, 1400.0), 1.0, 0.5)


def _creak(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(1.4)
    shape = envelope(time, ((0.0, 0.0), (0.4, 1.0), (1.4, 0.0)))
    pitch_hz = float(chance.uniform(150, 210)) * (1.0 + 0.12 * np.sin(2.0 * np.pi * 1.1 * time))
    phase = glide(pitch_hz)
    stick = np.maximum(np.sin(phase / 6.0), 0.0) ** 3
    groan = (np.sin(phase) + 0.5 * np.sin(2.01 * phase) + 0.3 * np.sin(3.07 * phase)) * (0.35 + 0.65 * stick) * shape
    return finish(room(stereo(lowpass(groan, 1200.0)), 1.6, 0.9, 1500.0), 1.0, 0.4)


def _tick(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(0.12)
    return finish(room(stereo(body(time, metal(chance, float(chance.uniform(1400, 2600)), 4, 0.02))), 0.5, 0.5), 1.0)


def _rattle(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(0.5)
    out = np.zeros(len(time))
    for index in range(5):
        hit = body(time - 0.06 * index - float(chance.uniform(0, 0.02)), metal(chance, 420.0, 5, 0.03))
        out += hit * float(chance.uniform(0.3, 1.0))
    return finish(stereo(lowpass(out, 2600.0)), 1.0)


def _thud(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(0.6)
    hit = np.sin(glide(44.0 + 45.0 * np.exp(-time / 0.03))) * struck(time, 0.09, 0.004)
    plate = body(time, metal(chance, 190.0, 6, 0.09)) * 0.12
    grit = noise(chance, len(time), 250.0, 1800.0) * struck(time, 0.05, 0.004) * 0.08
    return finish(room(stereo(hit + plate + grit), 0.8, 0.25, 1800.0), 1.0)


def _song(chance: np.random.Generator) -> NDArray[np.float32]:
    """A far voice without words: one slow tone and its odd partials."""
    time = seconds(2.2)
    pitch_hz = float(chance.choice((146.8, 164.8, 220.0, 233.1, 293.7)))
    shape = envelope(time, ((0.0, 0.0), (0.9, 1.0), (2.2, 0.0)))
    phase = glide(pitch_hz * (1.0 + 0.006 * np.sin(2.0 * np.pi * 3.7 * time) * time / 2.2))
    voice = np.sin(phase) + 0.3 * np.sin(3.01 * phase) + 0.12 * np.sin(5.03 * phase)
    return finish(room(stereo(voice * shape), 1.75, 1.2, 2200.0), 1.0, 0.6)


_MAKERS: Mapping[str, Callable[[np.random.Generator], NDArray[np.float32]]] = MappingProxyType(
    {
        "cave_drip": _cave_drip, "leaf_drip": _leaf_drip, "beep": _beep, "relay": _relay, "clank": _clank,
        "creak": _creak, "tick": _tick, "rattle": _rattle, "thud": _thud, "song": _song,
    }
)  # fmt: skip


@lru_cache(maxsize=64)
def event(kind: str, variant: int) -> NDArray[np.float32]:
    """(samples, 2), peak 1; variant: 0..VARIANTS-1."""
    return _MAKERS[kind](np.random.default_rng([variant, *kind.encode("ascii")]))
