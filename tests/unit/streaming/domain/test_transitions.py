"""Between scenes: what the genre does, how far apart the scenes are, and what a take is told of the picture before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.streaming.domain.screenplay import CameraMove, Effect, Leaving, Shot, SpokenLine, Staging, Title, View
from services.streaming.domain.story import Beat
from services.streaming.domain.transitions import GENRES, TRANSITIONS, cut_to, left_behind, transition
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit


def between(before: Beat | None, after: Beat, genre: str = "drama") -> str:
    story = small_story()
    return transition(replace(story, style=replace(story.style, genre=genre)), before, after, 3)


def test_the_film_begins_with_a_picture() -> None:
    assert between(None, start()) == "cut"


@pytest.mark.parametrize("genre", GENRES)
def test_the_same_place_at_the_same_hour_goes_on_without_a_sign(genre: str) -> None:
    assert between(start(), start(beat_id="later"), genre) == "cut"


def test_another_hour_or_a_far_place_passes_in_the_genres_own_way() -> None:
    later = start(beat_id="later", time_of_day="night")
    assert between(start(), later, "drama") == "dissolve"
    assert between(start(), later, "comedy") in ("wipe_left", "wipe_right")
    assert between(start(), later, "thriller") == "cut"
    alone = start(beat_id="alone", place="yard", cast=())
    assert between(start(), alone, "documentary") == "dissolve"


def test_who_walks_next_door_is_cut_to() -> None:
    assert between(start(), start(beat_id="out", place="yard")) == "cut"


def test_a_blow_is_cut_to_and_relief_takes_a_breath() -> None:
    calm, hard = start(tension=0.2), start(beat_id="hard", place="yard", tension=0.8, time_of_day="night", cast=())
    assert between(calm, hard) == "cut"
    assert between(hard, calm) == "dip"
    assert between(hard, replace(calm, tension=0.6)) == "dissolve"


def test_the_last_scene_comes_as_its_genre_ends() -> None:
    assert between(start(tension=0.1), end(tension=0.9)) == "dip"
    assert between(start(), end(), "comedy") == "iris"


@pytest.mark.parametrize("genre", GENRES)
def test_genres_know_what_can_be_drawn(genre: str) -> None:
    manners = GENRES[genre]
    known = {*TRANSITIONS, "wipe"}
    assert {manners.passage, manners.step, manners.relief, manners.ending} <= known


LEFT = Shot(
    View("corridor", "close", "left"), 96, CameraMove("push_in", 0.4), (Staging("engineer", "left"),),
    lines=(SpokenLine("ann", "So.", "engineer"),), effects=(Effect("fog", 0.2),), title=Title("House"),
)  # fmt: skip


def test_a_shot_that_is_not_cut_to_takes_the_picture_before_it_along() -> None:
    shot = Shot(View("greenhouse"), 72, transition="dissolve")
    assert left_behind(shot, LEFT, 60).leaving == Leaving(LEFT.view, 96, LEFT.camera, LEFT.staging, LEFT.effects, 60)
    assert left_behind(replace(shot, transition="cut"), LEFT, 60).leaving is None


def test_who_wants_to_be_there_at_once_gets_a_cut() -> None:
    shot = left_behind(Shot(View("greenhouse"), 72, transition="wipe_left"), LEFT, 96)
    assert cut_to(shot) == Shot(View("greenhouse"), 72)
