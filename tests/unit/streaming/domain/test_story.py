"""Story values: wordings by taste, puppets, look-up by name."""

from __future__ import annotations

import pytest

from services.streaming.domain.story import Line, LineVariant
from tests.unit.streaming.domain.small_story import small_story

pytestmark = pytest.mark.unit

LINE = Line(
    "ann",
    "plain",
    variants=(
        LineVariant("science", "high", "deep"),
        LineVariant("science", "low", "simple"),
        LineVariant("humour", "high", "funny"),
    ),
)


@pytest.mark.parametrize(
    ("science", "humour", "text"),
    [
        (0.5, 0.5, "plain"),
        (0.6, 0.6, "plain"),
        (0.9, 0.5, "deep"),
        (0.1, 0.5, "simple"),
        (0.5, 0.9, "funny"),
        (0.5, 0.1, "plain"),
        (0.7, 0.9, "funny"),
        (1.0, 0.9, "deep"),
    ],
)
def test_the_wording_follows_the_stronger_taste(science: float, humour: float, text: str) -> None:
    assert LINE.text_for(science, humour) == text


def test_a_suit_changes_the_puppet_only_where_one_is_drawn() -> None:
    story = small_story()
    assert story.character("ann").puppet_for(suited=True) == "engineer_suit"
    assert story.character("ann").puppet_for(suited=False) == "engineer"
    assert story.character("bob").puppet_for(suited=True) == "scientist"


def test_things_are_found_by_name_and_unknown_ones_raise() -> None:
    story = small_story()
    assert story.place("yard").name == "the yard"
    assert [beat.beat_id for beat in story.openings] == ["start"]
    assert [beat.beat_id for beat in story.endings] == ["end"]
    for look_up in (story.beat, story.place, story.character, story.fact, story.topic, story.thing):
        with pytest.raises(KeyError):
            look_up("nothing")


def test_names_hold_people_and_places_once() -> None:
    assert small_story().names == ("Tale", "Ann", "Bob", "Mind", "the house", "the yard", "the cellar")


def test_a_mood_without_a_score_takes_the_first() -> None:
    style = small_story().style
    assert style.score_of("tense").key == "Dm"
    assert style.score_of("dread").key == "C"
