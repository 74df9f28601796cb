"""What the Writer is asked and what it answers: the lines of one scene."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Character:
    """manner: a short description of how the character speaks. knows: facts the character may refer to."""

    character_id: str
    name: str
    manner: str
    knows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthoredLine:
    """A line as the author wrote it. intent: what it must achieve. may_vary: the model may put it in other words."""

    speaker: str
    text: str
    emotion: str
    intent: str = ""
    may_vary: bool = True


@dataclass(frozen=True, slots=True)
class SceneBrief:
    """facts: canon in sentences. said: last lines heard, newest last. tone: taste in words, e.g. "wry", "technical".

    names: every name that may occur in a line. seed makes the writing repeatable.
    """

    beat_id: str
    purpose: str
    place: str
    cast: tuple[Character, ...]
    lines: tuple[AuthoredLine, ...]
    facts: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    tone: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """source: "model" | "authored". refusal: why the model's line was not taken ("" when it was, or was not asked)."""

    speaker: str
    text: str
    emotion: str
    source: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """category: "" when allowed; else "violence", "sexual", "hate", "self_harm", "personal_data", "injection", ...
    reasons are sentences fit to show to the viewer."""

    allowed: bool
    category: str = ""
    reasons: tuple[str, ...] = ()
