"""How a model is asked for a scene's lines: to choose among variants, to say one line anew, or to write all as JSON."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from services.inference.adapters.writer_transformers.chat_model import (
    ChatModel,
    Conversation,
    Deadline,
    Message,
    Sampling,
)
from services.inference.domain.line_check import CLOSE_RULES, FREE_RULES, LineRules, Refusal
from services.inference.domain.line_variants import Freedom, variants
from services.inference.domain.line_words import FORMAL_MANNERS
from services.inference.domain.writing import AuthoredLine, SceneBrief

Proposal = str | Refusal


class SceneStrategy(Protocol):
    """name is part of the engine's fingerprint; rounds: how often lines that were refused are asked for again."""

    @property
    def name(self) -> str: ...

    @property
    def rules(self) -> LineRules: ...

    @property
    def rounds(self) -> int: ...

    def propose(
        self, model: ChatModel, brief: SceneBrief, asked: Sequence[int], round_index: int, deadline: Deadline
    ) -> Mapping[int, Proposal]:
        """Index of an asked line -> a proposal for it, or why there is none; indices left out had no time."""


@dataclass(frozen=True, slots=True)
class ChosenVariant:
    """For models too small to reword a line: they judge which variant of it sounds natural after what was just said.

    A variant may be up to `worse_nats` per token less natural than the authored line; among those that are, the
    scene's seed draws one, natural ones more often.
    """

    name: str = "chosen-variant/1"
    rules: LineRules = CLOSE_RULES
    rounds: int = 1
    worse_nats: float = 0.15
    temperature: float = 0.15
    context_lines: int = 2

    def propose(
        self, model: ChatModel, brief: SceneBrief, asked: Sequence[int], round_index: int, deadline: Deadline
    ) -> Mapping[int, Proposal]:
        proposals: dict[int, Proposal] = {}
        for index in asked:
            line = brief.lines[index]
            offered = variants(line.text, _freedom(brief, line))
            proposals[index] = Refusal.NO_OTHER_WAY
            if not offered:
                continue
            scores = model.naturalness(self._context(brief, index), (line.text, *offered), deadline)
            if scores is None:
                proposals[index] = Refusal.DEADLINE
                continue
            drawn = self._drawn(offered, scores[1:], scores[0], brief.seed * 1009 + index)
            proposals[index] = drawn or Refusal.LESS_NATURAL
        return proposals

    def _context(self, brief: SceneBrief, index: int) -> str:
        before = [*brief.said, *(line.text for line in brief.lines[:index])][-self.context_lines :]
        return "".join(f"{text}\n" for text in ("From a film:", *before))

    def _drawn(self, offered: Sequence[str], scores: Sequence[float], authored: float, seed: int) -> str | None:
        fit = [
            (text, score) for text, score in zip(offered, scores, strict=True) if score >= authored - self.worse_nats
        ]
        if not fit:
            return None
        weights = [math.exp((score - authored) / self.temperature) for _, score in fit]
        return random.Random(seed).choices([text for text, _ in fit], weights)[0]


def _freedom(brief: SceneBrief, line: AuthoredLine) -> Freedom:
    speaker = next((m for m in brief.cast if line.speaker in {m.character_id, m.name}), None)
    manner = speaker.manner.lower() if speaker else ""
    formal = any(hint in manner for hint in FORMAL_MANNERS)
    narrates = line.speaker.lower() == "narrator" or (speaker is not None and speaker.name.lower() == "narrator")
    names = tuple(dict.fromkeys((*brief.names, *(member.name for member in brief.cast))))
    return Freedom(contract=not (formal or narrates), reorder=not narrates, names=names)


_LINE_SYSTEM: Final = (
    "You say one line of film dialogue again, a little differently. "
    "Keep every fact, name and number. Add nothing. Answer with the line only."
)
_LINE_EXAMPLES: Final = (
    ("The generator is failing. We need to shut it down before it burns.",
     "We need to shut the generator down before it burns. It's failing."),
    ("I have never seen stars like these, Tomas. It is like another sky.",
     "Tomas, I've never seen stars like these. It's like another sky."),
    ("Crew of the north tower, report to the airlock in six minutes.",
     "In six minutes, report to the airlock, crew of the north tower."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineAtATime:
    """For models that follow examples but not schemas: each line is a conversation of its own after three of them.

    Each round pushes harder off the original. batch_size bounds the time between two looks at the deadline.
    """

    name: str = "line-at-a-time/1"
    rules: LineRules = FREE_RULES
    copy_penalties: tuple[float, ...] = (1.0, 2.0, 3.0)
    temperature: float = 0.4
    batch_size: int = 8

    @property
    def rounds(self) -> int:
        return len(self.copy_penalties)

    def propose(
        self, model: ChatModel, brief: SceneBrief, asked: Sequence[int], round_index: int, deadline: Deadline
    ) -> Mapping[int, Proposal]:
        proposals: dict[int, Proposal] = {}
        for start in range(0, len(asked), self.batch_size):
            part = asked[start : start + self.batch_size]
            longest = max(model.token_count(brief.lines[index].text) for index in part)
            sampling = Sampling(self.temperature, 0.9, longest + 8, brief.seed + round_index, _line_ended)
            conversations = [self._conversation(brief.lines[index], round_index) for index in part]
            for index, answer in zip(part, model.answer(conversations, sampling, deadline), strict=True):
                if answer.complete:
                    proposals[index] = answer.text.strip().partition("\n")[0].strip()
        return proposals

    def _conversation(self, line: AuthoredLine, round_index: int) -> Conversation:
        preamble: list[Message] = [("system", _LINE_SYSTEM)]
        for original, again in _LINE_EXAMPLES:
            preamble += [("user", original), ("assistant", again)]
        return Conversation(tuple(preamble), ("user", line.text), line.text, self.copy_penalties[round_index])


def _line_ended(text: str) -> bool:
    return "\n" in text.lstrip()


class _ProposedLine(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    index: int
    text: str


class _ProposedScene(BaseModel):
    """The JSON object that the model is asked for; its schema is shown to it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    lines: list[_ProposedLine]


_SCENE_SYSTEM: Final = (
    "You are the dialogue writer of a film. You get a scene as JSON and say its numbered lines anew for this viewer. "
    "Each line keeps its speaker, intent, names, numbers and facts; it fits the speaker's manner, the emotion and "
    "the viewer's tone; it contradicts no fact, repeats nothing that was said, and has at most 28 words. "
    "No stage directions, no quotation marks. "
    "Answer with one JSON object and nothing else. Its schema: "
)


@dataclass(frozen=True, slots=True)
class WholeSceneJson:
    """The scene goes in as JSON and its lines come back as one JSON object, checked against a schema."""

    name: str = "whole-scene-json/1"
    rules: LineRules = FREE_RULES
    rounds: int = 2
    temperature: float = 0.7
    tokens_per_line: int = 64

    def propose(
        self, model: ChatModel, brief: SceneBrief, asked: Sequence[int], round_index: int, deadline: Deadline
    ) -> Mapping[int, Proposal]:
        schema = json.dumps(_ProposedScene.model_json_schema(), separators=(",", ":"))
        preamble: tuple[Message, ...] = (("system", _SCENE_SYSTEM + schema),)
        conversation = Conversation(preamble, ("user", scene_as_json(brief, asked)))
        budget = 32 + self.tokens_per_line * len(asked)
        sampling = Sampling(self.temperature, 0.95, budget, brief.seed + round_index, holds_object)
        answer = model.answer([conversation], sampling, deadline)[0]
        if not answer.complete:
            return {}
        return {**dict.fromkeys(asked, Refusal.NOTHING_PROPOSED), **parse_scene(answer.text, asked)}


def scene_as_json(brief: SceneBrief, asked: Sequence[int]) -> str:
    """What a large model is told of the scene; only the `asked` lines carry a number."""
    names = {member.character_id: member.name for member in brief.cast}
    lines = [
        {
            **({"index": position} if position in asked else {}),
            "speaker": names.get(line.speaker, line.speaker),
            "emotion": line.emotion,
            "intent": line.intent,
            "text": line.text,
        }
        for position, line in enumerate(brief.lines)
    ]
    scene = {
        "purpose": brief.purpose,
        "place": brief.place,
        "cast": [{"name": m.name, "manner": m.manner, "knows": m.knows} for m in brief.cast],
        "facts": brief.facts,
        "said_before": brief.said,
        "tone": brief.tone,
        "names": brief.names,
        "lines": lines,
    }
    return json.dumps(scene, ensure_ascii=False)


def parse_scene(text: str, asked: Sequence[int]) -> dict[int, str]:
    """Proposals out of a model's answer; nothing when it holds no object of the schema."""
    found = first_object(text)
    if found is None:
        return {}
    try:
        scene = _ProposedScene.model_validate(found)
    except ValidationError:
        return {}
    wanted = set(asked)
    return {line.index: line.text.strip() for line in reversed(scene.lines) if line.index in wanted}


def first_object(text: str) -> object | None:
    """The first JSON object in a model's answer."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        found: object = json.JSONDecoder().raw_decode(text, start)[0]
    except (json.JSONDecodeError, RecursionError):
        return None
    return found


def holds_object(text: str) -> bool:
    """Whether an answer has come to the end of its object."""
    return text.rstrip().endswith(("}", "`")) and first_object(text) is not None
