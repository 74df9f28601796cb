"""Orders that cannot be drawn are refused by field, with the known names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.inference.adapters.animator_stage.checks import CAMERA_MOVES, check_first_frame, check_order
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.shot import (
    CameraMove,
    Effect,
    GradeKey,
    Leaving,
    Rendition,
    Shot,
    SpokenLine,
    Staging,
    TakeOrder,
    Title,
    View,
)

GOOD = TakeOrder(Shot(View("colonnade"), 48))


def with_shot(**changes: object) -> TakeOrder:
    return replace(GOOD, shot=replace(GOOD.shot, **changes))  # type: ignore[arg-type]


def test_a_plain_order_passes() -> None:
    check_order(GOOD)


@pytest.mark.parametrize("frames", [0, 36, 49, 204])
def test_a_shot_lasts_whole_chunks_between_two_and_eight_seconds(frames: int) -> None:
    with pytest.raises(InvalidAsk) as caught:
        check_order(with_shot(frame_count=frames))
    assert caught.value.field == "shot.frame_count"


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (with_shot(camera=CameraMove("fly")), "shot.camera.kind"),
        (with_shot(effects=(Effect("dust"), Effect("confetti"))), "shot.effects[1].kind"),
        (with_shot(transition="star_wipe"), "shot.transition"),
        (with_shot(leaving=Leaving(View("colonnade"), 48, CameraMove("fly"))), "shot.leaving.camera.kind"),
        (
            with_shot(leaving=Leaving(View("colonnade"), 48, effects=(Effect("confetti"),))),
            "shot.leaving.effects[0].kind",
        ),
        (with_shot(title=Title("x", kind="credits")), "shot.title.kind"),
        (with_shot(staging=(Staging("engineer", "left", pose="fly"),)), "shot.staging[0].pose"),
        (replace(GOOD, rendition=Rendition(codec="av1")), "rendition.codec"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(order: TakeOrder, field: str) -> None:
    with pytest.raises(UnknownName) as caught:
        check_order(order)
    assert caught.value.field == field
    assert caught.value.known
    if field == "shot.camera.kind":
        assert set(caught.value.known) == set(CAMERA_MOVES)


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (replace(GOOD, grade=(GradeKey(), GradeKey(4, exposure_stops=3.5))), "grade[1].exposure_stops"),
        (replace(GOOD, grade=(GradeKey(warmth=-1.1),)), "grade[0].warmth"),
        (replace(GOOD, grade=(GradeKey(music_intensity=float("nan")),)), "grade[0].music_intensity"),
        (replace(GOOD, grade=(GradeKey(9), GradeKey(3))), "grade[1].frame"),
        (replace(GOOD, rendition=Rendition(801, 450)), "rendition.width"),
        (replace(GOOD, rendition=Rendition(800, 90_000)), "rendition.height"),
        (with_shot(camera=CameraMove("still", 1.5)), "shot.camera.strength"),
        (with_shot(effects=(Effect("dust", -0.1),)), "shot.effects[0].strength"),
        (with_shot(lines=(SpokenLine("a", "hi", "low", "calm", 1.0, 48),)), "shot.lines[0].start_frame"),
        (with_shot(title=Title("x", start_frame=9, end_frame=9)), "shot.title.end_frame"),
        (with_shot(leaving=Leaving(View("colonnade"), 48, frame=49)), "shot.leaving.frame"),
        (with_shot(leaving=Leaving(View("colonnade"), 4800)), "shot.leaving.frame_count"),
    ],
)
def test_values_out_of_range_are_refused_by_field(order: TakeOrder, field: str) -> None:
    with pytest.raises(InvalidAsk) as caught:
        check_order(order)
    assert caught.value.field == field


@pytest.mark.parametrize("frame", [-1, 48])
def test_the_first_frame_lies_in_the_shot(frame: int) -> None:
    with pytest.raises(InvalidAsk) as caught:
        check_first_frame(GOOD, frame)
    assert caught.value.field == "first_frame"


@pytest.mark.parametrize("best", [(1280, 720), (854, 480), (640, 360)])
def test_every_rung_of_a_ladder_can_be_drawn(best: tuple[int, int]) -> None:
    for share in (1.0, 0.75, 0.5):
        size = [2 * round(side * share / 2) for side in best]
        check_order(replace(GOOD, rendition=Rendition(*size, bitrate_bps=200_000)))
