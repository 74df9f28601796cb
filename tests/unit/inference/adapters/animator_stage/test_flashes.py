"""With calm nothing that is drawn flashes (WCAG 2.3.1): neither light nor red, whatever shot and grade ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from services.inference.adapters.animator_stage.scenery import Scenery, build_scenery
from services.inference.adapters.painter_raymarch import RaymarchPainter
from services.inference.domain.shot import Effect, GradeKey, Shot, TakeOrder, View
from tests.unit.inference.adapters.animator_stage.conftest import SMALL, small_picture
from tests.unit.inference.adapters.animator_stage.flashes import flashing_places, general_flashes, red_flashes

FRAMES = 72
DARK = View("corridor", "wide", mood="dread", marks=("lights_out",), seed=5)
RINGING = tuple(GradeKey(frame, alarm=frame // 3 % 2) for frame in range(FRAMES))
STROBE = tuple(
    GradeKey(frame, 1.5 * (frame // 2 % 2), contrast=1.0 + frame // 2 % 2, alarm=frame // 3 % 2, flicker=1.0)
    for frame in range(FRAMES)
)
RESTLESS = (Effect("alarm", 1.0), Effect("flicker", 1.0), Effect("lights_out", 1.0, 40), Effect("screen_glitch", 1.0))


@pytest.fixture(scope="module")
def corridor() -> Iterator[Scenery]:
    with RaymarchPainter() as painter:
        yield build_scenery(painter.paint(DARK, SMALL.width, SMALL.height))


def drawn(order: TakeOrder, scenery: Scenery) -> tuple[int, int]:
    pictures = small_picture(order, scenery)
    return flashing_places(pictures.frame(frame).copy() for frame in range(FRAMES))


def test_the_meters_see_a_flash_and_a_red_one_and_nothing_in_a_slow_swell() -> None:
    grey = np.repeat(np.tile([0.1, 0.1, 0.5, 0.5], 12)[:, None], 3, axis=1)
    assert general_flashes(grey) > 3
    assert red_flashes(grey) == 0
    red = np.zeros((48, 3))
    red[:, 0] = np.tile([0.02, 0.02, 0.02, 0.3, 0.3, 0.3], 8)
    assert red_flashes(red) > 3
    swell = np.repeat(np.linspace(0.0, 1.0, 48)[:, None], 3, axis=1)
    assert (general_flashes(swell), red_flashes(swell)) == (0, 0)
    bright = np.repeat(np.tile([0.82, 0.82, 0.99, 0.99], 12)[:, None], 3, axis=1)
    assert general_flashes(bright) == 0


@pytest.mark.parametrize(("effects", "grade"), [((), RINGING), (RESTLESS, STROBE)], ids=["ringing", "strobe"])
def test_an_alarm_that_flashes_is_drawn_without_calm_and_not_with_it(
    corridor: Scenery, effects: tuple[Effect, ...], grade: tuple[GradeKey, ...]
) -> None:
    order = TakeOrder(Shot(DARK, FRAMES, effects=effects), grade, SMALL)
    assert drawn(order, corridor)[1] > 0
    assert drawn(replace(order, calm=True), corridor) == (0, 0)


def test_light_that_flashes_is_drawn_without_calm_and_not_with_it(scenery: Scenery) -> None:
    order = TakeOrder(Shot(View("colonnade", seed=5), FRAMES, effects=RESTLESS), STROBE, SMALL)
    assert drawn(order, scenery)[0] > 0
    assert drawn(replace(order, calm=True), scenery) == (0, 0)


def test_a_bright_look_with_everything_in_it_does_not_flash_with_calm(scenery: Scenery) -> None:
    everything = (*RESTLESS, Effect("rain", 1.0), Effect("shafts", 1.0), Effect("torch", 1.0), Effect("sparks", 0.3))
    shot = Shot(View("colonnade", seed=5), FRAMES, effects=everything)
    assert drawn(TakeOrder(shot, (GradeKey(exposure_stops=1.0),), SMALL, calm=True), scenery) == (0, 0)
