"""The hall: convolution with a synthesised impulse response whose high frequencies die first."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from services.inference.domain.timebase import SAMPLE_RATE_HZ

HALL_S: Final = 2.8
_PREDELAY_S: Final = 0.024
_DECAYS: Final = ((0.0, 2.2), (160.0, 3.2), (500.0, 3.0), (1400.0, 2.4), (3500.0, 1.5), (8000.0, 0.8))
"""(frequency in Hz, time in which it decays by 60 dB in s); between them on a log scale."""


def _impulse() -> NDArray[np.float64]:
    """(samples, 2): sparse early reflections, then decorrelated noise, shaped in 21 ms frames."""
    chance = np.random.default_rng(1618)
    count = round(HALL_S * SAMPLE_RATE_HZ)
    frame, hop = 1024, 512
    window = np.hanning(frame + 1)[:-1]
    frequencies = np.fft.rfftfreq(frame, 1.0 / SAMPLE_RATE_HZ)
    corners, times = zip(*_DECAYS, strict=True)
    decay_s = np.interp(np.log(frequencies + 20.0), np.log(np.array(corners) + 20.0), times)
    colour = 1.0 / np.sqrt(1.0 + (frequencies / 5200.0) ** 4) * np.sqrt(frequencies**2 / (frequencies**2 + 110.0**2))
    tail = np.zeros((count + frame, 2))
    for side in range(2):
        noise = chance.standard_normal(count + frame)
        for start in range(0, count, hop):
            spectrum = np.fft.rfft(noise[start : start + frame] * window)
            spectrum *= colour * 10.0 ** (-3.0 * (start / SAMPLE_RATE_HZ) / decay_s)
            tail[start : start + frame, side] += np.fft.irfft(spectrum)
    tail = tail[:count]
    rise = round(0.035 * SAMPLE_RATE_HZ)
    tail[:rise] *= np.linspace(0.1, 1.0, rise)[:, None] ** 2
    tail[-rise * 6 :] *= np.linspace(1.0, 0.0, rise * 6)[:, None] ** 2
    tail /= np.sqrt(np.sum(tail**2, axis=0))
    for side in range(2):
        for delay_s in chance.uniform(0.006, 0.07, 9):
            tail[round(delay_s * SAMPLE_RATE_HZ), side] += 0.11 * chance.choice((-1.0, 1.0)) * np.exp(-delay_s / 0.05)
    predelay = np.zeros((round(_PREDELAY_S * SAMPLE_RATE_HZ), 2))
    return np.concatenate([predelay, tail])


class Hall:
    """Turns a mono send into the stereo sound of the hall."""

    def __init__(self) -> None:
        self._response = _impulse().astype(np.float32)
        self._spectrum = lru_cache(maxsize=3)(self._transform)

    def _transform(self, size: int) -> NDArray[np.complex64]:
        return np.asarray(rfft(self._response, size, axis=0), np.complex64)

    def reverberate(self, send: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        """send: (n,). Gives the first `count` samples of the hall's answer, (count, 2)."""
        blocks = -(-(len(send) + len(self._response)) // 65_536)
        size = next_fast_len(blocks * 65_536, real=True)
        spectrum = rfft(send, size)
        response = self._spectrum(size)
        wet = np.zeros((count, 2), np.float32)
        for side in range(2):
            answer = irfft(spectrum * response[:, side], size)[:count]
            wet[: len(answer), side] = answer
        return wet
