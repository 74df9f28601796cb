"""Rain on a pane: drops hang where they were, come and go, and run down."""

from __future__ import annotations

import numpy as np

from services.inference.adapters.animator_stage.rain import drops, rain_on_glass

WIDTH, HEIGHT = 320, 180


def scene() -> np.ndarray:
    picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    picture[: HEIGHT // 2] = 200
    picture[HEIGHT // 2 : HEIGHT] = 50
    return picture


def test_a_drop_shows_the_scene_upside_down() -> None:
    picture = scene()
    rain_on_glass(picture, 1.0, 30, 4)
    clear = scene()
    high = [row for row in drops(1.0, 30, 4, WIDTH, HEIGHT) if 60 < row[1] < 84 and row[2] > 2.5 and row[3] > 0.9]
    assert high
    assert any(picture[int(y), int(x)] < clear[int(y), int(x)] - 40 for x, y, _, _ in high for y in (y - 2, y - 1))


def test_more_rain_has_more_drops_and_the_same_ones_stay() -> None:
    few, many = drops(0.3, 10, 4, WIDTH, HEIGHT), drops(1.0, 10, 4, WIDTH, HEIGHT)
    assert len(many) > 2 * len(few)
    assert np.array_equal(many[: len(few)], few)


def test_drops_hang_most_of_the_time_and_some_run_down() -> None:
    tracks = np.array([drops(1.0, frame, 4, WIDTH, HEIGHT)[:, :2] for frame in range(200)])
    steps = np.diff(tracks, axis=0)
    assert (np.abs(steps).max(axis=2) < 0.01).mean() > 0.7
    running = (steps[:, :, 1] > 0.2) & (np.abs(steps[:, :, 0]) < 0.01)
    assert running.any(axis=0).sum() > 10


def test_the_picture_stays_within_studio_range_and_its_size() -> None:
    picture = scene()
    rain_on_glass(picture, 1.0, 77, 9)
    assert picture[:HEIGHT].min() >= 16
    assert picture[:HEIGHT].max() <= 235
