"""Held and plucked synthesiser voices: unison oscillators that cross-fade a dark and a bright wave table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from services.inference.adapters.composer_score.instruments import Synthesised
from services.inference.domain.timebase import SAMPLE_RATE_HZ

_TABLE: Final = 4096
_SHIFT: Final = 20
_FRACTION: Final = (1 << _SHIFT) - 1
_STEP: Final = 64
"""Samples between two control points of loudness and brightness."""
_HIGHEST_PARTIAL_HZ: Final = 9_000.0

_Spectrum = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def _low(frequency: NDArray[np.float64], corner_hz: float, poles: float) -> NDArray[np.float64]:
    return 1.0 / np.sqrt(1.0 + (frequency / corner_hz) ** (2.0 * poles))


def _glass(partial: NDArray[np.float64], brightness: float) -> NDArray[np.float64]:
    kept = np.isin(partial, (1.0, 2.0, 3.0, 5.0, 8.0))
    return np.where(kept, partial ** (-1.1 - 1.2 * (1.0 - brightness)), 0.0)


TIMBRES: Mapping[str, tuple[_Spectrum, _Spectrum]] = MappingProxyType(
    {
        "warm": (lambda k, f: _low(f, 420.0, 2.0) / k, lambda k, f: _low(f, 1500.0, 1.6) / k),
        "dark": (lambda k, f: _low(f, 170.0, 2.0) / k, lambda k, f: _low(f, 620.0, 2.0) / k),
        "glass": (lambda k, f: _glass(k, 0.0), lambda k, f: _glass(k, 1.0) * _low(f, 3500.0, 2.0)),
        "brass": (lambda k, f: _low(f, 260.0, 1.5) / k, lambda k, f: _low(f, 2300.0, 1.5) / k**0.8),
        "sub": (lambda k, f: (k == 1.0) * 1.0, lambda k, f: (k <= 3.0) / k**2.2),
    }
)
"""name -> amplitude of each partial (its number, its frequency) in the dark and in the bright table."""


@lru_cache(maxsize=128)
def _tables(timbre: str, key: int) -> NDArray[np.float32]:
    """(_TABLE, 4): dark, bright, and how far each is from its next point. Both have the same phases, so that they mix
    without cancelling."""
    fundamental = pitch_hz(key)
    count = max(1, min(_TABLE // 4, int(_HIGHEST_PARTIAL_HZ / fundamental)))
    partial = np.arange(1.0, count + 1.0)
    phases = np.random.default_rng([key, *timbre.encode("ascii")]).uniform(0.0, 2.0 * np.pi, count)
    tables = np.zeros((2, _TABLE), np.float32)
    for row, spectrum in enumerate(TIMBRES[timbre]):
        bins = np.zeros(_TABLE // 2 + 1, np.complex128)
        amplitude = spectrum(partial, partial * fundamental)
        bins[1 : count + 1] = amplitude * np.exp(1j * phases) * _TABLE / 2.0
        tables[row] = np.fft.irfft(bins, _TABLE)
    loudest = float(np.sqrt(np.mean(tables[1] ** 2)))
    tables /= np.float32(max(loudest, 1e-9))
    return np.concatenate([tables, np.roll(tables, -1, axis=1) - tables]).T.copy()


def pitch_hz(key: float) -> float:
    """Equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((key - 69.0) / 12.0))


@njit(cache=True, nogil=True)
def _unison(
    out: NDArray[np.float32], tables: NDArray[np.float32], loudness: NDArray[np.float32],
    brightness: NDArray[np.float32], phases: NDArray[np.uint32], increments: NDArray[np.uint32],
    left: NDArray[np.float32], right: NDArray[np.float32],
) -> None:  # fmt: skip
    """phases, increments: in 2 ** -32 of a table, so that they wrap around by themselves. tables: (_TABLE, 4): dark,
    bright, and how far each is from the next point."""
    for point in range(loudness.shape[0] - 1):
        first = point * _STEP
        last = min(first + _STEP, out.shape[0])
        bright, level = brightness[point], loudness[point]
        brighter = (brightness[point + 1] - bright) / np.float32(_STEP)
        louder = (loudness[point + 1] - level) / np.float32(_STEP)
        for voice in range(phases.shape[0]):
            phase, increment = phases[voice], increments[voice]
            to_left, to_right = left[voice], right[voice]
            for i in range(first, last):
                part = np.float32(i - first)
                row = tables[phase >> np.uint32(_SHIFT)]
                between = np.float32(phase & np.uint32(_FRACTION)) * np.float32(1.0 / (_FRACTION + 1))
                dark_value = row[0] + row[2] * between
                bright_value = row[1] + row[3] * between
                value = dark_value + (bright_value - dark_value) * (bright + brighter * part)
                value *= level + louder * part
                out[i, 0] += value * to_left
                out[i, 1] += value * to_right
                phase = np.uint32(phase + increment)
            phases[voice] = phase


def play_synthesised(instrument: Synthesised, key: int, held: int) -> NDArray[np.float32]:
    """(samples, 2) of one note held for `held` samples, with its release; mean level 0.1 before the gain."""
    total = held + round(instrument.release_s * SAMPLE_RATE_HZ)
    points = np.asarray(np.arange(total // _STEP + 2) * (_STEP / SAMPLE_RATE_HZ), np.float64)
    count = instrument.unison
    spread = np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)
    chance = np.random.default_rng([key, count, *instrument.timbre.encode("ascii")])
    pan = chance.permutation(spread) * instrument.width
    frequency = pitch_hz(key) * 2.0 ** (spread * instrument.detune_cents / 1200.0)
    share = 0.1 / np.sqrt(count)
    out = np.zeros((total, 2), np.float32)
    _unison(
        out, _tables(instrument.timbre, key), _loudness(instrument, points, held / SAMPLE_RATE_HZ),
        _brightness(instrument, points, held / SAMPLE_RATE_HZ, key), _turns(chance.uniform(0.0, 1.0, count)),
        _turns(frequency / SAMPLE_RATE_HZ), (share * np.sqrt(1.0 - pan)).astype(np.float32),
        (share * np.sqrt(1.0 + pan)).astype(np.float32),
    )  # fmt: skip
    return out


def _turns(parts: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Parts of a turn, 0..1, as `_unison` counts them."""
    return (parts * 2.0**32).astype(np.uint32)


def _loudness(instrument: Synthesised, points: NDArray[np.float64], held_s: float) -> NDArray[np.float32]:
    attack_s = min(instrument.attack_s, 0.7 * held_s)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.clip(points / attack_s, 0.0, 1.0))
    fall = 0.5 + 0.5 * np.cos(np.pi * np.clip((points - held_s) / instrument.release_s, 0.0, 1.0))
    struck = np.exp(-points / instrument.decay_s) if instrument.decay_s else 1.0
    return (rise * fall * struck).astype(np.float32)


def _brightness(instrument: Synthesised, points: NDArray[np.float64], held_s: float, key: int) -> NDArray[np.float32]:
    onset, middle, end = instrument.brightness
    if instrument.decay_s:
        return np.interp(
            points, (0.0, instrument.attack_s, instrument.attack_s + 2.0 * instrument.decay_s),
            (onset, max(onset, middle), end),
        ).astype(np.float32)  # fmt: skip
    arc = np.interp(points, (0.0, 0.5 * held_s, held_s), (onset, middle, end))
    wave = 0.12 * np.sin(2.0 * np.pi * (0.13 + 0.02 * (key % 7)) * points + key)
    return np.clip(arc + wave, 0.0, 1.0).astype(np.float32)
