"""Brings a spoken line to its level (ITU-R BS.1770) and keeps its peaks below full scale."""

from __future__ import annotations

import numpy as np
import pyloudnorm
from scipy import ndimage

from services.inference.adapters.voice_neural.speakers import Floats
from services.inference.domain.timebase import SAMPLE_RATE_HZ

SPEECH_LUFS = -20.0
CEILING = 0.89
SHORTEST_MEASURED_S = 1.2
LOOKAHEAD_SAMPLES = 240
MEASURED_EVERY = 2
"""Every second sample has the loudness of all: what speech has above 12 kHz folds down and is heard about as loud."""


def measured_lufs(pcm: Floats) -> float:
    """Gated loudness; lines shorter than the gate needs are measured repeated."""
    meter = pyloudnorm.Meter(SAMPLE_RATE_HZ // MEASURED_EVERY)
    repeats = int(np.ceil(SHORTEST_MEASURED_S * SAMPLE_RATE_HZ / len(pcm)))
    return float(meter.integrated_loudness(np.tile(pcm, repeats)[::MEASURED_EVERY].astype(np.float64)))


def levelled(pcm: Floats, target_lufs: float) -> Floats:
    """pcm: (samples,) float32 that is not silent; the same at `target_lufs`, peaks held under CEILING."""
    louder = pcm * np.float32(10 ** ((target_lufs - measured_lufs(pcm)) / 20))
    return limited(louder)


def limited(pcm: Floats) -> Floats:
    """Look-ahead limiter: no sample of the answer exceeds CEILING."""
    width = 2 * LOOKAHEAD_SAMPLES + 1
    envelope = ndimage.maximum_filter1d(np.abs(pcm), width)
    if float(envelope.max(initial=0.0)) <= CEILING:
        return pcm
    gain = CEILING / np.maximum(envelope, CEILING)
    smooth = ndimage.uniform_filter1d(ndimage.minimum_filter1d(gain, width), width)
    return np.asarray(np.clip(pcm * smooth, -CEILING, CEILING), np.float32)
