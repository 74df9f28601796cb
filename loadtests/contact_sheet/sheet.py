"""Labelled pictures side by side as one PNG; knows nothing of what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
GAP_PX = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """picture: (height, width, 3) uint8 RGB."""

    label: str
    picture: Picture


def labelled(cell: Cell, width: int) -> Picture:
    """The picture at a width, its label in the upper left corner."""
    height = round(cell.picture.shape[0] * width / cell.picture.shape[1])
    shrinks = width < cell.picture.shape[1]
    drawn = cv2.resize(cell.picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    size = max(0.32, width / 1280)
    at = (round(8 * size) + 2, round(26 * size) + 2)
    for colour, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(drawn, cell.label, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, thick, cv2.LINE_AA)
    return np.asarray(drawn, dtype=np.uint8)


def arranged(cells: Sequence[Cell], columns: int, cell_width: int) -> Picture:
    """Rows of `columns` cells; the last row is filled up with black. Raises ValueError without cells."""
    if not cells:
        raise ValueError("a sheet needs at least one cell")
    drawn = [labelled(cell, cell_width) for cell in cells]
    tall = max(picture.shape[0] for picture in drawn)
    framed = [
        cv2.copyMakeBorder(picture, 0, tall - picture.shape[0] + GAP_PX, 0, GAP_PX, cv2.BORDER_CONSTANT)
        for picture in drawn
    ]
    framed += [np.zeros_like(framed[0])] * (-len(framed) % columns)
    rows = [np.hstack(framed[start : start + columns]) for start in range(0, len(framed), columns)]
    return np.asarray(np.vstack(rows), dtype=np.uint8)


def save(path: Path, picture: Picture) -> Path:
    """Write a PNG; folders are made. Raises OSError where that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), picture[..., ::-1]):
        raise OSError(f"could not write {path}")
    return path
