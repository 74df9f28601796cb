"""How deep the film reacts to each act, and what changes on the screen."""

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
from services.streaming.domain.reactions import PULSE_FRAMES, react
from tests.unit.streaming.domain.small_story import start

pytestmark = pytest.mark.unit

BEAT = start(themes={"robotics": 1.0}, tone={"warmth": 0.8, "tension": 0.1})


def event(act: Act, event_id: str = "event-0001") -> PreferenceEvent:
    return PreferenceEvent(event_id, "session", "viewer", act, 10.0, 11.0)


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
    assert up.look.delta == down.look.delta
    assert up.look.strength == -down.look.strength == 1.0
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
