"""What distinguishes the moods: harmony, metre, pace, register, instruments and when each layer enters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

STEMS = ("pad", "strings", "melody", "brass", "bass", "pulse", "percussion", "choir", "bells")

Progression = tuple[tuple[int, str], ...]
"""Four chords as (semitones above the tonic, quality)."""

_IONIAN = (0, 2, 4, 5, 7, 9, 11)
_LYDIAN = (0, 2, 4, 6, 7, 9, 11)
_DORIAN = (0, 2, 3, 5, 7, 9, 10)
_AEOLIAN = (0, 2, 3, 5, 7, 8, 10)
_PHRYGIAN = (0, 1, 3, 5, 7, 8, 10)


@dataclass(frozen=True, slots=True)
class Harmony:
    """mode: semitones of the scale above the tonic."""

    mode: tuple[int, ...]
    progressions: tuple[Progression, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """The stem is silent up to intensity `enter`, in full from `full`; gain: linear at its fullest."""

    enter: float
    full: float
    gain: float


@dataclass(frozen=True, slots=True)
class Mood:
    """chord_s: preferred duration of a chord. voicing: anchor of the four middle voices.

    melody_centre, bass_centre: keys.     pulse_s: preferred spacing of the pulse's notes.
    """

    name: str
    beats_per_bar: int
    chord_s: float
    major: Harmony
    minor: Harmony
    voicing: tuple[int, ...]
    melody_centre: int
    bass_centre: int
    pulse_s: float
    layers: Mapping[str, Layer]


_CALM_MAJOR = Harmony(
    _LYDIAN,
    (
        ((0, "add9"), (5, "maj7"), (9, "min7"), (5, "add9")),
        ((0, "maj7"), (4, "min7"), (5, "add9"), (0, "sus2")),
        ((0, "add9"), (7, "sus4"), (9, "min7"), (5, "maj7")),
        ((0, "add9"), (2, "min7"), (5, "maj7"), (0, "add9")),
    ),
)
_CALM_MINOR = Harmony(
    _DORIAN,
    (
        ((0, "madd9"), (5, "add9"), (0, "madd9"), (10, "add9")),
        ((0, "min7"), (3, "maj7"), (10, "add9"), (5, "add9")),
        ((0, "madd9"), (8, "maj7"), (3, "add9"), (10, "sus2")),
        ((0, "madd9"), (7, "min7"), (8, "maj7"), (3, "maj7")),
    ),
)
_WONDER_MAJOR = Harmony(
    _LYDIAN,
    (
        ((0, "add9"), (2, "maj"), (9, "min7"), (5, "add9")),
        ((0, "maj"), (8, "maj7"), (3, "add9"), (10, "add9")),
        ((0, "add9"), (4, "min"), (8, "add9"), (10, "sus2")),
        ((0, "maj"), (4, "maj"), (9, "madd9"), (5, "add9")),
        ((0, "lyd"), (2, "add9"), (4, "min7"), (5, "add9")),
    ),
)
_WONDER_MINOR = Harmony(
    _DORIAN,
    (
        ((0, "madd9"), (8, "maj7"), (3, "add9"), (10, "add9")),
        ((0, "min"), (3, "maj"), (10, "add9"), (5, "maj")),
        ((0, "madd9"), (8, "maj"), (5, "maj"), (10, "sus4")),
        ((0, "min"), (5, "add9"), (3, "add9"), (8, "maj7")),
    ),
)
_TENSE = Harmony(
    _AEOLIAN,
    (
        ((0, "min"), (8, "maj"), (1, "maj"), (0, "min")),
        ((0, "min"), (8, "maj7"), (5, "min"), (7, "sus4")),
        ((0, "min"), (3, "maj"), (1, "maj7"), (7, "sus4")),
        ((0, "min"), (8, "min"), (0, "min"), (1, "maj")),
        ((0, "madd9"), (0, "m6"), (5, "min"), (1, "maj")),
    ),
)
_DREAD = Harmony(
    _PHRYGIAN,
    (
        ((0, "min"), (6, "dim"), (1, "maj7"), (0, "min")),
        ((0, "flat2"), (0, "min"), (8, "mmaj7"), (0, "m6")),
        ((0, "min"), (4, "min"), (0, "min"), (8, "min")),
        ((0, "mmaj7"), (11, "aug"), (0, "min"), (6, "min")),
    ),
)
_WARM_MAJOR = Harmony(
    _IONIAN,
    (
        ((0, "maj"), (7, "maj"), (9, "min7"), (5, "maj7")),
        ((0, "add9"), (5, "maj7"), (2, "min7"), (7, "sus4")),
        ((0, "maj7"), (9, "min7"), (5, "maj7"), (7, "maj")),
        ((5, "maj7"), (7, "maj"), (4, "min7"), (9, "min7")),
    ),
)
_WARM_MINOR = Harmony(
    _AEOLIAN,
    (
        ((0, "min7"), (8, "maj7"), (3, "add9"), (10, "maj")),
        ((0, "madd9"), (5, "min7"), (10, "maj"), (3, "maj7")),
        ((8, "maj7"), (10, "maj"), (0, "min7"), (3, "maj")),
        ((0, "min"), (10, "maj"), (8, "maj7"), (5, "madd9")),
    ),
)


def _layers(**entries: tuple[float, float, float]) -> Mapping[str, Layer]:
    return MappingProxyType({stem: Layer(*entries[stem]) for stem in STEMS})


MOODS: Mapping[str, Mood] = MappingProxyType(
    {
        "calm": Mood(
            "calm",
            4,
            4.2,
            _CALM_MAJOR,
            _CALM_MINOR,
            (48, 55, 60, 64),
            74,
            36,
            0.42,
            _layers(
                pad=(-0.5, 0.3, 1.10),
                melody=(0.08, 0.3, 1.27),
                bass=(0.15, 0.5, 0.45),
                strings=(0.3, 0.7, 0.41),
                pulse=(0.45, 0.75, 0.50),
                bells=(0.35, 0.65, 0.60),
                choir=(0.6, 0.95, 0.26),
                brass=(0.65, 1.0, 0.48),
                percussion=(0.6, 0.95, 0.45),
            ),
        ),
        "wonder": Mood(
            "wonder",
            4,
            3.6,
            _WONDER_MAJOR,
            _WONDER_MINOR,
            (50, 57, 62, 66),
            76,
            36,
            0.21,
            _layers(
                pad=(-0.5, 0.3, 0.78),
                melody=(0.08, 0.3, 0.60),
                bells=(0.12, 0.4, 0.45),
                bass=(0.2, 0.5, 0.40),
                strings=(0.3, 0.65, 0.30),
                pulse=(0.35, 0.65, 0.29),
                choir=(0.5, 0.85, 0.24),
                brass=(0.6, 0.95, 0.39),
                percussion=(0.6, 0.95, 0.41),
            ),
        ),
        "tense": Mood(
            "tense",
            4,
            4.0,
            _TENSE,
            _TENSE,
            (45, 52, 57, 60),
            64,
            31,
            0.17,
            _layers(
                pad=(-0.5, 0.3, 0.69),
                bass=(0.05, 0.35, 1.18),
                pulse=(0.15, 0.45, 0.92),
                strings=(0.3, 0.6, 1.26),
                percussion=(0.4, 0.75, 0.57),
                melody=(0.25, 0.55, 0.54),
                bells=(0.3, 0.6, 0.30),
                brass=(0.6, 0.9, 0.49),
                choir=(0.7, 1.0, 0.23),
            ),
        ),
        "dread": Mood(
            "dread",
            4,
            7.0,
            _DREAD,
            _DREAD,
            (41, 48, 53, 56),
            55,
            29,
            0.9,
            _layers(
                pad=(-0.5, 0.3, 1.08),
                bass=(0.0, 0.3, 0.52),
                bells=(0.15, 0.45, 0.48),
                strings=(0.2, 0.55, 0.36),
                melody=(0.25, 0.5, 0.56),
                pulse=(0.35, 0.65, 0.56),
                choir=(0.45, 0.8, 0.33),
                percussion=(0.45, 0.8, 0.62),
                brass=(0.65, 1.0, 1.28),
            ),
        ),
        "warm": Mood(
            "warm",
            3,
            3.2,
            _WARM_MAJOR,
            _WARM_MINOR,
            (50, 55, 60, 64),
            72,
            38,
            0.33,
            _layers(
                pad=(-0.5, 0.3, 0.88),
                melody=(0.05, 0.28, 0.93),
                bass=(0.15, 0.45, 0.44),
                pulse=(0.2, 0.5, 0.57),
                strings=(0.3, 0.7, 0.35),
                brass=(0.5, 0.85, 0.49),
                bells=(0.4, 0.7, 0.57),
                choir=(0.65, 1.0, 0.23),
                percussion=(0.65, 1.0, 0.43),
            ),
        ),
    }
)
