"""`python -m services.inference.adapters.writer_transformers CACHE_DIR` converts the packaged model once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from services.inference.adapters.writer_transformers.conversion import convert_smollm2
from services.inference.domain.errors import EngineUnavailable


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Convert the packaged SmolLM2 GGUF to safetensors.")
    parser.add_argument("cache_dir", type=Path, help="folder that receives the converted model")
    chosen = parser.parse_args(arguments)
    try:
        folder = convert_smollm2(chosen.cache_dir)
    except EngineUnavailable as error:
        print(f"writer model: {error}", file=sys.stderr)
        return 1
    print(f"writer model: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
