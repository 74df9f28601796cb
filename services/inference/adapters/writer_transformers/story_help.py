"""What a chat model does for a story: a small one judges which wording is natural, a large one thinks the thing up.

A large model is asked for one JSON object under a schema; every value is checked, and what falls short is dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from services.inference.adapters.writer_transformers.chat_model import (
    ChatModel,
    Conversation,
    Deadline,
    Message,
    Sampling,
)
from services.inference.adapters.writer_transformers.strategies import first_object, holds_object
from services.inference.domain.line_words import PROFANE, stem, words_of
from services.inference.domain.story_banks import Ideas

_CONTEXT: Final = "The title of a film:\n"
_TEMPERATURE: Final = 0.8
_TOKENS_PER_SLOT: Final = 48
_SENTENCES: Final = frozenset({"truth", "cost", "proof"})
_SLOT_WORDS: Final = 14
_SENTENCE_WORDS: Final = 34
_PLAIN: Final = re.compile(r"[A-Za-z0-9 ,.;:!?'’\-]+")

_SYSTEM: Final = (
    "You invent the one strange thing that a film is about. You get a viewer's premise and answer with one JSON object "
    "and nothing else. The thing can speak, wants something, and is not what it seemed; nobody in the film is evil. "
    'In "slots": thing is what people call it, with "the"; thing_a is the same with "a"; sign and sign2 are clauses '
    "without a capital that tell how it is first noticed; sign_short says the first of them in three or four words, in "
    "the past; theory is a harmless explanation, with an article; want is an infinitive; truth is two or three short "
    "sentences that it says of itself, beginning with I am; proof is one sentence that shows its nature; cost is one "
    "or two sentences on what would be lost. Plain words, no quotation marks. The schema: "
)


class NaturalnessJudge:
    """For models too small to write: they say which of several texts sounds most natural."""

    def __init__(self, model: ChatModel) -> None:
        self.fingerprint = f"judged-by:{model.fingerprint}"
        self._model = model

    def most_natural(self, texts: Sequence[str], within_s: float) -> int | None:
        """The index of the text; None when there is no time to say."""
        scores = self._model.naturalness(_CONTEXT, texts, Deadline(within_s))
        return None if scores is None else max(range(len(scores)), key=scores.__getitem__)


class _ProposedIdeas(BaseModel):
    """The JSON object that the model is asked for; its schema is shown to it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    title: str
    slots: dict[str, str]


class ChatThinker:
    """For models that follow a schema."""

    def __init__(self, model: ChatModel) -> None:
        self.fingerprint = f"thought-up-by:{model.fingerprint}"
        self._model = model

    def ideas(self, premise: str, needed: Sequence[str], seed: int, within_s: float) -> Ideas:
        """Whatever of the needed slots passed; nothing when there was no time or no object."""
        if within_s <= 0:
            return Ideas()
        schema = json.dumps(_ProposedIdeas.model_json_schema(), separators=(",", ":"))
        preamble: tuple[Message, ...] = (("system", _SYSTEM + schema),)
        ask = json.dumps({"premise": premise, "slots_needed": list(needed)}, ensure_ascii=False)
        sampling = Sampling(_TEMPERATURE, 0.95, 64 + _TOKENS_PER_SLOT * len(needed), seed, holds_object)
        answer = self._model.answer([Conversation(preamble, ("user", ask))], sampling, Deadline(within_s))[0]
        return checked_ideas(answer.text, needed) if answer.complete else Ideas()


def checked_ideas(text: str, needed: Sequence[str]) -> Ideas:
    """The ideas in a model's answer that can be used as they stand.

    The thing's two names go together: with only one of them the lines would speak of two things.
    """
    try:
        proposed = _ProposedIdeas.model_validate(first_object(text))
    except ValidationError:
        return Ideas()
    slots = {name: said for name in needed if (said := _usable(name, " ".join(proposed.slots.get(name, "").split())))}
    if not _named(slots):
        slots = {name: said for name, said in slots.items() if name not in ("thing", "thing_a")}
    title = " ".join(proposed.title.split())
    fits = 0 < len(title) <= 60 and _decent(title) and _PLAIN.fullmatch(title) is not None
    return Ideas(slots, title if fits else "")


def _named(slots: Mapping[str, str]) -> bool:
    return slots.get("thing", "").startswith("the ") and slots.get("thing_a", "").startswith(("a ", "an ", "some"))


def _usable(name: str, said: str) -> str:
    """The value as a slot takes it, "" where it cannot be used."""
    if not said or not _PLAIN.fullmatch(said) or not _decent(said):
        return ""
    if name in _SENTENCES:
        whole = said[0].isupper() and said[-1] in ".!?"
        return said if whole and len(said.split()) <= _SENTENCE_WORDS else ""
    said = said.rstrip(".!?")
    if len(said.split()) > _SLOT_WORDS:
        return ""
    return said if said.split()[0] in ("I", "Earth", "Mars") else said[:1].lower() + said[1:]


def _decent(said: str) -> bool:
    return not any(word in PROFANE or stem(word) in PROFANE for word in words_of(said))
