"""Times of words and mouth shapes, and silences made longer and shorter."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.voice_neural.phonemiser import NO_WORD
from services.inference.adapters.voice_neural.phones import PhoneTable
from services.inference.adapters.voice_neural.timing import (
    Sounding,
    soundings_of,
    speech_span,
    stretch_pauses,
    visemes_of,
    words_of,
)
from services.inference.domain.speech import Viseme, Word

RATE = 1_000
SYMBOLS = "mˈi, bˌO"
OWNERS = (0, 0, 0, NO_WORD, NO_WORD, 1, 1, 1)
EDGES = (100, 200, 210, 300, 350, 500, 600, 610, 800)


def line() -> list[Sounding]:
    return soundings_of(SYMBOLS, OWNERS, EDGES)


def sound_of(soundings: list[Sounding]) -> np.ndarray:
    pcm = np.zeros(900, np.float32)
    for sounding in soundings:
        if sounding.owner != NO_WORD:
            pcm[sounding.start : sounding.end] = 0.5
    return pcm


def test_words_last_from_first_to_last_own_symbol() -> None:
    assert words_of(["Me,", "bow"], line()) == (Word("Me,", 100, 300), Word("bow", 500, 800))


def test_shapes_cover_everything_once(phones: PhoneTable) -> None:
    assert visemes_of(line(), phones, 900, RATE) == (
        Viseme("rest", 0, 100),
        Viseme("mbp", 100, 200),
        Viseme("e", 200, 300),
        Viseme("rest", 300, 500),
        Viseme("mbp", 500, 600),
        Viseme("o", 600, 705),
        Viseme("u", 705, 800),
        Viseme("rest", 800, 900),
    )


def test_a_short_gap_between_words_does_not_close_the_mouth(phones: PhoneTable) -> None:
    soundings = soundings_of("i ɑ", (0, NO_WORD, 1), (0, 100, 130, 300))
    assert [viseme.shape for viseme in visemes_of(soundings, phones, 300, RATE)] == ["e", "ai"]


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_pauses_stretch_and_everything_later_moves(phones: PhoneTable, factor: float) -> None:
    soundings = line()
    pcm = sound_of(soundings)
    stretched, moved = stretch_pauses(pcm, list(soundings), phones, RATE, factor)
    change = round(200 * (factor - 1))
    assert len(stretched) == len(pcm) + change
    assert words_of(["Me,", "bow"], moved) == (Word("Me,", 100, 300), Word("bow", 500 + change, 800 + change))
    assert np.array_equal(stretched[510 + change :], pcm[510:])
    assert float(np.abs(stretched[300 : 500 + change]).max()) == 0.0


def test_pauses_at_the_end_of_a_line_are_left(phones: PhoneTable) -> None:
    soundings = soundings_of("mi.", (0, 0, NO_WORD), (0, 100, 200, 400))
    pcm = np.ones(400, np.float32)
    stretched, moved = stretch_pauses(pcm, list(soundings), phones, RATE, 3.0)
    assert np.array_equal(stretched, pcm)
    assert moved == soundings


def test_speech_span_finds_what_can_be_heard() -> None:
    pcm = np.zeros(48_000, np.float32)
    pcm[9_600:24_000] = 0.3
    assert speech_span(pcm, 48_000) == (9_600, 24_000)
    assert speech_span(np.zeros(4_800, np.float32), 48_000) == (0, 0)
    assert speech_span(np.zeros(0, np.float32), 48_000) == (0, 0)
