"""Levels and peaks of a line."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.voice_neural.loudness import CEILING, levelled, limited, measured_lufs

RATE = 48_000


def bursts(seconds: float, gain: float) -> np.ndarray:
    noise = np.random.default_rng(3).standard_normal(int(seconds * RATE))
    return (gain * noise * (np.sin(np.arange(len(noise)) / 2_000) > -0.2)).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.15, 2.0])
@pytest.mark.parametrize("gain", [0.001, 0.4])
def test_any_line_comes_to_its_level(seconds: float, gain: float) -> None:
    assert measured_lufs(levelled(bursts(seconds, gain), -22.0)) == pytest.approx(-22.0, abs=0.6)


def test_no_peak_passes_the_ceiling_and_quiet_parts_stay() -> None:
    pcm = bursts(1.0, 0.05)
    pcm[20_000:20_040] = 3.0
    held = limited(pcm)
    assert float(np.abs(held).max()) <= CEILING + 1e-6
    assert np.array_equal(held[:10_000], pcm[:10_000])


def test_what_is_below_the_ceiling_is_untouched() -> None:
    pcm = bursts(0.5, 0.05)
    assert np.array_equal(limited(pcm), pcm)
