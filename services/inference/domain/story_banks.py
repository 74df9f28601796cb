"""What a composed story is made of: dramatic structures, settings, subjects and names, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.inference.domain.premise_reading import Vocabulary
from services.inference.domain.story_manners import Manner


@dataclass(frozen=True, slots=True)
class LineTemplate:
    """speaker, listener: parts ("hero"). texts: alternatives with slots. fact: it states something that is true.
    echo: it says again what was said, on purpose."""

    speaker: str
    texts: tuple[str, ...]
    emotion: str = "calm"
    listener: str = ""
    over: str = ""
    fact: bool = False
    echo: bool = False


@dataclass(frozen=True, slots=True)
class BeatTemplate:
    """entry: what a story file says of a beat and needs no more than its slots filled. place: a role, not an id."""

    beat_id: str
    place: str
    entry: Mapping[str, Any]
    themes: Mapping[str, float]
    tone: Mapping[str, float]
    cast: Mapping[str, str]
    lines: tuple[LineTemplate, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """One kind of story. facts, marks: as in a story file. child: its hero is one."""

    structure_id: str
    logline: str
    titles: tuple[str, ...]
    genre: str
    facts: tuple[Mapping[str, Any], ...]
    beats: tuple[BeatTemplate, ...]
    marks: tuple[Mapping[str, Any], ...] = ()
    child: bool = False

    @property
    def has_stranger(self) -> bool:
        """Whether the thing that was found speaks in it; a tour or an errand finds none."""
        return any(line.speaker == "stranger" for beat in self.beats for line in beat.lines)


@dataclass(frozen=True, slots=True)
class TrueThing:
    """say: the fact as it is spoken. reference: who is cited for it."""

    say: str
    reference: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A thing worth seeing, at a place's role, with two true things about it."""

    name: str
    at: str
    facts: tuple[TrueThing, TrueThing]


@dataclass(frozen=True, slots=True)
class SettingPlace:
    set_name: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Setting:
    """open_air: people breathe outside. slots: what lines may say of it."""

    setting_id: str
    theme: str
    palette: str
    stations: tuple[str, ...]
    slots: Mapping[str, str]
    places: Mapping[str, SettingPlace]
    stops: tuple[Stop, ...]
    open_air: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """The thing that is found. stranger: what it is called when it speaks."""

    subject_id: str
    theme: str
    stranger: str
    slots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reference:
    citation: str
    url: str


@dataclass(frozen=True, slots=True)
class NameLists:
    """spare_job: the second part's, where the premise gave the first one theirs."""

    her: tuple[str, ...]
    him: tuple[str, ...]
    child: tuple[str, ...]
    machine: tuple[str, ...]
    voice: tuple[str, ...]
    other_her: tuple[str, ...]
    other_him: tuple[str, ...]
    keepsakes: tuple[str, ...]
    goal: tuple[str, str] = ("mend the old lamp", "the lamp")
    spare_job: str = "doctor"


@dataclass(frozen=True, slots=True)
class Banks:
    """Everything that stories are composed of, and the words that premises are read with."""

    structures: Mapping[str, Structure]
    settings: Mapping[str, Setting]
    subjects: Mapping[str, Subject]
    references: Mapping[str, Reference]
    names: NameLists
    vocabulary: Vocabulary
    manners: Mapping[str, Sequence[Manner]]


@dataclass(frozen=True, slots=True)
class Ideas:
    """What a large model thought of for this premise: slots that stand in for those of the banks, and a title."""

    slots: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    logline: str = ""
