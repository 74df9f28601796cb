"""Height maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.inference.adapters.painter_raymarch.design import GroundLayer
from services.inference.adapters.painter_raymarch.engine import SETS_FOLDER
from services.inference.adapters.painter_raymarch.ground import FAR_EXTENT_M, FAR_SIZE, build_ground
from services.inference.adapters.painter_raymarch.loading import load_set

pytestmark = pytest.mark.unit

CORRIDOR = load_set(SETS_FOLDER / "corridor.yaml")


def test_a_set_without_layers_is_flat() -> None:
    assert build_ground(CORRIDOR).height(3, -8) == 0


def test_butte_flat_and_tracks() -> None:
    layers = (
        GroundLayer("butte", 1, at=(-300.0, -400.0), radius=80, height=120),
        GroundLayer("hills", 2, height=6, scale=50),
        GroundLayer("flat", 3, at=(0.0, 0.0), radius=12),
        GroundLayer("tracks", 4, at=(0.0, 30.0), scale=2, height=0.2),
    )
    ground = build_ground(replace(CORRIDOR, ground=layers))
    assert ground.height(-300, -400) > 80
    assert abs(ground.height(2, -3)) < 0.02
    assert ground.height(400, 500) < 30
    assert np.ptp(ground.near) > 0.1
    pixel = FAR_EXTENT_M / FAR_SIZE
    i = FAR_SIZE // 2 + 100
    at = (i + 0.5 - FAR_SIZE / 2) * pixel
    assert ground.height(at, at) == pytest.approx(float(ground.far[i, i]), abs=1e-3)
    again = build_ground(replace(CORRIDOR, ground=layers))
    assert again.far.tobytes() == ground.far.tobytes()
    assert again.near.tobytes() == ground.near.tobytes()
