"""Geometry and light from made pictures whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.painter_diffusers.geometry import (
    EYE_HEIGHT_M,
    SKY_M,
    level_camera,
    stage_floors,
    survey,
)
from services.inference.adapters.painter_diffusers.relight import scene_linear, split_light, stage_light

WIDTH, HEIGHT = 240, 160


def plain(outdoors: bool) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A level plain under a smooth sky, or before a wall 12 m away, with its true inverse depth."""
    camera = level_camera(WIDTH, "wide")
    below = np.arange(HEIGHT) - HEIGHT / 2
    ground = np.where(below > 0, below / (EYE_HEIGHT_M * camera.focal_px), 0)
    nearness = np.maximum(ground, 0.0 if outdoors else 1 / 12)
    rng = np.random.default_rng(0)
    picture = rng.integers(60, 120, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    if outdoors:
        picture[: HEIGHT // 2] = (200, 170, 130)
    return picture, np.repeat(nearness[:, None], WIDTH, axis=1).astype(np.float32)


def test_open_sky_is_found_and_is_infinitely_far() -> None:
    geometry = survey(*plain(outdoors=True), "wide", outdoors=True)
    assert geometry.sky[: HEIGHT // 2 - 8].mean() > 0.95
    assert geometry.sky[HEIGHT // 2 + 12 :].max() < 0.05
    assert (geometry.depth[: HEIGHT // 2 - 8] == SKY_M).mean() > 0.95


def test_indoors_there_is_no_sky() -> None:
    geometry = survey(*plain(outdoors=False), "wide", outdoors=False)
    assert geometry.sky.max() == 0


def test_the_floor_lies_under_the_camera_and_faces_up() -> None:
    geometry = survey(*plain(outdoors=False), "wide", outdoors=False)
    assert geometry.floor.height(0, -3) == pytest.approx(0, abs=0.35)
    lower = geometry.normals[-HEIGHT // 6 :, 20:-20]
    assert np.median(lower[..., 1]) > 0.9
    assert geometry.floor_mask[-HEIGHT // 6 :].mean() > 0.8
    assert geometry.floor_mask[: HEIGHT // 3].mean() < 0.05


def test_people_are_as_tall_in_the_picture_as_the_framing_wants() -> None:
    geometry = survey(*plain(outdoors=False), "medium", outdoors=False)
    floors = stage_floors(geometry.camera, geometry.floor, "medium", 200, 138)
    distance_m = -floors["centre"][2]
    assert 1.75 * geometry.camera.focal_px / distance_m / 138 == pytest.approx(1.1, abs=0.01)
    assert floors["left"][0] < floors["centre"][0] < floors["right"][0]
    assert floors["far"][2] < floors["centre"][2]


@pytest.mark.parametrize("outdoors", [True, False])
def test_light_groups_add_up_to_the_picture(outdoors: bool) -> None:
    picture, nearness = plain(outdoors)
    linear = scene_linear(picture)
    groups = split_light(linear, survey(picture, nearness, "wide", outdoors), outdoors)
    assert all((light >= -1e-5).all() for light in groups.values())
    assert np.abs(np.sum(list(groups.values()), axis=0) - linear).max() < 1e-4


def test_a_screen_is_emission_a_lamp_is_practical_and_a_wall_is_neither() -> None:
    picture, nearness = plain(outdoors=False)
    picture[30:50, 30:70] = (20, 230, 240)
    picture[20:32, 160:180] = 254
    geometry = survey(picture, nearness, "wide", outdoors=False)
    groups = split_light(scene_linear(picture), geometry, outdoors=False)
    total = np.sum(list(groups.values()), axis=0)
    assert groups["emission"][34:46, 36:64].sum() > 0.9 * total[34:46, 36:64].sum()
    assert groups["practicals"][23:29, 164:176].sum() > 0.8 * total[23:29, 164:176].sum()
    assert groups["emission"][90:].sum() < 0.02 * total[90:].sum()
    assert groups["practicals"][130:].sum() < 0.1 * total[130:].sum()


def test_a_person_beside_a_lamp_is_lit_from_the_lamp() -> None:
    picture, nearness = plain(outdoors=False)
    picture[20:40, 190:220] = 254
    geometry = survey(picture, nearness, "wide", outdoors=False)
    groups = split_light(scene_linear(picture), geometry, outdoors=False)
    stage = stage_light(groups, geometry, (0.0, 0.0, -5.0))
    assert stage.direction["practicals"][0] > 0.3
    assert stage.irradiance["practicals"][0] > 0
