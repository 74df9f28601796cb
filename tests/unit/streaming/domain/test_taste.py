"""What is learned of a viewer: likes grow with evidence, contradiction costs certainty, old beliefs loosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.domain.taste import (
    EMPTY,
    FORGETTING_S,
    LEAST_VARIANCE,
    LOOSEST_VARIANCE,
    PRIOR_VARIANCE,
    TAUGHT_BY_LIMIT,
    Axis,
    Mood,
    Taste,
    certainty,
    prior_variance,
)

pytestmark = pytest.mark.unit

REACTION_NOISE = 0.5


def learned(value: float, times: int) -> Taste:
    taste = EMPTY
    for number in range(times):
        taste = taste.observe("humour", value, REACTION_NOISE, f"event-{number}")
    return taste


def test_nothing_is_known_at_first() -> None:
    assert EMPTY.mean("humour") == 0.0
    assert EMPTY.unit("humour") == 0.5
    assert EMPTY.axis("pace").variance == PRIOR_VARIANCE
    for name in ("theme:robotics", "humour", "character:mars/hob", "film", "pace"):
        assert certainty(name, EMPTY.axis(name)) == 0.0


def test_people_differ_more_in_what_interests_them_than_in_how_much_they_like_films() -> None:
    said = EMPTY.observe_mix({"theme:robotics": 1.0, "film": 1.0}, 0.8, 0.1, "event-1")
    assert said.mean("theme:robotics") > 3.0 * said.mean("film") > 0.0


def test_what_fades_ends_at_knowing_nothing_of_that_axis() -> None:
    faded = learned(0.8, 20).at(1.0).at(1.0 + 20.0 * FORGETTING_S).axis("humour")
    assert faded.variance == pytest.approx(prior_variance("humour"), rel=1e-3)
    assert certainty("humour", faded) == pytest.approx(0.0, abs=1e-3)


def test_each_agreeing_event_makes_the_like_stronger_and_surer() -> None:
    axes = [learned(0.8, times).axis("humour") for times in range(5)]
    assert [axis.mean for axis in axes] == sorted(axis.mean for axis in axes)
    assert [axis.variance for axis in axes] == sorted((axis.variance for axis in axes), reverse=True)
    assert axes[-1].mean > 0.4


def test_what_is_asked_for_plainly_counts_more_than_a_reaction() -> None:
    asked = EMPTY.observe("pace", 0.8, 0.02, "dial-event").mean("pace")
    reacted = EMPTY.observe("pace", 0.8, REACTION_NOISE, "emoji-event").mean("pace")
    assert asked > 0.55 > reacted > 0.0


def test_one_contradiction_lowers_certainty_and_does_not_turn_the_belief_round() -> None:
    firm = learned(0.9, 30)
    shaken = firm.observe("humour", -0.9, REACTION_NOISE, "contradiction")
    assert shaken.axis("humour").variance > firm.axis("humour").variance
    assert 0.4 < shaken.mean("humour") < firm.mean("humour")


def test_agreement_with_a_firm_belief_does_not_lower_certainty_like_contradiction_does() -> None:
    firm = learned(0.9, 30)
    agreed = firm.observe("humour", 0.9, REACTION_NOISE, "agreement")
    contradicted = firm.observe("humour", -0.9, REACTION_NOISE, "contradiction")
    assert agreed.axis("humour").variance < contradicted.axis("humour").variance


def test_a_taste_that_has_changed_is_followed() -> None:
    taste = learned(0.9, 30)
    for number in range(12):
        taste = taste.observe("humour", -0.9, REACTION_NOISE, f"later-{number}")
    assert taste.mean("humour") < -0.5


def test_belief_stays_open_to_news_however_much_was_seen() -> None:
    variance = learned(0.5, 200).axis("humour").variance
    assert variance >= LEAST_VARIANCE
    assert learned(0.5, 400).axis("humour").variance == pytest.approx(variance)


def test_axes_do_not_touch_each_other() -> None:
    taste = learned(0.9, 5).observe("theme:aliens", -0.5, REACTION_NOISE, "other-event")
    assert taste.mean("humour") == learned(0.9, 5).mean("humour")
    assert taste.mean("theme:aliens") < 0.0


def test_the_newest_teachers_are_remembered() -> None:
    taught_by = learned(0.5, TAUGHT_BY_LIMIT + 5).axis("humour").taught_by
    assert taught_by == tuple(f"event-{number}" for number in range(5, TAUGHT_BY_LIMIT + 5))


@given(
    st.floats(-1, 1),
    st.floats(LEAST_VARIANCE, PRIOR_VARIANCE),
    st.lists(st.tuples(st.floats(-1, 1), st.floats(0.01, 5)), max_size=30),
)
def test_belief_keeps_within_its_bounds(mean: float, variance: float, seen: list[tuple[float, float]]) -> None:
    taste = Taste({"pace": Axis(mean, variance)})
    for value, noise in seen:
        taste = taste.observe("pace", value, noise, "some-event")
        axis = taste.axis("pace")
        assert -1.0 <= axis.mean <= 1.0
        assert LEAST_VARIANCE <= axis.variance <= LOOSEST_VARIANCE


def test_mood_halves_in_a_minute_and_keeps_within_its_bounds() -> None:
    mood = Mood().felt(0.8, -0.6, 100)
    assert mood.at(100 + 1_440).valence == pytest.approx(0.4)
    assert mood.at(100 + 1_440).arousal == pytest.approx(-0.3)
    assert mood.felt(0.9, -0.9, 100) == Mood(1.0, -1.0, 100)
    assert mood.at(50).valence == 0.8
