"""Slots of templates: what is filled in, with which capital."""

from __future__ import annotations

import pytest

from services.inference.domain.story_slots import UnknownSlot, fill, fill_name, with_article

pytestmark = pytest.mark.unit

SLOTS = {
    "thing": "the machine",
    "crew": "forty",
    "station": "Halcyon",
    "home": "the deck of {station}",
    "goal": "mend it",
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{thing} woke. {thing} spoke.", "The machine woke. The machine spoke."),
        ("{Crew} people saw {thing}.", "Forty people saw the machine."),
        ("{crew_l} went in, {crew_c} came out.", "Forty went in, Forty came out."),
        ("Go to {home}!", "Go to the deck of Halcyon!"),
        ("It is late. hurry.", "It is late. Hurry."),
    ],
)
def test_sentences_begin_with_a_capital(template: str, text: str) -> None:
    assert fill(template, SLOTS) == text


def test_names_keep_their_case_and_titles_are_titles() -> None:
    assert fill_name("{thing}", SLOTS) == "the machine"
    assert fill_name("{Goal_t}", SLOTS) == "Mend It"


def test_an_unknown_slot_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(UnknownSlot):
        fill("{nobody}", SLOTS)


def test_articles() -> None:
    assert (with_article("engineer"), with_article("diver")) == ("an engineer", "a diver")
