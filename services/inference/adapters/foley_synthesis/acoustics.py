"""Building blocks of sounds: filtered noise, resonating bodies, gliding tones, envelopes and rooms."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from services.inference.domain.timebase import SAMPLE_RATE_HZ

Mono = NDArray[np.float64]
"""(samples,) at 48 kHz"""
Stereo = NDArray[np.float64]
"""(samples, 2) at 48 kHz"""


def seconds(duration_s: float) -> Mono:
    """Time of each sample."""
    return np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def noise(chance: np.random.Generator, count: int, low_hz: float, high_hz: float, order: int = 2) -> Mono:
    """Noise of unit variance in a band."""
    white = chance.standard_normal(count + 4096)
    band = butter(order, (low_hz, min(high_hz, 21_000.0)), "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    coloured = np.asarray(sosfilt(band, white))[4096:]
    return coloured / max(float(np.std(coloured)), 1e-12)


def lowpass(pcm: NDArray[np.float64], corner_hz: float, order: int = 2) -> NDArray[np.float64]:
    return np.asarray(sosfilt(butter(order, corner_hz, fs=SAMPLE_RATE_HZ, output="sos"), pcm, axis=0))


def highpass(pcm: NDArray[np.float64], corner_hz: float, order: int = 2) -> NDArray[np.float64]:
    return np.asarray(sosfilt(butter(order, corner_hz, "highpass", fs=SAMPLE_RATE_HZ, output="sos"), pcm, axis=0))


def envelope(time: Mono, points: Sequence[tuple[float, float]]) -> Mono:
    """points: (time in s, level), joined by half cosines so that the slope has no corner."""
    times, levels = np.array([point[0] for point in points]), np.array([point[1] for point in points])
    place = np.clip(np.searchsorted(times, time, side="right") - 1, 0, len(times) - 2)
    part = np.clip((time - times[place]) / (times[place + 1] - times[place]), 0.0, 1.0)
    return np.asarray(levels[place] + (levels[place + 1] - levels[place]) * (0.5 - 0.5 * np.cos(np.pi * part)))


def struck(time: Mono, decay_s: float, attack_s: float = 0.002) -> Mono:
    """Rises in attack_s, then falls by 1/e in decay_s; zero before time 0."""
    rise = np.clip(time / attack_s, 0.0, 1.0)
    return np.where(time >= 0.0, rise * rise * (3.0 - 2.0 * rise) * np.exp(-np.maximum(time, 0.0) / decay_s), 0.0)


def glide(frequency_hz: ArrayLike) -> Mono:
    """Phase in radians of a tone whose frequency is given at every sample."""
    return np.asarray(2.0 * np.pi * np.cumsum(np.asarray(frequency_hz, np.float64)) / SAMPLE_RATE_HZ)


def body(time: Mono, modes: Sequence[tuple[float, float, float]], attack_s: float = 0.0015) -> Mono:
    """A struck thing: modes are (frequency in Hz, decay in s, amplitude)."""
    ringing = np.zeros(len(time))
    for frequency_hz, decay_s, amplitude in modes:
        ringing += amplitude * np.sin(2.0 * np.pi * frequency_hz * time) * struck(time, decay_s, attack_s)
    return ringing


def metal(chance: np.random.Generator, low_hz: float, count: int, decay_s: float) -> list[tuple[float, float, float]]:
    """Inharmonic modes upwards from low_hz; the higher, the shorter and softer."""
    ratios = np.cumsum(np.concatenate([[1.0], chance.uniform(0.35, 0.95, count - 1)]))
    return [
        (low_hz * float(ratio), decay_s / float(ratio) ** 0.7, float(chance.uniform(0.5, 1.0)) / float(ratio) ** 0.9)
        for ratio in ratios
        if low_hz * ratio < 14_000.0
    ]


def stereo(mono: Mono, pan: float = 0.0) -> Stereo:
    """Equal power; pan -1 left .. +1 right."""
    angle = (pan + 1.0) * np.pi / 4.0
    return np.asarray(np.stack([mono * np.cos(angle), mono * np.sin(angle)], axis=1) * math.sqrt(2.0))


def room(pcm: Stereo, decay_s: float, wet: float, brightness_hz: float = 4500.0, seed: int = 5) -> Stereo:
    """Adds a diffuse room that falls by 60 dB in decay_s; the result is longer by that. The dry end is faded."""
    chance = np.random.default_rng(seed)
    time = seconds(decay_s)
    response = chance.standard_normal((len(time), 2)) * (10.0 ** (-3.0 * time / decay_s))[:, None]
    response *= np.minimum(time / 0.012, 1.0)[:, None]
    response = lowpass(highpass(response, 90.0), brightness_hz, 1)
    response /= np.sqrt(np.sum(response**2, axis=0))
    ending = min(len(pcm) // 3, 9600)
    dry = pcm.copy()
    dry[-ending:] *= (0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, ending)))[:, None]
    padded = np.concatenate([dry, np.zeros((len(time), 2))])
    answer = fftconvolve(dry, response, axes=0)
    padded[: len(answer)] += wet * answer
    return padded


def finish(pcm: Stereo, peak: float, fade_s: float = 0.05) -> NDArray[np.float32]:
    """No offset, no step at either end, and the given peak."""
    clean = highpass(pcm, 22.0, 1)
    first, last = 48, min(round(fade_s * SAMPLE_RATE_HZ), len(clean) // 2)
    clean[:first] *= np.linspace(0.0, 1.0, first)[:, None]
    clean[-last:] *= (0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, last)))[:, None]
    return np.asarray(clean * (peak / max(float(np.max(np.abs(clean))), 1e-12)), np.float32)
