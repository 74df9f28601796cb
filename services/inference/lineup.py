"""Which engine stands behind each service: read from a lineup file, checked by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

KINDS = ("writer", "painter", "puppets", "voice", "composer", "foley", "animator", "guard")


class LineupError(ValueError):
    """A lineup file that cannot be used; the message names file and entry."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """kind: the service. engine: its name. options: what else the lineup says of it."""

    kind: str
    engine: str
    options: Mapping[str, Any]

    def text(self, name: str) -> str:
        """An option that must be there. Raises LineupError."""
        value = self.options.get(name)
        if not isinstance(value, str) or not value:
            raise LineupError(f"engines.{self.kind}.{name}: engine {self.engine!r} needs it, as text")
        return value

    def number(self, name: str, default: float) -> float:
        """Raises LineupError for what is no number."""
        value = self.options.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise LineupError(f"engines.{self.kind}.{name}: must be a number, not {value!r}")
        return value

    def count(self, name: str, default: int) -> int:
        """Raises LineupError for what is no whole number above 0."""
        value = self.number(name, default)
        if value != int(value) or value < 1:
            raise LineupError(f"engines.{self.kind}.{name}: must be a whole number above 0, not {value!r}")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        """Raises LineupError for what is neither true nor false."""
        value = self.options.get(name, default)
        if not isinstance(value, bool):
            raise LineupError(f"engines.{self.kind}.{name}: must be true or false, not {value!r}")
        return value


@dataclass(frozen=True, slots=True)
class Lineup:
    name: str
    engines: Mapping[str, EngineChoice]

    def choice(self, kind: str) -> EngineChoice:
        """The engine behind a service."""
        return self.engines[kind]

    @property
    def may_download(self) -> bool:
        """Whether an engine says `local_files_only: false`: its model may be a name on a hub."""
        return any(choice.options.get("local_files_only") is False for choice in self.engines.values())


def read_lineup(path: Path) -> Lineup:
    """Raises LineupError."""
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise LineupError(f"{path.name}: {error}") from error
    engines = data.get("engines") if isinstance(data, dict) else None
    if not isinstance(engines, dict):
        raise LineupError(f"{path.name}: 'engines' is missing")
    unknown = sorted(set(engines) - set(KINDS))
    missing = sorted(set(KINDS) - set(engines))
    if unknown or missing:
        raise LineupError(f"{path.name}: unknown services {unknown}, missing services {missing}")
    choices = {}
    for kind, entry in engines.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("engine"), str):
            raise LineupError(f"{path.name}: engines.{kind} needs 'engine'")
        options = {key: value for key, value in entry.items() if key != "engine"}
        choices[kind] = EngineChoice(kind, entry["engine"], options)
    return Lineup(str(data.get("lineup", path.stem)), choices)
