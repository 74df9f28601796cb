"""Ways to an ending: found where they are, through openings, numbers, knowledge and doors; none where there is none."""

from __future__ import annotations

import pytest

from services.streaming.domain.canon import Canon
from services.streaming.domain.outlook import Ways, seconds_of
from services.streaming.domain.story import Beat, Condition, Effect, Story
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit


def beat(beat_id: str, **changes: object) -> Beat:
    return start(beat_id=beat_id, purpose="setup", **changes)


def way(story: Story, *played: str, without: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """Ids of the beats on the way to an ending, None where there is none."""
    canon, ways = Canon.of(story), Ways(story)
    for beat_id in played:
        canon = canon.after(story.beat(beat_id))
    found = ways.to_ending(canon, ways.mask(without))
    return None if found is None else ways.ids(found.beats)


def test_what_an_ending_asks_for_comes_before_it() -> None:
    lamp = beat("lamp", effects=(Effect("set", "lit", True),))
    story = small_story(start(), beat("walk"), lamp, end(requires=(Condition("fact", "lit"),)))
    assert way(story) == ("start", "lamp", "end")
    assert way(story, "start") == ("lamp", "end")
    assert way(story, "start", "lamp") == ("end",)


def test_enough_beats_are_counted_for_a_number() -> None:
    warm = [beat(f"warm{n}", effects=(Effect("add", "warmth", 1),)) for n in range(4)]
    story = small_story(start(), *warm, end(requires=(Condition("fact", "warmth", ">=", 3),)))
    found = way(story, "start")
    assert found is not None
    canon = Canon.of(story)
    missing = 3 - int(canon.facts["warmth"])
    assert len([name for name in found if name.startswith("warm")]) >= missing
    assert way(story, "start", without=tuple(f"warm{n}" for n in range(4))) is None


def test_who_must_know_is_told_on_the_way() -> None:
    played = Condition("played", "walk")
    story = small_story(start(), beat("walk"), beat("other"), end(requires=(played,)))
    assert way(story, "start") == ("walk", "end")


def test_what_may_not_be_shown_is_gone_round_or_there_is_no_way() -> None:
    one, two = (beat(name, effects=(Effect("set", "lit", True),)) for name in ("one", "two"))
    story = small_story(start(), one, two, end(requires=(Condition("fact", "lit"),)))
    assert way(story, "start", without=("one",)) == ("two", "end")
    assert way(story, "start", without=("one", "two")) is None


def test_nothing_leads_on_from_an_ending() -> None:
    story = small_story(start(), end(requires=()))
    assert way(story, "start", "end") is None


def test_longer_words_take_longer_and_a_hint_is_believed() -> None:
    short, long = beat("short"), beat("long")
    assert seconds_of(short) == seconds_of(long)
    assert seconds_of(beat("hinted", duration_s=12.5)) == 12.5
