"""How each part of a composed story talks, so that its lines can be told from the others' without a name before them.

A manner is data: what its speaker contracts, says instead, begins and ends with, and calls others. Knows no story.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from services.inference.domain.line_variants import contracted
from services.inference.domain.story_slots import fill_name

ADORNED_SHARE = 0.45
"""Of the lines that can take a turn of phrase, how many get one: more would be a tic."""
TURN_LIMIT = 3
"""How often a story hears the same turn from one speaker."""
LEAST_WORDS = 4
RECENT = 2
"""The latest turns of a speaker, which do not come again at once."""
SPLIT_ABOVE = 9
ADORNED_WORDS = 30
ANYONE = "anyone"

_SENTENCE = re.compile(r"[^.?!]+[.?!]+")
_JOINT = re.compile(r", (and|but) (?=(?:I|we|you|it|they|he|she|there|nobody|somebody)\b)")
_ANSWERS = re.compile(
    r"^(?:yes|no|then|and|but|so|well|because|that|or|to|for|if|not|ah|oh|right|one|was|were|is|are|on|thank|good)\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"^(?:it|that|there|this|they|he|she|the|a|an|you|we|nobody|somebody|everybody|people)\b", re.IGNORECASE
)
"""How a sentence begins that says how things are, so that "you see" or "mind" may end it."""


@dataclass(frozen=True, slots=True)
class Manner:
    """told: for whoever words its lines. contracts: says "it's". splits: one thought, one sentence.

    words: what it says instead, whole words in lower case. opens, closes: turns of phrase by emotion; a close that
    begins with a comma is said before the full stop. calls: what it calls other parts, by part; slots are filled.
    """

    manner_id: str
    told: str
    contracts: bool = False
    splits: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    opens: Mapping[str, Sequence[str]] = field(default_factory=dict)
    closes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be said: by and to which part, in what emotion."""

    text: str
    speaker: str
    emotion: str
    listener: str = ""


class Manners:
    """Who talks how in one story; remembers which turns were heard, so that none becomes a tic."""

    def __init__(self, banks: Mapping[str, Sequence[Manner]], child: bool, seed: int, slots: Mapping[str, str]) -> None:
        self._chance = Random(f"manners {seed}")
        parts = {part: banks["hero_child"] if part == "hero" and child else known for part, known in banks.items()}
        self.by_part = {part: self._chance.choice(known) for part, known in parts.items() if known}
        self._slots = slots
        self._heard: Counter[tuple[str, str]] = Counter()
        self._recent: dict[str, list[str]] = {}
        self._adorned_last: dict[str, bool] = {}

    def told(self, part: str) -> str:
        """The manner of a part in words, "" where it has none."""
        manner = self.by_part.get(part)
        return manner.told if manner is not None else ""

    def spoken(self, said: Said) -> str:
        """The text as this speaker says it."""
        manner = self.by_part.get(said.speaker)
        if manner is None:
            return said.text
        text = _reworded(said.text, manner)
        if manner.splits:
            text = _split(text)
        if not self._may_adorn(said, text):
            self._adorned_last[said.speaker] = False
            return text
        adorned = self._adorned(text, said, manner)
        self._adorned_last[said.speaker] = adorned != text
        return adorned

    def _may_adorn(self, said: Said, text: str) -> bool:
        if self._adorned_last.get(said.speaker, False) or not LEAST_WORDS <= len(text.split()) <= ADORNED_WORDS:
            return False
        return self._chance.random() < ADORNED_SHARE

    def _adorned(self, text: str, said: Said, manner: Manner) -> str:
        first = _SENTENCE.match(text)
        opens = manner.opens.get(said.emotion, ())
        called = manner.calls.get(said.listener) or (manner.calls.get(ANYONE, "") if said.listener else "")
        turns: list[tuple[str, str]] = []
        if first is not None and first.group().endswith(".") and _says_something(first.group()):
            turns += [("open", turn) for turn in opens]
        if text.endswith(".") and _STATES.match(_SENTENCE.findall(text)[-1].strip()):
            turns += [("close", turn) for turn in manner.closes.get(said.emotion, ())]
        if called and first is not None and "," not in first.group() and not self._names_somebody(text):
            turns.append(("call", fill_name(called, self._slots)))
        recent = self._recent.setdefault(said.speaker, [])
        turns = [one for one in turns if self._heard[said.speaker, one[1]] < TURN_LIMIT and one[1] not in recent]
        if not turns:
            return text
        fewest = min(self._heard[said.speaker, turn] for _, turn in turns)
        kind, turn = self._chance.choice([one for one in turns if self._heard[said.speaker, one[1]] == fewest])
        self._heard[said.speaker, turn] += 1
        recent[:] = [*recent, turn][-RECENT:]
        return _with_turn(text, kind, turn)

    def _names_somebody(self, text: str) -> bool:
        return any(self._slots.get(part, "\0") in text for part in ("hero", "mate", "machine", "voice", "other"))


def _says_something(sentence: str) -> bool:
    """Whether a sentence stands by itself: it neither answers nor goes on with what was said before."""
    return len(sentence.split()) > 2 and not _ANSWERS.match(sentence)


def _with_turn(text: str, kind: str, turn: str) -> str:
    if kind == "open":
        return f"{turn} {text}"
    if kind == "close":
        return f"{text[:-1]}{turn}." if turn.startswith(",") else f"{text} {turn}"
    first = _SENTENCE.match(text)
    assert first is not None
    end = first.end() - len(re.findall(r"[.?!]+$", first.group())[0])
    return f"{text[:end]}, {turn}{text[end:]}"


def _reworded(text: str, manner: Manner) -> str:
    for old, new in manner.words.items():
        text = re.sub(rf"\b{re.escape(old)}\b", new, text)
        text = re.sub(rf"\b{re.escape(old[:1].upper() + old[1:])}\b", new[:1].upper() + new[1:], text)
    return contracted(text) if manner.contracts else text


def _split(text: str) -> str:
    """Long sentences are parted where a new thought begins."""
    parts = _SENTENCE.findall(text)
    if "".join(parts).strip() != text:
        return text
    return "".join(
        _JOINT.sub(lambda joint: f". {joint.group(1).capitalize()} ", part, count=1)
        if len(part.split()) > SPLIT_ABOVE and not part.rstrip().endswith("?")
        else part
        for part in parts
    )
