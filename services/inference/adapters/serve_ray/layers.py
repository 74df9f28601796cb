"""Plates as messages: each layer compressed without loss and cut into parts that fit a gRPC message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from cineloom.inference.v1 import painter_pb2
from numpy.typing import NDArray

from services.inference.domain.plates import Plates

PART_BYTES = 1_000_000


def layers_of(plates: Plates) -> Iterator[painter_pb2.PaintResponse]:
    """Light groups, depth, normals and masks, in that order."""
    for name, group in plates.groups.items():
        data = _png(group[:, :, ::-1])
        yield from _parts(plates, painter_pb2.LAYER_KIND_LIGHT, name, data, plates.scale[name])
    yield from _parts(plates, painter_pb2.LAYER_KIND_DEPTH, "depth", plates.depth.astype("<f4").tobytes())
    yield from _parts(plates, painter_pb2.LAYER_KIND_NORMALS, "normals", plates.normals.tobytes())
    for name, mask in plates.masks.items():
        yield from _parts(plates, painter_pb2.LAYER_KIND_MASK, name, _png(mask))


def _png(picture: NDArray[np.uint8]) -> bytes:
    import cv2

    done, data = cv2.imencode(".png", np.ascontiguousarray(picture))
    if not done:
        raise ValueError(f"a layer of shape {picture.shape} cannot be compressed")
    return data.tobytes()


def _parts(
    plates: Plates, kind: Any, name: str, data: bytes, scale: float = 0.0
) -> Iterator[painter_pb2.PaintResponse]:
    height, width = plates.depth.shape
    for start in range(0, len(data), PART_BYTES):
        yield painter_pb2.PaintResponse(
            plates_id=plates.identity,
            kind=kind,
            name=name,
            width=width,
            height=height,
            scale=scale,
            data=data[start : start + PART_BYTES],
            last_part=start + PART_BYTES >= len(data),
        )
