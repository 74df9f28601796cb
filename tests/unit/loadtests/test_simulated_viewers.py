"""The people that taste is measured on, and the two who know more of them than a film can."""

from __future__ import annotations

from statistics import mean

import numpy as np
import pytest

from loadtests.bench_taste import watched
from loadtests.simulated_viewers.audience import shipped_stories, viewer
from loadtests.simulated_viewers.felt_story import FeltStory, feel
from loadtests.simulated_viewers.hidden_taste import BORED_BY_PLACE, BORED_BY_THEME, boredom
from loadtests.simulated_viewers.knowing import Knowing
from loadtests.simulated_viewers.programmes import NoPersonalisation, Oracle, OracleWithoutWhims, Ranked
from loadtests.simulated_viewers.screening import Told, screen
from services.streaming.domain.events import Dial, Emoji, PreferenceEvent
from services.streaming.domain.lessons import Moment

pytestmark = pytest.mark.unit

MINUTES = 8.0


@pytest.fixture(scope="module")
def felt() -> FeltStory:
    (story,) = shipped_stories("true_things")
    return feel(story, 1)


def late_liking(felt: FeltStory, number: int, programme: Ranked) -> float:
    one = viewer(felt, number, MINUTES * 60.0)
    film = screen(felt.story, one.taste, one.manners, programme, one.random("watch"), -1, f"film-{number}")
    return watched(film, number, felt.story.story_id, 0).late_liking


def told(act: Emoji | Dial, moment: Moment) -> Told:
    return Told(PreferenceEvent("event-0001", "session", "viewer", act, 1.0, 1.0), moment, 1.0)


def test_who_knows_the_taste_serves_it_best(felt: FeltStory) -> None:
    story, numbers = felt.story, range(12)
    tastes = {number: viewer(felt, number, MINUTES * 60.0).taste for number in numbers}
    oracle = [late_liking(felt, n, Oracle(story, MINUTES * 60.0, n, tastes[n])) for n in numbers]
    chance = [late_liking(felt, n, NoPersonalisation(story, MINUTES * 60.0, n)) for n in numbers]
    knowing = [late_liking(felt, n, Knowing(story, MINUTES * 60.0, n, tastes[n])) for n in numbers]
    assert mean(oracle) > mean(knowing) > mean(chance)


def test_a_whim_is_no_part_of_a_taste(felt: FeltStory) -> None:
    taste = viewer(felt, 1, MINUTES * 60.0).taste
    apart = np.arctanh(taste.likings) - np.arctanh(taste.expected)
    assert apart == pytest.approx(taste.whims, abs=1e-6)
    before = taste.expected.copy()
    taste.change_mind()
    assert np.abs(taste.expected - before).max() > 0.1
    knowing = OracleWithoutWhims(felt.story, MINUTES * 60.0, 1, taste)
    beats = felt.story.beats[:4]
    assert knowing.rank(beats, ()) == pytest.approx([taste.expected[felt.row(beat)] for beat in beats])


def test_who_knows_how_people_are_made_learns_a_person_from_their_acts(felt: FeltStory) -> None:
    taste = viewer(felt, 3, 480.0).taste
    learner = Knowing(felt.story, 480.0, 3, taste)
    before = float(np.corrcoef(learner.likings, taste.likings)[0, 1])
    for beat in felt.story.beats:
        liking = float(taste.likings[felt.row(beat)])
        if abs(liking) > 0.2:
            learner.hear(told(Emoji("love" if liking > 0 else "bored"), Moment(beat)))
    after = float(np.corrcoef(learner.likings, taste.likings)[0, 1])
    assert after > max(0.7, before + 0.2)


def test_what_was_learned_in_one_story_is_known_in_the_next(felt: FeltStory) -> None:
    (story,) = shipped_stories("small_talk")
    other = feel(story, 1)
    taste = viewer(felt, 3, 480.0).taste
    first = Knowing(felt.story, 480.0, 3, taste)
    first.hear(told(Dial("humour", 1.0), Moment(felt.story.beats[0])))
    second = Knowing(story, 480.0, 3, viewer(other, 3, 480.0).taste, first)
    fresh = Knowing(story, 480.0, 3, viewer(other, 3, 480.0).taste)
    funny = max(story.beats, key=lambda beat: other.felt[other.row(beat), other.names.index("humour")])
    assert second.likings[other.row(funny)] > fresh.likings[other.row(funny)] + 0.05


def test_more_of_the_same_bores(felt: FeltStory) -> None:
    beat = felt.story.beats[0]
    assert boredom(beat, []) == 0.0
    assert boredom(beat, [beat]) == pytest.approx(BORED_BY_THEME + BORED_BY_PLACE)
    assert boredom(beat, [beat, beat, beat]) == pytest.approx(2 * (BORED_BY_THEME + BORED_BY_PLACE))
