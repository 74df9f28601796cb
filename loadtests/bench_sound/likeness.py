"""Tells speakers apart by their voice prints (Resemblyzer's GE2E encoder, Wan et al. 2018)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

MODEL_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
RATE_HZ = 16_000
MELS = 40
WINDOW_SAMPLES, HOP_SAMPLES = 400, 160
PART_FRAMES, PART_STEP = 160, 80
LEVEL_RMS = 10 ** (-30 / 20)


class VoicePrints:
    """The encoder's three LSTM layers with the weights that its package ships."""

    def __init__(self) -> None:
        import io

        import torch
        from transformers.audio_utils import mel_filter_bank

        content = _weights().read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != MODEL_SHA256:
            raise RuntimeError(f"voice encoder hashes to {found}, pinned is {MODEL_SHA256}")
        state: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)["model_state"]
        self._lstm = torch.nn.LSTM(MELS, 256, 3, batch_first=True)
        self._linear = torch.nn.Linear(256, 256)
        self._lstm.load_state_dict({k.removeprefix("lstm."): v for k, v in state.items() if k.startswith("lstm.")})
        self._linear.load_state_dict({"weight": state["linear.weight"], "bias": state["linear.bias"]})
        self._filters = mel_filter_bank(
            WINDOW_SAMPLES // 2 + 1, MELS, 0.0, RATE_HZ / 2, RATE_HZ, norm="slaney", mel_scale="slaney"
        )

    def of(self, pcm: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
        """(256,) of unit length; silences are left out, level does not matter."""
        import torch

        mel = self._mel(_without_silence(np.asarray(soxr.resample(pcm, rate_hz, RATE_HZ), np.float64)))
        last = max(len(mel) - PART_FRAMES, 0)
        parts = [mel[at : at + PART_FRAMES] for at in [*range(0, last, PART_STEP), last]]
        batch = torch.from_numpy(np.stack([np.pad(p, ((0, PART_FRAMES - len(p)), (0, 0))) for p in parts]))
        with torch.inference_mode():
            _, (hidden, _) = self._lstm(batch.float())
            raw = torch.relu(self._linear(hidden[-1])).numpy().astype(np.float64)
        raw /= np.linalg.norm(raw, axis=1, keepdims=True)
        mean = raw.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean))

    def _mel(self, pcm: NDArray[np.float64]) -> NDArray[np.float64]:
        padded = np.pad(pcm, WINDOW_SAMPLES // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES]
        window = np.hanning(WINDOW_SAMPLES + 1)[:-1]
        power = np.abs(np.fft.rfft(frames * window)) ** 2
        return np.asarray(power @ self._filters)


def pairwise_accuracy(prints: Mapping[str, Sequence[NDArray[np.float64]]]) -> dict[tuple[str, str], float]:
    """For each pair of speakers the share of lines that lie nearer to the mean of their own speaker's other lines."""
    found: dict[tuple[str, str], float] = {}
    for one, other in combinations(prints, 2):
        right = sum(
            _nearer(prints[mine], number, prints[theirs])
            for mine, theirs in ((one, other), (other, one))
            for number in range(len(prints[mine]))
        )
        found[one, other] = right / (len(prints[one]) + len(prints[other]))
    return found


def _nearer(own: Sequence[NDArray[np.float64]], number: int, others: Sequence[NDArray[np.float64]]) -> bool:
    mine = np.mean([print_ for index, print_ in enumerate(own) if index != number], axis=0)
    theirs = np.mean(others, axis=0)
    return bool(own[number] @ mine / np.linalg.norm(mine) > own[number] @ theirs / np.linalg.norm(theirs))


def _weights() -> Path:
    """Found without importing the package: its own code wants packages that its weights do not."""
    spec = find_spec("resemblyzer")
    if spec is None or spec.origin is None:
        raise RuntimeError("resemblyzer is not installed: make setup-bench")
    return Path(spec.origin).with_name("pretrained.pt")


def _without_silence(pcm: NDArray[np.float64]) -> NDArray[np.float64]:
    """30 ms blocks more than 35 dB below the loudest are left out; the rest is brought to the encoder's level."""
    block = RATE_HZ * 30 // 1000
    blocks = pcm[: len(pcm) // block * block].reshape(-1, block)
    power = (blocks**2).mean(axis=1)
    heard = blocks[power > power.max(initial=1e-12) * 10**-3.5].ravel()
    rms = float(np.sqrt(np.mean(heard**2))) if len(heard) else 1.0
    return np.asarray(heard * (LEVEL_RMS / max(rms, 1e-9)))
