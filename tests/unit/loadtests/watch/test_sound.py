"""Loudness of a recording."""

from __future__ import annotations

import numpy as np
import pytest

from loadtests.watch.sound import silences, true_peak_dbtp

RATE = 48_000


def test_true_peak_lies_between_the_samples() -> None:
    # A quarter of the rate, 45 degrees off: every sample is at 0.707 of the peak (BS.1770-4, annex 2).
    wave = np.sin(2 * np.pi * np.arange(RATE) / 4 + np.pi / 4).astype(np.float32)
    assert true_peak_dbtp(np.stack([wave, wave], axis=1)) == pytest.approx(0.0, abs=0.3)


def test_silence_is_found_where_it_is() -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, (RATE * 6, 2)).astype(np.float32)
    samples[RATE * 2 : RATE * 4] = 0
    samples[RATE * 5 : RATE * 5 + RATE // 2] = 0
    assert [(silence.at_s, silence.length_s) for silence in silences(samples)] == [(2.0, 2.0)]
