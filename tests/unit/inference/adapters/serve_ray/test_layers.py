"""Layers as messages: they decode to the plates they came from, in parts that fit."""

from __future__ import annotations

from collections import OrderedDict

import cv2
import numpy as np
import pytest
from cineloom.inference.v1 import painter_pb2

from services.inference.adapters.serve_ray import layers
from services.inference.adapters.serve_ray.layers import layers_of
from services.inference.domain.plates import Plates
from services.inference.domain.shot import View
from tests.fakes.inference import FakePainter


@pytest.fixture(scope="module")
def plates() -> Plates:
    return FakePainter().paint(View("colonnade"), 96, 64)


@pytest.fixture
def parts(plates: Plates, monkeypatch: pytest.MonkeyPatch) -> list[painter_pb2.PaintResponse]:
    monkeypatch.setattr(layers, "PART_BYTES", 5_000)
    return list(layers_of(plates))


def joined(parts: list[painter_pb2.PaintResponse]) -> OrderedDict[tuple[int, str], bytes]:
    whole: OrderedDict[tuple[int, str], bytes] = OrderedDict()
    for part in parts:
        name = (part.kind, part.name)
        whole[name] = whole.get(name, b"") + part.data
    return whole


def test_every_layer_decodes_to_what_was_painted(plates: Plates, parts: list[painter_pb2.PaintResponse]) -> None:
    whole = joined(parts)
    for name, group in plates.groups.items():
        bgr = cv2.imdecode(np.frombuffer(whole[painter_pb2.LAYER_KIND_LIGHT, name], np.uint8), cv2.IMREAD_COLOR)
        assert np.array_equal(bgr[:, :, ::-1], group)
    for name, mask in plates.masks.items():
        grey = cv2.imdecode(np.frombuffer(whole[painter_pb2.LAYER_KIND_MASK, name], np.uint8), cv2.IMREAD_GRAYSCALE)
        assert np.array_equal(grey, mask)
    shape = plates.depth.shape
    depth = np.frombuffer(whole[painter_pb2.LAYER_KIND_DEPTH, "depth"], "<f4").reshape(shape)
    normals = np.frombuffer(whole[painter_pb2.LAYER_KIND_NORMALS, "normals"], np.int8).reshape((*shape, 3))
    assert np.array_equal(depth, plates.depth)
    assert np.array_equal(normals, plates.normals)
    assert len(whole) == len(plates.groups) + len(plates.masks) + 2


def test_parts_are_bounded_and_the_last_says_so(plates: Plates, parts: list[painter_pb2.PaintResponse]) -> None:
    assert max(len(part.data) for part in parts) <= 5_000
    lasts = [(part.kind, part.name) for part in parts if part.last_part]
    assert lasts == list(joined(parts))
    assert {(part.width, part.height) for part in parts} == {(plates.depth.shape[1], plates.depth.shape[0])}
    assert {part.plates_id for part in parts} == {plates.identity}


def test_light_says_its_scale(plates: Plates, parts: list[painter_pb2.PaintResponse]) -> None:
    scales = {part.name: part.scale for part in parts if part.kind == painter_pb2.LAYER_KIND_LIGHT}
    assert scales == dict(plates.scale)
