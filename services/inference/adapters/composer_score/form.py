"""How a score unfolds: passages of one chord each, four to a phrase, four phrases to a section, without end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from services.inference.adapters.composer_score.harmony import Chord, Key, lead_voices, parse_key, spell_chord
from services.inference.adapters.composer_score.moods import MOODS, Mood
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.music import MOTIFS, Score
from services.inference.domain.timebase import SAMPLE_RATE_HZ

TEMPO_RANGE_BPM = (40.0, 180.0)
PASSAGES_PER_PHRASE = 4
PHRASES_PER_SECTION = 4
LAST_CHORD_S = 3.0
"""How long the chord that ends a piece sounds at least."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One chord's span. beats: its length. voices: four keys. number counts from the score's start."""

    number: int
    in_phrase: int
    phrase: int
    in_section: int
    section: int
    beats: int
    chord: Chord
    next_chord: Chord
    voices: tuple[int, ...]


class Form:
    """The plan of one score. Raises UnknownName or InvalidAsk for a score that cannot be played."""

    def __init__(self, score: Score) -> None:
        if score.mood not in MOODS:
            raise UnknownName("mood", score.mood, tuple(MOODS))
        if score.motif not in MOTIFS:
            raise UnknownName("motif", score.motif, MOTIFS)
        low, high = TEMPO_RANGE_BPM
        if not low <= score.tempo_bpm <= high:
            raise InvalidAsk("tempo_bpm", f"{score.tempo_bpm} is not within {low:g}..{high:g}")
        self.score = score
        self.mood: Mood = MOODS[score.mood]
        self.key: Key = parse_key(score.key)
        wanted_s = self.mood.chord_s
        self.bars_per_passage = min((1, 2, 4, 8), key=lambda bars: abs(math.log(bars * self.bar_s / wanted_s)))
        self.passage = lru_cache(maxsize=64)(self._passage)
        self.last = self._last()

    @property
    def bar_s(self) -> float:
        return self.mood.beats_per_bar * 60.0 / self.score.tempo_bpm

    @property
    def beat_s(self) -> float:
        return 60.0 / self.score.tempo_bpm

    @property
    def passage_beats(self) -> int:
        return self.bars_per_passage * self.mood.beats_per_bar

    def _last(self) -> int | None:
        """Number of the passage with which the piece ends; its chord sounds until the end."""
        if self.score.end_sample <= 0:
            return None
        return self.passage_at(max(self.score.end_sample - round(LAST_CHORD_S * SAMPLE_RATE_HZ), 0))

    def beats_to_end(self, number: int) -> float:
        """Beats from a passage's start to the end of the piece."""
        return (self.score.end_sample - self.passage_start(number)) / SAMPLE_RATE_HZ / self.beat_s

    def passage_start(self, number: int) -> int:
        """First sample of the passage; rounded from the exact position, so that the grid never drifts."""
        return round(number * self.passage_beats * 60.0 / self.score.tempo_bpm * SAMPLE_RATE_HZ)

    def passage_at(self, sample: int) -> int:
        """Number of the passage that sounds at `sample`."""
        number = int(sample / (self.passage_beats * 60.0 / self.score.tempo_bpm * SAMPLE_RATE_HZ))
        while self.passage_start(number) > sample:
            number -= 1
        while self.passage_start(number + 1) <= sample:
            number += 1
        return number

    def randomness(self, purpose: str, number: int = 0) -> np.random.Generator:
        """The generator that decides `purpose` in passage (phrase, section) `number`; always the same."""
        return np.random.default_rng([self.score.seed & (2**64 - 1), number, *purpose.encode("utf-8")])

    def chord(self, number: int) -> Chord:
        if self.last is not None and number >= self.last - 1:
            return self._cadence(number)
        phrase, position = divmod(number, PASSAGES_PER_PHRASE)
        section, in_section = divmod(phrase, PHRASES_PER_SECTION)
        harmony = self.mood.minor if self.key.minor else self.mood.major
        order = self.randomness(f"harmony {self.mood.name}", section // 2).permutation(len(harmony.progressions))
        pick = (0, 0, 1, 0) if section % 2 == 0 else (1, 2, 1, 0)
        degree, quality = harmony.progressions[int(order[pick[in_section]])][position]
        return spell_chord(self.key.tonic, degree, quality, harmony.mode)

    def _cadence(self, number: int) -> Chord:
        """The suspended fifth degree, then home."""
        mode = (self.mood.minor if self.key.minor else self.mood.major).mode
        if self.last is not None and number < self.last:
            return spell_chord(self.key.tonic, 7, "sus4", mode)
        return spell_chord(self.key.tonic, 0, "madd9" if self.key.minor else "add9", mode)

    def _passage(self, number: int) -> Passage:
        phrase, in_phrase = divmod(number, PASSAGES_PER_PHRASE)
        section, in_section = divmod(phrase, PHRASES_PER_SECTION)
        shift = (self.key.tonic + 5) % 12 - 5
        voices = tuple(voice + round(shift / 2) for voice in self.mood.voicing)
        for index in range(number - in_phrase, number + 1):
            voices = lead_voices(voices, self.chord(index))
        return Passage(
            number, in_phrase, phrase, in_section, section, self.passage_beats, self.chord(number),
            self.chord(number + 1), voices,
        )  # fmt: skip
