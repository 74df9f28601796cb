"""Words for a text-to-music model: what a score's mood, key, tempo and theme sound like, stem by stem."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.inference.domain.errors import UnknownName
from services.inference.domain.music import MOTIFS, Score

_MOODS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "calm": ("calm ambient film score, soft piano and warm synthesizer pads", "gentle plucked arpeggio and bells"),
        "warm": ("warm intimate film score in waltz time, piano and strings", "soft pizzicato and harp in waltz time"),
        "wonder": ("wide luminous science fiction score, celesta, choir and strings", "shimmering arpeggio, low drums"),
        "tense": ("tense thriller score, dark pads and low cello", "driving short strings and percussion"),
        "dread": ("dark drone, deep bass, distant metallic textures", "slow heartbeat drum and low brass swells"),
    }
)
"""Mood -> what is always heard, and what joins as tension rises."""
_VOICES: Mapping[str, str] = MappingProxyType(
    {"": "", "hero": ", a noble solo horn theme", "ai": ", a glassy celesta theme", "mystery": ", a lonely cello theme"}
)
STEMS = ("bed", "drive")


def prompt_of(score: Score, stem: str) -> str:
    """Raises UnknownName for a mood or motif that is not known."""
    if score.mood not in _MOODS:
        raise UnknownName("mood", score.mood, tuple(_MOODS))
    if score.motif not in MOTIFS:
        raise UnknownName("motif", score.motif, MOTIFS)
    bed, drive = _MOODS[score.mood]
    mode = "minor" if score.key.endswith("m") else "major"
    words = f"{bed}{_VOICES[score.motif]}" if stem == "bed" else f"{drive}, no melody"
    return f"{words}, {score.key.removesuffix('m')} {mode}, {score.tempo_bpm:g} bpm, instrumental"
