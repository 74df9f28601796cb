"""What is taken of a model's ideas for a story, and how a model that is too small to write is asked to judge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.inference.adapters.writer_transformers.chat_model import ChatModel
from services.inference.adapters.writer_transformers.story_help import ChatThinker, NaturalnessJudge, checked_ideas
from services.inference.domain.story_banks import Ideas
from tests.unit.inference.adapters.writer_transformers.conftest import chat_folder

pytestmark = pytest.mark.unit

__all__ = ["chat_folder"]

NEEDED = ("thing", "thing_a", "sign", "truth", "want")
GOOD = {
    "thing": "the orchard",
    "thing_a": "an orchard that nobody planted",
    "sign": "Apples come out of the taps.",
    "truth": "I am what the sea remembers of the land. I am very old.",
    "want": "to be picked",
}


def answer(title: str = "The Orchard", **slots: str) -> str:
    return "Here it is: " + json.dumps({"title": title, "slots": {**GOOD, **slots}}) + "```"


def test_good_ideas_are_taken_in_the_form_that_slots_have() -> None:
    ideas = checked_ideas(answer(), NEEDED)
    assert ideas.title == "The Orchard"
    assert ideas.slots == {**GOOD, "sign": "apples come out of the taps"}


@pytest.mark.parametrize(
    ("slot", "said"),
    [
        ("sign", ""),
        ("sign", 'a "quoted" light'),
        ("sign", "<b>light</b>"),
        ("sign", " ".join(["light"] * 20)),
        ("truth", "no capital and no stop"),
        ("truth", "I am long. " * 20),
        ("want", "to say shit"),
    ],
)
def test_an_idea_that_falls_short_is_dropped_alone(slot: str, said: str) -> None:
    assert checked_ideas(answer(**{slot: said}), NEEDED).slots.keys() == GOOD.keys() - {slot}


def test_the_two_names_of_the_thing_go_together() -> None:
    assert checked_ideas(answer(thing="orchard"), NEEDED).slots.keys() == GOOD.keys() - {"thing", "thing_a"}
    assert checked_ideas(answer(thing_a=""), NEEDED).slots.keys() == GOOD.keys() - {"thing", "thing_a"}


def test_a_slot_that_nobody_asked_for_is_not_taken() -> None:
    assert "hero" not in checked_ideas(answer(hero="Bob"), NEEDED).slots


@pytest.mark.parametrize("title", ["", "x" * 61, "A <b>title</b>", "Holy shit"])
def test_a_title_that_cannot_be_shown_is_not_taken(title: str) -> None:
    assert checked_ideas(answer(title), NEEDED).title == ""


@pytest.mark.parametrize(
    "text", ["", "no object", "{}", '{"title": 3, "slots": {}}', '{"title": "a", "slots": {"b": 1}}', "[" * 5000]
)
def test_what_is_no_object_of_the_schema_gives_no_ideas(text: str) -> None:
    assert checked_ideas(text, NEEDED) == Ideas()


def test_a_model_of_random_weights_has_no_ideas_and_judges_all_the_same(chat_folder: Path) -> None:
    model = ChatModel.load(str(chat_folder), "cpu")
    assert ChatThinker(model).ideas("a mystery", NEEDED, 1, 20.0) == Ideas()
    assert ChatThinker(model).ideas("a mystery", NEEDED, 1, 0.0) == Ideas()
    judge = NaturalnessJudge(model)
    picked = judge.most_natural(["The sea is cold.", "Cold the is sea."], 20.0)
    assert picked in (0, 1)
    assert judge.most_natural(["The sea is cold.", "Cold the is sea."], 20.0) == picked
    assert judge.most_natural(["The sea is cold."], 1e-9) is None
