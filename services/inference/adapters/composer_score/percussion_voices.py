"""Percussive and noise sounds of the score that no soundfont has: booms, heartbeats, ticks, risers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from services.inference.adapters.composer_score.synthesis import pitch_hz
from services.inference.domain.timebase import SAMPLE_RATE_HZ


def play_struck(kind: str, key: int, held: int) -> NDArray[np.float32]:
    """(samples, 2), peak about 0.5. key: pitch of what has one. held: length of a riser in samples."""
    if kind == "boom":
        return _boom(key)
    if kind == "heartbeat":
        return _heartbeat(key)
    if kind == "riser":
        return _riser(held, key)
    if kind == "tick":
        return _burst(0.09, 0.012, (1800.0, 5200.0), key)
    return _burst(0.16, 0.045, (4500.0, 9500.0), key)


def _seconds(duration_s: float) -> NDArray[np.float64]:
    return np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def _noise(count: int, band_hz: tuple[float, float], seed: int) -> NDArray[np.float64]:
    """(count, 2) decorrelated noise of unit variance in the band."""
    white = np.random.default_rng([seed, round(band_hz[0])]).standard_normal((count + 2048, 2))
    coloured = sosfilt(butter(2, band_hz, "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), white, axis=0)[2048:]
    return np.asarray(coloured / np.std(coloured))


def _drop(time: NDArray[np.float64], start_hz: float, end_hz: float, glide_s: float) -> NDArray[np.float64]:
    """A sine that falls exponentially from start_hz to end_hz."""
    phase = end_hz * time + (start_hz - end_hz) * glide_s * (1.0 - np.exp(-time / glide_s))
    return np.sin(2.0 * np.pi * phase)


def _boom(key: int) -> NDArray[np.float32]:
    time = _seconds(2.8)
    low_hz = pitch_hz(key)
    body = np.tanh(1.6 * _drop(time, 2.6 * low_hz, low_hz, 0.07) * np.exp(-time / 0.75)) * 0.42
    thump = _noise(len(time), (60.0, 420.0), key) * (0.09 * np.exp(-time / 0.16))[:, None]
    air = _noise(len(time), (500.0, 2400.0), key) * (0.012 * np.exp(-time / 0.5))[:, None]
    return _shaped(body[:, None] + thump + air)


def _heartbeat(key: int) -> NDArray[np.float32]:
    time = _seconds(0.75)
    out = np.zeros((len(time), 2))
    for onset_s, level in ((0.0, 0.45), (0.27, 0.3)):
        at = round(onset_s * SAMPLE_RATE_HZ)
        beat = time[: len(time) - at]
        rise = np.minimum(beat / 0.008, 1.0)
        hit = _drop(beat, 1.7 * pitch_hz(key), pitch_hz(key), 0.04) * rise * np.exp(-beat / 0.1)
        out[at:] += level * hit[:, None]
    return _shaped(out)


def _burst(duration_s: float, decay_s: float, band_hz: tuple[float, float], key: int) -> NDArray[np.float32]:
    time = _seconds(duration_s)
    shape = np.minimum(time / 0.002, 1.0) * np.exp(-time / decay_s)
    return _shaped(0.3 * _noise(len(time), band_hz, key) * shape[:, None])


def _riser(held: int, key: int) -> NDArray[np.float32]:
    """Noise whose centre climbs five octaves while it grows, let go over 0.2 s after `held`."""
    total = held + round(0.2 * SAMPLE_RATE_HZ)
    progress = np.arange(total) / held
    out = np.zeros((total, 2))
    for band in range(6):
        centre_hz = 130.0 * 2.0**band
        weight = np.exp(-0.5 * ((progress * 5.0 - band) / 0.8) ** 2) * 2.0 ** (-0.45 * band)
        out += _noise(total, (0.75 * centre_hz, 1.35 * centre_hz), key + band) * weight[:, None]
    swell = np.minimum(progress, 1.0) ** 2.2 * np.clip((total - np.arange(total)) / (total - held), 0.0, 1.0)
    return _shaped(0.16 * out * swell[:, None])


def _shaped(pcm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Ends faded so that nothing starts or stops with a step."""
    fade_in, fade_out = 24, min(len(pcm) // 3, 4800)
    pcm[:fade_in] *= np.linspace(0.0, 1.0, fade_in)[:, None]
    pcm[-fade_out:] *= np.linspace(1.0, 0.0, fade_out)[:, None]
    return pcm.astype(np.float32)
