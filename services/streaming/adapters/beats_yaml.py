"""Reads one beat of a story file: its people, lines, shots, cues and choice. Names come checked from the whole file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from ruamel.yaml.nodes import Node

from services.streaming.adapters.yaml_reading import ErrorList, Fields, line_of, read_number, read_text
from services.streaming.domain import picture_words as words
from services.streaming.domain.story import (
    DEPTH_AXES,
    PURPOSES,
    TONE_AXES,
    Appearance,
    Beat,
    Choice,
    Condition,
    Cues,
    Effect,
    Line,
    LineVariant,
    Option,
    ShotHint,
    SoundHint,
)
from services.streaming.domain.story_grammar import Names, PhraseError, near, parse_condition, parse_effect

_ID = re.compile(r"^[a-z][a-z0-9_]{0,47}$")
_Read = TypeVar("_Read")


def read_id(fields: Fields, key: str) -> str:
    """A name that phrases, logs and addresses can hold."""
    text = fields.text(key, most=48)
    if text and not _ID.match(text):
        fields.report(key, "must be lower case letters, digits and _, beginning with a letter")
    return text


def read_conditions(fields: Fields, key: str, names: Names) -> tuple[Condition, ...]:
    """A list of phrases such as "tam knows signal"."""
    return _phrases(fields, key, names, parse_condition)


def read_effects(fields: Fields, key: str, names: Names) -> tuple[Effect, ...]:
    """A list of phrases such as "power = failing"."""
    return _phrases(fields, key, names, parse_effect)


def _phrases(fields: Fields, key: str, names: Names, parse: Callable[[str, Names], _Read]) -> tuple[_Read, ...]:
    read = []
    for where, node in fields.items(key):
        phrase = read_text(node, where, fields.errors, 200)
        try:
            read.append(parse(phrase, names))
        except PhraseError as error:
            fields.errors.add(node, where, str(error))
    return tuple(read)


class BeatReading:
    """Reads beats against the names and themes of their story."""

    def __init__(self, names: Names, themes: tuple[str, ...], errors: ErrorList) -> None:
        self.names, self.themes, self.errors = names, themes, errors

    def beat(self, where: str, node: Node) -> Beat:
        fields = Fields(
            node,
            where,
            self.errors,
            known="time time_passes weather mood tension themes tone science_depth requires opening effects cast suits "
            "shots cues choice weight once follows duration_s",
            needed="id act purpose title place lines",
        )
        cast = self._appearances(fields)
        lines = tuple(self._line(way, item) for way, item in fields.items("lines"))
        if fields.has("lines") and not lines:
            fields.report("lines", "must hold at least one line")
        present = tuple(appearance.character_id for appearance in cast)
        return Beat(
            beat_id=read_id(fields, "id"),
            act=fields.whole("act", 1, 3, 1),
            purpose=fields.word("purpose", PURPOSES),
            title=fields.text("title", most=60),
            place=fields.word("place", tuple(self.names.places)),
            lines=lines,
            time_of_day=fields.word("time", words.TIMES_OF_DAY, "day"),
            time_passes=fields.word("time_passes", words.PASSING, "never"),
            weather=fields.word("weather", words.WEATHERS, ""),
            mood=fields.word("mood", words.MOODS, "calm"),
            tension=fields.number("tension", 0, 1, 0.3),
            themes=fields.weights("themes", self.themes),
            tone=fields.weights("tone", TONE_AXES),
            science_depth=fields.number("science_depth", 0, 1, 0.3),
            requires=read_conditions(fields, "requires", self.names),
            opening=read_effects(fields, "opening", self.names),
            effects=read_effects(fields, "effects", self.names),
            cast=cast,
            suits=fields.words("suits", present) if fields.has("suits") else None,
            shots=tuple(self._shot(way, item, present, len(lines)) for way, item in fields.items("shots")),
            cues=self._cues(fields, len(lines)),
            choice=self._choice(fields),
            weight=fields.number("weight", 0, 10, 1.0),
            once=fields.flag("once", True),
            follows=fields.words("follows", tuple(self.names.beats)),
            duration_s=fields.number("duration_s", 0, 300, 0.0),
            source_line=line_of(node),
        )

    def _appearances(self, fields: Fields) -> tuple[Appearance, ...]:
        seen: dict[str, Appearance] = {}
        for key, name, value in fields.pairs("cast"):
            where = f"{fields.at('cast')}.{name}"
            if name not in self.names.characters:
                self.errors.add(key, where, f"unknown character; {near(name, self.names.characters)}")
            if name in seen:
                self.errors.add(key, where, "is given twice")
            position, _, pose = read_text(value, where, self.errors, 60).partition(" ")
            if position not in words.STAGES:
                self.errors.add(value, where, f"unknown position {position!r}; {near(position, words.STAGES)}")
            if pose and pose not in words.POSES:
                self.errors.add(value, where, f"unknown pose {pose!r}; {near(pose, words.POSES)}")
            seen[name] = Appearance(name, position, pose or "stand")
        return tuple(seen.values())

    def _line(self, where: str, node: Node) -> Line:
        fields = Fields(
            node,
            where,
            self.errors,
            known="emotion intent to over may_vary tells variants when cites made_up",
            needed="who say",
        )
        characters = tuple(self.names.characters)
        cites = fields.words("cites", tuple(self.names.sources))
        if cites and fields.flag("made_up", False):
            fields.report("made_up", "cannot be said of a line that cites a source")
        if cites and fields.flag("may_vary", False):
            fields.report("may_vary", "must not be true: a line that cites a source is said as it stands")
        return Line(
            speaker=fields.word("who", characters),
            text=fields.text("say", most=400),
            emotion=fields.word("emotion", words.EMOTIONS, "calm"),
            intent=fields.text("intent", most=200),
            listener=fields.word("to", characters),
            over=fields.word("over", ("radio", "recording", "loudspeaker")),
            may_vary=fields.flag("may_vary", not cites),
            tells=fields.words("tells", tuple(self.names.topics)),
            variants=self._variants(fields),
            requires=read_conditions(fields, "when", self.names),
            cites=cites,
            invented=fields.flag("made_up", False),
            source_line=line_of(node),
        )

    def _variants(self, fields: Fields) -> tuple[LineVariant, ...]:
        kinds = tuple(f"{axis}_{level}" for axis in DEPTH_AXES for level in ("low", "high"))
        variants = []
        for key, kind, value in fields.pairs("variants"):
            if kind not in kinds:
                self.errors.add(key, fields.at("variants"), f"unknown variant {kind!r}; {near(kind, kinds)}")
                continue
            axis, _, level = kind.partition("_")
            text = read_text(value, f"{fields.at('variants')}.{kind}", self.errors, 400)
            variants.append(LineVariant(axis, level, text))
        return tuple(variants)

    def _shot(self, where: str, node: Node, present: tuple[str, ...], line_count: int) -> ShotHint:
        fields = Fields(
            node, where, self.errors, known="from_line subject camera strength place effects", needed="framing"
        )
        return ShotHint(
            framing=fields.word("framing", words.FRAMINGS),
            from_line=fields.whole("from_line", 0, max(line_count - 1, 0), 0),
            subject=fields.word("subject", (*present, *words.STAGES)),
            camera=fields.word("camera", words.CAMERA_MOVES, "still"),
            strength=fields.number("strength", 0, 1, 0.5),
            place=fields.word("place", tuple(self.names.places)),
            effects=tuple(fields.weights("effects", words.EFFECTS).items()),
            source_line=line_of(node),
        )

    def _cues(self, beat: Fields, line_count: int) -> Cues:
        mood = beat.word("mood", words.MOODS, "calm")
        if not beat.has("cues"):
            return Cues(music=mood)
        fields = Fields(beat.entries["cues"], beat.at("cues"), self.errors, known="music intensity sounds effects")
        ends = [read_number(n, where, self.errors, 0, 1) for where, n in fields.items("intensity")]
        if fields.has("intensity") and len(ends) != 2:
            fields.report("intensity", "must be two numbers: at the start and at the end")
        sounds = tuple(self._sound(where, node, line_count) for where, node in fields.items("sounds"))
        return Cues(
            music=fields.word("music", words.MOODS, mood),
            intensity=(ends[0], ends[1]) if len(ends) == 2 else (0.4, 0.5),
            sounds=sounds,
            effects=tuple(fields.weights("effects", words.EFFECTS).items()),
        )

    def _sound(self, where: str, node: Node, line_count: int) -> SoundHint:
        fields = Fields(node, where, self.errors, known="at_line after_s gain pan", needed="sound")
        return SoundHint(
            sound=fields.word("sound", words.SOUNDS),
            at_line=fields.whole("at_line", 0, max(line_count - 1, 0), 0),
            after_s=fields.number("after_s", 0, 30, 0.0),
            gain=fields.number("gain", 0, 1, 1.0),
            pan=fields.number("pan", -1, 1, 0.0),
        )

    def _choice(self, beat: Fields) -> Choice | None:
        if not beat.has("choice"):
            return None
        fields = Fields(beat.entries["choice"], beat.at("choice"), self.errors, "countdown_s", "prompt options")
        options = tuple(self._option(where, node) for where, node in fields.items("options"))
        if not 2 <= len(options) <= 6:
            fields.report("options", "must hold two to six options")
        if sum(option.default for option in options) != 1:
            fields.report("options", "must hold exactly one option with default: true")
        if any(option.default and option.requires for option in options):
            fields.report("options", "the default option must be open always: give it no 'when'")
        if len({option.option_id for option in options}) < len(options):
            fields.report("options", "must differ in their id")
        return Choice(fields.text("prompt", most=120), options, fields.number("countdown_s", 3, 60, 10.0))

    def _option(self, where: str, node: Node) -> Option:
        fields = Fields(node, where, self.errors, known="default when effects consequence", needed="id label")
        return Option(
            option_id=read_id(fields, "id"),
            label=fields.text("label", most=60),
            effects=read_effects(fields, "effects", self.names),
            default=fields.flag("default", False),
            requires=read_conditions(fields, "when", self.names),
            consequence=fields.text("consequence", most=160),
            source_line=line_of(node),
        )
