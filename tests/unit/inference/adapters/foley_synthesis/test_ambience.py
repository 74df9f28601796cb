"""What makes ambience cheap changes nothing in it: noise filtered in pieces, tones that are straight for a moment."""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve

from services.inference.adapters.foley_synthesis.ambience import BLOCK, filter_of, filtered, hum
from services.inference.adapters.foley_synthesis.beds import Tone


def test_noise_filtered_in_pieces_is_noise_filtered() -> None:
    spectrum = ((60.0, -20.0), (300.0, 0.0), (4_000.0, -12.0))
    white = np.random.default_rng(4).standard_normal((2, BLOCK)).astype(np.float32)
    response = filter_of(spectrum)
    taps = np.fft.irfft(response.astype(np.complex128))[:4_096]
    at_once = fftconvolve(white.astype(np.float64), taps[None], axes=1)
    in_pieces = filtered(white, response)
    np.testing.assert_allclose(in_pieces[:, : at_once.shape[1]], at_once, atol=2e-5)


def test_a_hum_is_the_tone_that_it_stands_for() -> None:
    tone, number = Tone(97.3, 0.8, 0.3, 5.0, 2.0, 0.6), 11
    out = np.zeros((BLOCK, 2), np.float32)
    hum(out, tone, number)
    time = (np.arange(BLOCK) + number * BLOCK) / 48_000.0
    sway = 1.0 - 0.3 * (0.5 + 0.5 * np.sin(2.0 * np.pi * time / 5.0 + 97.3))
    phase = 2.0 * np.pi * 97.3 * time
    phase += 2.0 * (np.sin(2.0 * np.pi * time / 4.7) + 0.6 * np.sin(2.0 * np.pi * time / 1.9 + 1.0))
    for side, direction in enumerate((1.0, -1.0)):
        expected = 0.08 * sway * np.sin(phase + direction * np.pi * 0.6 * time)
        np.testing.assert_allclose(out[:, side], expected, atol=2e-5)
