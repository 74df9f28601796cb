"""The engine as its callers see it: sound, times, feeling, errors and repeatability."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import signal

from services.inference.adapters.voice_neural.engine import NeuralVoice
from services.inference.adapters.voice_neural.loudness import measured_lufs
from services.inference.adapters.voice_neural.timing import speech_span
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.speech import VISEMES, Speech

LINE = "We lost the beacon. Nobody moves."
VOICES = (
    "narrator", "engineer", "scientist", "robot", "colony_ai", "woman", "man", "radio", "helmet", "hologram", "alien",
    "child", "captain", "elder", "loudspeaker",
)  # fmt: skip
RATE = 48_000


@pytest.fixture(scope="module")
def spoken(engine: NeuralVoice) -> dict[str, Speech]:
    return {voice: engine.speak(LINE, voice, "calm", 1.0) for voice in VOICES}


def test_it_knows_the_cast(engine: NeuralVoice) -> None:
    assert set(engine.known_voices()) == set(VOICES)
    assert engine.fallbacks() == {}


@pytest.mark.parametrize("voice", VOICES)
def test_sound_is_48_khz_float_at_speech_level(spoken: dict[str, Speech], voice: str) -> None:
    pcm = spoken[voice].pcm
    assert pcm.dtype == np.float32
    assert pcm.ndim == 1
    assert 1.5 < len(pcm) / RATE < 5.0
    assert np.isfinite(pcm).all()
    assert float(np.abs(pcm).max()) < 0.95
    assert measured_lufs(pcm) == pytest.approx(-21.5, abs=1.0)


@pytest.mark.parametrize("voice", VOICES)
def test_silence_at_the_ends_is_short(spoken: dict[str, Speech], voice: str) -> None:
    start, end = speech_span(spoken[voice].pcm, RATE, below_peak_db=50.0)
    assert start <= 0.060 * RATE
    assert len(spoken[voice].pcm) - end <= 0.120 * RATE


@pytest.mark.parametrize("voice", VOICES)
def test_words_and_mouth_shapes_are_in_order_and_inside(spoken: dict[str, Speech], voice: str) -> None:
    speech = spoken[voice]
    assert " ".join(word.text for word in speech.words) == LINE
    assert all(word.end_sample - word.start_sample > 0.03 * RATE for word in speech.words)
    for first, second in itertools.pairwise(speech.words):
        assert first.end_sample <= second.start_sample
    assert speech.words[-1].end_sample <= len(speech.pcm)
    assert speech.visemes[0].start_sample == 0
    assert speech.visemes[-1].end_sample == len(speech.pcm)
    for before, after in itertools.pairwise(speech.visemes):
        assert before.end_sample == after.start_sample
        assert before.shape != after.shape
    assert {viseme.shape for viseme in speech.visemes} <= set(VISEMES)
    assert {"rest", "mbp", "o"} <= {viseme.shape for viseme in speech.visemes}


@pytest.mark.parametrize("voice", ["engineer", "narrator", "man", "elder"])
def test_word_times_follow_the_sound(engine: NeuralVoice, voice: str) -> None:
    """The hiss of each s lies in the word that is written with it, and the pause between sentences is silent."""
    speech = engine.speak("Go in. See me. Go on.", voice, "calm", 1.0)
    see = next(word for word in speech.words if word.text == "See")
    hiss = signal.sosfilt(signal.butter(6, 4_500, "highpass", fs=RATE, output="sos"), speech.pcm)
    loudest = int(np.argmax(np.convolve(np.square(hiss), np.ones(1_200), "same")))
    assert see.start_sample - 960 <= loudest <= (see.start_sample + see.end_sample) / 2 + 960
    before = next(word for word in speech.words if word.text == "in.")
    middle = (before.end_sample + see.start_sample) // 2
    silence = np.abs(speech.pcm[middle - 1_000 : middle + 1_000]).max()
    assert silence < 0.02 * np.abs(speech.pcm).max()


@pytest.mark.parametrize("voice", ["colony_ai", "man", "radio"])
def test_same_ask_same_samples(engine: NeuralVoice, spoken: dict[str, Speech], voice: str) -> None:
    engine.speak("Something else in between.", voice, "urgent", 1.3)
    again = engine.speak(LINE, voice, "calm", 1.0)
    assert np.array_equal(again.pcm, spoken[voice].pcm)
    assert again.words == spoken[voice].words
    assert again.visemes == spoken[voice].visemes


def test_no_two_voices_sound_alike(spoken: dict[str, Speech]) -> None:
    """Average spectra in third octaves, level aside: every pair differs by 1.5 dB or more on average."""
    colours = {voice: _third_octaves_db(speech.pcm) for voice, speech in spoken.items()}
    distances = {
        pair: float(np.abs(colours[pair[0]] - colours[pair[1]]).mean()) for pair in itertools.combinations(VOICES, 2)
    }
    closest = min(distances, key=lambda pair: distances[pair])
    assert distances[closest] > 1.5, (closest, distances[closest])


@pytest.mark.parametrize("voice", ["engineer", "man"])
def test_pace_changes_length_and_times_alike(engine: NeuralVoice, voice: str) -> None:
    slow, fast = (engine.speak(LINE, voice, "calm", pace) for pace in (0.7, 1.4))
    assert len(slow.pcm) / len(fast.pcm) == pytest.approx(2.0, rel=0.22)
    for early, late in zip(fast.words, slow.words, strict=True):
        early_place, late_place = early.start_sample / len(fast.pcm), late.start_sample / len(slow.pcm)
        assert early_place == pytest.approx(late_place, abs=0.09)


@pytest.mark.parametrize("voice", ["engineer", "man", "elder"])
def test_feeling_is_heard(engine: NeuralVoice, voice: str) -> None:
    awed, urgent, calm = (engine.speak(LINE, voice, emotion, 1.0) for emotion in ("awed", "urgent", "calm"))
    assert len(awed.pcm) > 1.1 * len(calm.pcm)
    assert len(calm.pcm) > 1.12 * len(urgent.pcm)
    assert measured_lufs(urgent.pcm) > measured_lufs(calm.pcm) + 1.5 > measured_lufs(awed.pcm)
    assert _longest_rest(awed) > 2 * _longest_rest(urgent)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("a" * 401, "401"),
        ("你好，世界", "nothing"),
        ("?! … *", "nothing"),
        ("🙂", "nothing"),
    ],
)
def test_text_that_cannot_be_spoken_is_refused(engine: NeuralVoice, text: str, reason: str) -> None:
    with pytest.raises(InvalidAsk, match=reason) as caught:
        engine.speak(text, "narrator", "calm", 1.0)
    assert caught.value.field == "text"


@pytest.mark.parametrize("pace", [0.49, 2.01, float("nan")])
def test_pace_out_of_range_is_refused(engine: NeuralVoice, pace: float) -> None:
    with pytest.raises(InvalidAsk) as caught:
        engine.speak(LINE, "narrator", "calm", pace)
    assert caught.value.field == "pace"


def test_unknown_names_are_refused_with_the_known_ones(engine: NeuralVoice) -> None:
    with pytest.raises(UnknownName, match="colony_ai") as voice:
        engine.speak(LINE, "pirate", "calm", 1.0)
    with pytest.raises(UnknownName, match="urgent") as emotion:
        engine.speak(LINE, "narrator", "bored", 1.0)
    assert (voice.value.field, emotion.value.field) == ("voice", "emotion")


def test_the_longest_line_is_spoken_whole(engine: NeuralVoice) -> None:
    text = ("all the stars we ever counted " * 14)[:399].strip()
    speech = engine.speak(text, "engineer", "calm", 2.0)
    assert " ".join(word.text for word in speech.words) == text
    assert len(speech.pcm) > 8 * RATE


def test_one_short_word_is_spoken(engine: NeuralVoice) -> None:
    for voice in ("engineer", "elder", "man", "colony_ai"):
        speech = engine.speak("No.", voice, "urgent", 2.0)
        assert [word.text for word in speech.words] == ["No."]
        assert measured_lufs(speech.pcm) > -25.0


@pytest.mark.parametrize("voice", ["engineer", "scientist"])
@pytest.mark.parametrize(("emotion", "longest_s"), [("urgent", 0.55), ("awed", 1.3)])
def test_silence_is_never_longer_than_the_feeling_asks(
    engine: NeuralVoice, voice: str, emotion: str, longest_s: float
) -> None:
    speech = engine.speak("Wait here. I heard it again, down below.", voice, emotion, 1.0)
    loud = np.flatnonzero(np.abs(speech.pcm) > 0.01 * np.abs(speech.pcm).max())
    assert np.diff(loud).max() / RATE < longest_s


def _third_octaves_db(pcm: np.ndarray) -> np.ndarray:
    frequency, power = signal.welch(pcm, RATE, nperseg=4_096)
    centres = 125.0 * 2 ** (np.arange(19) / 3)
    bands = [power[(frequency >= c / 2 ** (1 / 6)) & (frequency < c * 2 ** (1 / 6))].mean() for c in centres]
    level = 10 * np.log10(np.array(bands) + 1e-13)
    return np.asarray(level - level.mean())


def _longest_rest(speech: Speech) -> int:
    return max(v.end_sample - v.start_sample for v in speech.visemes[1:-1] if v.shape == "rest")
