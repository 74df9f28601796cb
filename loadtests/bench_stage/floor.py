"""The least a frame can cost: the bytes that its passes must touch over what one core's memory gives."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import numpy as np

from loadtests.bench_stage.layers import Layers

_BUFFER_BYTES: Final = 256 << 20
_ROUNDS: Final = 5


def bandwidth_bytes_per_s() -> float:
    """Read and written by a copy much larger than any cache, the best of some rounds."""
    source = np.ones(_BUFFER_BYTES, np.uint8)
    target = np.zeros_like(source)
    best_s = float("inf")
    for _ in range(_ROUNDS):
        began_s = time.perf_counter()
        np.copyto(target, source)
        best_s = min(best_s, time.perf_counter() - began_s)
    return 2.0 * _BUFFER_BYTES / best_s


def touched_bytes(layers: Layers, *, changing: bool) -> Mapping[str, int]:
    """By pass, each byte once: the plate's light groups become one lit plate, which is seen through the camera, stood
    in by sprites and finished into I420."""
    pixels = layers.width * layers.height
    plate = layers.scenery.width * layers.scenery.height
    sprites = sum(puppet.sprite.shape[0] * puppet.sprite.shape[1] for puppet in layers.puppets)
    chroma = 2 * 2 * pixels // 4
    touched = {
        "see": plate * 5 + pixels * 2 + chroma,
        "stand": sprites * (4 + 2 * 2 + 2),
        "finish": pixels * 2 + chroma + pixels * 2 + pixels * 3 // 2,
    }
    if changing:
        touched["mix"] = plate * (3 * len(layers.groups()) + 5)
    return touched
