"""The hibari speaker: a 24 kHz American woman whose network predicts source and filter, reshaped before synthesis."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from services.inference.adapters.voice_neural.model_files import ModelFile, open_session
from services.inference.adapters.voice_neural.speakers import Floats, Manner, Rendering, shape_contour, warp_axis

RATE_HZ = 24_000
HOP_SAMPLES = 300
SAMPLES_PER_DURATION = 2 * HOP_SAMPLES
# The sound leads the predicted durations by three of their steps, as in Kokoro, which taught this network.
LEAD_SAMPLES = 3 * SAMPLES_PER_DURATION
DURATIONS_TENSOR = "/Cast_32_output_0"
BOUNDARY_ID = 0
RESIDUAL_CUT_HZ = 3_000.0
RESIDUAL_CUT_NEPER = 9.0 / 8.686
VOICED_HZ = 40.0
# Measured: unit-variance noise times this is as strong from 2 to 5 kHz as unit pulses at 150 Hz, through one filter.
BREATH_AT_HARMONICS = 0.6


class HibariSpeaker:
    """Symbol times are the network's own durations, in steps of 25 ms at pace 1."""

    name = "hibari"
    formant_scale = 1.0

    def __init__(self, session: Any, symbol_ids: dict[str, int], fingerprint: str) -> None:
        self._session = session
        self._symbol_ids = symbol_ids
        self.fingerprint = fingerprint

    @classmethod
    def load(cls, model: ModelFile, vocabulary: ModelFile, threads: int) -> HibariSpeaker:
        """Raises EngineUnavailable when a file is not the pinned one."""
        session = open_session(model.read(), _expose_durations, threads)
        return cls(session, json.loads(vocabulary.read()), f"hibari:{model.sha256[:12]}")

    def say(self, symbols: str, manner: Manner, seed: int) -> Rendering:
        from hibari import dsp

        ids = [BOUNDARY_ID, *(self._symbol_ids[symbol] for symbol in symbols), BOUNDARY_ID]
        feed = {"ids": np.array([ids], np.int64), "speed": np.array([manner.pace], np.float32)}
        outputs = self._session.run(None, feed)
        harmonic, theta, noise, residual, phase, f0_hz = (output[0] for output in outputs[:6])
        durations = outputs[6].ravel()
        shaped = shape_contour(f0_hz, manner, HOP_SAMPLES / RATE_HZ, seed)
        voiced = f0_hz > VOICED_HZ
        # In voiced frames the free-phase branch (residual) still carries harmonics of the pitch as predicted.
        harmonic, theta, noise, residual = (_warp(part, manner.formant) for part in (harmonic, theta, noise, residual))
        residual[: _bin_of(RESIDUAL_CUT_HZ, len(residual)), voiced] -= np.float32(RESIDUAL_CUT_NEPER)
        if manner.breath > 0.0:
            noise = _add_breath(noise, harmonic, voiced, manner.breath)
        pcm = dsp.synth(harmonic, theta, noise, residual, phase, shaped, np.random.default_rng(seed))
        ends = np.cumsum(durations) * SAMPLES_PER_DURATION
        edges = np.maximum(ends[:-1] - LEAD_SAMPLES, 0)
        return Rendering(pcm.astype(np.float32), RATE_HZ, tuple(int(edge) for edge in edges))


def _expose_durations(graph: Any) -> None:
    from onnx import TensorProto, helper

    graph.output.append(helper.make_tensor_value_info(DURATIONS_TENSOR, TensorProto.INT64, None))


def _warp(spectrum: Floats, formant: float) -> Floats:
    """spectrum: (bins, frames); a copy with its resonances moved by `formant`."""
    if formant == 1.0:
        return spectrum.copy()
    lower, upper, weight = warp_axis(len(spectrum), formant)
    warped: Floats = spectrum[lower] * (1.0 - weight[:, None]) + spectrum[upper] * weight[:, None]
    return warped


def _bin_of(frequency_hz: float, bins: int) -> int:
    return int(frequency_hz / (RATE_HZ / 2) * (bins - 1))


def _add_breath(noise: Floats, harmonic: Floats, voiced: Any, breath: float) -> Floats:
    """Noise in the shape of the vocal tract above 1.5 kHz, as strong as `breath` of the harmonics there."""
    bins = len(noise)
    frequency_hz = np.linspace(0.0, RATE_HZ / 2, bins, dtype=np.float32)[:, None]
    slope = np.clip((frequency_hz - 800.0) / 1_700.0, 0.0, 1.0)
    aspiration = harmonic + np.log(np.maximum(breath * slope * BREATH_AT_HARMONICS, 1e-6), dtype=np.float32)
    return np.where(voiced[None, :], np.logaddexp(noise, aspiration), noise).astype(np.float32)
