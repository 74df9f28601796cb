"""The Kokoro speakers: one 24 kHz network (82 M parameters, int8), several people by their style vectors.

The network is cut in two, so that the pitch it predicts is reshaped before it sings it: no vocoder afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfilt

from services.inference.adapters.voice_neural.kokoro_graph import fit_kernels
from services.inference.adapters.voice_neural.model_files import ModelFile, cut_model, open_session
from services.inference.adapters.voice_neural.speakers import Floats, Manner, Rendering, shape_contour

RATE_HZ = 24_000
SAMPLES_PER_DURATION = 600
PITCH_FRAME_S = 300 / RATE_HZ
# As in hibari, which this network taught: the sound leads the predicted durations by three of their steps.
LEAD_SAMPLES = 3 * SAMPLES_PER_DURATION
FEATURES, PITCH, ENERGY = "/encoder/MatMul_1_output_0", "/encoder/Reshape_output_0", "/encoder/Reshape_1_output_0"
DURATIONS = "/encoder/Clip_output_0"
BOUNDARY_ID = 0
BREATH_FROM_HZ = 1_500.0
BREATH_WINDOW = 480
FORMANT_SCALES = {"george": 0.86, "michael": 0.88, "emma": 1.0, "bella": 1.0}


@dataclass(frozen=True, slots=True)
class KokoroNetwork:
    """read: phonemes and style to features, pitch, energy and durations. sing: those to sound."""

    read: Any
    sing: Any
    symbol_ids: dict[str, int]
    fingerprint: str

    @classmethod
    def load(
        cls, parts: Sequence[ModelFile], vocabulary: ModelFile, threads: int, device: str = "cpu"
    ) -> KokoroNetwork:
        """parts: the model's file in pieces. Raises EngineUnavailable when one is not the pinned one."""
        model = b"".join(part.read() for part in parts)
        read = cut_model(model, ("tokens", "style", "speed"), (FEATURES, PITCH, ENERGY, DURATIONS))
        sing = cut_model(model, (FEATURES, PITCH, ENERGY, "style"), ("audio",))
        return cls(
            open_session(read, fit_kernels, threads, device),
            open_session(sing, fit_kernels, threads, device),
            json.loads(vocabulary.read()),
            parts[0].sha256[:12],
        )


class KokoroSpeaker:
    """styles: (lengths, 256), a vector for each number of symbols. Symbol times are the network's own durations.

    Resonances move by tape speed: what is to sound `formant` times higher is sung that much lower and slower, and
    played that much faster.
    """

    def __init__(self, name: str, network: KokoroNetwork, styles: Floats) -> None:
        self.name = name
        self.formant_scale = FORMANT_SCALES[name]
        self.fingerprint = f"{name}:{network.fingerprint}"
        self._network = network
        self._styles = styles

    @classmethod
    def load_all(cls, network: KokoroNetwork, styles: ModelFile) -> dict[str, KokoroSpeaker]:
        """A speaker for each of FORMANT_SCALES. Raises EngineUnavailable."""
        from safetensors.numpy import load

        tables = load(styles.read())
        return {name: cls(name, network, tables[name].astype(np.float32)) for name in FORMANT_SCALES}

    def say(self, symbols: str, manner: Manner, seed: int) -> Rendering:
        ids = [BOUNDARY_ID, *(self._network.symbol_ids[symbol] for symbol in symbols), BOUNDARY_ID]
        style = self._styles[min(len(symbols), len(self._styles)) - 1][None, :]
        tape = manner.formant
        speed = np.array([manner.pace / tape], np.float32)
        features, f0_hz, energy, durations = self._network.read.run(
            None, {"tokens": np.array([ids], np.int64), "style": style, "speed": speed}
        )
        shaped = shape_contour(f0_hz.ravel(), manner, PITCH_FRAME_S, seed, manner.pitch_hz / tape)
        (pcm,) = self._network.sing.run(
            None, {FEATURES: features, PITCH: shaped.reshape(f0_hz.shape), ENERGY: energy, "style": style}
        )
        pcm = pcm.ravel().astype(np.float32)
        if manner.breath > 0.0:
            pcm = _breathy(pcm, manner.breath, seed)
        ends = np.cumsum(durations.ravel()) * SAMPLES_PER_DURATION
        edges = np.clip(ends[:-1] - LEAD_SAMPLES, 0, len(pcm))
        return Rendering(pcm, round(RATE_HZ * tape), tuple(int(edge) for edge in edges))


def _breathy(pcm: Floats, breath: float, seed: int) -> Floats:
    """Noise above 1.5 kHz that follows the voice's own level there."""
    high = butter(2, BREATH_FROM_HZ, "highpass", fs=RATE_HZ, output="sos")
    power = np.square(sosfilt(high, pcm)) + 0.02 * np.square(pcm.astype(np.float64))
    # A running mean's rounding can fall below zero.
    level: NDArray[np.float64] = np.sqrt(np.maximum(uniform_filter1d(power, BREATH_WINDOW), 0.0))
    noise = sosfilt(high, np.random.default_rng(seed).standard_normal(len(pcm)))
    return np.asarray(pcm + 0.7 * breath * level * noise, np.float32)
