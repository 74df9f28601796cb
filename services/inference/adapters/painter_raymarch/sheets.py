"""Contact sheets of the sets: every framing, hour, mood and mark as one would see it on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.painter_raymarch.encoding import decode
from services.inference.adapters.painter_raymarch.engine import RaymarchPainter
from services.inference.domain.plates import LIGHT_GROUPS, Plates
from services.inference.domain.shot import View
from services.inference.domain.tone import tone

NORMAL: Mapping[str, float] = {"key": 1, "fill": 1, "practicals": 1, "alarm": 0, "emission": 1}
ALARM: Mapping[str, float] = {"key": 0.12, "fill": 0.45, "practicals": 0.25, "alarm": 1, "emission": 0.8}
CELL = (640, 360)
Picture = NDArray[np.uint8]


def picture_of(plates: Plates, weights: Mapping[str, float] = NORMAL) -> Picture:
    """(height, width, 3) uint8 sRGB of plates under the given light group weights."""
    linear = np.zeros((*plates.depth.shape, 3), dtype=np.float32)
    for group in LIGHT_GROUPS:
        linear += decode(plates.groups[group], plates.scale[group]) * np.float32(weights[group])
    return tone(linear)


def sheet_views(set_name: str, inside: bool) -> list[tuple[str, View, Mapping[str, float]]]:
    """What a set's sheet shows: label, view and light group weights."""
    wide = View(set_name)
    shots: list[tuple[str, View, Mapping[str, float]]] = [
        ("establishing", replace(wide, framing="establishing"), NORMAL),
        ("wide", wide, NORMAL),
        ("medium, left of the line", replace(wide, framing="medium", side=-1), NORMAL),
        ("medium, right of the line", replace(wide, framing="medium", side=1), NORMAL),
        ("close", replace(wide, framing="close", side=1), NORMAL),
        ("over the shoulder", replace(wide, framing="over_shoulder", side=-1), NORMAL),
        ("insert: console", replace(wide, framing="insert", subject="console"), NORMAL),
        ("point of view: far", replace(wide, framing="point_of_view", subject="far"), NORMAL),
    ]
    shots += [(mood, replace(wide, mood=mood), NORMAL) for mood in ("tense", "wonder", "dread", "warm")]
    if inside:
        shots += [(mark, replace(wide, marks=(mark,)), NORMAL)
                  for mark in ("lights_out", "breach", "symbols_on_screens", "dust_inside")]  # fmt: skip
    else:
        shots += [(hour, replace(wide, framing="establishing", time_of_day=hour), NORMAL)
                  for hour in ("dawn", "dusk", "night")]  # fmt: skip
        shots += [(sky, replace(wide, weather=sky), NORMAL) for sky in ("dust", "storm")]
        shots.append(("breach", replace(wide, marks=("breach",)), NORMAL))
    shots.append(("alarm", wide, ALARM))
    shots.append(("emission alone", wide, {**dict.fromkeys(LIGHT_GROUPS, 0.0), "emission": 1.0}))
    return shots


def _labelled(picture: Picture, label: str) -> Picture:
    cell = cv2.resize(picture, CELL, interpolation=cv2.INTER_AREA)
    for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(cell, label, (10, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, width, cv2.LINE_AA)
    return np.asarray(cell, dtype=np.uint8)


def _sheet(cells: Sequence[Picture], columns: int) -> Picture:
    blank = np.zeros_like(cells[0])
    padded = [*cells, *[blank] * (-len(cells) % columns)]
    rows = [np.hstack(padded[i : i + columns]) for i in range(0, len(padded), columns)]
    return np.asarray(np.vstack(rows), dtype=np.uint8)


def write_sheet(painter: RaymarchPainter, set_name: str, folder: Path, width: int = 854, height: int = 480) -> Path:
    """Paint a set's sheet and write it as a PNG. Gives its path."""
    views = sheet_views(set_name, painter.design(set_name).inside)
    cells = [
        _labelled(picture_of(painter.paint(view, width, height), weights), label) for label, view, weights in views
    ]
    path = folder / f"{set_name}.png"
    folder.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), _sheet(cells, 3)[..., ::-1]):
        raise OSError(f"could not write {path}")
    return path
