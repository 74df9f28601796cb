"""Keys, chords and voice-leading."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inference.adapters.composer_score.harmony import QUALITIES, lead_voices, parse_key, spell_chord
from services.inference.adapters.composer_score.moods import MOODS
from services.inference.domain.errors import UnknownName


@pytest.mark.parametrize(("name", "tonic", "minor"), [("C", 0, False), ("F#m", 6, True), ("Bb", 10, False)])
def test_keys(name: str, tonic: int, minor: bool) -> None:
    key = parse_key(name)
    assert (key.tonic, key.minor) == (tonic, minor)


@pytest.mark.parametrize("name", ["", "m", "H", "c", "Cmm", "C major", "E#"])
def test_other_keys_are_unknown(name: str) -> None:
    with pytest.raises(UnknownName) as raised:
        parse_key(name)
    assert raised.value.field == "key"


def test_a_borrowed_chord_borrows_its_scale() -> None:
    ionian = (0, 2, 4, 5, 7, 9, 11)
    chord = spell_chord(0, 8, "maj", ionian)
    assert chord.tones == (8, 0, 3)
    assert not {9, 7, 4, 2} & set(chord.scale)


@given(
    tonic=st.integers(0, 11),
    degree=st.integers(0, 11),
    quality=st.sampled_from([name for name, tones in QUALITIES.items() if len(tones) >= 3]),
)
def test_voices_move_little_stay_in_order_and_say_the_chord(tonic: int, degree: int, quality: str) -> None:
    anchor = MOODS["calm"].voicing
    chord = spell_chord(tonic, degree, quality, MOODS["calm"].minor.mode)
    voices = lead_voices(anchor, chord)
    assert all(above - below >= 2 for below, above in itertools.pairwise(voices))
    assert all(abs(after - before) <= 7 for before, after in zip(anchor, voices, strict=True))
    assert set(chord.tones[:3]) <= {voice % 12 for voice in voices}


def test_repeated_chord_keeps_still() -> None:
    chord = spell_chord(0, 0, "maj", (0, 2, 4, 5, 7, 9, 11))
    voices = lead_voices((48, 55, 60, 64), chord)
    assert lead_voices(voices, chord) == voices
