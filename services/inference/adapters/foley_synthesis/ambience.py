"""Endless beds, rendered in blocks that depend on their number alone and overlap by the ring of what began in them."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from threading import Lock
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

from services.inference.adapters.foley_synthesis.beds import BEDS, Air, Bed, Event, Tone
from services.inference.adapters.foley_synthesis.events import EVENT_SAMPLES, VARIANTS, event
from services.inference.domain.timebase import SAMPLE_RATE_HZ

BLOCK: Final = 1 << 16
_TAPS: Final = 4096
_FFT: Final = 1 << 14
_STRIDE: Final = _FFT - _TAPS
_PIECES: Final = -(-(BLOCK + _TAPS) // _STRIDE)
_UNIFORM: Final = np.float32(12.0**0.5)
"""Makes even noise of width 1 that of variance 1."""
_TURN: Final = 4096
_SINE: Final = np.sin(2.0 * np.pi * np.arange(_TURN + 1) / _TURN)
_CONTROL: Final = 256
_KEPT_BLOCKS: Final = 24


class AmbienceRenderer:
    """Cuts windows out of beds; the blocks made last are kept."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[tuple[str, int], NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def window(self, name: str, start: int, count: int) -> NDArray[np.float32]:
        """(count, 2) of the bed from sample `start`, which may be negative."""
        known = name if name in BEDS else "silence"
        out = np.zeros((count, 2), np.float32)
        first = (start - EVENT_SAMPLES) // BLOCK
        # Oldest first, always: float addition is not associative, and windows must agree to the bit.
        for number in range(first, (start + count - 1) // BLOCK + 1):
            pcm = self._block(known, number)
            offset = number * BLOCK - start
            begin, end = max(offset, 0), min(offset + len(pcm), count)
            if begin < end:
                out[begin:end] += pcm[begin - offset : end - offset]
        return out

    def _block(self, name: str, number: int) -> NDArray[np.float32]:
        place = (name, number)
        with self._lock:
            found = self._blocks.get(place)
            if found is not None:
                self._blocks.move_to_end(place)
                return found
        made = _render(name, BEDS[name], number)
        with self._lock:
            self._blocks[place] = made
            while len(self._blocks) > _KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        return made


def _render(name: str, bed: Bed, number: int) -> NDArray[np.float32]:
    """(BLOCK and the longest ring, 2)."""
    rings = any(isinstance(layer, Event) for layer in bed.layers)
    out = np.zeros((BLOCK + (EVENT_SAMPLES if rings else _TAPS), 2), np.float32)
    for index, layer in enumerate(bed.layers):
        chance = np.random.default_rng([index, number & (2**64 - 1), *name.encode("utf-8")])
        if isinstance(layer, Air):
            _blow(out, layer, chance, number)
        elif isinstance(layer, Tone):
            hum(out, layer, number)
        else:
            _happen(out, layer, chance, number)
    return out * np.float32(bed.gain)


@lru_cache(maxsize=64)
def filter_of(spectrum: tuple[tuple[float, float], ...]) -> NDArray[np.complex64]:
    """Spectrum of a windowed FIR of unit energy."""
    corners, levels_db = (np.array(column) for column in zip(*spectrum, strict=True))
    frequencies = np.fft.rfftfreq(_TAPS, 1.0 / SAMPLE_RATE_HZ)
    level_db = np.interp(np.log(frequencies + 1e-3), np.log(corners), levels_db, left=-80.0, right=-80.0)
    taps = np.roll(np.fft.irfft(10.0 ** (level_db / 20.0)), _TAPS // 2) * np.hanning(_TAPS)
    taps /= np.sqrt(np.sum(taps**2))
    return np.asarray(rfft(taps.astype(np.float32), _FFT), np.complex64)


def _gust(layer: Air, number: int, count: int) -> NDArray[np.float32]:
    """Level of the air over the block and its tail: three slow waves that never meet again."""
    points = (np.arange(count // _CONTROL + 2) * _CONTROL + number * BLOCK) / SAMPLE_RATE_HZ
    wave = np.zeros(len(points))
    for ratio, weight in ((1.0, 0.5), (2.618, 0.3), (5.382, 0.2)):
        wave += weight * np.sin(2.0 * np.pi * ratio * points / layer.gust_s + 2.0 * ratio)
    level = 1.0 - layer.gust_depth + layer.gust_depth * (0.5 + 0.5 * wave) ** layer.gust_power * 2.0**layer.gust_power
    return np.asarray(np.interp(np.arange(count), np.arange(len(points)) * _CONTROL, level), np.float32)


def filtered(white: NDArray[np.float32], response: NDArray[np.complex64]) -> NDArray[np.float32]:
    """white: (2, BLOCK). Its convolution with the filter, (2, BLOCK + _TAPS), in pieces that overlap (overlap-save):
    equal transforms side by side take a quarter of the time of long ones."""
    padded = np.zeros((2, _PIECES * _STRIDE + _TAPS), np.float32)
    padded[:, _TAPS : _TAPS + BLOCK] = white
    pieces = np.lib.stride_tricks.sliding_window_view(padded, _FFT, axis=1)[:, ::_STRIDE]
    heard = irfft(rfft(pieces) * response, _FFT)[:, :, _TAPS:]
    return np.asarray(heard.reshape(2, -1)[:, : BLOCK + _TAPS], np.float32)


def _blow(out: NDArray[np.float32], layer: Air, chance: np.random.Generator, number: int) -> None:
    count = BLOCK + _TAPS - 1
    # So many taps make any noise normal; an even one costs a fifth.
    white = (chance.random((2, BLOCK), np.float32) - np.float32(0.5)) * _UNIFORM
    sides = filtered(white, filter_of(layer.spectrum))[:, :count]
    level = _gust(layer, number, count) * np.float32(layer.level * 0.1)
    shared, apart = np.float32(np.sqrt(1.0 - layer.width / 2.0)), np.float32(np.sqrt(layer.width / 2.0))
    out[:count, 0] += (shared * sides[0] + apart * sides[1]) * level
    out[:count, 1] += (shared * sides[0] - apart * sides[1]) * level


def hum(out: NDArray[np.float32], layer: Tone, number: int) -> None:
    """Level and phase move so slowly that they are straight lines between control points."""
    points = (np.arange(BLOCK // _CONTROL + 1) * _CONTROL + number * BLOCK) / SAMPLE_RATE_HZ
    sway = 1.0 - layer.sway_depth * (0.5 + 0.5 * np.sin(2.0 * np.pi * points / layer.sway_s + layer.frequency_hz))
    turns = layer.frequency_hz * points
    if layer.wander:
        slow = np.sin(2.0 * np.pi * points / 4.7) + 0.6 * np.sin(2.0 * np.pi * points / 1.9 + 1.0)
        turns += layer.wander * slow / (2.0 * np.pi)
    beat = 0.5 * layer.beat_hz * points
    for side, direction in enumerate((1.0, -1.0)):
        _sing(out[:BLOCK, side], _SINE, turns + direction * beat, 0.1 * layer.level * sway)


@njit(cache=True, nogil=True)
def _sing(
    out: NDArray[np.float32], sine: NDArray[np.float64], turns: NDArray[np.float64], level: NDArray[np.float64]
) -> None:
    """turns, level: at control points, straight between them."""
    step = len(out) // (len(turns) - 1)
    for point in range(len(turns) - 1):
        at = (turns[point] - np.floor(turns[point])) * _TURN
        move = (turns[point + 1] - turns[point]) / step * _TURN
        loud, louder = level[point], (level[point + 1] - level[point]) / step
        for i in range(step):
            phase = at + move * i
            whole = int(phase)
            index = whole & (_TURN - 1)
            value = sine[index] + (sine[index + 1] - sine[index]) * (phase - whole)
            out[point * step + i] += np.float32((loud + louder * i) * value)


def _happen(out: NDArray[np.float32], layer: Event, chance: np.random.Generator, number: int) -> None:
    spacing = layer.every_s * SAMPLE_RATE_HZ
    if layer.regular:
        beats = range(int(np.ceil(number * BLOCK / spacing)), int(np.ceil((number + 1) * BLOCK / spacing)))
        onsets = [round(beat * spacing) - number * BLOCK for beat in beats]
    else:
        onsets = sorted(int(onset) for onset in chance.integers(0, BLOCK, int(chance.poisson(BLOCK / spacing))))
    for onset in onsets:
        pcm = event(layer.kind, int(chance.integers(VARIANTS)))
        angle = (float(chance.uniform(-layer.pan, layer.pan)) + 1.0) * np.pi / 4.0
        level = 0.3 * layer.level * float(chance.uniform(0.5, 1.0))
        place = slice(onset, min(onset + len(pcm), len(out)))
        out[place] += pcm[: place.stop - onset] * (level * np.array((np.cos(angle), np.sin(angle)))).astype(np.float32)
