"""What a beat makes possible counts: a way to what is liked is worth more than a nearer dead end."""

from __future__ import annotations

import pytest

from services.streaming.domain.audience import Appeal
from services.streaming.domain.canon import Canon
from services.streaming.domain.director import choose
from services.streaming.domain.dramatic_curve import Shape
from services.streaming.domain.dramaturgy import notes_on
from services.streaming.domain.prospect import Wish, numbers_of, prospect
from services.streaming.domain.story import Condition, Story
from services.streaming.domain.taste import EMPTY, Mood
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

LENGTH_S = 40.0


def branching() -> Story:
    """A door leads to a treat; a wall, as good in itself, leads nowhere."""
    plain = {"purpose": "setup", "themes": {}, "tension": 0.3, "duration_s": LENGTH_S}
    after_door = (Condition("played", "door"),)
    return small_story(
        start(duration_s=LENGTH_S),
        start(beat_id="wall", title="Wall", **plain),
        start(beat_id="door", title="Door", **plain),
        start(beat_id="treat", title="Treat", requires=after_door, **plain),
        end(requires=(), duration_s=LENGTH_S),
    )


def after_start(story: Story) -> Canon:
    return Canon.of(story).after(story.beat("start"))


def prospect_after(story: Story, beat_id: str, likings: dict[str, float], room_s: float = 400.0) -> float:
    notes = notes_on(story)
    wish = Wish([likings.get(beat.beat_id, 0.0) for beat in story.beats])
    ahead = notes.ahead(after_start(story)).after(story.beat(beat_id), None)
    return prospect(ahead, wish, Shape((room_s / 2, room_s * 0.75, room_s)), 80.0, 0)


def test_a_way_to_what_is_liked_is_worth_its_length() -> None:
    story = branching()
    likings = {"treat": 0.5, "door": -0.1}
    assert prospect_after(story, "door", likings) == pytest.approx(0.5 * LENGTH_S)
    assert prospect_after(story, "wall", likings) == pytest.approx((0.5 - 0.1) * LENGTH_S)
    assert prospect_after(story, "wall", {"treat": 0.5, "door": -0.9}) == pytest.approx(0.0)


def test_what_does_not_fit_any_more_counts_nothing() -> None:
    assert prospect_after(branching(), "door", {"treat": 0.5}, room_s=100.0) == pytest.approx(0.0)


def test_nothing_comes_after_an_ending() -> None:
    story = branching()
    over = notes_on(story).ahead(after_start(story)).after(story.beat("end"), None)
    assert prospect(over, Wish([1.0] * len(story.beats)), Shape((40.0, 80.0, 120.0)), 80.0, 0) == 0.0


def test_the_director_takes_the_set_up_of_what_the_audience_likes() -> None:
    story = branching()
    appeal = Appeal({"treat": 0.6, "wall": 0.02, "door": 0.0})
    decision = choose(after_start(story), EMPTY, Mood(), 0.2, 1, planned_s=200.0, appeal=appeal)
    assert decision is not None
    assert decision.beat.beat_id == "door"
    assert dict(decision.terms)["foresight"] > 0.0


def test_numbers_of_bits() -> None:
    assert numbers_of(0b10110) == [1, 2, 4]
    assert numbers_of(0) == []
