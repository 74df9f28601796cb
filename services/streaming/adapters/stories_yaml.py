"""Loads a story from its YAML file; whatever is wrong is reported at once, each with its line and a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from services.streaming.adapters.beats_yaml import BeatReading, read_conditions, read_id
from services.streaming.adapters.yaml_reading import (
    ErrorList,
    Fields,
    StoryError,
    StoryFileError,
    line_of,
    parse_document,
    read_document,
    read_number,
    read_text,
)
from services.streaming.domain import picture_words as words
from services.streaming.domain.story import (
    NARRATOR_ROLE,
    TONE_AXES,
    CharacterSheet,
    FactDeclaration,
    FactValue,
    MarkRule,
    MoodMusic,
    Place,
    PlannedMinutes,
    Source,
    Story,
    Style,
    Thing,
    Topic,
)
from services.streaming.domain.story_grammar import Names, PhraseError, read_value
from services.streaming.domain.transitions import GENRES
from services.streaming.ports import UnreadableStory

__all__ = ["StoryError", "StoryFileError", "list_stories", "load", "load_text", "read_made"]

_KEY = re.compile(r"^[A-G](#|b)?m?$")
_URL = re.compile(r"^https://[^\s<>\"']+$")


def list_stories(folder: Path) -> tuple[Path, ...]:
    """The story files of a folder, by name."""
    return tuple(sorted(path for path in folder.glob("*.yaml") if path.is_file()))


def load(path: Path) -> Story:
    """Raises StoryFileError, which holds every error of the file."""
    return _read(read_document(path, path.name), path.name)


def load_text(text: str, shown_path: str) -> Story:
    """A story that is in no file; shown_path: what errors call it. Raises StoryFileError."""
    return _read(parse_document(text.encode("utf-8", "replace"), shown_path), shown_path)


def read_made(text: str, shown_path: str) -> Story:
    """As `load_text`, for stories that a model made. Raises UnreadableStory."""
    try:
        return load_text(text, shown_path)
    except StoryFileError as error:
        raise UnreadableStory(str(error)) from error


def _read(root: Node, shown_path: str) -> Story:
    errors = ErrorList(shown_path)
    story = _StoryReading(root, errors).story()
    if errors.found:
        raise StoryFileError(errors.found)
    return story


class _StoryReading:
    """One pass over the names, so that references can be checked wherever they stand, then one over everything."""

    def __init__(self, root: Node, errors: ErrorList) -> None:
        self.errors = errors
        self.root = Fields(
            root,
            "story",
            errors,
            known="language things topics marks sources fiction lexicon",
            needed="story_id title logline premise themes planned_minutes style cast places facts beats",
        )
        facts = [self._fact(where, node) for where, node in self._declared("facts", "name")]
        self.names = Names(
            facts={fact.name: fact for fact in facts},
            characters=self._ids("cast", "id"),
            places=self._ids("places", "id"),
            topics=self._ids("topics", "id"),
            things=self._ids("things", "id"),
            beats=self._ids("beats", "id"),
            sources=self._ids("sources", "id"),
        )
        self.themes = self.root.texts("themes")

    def story(self) -> Story:
        root, beats = self.root, BeatReading(self.names, self.themes, self.errors)
        return Story(
            story_id=read_id(root, "story_id"),
            title=root.text("title", most=80),
            logline=root.text("logline", most=300),
            premise=root.text("premise", most=2000),
            language=root.text("language", "en", most=10),
            themes=self.themes,
            tone_axes=TONE_AXES,
            planned_minutes=self._planned_minutes(),
            style=self._style(),
            cast=tuple(self._character(where, node) for where, node in self._declared("cast", "id")),
            places=tuple(self._place(where, node) for where, node in self._declared("places", "id")),
            facts=tuple(self.names.facts.values()),
            topics=tuple(self._topic(where, node) for where, node in self._declared("topics", "id")),
            things=tuple(self._thing(where, node) for where, node in self._declared("things", "id")),
            marks=tuple(self._mark(where, node) for where, node in root.items("marks")),
            beats=tuple(beats.beat(where, node) for where, node in self._declared("beats", "id")),
            sources=tuple(self._source(where, node) for where, node in self._declared("sources", "id")),
            fiction=root.texts("fiction"),
            lexicon=self._lexicon(),
        )

    def _lexicon(self) -> dict[str, str]:
        """How words are said: `Okoro: /okˈɔɹO/` or `ISRU: in situ`."""
        entries: dict[str, str] = {}
        for _, word, node in self.root.pairs("lexicon"):
            said = read_text(node, f"lexicon.{word}", self.errors, 80)
            if not word.strip() or set("[]()") & set(word + said):
                self.errors.add(node, f"lexicon.{word}", "must have no brackets")
            entries[word] = said
        return entries

    def _declared(self, key: str, id_key: str) -> Iterable[tuple[str, Node]]:
        """Items of a list of named things; the way to each shows its name."""
        for where, node in self.root.items(key):
            name = _scalar(node, id_key)
            yield (f"{key}.{name}" if name else where), node

    def _ids(self, key: str, id_key: str) -> frozenset[str]:
        seen: set[str] = set()
        for where, node in self.root.items(key):
            name = _scalar(node, id_key)
            if name in seen:
                self.errors.add(node, where, f"{name!r} is declared twice")
            if name:
                seen.add(name)
        return frozenset(seen)

    def _planned_minutes(self) -> PlannedMinutes:
        node = self.root.entries.get("planned_minutes", self.root.node)
        fields = Fields(node, "planned_minutes", self.errors, known="", needed="least most default")
        least, most = fields.number("least", 1, 180, 8), fields.number("most", 1, 180, 20)
        default = fields.number("default", 1, 180, 12)
        if not least <= default <= most:
            fields.report("default", "must lie between least and most")
        return PlannedMinutes(least, most, default)

    def _style(self) -> Style:
        fields = Fields(self.root.entries.get("style", self.root.node), "style", self.errors, "genre", "palette music")
        scores = []
        for where, node in fields.items("music"):
            score = Fields(node, where, self.errors, known="", needed="mood key tempo_bpm")
            key = score.text("key")
            if key and not _KEY.match(key):
                score.report("key", "must be a key such as C, F#m or Bb")
            tempo = score.number("tempo_bpm", 30, 200, 80)
            scores.append(MoodMusic(score.word("mood", words.MOODS), key, tempo))
        if not scores:
            fields.report("music", "must name at least one score")
        genre = fields.word("genre", tuple(GENRES), "drama")
        return Style(fields.word("palette", words.PALETTES), tuple(scores), genre)

    def _fact(self, where: str, node: Node) -> FactDeclaration:
        fields = Fields(node, where, self.errors, known="values sentences", needed="name type initial")
        kind = fields.word("type", ("bool", "int", "enum"), "bool")
        values: tuple[FactValue, ...] = fields.texts("values")
        if kind == "int":
            values = self._range(fields)
        elif kind == "enum" and not values:
            fields.report("values", "must list the words of an enum")
        declared = FactDeclaration(read_id(fields, "name"), kind, False, values)
        sentences = []
        for key, word, value in fields.pairs("sentences"):
            held = self._value(declared, word, key, fields.at("sentences"))
            sentences.append((held, read_text(value, fields.at("sentences"), self.errors, 200)))
        initial_node = fields.entries.get("initial", node)
        initial = self._value(declared, fields.text("initial"), initial_node, fields.at("initial"))
        return FactDeclaration(declared.name, kind, initial, values, tuple(sentences), line_of(node))

    def _range(self, fields: Fields) -> tuple[FactValue, ...]:
        ends = [read_number(n, where, self.errors, -1000, 1000) for where, n in fields.items("values")]
        if len(ends) != 2 or ends[0] >= ends[1]:
            fields.report("values", "must be the least and the greatest number, e.g. [0, 5]")
            return (0, 1000)
        return (int(ends[0]), int(ends[1]))

    def _value(self, declared: FactDeclaration, word: str, node: Node, where: str) -> FactValue:
        try:
            return read_value(declared, word)
        except PhraseError as error:
            self.errors.add(node, where, str(error))
            return False

    def _topic(self, where: str, node: Node) -> Topic:
        fields = Fields(node, where, self.errors, known="words", needed="id sentence")
        return Topic(read_id(fields, "id"), fields.text("sentence"), fields.texts("words"), line_of(node))

    def _thing(self, where: str, node: Node) -> Thing:
        fields = Fields(node, where, self.errors, known="carries", needed="id name")
        return Thing(
            read_id(fields, "id"), fields.text("name"), fields.word("carries", words.TREATMENTS), line_of(node)
        )

    def _source(self, where: str, node: Node) -> Source:
        fields = Fields(node, where, self.errors, known="", needed="id claim citation url")
        url = fields.text("url", most=300)
        if url and not _URL.match(url):
            fields.report("url", "must be an https address")
        return Source(read_id(fields, "id"), fields.text("claim"), fields.text("citation"), url, line_of(node))

    def _mark(self, where: str, node: Node) -> MarkRule:
        fields = Fields(node, where, self.errors, known="places", needed="mark when")
        return MarkRule(
            mark=fields.word("mark", words.MARKS),
            requires=read_conditions(fields, "when", self.names),
            places=fields.words("places", tuple(self.names.places)),
            source_line=line_of(node),
        )

    def _character(self, where: str, node: Node) -> CharacterSheet:
        fields = Fields(
            node,
            where,
            self.errors,
            known="puppet puppet_outside treatment starts_at knows needs_air everywhere silent_when called",
            needed="id name role manner voice",
        )
        role = fields.text("role")
        if role != NARRATOR_ROLE and not fields.flag("everywhere", False) and not fields.has("starts_at"):
            fields.report("starts_at", "is missing: where is the character when the film begins?")
        return CharacterSheet(
            character_id=read_id(fields, "id"),
            name=fields.text("name", most=60),
            role=role,
            manner=fields.text("manner"),
            voice=fields.word("voice", words.VOICES),
            puppet=fields.word("puppet", words.PUPPETS),
            puppet_outside=fields.word("puppet_outside", words.PUPPETS),
            treatment=fields.word("treatment", words.TREATMENTS),
            starts_at=fields.word("starts_at", tuple(self.names.places)),
            knows=fields.words("knows", tuple(self.names.topics)),
            needs_air=fields.flag("needs_air", True),
            everywhere=fields.flag("everywhere", False),
            silent_when=read_conditions(fields, "silent_when", self.names),
            called=fields.texts("called"),
            source_line=line_of(node),
        )

    def _place(self, where: str, node: Node) -> Place:
        fields = Fields(
            node,
            where,
            self.errors,
            known="reachable_from stages breathable airless_when closed_when",
            needed="id name set inside ambience description",
        )
        return Place(
            place_id=read_id(fields, "id"),
            name=fields.text("name", most=80),
            set_name=fields.word("set", words.SETS),
            inside=fields.flag("inside", True),
            ambience=fields.text("ambience", most=40),
            description=fields.text("description"),
            reachable_from=fields.words("reachable_from", tuple(self.names.places)),
            stages=fields.words("stages", words.STAGES) or words.STAGES,
            breathable=fields.flag("breathable", True),
            airless_when=read_conditions(fields, "airless_when", self.names),
            closed_when=read_conditions(fields, "closed_when", self.names),
            source_line=line_of(node),
        )


def _scalar(node: Node, key: str) -> str:
    if not isinstance(node, MappingNode):
        return ""
    for name, value in node.value:
        if name.value == key and isinstance(value, ScalarNode):
            return str(value.value).strip()
    return ""
