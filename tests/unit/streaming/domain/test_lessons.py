"""What each act teaches of taste and mood: clear acts much, implicit ones little, late ones about what was before."""

from __future__ import annotations

import pytest

from services.streaming.domain.audience import Appeal
from services.streaming.domain.events import (
    Act,
    Calm,
    ChoiceMade,
    Dial,
    Emoji,
    FreeText,
    Pause,
    PreferenceEvent,
    Resume,
    Rewind,
    Skip,
    Visibility,
    Volume,
)
from services.streaming.domain.lessons import (
    EMOJI_DELAY_S,
    REACTION_DELAY_S,
    Lesson,
    Moment,
    learn,
    left,
    watched_through,
)
from services.streaming.domain.promise import Promise
from services.streaming.domain.taste import EMPTY, PREFERENCES_LIMIT, Mood, Preference, Taste
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

ROBOTS = start(beat_id="robots", themes={"robotics": 1.0}, tone={"warmth": 0.8})
FAMILY = start(beat_id="family", purpose="setup", themes={"family": 1.0}, tone={"tension": 0.9}, tension=0.9)
STORY = small_story(ROBOTS, FAMILY, end(), themes=("robotics", "family"))
AT_S = 1_790_000_000.0


def lesson(act: Act, moment: Moment | None = None, taste: Taste = EMPTY, **more: object) -> Lesson:
    event = PreferenceEvent("event-0001", "session", "viewer", act, AT_S, AT_S)
    return learn(event, taste, Mood(), Moment(ROBOTS) if moment is None else moment, STORY, 100, **more)  # type: ignore[arg-type]


def mean(act: Act, axis: str = "theme:robotics", moment: Moment | None = None) -> float:
    return lesson(act, moment).taste.mean(axis)


def test_liking_what_plays_is_liking_what_sets_it_apart() -> None:
    taste = lesson(Emoji("love")).taste
    assert taste.mean("theme:robotics") > 0.05
    assert taste.mean("warmth") > 0.05
    assert taste.mean("theme:family") < 0.0
    assert taste.axis("theme:robotics").taught_by == ("event-0001",)
    assert mean(Emoji("bored")) < -0.05


def test_before_the_first_beat_an_emoji_tells_of_nothing_that_was_shown() -> None:
    assert lesson(Emoji("laugh"), Moment()).taste.axes == {}
    assert lesson(Emoji("laugh"), Moment()).mood.valence > 0.0


def test_an_emoji_is_liking_of_what_was_shown_and_not_again_of_its_own_tone() -> None:
    humour_elsewhere = mean(Emoji("laugh"), "humour", Moment(ROBOTS))
    assert humour_elsewhere == 0.0
    tense = [mean(Emoji(name), "tension", Moment(FAMILY)) for name in ("bored", "tense", "love")]
    assert tense == sorted(tense)
    assert tense[0] < 0.0 < tense[1]


def test_an_emoji_takes_longer_than_a_skip_to_be_pressed() -> None:
    between = Moment(FAMILY, ROBOTS, seconds_in=REACTION_DELAY_S + 0.5, share_in=0.1)
    after = Moment(FAMILY, ROBOTS, seconds_in=EMOJI_DELAY_S + 0.5, share_in=0.1)
    assert mean(Emoji("love"), "theme:family", between) < mean(Emoji("love"), "theme:family", after)
    assert mean(Skip(), "theme:family", between) == mean(Skip(), "theme:family", after) < 0.0


def test_one_scene_tells_less_of_what_sets_it_apart_than_two() -> None:
    once = lesson(Emoji("love")).taste
    assert once.mean("theme:robotics") < lesson(Emoji("love"), taste=once).taste.mean("theme:robotics")
    assert once.axis("theme:robotics").variance > 0.5 * EMPTY.axis("theme:robotics").variance


def test_a_reaction_just_after_a_cut_is_about_the_beat_before() -> None:
    soon = Moment(FAMILY, ROBOTS, seconds_in=0.3, share_in=0.01)
    later = Moment(FAMILY, ROBOTS, seconds_in=EMOJI_DELAY_S + 1, share_in=0.2)
    assert mean(Emoji("love"), "theme:robotics", soon) > 0.05 > mean(Emoji("love"), "theme:robotics", later)
    assert mean(Emoji("love"), "theme:family", later) > 0.05 > mean(Emoji("love"), "theme:family", soon)


def test_the_later_a_skip_the_less_it_says() -> None:
    early, late = (mean(Skip(), moment=Moment(ROBOTS, None, 30.0, share)) for share in (0.1, 0.95))
    assert early < late < 0.0


def test_explicit_acts_teach_more_than_implicit_ones() -> None:
    effects = [mean(act) for act in (Emoji("love"), Rewind(), Volume(0.8))]
    assert effects == sorted(effects, reverse=True)
    assert effects[-1] > 0.0
    assert mean(Emoji("bored")) < mean(Visibility(True)) < 0.0
    assert mean(Volume(0.0)) < 0.0


def test_watching_to_the_end_says_a_little_and_leaving_says_a_little_against() -> None:
    watched = watched_through(EMPTY, ROBOTS, STORY, "watched-1")
    gone = left(EMPTY, ROBOTS, STORY, "left-1")
    assert gone.liking({"film": 1.0}) < 0.0 < watched.liking({"film": 1.0}) < lesson(Emoji("love")).taste.mean("film")
    assert gone.axis("theme:robotics").taught_by == ("left-1",)


def test_a_dial_is_believed_nearly_as_it_stands() -> None:
    assert mean(Dial("science", -0.8), "science") == pytest.approx(-0.8, abs=0.15)


@pytest.mark.parametrize("act", [Resume(), Calm(True), Visibility(False)], ids=repr)
def test_handling_the_player_teaches_nothing(act: Act) -> None:
    assert lesson(act).taste.axes == {}
    assert lesson(act).mood == Mood()


def test_a_pause_says_next_to_nothing() -> None:
    assert abs(mean(Pause())) < 0.01


def test_to_decide_is_to_be_awake() -> None:
    assert lesson(ChoiceMade("s1.choice", "tell")).mood.arousal > 0.0


def test_who_chooses_likes_what_the_option_promises_a_little_more() -> None:
    chosen = ChoiceMade("s1.choice", "tell")
    taste = lesson(chosen, promise=Promise({"theme:family": 1.0, "theme:robotics": -1.0})).taste
    plain = lesson(chosen).taste
    assert taste.mean("theme:family") > plain.mean("theme:family") + 0.02
    assert taste.mean("theme:robotics") < plain.mean("theme:robotics") - 0.02
    assert taste.axis("theme:family").taught_by == ("event-0001",)
    assert taste.mean("theme:family") < lesson(Dial("humour", 1.0)).taste.mean("humour") / 3.0
    assert lesson(Emoji("love"), promise=Promise({"theme:family": 1.0})).taste == lesson(Emoji("love")).taste


def test_what_was_chosen_over_what_is_remembered_as_far_as_scenes_depend_on_it() -> None:
    chosen = ChoiceMade("s1.choice", "tell")
    taste = lesson(chosen, promise=Promise({}, ("family",), ("robots",))).taste
    assert taste.preferences == (Preference("small", ("family",), ("robots",)),)
    for same in (Promise(), Promise({}, ("family",), ()), Promise({}, (), ("robots",))):
        assert lesson(chosen, promise=same).taste.preferences == ()
    for number in range(PREFERENCES_LIMIT):
        taste = taste.preferred(Preference("small", (f"{number}",), ("robots",)))
    assert len(taste.preferences) == PREFERENCES_LIMIT
    assert taste.preferences[0].taken == ("0",)


def test_more_of_the_same_is_held_against_the_sameness_not_against_what_is_liked() -> None:
    again = Moment(ROBOTS, before=ROBOTS, earlier=(ROBOTS,))
    fresh = Moment(ROBOTS, before=FAMILY, earlier=(FAMILY,))
    boring = Appeal(tedium=(0.2, 0.2, 0.2))
    bored = [lesson(Emoji("bored"), moment, appeal=boring).taste for moment in (again, fresh)]
    assert bored[0].mean("theme:robotics") > bored[1].mean("theme:robotics")
    same, other = (taste.impressions["small/robots"].repeats for taste in bored)
    assert same == (2.0, 2.0, 2.0)
    assert other == (2.0, 0.0, 0.0)


def test_a_late_act_sees_each_scene_after_what_came_before_it() -> None:
    late = Moment(FAMILY, before=ROBOTS, seconds_in=EMOJI_DELAY_S / 2.0, earlier=(FAMILY, ROBOTS))
    told = lesson(Emoji("love"), late).taste.impressions
    assert told["small/family"].repeats == (2.0, 0.0, 0.0)
    assert told["small/robots"].repeats == (2.0, 1.0, 1.0)


def test_feeling_passes_and_liking_stays() -> None:
    felt = lesson(Emoji("sad")).mood
    assert (felt.valence, felt.felt_at_frame) == (-0.5, 100)
    assert felt.at(100 + 3 * 1_440).valence > -0.1


def test_what_a_model_reads_in_words_goes_before_the_words_themselves() -> None:
    read = lesson(FreeText("less robotics"), leanings={"humour": 0.7}).taste
    assert read.mean("humour") > 0.4
    assert "theme:robotics" not in read.axes


def test_old_beliefs_have_faded_when_the_next_event_comes() -> None:
    old = lesson(Dial("humour", 0.9)).taste
    months_later = PreferenceEvent("event-0002", "session", "viewer", Dial("pace", 0.5), AT_S, AT_S + 120 * 86_400)
    taste = learn(months_later, old, Mood(), Moment(), STORY, 1).taste
    assert 0.2 < taste.mean("humour") < 0.5 * old.mean("humour")
    assert taste.axis("humour").variance > old.axis("humour").variance
