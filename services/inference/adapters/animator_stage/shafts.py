"""Light shafts: what the plate says of lit air, thick and thin with dust that drifts, as a veil over the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage import kernels_air
from services.inference.adapters.animator_stage.air import TILE, clouds
from services.inference.adapters.animator_stage.cast import Placing
from services.inference.adapters.animator_stage.kernels import GRID_STEP
from services.inference.adapters.animator_stage.scenery import Scenery
from services.inference.adapters.animator_stage.tones import display, plane_colour
from services.inference.domain.plates import LIGHT_GROUPS
from services.inference.domain.timebase import FRAMES_PER_SECOND

Floats = NDArray[np.float32]

_GROUP_OF_MASK: Final = {"shafts": "key", "lamp_shafts": "practicals"}
_BRIGHTER: Final = 5.5
_DENSE: Final = 0.8
_MOST: Final = 0.5
_TILES_ACROSS: Final = 1.6
_BEFORE_PUPPETS: Final = 0.45


class LitAir:
    """The lit air of one take. `lay` it for a frame, then ask `over` for what hangs before a puppet."""

    def __init__(self, scenery: Scenery, seed: int, grid: tuple[int, int]) -> None:
        self._lights = [
            (scenery.plates.masks[mask][: scenery.height, : scenery.width], group)
            for mask, group in _GROUP_OF_MASK.items()
            if mask in scenery.plates.masks
        ]
        self._mean_light = scenery.mean_light
        self._scale = _TILES_ACROSS * TILE / scenery.width
        self._tile = clouds(seed % 4)
        self._air = np.zeros(grid, np.float32)
        self._part = np.zeros(grid, np.float32)
        self._colour = np.zeros(3, np.float32)
        self._lit = False

    def lay(
        self,
        strength: float,
        frame: float,
        weights: Mapping[str, float],
        gains: Floats,
        veil: Floats,
        grids: tuple[Floats, Floats],
        fog_colour: Floats,
    ) -> Floats:
        """Add the lit air to the veil; the veil's colour with it, in plane units. grids: where the plate is seen."""
        self._lit = strength > 0.0 and bool(self._lights)
        if not self._lit:
            return fog_colour
        self._air[:] = 0.0
        light = np.zeros(3, np.float32)
        total = 1e-6
        time_s = frame / FRAMES_PER_SECOND
        for number, (mask, group) in enumerate(self._lights):
            level = min(weights.get(group, 0.0), 1.2)
            if level <= 0.0:
                continue
            self._part[:] = 0.0
            kernels_air.shine(
                mask,
                *grids,
                self._tile,
                self._scale,
                9.0 * time_s + 83.0 * number,
                -4.0 * time_s,
                _DENSE * strength * level,
                self._part,
            )
            share = float(self._part.mean())
            total += share
            light += share * weights[group] * self._mean_light[LIGHT_GROUPS.index(group)] * gains
            self._air += self._part
        np.minimum(self._air, _MOST, out=self._air)
        self._colour = plane_colour(display(np.asarray(_BRIGHTER * light / total, np.float32)))
        fog, lit = float(veil.mean()), float(self._air.mean())
        veil += (1.0 - veil) * self._air
        return _between(fog_colour, self._colour, fog, lit)

    def over(self, veil: float, fog_colour: Floats, placing: Placing) -> tuple[float, Floats]:
        """Veil before a puppet, and its colour, with the lit air between it and the camera."""
        if not self._lit:
            return veil, fog_colour
        left, top, right, bottom = (int(side) // GRID_STEP for side in placing.box)
        lit = _BEFORE_PUPPETS * float(self._air[top : bottom + 1, left : right + 1].mean())
        return veil + (1.0 - veil) * lit, _between(fog_colour, self._colour, veil, lit)


def _between(fog_colour: Floats, lit_colour: Floats, fog: float, lit: float) -> Floats:
    return np.asarray(fog_colour + (lit_colour - fog_colour) * (lit / max(fog + lit, 1e-6)), dtype=np.float32)
