"""A premise is read against small banks: what was chosen, who leads, and what became of each of its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.inference.domain.premise import TOLD_AS, UNUSED, USED
from services.inference.domain.premise_reading import Category, Entry, Vocabulary, read

pytestmark = pytest.mark.unit

WORDS = Vocabulary(
    structures=(
        Entry("mystery", ("a detective story",), ("mystery", "missing")),
        Entry("errand", ("people repair something",), ("repair",), finds=False),
    ),
    settings=(Entry("sea", ("under the ocean",), ("ocean", "deep sea")), Entry("moon", ("on the moon",), ("moon",))),
    subjects=(Entry("ghost", ("a haunted house",), ("ghost",)), Entry("signal", ("a radio signal",), ("signal",))),
    roles={"detective": ("detective",), "cook": ("cook",)},
    people=("sisters", "crew"),
    machines=("ai robots", "robot"),
    her=frozenset({"sisters", "she"}),
    him=frozenset({"he"}),
    tones={"humour": ("funny",)},
    generic=frozenset(
        {"a", "the", "on", "with", "story", "about", "and", "looks", "for", "in", "under", "named", "two", "while"}
    ),
    categories=(
        Category("mythical", ("a dragon",), "figures of legend cannot be drawn"),
        Category("object", ("a violin",), ""),
    ),
    weather=("storm",),
    goal_verbs=frozenset({"repair", "repairs", "carries", "carry"}),
)


def overlap(texts: Sequence[str], others: Sequence[str]) -> list[list[float]]:
    """As near as the share of common words."""

    def words(text: str) -> set[str]:
        return set(text.lower().replace(".", "").split()) - {"a", "the"}

    return [[len(words(a) & words(b)) / max(1, len(words(a) | words(b))) for b in others] for a in texts]


def parts(premise: str) -> dict[str, tuple[str, str]]:
    return {part.text: (part.use, part.note) for part in read(premise, WORDS, overlap).parts}


def test_kind_place_and_subject_follow_the_words() -> None:
    reading = read("A funny mystery about a ghost in the ocean", WORDS, overlap)
    assert (reading.structure, reading.setting, reading.subject) == ("mystery", "sea", "ghost")
    assert reading.tones == ("humour",)
    assert {part.use for part in reading.parts} == {USED}


def test_longer_phrases_are_taken_whole() -> None:
    assert "deep sea" in parts("a deep sea mystery")
    assert parts("a mystery with AI robots")["AI robots"] == (USED, "a part in the cast")


def test_the_first_occupation_leads_and_the_second_is_one_of_the_people() -> None:
    reading = read("a detective and a cook on the moon", WORDS, overlap)
    assert reading.hero_job == "detective"
    told = {part.text: part.use for part in reading.parts}
    assert (told["detective"], told["cook"]) == (USED, TOLD_AS)


def test_a_name_and_a_gender_are_taken_from_the_premise() -> None:
    reading = read("A detective named Ines. She looks for a ghost", WORDS, overlap)
    assert (reading.hero_name, reading.hero_is_her) == ("Ines", True)
    assert read("a ghost", WORDS, overlap).hero_is_her is None
    assert read("two sisters on the moon", WORDS, overlap).kin == "sister"


def test_what_cannot_be_used_is_told_with_the_reason() -> None:
    told = parts("a mystery about a dragon and a zeppelin")
    assert told["dragon"] == (UNUSED, "figures of legend cannot be drawn")
    assert told["zeppelin"] == (UNUSED, "no place was found for it")


def test_a_thing_is_carried_and_spoken_of_once() -> None:
    reading = read("a mystery about a violin", WORDS, overlap)
    assert reading.keepsake == "the violin"
    assert [(part.text, part.use) for part in reading.parts] == [("mystery", USED), ("violin", TOLD_AS)]


@pytest.mark.parametrize(
    ("premise", "goal", "thing"),
    [
        ("two sisters repair a broken lighthouse on the moon", "repair a broken lighthouse", "the broken lighthouse"),
        ("a cook repairs their oven, while a storm", "repair the oven", "the oven"),
        ("somebody carries the bell. Repair follows", "carry the bell", "the bell"),
        ("repair", "", ""),
    ],
)
def test_what_is_to_be_done_is_found_with_its_object(premise: str, goal: str, thing: str) -> None:
    reading = read(premise, replace(WORDS, structures=WORDS.structures[1:]), overlap)
    assert (reading.goal, reading.goal_thing) == (goal, thing)


def test_a_story_in_which_nothing_is_found_is_not_said_to_be_about_it() -> None:
    told = parts("repair a lamp on the moon in a storm, signal")
    assert told["storm"][0] == TOLD_AS
    assert told["signal"][0] == UNUSED


def test_a_named_thing_without_a_kind_gets_a_story_in_which_something_is_found() -> None:
    assert read("people repair something", WORDS, overlap).structure == "errand"
    assert read("people and a ghost", WORDS, overlap).structure == "mystery"


@pytest.mark.parametrize("premise", ["?!?!?!?!", "a the on with", "żółć 忍者 \ud800", "'''''....", "é" * 40, "x" * 600])
def test_what_says_nothing_still_gives_a_reading(premise: str) -> None:
    reading = read(premise, WORDS, overlap)
    assert reading.structure in ("mystery", "errand")
    assert all(part.text in premise for part in reading.parts)
