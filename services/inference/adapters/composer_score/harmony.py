"""Keys, chords, the scale that goes with a chord, and voice-leading. Plain music theory in MIDI numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from services.inference.domain.errors import UnknownName

_TONICS: Mapping[str, int] = MappingProxyType(
    {"C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "F": 5, "F#": 6, "Gb": 6, "G": 7, "G#": 8, "Ab": 8,
     "A": 9, "A#": 10, "Bb": 10, "B": 11}
)  # fmt: skip

QUALITIES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "maj": (0, 4, 7), "min": (0, 3, 7), "add9": (0, 4, 7, 2), "madd9": (0, 3, 7, 2), "maj7": (0, 4, 7, 11),
        "min7": (0, 3, 7, 10), "sus2": (0, 2, 7), "sus4": (0, 5, 7), "dim": (0, 3, 6), "aug": (0, 4, 8),
        "mmaj7": (0, 3, 7, 11), "flat2": (0, 1, 7), "fifth": (0, 7), "lyd": (0, 4, 7, 6), "m6": (0, 3, 7, 8),
    }
)  # fmt: skip
"""Chord quality -> semitones above the root, the colour tone last."""


@dataclass(frozen=True, slots=True)
class Key:
    """tonic: pitch class 0..11."""

    tonic: int
    minor: bool


@dataclass(frozen=True, slots=True)
class Chord:
    """root: pitch class. tones: pitch classes, root first. scale: sorted pitch classes a melody may use over it."""

    root: int
    tones: tuple[int, ...]
    scale: tuple[int, ...]


def parse_key(name: str) -> Key:
    """ "C", "F#m", "Bb": a trailing m is minor. Raises UnknownName."""
    tonic = _TONICS.get(name.removesuffix("m"))
    if tonic is None:
        known = tuple(f"{letter}{mode}" for letter in _TONICS for mode in ("", "m"))
        raise UnknownName("key", name, known)
    return Key(tonic, name.endswith("m"))


def spell_chord(tonic: int, degree: int, quality: str, mode: Sequence[int]) -> Chord:
    """degree: semitones of the root above the tonic. mode: semitones of the scale above the tonic.

    A chord tone foreign to the mode displaces its neighbours, so that a borrowed chord borrows its scale as well.
    """
    root = (tonic + degree) % 12
    tones = tuple((root + step) % 12 for step in QUALITIES[quality])
    scale = {(tonic + step) % 12 for step in mode}
    for tone in tones:
        if tone not in scale:
            scale -= {pitch for pitch in ((tone + 1) % 12, (tone - 1) % 12) if pitch not in tones}
            scale.add(tone)
    return Chord(root, tones, tuple(sorted(scale)))


def pitches(classes: Sequence[int], low: int, high: int) -> tuple[int, ...]:
    """Every MIDI key from low to high whose pitch class is one of `classes`."""
    return tuple(key for key in range(low, high + 1) if key % 12 in classes)


def nearest(candidates: Sequence[int], target: float) -> int:
    """The candidate closest to target, the lower of two."""
    return min(candidates, key=lambda key: (abs(key - target), key))


@lru_cache(maxsize=4096)
def lead_voices(previous: tuple[int, ...], chord: Chord, reach: int = 5) -> tuple[int, ...]:
    """The voicing of `chord` that moves least from `previous`, complete, without crossed or muddy voices."""
    options = [pitches(chord.tones, voice - reach, voice + reach) or (voice,) for voice in previous]
    best: tuple[int, ...] = ()
    best_cost = float("inf")
    needed, triad = set(chord.tones[: len(previous)]), chord.tones[:3]
    for voicing in itertools.product(*options):
        gaps = [above - below for below, above in itertools.pairwise(voicing)]
        if any(gap < 2 for gap in gaps):
            continue
        # without its root, third or fifth it is another chord; without its colour it is a plainer one
        missing = needed - {key % 12 for key in voicing}
        cost = _movement_cost(previous, voicing, gaps) + sum(30.0 if tone in triad else 6.0 for tone in missing)
        if cost < best_cost:
            best, best_cost = voicing, cost
    return best or tuple(nearest(pitches(chord.tones, voice - 7, voice + 7), voice) for voice in previous)


def _movement_cost(previous: tuple[int, ...], voicing: tuple[int, ...], gaps: Sequence[int]) -> float:
    moves = [after - before for before, after in zip(previous, voicing, strict=True)]
    muddy = sum(2.0 for gap, low in zip(gaps, voicing, strict=False) if low < 52 and gap < 4)
    close = sum(0.8 for gap in gaps if gap == 2) + sum(0.6 for gap in gaps if gap > 9)
    similar = 1.5 if len(set(moves)) == 1 and moves[0] else 0.0
    return sum(math.pow(abs(move), 1.2) for move in moves) + muddy + close + similar
