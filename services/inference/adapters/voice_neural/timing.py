"""When each symbol of a line sounds; gives the times of its words and mouth shapes, and edits its silences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.inference.adapters.voice_neural.phones import NEXT_SHAPE, PhoneTable
from services.inference.adapters.voice_neural.speakers import Floats
from services.inference.domain.speech import Viseme, Word

REST = "rest"
SHORTEST_REST_S = 0.06
SHORTEST_SHAPE_S = 0.028
FADE_S = 0.006
KEPT_CLOSURES = ("mbp", "fv")


@dataclass(frozen=True, slots=True)
class Sounding:
    """One symbol of a line and its samples. owner: index of the word it belongs to, or NO_WORD of the phonemiser."""

    symbol: str
    owner: int
    start: int
    end: int

    def moved(self, ratio: float, offset: float) -> Sounding:
        return replace(self, start=round(self.start * ratio + offset), end=round(self.end * ratio + offset))


def soundings_of(symbols: str, owners: Sequence[int], edges: Sequence[int]) -> list[Sounding]:
    """edges: one more than symbols."""
    return [
        Sounding(symbol, owner, edges[index], edges[index + 1])
        for index, (symbol, owner) in enumerate(zip(symbols, owners, strict=True))
    ]


def speech_span(pcm: Floats, rate_hz: int, below_peak_db: float = 42.0) -> tuple[int, int]:
    """(start, end) samples of what can be heard, by 5 ms frames; (0, 0) when nothing can."""
    hop = max(1, rate_hz // 200)
    frames = np.square(pcm[: len(pcm) // hop * hop].reshape(-1, hop)).mean(axis=1)
    if len(frames) == 0 or float(frames.max()) < 1e-9:
        return 0, 0
    heard = np.flatnonzero(frames > frames.max() * 10 ** (-below_peak_db / 10))
    return int(heard[0]) * hop, min(len(pcm), int(heard[-1] + 1) * hop)


def stretch_pauses(
    pcm: Floats, soundings: list[Sounding], phones: PhoneTable, rate_hz: int, factor: float
) -> tuple[Floats, list[Sounding]]:
    """Silences at punctuation inside a sentence last `factor` times as long, cut where they are quietest."""
    for first, last in reversed(_inner_pauses(soundings, phones)):
        start, end = soundings[first].start, soundings[last].end
        change = round((end - start) * (factor - 1.0))
        change = max(change, -round((end - start) * 0.7))
        if abs(change) < rate_hz // 200:
            continue
        cut = _quietest(pcm, start, end, max(0, -change), rate_hz)
        pcm = _spliced(pcm, cut, change, rate_hz)
        for index in range(first, len(soundings)):
            soundings[index] = _shifted(soundings[index], cut, change)
    return pcm, soundings


def words_of(written: Sequence[str], soundings: Sequence[Sounding]) -> tuple[Word, ...]:
    """A word lasts from the first to the last symbol that it owns."""
    words: list[Word] = []
    for index, text in enumerate(written):
        own = [sounding for sounding in soundings if sounding.owner == index]
        if own:
            start = max(own[0].start, words[-1].end_sample if words else 0)
            words.append(Word(text, start, max(own[-1].end, start)))
    return tuple(words)


def visemes_of(
    soundings: Sequence[Sounding], phones: PhoneTable, sample_count: int, rate_hz: int
) -> tuple[Viseme, ...]:
    """Mouth shapes from the first to the last sample without a gap; `rest` wherever nothing is said."""
    shapes: list[Viseme] = []
    cursor = 0
    for index, sounding in enumerate(soundings):
        start, end = max(sounding.start, cursor), max(sounding.end, cursor)
        if end <= start:
            continue
        if start > cursor:
            shapes.append(Viseme(REST, cursor, start))
        shapes += _shapes(soundings, index, start, end, phones, rate_hz)
        cursor = end
    if sample_count > cursor:
        shapes.append(Viseme(REST, cursor, sample_count))
    return _merged(shapes, round(SHORTEST_SHAPE_S * rate_hz))


def _shapes(
    soundings: Sequence[Sounding], index: int, start: int, end: int, phones: PhoneTable, rate_hz: int
) -> list[Viseme]:
    symbol = soundings[index].symbol
    if phones.is_pause(symbol):
        # A gap between words in running speech is no closing of the mouth: it belongs to what comes next.
        is_rest = symbol != " " or end - start >= SHORTEST_REST_S * rate_hz
        return [Viseme(REST if is_rest else _next_shape(soundings, index, phones), start, end)]
    parts = [_next_shape(soundings, index, phones) if shape == NEXT_SHAPE else shape for shape in phones.shapes(symbol)]
    edges = np.linspace(start, end, len(parts) + 1).astype(int)
    return [Viseme(shape, int(edges[i]), int(edges[i + 1])) for i, shape in enumerate(parts)]


def _next_shape(soundings: Sequence[Sounding], index: int, phones: PhoneTable) -> str:
    for sounding in soundings[index + 1 :]:
        if phones.is_pause(sounding.symbol):
            continue
        shape = phones.shapes(sounding.symbol)[0]
        if shape != NEXT_SHAPE:
            return shape
    return REST


def _merged(shapes: Sequence[Viseme], shortest: int) -> tuple[Viseme, ...]:
    """Equal neighbours become one; a shape too short to be seen is given to its neighbour, closures excepted."""
    merged: list[Viseme] = []
    for viseme in shapes:
        length = viseme.end_sample - viseme.start_sample
        if length <= 0:
            continue
        unseen = length < shortest and viseme.shape not in KEPT_CLOSURES
        if merged and (merged[-1].shape == viseme.shape or (unseen and merged[-1].shape not in KEPT_CLOSURES)):
            merged[-1] = replace(merged[-1], end_sample=viseme.end_sample)
        else:
            merged.append(viseme)
    return tuple(merged)


def _inner_pauses(soundings: Sequence[Sounding], phones: PhoneTable) -> list[tuple[int, int]]:
    """(first, last) index of each run of punctuation and spaces that has a mark in it, ends of the line excepted."""
    runs: list[tuple[int, int]] = []
    index = 0
    while index < len(soundings):
        last = index
        while last < len(soundings) and phones.is_pause(soundings[last].symbol):
            last += 1
        marks = [sounding for sounding in soundings[index:last] if sounding.symbol != " "]
        if marks and index > 0 and last < len(soundings):
            runs.append((index, last - 1))
        index = max(last, index + 1)
    return runs


def _quietest(pcm: Floats, start: int, end: int, width: int, rate_hz: int) -> int:
    """Where in start..end the energy over `width` samples (5 ms at least) is least."""
    window = max(width, rate_hz // 200)
    energy = np.cumsum(np.concatenate([[0.0], np.square(pcm[start:end], dtype=np.float64)]))
    if len(energy) <= window:
        return start
    return start + int(np.argmin(energy[window:] - energy[:-window]))


def _spliced(pcm: Floats, cut: int, change: int, rate_hz: int) -> Floats:
    """pcm with `change` samples of silence put in at `cut`, or that many taken out after it, without a click."""
    before, after = pcm[:cut].copy(), pcm[cut + max(0, -change) :].copy()
    fade = min(round(FADE_S * rate_hz), len(before), len(after))
    if fade:
        ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
        before[-fade:] *= ramp[::-1]
        after[:fade] *= ramp
    return np.concatenate([before, np.zeros(max(0, change), np.float32), after])


def _shifted(sounding: Sounding, cut: int, change: int) -> Sounding:
    def move(sample: int) -> int:
        return sample if sample <= cut else max(cut, sample + change)

    return replace(sounding, start=move(sounding.start), end=move(sounding.end))
