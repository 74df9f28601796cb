"""Which events are taken: each bad field is refused by its name."""

from __future__ import annotations

import math

import pytest

from services.streaming.domain.events import (
    ACT_NAMES,
    DIALS,
    EMOJI,
    FREE_TEXT_LIMIT,
    Act,
    Calm,
    ChoiceMade,
    Dial,
    Emoji,
    FreeText,
    InvalidEvent,
    Pause,
    PreferenceEvent,
    Resume,
    Rewind,
    Skip,
    Visibility,
    Volume,
    check_event,
)

pytestmark = pytest.mark.unit


def event(act: Act, event_id: str = "event-0001") -> PreferenceEvent:
    return PreferenceEvent(event_id, "session", "viewer", act, 10.0, 11.0)


@pytest.mark.parametrize(
    "act",
    [
        *(Emoji(name) for name in EMOJI),
        *(Dial(name, value) for name in DIALS for value in (-1.0, 0.0, 1.0)),
        ChoiceMade("s1.choice", "tell"),
        FreeText("x" * FREE_TEXT_LIMIT),
        Skip(), Rewind(), Pause(), Resume(), Volume(0.0), Volume(1.0), Visibility(True), Calm(False),
    ],
    ids=repr,
)  # fmt: skip
def test_good_events_are_taken(act: Act) -> None:
    check_event(event(act))


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (Emoji("angry"), "emoji.name"),
        (Emoji(""), "emoji.name"),
        (Dial("gravity", 0.1), "dial.name"),
        (Dial("pace", 1.01), "dial.value"),
        (Dial("pace", -1.01), "dial.value"),
        (Dial("pace", math.nan), "dial.value"),
        (Dial("pace", math.inf), "dial.value"),
        (Volume(-0.1), "volume.level"),
        (Volume(1.1), "volume.level"),
        (Volume(math.nan), "volume.level"),
        (FreeText(""), "freeText.text"),
        (FreeText(" \n\t"), "freeText.text"),
        (FreeText("x" * (FREE_TEXT_LIMIT + 1)), "freeText.text"),
        (ChoiceMade("", "tell"), "choice"),
        (ChoiceMade("s1.choice", ""), "choice"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(act: Act, field: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        check_event(event(act))
    assert refused.value.field == field
    assert refused.value.reason
    assert field in str(refused.value)


@pytest.mark.parametrize("event_id", ["", "short", "x" * 65, "null\x00byte-1", "new\nline-01", "half\ud800pair"])
def test_an_event_id_has_8_to_64_printable_characters(event_id: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        check_event(event(Skip(), event_id))
    assert refused.value.field == "eventId"


@pytest.mark.parametrize("event_id", ["x" * 8, "x" * 64, "a0c1-5b7e:42"])
def test_any_printable_event_id_will_do(event_id: str) -> None:
    check_event(event(Skip(), event_id))


def test_every_kind_of_act_has_a_name() -> None:
    assert len(set(ACT_NAMES.values())) == 11
    assert event(FreeText("hello")).kind == "free_text"
