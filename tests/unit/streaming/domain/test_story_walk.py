"""Walks and searches over the small story, whose every way is known."""

from __future__ import annotations

from random import Random

import pytest

from services.streaming.domain.canon import Canon
from services.streaming.domain.story import Condition
from services.streaming.domain.story_walk import can_end, can_offer, can_play, random_walk, reaches, successors
from tests.unit.streaming.domain.small_story import end, lamp, small_story, start

pytestmark = pytest.mark.unit


def test_a_walk_plays_to_the_ending_and_records_what_else_was_possible() -> None:
    walk = random_walk(small_story(), Random(1))
    assert walk.beat_ids == ("start", "lamp", "end")
    assert not walk.stuck
    assert [[beat.beat_id for beat in step.ready] for step in walk.steps] == [["start"], ["lamp"], ["end"]]
    assert walk.steps[1].option is not None


def test_walks_of_one_seed_are_equal_and_seeds_reach_both_options() -> None:
    story = small_story()
    taken = [random_walk(story, Random(seed)).steps[1].option for seed in range(20)]
    assert taken == [random_walk(story, Random(seed)).steps[1].option for seed in range(20)]
    assert {option.option_id for option in taken if option} == {"keep", "tell"}


def test_a_walk_that_cannot_go_on_is_stuck() -> None:
    walk = random_walk(small_story(start(), lamp(effects=()), end()), Random(1))
    assert walk.stuck
    assert walk.beat_ids[-1] == "start", "Ann cannot tell of the well that she never learnt of"


def test_successors_hold_every_open_option() -> None:
    after_start = Canon.of(small_story()).after(start())
    assert [option.option_id for _, option, _ in successors(after_start) if option] == ["keep", "tell"]


def test_searches_tell_yes_no_and_gave_up_apart() -> None:
    story = small_story()
    canon = Canon.of(story)
    assert can_end(canon) is True
    assert can_play(canon, story.beat("end")) is True
    never = end(requires=(Condition("fact", "season", "==", "winter"),))
    winter = small_story(start(), lamp(), never)
    assert can_end(Canon.of(winter)) is False
    assert can_play(Canon.of(winter), never) is False
    keep, _, closed = lamp().choice.options  # type: ignore[union-attr]
    assert can_offer(canon, story.beat("lamp"), keep) is True
    assert can_offer(canon, story.beat("lamp"), closed) is False
    assert reaches(canon, lambda _: False, lambda _: 0.0, most_canons=1) is None
