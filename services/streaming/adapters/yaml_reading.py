"""Reads YAML nodes as typed values and collects every error with its line. Knows nothing of stories.

Aliases, anchors, tags and oversized documents are refused before anything is built from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from services.streaming.domain.story_grammar import near

MOST_BYTES = 1_000_000
MOST_NODES = 40_000
DEEPEST = 16


@dataclass(frozen=True, slots=True)
class StoryError:
    """line counts from 1; field is the way to the value, e.g. "beats[3].lines[0].who"."""

    path: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.field}: {self.message}"


class StoryFileError(Exception):
    """The file is no story. errors: everything that is wrong with it, in order of lines."""

    def __init__(self, errors: Sequence[StoryError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: error.line))
        super().__init__("\n".join(str(error) for error in self.errors))


@dataclass(slots=True)
class ErrorList:
    """Errors of one file, in the order in which they are found."""

    path: str
    found: list[StoryError] = field(default_factory=list)

    def add(self, node: Node, where: str, message: str) -> None:
        self.found.append(StoryError(self.path, line_of(node), where, message))


def line_of(node: Node) -> int:
    """The line on which the node starts, from 1."""
    return int(node.start_mark.line) + 1


def read_document(path: Path, shown_path: str) -> Node:
    """The document's root node. Raises StoryFileError for what is no single, plain, reasonably sized YAML document."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _refusal(shown_path, 1, f"cannot be read: {error.strerror}") from error
    return parse_document(raw, shown_path)


def parse_document(raw: bytes, shown_path: str) -> Node:
    """The root node of a document that is in memory. Raises StoryFileError."""
    if len(raw) > MOST_BYTES:
        raise _refusal(shown_path, 1, f"is larger than {MOST_BYTES} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal(shown_path, raw[: error.start].count(b"\n") + 1, "is not UTF-8") from error
    try:
        root = _compose(text)
    except _Hazard as hazard:
        line, message = hazard.args
        raise _refusal(shown_path, line, message) from hazard
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"is not YAML: {error.problem or error.context}"
        raise _refusal(shown_path, mark.line + 1 if mark else 1, message) from error
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        message = f"holds the character U+{int(error.character):04X}, which is not allowed"
        raise _refusal(shown_path, line, message) from error
    if root is None:
        raise _refusal(shown_path, 1, "is empty")
    return root


def _refusal(shown_path: str, line: int, message: str) -> StoryFileError:
    return StoryFileError([StoryError(shown_path, line, "document", message)])


class _Hazard(Exception):
    """What no story needs and an attacker would use; args: line, message."""


class _GuardedComposer(Composer):
    """Refuses anchors, depth and number before the node is made."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.depth = self.count = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        line = event.start_mark.line + 1
        self.count += 1
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise _Hazard(line, "anchors and aliases are not allowed in a story")
        if getattr(event, "ctag", None) is not None and str(event.ctag) not in ("None", "!"):
            raise _Hazard(line, "tags are not allowed in a story")
        if self.depth >= DEEPEST:
            raise _Hazard(line, f"is nested deeper than {DEEPEST}")
        if self.count > MOST_NODES:
            raise _Hazard(line, f"has more than {MOST_NODES} nodes")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _compose(text: str) -> Node | None:
    reader = YAML(typ="safe", pure=True)
    reader.Composer = _GuardedComposer
    node: Node | None = reader.compose(text)
    return node


class Fields:
    """The entries of one mapping. Every getter reports what is wrong and gives a value to go on with."""

    def __init__(self, node: Node, where: str, errors: ErrorList, known: str, needed: str = "") -> None:
        self.node, self.where, self.errors = node, where, errors
        self.entries: dict[str, Node] = {}
        names = (*needed.split(), *known.split())
        if not isinstance(node, MappingNode):
            errors.add(node, where, f"must be a mapping with {', '.join(names[:6])}")
            return
        for key, value in node.value:
            name = str(key.value)
            if name in self.entries:
                errors.add(key, f"{where}.{name}", "is given twice")
            elif name not in names:
                errors.add(key, f"{where}.{name}", f"unknown key; {near(name, names)}")
            else:
                self.entries[name] = value
        for name in needed.split():
            if name not in self.entries:
                errors.add(node, f"{where}.{name}", "is missing")

    @property
    def line(self) -> int:
        return line_of(self.node)

    def has(self, key: str) -> bool:
        return key in self.entries

    def at(self, key: str) -> str:
        return f"{self.where}.{key}"

    def report(self, key: str, message: str) -> None:
        self.errors.add(self.entries.get(key, self.node), self.at(key), message)

    def text(self, key: str, default: str = "", most: int = 600) -> str:
        node = self.entries.get(key)
        if node is None:
            return default
        return read_text(node, self.at(key), self.errors, most)

    def word(self, key: str, allowed: Sequence[str], default: str = "") -> str:
        node = self.entries.get(key)
        if node is None:
            return default
        return read_word(node, self.at(key), self.errors, allowed)

    def words(self, key: str, allowed: Sequence[str]) -> tuple[str, ...]:
        return tuple(read_word(node, where, self.errors, allowed) for where, node in self.items(key))

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(read_text(node, where, self.errors, 600) for where, node in self.items(key))

    def number(self, key: str, least: float, most: float, default: float) -> float:
        node = self.entries.get(key)
        if node is None:
            return default
        return read_number(node, self.at(key), self.errors, least, most)

    def whole(self, key: str, least: int, most: int, default: int) -> int:
        node = self.entries.get(key)
        if node is None:
            return default
        value = read_number(node, self.at(key), self.errors, least, most)
        if value != int(value):
            self.report(key, "must be a whole number")
        return int(value)

    def flag(self, key: str, default: bool) -> bool:
        node = self.entries.get(key)
        if node is None:
            return default
        if not (isinstance(node, ScalarNode) and node.value in ("true", "false") and node.style is None):
            self.report(key, "must be true or false")
            return default
        return bool(node.value == "true")

    def items(self, key: str) -> list[tuple[str, Node]]:
        """(way, node) of a sequence's items."""
        node = self.entries.get(key)
        if node is None:
            return []
        if not isinstance(node, SequenceNode):
            self.report(key, "must be a list")
            return []
        return [(f"{self.at(key)}[{index}]", item) for index, item in enumerate(node.value)]

    def pairs(self, key: str) -> list[tuple[Node, str, Node]]:
        """(key node, key, value node) of a mapping with free keys."""
        node = self.entries.get(key)
        if node is None:
            return []
        if not isinstance(node, MappingNode):
            self.report(key, "must be a mapping")
            return []
        return [(name, str(name.value), value) for name, value in node.value]

    def weights(self, key: str, allowed: Sequence[str], least: float = 0.0) -> dict[str, float]:
        """Axis -> number between least and 1."""
        weights: dict[str, float] = {}
        for name_node, name, value in self.pairs(key):
            if name not in allowed:
                self.errors.add(name_node, self.at(key), f"unknown {name!r}; {near(name, tuple(allowed))}")
            elif name in weights:
                self.errors.add(name_node, self.at(key), f"{name!r} is given twice")
            else:
                weights[name] = read_number(value, f"{self.at(key)}.{name}", self.errors, least, 1.0)
        return weights


def read_text(node: Node, where: str, errors: ErrorList, most: int) -> str:
    """A scalar as text, with line breaks and runs of blanks made single blanks."""
    if not isinstance(node, ScalarNode):
        errors.add(node, where, "must be text")
        return ""
    text = " ".join(str(node.value).split())
    if not text:
        errors.add(node, where, "is empty")
    if len(text) > most:
        errors.add(node, where, f"is longer than {most} characters")
    return text


def read_word(node: Node, where: str, errors: ErrorList, allowed: Sequence[str]) -> str:
    """A scalar that is one of the allowed words."""
    word = read_text(node, where, errors, 100)
    if word and word not in allowed:
        errors.add(node, where, f"unknown {word!r}; {near(word, tuple(allowed))}")
    return word


def read_number(node: Node, where: str, errors: ErrorList, least: float, most: float) -> float:
    """A plain scalar that is a number within its range; the nearer end of the range when it is not."""
    text = node.value if isinstance(node, ScalarNode) and node.style is None else ""
    try:
        value = float(text)
    except ValueError:
        errors.add(node, where, f"must be a number from {least:g} to {most:g}")
        return least
    if not least <= value <= most:
        errors.add(node, where, f"must lie from {least:g} to {most:g}, not at {text}")
        return least
    return value
