"""Which beat comes next: taste decides, the plot moves on, and every film of the story that ships comes to an ending."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest

from services import streaming
from services.streaming.adapters.stories_yaml import load
from services.streaming.domain.canon import Canon
from services.streaming.domain.director import Decision, choose, target_act, target_tension
from services.streaming.domain.layout import lay_out
from services.streaming.domain.story import Beat, Story
from services.streaming.domain.story_check import speech_s
from services.streaming.domain.taste import EMPTY, Axis, Mood, Taste
from services.streaming.domain.timebase import FRAMES_PER_SECOND
from tests.unit.streaming.domain.small_screenplay import said
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

MARS = Path(streaming.__file__).parent / "stories" / "mars_colony_2095.yaml"
MOST_OF_PLANNED = 1.35


@cache
def mars() -> Story:
    return load(MARS)


def taste(**means: float) -> Taste:
    return Taste({name.replace("__", ":"): Axis(mean, 0.05) for name, mean in means.items()})


def varied_taste(seed: int) -> Taste:
    draw = Random(seed)
    names = ["tension", "humour", "science", "pace", "wonder", "warmth", "darkness"]
    names += [f"theme:{theme}" for theme in mars().themes]
    return Taste({name: Axis(draw.uniform(-1, 1), draw.uniform(0.02, 0.5)) for name in names if draw.random() < 0.7})


def length_s(canon: Canon, beat: Beat, pace: float) -> float:
    """As long as the planner would make it, every word at the usual speed."""
    lines = [
        replace(said(n, line.speaker, 1), frame_count=round(speech_s([line]) * FRAMES_PER_SECOND))
        for n, line in enumerate(canon.spoken(beat))
    ]
    return lay_out(lines, True, pace).frame_count / FRAMES_PER_SECOND


def play(seed: int) -> tuple[Canon, list[float], list[Decision]]:
    """A whole film: canon at its end, length of each scene, decisions."""
    story, liking, draw = mars(), varied_taste(seed), Random(seed)
    planned_s = story.planned_minutes.default * 60
    canon, lengths, decisions = Canon.of(story), [], []
    for _ in range(200):
        mood = Mood(draw.uniform(-1, 1), draw.uniform(-1, 1))
        decision = choose(canon, liking, mood, min(1.5, sum(lengths) / planned_s), seed)
        if decision is None:
            break
        options = canon.options(decision.beat)
        lengths.append(length_s(canon, decision.beat, liking.mean("pace")))
        decisions.append(decision)
        canon = canon.after(decision.beat, draw.choice(options) if options else None)
    return canon, lengths, decisions


@pytest.mark.parametrize("seed", range(100))
def test_every_film_ends_in_time_and_goes_through_its_acts(seed: int) -> None:
    canon, lengths, decisions = play(seed)
    assert canon.over
    assert sum(lengths) <= MOST_OF_PLANNED * mars().planned_minutes.default * 60
    acts = [decision.beat.act for decision in decisions]
    assert acts == sorted(acts)
    assert set(acts) == {1, 2, 3}
    assert decisions[-1].beat.ends
    assert not any(decision.beat.ends for decision in decisions[:-1])


def test_tastes_make_different_films() -> None:
    films = {play(seed)[0].played for seed in range(12)}
    assert len(films) >= 10


def test_the_same_seed_and_taste_make_the_same_film() -> None:
    assert play(3)[0] == play(3)[0]


def two_ways() -> Story:
    cold = start(beat_id="cold", purpose="setup", themes={"robotics": 1.0}, tone={"warmth": 0.0}, title="Cold")
    warm = start(beat_id="warm", purpose="setup", themes={"family": 1.0}, tone={"warmth": 0.9}, title="Warm")
    return small_story(start(), cold, warm, end(), themes=("robotics", "family"))


def after_start(story: Story) -> Canon:
    return Canon.of(story).after(story.beat("start"))


def chosen(liking: Taste, mood: Mood | None = None, story: Story | None = None) -> Decision:
    decision = choose(after_start(story or two_ways()), liking, mood or Mood(), 0.1, 1)
    assert decision is not None
    return decision


def test_what_is_liked_comes() -> None:
    assert chosen(taste(theme__robotics=0.9)).beat.beat_id == "cold"
    assert chosen(taste(theme__family=0.9)).beat.beat_id == "warm"
    assert chosen(taste(theme__robotics=-0.9)).beat.beat_id == "warm"
    assert chosen(taste(warmth=-0.9)).beat.beat_id == "cold"


def test_a_sad_viewer_gets_the_warmer_scene() -> None:
    leaning = taste(theme__robotics=0.2)
    assert chosen(leaning).beat.beat_id == "cold"
    assert chosen(leaning, Mood(valence=-1.0)).beat.beat_id == "warm"


def test_a_decision_says_what_decided() -> None:
    decision = chosen(taste(theme__robotics=0.9))
    terms = dict(decision.terms)
    assert terms["theme:robotics"] == pytest.approx(0.9)
    assert decision.score == pytest.approx(sum(terms.values()))
    sizes = [abs(value) for _, value in decision.terms]
    assert sizes == sorted(sizes, reverse=True)
    assert "“Cold”" in decision.why
    assert "you like robotics" in decision.why


def test_science_is_given_to_whom_likes_it() -> None:
    deep = start(beat_id="deep", purpose="setup", science_depth=1.0)
    shallow = start(beat_id="shallow", purpose="setup", science_depth=0.0)
    story = small_story(start(), deep, shallow, end())
    assert chosen(taste(science=0.9), story=story).beat.beat_id == "deep"
    assert chosen(taste(science=-0.9), story=story).beat.beat_id == "shallow"


def test_what_the_author_wants_to_follow_follows() -> None:
    story = small_story(start(), start(beat_id="one", purpose="setup"), start(beat_id="two", purpose="setup"), end())
    linked = small_story(*(replace(b, follows=("start",)) if b.beat_id == "two" else b for b in story.beats))
    other = small_story(*(replace(b, follows=("start",)) if b.beat_id == "one" else b for b in story.beats))
    assert chosen(EMPTY, story=linked).beat.beat_id == "two"
    assert chosen(EMPTY, story=other).beat.beat_id == "one"


def test_a_beat_that_is_not_wanted_comes_only_where_nothing_else_can() -> None:
    canon = after_start(two_ways())
    first = choose(canon, taste(theme__robotics=0.9), Mood(), 0.1, 1, without=("cold",))
    only = choose(canon, taste(theme__robotics=0.9), Mood(), 0.1, 1, without=("cold", "warm"))
    assert first is not None
    assert only is not None
    assert first.beat.beat_id == "warm"
    assert only.beat.beat_id == "cold"


def test_nothing_comes_after_an_ending() -> None:
    story = small_story(start(), end(requires=()))
    assert choose(after_start(story).after(story.beat("end")), EMPTY, Mood(), 1.0, 1) is None


def test_the_later_it_is_the_further_on_is_the_story() -> None:
    acts = [target_act(n / 20) for n in range(21)]
    assert acts == sorted(acts)
    assert (acts[0], acts[-1]) == (1.0, 3.0)


def test_an_ending_waits_until_the_film_has_run() -> None:
    canon = Canon.of(mars())
    early = choose(canon, EMPTY, Mood(), 0.0, 1)
    assert early is not None
    assert early.beat.purpose == "opening"


@pytest.mark.parametrize("progress", [0.0, 0.1, 0.25, 0.3, 0.5, 0.65, 0.88, 1.0, 1.5])
def test_wanted_tension_is_always_a_tension(progress: float) -> None:
    assert 0.0 <= target_tension(progress) <= 1.0


def test_tension_rises_to_the_climax_and_falls_at_the_end() -> None:
    assert target_tension(0.0) < target_tension(0.6) < target_tension(0.88) > target_tension(1.0)
    assert target_tension(0.32) < target_tension(0.25)
