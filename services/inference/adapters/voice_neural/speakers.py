"""What a speaker (a neural voice as trained) is asked and what it gives. Knows no model and no voice design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LOWEST_F0_HZ = 55.0
HIGHEST_F0_HZ = 620.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sentence is to be said.

    pace: 1 is the speaker's own. pitch_hz: median of the voiced fundamental. pitch_span: excursions around it, 1 as
    spoken, 0 a monotone. formant: frequency ratio of the resonances. tremor: relative depth of a nervous wavering.
    breath: 0..1 share of the voiced excitation above 1.5 kHz that turns to noise.
    """

    pace: float
    pitch_hz: float
    pitch_span: float
    formant: float
    tremor: float = 0.0
    breath: float = 0.0


@dataclass(frozen=True, slots=True)
class Rendering:
    """pcm: (samples,) float32 at `rate_hz`. edges: one sample index more than there are symbols; symbol i sounds from
    edges[i] to edges[i + 1]."""

    pcm: Floats
    rate_hz: int
    edges: tuple[int, ...]


class Speaker(Protocol):
    """One neural voice. formant_scale: its resonances against an adult woman's, for replacing one by another."""

    name: str
    fingerprint: str
    formant_scale: float

    def say(self, symbols: str, manner: Manner, seed: int) -> Rendering:
        """symbols: phonemes and punctuation in the alphabet of `phones.yaml`. Same ask, same samples."""


def shape_contour(f0_hz: Floats, manner: Manner, frame_s: float, seed: int, pitch_hz: float = 0.0) -> Floats:
    """f0_hz: (frames,) with 0 where unvoiced; the same contour moved, widened and made to waver as `manner` says.

    pitch_hz: the median that is wanted, where it is not the manner's.
    """
    voiced = f0_hz > LOWEST_F0_HZ * 0.75
    if not voiced.any():
        return f0_hz
    pitch = np.log2(np.maximum(f0_hz, 1.0).astype(np.float64))
    middle = float(np.median(pitch[voiced]))
    shaped = np.log2(pitch_hz or manner.pitch_hz) + (pitch - middle) * manner.pitch_span
    if manner.tremor > 0.0:
        shaped = shaped + manner.tremor * _waver(len(f0_hz), frame_s, seed)
    bounded = np.clip(np.exp2(shaped), LOWEST_F0_HZ, HIGHEST_F0_HZ)
    return np.where(voiced, bounded, 0.0).astype(np.float32)


def _waver(frame_count: int, frame_s: float, seed: int) -> NDArray[np.float64]:
    """Two incommensurate sines near the 6 Hz of a trembling voice, with a phase taken from the seed."""
    time_s = np.arange(frame_count) * frame_s
    phase = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, 2)
    waver: NDArray[np.float64] = 0.65 * np.sin(2 * np.pi * 5.9 * time_s + phase[0]) + 0.35 * np.sin(
        2 * np.pi * 9.3 * time_s + phase[1]
    )
    return waver


def warp_axis(bins: int, formant: float) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """(lower bin, upper bin, weight of the upper) to read a spectrum of `bins` with resonances moved by `formant`."""
    source = np.minimum(np.arange(bins) / formant, bins - 1.0)
    lower = np.floor(source).astype(np.intp)
    upper = np.minimum(lower + 1, bins - 1)
    return lower, upper, (source - lower).astype(np.float32)
