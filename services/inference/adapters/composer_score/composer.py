"""The Composer port: any window of an endless score, as stems that enter and leave with intensity."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.composer_score.form import Form
from services.inference.adapters.composer_score.mixing import add_integers, as_integers, present
from services.inference.adapters.composer_score.moods import STEMS, Layer
from services.inference.adapters.composer_score.recent import Recent
from services.inference.adapters.composer_score.stems import TAIL_SAMPLES, StemRenderer, last_sounding
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.music import Score, Stem

_PASSAGE_BYTES: Final = 144_000_000


class ScoreComposer:
    """Plays from the soundfont at `soundfont`; raises EngineUnavailable when it is missing.

    A stem's gain at a sample depends on the intensity at that sample alone, and what it plays on the position alone;
    so windows join exactly wherever their intensities meet. The stems of a window are always the same, in STEMS order.
    """

    fingerprint = "composer-score/3"

    def __init__(self, soundfont: Path) -> None:
        self._renderer = StemRenderer(soundfont)
        self._passages: Recent[tuple[Score, str, int], np.int16] = Recent(_PASSAGE_BYTES)
        self._form = lru_cache(maxsize=32)(Form)

    def compose(
        self, score: Score, start_sample: int, sample_count: int, intensity: NDArray[np.float32]
    ) -> tuple[Stem, ...]:
        """intensity: (n,) 0..1, the first at the window's first sample, the last where the next window begins.

        Raises UnknownName for mood or key, InvalidAsk for the other values.
        """
        form = self._form(score)
        if start_sample < 0:
            raise InvalidAsk("start_sample", f"{start_sample} is negative")
        if sample_count < 0:
            raise InvalidAsk("sample_count", f"{sample_count} is negative")
        curve = _curve(intensity, sample_count)
        return tuple(
            Stem(stem, self._stem(form, stem, start_sample, _presence(form.mood.layers[stem], curve))) for stem in STEMS
        )

    def _stem(self, form: Form, stem: str, start: int, presence: NDArray[np.float32]) -> NDArray[np.float32]:
        count = len(presence)
        if not presence.any():
            return np.zeros((count, 2), np.float32)
        # Sums of integers are the same in any order, so windows agree to the bit.
        mix = np.zeros((count, 2), np.int32)
        first = last = form.passage_at(start)
        while first > 0 and form.passage_start(first) + TAIL_SAMPLES > start:
            first -= 1
        while form.passage_start(last + 1) < start + count:
            last += 1
        for number in range(first, last + 1):
            pcm = self._passage(form, stem, number)
            offset = form.passage_start(number) - start
            begin, end = max(offset, 0), min(offset + len(pcm), count)
            if begin < end:
                add_integers(mix[begin:end], pcm[begin - offset : end - offset])
        return present(mix, presence)

    def _passage(self, form: Form, stem: str, number: int) -> NDArray[np.int16]:
        """The passage at its level in the mix, as 16-bit integers, without the silence at its end."""
        name = (form.score, stem, number)
        kept = self._passages.get(name)
        if kept is None:
            whole = as_integers(self._renderer.render(form, stem, number), form.mood.layers[stem].gain)
            kept = whole[: last_sounding(whole.view(np.int32)[:, 0]) + 1].copy()
            self._passages.put(name, kept)
        return kept


def _curve(intensity: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    points = np.asarray(intensity, np.float64)
    if points.ndim != 1 or not len(points):
        raise InvalidAsk("intensity", "a list of at least one value is needed")
    if not np.all((points >= 0.0) & (points <= 1.0)):
        raise InvalidAsk("intensity", "values must be within 0..1")
    if len(points) == 1:
        return np.full(count, points[0], np.float32)
    return np.interp(np.arange(count), np.linspace(0.0, count, len(points)), points).astype(np.float32)


def _presence(layer: Layer, curve: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smooth in level and slope at both ends, so that a layer neither clicks in nor out."""
    part = np.clip((curve - layer.enter) / (layer.full - layer.enter), 0.0, 1.0).astype(np.float32)
    return np.asarray(part * part * (3.0 - 2.0 * part), np.float32)
