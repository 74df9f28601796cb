"""Who talks how in a composed story: what a manner changes, what it leaves alone, and that no turn becomes a tic."""

from __future__ import annotations

from collections import Counter

import pytest

from services.inference.adapters.writer_composed import load_banks
from services.inference.domain.story_manners import TURN_LIMIT, Manner, Manners, Said

pytestmark = pytest.mark.unit

SLOTS = {"hero": "Ann", "mate": "Bo", "machine": "Rivet", "voice": "Lumen", "other": "Mags", "hero_job": "engineer"}
STATEMENT = "The pump has been running since the morning."


def manners(seed: int = 1, **known: Manner) -> Manners:
    banks = {part: (manner,) for part, manner in known.items()}
    return Manners({"hero": (Manner("plain", ""),), "hero_child": (Manner("child", ""),), **banks}, False, seed, SLOTS)


def said(speaking: Manners, text: str, times: int = 1, speaker: str = "mate", emotion: str = "calm") -> list[str]:
    return [speaking.spoken(Said(text, speaker, emotion, "hero")) for _ in range(times)]


def test_a_part_without_a_manner_says_what_is_written() -> None:
    assert said(manners(), "It is here, and I do not know why.", speaker="stranger") == [
        "It is here, and I do not know why."
    ]


def test_words_are_contracted_but_not_where_they_are_stressed() -> None:
    speaking = manners(mate=Manner("m", "", contracts=True))
    assert said(
        speaking, "It is where I am every night. Whoever it is comes through. Here we are again. I do not mind."
    ) == ["It's where I am every night. Whoever it is comes through. Here we are again. I don't mind."]


def test_other_words_are_whole_words_and_keep_their_capital() -> None:
    speaking = manners(mate=Manner("m", "", words={"perhaps": "maybe", "very": "really"}))
    assert said(speaking, "Perhaps every one is very old.") == ["Maybe every one is really old."]


def test_one_thought_one_sentence() -> None:
    speaking = manners(mate=Manner("m", "", splits=True))
    assert said(speaking, "The door was open all night long, and nobody had seen to it.") == [
        "The door was open all night long. And nobody had seen to it."
    ]
    assert said(speaking, "It is old, and I like it.") == ["It is old, and I like it."]


def test_turns_are_spread_and_limited() -> None:
    speaking = manners(mate=Manner("m", "", opens={"calm": ("Well now.",)}, closes={"calm": (", you see",)}))
    lines = said(speaking, STATEMENT, times=60)
    adorned = [line for line in lines if line != STATEMENT]
    assert set(adorned) == {f"Well now. {STATEMENT}", f"{STATEMENT[:-1]}, you see."}
    assert max(Counter(adorned).values()) <= TURN_LIMIT
    assert all(STATEMENT in pair for pair in zip(lines, lines[1:], strict=False))


@pytest.mark.parametrize(
    "text", ["Yes. It has stopped.", "Was a question, all along.", "Then we go down and look.", "Nothing."]
)
def test_what_answers_or_goes_on_is_not_opened_anew(text: str) -> None:
    speaking = manners(mate=Manner("m", "", opens={"calm": ("Well now.",)}))
    assert set(said(speaking, text, times=30)) == {text}


@pytest.mark.parametrize(
    "text", ["Come over here and hold the lamp.", "I have never liked it down here.", "Is it still there at all?"]
)
def test_only_what_says_how_things_are_takes_a_tag(text: str) -> None:
    speaking = manners(mate=Manner("m", "", closes={"calm": (", you see",)}))
    assert set(said(speaking, text, times=30)) == {text}


def test_people_are_called_what_the_speaker_calls_them_and_not_twice() -> None:
    speaking = manners(mate=Manner("m", "", calls={"hero": "{hero_job}"}))
    assert "The pump has been running since the morning, engineer." in said(speaking, STATEMENT, times=20)
    named = "That was the last of the air for Ann."
    assert set(said(manners(mate=Manner("m", "", calls={"hero": "{hero_job}"})), named, times=20)) == {named}


def test_the_same_seed_speaks_alike_and_seeds_differ() -> None:
    banks = load_banks().manners
    drawn = [
        tuple(manner.manner_id for manner in Manners(banks, False, seed, SLOTS).by_part.values()) for seed in range(40)
    ]
    assert len(set(drawn)) > 12
    again = Manners(banks, False, 7, SLOTS)
    assert tuple(manner.manner_id for manner in again.by_part.values()) == drawn[7]


def test_no_two_parts_share_a_turn_so_that_lines_can_be_told_apart() -> None:
    banks = load_banks().manners
    turns = {
        part: {
            turn
            for manner in known
            for told in (manner.opens, manner.closes)
            for said_then in told.values()
            for turn in said_then
        }
        for part, known in banks.items()
    }
    grown = ["hero", "mate", "machine", "voice", "other"]
    shared = {(one, other): turns[one] & turns[other] for at, one in enumerate(grown) for other in grown[at + 1 :]}
    assert {pair: both for pair, both in shared.items() if both} == {}
    assert not any(manner.contracts for part in ("machine", "voice") for manner in banks[part])
    assert all(manner.contracts for manner in banks["hero"])
