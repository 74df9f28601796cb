"""What an audience taught of beats: calibrated, unmoved by who was shown what, and gone with its viewers."""

from __future__ import annotations

from random import Random

import pytest

from services.streaming.domain.audience import appeal_of
from services.streaming.domain.taste import EMPTY, IMPRESSIONS_LIMIT, Impression, Taste
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

ROBOTS = start(beat_id="robots", themes={"robotics": 1.0})
FAMILY = start(beat_id="family", themes={"family": 1.0})
STORY = small_story(ROBOTS, FAMILY, end(themes={}), themes=("robotics", "family"))


def said(**likings: float) -> Taste:
    return Taste({}, impressions={f"small/{beat_id}": Impression(liking, 4.0) for beat_id, liking in likings.items()})


def test_nobody_taught_nothing() -> None:
    assert set(appeal_of(STORY, []).values()) == {0.0}
    assert set(appeal_of(STORY, [EMPTY]).values()) == {0.0}
    other_story = Taste({}, impressions={"elsewhere/robots": Impression(1.0, 9.0)})
    assert set(appeal_of(STORY, [other_story]).values()) == {0.0}


def test_what_many_like_appeals_and_more_voices_count_more() -> None:
    few, many = (appeal_of(STORY, [said(robots=0.6, family=-0.4)] * count) for count in (3, 300))
    assert many["robots"] > few["robots"] > 0.0 > few["family"] > many["family"]
    assert many["robots"] - many["family"] == pytest.approx(1.0, abs=0.15)


def test_a_beat_gets_less_credit_for_having_been_shown_to_those_who_like_its_kind() -> None:
    draw = Random(3)
    tastes = []
    for _ in range(400):
        leaning = draw.gauss(0.0, 0.5)
        # Only who likes robots is shown them; the beat itself is no better than the other.
        tastes.append(said(robots=leaning, family=-leaning) if leaning > 0 else said(family=-leaning))
    shown = [taste.impressions["small/robots"].liking for taste in tastes if "small/robots" in taste.impressions]
    plain = sum(shown) / len(shown)
    assert appeal_of(STORY, tastes)["robots"] < 0.7 * plain


def test_impressions_add_up_by_weight_and_stay_bounded() -> None:
    taste = EMPTY.impressed("small/robots", 0.8, 3.0).impressed("small/robots", -0.8, 1.0)
    assert taste.impressions["small/robots"] == Impression(pytest.approx(0.4), 4.0)
    for number in range(IMPRESSIONS_LIMIT):
        taste = taste.impressed(f"small/{number}", 0.1, 1.0)
    assert len(taste.impressions) == IMPRESSIONS_LIMIT
    assert "small/robots" not in taste.impressions
