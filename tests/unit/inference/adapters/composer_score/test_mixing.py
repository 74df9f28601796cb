"""Colouring takes away offset and brightness; placing adds at the right sample and stops at the end."""

from __future__ import annotations

import numpy as np

from services.inference.adapters.composer_score.mixing import colour, place


def _level_after(frequency_hz: float, lowpass_hz: float) -> float:
    time = np.arange(24_000) / 48_000
    pcm = np.repeat(np.sin(2.0 * np.pi * frequency_hz * time)[:, None], 2, axis=1).astype(np.float32)
    colour(pcm, lowpass_hz, np.ones(len(pcm), np.float32))
    return float(np.sqrt(2.0 * np.mean(pcm[12_000:] ** 2)))


def test_the_low_pass_is_a_butterworth() -> None:
    assert abs(_level_after(250.0, 2_000.0) - 1.0) < 0.02
    assert abs(_level_after(2_000.0, 2_000.0) - 0.707) < 0.02
    assert abs(_level_after(8_000.0, 2_000.0) - 1 / 16) < 0.02


def test_offset_goes_and_the_shape_is_applied() -> None:
    pcm = np.ones((48_000, 2), np.float32)
    shape = np.linspace(1.0, 0.0, 48_000, dtype=np.float32)
    colour(pcm, 5_000.0, shape)
    assert np.abs(pcm[24_000:]).max() < 1e-4
    assert pcm[-1].tolist() == [0.0, 0.0]


def test_placing() -> None:
    mix, send = np.ones((8, 2), np.float32), np.zeros(8, np.float32)
    place(mix, send, np.full((5, 2), 2.0, np.float32), 5, 0.5, 1.0, 0.25)
    assert mix[:5].tolist() == [[1.0, 1.0]] * 5
    assert mix[5:].tolist() == [[2.0, 3.0]] * 3
    assert send.tolist() == [0.0] * 5 + [1.0] * 3
