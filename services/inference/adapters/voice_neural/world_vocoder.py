"""Analysis and re-synthesis of speech by WORLD (Morise et al. 2016) with its pitch, resonances and breath changed."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from services.inference.adapters.voice_neural.speakers import Floats, Manner, shape_contour, warp_axis
from services.inference.domain.errors import EngineUnavailable

FRAME_MS = 6.0


def load_world() -> Any:
    """The compiled WORLD module of pyworld.

    Loaded by itself because pyworld 0.3.5's package initialiser imports pkg_resources, which setuptools 82 removed
    (JeremyCCHsu/Python-Wrapper-for-World-Vocoder). Raises EngineUnavailable.
    """
    package = importlib.util.find_spec("pyworld")
    for folder in (package.submodule_search_locations or ()) if package else ():
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            extension = Path(folder) / f"pyworld{suffix}"
            spec = importlib.util.spec_from_file_location("pyworld.pyworld", extension)
            if extension.exists() and spec is not None and spec.loader is not None:
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    raise EngineUnavailable("pyworld: its compiled module is not installed")


def revoice(world: Any, pcm: Floats, rate_hz: int, manner: Manner, seed: int) -> Floats:
    """pcm: (samples,) float32; the same samples' speech in another pitch contour, vocal tract and breathiness."""
    speech = pcm.astype(np.float64)
    f0_hz, times = world.dio(speech, rate_hz, f0_floor=65.0, f0_ceil=380.0, frame_period=FRAME_MS)
    f0_hz = world.stonemask(speech, f0_hz, times, rate_hz)
    envelope = world.cheaptrick(speech, f0_hz, times, rate_hz)
    aperiodicity = _aperiodicity(world, speech, f0_hz, times, rate_hz)
    shaped = shape_contour(f0_hz.astype(np.float32), manner, FRAME_MS / 1000.0, seed).astype(np.float64)
    lower, upper, weight = warp_axis(envelope.shape[1], manner.formant)
    envelope = np.exp(np.log(envelope[:, lower]) * (1.0 - weight) + np.log(envelope[:, upper]) * weight)
    aperiodicity = aperiodicity[:, lower] * (1.0 - weight) + aperiodicity[:, upper] * weight
    if manner.breath > 0.0:
        aperiodicity = _with_breath(aperiodicity, rate_hz, manner.breath)
    revoiced = world.synthesize(
        shaped, np.ascontiguousarray(envelope), np.ascontiguousarray(aperiodicity), rate_hz, FRAME_MS
    )
    return np.asarray(_fitted(revoiced, len(pcm)), np.float32)


def _aperiodicity(world: Any, speech: Any, f0_hz: Any, times: Any, rate_hz: int) -> Any:
    """Measured at every second frame, which costs half and is as much as it changes; unvoiced frames are noise."""
    pairs = np.pad(f0_hz, (0, len(f0_hz) % 2)).reshape(-1, 2).max(axis=1)
    measured = np.repeat(world.d4c(speech, pairs, np.ascontiguousarray(times[::2]), rate_hz), 2, axis=0)[: len(f0_hz)]
    measured[f0_hz == 0.0] = 1.0 - 1e-12
    return measured


def _with_breath(aperiodicity: Any, rate_hz: int, breath: float) -> Any:
    frequency_hz = np.linspace(0.0, rate_hz / 2, aperiodicity.shape[1])
    slope = np.clip((frequency_hz - 800.0) / 1_700.0, 0.0, 1.0)
    return np.clip(np.maximum(aperiodicity, breath * slope), 1e-4, 1.0 - 1e-4)


def _fitted(pcm: Any, sample_count: int) -> Any:
    return pcm[:sample_count] if len(pcm) >= sample_count else np.pad(pcm, (0, sample_count - len(pcm)))
