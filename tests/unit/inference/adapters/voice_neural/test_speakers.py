"""How a pitch contour is reshaped, and how resonances are moved."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.voice_neural.engine import NeuralVoice
from services.inference.adapters.voice_neural.speakers import Manner, shape_contour, warp_axis

CONTOUR = np.array([0, 0, 180, 200, 220, 200, 0, 160, 200, 250, 0], np.float32)


def shaped(**values: float) -> np.ndarray:
    manner = {"pace": 1.0, "pitch_hz": 100.0, "pitch_span": 1.0, "formant": 1.0} | values
    return shape_contour(CONTOUR, Manner(**manner), 0.0125, seed=4)


def test_the_median_goes_where_the_manner_says_and_silence_stays() -> None:
    moved = shaped()
    assert np.array_equal(moved == 0, CONTOUR == 0)
    assert np.median(moved[moved > 0]) == pytest.approx(100.0, rel=1e-5)
    assert moved[9] / moved[8] == pytest.approx(1.25, rel=1e-4)


def test_span_widens_and_flattens() -> None:
    wide, flat = shaped(pitch_span=2.0), shaped(pitch_span=0.0)
    assert wide[9] / wide[8] == pytest.approx(1.25**2, rel=1e-4)
    assert np.ptp(flat[flat > 0]) == pytest.approx(0.0, abs=1e-3)


def test_tremor_wavers_the_same_way_every_time() -> None:
    assert np.array_equal(shaped(tremor=0.05), shaped(tremor=0.05))
    assert not np.array_equal(shaped(tremor=0.05), shaped())


def test_an_unvoiced_stretch_passes_through() -> None:
    silence = np.zeros(5, np.float32)
    assert np.array_equal(shape_contour(silence, Manner(1, 100, 1, 1), 0.01, 0), silence)


def test_a_longer_throat_reads_from_higher_up() -> None:
    lower, upper, weight = warp_axis(101, 0.5)
    assert (lower[20], upper[20], weight[20]) == (40, 41, 0.0)
    assert upper.max() == 100


@pytest.mark.parametrize("name", ["hibari", "joe"])
def test_edges_are_one_more_than_symbols_and_rise_to_the_end(engine: NeuralVoice, name: str) -> None:
    symbols = "həlˈO ðˈɛɹ."
    rendering = engine._speakers[name].say(symbols, Manner(1.0, 150.0, 1.0, 1.0), seed=1)
    assert len(rendering.edges) == len(symbols) + 1
    assert list(rendering.edges) == sorted(rendering.edges)
    assert rendering.edges[-1] <= len(rendering.pcm)
    assert rendering.edges[-1] > 0.7 * len(rendering.pcm)


@pytest.mark.parametrize("name", ["hibari", "joe"])
def test_pitch_is_what_was_asked(engine: NeuralVoice, name: str) -> None:
    """Mean distance of the pulses, by autocorrelation of the vowel part of a monotone."""
    speaker = engine._speakers[name]
    for pitch_hz in (110.0, 220.0):
        rendering = speaker.say("ˈɑɑɑ ˈɑɑɑ.", Manner(0.8, pitch_hz, 0.0, 1.0), seed=1)
        middle = rendering.pcm[len(rendering.pcm) // 3 :][: rendering.rate_hz // 8].astype(np.float64)
        correlation = np.correlate(middle, middle, "full")[len(middle) - 1 :]
        shortest, longest = rendering.rate_hz // 300, rendering.rate_hz // 80
        lag = shortest + int(np.argmax(correlation[shortest:longest]))
        period = rendering.rate_hz / pitch_hz
        assert lag / period == pytest.approx(round(lag / period), abs=0.08)
        assert round(lag / period) in (1, 2)
