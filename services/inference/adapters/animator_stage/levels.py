"""Loudness: bring speech to its level, step the bed back under it, and keep peaks under the ceiling.

Every function here has a finite reach in time, so that windows of one take, or of two takes that join, agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyloudnorm
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d
from scipy.signal import fftconvolve, firwin

from services.inference.domain.timebase import SAMPLE_RATE_HZ

DUCK_DB: Final = -9.0
CEILING_DBTP: Final = -2.0
LIMITER_REACH: Final = 1024
_ATTACK: Final = int(0.16 * SAMPLE_RATE_HZ)
_RELEASE: Final = int(0.45 * SAMPLE_RATE_HZ)
_LOOK: Final = 288
_OVERSAMPLING: Final = 4
_TAPS_A_PHASE: Final = 16
_TAPS: Final = firwin(_OVERSAMPLING * _TAPS_A_PHASE + 1, 1.0 / _OVERSAMPLING, window=("kaiser", 8.0)) * _OVERSAMPLING
_LOUD_SHARE: Final = 0.6
_MOST_GAIN_DB: Final = 18.0
PLAIN_SPEECH_LUFS: Final = -17.0
"""A line said without feeling, as Voice gives it, heard from both speakers."""
MOST_FEELING_LU: Final = 3.0
_SHORTEST_MEASURED: Final = int(0.4 * SAMPLE_RATE_HZ)
_MEASURED_EVERY: Final = 2
"""Every second sample of speech has the loudness of all of it, within a tenth of a unit."""
_SECOND_SPEAKER_LU: Final = 10.0 * math.log10(2.0)


def decibels(level_db: float) -> float:
    return math.pow(10.0, level_db / 20.0)


def levelled(pcm: NDArray[np.float32], target_lufs: float) -> NDArray[np.float32]:
    """Mono speech brought to an integrated loudness as heard from both speakers (ITU-R BS.1770-5).

    What is said more loudly or more softly than a plain line stays so, as far as MOST_FEELING_LU.
    """
    padded = np.pad(pcm, (0, max(_SHORTEST_MEASURED - len(pcm), 0)))[::_MEASURED_EVERY].astype(np.float64)
    meter = pyloudnorm.Meter(SAMPLE_RATE_HZ // _MEASURED_EVERY)
    loudness = float(meter.integrated_loudness(padded)) + _SECOND_SPEAKER_LU
    if not math.isfinite(loudness):
        return pcm
    feeling_lu = min(max(loudness - PLAIN_SPEECH_LUFS, -MOST_FEELING_LU), MOST_FEELING_LU)
    gain_db = min(max(target_lufs + feeling_lu - loudness, -_MOST_GAIN_DB), _MOST_GAIN_DB)
    return np.asarray(pcm * np.float32(decibels(gain_db)), dtype=np.float32)


def duck(
    spans: Sequence[tuple[int, int]], first_sample: int, sample_count: int, take_samples: int
) -> NDArray[np.float32]:
    """Gain of the bed under speech that sounds in `spans` (samples of the take).

    The bed moves before a line begins. It is at rest at the take's borders unless a line crosses them, so that takes
    which know nothing of each other's lines still join.
    """
    position = np.arange(first_sample, first_sample + sample_count, dtype=np.float32)
    depth = np.zeros(sample_count, np.float32)
    for begin, end in spans:
        rise_from = begin - _ATTACK if begin < 0 else max(begin - _ATTACK, 0)
        rise = np.clip((position - rise_from) / _ATTACK, 0.0, 1.0)
        fall_to = end + _RELEASE
        if end <= take_samples:
            fall_to = min(fall_to, take_samples)
        fall_length = max(min(_RELEASE, fall_to - begin), 1)
        fall = np.clip((fall_to - position) / fall_length, 0.0, 1.0)
        both = np.minimum(rise, fall)
        np.maximum(depth, both * both * (3.0 - 2.0 * both), out=depth)
    return np.asarray(np.power(10.0, depth * np.float32(DUCK_DB / 20.0)), dtype=np.float32)


def limited(mix: NDArray[np.float32]) -> NDArray[np.float32]:
    """(samples, 2) under the ceiling, true peaks included; LIMITER_REACH samples at either end are context and are
    dropped. The gain is the least that a window needs, smoothed over that window, so it never overshoots."""
    inner = slice(LIMITER_REACH, len(mix) - LIMITER_REACH)
    ceiling = decibels(CEILING_DBTP)
    if float(np.abs(mix).max(initial=0.0)) < _LOUD_SHARE * ceiling:
        return mix[inner]
    peaks = true_peaks(mix)
    if peaks.max() <= ceiling:
        return mix[inner]
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    held = minimum_filter1d(wanted, size=2 * _LOOK + 1, mode="nearest")
    window = np.hanning(2 * _LOOK + 3)[1:-1]
    # What lies within a window of either end is context, so that the convolution may take it for silence.
    gain = 1.0 - fftconvolve(1.0 - held, window / window.sum(), mode="same")
    return np.asarray(mix[inner] * gain[inner, None], dtype=np.float32)


def true_peaks(mix: NDArray[np.float32]) -> NDArray[np.float64]:
    """(samples,) largest magnitude between each sample and the next over both channels, by fourfold oversampling
    (ITU-R BS.1770-5, annex 2); looked for only where the sound is loud enough to matter."""
    peaks: NDArray[np.float64] = np.abs(mix).max(axis=1).astype(np.float64)
    _raise_peaks(np.ascontiguousarray(mix), _TAPS, _LOUD_SHARE * decibels(CEILING_DBTP), peaks)
    return peaks


@njit(cache=True, nogil=True)
def _raise_peaks(mix: NDArray[np.float32], taps: NDArray[np.float64], loud: float, peaks: NDArray[np.float64]) -> None:
    half = _TAPS_A_PHASE // 2
    count = mix.shape[0]
    last_loud = -count
    ahead = 0
    for i in range(count):
        while ahead < count and ahead <= i + half:
            if abs(mix[ahead, 0]) > loud or abs(mix[ahead, 1]) > loud:
                last_loud = ahead
            ahead += 1
        if i - last_loud > half:
            continue
        for phase in range(1, _OVERSAMPLING):
            for side in range(2):
                total = 0.0
                for j in range(max(-half, i - count + 1), min(half, i + 1)):
                    total += taps[half * _OVERSAMPLING + _OVERSAMPLING * j + phase] * mix[i - j, side]
                peaks[i] = max(peaks[i], abs(total))
