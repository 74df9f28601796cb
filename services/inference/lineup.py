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
    """engine: its name; options: what else the lineup says of it."""

    engine: str
    options: Mapping[str, Any]

    def text(self, name: str) -> str:
        """An option that must be there. Raises LineupError."""
        value = self.options.get(name)
        if not isinstance(value, str) or not value:
            raise LineupError(f"engine {self.engine!r} needs the option {name!r}")
        return value


@dataclass(frozen=True, slots=True)
class Lineup:
    name: str
    engines: Mapping[str, EngineChoice]

    def choice(self, kind: str) -> EngineChoice:
        """The engine behind a service."""
        return self.engines[kind]


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
        choices[kind] = EngineChoice(entry["engine"], {key: value for key, value in entry.items() if key != "engine"})
    return Lineup(str(data.get("lineup", path.stem)), choices)
