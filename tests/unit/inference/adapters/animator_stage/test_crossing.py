"""The first frames of a take that is not cut to: what was there goes, what comes stays, and nothing of it lasts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.animator_stage import StageAnimator
from services.inference.adapters.animator_stage.checks import TRANSITIONS
from services.inference.adapters.animator_stage.crossing import LENGTHS, Crossing
from services.inference.adapters.animator_stage.picture import Simplified
from services.inference.domain.shot import CameraMove, Effect, GradeKey, Leaving, Shot, Staging, TakeOrder, View
from tests.unit.inference.adapters.animator_stage.conftest import SMALL

WIDTH, HEIGHT = 64, 36
FULLY = Simplified()


class Flat:
    """Pictures of one brightness, in a buffer that is drawn over; remembers which frames were drawn."""

    def __init__(self, luma: int) -> None:
        self._picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        self._luma = luma
        self.drawn: list[int] = []

    def frame(self, frame: int, simplified: Simplified = FULLY) -> NDArray[np.uint8]:
        self.drawn.append(frame)
        self._picture[:HEIGHT] = self._luma
        return self._picture

    def held(self, step: int) -> NDArray[np.uint8]:
        return self.frame(1000 + step)


def crossing(kind: str, known: bool = True) -> tuple[Crossing, Flat, Flat]:
    own, before = Flat(200), Flat(40)
    return Crossing(kind, own, before if known else None, 70), own, before


def means(kind: str, known: bool = True) -> list[float]:
    made, _, _ = crossing(kind, known)
    return [float(made.frame(frame)[:HEIGHT].mean()) for frame in range(24)]


@pytest.mark.parametrize("kind", ["dissolve", "wipe_left", "wipe_right", "iris"])
def test_what_was_there_gives_way_steadily(kind: str) -> None:
    levels = means(kind)
    assert levels[0] < 60.0
    assert all(after >= before - 0.5 for before, after in zip(levels, levels[1:], strict=False))
    assert levels[LENGTHS[kind] :] == [200.0] * (24 - LENGTHS[kind])


def test_a_dip_goes_down_to_black_and_comes_up() -> None:
    levels = means("dip")
    darkest = int(np.argmin(levels))
    assert levels[0] == pytest.approx(40.0, abs=2.0)
    assert levels[darkest] < 18.0
    assert sorted(levels[: darkest + 1], reverse=True) == levels[: darkest + 1]
    assert sorted(levels[darkest:]) == levels[darkest:]


def test_without_a_picture_before_a_dip_rises_from_black_and_others_are_cuts() -> None:
    assert means("dip", known=False)[0] < 20.0
    assert means("dip", known=False)[20] == 200.0
    assert means("dissolve", known=False) == [200.0] * 24


def test_a_wipe_runs_to_the_side_it_is_named_for_and_an_iris_opens_from_the_middle() -> None:
    half = LENGTHS["wipe_left"] // 2
    for kind, new, old in (("wipe_right", 2, -3), ("wipe_left", -3, 2)):
        picture = crossing(kind)[0].frame(half)
        assert picture[HEIGHT // 2, new] == pytest.approx(200, abs=2)
        assert picture[HEIGHT // 2, old] == pytest.approx(40, abs=2)
    picture = crossing("iris")[0].frame(LENGTHS["iris"] // 2)
    assert picture[HEIGHT // 2, WIDTH // 2] == pytest.approx(200, abs=2)
    assert picture[1, 1] == pytest.approx(40, abs=2)


def test_what_was_there_costs_half_a_picture_a_frame_and_nothing_afterwards() -> None:
    made, own, before = crossing("dissolve")
    for frame in range(48):
        made.frame(frame)
    assert own.drawn == list(range(48))
    assert before.drawn == list(range(70, 70 + LENGTHS["dissolve"], 2))


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_every_transition_that_is_known_has_a_length(kind: str) -> None:
    assert LENGTHS[kind] % 2 == 0


OUT = Leaving(
    View("colonnade", seed=9, time_of_day="night"), 60, CameraMove("truck_left", 0.8),
    (Staging("engineer", "left", speaks="a"),), (Effect("alarm", 1.0),), 60,
)  # fmt: skip
INTO = TakeOrder(
    Shot(View("colonnade", seed=5), 48, CameraMove("push_in", 0.6), transition="dissolve", leaving=OUT),
    (GradeKey(), GradeKey(20, 0.5)), SMALL,
)  # fmt: skip


def video(animator: StageAnimator, order: TakeOrder) -> list[bytes]:
    return [frame.data for chunk in animator.animate(order, 0) for frame in chunk.video]


def test_a_take_is_told_by_its_order_alone(animator: StageAnimator) -> None:
    first = video(animator, INTO)
    assert video(animator, INTO) == first
    late = next(iter(animator.animate(INTO, 12)))
    assert [frame.data for frame in late.video] == first[12:24]
    other = video(animator, replace(INTO, shot=replace(INTO.shot, leaving=replace(OUT, frame=30))))
    assert other[0] != first[0]
    plain = video(animator, replace(INTO, shot=replace(INTO.shot, transition="cut", leaving=None)))
    assert plain[0] != first[0]
    assert plain[24:] == first[24:]
