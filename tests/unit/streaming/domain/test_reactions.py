"""How deep the film reacts to each act, and what each act teaches."""

from __future__ import annotations

import pytest

from services.streaming.domain.events import (
    DIALS,
    EMOJI,
    Act,
    Calm,
    ChoiceMade,
    Depth,
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
from services.streaming.domain.look import NEUTRAL, Look
from services.streaming.domain.reactions import PULSE_FRAMES, Lesson, learn, react
from services.streaming.domain.story import Beat
from services.streaming.domain.taste import EMPTY, Mood, Taste
from tests.unit.streaming.domain.small_story import small_story, start

pytestmark = pytest.mark.unit

BEAT = start(themes={"robotics": 1.0}, tone={"warmth": 0.8, "tension": 0.1})


def event(act: Act, event_id: str = "event-0001") -> PreferenceEvent:
    return PreferenceEvent(event_id, "session", "viewer", act, 10.0, 11.0)


def lesson(act: Act, beat: Beat | None = BEAT) -> Lesson:
    return learn(event(act), EMPTY, Mood(), beat, small_story(), 100)


@pytest.mark.parametrize(
    ("act", "depth", "restyle", "rethink"),
    [
        (Emoji("love"), Depth.GRADE, False, True),
        (Emoji("laugh"), Depth.GRADE, False, True),
        (Emoji("sad"), Depth.GRADE, False, True),
        (Emoji("wow"), Depth.GRADE, True, True),
        (Emoji("tense"), Depth.GRADE, True, True),
        (Emoji("bored"), Depth.GRADE, True, True),
        (Dial("tension", 0.5), Depth.GRADE, True, True),
        (Calm(True), Depth.GRADE, True, False),
        (Rewind(), Depth.SHOT, False, False),
        (Skip(), Depth.STORY, False, True),
        (FreeText("more robots"), Depth.STORY, False, True),
        (ChoiceMade("s1.choice", "tell"), Depth.STORY, False, True),
        (Pause(), Depth.NONE, False, False),
        (Resume(), Depth.NONE, False, False),
        (Volume(0.5), Depth.NONE, False, False),
        (Visibility(True), Depth.NONE, False, False),
    ],
    ids=repr,
)
def test_each_act_reaches_its_depth(act: Act, depth: Depth, restyle: bool, rethink: bool) -> None:
    reaction = react(event(act), BEAT)
    assert (reaction.depth, reaction.restyle, reaction.rethink) == (depth, restyle, rethink)
    assert reaction.why
    assert bool(reaction.changed) == (depth is not Depth.NONE)


@pytest.mark.parametrize("name", EMOJI)
def test_each_emoji_changes_the_look_and_passes(name: str) -> None:
    change = react(event(Emoji(name)), BEAT).look
    assert change is not None
    look = Look().with_change(change)
    assert look.at(20) != NEUTRAL
    assert look.at(PULSE_FRAMES + 48) == NEUTRAL


@pytest.mark.parametrize("name", DIALS)
def test_each_dial_lasts_and_turns_both_ways(name: str) -> None:
    up, down = (react(event(Dial(name, value)), BEAT) for value in (1.0, -1.0))
    assert up.look is not None
    assert down.look is not None
    assert up.look.hold_frames == -1
    assert dict(up.look.delta) == {field: -amount for field, amount in down.look.delta}
    assert up.changed != down.changed
    assert Look().with_change(up.look).at(10_000) != NEUTRAL


def test_a_dial_at_its_middle_leaves_the_look_as_it_was() -> None:
    change = react(event(Dial("pace", 0.0)), BEAT).look
    assert change is not None
    assert Look().with_change(change).at(100) == NEUTRAL


def test_two_emoji_are_two_pulses() -> None:
    first, second = (react(event(Emoji("wow"), name), BEAT).look for name in ("event-0001", "event-0002"))
    assert first is not None
    assert second is not None
    assert first.name != second.name


def test_liking_what_plays_is_liking_its_themes_and_tones() -> None:
    taste = lesson(Emoji("love")).taste
    assert taste.mean("theme:robotics") > 0.2
    assert taste.mean("warmth") > 0.2
    assert taste.axis("tension").taught_by == ()
    assert lesson(Emoji("bored")).taste.mean("theme:robotics") < -0.2


def test_before_the_first_beat_an_emoji_teaches_its_tone_alone() -> None:
    assert list(lesson(Emoji("laugh"), beat=None).taste.axes) == ["humour"]


def test_skipping_is_disliking_and_rewinding_is_liking() -> None:
    assert lesson(Skip()).taste.mean("theme:robotics") < 0.0 < lesson(Rewind()).taste.mean("theme:robotics")
    assert lesson(Skip()).taste.mean("pace") > 0.0


def test_leaving_the_page_teaches_little_and_coming_back_nothing() -> None:
    assert -0.2 < lesson(Visibility(True)).taste.mean("theme:robotics") < 0.0
    assert lesson(Visibility(False)).taste == EMPTY


def test_muting_is_a_weak_dislike() -> None:
    assert lesson(Volume(0.0)).taste.mean("theme:robotics") < 0.0 < lesson(Volume(0.8)).taste.mean("theme:robotics")


@pytest.mark.parametrize("act", [Pause(), Resume(), Calm(True), ChoiceMade("s1.choice", "tell")], ids=repr)
def test_handling_the_player_teaches_nothing(act: Act) -> None:
    assert lesson(act) == Lesson(EMPTY, Mood())


def test_feeling_passes_and_liking_stays() -> None:
    felt = lesson(Emoji("sad")).mood
    assert (felt.valence, felt.felt_at_frame) == (-0.5, 100)
    assert felt.at(100 + 3 * 1_440).valence > -0.1


def taught(text: str) -> Taste:
    return lesson(FreeText(text)).taste


@pytest.mark.parametrize(
    ("text", "axis", "sign"),
    [
        ("Make it funny!", "humour", 1),
        ("please less funny", "humour", -1),
        ("This is too scary", "tension", -1),
        ("I want it SCARY", "tension", 1),
        ("explain the physics", "science", 1),
        ("no science please", "science", -1),
        ("slower", "pace", -1),
        ("this is boring", "pace", 1),
        ("not boring at all", "pace", -1),
        ("more robotics", "theme:robotics", 1),
        ("without robotics", "theme:robotics", -1),
        ("it is so beautiful", "wonder", 1),
    ],
)
def test_words_move_the_taste_that_they_speak_of(text: str, axis: str, sign: int) -> None:
    assert sign * taught(text).mean(axis) > 0.2


def test_words_within_other_words_do_not_count() -> None:
    assert taught("the surreal corridor") == EMPTY
    assert taught("unscientific") == EMPTY


def test_words_of_nothing_known_teach_nothing() -> None:
    assert taught("where are my keys") == EMPTY
