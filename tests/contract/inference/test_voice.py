"""What every Voice must do; the fake that other tests use is held to it as well."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from services.inference.adapters.voice_neural import NeuralVoice
from services.inference.domain.errors import UnknownName
from services.inference.domain.speech import VISEMES, Speech
from services.inference.ports import Voice
from tests.fakes.inference import FakeVoice

pytestmark = pytest.mark.contract

LINE = "The beacon went dark an hour ago."


@pytest.fixture(scope="module", params=["fake", "neural"])
def voice(request: pytest.FixtureRequest) -> Voice:
    return FakeVoice() if request.param == "fake" else NeuralVoice.load()


@pytest.fixture(scope="module")
def speech(voice: Voice) -> Speech:
    return voice.speak(LINE, voice.known_voices()[0], "calm", 1.0)


def test_sound_is_mono_and_within_full_scale(speech: Speech) -> None:
    assert speech.pcm.ndim == 1
    assert speech.pcm.dtype == np.float32
    assert 0.01 < float(np.abs(speech.pcm).max()) <= 1.0


def test_every_word_has_its_time_in_order(speech: Speech) -> None:
    assert [word.text.strip(".,").lower() for word in speech.words] == LINE.strip(".").lower().split()
    spans = [(word.start_sample, word.end_sample) for word in speech.words]
    assert all(0 <= start < end <= len(speech.pcm) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_mouth_shapes_are_known_ones_in_order(speech: Speech) -> None:
    assert {viseme.shape for viseme in speech.visemes} <= set(VISEMES)
    assert len({viseme.shape for viseme in speech.visemes}) > 2
    spans = [(viseme.start_sample, viseme.end_sample) for viseme in speech.visemes]
    assert all(0 <= start < end <= len(speech.pcm) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_same_ask_same_samples(voice: Voice, speech: Speech) -> None:
    again = voice.speak(LINE, voice.known_voices()[0], "calm", 1.0)
    assert np.array_equal(again.pcm, speech.pcm)
    assert (again.words, again.visemes, again.voice) == (speech.words, speech.visemes, speech.voice)


def test_pace_shortens(voice: Voice, speech: Speech) -> None:
    assert len(voice.speak(LINE, voice.known_voices()[0], "calm", 1.5).pcm) < 0.9 * len(speech.pcm)


def test_unknown_voice_is_refused_with_the_known_ones(voice: Voice) -> None:
    with pytest.raises(UnknownName) as told:
        voice.speak(LINE, "nobody", "calm", 1.0)
    assert told.value.known == voice.known_voices()
