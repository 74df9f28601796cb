"""Which beat comes next: taste decides among what keeps the film's shape, and the reasons given are the real ones."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest

from services import streaming
from services.streaming.adapters.stories_yaml import load
from services.streaming.domain.audience import Appeal
from services.streaming.domain.canon import Canon
from services.streaming.domain.director import Decision, choose
from services.streaming.domain.dramatic_curve import Shape
from services.streaming.domain.dramaturgy import (
    ANSWER_EASE,
    MARGIN,
    Standing,
    admissible,
    answers_of,
    candidates,
    continuations,
    notes_on,
)
from services.streaming.domain.limits import Limits
from services.streaming.domain.story import Beat, Choice, Condition, Effect, Line, Option, Story
from services.streaming.domain.taste import EMPTY, LEAST_VARIANCE, Axis, Impression, Mood, Taste
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

MARS = Path(streaming.__file__).parent / "stories" / "mars_colony_2095.yaml"


@cache
def mars() -> Story:
    return load(MARS)


def taste(**means: float) -> Taste:
    return Taste({name.replace("__", ":"): Axis(mean, 0.05) for name, mean in means.items()})


def varied_taste(seed: int) -> Taste:
    draw = Random(seed)
    names = ["tension", "humour", "science", "pace", "wonder", "warmth", "darkness"]
    names += [f"theme:{theme}" for theme in mars().themes]
    return Taste({name: Axis(draw.uniform(-1, 1), draw.uniform(0.02, 0.3)) for name in names if draw.random() < 0.7})


def play(seed: int, minutes: float, limits: Limits | None = None) -> tuple[Canon, float, list[Decision], list[int]]:
    """A whole film: canon at its end, length in seconds, decisions, and continuations left at each."""
    story, liking, draw = mars(), varied_taste(seed), Random(seed)
    canon, played_s, decisions, ways = Canon.of(story), 0.0, [], []
    while len(decisions) < 200:
        mood = Mood(draw.uniform(-1, 1), draw.uniform(-1, 1))
        progress = min(1.5, played_s / (minutes * 60))
        decision = choose(canon, liking, mood, progress, seed, planned_s=minutes * 60, limits=limits or Limits())
        if decision is None:
            break
        options = canon.options(decision.beat)
        ways.append(continuations(canon, limits or Limits()))
        decisions.append(decision)
        played_s += notes_on(story).seconds(decision.beat)
        canon = canon.after(decision.beat, draw.choice(options) if options else None)
    return canon, played_s, decisions, ways


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("minutes", [9, 13, 20])
def test_every_film_ends_in_time_and_goes_through_its_acts(seed: int, minutes: float) -> None:
    canon, played_s, decisions, ways = play(seed, minutes)
    assert canon.over
    assert played_s == pytest.approx(minutes * 60, rel=0.15)
    acts = [decision.beat.act for decision in decisions]
    assert acts == sorted(acts)
    assert set(acts) == {1, 2, 3}
    assert [decision.beat.ends for decision in decisions] == [False] * (len(decisions) - 1) + [True]
    assert len(set(canon.played)) == len(canon.played)
    assert ways[1:] == [2] * len(ways[1:])


def test_tastes_make_different_films() -> None:
    films = {play(seed, 13)[0].played for seed in range(12)}
    assert len(films) >= 10


def test_the_same_seed_and_taste_make_the_same_film() -> None:
    assert play(3, 13)[0] == play(3, 13)[0]


@pytest.mark.parametrize("limits", [Limits(most_darkness=0.5), Limits(most_tension=0.92)], ids=["dark", "frightening"])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_beyond_the_limits_is_never_shown_and_the_film_ends_all_the_same(limits: Limits, seed: int) -> None:
    canon, _, decisions, _ = play(seed, 13, limits)
    assert limits.forbidden(mars())
    assert canon.over
    assert not {decision.beat.beat_id for decision in decisions} & set(limits.forbidden(mars()))


def test_no_liking_is_strong_enough_to_break_a_limit() -> None:
    dark = start(beat_id="dark", purpose="setup", tone={"darkness": 0.9}, themes={"robotics": 1.0})
    plain = start(beat_id="plain", purpose="setup")
    canon = after_start(small_story(start(), dark, plain, end()))
    eager = taste(darkness=1.0, theme__robotics=1.0)
    free, bound = (choose(canon, eager, Mood(), 0.1, 1, limits=limits) for limits in (Limits(), Limits.of("child")))
    assert free is not None
    assert bound is not None
    assert (free.beat.beat_id, bound.beat.beat_id) == ("dark", "plain")


def two_ways() -> Story:
    cold = start(beat_id="cold", purpose="setup", themes={"robotics": 1.0}, tone={"warmth": 0.0}, title="Cold")
    warm = start(beat_id="warm", purpose="setup", themes={"family": 1.0}, tone={"warmth": 0.9}, title="Warm")
    return small_story(start(), cold, warm, end(), themes=("robotics", "family"))


def after_start(story: Story) -> Canon:
    return Canon.of(story).after(story.beat("start"))


def chosen(liking: Taste, mood: Mood | None = None, story: Story | None = None, progress: float = 0.1) -> Decision:
    decision = choose(after_start(story or two_ways()), liking, mood or Mood(), progress, 1)
    assert decision is not None
    return decision


def test_what_is_liked_comes() -> None:
    assert chosen(taste(theme__robotics=0.9)).beat.beat_id == "cold"
    assert chosen(taste(theme__family=0.9)).beat.beat_id == "warm"
    assert chosen(taste(theme__robotics=-0.9)).beat.beat_id == "warm"
    assert chosen(taste(warmth=-0.9)).beat.beat_id == "cold"


def test_a_sad_viewer_gets_the_warmer_scene() -> None:
    leaning = taste(theme__robotics=0.1)
    assert chosen(leaning, progress=0.6).beat.beat_id == "cold"
    assert chosen(leaning, Mood(valence=-1.0), progress=0.6).beat.beat_id == "warm"


def test_what_says_most_of_an_unknown_taste_comes_early_and_is_said_as_such() -> None:
    art = start(beat_id="art", place="yard", purpose="setup", themes={"art": 1.0})
    family = start(beat_id="family", place="yard", purpose="setup", themes={"family": 1.0})
    story = small_story(start(), art, family, end(), themes=("robotics", "family", "art"))
    known = {name: Axis(0.0, LEAST_VARIANCE) for name in ("theme:family", "theme:robotics")}
    known["theme:art"] = Axis(-0.05, 0.2)
    asked = chosen(Taste(known), story=story)
    assert asked.beat.beat_id == "art"
    assert "we do not know yet whether you like this kind of scene" in asked.why
    late = chosen(Taste(known), story=story, progress=0.6)
    assert late.beat.beat_id == "family"
    assert dict(late.terms)["exploration"] == 0.0


def test_a_scene_that_lasts_counts_for_more_than_a_short_one_that_is_liked_as_much() -> None:
    said = "We built this one together, every joint and every wire of it, and it has walked ever since that night."
    long = start(beat_id="long", purpose="setup", themes={"robotics": 0.6}, lines=(Line("ann", said),) * 4)
    short = start(beat_id="short", purpose="setup", themes={"robotics": 0.6}, lines=(Line("ann", said),))
    other = start(beat_id="other", purpose="setup", themes={"family": 0.9}, lines=(Line("ann", said),) * 2)
    story = small_story(start(), long, short, other, end(), themes=("robotics", "family"))
    terms = {}
    for beat_id in ("long", "short"):
        without = [beat.beat_id for beat in story.beats if beat.beat_id != beat_id]
        decision = choose(after_start(story), taste(theme__robotics=0.9), Mood(), 0.6, 1, without)
        assert decision is not None
        assert decision.beat.beat_id == beat_id
        terms[beat_id] = dict(decision.terms)["theme:robotics"]
    assert terms["long"] > 2.0 * terms["short"] > 0.0


def test_a_decision_says_what_decided() -> None:
    decision = chosen(taste(theme__robotics=0.9))
    terms = dict(decision.terms)
    assert decision.score == pytest.approx(sum(terms.values()))
    sizes = [abs(value) for _, value in decision.terms]
    assert sizes == sorted(sizes, reverse=True)
    assert decision.terms[0][0] == "theme:robotics"
    assert decision.why == "“Cold” comes now because you seem to like robotics."
    assert decision.among == 2


def test_two_likes_are_told_in_one_breath() -> None:
    both = start(beat_id="both", purpose="setup", themes={"robotics": 1.0, "art": 0.9}, title="Both")
    plain = start(beat_id="plain", purpose="setup", themes={"family": 1.0})
    story = small_story(start(), both, plain, end(), themes=("robotics", "family", "art"))
    decision = chosen(taste(theme__robotics=0.9, theme__art=0.8), story=story, progress=0.6)
    assert decision.why.startswith("“Both” comes now because you seem to like ")
    assert decision.why.count("you seem to like") == 1
    assert {"robotics", "art"} <= set(decision.why.removesuffix(".").split())


def test_what_is_disliked_and_missing_is_said_as_such() -> None:
    decision = chosen(taste(theme__family=-0.9))
    assert decision.beat.beat_id == "cold"
    assert "it is light on family, which you seem to like less" in decision.why


def test_what_the_audience_liked_comes_and_is_said_as_such() -> None:
    decision = choose(after_start(two_ways()), EMPTY, Mood(), 0.1, 1, appeal=Appeal({"warm": 0.5, "cold": -0.1}))
    assert decision is not None
    assert decision.beat.beat_id == "warm"
    assert "viewers before you liked it" in decision.why


def test_what_was_said_of_a_scene_in_an_earlier_film_is_remembered() -> None:
    story = two_ways()
    seen = EMPTY.impressed("small/cold", Impression(0.9, 12.0))
    decision = choose(after_start(story), seen, Mood(), 0.1, 1)
    assert decision is not None
    assert decision.beat.beat_id == "cold"
    assert "you liked it when you saw it before" in decision.why
    disliked = EMPTY.impressed("small/cold", Impression(-0.9, 12.0))
    again = choose(after_start(story), disliked, Mood(), 0.1, 1)
    assert again is not None
    assert again.beat.beat_id == "warm"


def test_an_only_way_is_called_that_whatever_is_liked() -> None:
    story = small_story(start(), start(beat_id="only", purpose="setup", title="Only"), end())
    assert chosen(taste(theme__robotics=0.9), story=story).why == (
        "“Only” comes now because it is the only way for the story to go on."
    )


def test_with_nothing_known_the_reason_is_not_taste() -> None:
    assert "you seem to like" not in chosen(EMPTY).why


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
    assert [chosen(EMPTY, story=told).beat.beat_id for told in (linked, other)] == ["two", "one"]


def asked(*answers: Beat) -> Canon:
    """After a choice between winter and spring, winter taken."""
    options = tuple(Option(season, season, (Effect("set", "season", season),)) for season in ("winter", "spring"))
    story = small_story(start(choice=Choice("Which?", options)), *answers, end())
    opening = story.beat("start")
    return Canon.of(story).after(opening, next(o for o in opening.choice.options if o.option_id == "winter"))  # type: ignore[union-attr]


def test_what_was_chosen_comes_at_once_and_is_said_as_such() -> None:
    plain = start(beat_id="plain", purpose="setup", themes={"robotics": 1.0})
    snow = start(beat_id="snow", purpose="setup", requires=(Condition("fact", "season", "==", "winter"),))
    liking = taste(theme__robotics=0.3)
    decision = choose(asked(plain, snow), liking, Mood(), 0.1, 1)
    assert decision is not None
    assert decision.beat.beat_id == "snow"
    assert "it follows from what was chosen" in decision.why
    unasked = choose(asked(plain, replace(snow, requires=())), liking, Mood(), 0.1, 1)
    assert unasked is not None
    assert unasked.beat.beat_id == "plain"


def test_the_films_shape_gives_way_to_what_was_chosen() -> None:
    winter = (Condition("fact", "season", "==", "winter"),)
    shape = Shape((1_000.0, 1_001.0, 1_002.0))
    wanted = shape.tension_at(12.0 + notes_on(small_story()).seconds(start()) / 2.0)
    fitting = start(beat_id="fitting", purpose="setup", tension=wanted)
    off = start(beat_id="off", purpose="setup", tension=wanted + MARGIN + 0.9 * ANSWER_EASE, requires=winter)
    too_far = replace(off, tension=wanted + MARGIN + 1.1 * ANSWER_EASE)

    def open_to(beat: Beat) -> set[str]:
        found = candidates(Standing(asked(fitting, beat), 12.0, shape))
        return {candidate.beat.beat_id for candidate in admissible(found)}

    assert open_to(off) == {"fitting", "off"}
    assert open_to(replace(off, requires=())) == {"fitting"}
    assert open_to(too_far) == {"fitting"}


def test_who_asks_must_have_time_to_answer() -> None:
    options = tuple(Option(season, season, (Effect("set", "season", season),)) for season in ("winter", "spring"))
    asking = start(beat_id="asking", purpose="setup", choice=Choice("Which?", options))
    plain = start(beat_id="plain", purpose="setup")
    snow = start(beat_id="snow", purpose="setup", requires=(Condition("fact", "season", "==", "winter"),))
    turn = start(beat_id="turn", purpose="turn", act=2)
    story = small_story(start(), asking, plain, snow, turn, end())
    canon = Canon.of(story).after(story.beat("start"))
    seconds = notes_on(story).seconds(plain)

    def plots(left_s: float) -> dict[str, float]:
        standing = Standing(canon, 500.0, Shape((500.0 + left_s, 900.0, 1_000.0)))
        return {one.beat.beat_id: one.plot for one in candidates(standing)}

    assert notes_on(story).answer_s == {"asking": seconds}
    early, late = plots(4.0 * seconds), plots(seconds)
    assert early["asking"] == early["plain"]
    assert late["asking"] > late["plain"]


def test_what_anything_else_makes_possible_answers_no_choice() -> None:
    winter = (Condition("fact", "season", "==", "winter"),)
    snow = start(beat_id="snow", purpose="setup", requires=winter)
    autumn = start(beat_id="autumn", purpose="setup", effects=(Effect("set", "season", "winter"),))
    spring = start(beat_id="spring", purpose="setup", requires=(Condition("fact", "season", "==", "spring"),))
    answers = [answers_of(asked(*beats).story) for beats in ((snow, spring), (snow, autumn))]
    assert answers == [{"snow": frozenset({"start"})}, {}]


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


def test_a_film_begins_with_an_opening() -> None:
    early = choose(Canon.of(mars()), EMPTY, Mood(), 0.0, 1)
    assert early is not None
    assert early.beat.purpose == "opening"
