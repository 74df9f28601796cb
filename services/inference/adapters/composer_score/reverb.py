"""The hall: convolution with a synthesised impulse response whose high frequencies die first.

It is heard at half the sample rate: above 12 kHz no hall answers, and most of what a score costs is this.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import firwin

from services.inference.domain.timebase import SAMPLE_RATE_HZ

HALL_S: Final = 2.8
_PREDELAY_S: Final = 0.024
_GRID: Final = 32_768
"""Transforms are this long, or a multiple, so that few spectra of the hall are needed."""
_DECAYS: Final = ((0.0, 2.2), (160.0, 3.2), (500.0, 3.0), (1400.0, 2.4), (3500.0, 1.5), (8000.0, 0.8))
"""(frequency in Hz, time in which it decays by 60 dB in s); between them on a log scale."""


_RATE_HZ: Final = SAMPLE_RATE_HZ // 2
_SIDE_TAPS: Final = 10
_PIECE: Final = 2048
_MIDDLE: Final = 2 * _SIDE_TAPS - 1
_HALF_BAND: Final = firwin(2 * _MIDDLE + 1, 0.5, window=("kaiser", 7.0))[_MIDDLE + 1 :: 2].astype(np.float32)
"""One side of a half-band filter: its middle is one half, and every other coefficient is nothing."""


def _impulse() -> NDArray[np.float64]:
    """(samples, 2) at _RATE_HZ: sparse early reflections, then decorrelated noise, shaped in 21 ms frames."""
    chance = np.random.default_rng(1618)
    count = round(HALL_S * _RATE_HZ)
    frame, hop = 512, 256
    window = np.hanning(frame + 1)[:-1]
    frequencies = np.fft.rfftfreq(frame, 1.0 / _RATE_HZ)
    corners, times = zip(*_DECAYS, strict=True)
    decay_s = np.interp(np.log(frequencies + 20.0), np.log(np.array(corners) + 20.0), times)
    colour = 1.0 / np.sqrt(1.0 + (frequencies / 5200.0) ** 4) * np.sqrt(frequencies**2 / (frequencies**2 + 110.0**2))
    tail = np.zeros((count + frame, 2))
    for side in range(2):
        noise = chance.standard_normal(count + frame)
        for start in range(0, count, hop):
            spectrum = np.fft.rfft(noise[start : start + frame] * window)
            spectrum *= colour * 10.0 ** (-3.0 * (start / _RATE_HZ) / decay_s)
            tail[start : start + frame, side] += np.fft.irfft(spectrum)
    tail = tail[:count]
    rise = round(0.035 * _RATE_HZ)
    tail[:rise] *= np.linspace(0.1, 1.0, rise)[:, None] ** 2
    tail[-rise * 6 :] *= np.linspace(1.0, 0.0, rise * 6)[:, None] ** 2
    tail *= np.sqrt(2.0 / np.sum(tail**2, axis=0))
    for side in range(2):
        for delay_s in chance.uniform(0.006, 0.07, 9):
            tail[round(delay_s * _RATE_HZ), side] += 0.11 * chance.choice((-1.0, 1.0)) * np.exp(-delay_s / 0.05)
    predelay = np.zeros((round(_PREDELAY_S * _RATE_HZ), 2))
    return np.concatenate([predelay, tail])


@njit(cache=True, nogil=True, fastmath=True)
def _between(known: NDArray[np.float32], taps: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Adds to out (n,) what passes half way between points i + reach and i + reach + 1 of known (n + 2 * reach,)."""
    reach = len(taps)
    for first in range(0, len(out), _PIECE):
        piece = out[first : first + _PIECE]
        for tap in range(reach):
            weight = taps[tap]
            before = known[first + reach - tap : first + reach - tap + len(piece)]
            after = known[first + reach + 1 + tap : first + reach + 1 + tap + len(piece)]
            for i in range(len(piece)):
                piece[i] += weight * (before[i] + after[i])


def halved(pcm: NDArray[np.float32]) -> NDArray[np.float32]:
    """pcm: (n,). Every other sample of what lies below a quarter of its rate; before and after it is silence."""
    out = np.float32(0.5) * pcm[::2]
    odd = np.zeros(len(out) + 2 * _SIDE_TAPS + 1, np.float32)
    odd[_SIDE_TAPS + 1 : _SIDE_TAPS + 1 + len(pcm) // 2] = pcm[1::2]
    _between(odd, _HALF_BAND, out)
    return out


def doubled(left: NDArray[np.float32], right: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Adds to out (count, 2) two sides (n,) at twice their rate: their own samples, and between them what passes
    through them."""
    points = -(-len(out) // 2)
    known = np.zeros((2, points + 2 * _SIDE_TAPS + 1), np.float32)
    between = np.zeros((2, points), np.float32)
    kept = min(len(left), points + _SIDE_TAPS + 1)
    for side, pcm in enumerate((left, right)):
        known[side, _SIDE_TAPS : _SIDE_TAPS + kept] = pcm[:kept]
        _between(known[side], _HALF_BAND * np.float32(2.0), between[side])
    _add_interleaved(known[:, _SIDE_TAPS:], between, out)


@njit(cache=True, nogil=True)
def _add_interleaved(known: NDArray[np.float32], between: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for i in range(out.shape[0] // 2):
        out[2 * i, 0] += known[0, i]
        out[2 * i, 1] += known[1, i]
        out[2 * i + 1, 0] += between[0, i]
        out[2 * i + 1, 1] += between[1, i]
    if out.shape[0] % 2:
        out[-1, 0] += known[0, out.shape[0] // 2]
        out[-1, 1] += known[1, out.shape[0] // 2]


class Hall:
    """Turns a mono send into the stereo sound of the hall."""

    def __init__(self) -> None:
        self._response = np.ascontiguousarray(_impulse().T, np.float32)
        self._spectrum = lru_cache(maxsize=4)(self._transform)

    def _transform(self, size: int) -> NDArray[np.complex64]:
        return np.asarray(rfft(self._response, size), np.complex64)

    def reverberate(self, send: NDArray[np.float32], mix: NDArray[np.float32]) -> None:
        """send: (n,). Adds the hall's answer to mix (count, 2), as far as that reaches."""
        half = halved(send)
        pieces = -(-(len(half) + self._response.shape[1]) // _GRID)
        size = next_fast_len(pieces * _GRID, real=True)
        spectrum = rfft(half, size)
        response = self._spectrum(size)
        left, right = (irfft(spectrum * response[side], size) for side in range(2))
        doubled(left, right, mix)
