"""The cast and the emotions as data."""

from __future__ import annotations

import pytest

from services.inference.adapters.voice_neural.chain import Room
from services.inference.adapters.voice_neural.designs import Designs, manner_of


def test_the_emotions_are_the_ones_that_scenes_use() -> None:
    assert set(Designs.load().emotions) == {"calm", "tense", "afraid", "warm", "amused", "awed", "urgent"}


def test_manner_joins_design_emotion_and_pace() -> None:
    designs = Designs.load()
    narrator, awed = designs.voices["narrator"], designs.emotions["awed"]
    manner = manner_of(narrator, awed, 2.0)
    assert manner.pace == narrator.pace * awed.pace * 2.0
    assert manner.pitch_hz == narrator.pitch_hz * awed.pitch
    assert manner.breath == narrator.breath + awed.breath


def test_another_speaker_keeps_the_size_of_the_throat() -> None:
    scientist = Designs.load().voices["scientist"]
    replaced = scientist.with_speaker("hibari", 1.0 / 0.87)
    assert replaced.speaker == "hibari"
    assert replaced.pitch_hz == scientist.pitch_hz
    assert replaced.formant == pytest.approx(scientist.formant * 0.87)


def test_a_voice_through_another_keeps_who_speaks_and_adds_the_chain() -> None:
    voices = Designs.load().voices
    carried = voices["engineer"].through(voices["radio"])
    assert (carried.speaker, carried.pitch_hz) == (voices["engineer"].speaker, voices["engineer"].pitch_hz)
    own = [effect for effect in voices["engineer"].chain if not isinstance(effect, Room)]
    assert len(own) < len(voices["engineer"].chain), "the room around her is not heard over the radio"
    assert carried.chain == (*own, *voices["radio"].chain)
