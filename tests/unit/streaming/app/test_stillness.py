"""The sound that a film holds with: made once for a shot, whatever its grade, and never in the film's way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.streaming.app.stillness import SHOTS_KNOWN, Stillness
from services.streaming.domain.screenplay import GradeKey
from services.streaming.ports import ModelRefused
from tests.fakes.streaming import FakeAnimator, away, bed_bytes
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.domain.small_screenplay import order

pytestmark = pytest.mark.unit


@in_virtual_time
async def test_a_shot_is_heard_half_a_second_long_and_made_once_for_all_its_grades() -> None:
    animator = FakeAnimator()
    stillness = Stillness(animator)
    wanted = order(96)
    stillness.prepare(wanted, "a")
    assert stillness.sound(wanted.shot) == ()
    stillness.prepare(replace(wanted, grade=(GradeKey(warmth=0.5),)), "b")
    await asyncio.sleep(0.01)
    assert stillness.sound(wanted.shot) == tuple(bed_bytes("a~still", number) for number in range(25))
    assert animator.stilled == [wanted.shot]
    await stillness.close()


@pytest.mark.parametrize("failure", [away(), ModelRefused("no such place")])
@in_virtual_time
async def test_what_failed_is_tried_again_when_the_shot_is_met_again(failure: Exception) -> None:
    animator = FakeAnimator()
    animator.fail_next.append(failure)
    stillness = Stillness(animator)
    wanted = order(96)
    stillness.prepare(wanted, "a")
    await asyncio.sleep(0.01)
    assert (stillness.sound(wanted.shot), stillness.failures) == ((), 1)
    stillness.prepare(wanted, "a")
    await asyncio.sleep(0.01)
    assert len(stillness.sound(wanted.shot)) == 25
    await stillness.close()


@in_virtual_time
async def test_only_the_latest_shots_are_kept() -> None:
    stillness = Stillness(FakeAnimator())
    shots = [order(12 * (number + 4)) for number in range(SHOTS_KNOWN + 1)]
    for wanted in shots:
        stillness.prepare(wanted, "a")
        await asyncio.sleep(0.01)
    assert stillness.sound(shots[0].shot) == ()
    assert len(stillness.sound(shots[1].shot)) == 25
    await stillness.close()
