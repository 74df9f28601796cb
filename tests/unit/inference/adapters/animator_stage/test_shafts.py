"""Lit air: where the plate has it, as bright as its lamps, thick and thin with dust that moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.scenery import Scenery
from services.inference.adapters.animator_stage.shafts import LitAir
from services.inference.domain.plates import LIGHT_GROUPS

ON = dict.fromkeys(LIGHT_GROUPS, 1.0)
WHITE = np.ones(3, np.float32)
FOG = np.array([5000.0, 16384.0, 16384.0], np.float32)
GRID = (40, 60)


def with_shafts(scenery: Scenery, name: str = "lamp_shafts") -> Scenery:
    lit = np.zeros(scenery.plates.depth.shape, np.uint8)
    lit[:, : lit.shape[1] // 2] = 120
    return replace(scenery, plates=replace(scenery.plates, masks={**scenery.plates.masks, name: lit}))


def laid(
    scenery: Scenery, strength: float = 1.0, frame: int = 0, weights: dict[str, float] = ON
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The veil, and its colour."""
    veil = np.zeros(GRID, np.float32)
    rows, columns = np.indices(GRID).astype(np.float32)
    grids = (columns * scenery.width / GRID[1], rows * scenery.height / GRID[0])
    colour = LitAir(scenery, 3, GRID).lay(strength, frame, weights, WHITE, veil, grids, FOG)
    return veil, colour


def test_the_air_is_lit_where_the_plate_says(scenery: Scenery) -> None:
    veil, colour = laid(with_shafts(scenery))
    assert veil[:, :28].min() > 0.02
    assert veil[:, 32:].max() == 0.0
    assert veil.max() <= 0.5
    assert colour[0] > FOG[0]


def test_dust_drifts_through_it(scenery: Scenery) -> None:
    lit = with_shafts(scenery)
    assert np.ptp(laid(lit)[0][:, :28]) > 0.02
    assert np.abs(laid(lit, frame=48)[0] - laid(lit)[0]).max() > 0.01


@pytest.mark.parametrize(("mask", "group"), [("lamp_shafts", "practicals"), ("shafts", "key")])
def test_it_goes_out_with_its_light(scenery: Scenery, mask: str, group: str) -> None:
    lit = with_shafts(scenery, mask)
    assert laid(lit, weights={**ON, group: 0.0})[0].max() == 0.0
    assert laid(lit, weights={**ON, group: 0.4})[0].mean() < laid(lit)[0].mean()


def test_without_strength_or_in_a_place_without_any_nothing_is_laid(scenery: Scenery) -> None:
    for veil, colour in (laid(with_shafts(scenery), strength=0.0), laid(scenery)):
        assert veil.max() == 0.0
        assert (colour == FOG).all()
