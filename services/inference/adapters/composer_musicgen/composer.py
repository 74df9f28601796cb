"""The Composer port over MusicGen: sections of whole bars, each generated once, crossed over during one bar.

A section depends on its number alone, so any window of the endless score can be asked for; crossings lie on bar lines.
"""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from services.inference.adapters.composer_musicgen.prompts import STEMS, prompt_of
from services.inference.domain.errors import EngineUnavailable, InvalidAsk
from services.inference.domain.music import Score, Stem
from services.inference.domain.timebase import SAMPLE_RATE_HZ

Stereo = NDArray[np.float32]
GUIDANCE: Final = 3.0
SECTIONS_KEPT: Final = 24
TEMPO_RANGE_BPM: Final = (40.0, 180.0)
_LEVELS: Final = {"bed": 0.075, "drive": 0.06}
"""RMS of a stem at its fullest."""
_DRIVE_ENTERS, _DRIVE_FULL = 0.35, 0.75
_LOUDEST: Final = 0.45
_DRAWING: Final = threading.Lock()
"""torch draws from one generator for the whole process, and generate() takes no other."""


@dataclass(frozen=True, slots=True)
class MusicModel:
    """name: a model of the MusicGen family, or its folder. section_s: what is generated at a time, at most 26 s."""

    name: str
    device: str = "cuda"
    local_files_only: bool = True
    section_s: float = 20.0


class MusicgenComposer:
    """Raises EngineUnavailable where the model cannot be loaded; safe to call from several threads.

    The section after the one that is heard is made ahead in a thread of its own, so that only the first is waited for.
    """

    def __init__(self, model: MusicModel) -> None:
        self._network = _Network(model)
        self._section_s = model.section_s
        self._sections: dict[tuple[Score, str, int], Future[Stereo]] = {}
        self._lock = threading.Lock()
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="musicgen")
        self.fingerprint = f"composer-musicgen/1 {self._network.fingerprint} {model.section_s:g}"

    def compose(
        self, score: Score, start_sample: int, sample_count: int, intensity: NDArray[np.float32]
    ) -> tuple[Stem, ...]:
        """As ports.Composer. Raises UnknownName, InvalidAsk."""
        low, high = TEMPO_RANGE_BPM
        if not low <= score.tempo_bpm <= high:
            raise InvalidAsk("tempo_bpm", f"{score.tempo_bpm} is not within {low:g}..{high:g}")
        if start_sample < 0 or sample_count < 0:
            raise InvalidAsk("start_sample" if start_sample < 0 else "sample_count", "is negative")
        curve = _curve(intensity, sample_count)
        ending = _ending(score, start_sample, sample_count)
        stems = []
        for stem in STEMS:
            prompt_of(score, stem)
            presence = (_rise(curve, _DRIVE_ENTERS, _DRIVE_FULL) if stem == "drive" else 0.5 + 0.5 * curve) * ending
            pcm = np.zeros((sample_count, 2), np.float32)
            if presence.any():
                pcm = self._window(score, stem, start_sample, sample_count) * presence[:, None]
            stems.append(Stem(stem, pcm.astype(np.float32)))
        return tuple(stems)

    def close(self) -> None:
        """Let what is being made end, and make nothing more."""
        self._maker.shutdown(wait=True, cancel_futures=True)

    def _window(self, score: Score, stem: str, start: int, count: int) -> Stereo:
        section, bar = self._lengths(score)
        mix = np.zeros((count, 2), np.float32)
        for number in range(max(start // section - 1, 0), (start + max(count - 1, 0)) // section + 1):
            offset = number * section - start
            begin, end = max(offset, 0), min(offset + section + bar, count)
            if begin >= end:
                continue
            at = np.arange(begin - offset, end - offset)
            gain = _crossing(at, section, bar, opens=number > 0)
            mix[begin:end] += self._section(score, stem, number).result()[at] * gain[:, None]
            self._section(score, stem, number + 1)
        return mix

    def _lengths(self, score: Score) -> tuple[int, int]:
        """(samples of a section, of the bar in which it crosses into the next)."""
        bar = score.bar_samples
        bars = max(1, round(self._section_s * SAMPLE_RATE_HZ / bar))
        return round(bars * bar), round(bar)

    def _section(self, score: Score, stem: str, number: int) -> Future[Stereo]:
        key = (score, stem, number)
        with self._lock:
            kept = self._sections.pop(key, None)
            if kept is None:
                kept = self._maker.submit(self._made, score, stem, number)
            self._sections[key] = kept
            while len(self._sections) > SECTIONS_KEPT:
                self._sections.pop(next(iter(self._sections))).cancel()
        return kept

    def _made(self, score: Score, stem: str, number: int) -> Stereo:
        section, bar = self._lengths(score)
        name = f"{score.seed}|{score.mood}|{score.key}|{score.tempo_bpm}|{score.motif}|{stem}|{number}"
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
        pcm = self._network.play(prompt_of(score, stem), (section + bar) / SAMPLE_RATE_HZ, seed)
        fitted = np.zeros((section + bar, 2), np.float32)
        fitted[: min(len(pcm), section + bar)] = pcm[: section + bar]
        rms = float(np.sqrt(np.mean(np.square(fitted, dtype=np.float64))))
        return np.asarray(np.clip(fitted * (_LEVELS[stem] / max(rms, 1e-6)), -_LOUDEST, _LOUDEST), np.float32)


class _Network:
    """Text to sound; one call at a time, the same seed the same sound on one machine."""

    def __init__(self, model: MusicModel) -> None:
        import torch
        from transformers import AutoTokenizer, MusicgenForConditionalGeneration

        if model.device.startswith("cuda") and not torch.cuda.is_available():
            raise EngineUnavailable("no CUDA device for the composer's model")
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(model.name, local_files_only=model.local_files_only)
            loaded: Any = MusicgenForConditionalGeneration.from_pretrained(
                model.name,
                dtype=torch.float16 if model.device.startswith("cuda") else torch.float32,
                local_files_only=model.local_files_only,
                use_safetensors=True,
            )
        except (OSError, ValueError) as error:
            raise EngineUnavailable(f"composer model {model.name}: {error}") from error
        self._model = loaded.to(model.device).eval()
        self._device = model.device
        audio = self._model.config.audio_encoder
        self._rate_hz, self._frame_rate = int(audio.sampling_rate), float(audio.frame_rate)
        self.fingerprint = f"{Path(model.name).name}:{GUIDANCE:g}"

    def play(self, prompt: str, length_s: float, seed: int) -> Stereo:
        """(samples, 2) at 48 kHz, about length_s long."""
        import torch

        words = self._tokenizer([prompt], return_tensors="pt").to(self._device)
        # Codebooks are staggered: the last one begins as many steps late as there are others.
        steps = int(np.ceil(length_s * self._frame_rate)) + int(self._model.decoder.config.num_codebooks)
        devices = [self._device] if self._device.startswith("cuda") else []
        with _DRAWING, torch.inference_mode(), torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            sound = self._model.generate(**words, do_sample=True, guidance_scale=GUIDANCE, max_new_tokens=steps)
        pcm = sound[0].float().cpu().numpy().T
        if pcm.shape[1] == 1:
            pcm = np.repeat(pcm, 2, axis=1)
        return np.asarray(soxr.resample(np.nan_to_num(pcm), self._rate_hz, SAMPLE_RATE_HZ), np.float32)


def _crossing(at: NDArray[np.int64], section: int, bar: int, opens: bool) -> NDArray[np.float32]:
    """Equal-power gain at samples of a section: up over its first bar (but for the very first), down over its last."""
    rise = np.clip(at / bar, 0.0, 1.0) if opens else np.ones(len(at))
    fall = np.clip((section + bar - at) / bar, 0.0, 1.0)
    return (np.sin(0.5 * np.pi * rise) * np.sin(0.5 * np.pi * fall)).astype(np.float32)


def _ending(score: Score, start: int, count: int) -> NDArray[np.float32]:
    """1 until the piece's last two bars, over which it dies away; 0 after."""
    if score.end_sample <= 0:
        return np.ones(count, np.float32)
    left = np.clip((score.end_sample - start - np.arange(count)) / (2.0 * score.bar_samples), 0.0, 1.0)
    return (0.5 - 0.5 * np.cos(np.pi * left)).astype(np.float32)


def _curve(intensity: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    points = np.asarray(intensity, np.float64)
    if points.ndim != 1 or not len(points):
        raise InvalidAsk("intensity", "a list of at least one value is needed")
    if not np.all((points >= 0.0) & (points <= 1.0)):
        raise InvalidAsk("intensity", "values must be within 0..1")
    places = np.linspace(0.0, count, len(points)) if len(points) > 1 else np.zeros(1)
    return np.interp(np.arange(count), places, points).astype(np.float32)


def _rise(curve: NDArray[np.float32], enters: float, full: float) -> NDArray[np.float32]:
    part = np.clip((curve - enters) / (full - enters), 0.0, 1.0)
    return np.asarray(part * part * (3.0 - 2.0 * part), np.float32)
