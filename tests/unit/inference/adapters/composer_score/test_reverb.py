"""The hall answers to both sides, dies away, and loses its high frequencies first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.composer_score.reverb import Hall, doubled, halved


def answer(hall: Hall, send: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    mix = np.zeros((count, 2), np.float32)
    hall.reverberate(send, mix)
    return mix


def at_twice_the_rate(half: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    out = np.zeros((count, 2), np.float32)
    doubled(half, half, out)
    return out


def test_the_hall_decays_and_darkens() -> None:
    click = np.zeros(16, np.float32)
    click[0] = 1.0
    wet = answer(Hall(), click, 160_000)
    energy = [float(np.sum(wet[at : at + 24_000] ** 2)) for at in (2_400, 48_000, 96_000)]
    assert energy[0] > 30 * energy[1] > 0.0
    assert energy[1] > 30 * energy[2] > 0.0
    assert not wet[155_000:].any() or np.abs(wet[155_000:]).max() < 1e-6

    def brightness(part: NDArray[np.float32]) -> float:
        spectrum = np.abs(np.fft.rfft(part[:, 0])) ** 2
        return float(spectrum[len(spectrum) // 6 :].sum() / spectrum.sum())

    assert brightness(wet[2_400:26_400]) > 5 * brightness(wet[60_000:84_000])


def test_the_sides_differ_and_sums_hold() -> None:
    hall = Hall()
    chance = np.random.default_rng(0)
    one, two = chance.standard_normal((2, 4_000)).astype(np.float32)
    wet = answer(hall, one, 60_000)
    assert abs(np.corrcoef(wet[:, 0], wet[:, 1])[0, 1]) < 0.3
    both = answer(hall, one + two, 60_000)
    np.testing.assert_allclose(both, wet + answer(hall, two, 60_000), atol=1e-4)


def test_half_the_rate_keeps_what_a_hall_answers_and_nothing_folds_back() -> None:
    time = np.arange(4_801) / 48_000.0
    inside, outside = (np.sin(2.0 * np.pi * hz * time).astype(np.float32) for hz in (5_000.0, 16_000.0))
    half = halved(inside)
    np.testing.assert_allclose(half[60:-60], inside[::2][60:-60], atol=1e-3)
    assert np.abs(halved(outside)[60:-60]).max() < 2e-3
    np.testing.assert_allclose(at_twice_the_rate(half, 4_801)[120:-120, 1], inside[120:-120], atol=2e-3)
    assert not at_twice_the_rate(half, 6_000)[5_000:].any()
    np.testing.assert_array_equal(at_twice_the_rate(half, 1_001), at_twice_the_rate(half, 4_801)[:1_001])
