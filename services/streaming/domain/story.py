"""The authored world of a film: cast, places, canon declared, beats and endings. Values only.

Knows neither the file it came from nor the engines that draw it; names of sets, puppets and voices are plain words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

FactValue = bool | int | str

NARRATOR_ROLE = "narrator"
PURPOSES = (
    "opening",
    "setup",
    "complication",
    "revelation",
    "breather",
    "character",
    "turn",
    "descent",
    "climax",
    "ending",
)
TONE_AXES = ("tension", "humour", "wonder", "warmth", "darkness")
DEPTH_AXES = ("science", "humour")

_Named = TypeVar("_Named")


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of canon.

    kind: "fact" (subject operator value), "knows" (character, topic), "at" (character, place), "alive" (character),
    "suited" (character), "works" (thing), "played" (beat), "reachable" (place; value: the character who goes).
    operator: "==" "!=" "<" "<=" ">" ">=" for facts, "==" otherwise. negated turns the outcome round.
    """

    kind: str
    subject: str
    operator: str = "=="
    value: FactValue = True
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of canon.

    kind: "set" (fact = value), "add" (fact += value, kept within its range), "learns" (character, topic),
    "moves" (character, place), "dies" (character), "breaks" (thing), "repairs" (thing).
    """

    kind: str
    subject: str
    value: FactValue = True


@dataclass(frozen=True, slots=True)
class FactDeclaration:
    """kind: "bool" | "int" | "enum". values: the enum's words, or the least and the greatest int.
    sentences: value -> how the Writer is told of it."""

    name: str
    kind: str
    initial: FactValue
    values: tuple[FactValue, ...] = ()
    sentences: tuple[tuple[FactValue, str], ...] = ()
    source_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Topic:
    """Something a character may know. words: who says one of them speaks of the topic. sentence: for the Writer."""

    topic_id: str
    sentence: str
    words: tuple[str, ...] = ()
    source_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can break. carries: the line treatment ("radio") that is impossible while it is broken."""

    thing_id: str
    name: str
    carries: str = ""
    source_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class MarkRule:
    """While `requires` holds, `mark` shows on the places (all places when none is named)."""

    mark: str
    requires: tuple[Condition, ...]
    places: tuple[str, ...] = ()
    source_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class CharacterSheet:
    """puppet, puppet_outside: designs without and with a suit; "" for a voice without a body.
    treatment: how the voice always sounds ("", "radio", "helmet", "hologram", "alien", "loudspeaker").
    starts_at: place id. everywhere: is heard wherever people are (colony announcements), unless silent_when holds.
    needs_air: must wear a suit where nothing can be breathed."""

    character_id: str
    name: str
    role: str
    manner: str
    voice: str
    puppet: str = ""
    puppet_outside: str = ""
    treatment: str = ""
    starts_at: str = ""
    knows: tuple[str, ...] = ()
    needs_air: bool = True
    everywhere: bool = False
    silent_when: tuple[Condition, ...] = ()
    called: tuple[str, ...] = ()
    source_line: int = field(default=0, compare=False)

    @property
    def narrates(self) -> bool:
        """Whether the character stands outside the story: never present, knows everything."""
        return self.role == NARRATOR_ROLE

    def puppet_for(self, suited: bool) -> str:
        """The design to draw."""
        return self.puppet_outside if suited and self.puppet_outside else self.puppet


@dataclass(frozen=True, slots=True)
class Place:
    """set_name: the Painter's design. breathable: false where everyone who needs air wears a suit.
    airless_when, closed_when: canon under which the air is gone, or nobody can go in.
    reachable_from: neighbours, both ways. stages: stage positions that beats may use here."""

    place_id: str
    name: str
    set_name: str
    inside: bool
    ambience: str
    description: str
    reachable_from: tuple[str, ...] = ()
    stages: tuple[str, ...] = ("left", "centre", "right", "far")
    breathable: bool = True
    airless_when: tuple[Condition, ...] = ()
    closed_when: tuple[Condition, ...] = ()
    source_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact that lines state can be looked up. claim: the fact in a sentence; citation: the work; url: https."""

    source_id: str
    claim: str
    citation: str
    url: str
    source_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class LineVariant:
    """Another wording for a viewer whose taste on `axis` ("science", "humour") is "low" or "high"."""

    axis: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """intent: what the line must achieve. over: "radio" when the speaker is elsewhere. listener: whom it is said to.
    tells: topics that everyone present knows from here on. requires: said only while it holds.
    cites: sources of what the line states as fact; invented: it sounds like a fact and is part of the fiction."""

    speaker: str
    text: str
    emotion: str = "calm"
    intent: str = ""
    listener: str = ""
    over: str = ""
    may_vary: bool = True
    tells: tuple[str, ...] = ()
    variants: tuple[LineVariant, ...] = ()
    requires: tuple[Condition, ...] = ()
    cites: tuple[str, ...] = ()
    invented: bool = False
    source_line: int = field(default=0, compare=False)

    def text_for(self, science: float, humour: float) -> str:
        """The wording for a taste; science, humour: 0 (little) .. 1 (much), 0.5 is unknown."""
        leaning = {"science": science, "humour": humour}
        best, strength = self.text, 0.15
        for variant in self.variants:
            lean = leaning[variant.axis] - 0.5
            pull = lean if variant.level == "high" else -lean
            if pull > strength:
                best, strength = variant.text, pull
        return best


@dataclass(frozen=True, slots=True)
class Appearance:
    """A character in the picture of a beat."""

    character_id: str
    position: str
    pose: str = "stand"


@dataclass(frozen=True, slots=True)
class ShotHint:
    """What the author wants to see from line `from_line` on (0 is the first). subject: a character present or a stage
    position. place: another place to look at ("" is the beat's own). effects: (kind, strength)."""

    framing: str
    from_line: int = 0
    subject: str = ""
    camera: str = "still"
    strength: float = 0.5
    place: str = ""
    effects: tuple[tuple[str, float], ...] = ()
    source_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SoundHint:
    """A sound at the start of line `at_line`; after_s moves it, gain 0..1, pan -1 left .. +1 right."""

    sound: str
    at_line: int = 0
    after_s: float = 0.0
    gain: float = 1.0
    pan: float = 0.0


@dataclass(frozen=True, slots=True)
class Cues:
    """music: mood of the score, intensity 0..1 at the beat's start and end. effects: over the whole beat."""

    music: str
    intensity: tuple[float, float] = (0.4, 0.5)
    sounds: tuple[SoundHint, ...] = ()
    effects: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One way to decide. requires: offered only while it holds. consequence: what the viewer is told it did."""

    option_id: str
    label: str
    effects: tuple[Effect, ...]
    default: bool = False
    requires: tuple[Condition, ...] = ()
    consequence: str = ""
    source_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """Asked when the beat's lines are over; the default option is taken after countdown_s."""

    prompt: str
    options: tuple[Option, ...]
    countdown_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Beat:
    """One storylet.

    opening: effects before the first picture; effects: when it is over. suits: who wears one, None for whoever needs
    one where the place has no air. themes: theme -> 0..1; tone: tone axis -> 0..1. science_depth: 0..1.
    once: it is played at most once a session. weight: the author's own preference, 1 is neutral.
    follows: beats directly after which it works best (a wish, not a condition).
    duration_s: a hint; 0 lets the lines decide.
    time_of_day: the hour it is seen at, unless it is later already (`outdoors.py`). time_passes: one of PASSING; after
    a night its hour holds whatever came before. weather: "" where nothing is said of it: outside the sky is clear,
    inside it is as it was.
    """

    beat_id: str
    act: int
    purpose: str
    title: str
    place: str
    lines: tuple[Line, ...]
    time_of_day: str = "day"
    time_passes: str = "never"
    weather: str = ""
    mood: str = "calm"
    tension: float = 0.3
    themes: Mapping[str, float] = field(default_factory=dict)
    tone: Mapping[str, float] = field(default_factory=dict)
    science_depth: float = 0.3
    requires: tuple[Condition, ...] = ()
    opening: tuple[Effect, ...] = ()
    effects: tuple[Effect, ...] = ()
    cast: tuple[Appearance, ...] = ()
    suits: tuple[str, ...] | None = None
    shots: tuple[ShotHint, ...] = ()
    cues: Cues = Cues(music="calm")
    choice: Choice | None = None
    weight: float = 1.0
    once: bool = True
    follows: tuple[str, ...] = ()
    duration_s: float = 0.0
    source_line: int = field(default=0, compare=False)

    @property
    def ends(self) -> bool:
        """Whether the film is over after it."""
        return self.purpose == "ending"

    @property
    def present(self) -> tuple[str, ...]:
        """Character ids in the picture."""
        return tuple(appearance.character_id for appearance in self.cast)


@dataclass(frozen=True, slots=True)
class MoodMusic:
    """The score of one mood."""

    mood: str
    key: str
    tempo_bpm: float


@dataclass(frozen=True, slots=True)
class Style:
    """palette: the Painter's colour scheme. music: one score for each mood used. genre: how scenes give way."""

    palette: str
    music: tuple[MoodMusic, ...]
    genre: str = "drama"

    def score_of(self, mood: str) -> MoodMusic:
        """The score of a mood, the first declared one when the mood has none."""
        return next((score for score in self.music if score.mood == mood), self.music[0])


@dataclass(frozen=True, slots=True)
class PlannedMinutes:
    least: float
    most: float
    default: float


@dataclass(frozen=True, slots=True)
class Story:
    """beats holds the endings too; ids are unique within their kind.

    sources: what a story that teaches rests on; fiction: what in it is invented, in sentences. lexicon: how words are
    said that nobody would guess, as other words or /phonemes/.
    """

    story_id: str
    title: str
    logline: str
    premise: str
    language: str
    themes: tuple[str, ...]
    tone_axes: tuple[str, ...]
    planned_minutes: PlannedMinutes
    style: Style
    cast: tuple[CharacterSheet, ...]
    places: tuple[Place, ...]
    facts: tuple[FactDeclaration, ...]
    topics: tuple[Topic, ...]
    things: tuple[Thing, ...]
    marks: tuple[MarkRule, ...]
    beats: tuple[Beat, ...]
    sources: tuple[Source, ...] = ()
    fiction: tuple[str, ...] = ()
    lexicon: Mapping[str, str] = field(default_factory=dict)
    _beat_by_id: Mapping[str, Beat] = field(init=False, repr=False, compare=False)
    _sheet_by_id: Mapping[str, CharacterSheet] = field(init=False, repr=False, compare=False)
    _place_by_id: Mapping[str, Place] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # A frozen value can only fill its own indices this way; canon looks names up thousands of times a second.
        object.__setattr__(self, "_beat_by_id", {beat.beat_id: beat for beat in self.beats})
        object.__setattr__(self, "_sheet_by_id", {sheet.character_id: sheet for sheet in self.cast})
        object.__setattr__(self, "_place_by_id", {place.place_id: place for place in self.places})

    @property
    def openings(self) -> tuple[Beat, ...]:
        """Beats that a film may begin with."""
        return tuple(beat for beat in self.beats if beat.purpose == "opening")

    @property
    def endings(self) -> tuple[Beat, ...]:
        """Beats after which the film is over."""
        return tuple(beat for beat in self.beats if beat.ends)

    def character(self, character_id: str) -> CharacterSheet:
        """Raises KeyError."""
        return self._sheet_by_id[character_id]

    def place(self, place_id: str) -> Place:
        """Raises KeyError."""
        return self._place_by_id[place_id]

    def beat(self, beat_id: str) -> Beat:
        """Raises KeyError."""
        return self._beat_by_id[beat_id]

    def fact(self, name: str) -> FactDeclaration:
        """Raises KeyError."""
        return _named(self.facts, "name", name)

    def topic(self, topic_id: str) -> Topic:
        """Raises KeyError."""
        return _named(self.topics, "topic_id", topic_id)

    def thing(self, thing_id: str) -> Thing:
        """Raises KeyError."""
        return _named(self.things, "thing_id", thing_id)

    def source(self, source_id: str) -> Source:
        """Raises KeyError."""
        return _named(self.sources, "source_id", source_id)

    @property
    def names(self) -> tuple[str, ...]:
        """Every proper name that a line may hold: people and places."""
        people = [name for sheet in self.cast for name in (sheet.name, *sheet.called)]
        return tuple(dict.fromkeys([*people, *(place.name for place in self.places)]))


def _named(values: tuple[_Named, ...], attribute: str, wanted: str) -> _Named:
    for value in values:
        if getattr(value, attribute) == wanted:
            return value
    raise KeyError(wanted)
