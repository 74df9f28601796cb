"""The writer over random weights and made-up proposals: what is spoken is checked, counted and repeatable."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from services.inference.adapters.writer_transformers.chat_model import ChatModel, Deadline
from services.inference.adapters.writer_transformers.strategies import (
    ChosenVariant,
    LineAtATime,
    Proposal,
    SceneStrategy,
    WholeSceneJson,
    parse_scene,
    scene_as_json,
)
from services.inference.adapters.writer_transformers.writer import TransformersWriter
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.line_check import FREE_RULES, LineRules, Refusal
from services.inference.domain.writing import AuthoredLine, Character, SceneBrief

CAST = (
    Character("tam", "Tam", "quick, practical"),
    Character("hob", "Hob", "deadpan and literal"),
    Character("narrator", "Narrator", "quiet"),
)
BRIEF = SceneBrief(
    beat_id="mast",
    purpose="notice the tapping",
    place="mars surface",
    cast=CAST,
    lines=(
        AuthoredLine("tam", "Get back from the mast. The cable is starting to tear.", "urgent"),
        AuthoredLine("hob", "I am not built for running.", "calm"),
        AuthoredLine("tam", "I will carry you, Hob.", "warm"),
        AuthoredLine("narrator", "On Mars, the sunsets are blue.", "calm", may_vary=False),
    ),
    names=("Tam", "Hob"),
    seed=4,
)


class SameMeaning:
    """Every pair of sentences is as similar as it is told."""

    fingerprint = "same"

    def __init__(self, cosine: float = 1.0) -> None:
        self._cosine = cosine

    def similarities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [self._cosine] * len(pairs)


@dataclass(frozen=True)
class Scripted:
    """Proposals by round."""

    by_round: tuple[Mapping[int, Proposal], ...]
    name: str = "scripted"
    rules: LineRules = FREE_RULES

    @property
    def rounds(self) -> int:
        return len(self.by_round)

    def propose(
        self, model: ChatModel, brief: SceneBrief, asked: Sequence[int], round_index: int, deadline: Deadline
    ) -> Mapping[int, Proposal]:
        return {index: text for index, text in self.by_round[round_index].items() if index in asked}


@pytest.fixture(scope="module")
def model(chat_folder: Path) -> ChatModel:
    return ChatModel.load(str(chat_folder), "cpu")


def writer(model: ChatModel, *rounds: Mapping[int, Proposal], cosine: float = 1.0) -> TransformersWriter:
    return TransformersWriter(model, Scripted(rounds), SameMeaning(cosine))


def test_a_good_proposal_is_spoken_and_the_rest_stays_authored(model: ChatModel) -> None:
    written = writer(model, {2: "I'll carry you, Hob."}).write_scene(BRIEF, 60)
    assert [line.source for line in written] == ["authored", "authored", "model", "authored"]
    assert written[2].text == "I'll carry you, Hob."
    assert written[2].refusal == ""
    assert [(line.speaker, line.emotion) for line in written] == [(line.speaker, line.emotion) for line in BRIEF.lines]


def test_a_refused_proposal_says_why_and_the_line_may_be_proposed_again(model: ChatModel) -> None:
    bad = {2: "I will not carry you, Hob."}
    refused = writer(model, bad).write_scene(BRIEF, 60)[2]
    assert (refused.text, refused.source) == (BRIEF.lines[2].text, "authored")
    assert refused.refusal == Refusal.NEGATION_CHANGED
    assert writer(model, bad, {2: "I'll carry you, Hob."}).write_scene(BRIEF, 60)[2].source == "model"


def test_a_changed_meaning_is_refused(model: ChatModel) -> None:
    line = writer(model, {2: "I'll carry you, Hob."}, cosine=0.3).write_scene(BRIEF, 60)[2]
    assert line.refusal == Refusal.MEANING


def test_lines_that_may_not_vary_are_not_asked_for(model: ChatModel) -> None:
    line = writer(model, {3: "On Mars, the sunrises are blue."}).write_scene(BRIEF, 60)[3]
    assert (line.text, line.source, line.refusal) == (BRIEF.lines[3].text, "authored", "")


def test_acceptances_and_refusals_are_counted(model: ChatModel) -> None:
    engine = writer(model, {0: "", 1: Refusal.NO_OTHER_WAY, 2: "I'll carry you, Hob."})
    engine.write_scene(BRIEF, 60)
    engine.write_scene(BRIEF, 60)
    stats = engine.stats()
    assert stats.accepted == 2
    assert stats.refusals == {Refusal.NOTHING_PROPOSED: 2, Refusal.NO_OTHER_WAY: 2}


@pytest.mark.parametrize("strategy", [ChosenVariant(), LineAtATime(), WholeSceneJson(tokens_per_line=8)])
def test_every_strategy_is_repeatable_and_gives_a_line_for_each(model: ChatModel, strategy: SceneStrategy) -> None:
    engine = TransformersWriter(model, strategy, SameMeaning())
    written = engine.write_scene(BRIEF, 60)
    assert engine.write_scene(BRIEF, 60) == written
    assert [line.speaker for line in written] == [line.speaker for line in BRIEF.lines]
    assert all(line.source == "model" or line.refusal for line in written[:3])
    assert strategy.name in engine.fingerprint


def test_chosen_variants_are_spoken_and_the_seed_chooses(model: ChatModel) -> None:
    engine = TransformersWriter(model, ChosenVariant(worse_nats=9, temperature=50), SameMeaning())
    heard = {engine.write_scene(replace(BRIEF, seed=seed), 60)[0].text for seed in range(8)}
    assert heard >= {
        "The cable is starting to tear. Get back from the mast.",
        "Get back from the mast. The cable is beginning to tear.",
    }


def test_variants_less_natural_than_the_authored_line_are_not_spoken(model: ChatModel) -> None:
    engine = TransformersWriter(model, ChosenVariant(worse_nats=-9), SameMeaning())
    assert engine.write_scene(BRIEF, 60)[0].refusal == Refusal.LESS_NATURAL


def test_without_time_the_scene_is_as_authored(model: ChatModel) -> None:
    for strategy in (ChosenVariant(), LineAtATime(), WholeSceneJson()):
        engine = TransformersWriter(model, strategy, SameMeaning())
        engine.write_scene(BRIEF, 60)
        written = engine.write_scene(BRIEF, 1e-6)
        assert [line.text for line in written] == [line.text for line in BRIEF.lines]
        assert written[0].refusal == Refusal.DEADLINE


def test_a_deadline_is_above_zero(model: ChatModel) -> None:
    with pytest.raises(InvalidAsk, match="deadline_s"):
        writer(model, {}).write_scene(BRIEF, 0)


def test_a_scene_is_told_as_json_with_numbers_on_the_asked_lines_only() -> None:
    told = json.loads(scene_as_json(BRIEF, [0, 2]))
    assert [line.get("index") for line in told["lines"]] == [0, None, 2, None]
    assert told["lines"][0]["speaker"] == "Tam"
    assert told["names"] == ["Tam", "Hob"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"lines":[{"index":0,"text":" Back. "},{"index":9,"text":"x"}]}', {0: "Back."}),
        ('Sure!\n```json\n{"lines":[{"index":2,"text":"Go."}]}\n```', {2: "Go."}),
        ('{"lines":[{"index":"0","text":"x"}]}', {}),
        ('{"lines":[{"index":0}]}', {}),
        ('{"rows":[]}', {}),
        ('{"lines":[{"index":0,"te', {}),
        ("no json", {}),
        ("{" * 5000, {}),
    ],
)
def test_only_objects_of_the_schema_are_read(text: str, found: dict[int, str]) -> None:
    assert parse_scene(text, [0, 2]) == found
