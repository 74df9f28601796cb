"""What the Writer is asked when a viewer types a premise, and what it answers. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PREMISE_LIMIT = 600
SHORTEST_PREMISE = 8

USED, TOLD_AS, UNUSED = "used", "told_as", "unused"


@dataclass(frozen=True, slots=True)
class StoryAsk:
    """story_id: what the story will be called by. age_band: "general", "teen" or "child". seed makes it repeatable."""

    premise: str
    story_id: str
    seed: int = 0
    age_band: str = "general"


@dataclass(frozen=True, slots=True)
class PremisePart:
    """What became of some words of the premise. use: "used", "told_as" (in a way that note tells) or "unused" (why)."""

    text: str
    use: str
    note: str


@dataclass(frozen=True, slots=True)
class MadeStory:
    """document: the story by the schema of story files, as plain values. parts: in the order of the premise.

    model_lines: lines that a model chose or wrote; lines: all there are.
    """

    document: Mapping[str, Any]
    parts: tuple[PremisePart, ...]
    model_lines: int
    lines: int
