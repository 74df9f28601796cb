"""Draws one tiny frame of everything, so that numba compiles (or loads) each loop before a viewer waits for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.camera import CameraPath
from services.inference.adapters.animator_stage.cards import Card
from services.inference.adapters.animator_stage.cast import CLOSED_MOUTH, Actor
from services.inference.adapters.animator_stage.picture import Picture
from services.inference.adapters.animator_stage.scenery import build_scenery
from services.inference.domain.plates import LEAST_SPARE, LIGHT_GROUPS, Camera, Plates
from services.inference.domain.shot import CameraMove, Effect, GradeKey, Rendition, Shot, Staging, TakeOrder, View

_WIDTH = 64
_HEIGHT = 48


class _GreyCard:
    """A puppet that is a grey rectangle."""

    def draw(
        self, frame: int, weights: Mapping[str, float], viseme: str, tint: Sequence[float]
    ) -> tuple[NDArray[np.uint8], int, int]:
        return np.full((20, 10, 4), 128, np.uint8), 30, 20

    def depth_m(self, frame: int) -> float:
        return 3.0


def warm_up() -> None:
    """Takes some seconds the first time on a machine, some tens of milliseconds after."""
    kinds = ("dust", "fog", "alarm", "torch", "screen_glitch", "shafts", "rain", "rack_focus")
    effects = tuple(Effect(kind) for kind in kinds)
    shot = Shot(View("grey"), 48, CameraMove("push_in"), effects=effects)
    order = TakeOrder(shot, rendition=Rendition(_WIDTH, _HEIGHT))
    scenery = build_scenery(_grey_plates())
    path = CameraPath(shot.camera, shot.frame_count, scenery.lens(_WIDTH, _HEIGHT, 4.0), 0)
    card = Card(np.full((8, 8, 2), 99, np.uint8), 2, 2, 0.5, 0.0, 0, 48)
    actor = Actor(Staging("grey", "centre"), _GreyCard(), (CLOSED_MOUTH,) * shot.frame_count)
    Picture(order, (GradeKey(),), scenery, (actor,), path, card).frame(3)


def _grey_plates() -> Plates:
    width, height = LEAST_SPARE.plate_size(_WIDTH, _HEIGHT)
    return Plates(
        identity="grey",
        groups={group: np.full((height, width, 3), 120, np.uint8) for group in LIGHT_GROUPS},
        scale=dict.fromkeys(LIGHT_GROUPS, 1.0),
        depth=np.tile(np.linspace(2.0, 9.0, width, dtype=np.float32), (height, 1)),
        normals=np.zeros((height, width, 3), np.int8),
        masks={"shafts": np.full((height, width), 60, np.uint8)},
        camera=Camera((0.0, 1.6, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), 60.0),
        stages={},
        fog_colour=(0.1, 0.1, 0.1),
        fog_extinction_per_m=0.01,
    )
