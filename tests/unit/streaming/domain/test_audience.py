"""What an audience taught of beats: calibrated, unmoved by who was shown what, and gone with its viewers."""

from __future__ import annotations

from random import Random

import pytest

from services.streaming.domain.audience import USUAL_TEDIUM, _chosen, appeal_of
from services.streaming.domain.taste import EMPTY, IMPRESSIONS_LIMIT, Impression, Preference, Taste
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

ROBOTS = start(beat_id="robots", themes={"robotics": 1.0})
FAMILY = start(beat_id="family", themes={"family": 1.0})
STORY = small_story(ROBOTS, FAMILY, end(themes={}), themes=("robotics", "family"))


def said(**likings: float) -> Taste:
    return Taste({}, impressions={f"small/{beat_id}": Impression(liking, 4.0) for beat_id, liking in likings.items()})


def test_nobody_taught_nothing() -> None:
    nothing = appeal_of(STORY, [])
    assert set(nothing.beats.values()) == {0.0}
    assert nothing.tedium == USUAL_TEDIUM
    assert appeal_of(STORY, [EMPTY]) == nothing
    elsewhere = Taste(
        {}, impressions={"elsewhere/robots": Impression(1.0, 9.0), "small/cut_since": Impression(1.0, 9.0)}
    )
    elsewhere = elsewhere.preferred(Preference("elsewhere", ("robots",), ("family",)))
    elsewhere = elsewhere.preferred(Preference("small", ("robots",), ("cut_since",)))
    assert appeal_of(STORY, [elsewhere]) == nothing


def test_what_many_like_appeals_and_more_voices_count_more() -> None:
    few, many = (appeal_of(STORY, [said(robots=0.6, family=-0.4)] * count).beats for count in (3, 300))
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
    assert appeal_of(STORY, tastes).of("robots") < 0.7 * plain


def test_what_repeats_cost_is_told_apart_from_what_the_beat_is_worth() -> None:
    draw = Random(5)
    tastes = []
    for _ in range(600):
        impressions = {}
        for beat_id in ("robots", "family", "end"):
            # Themes that come again bore here, places do not; robots are mostly shown after robots.
            place, theme = draw.randrange(3), draw.randrange(3) if beat_id != "robots" else draw.choice((1, 2, 2))
            liking = 0.1 - 0.1 * theme + draw.gauss(0.0, 0.2)
            impressions[f"small/{beat_id}"] = Impression(liking, 20.0, (float(place), float(theme), 0.0))
        tastes.append(Taste({}, impressions=impressions))
    appeal = appeal_of(STORY, tastes)
    assert appeal.tedium[1] == pytest.approx(0.1, abs=0.025)
    assert appeal.tedium[0] == pytest.approx(0.0, abs=0.025)
    assert appeal.tedium[2] == pytest.approx(USUAL_TEDIUM[2])
    assert abs(appeal.of("robots") - appeal.of("family")) < 0.06
    assert appeal.bored((1.0, 2.0, 0.0)) == pytest.approx(appeal.tedium[0] + 2.0 * appeal.tedium[1])


def test_who_chose_what_they_like_does_not_make_it_better_for_others() -> None:
    draw = Random(7)
    tastes = []
    for _ in range(800):
        # On average nobody likes either, but each is seen by those alone who like it better than the other.
        robots, family = (draw.gauss(0.0, 0.35) for _ in range(2))
        taken, left = ("robots", "family") if robots > family else ("family", "robots")
        tastes.append(said(**{taken: max(robots, family)}, end=0.0).preferred(Preference("small", (taken,), (left,))))
    with_choices = appeal_of(STORY, tastes)
    without = appeal_of(STORY, [Taste({}, impressions=taste.impressions) for taste in tastes])
    lead, corrected = (
        (appeal.of("robots") + appeal.of("family")) / 2.0 - appeal.of("end") for appeal in (without, with_choices)
    )
    assert lead > 0.12
    assert abs(corrected) < 0.6 * lead


def test_a_choice_that_was_to_be_expected_tells_less_than_a_surprise() -> None:
    surprising, expected = _chosen(-0.5, 0.2), _chosen(0.5, 0.2)
    assert surprising[0] > 0.0
    moved = [
        0.2 / (0.2 + noise) * (value - before)
        for (value, noise), before in zip((surprising, expected), (-0.5, 0.5), strict=True)
    ]
    assert moved[0] > 2.0 * moved[1] > 0.0
    assert 0.2 / (0.2 + _chosen(0.0, 1e-9)[1]) < 1e-4


def test_impressions_add_up_by_weight_and_stay_bounded() -> None:
    taste = EMPTY.impressed("small/robots", Impression(0.8, 3.0, (2.0, 0.0, 0.0)))
    taste = taste.impressed("small/robots", Impression(-0.8, 1.0, (0.0, 1.0, 0.0)))
    assert taste.impressions["small/robots"] == Impression(pytest.approx(0.4), 4.0, (1.5, 0.25, 0.0))
    for number in range(IMPRESSIONS_LIMIT):
        taste = taste.impressed(f"small/{number}", Impression(0.1, 1.0))
    assert len(taste.impressions) == IMPRESSIONS_LIMIT
    assert "small/robots" not in taste.impressions
