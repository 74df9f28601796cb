"""The director keeps to scenes that exist, but never further than the stated bound from what a viewer likes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.domain.canon import Canon
from services.streaming.domain.director import LIKING_WEIGHT, choose
from services.streaming.domain.story import Beat, Story
from services.streaming.domain.taste import EMPTY, Axis, Mood, Taste
from services.streaming.domain.trunk import LIKING_BOUND, Trunk
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit


def story() -> Story:
    middles = [
        start(beat_id=f"m{number}", purpose="setup", title=f"M{number}", themes={theme: 0.5})
        for number, theme in enumerate(("robotics", "family", "robotics", "family"))
    ]
    return small_story(start(), *middles, end(place="house"), themes=("robotics", "family"))


STORY = story()
CANON = Canon.of(STORY).after(STORY.beat("start"))


def taste(robotics: float) -> Taste:
    return Taste({"theme:robotics": Axis(robotics, 0.01)})


def chosen(known: Taste, exists: frozenset[str] = frozenset(), bound: float = LIKING_BOUND, seed: int = 3) -> Beat:
    trunk = Trunk(lambda beat: float(beat.beat_id in exists), bound)
    decision = choose(CANON, known, Mood(), 0.3, seed, trunk=trunk)
    assert decision is not None
    return decision.beat


def test_among_beats_that_are_liked_alike_the_one_that_exists_comes() -> None:
    seeds = range(12)
    free = {chosen(EMPTY, seed=seed).beat_id for seed in seeds}
    assert len(free) > 1
    assert {chosen(EMPTY, frozenset({"m2"}), bound=0.5, seed=seed).beat_id for seed in seeds} == {"m2"}


def test_what_is_liked_clearly_more_comes_although_something_else_exists() -> None:
    fond = taste(0.8)
    assert "robotics" in chosen(fond).themes
    assert "robotics" in chosen(fond, frozenset({"m1", "m3"})).themes


def test_a_bound_of_nothing_is_a_director_who_does_not_mind() -> None:
    everything = frozenset(beat.beat_id for beat in STORY.beats)
    for seed in range(12):
        assert chosen(EMPTY, frozenset({"m1"}), bound=0.0, seed=seed) == chosen(EMPTY, seed=seed)
        assert chosen(EMPTY, everything, seed=seed) == chosen(EMPTY, seed=seed)


@given(
    exists=st.frozensets(st.sampled_from([beat.beat_id for beat in STORY.beats])),
    robotics=st.floats(-0.9, 0.9),
    bound=st.floats(0.0, 0.2),
    seed=st.integers(0, 1_000),
)
def test_never_more_is_lost_than_the_bound(exists: frozenset[str], robotics: float, bound: float, seed: int) -> None:
    trunk = Trunk(lambda beat: float(beat.beat_id in exists), bound)
    kept = choose(CANON, taste(robotics), Mood(), 0.3, seed, trunk=trunk)
    free = choose(CANON, taste(robotics), Mood(), 0.3, seed)
    assert kept is not None
    assert free is not None
    own = kept.score - dict(kept.terms)["shared"]
    assert 0.0 <= kept.liking_lost <= bound + 1e-9
    assert (free.score - own) / LIKING_WEIGHT == pytest.approx(kept.liking_lost, abs=1e-9)


def test_the_viewer_is_told_when_a_beat_comes_because_it_exists() -> None:
    trunk = Trunk(lambda beat: float(beat.beat_id == "m1"), 0.5)
    decision = choose(CANON, EMPTY, Mood(), 0.3, 3, trunk=trunk)
    assert decision is not None
    assert "it is ready" in decision.why
