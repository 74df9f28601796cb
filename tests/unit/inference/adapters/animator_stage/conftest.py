"""One animator and one scenery for all tests of the stage: construction compiles, painting takes half a second."""

from __future__ import annotations

import pytest

from services.inference.adapters.animator_stage import StageAnimator
from services.inference.adapters.animator_stage.camera import CameraPath
from services.inference.adapters.animator_stage.cast import Actor
from services.inference.adapters.animator_stage.grade import calm_keys
from services.inference.adapters.animator_stage.picture import Picture
from services.inference.adapters.animator_stage.scenery import Scenery, build_scenery
from services.inference.domain.shot import Rendition, TakeOrder, View
from tests.fakes.inference import FakeComposer, FakeFoley, FakePainter, FakePuppets, FakeVoice

SMALL = Rendition(width=320, height=180)


@pytest.fixture(scope="session")
def animator() -> StageAnimator:
    return StageAnimator(FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley())


@pytest.fixture(scope="session")
def scenery() -> Scenery:
    return build_scenery(FakePainter().paint(View("colonnade"), SMALL.width, SMALL.height))


def small_picture(order: TakeOrder, scenery: Scenery, mouths: tuple[str, ...] = ()) -> Picture:
    """Pictures of an order at 320x180, with the fake puppets."""
    shot = order.shot
    actors = tuple(
        Actor(
            staging,
            FakePuppets().prepare(staging, scenery.plates, shot.frame_count, 0),
            mouths or ("rest",) * shot.frame_count,
        )
        for staging in shot.staging
    )
    path = CameraPath(shot.camera, shot.frame_count, scenery.lens(SMALL.width, SMALL.height, 4.6), shot.view.seed, 0.5)
    keys = calm_keys(order.grade, shot.frame_count) if order.calm else order.grade
    return Picture(order, keys, scenery, actors, path, None)
