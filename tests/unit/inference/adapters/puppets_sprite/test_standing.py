"""Where a figure stands before the camera, and where it is moved when it is looked past."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.puppets_sprite.design import Body
from services.inference.adapters.puppets_sprite.standing import AWAY_DEGREES, FACING_DEGREES, standing_of
from services.inference.domain.shot import Staging
from tests.unit.inference.adapters.puppets_sprite.studio import studio

BODY = Body()


def test_a_figure_stands_where_its_stage_is_and_turns_as_it_is_asked() -> None:
    plates = studio(320, 180, floor=(0.3, 0.0, -1.0))
    for facing in (-1, 0, 1):
        standing = standing_of(Staging("person", "centre", facing), plates, BODY)
        assert standing.floor.tolist() == [0.3, 0.0, -1.0]
        assert standing.yaw_degrees == FACING_DEGREES * facing
        assert standing.depth_m == pytest.approx(7.0)
        assert not standing.past


@pytest.mark.parametrize("side", [-1, 1])
def test_who_is_looked_past_is_moved_aside_back_and_turned_away(side: int) -> None:
    plates = studio(320, 180, 1.5, 0.8, floor=(0.36 * side, 0.0, 0.0), distance_m=1.8)
    standing = standing_of(Staging("person", "centre", -side), plates, BODY)
    assert standing.past
    assert standing.yaw_degrees == -AWAY_DEGREES * side
    assert standing.floor[1] == 0.0
    assert 1.8 < standing.depth_m <= 1.8 * 1.26
    width_m = 320 * standing.depth_m / plates.camera.focal_px
    assert 0.28 * width_m < side * standing.floor[0] < 0.5 * width_m
    outwards = standing_of(Staging("person", "centre", side), plates, BODY)
    assert not outwards.past
    assert outwards.pixels_per_m > 1.5 * standing.pixels_per_m


def test_a_broader_figure_is_moved_farther_but_stays_in_the_picture() -> None:
    plates = studio(320, 180, 1.5, 0.8, floor=(-0.36, 0.0, 0.0), distance_m=1.8)
    staging = Staging("person", "centre", 1)
    slim, broad = (standing_of(staging, plates, body) for body in (BODY, Body(shoulders=0.42, bulk=1.4)))
    assert broad.floor[0] < slim.floor[0] - 0.05
    width_m = 320 * broad.depth_m / plates.camera.focal_px
    assert abs(broad.floor[0]) < 0.47 * width_m


def test_nobody_is_looked_past_from_afar_or_in_the_middle() -> None:
    far = studio(320, 180, 1.5, 3.0, floor=(-1.2, 0.0, 0.0))
    assert not standing_of(Staging("person", "centre", 1), far, BODY).past
    middle = studio(320, 180, 1.5, 0.8, distance_m=1.8)
    assert not standing_of(Staging("person", "centre", 1), middle, BODY).past
    assert np.isfinite(standing_of(Staging("person", "centre", 1), middle, BODY).floor).all()
