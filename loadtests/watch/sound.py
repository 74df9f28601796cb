"""How loud the recorded film is, and where it is silent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import resample_poly

RATE_HZ = 48_000
OVERSAMPLING = 4
BLOCK = RATE_HZ * 10
MARGIN = 256
SILENT_BELOW_DBFS = -60.0
SILENCE_S = 1.0
STEP = RATE_HZ // 10


@dataclass(frozen=True, slots=True)
class Silence:
    """at_s: since the recording's start."""

    at_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Loudness:
    """integrated_lufs: ITU-R BS.1770-4; true_peak_dbtp: its annex 2, four times oversampled."""

    integrated_lufs: float
    true_peak_dbtp: float
    silences: tuple[Silence, ...]


def loudness_of(recording: Path) -> Loudness | None:
    """None where there is too little sound to measure."""
    samples = _samples(recording)
    if len(samples) < RATE_HZ // 2:
        return None
    lufs = float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(samples))
    return Loudness(round(lufs, 2), round(true_peak_dbtp(samples), 2), tuple(silences(samples)))


def true_peak_dbtp(samples: NDArray[np.float32]) -> float:
    """samples: (n, channels), -1..1."""
    peak = 0.0
    for start in range(0, len(samples), BLOCK):
        block = samples[max(0, start - MARGIN) : start + BLOCK + MARGIN]
        peak = max(peak, float(np.abs(resample_poly(block, OVERSAMPLING, 1, axis=0)).max()))
    return _decibels(peak)


def silences(samples: NDArray[np.float32]) -> list[Silence]:
    """Times of at least SILENCE_S below SILENT_BELOW_DBFS."""
    steps = samples[: len(samples) // STEP * STEP].reshape(-1, STEP * samples.shape[1])
    quiet = [_decibels(float(np.sqrt(np.mean(step.astype(np.float64) ** 2)))) < SILENT_BELOW_DBFS for step in steps]
    found: list[Silence] = []
    since: int | None = None
    for index, is_quiet in enumerate([*quiet, False]):
        if is_quiet and since is None:
            since = index
        elif not is_quiet and since is not None:
            length_s = (index - since) * STEP / RATE_HZ
            if length_s >= SILENCE_S:
                found.append(Silence(round(since * STEP / RATE_HZ, 1), round(length_s, 1)))
            since = None
    return found


def _decibels(amplitude: float) -> float:
    return float(20 * np.log10(max(amplitude, 1e-9)))


def _samples(recording: Path) -> NDArray[np.float32]:
    """(n, 2) at RATE_HZ."""
    resampler: Any = av.AudioResampler(format="flt", layout="stereo", rate=RATE_HZ)
    parts: list[NDArray[np.float32]] = []
    with av.open(str(recording)) as container:
        if not container.streams.audio:
            return np.zeros((0, 2), np.float32)
        for frame in container.decode(audio=0):
            parts.extend(part.to_ndarray().reshape(-1, 2) for part in resampler.resample(frame))
    return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)
