"""What the viewer does and when: read from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DEFAULT_SCRIPT = Path(__file__).parent / "scripts" / "default.yaml"
ACTS = {
    "emoji", "dial", "freeText", "skip", "rewind", "pause", "resume", "volume", "visibility", "calm",
}  # fmt: skip
ENTRY_KEYS = {"at_s", "act", "repeat", "every_s"}


class InvalidScript(ValueError):
    """A script that cannot be played; the message names the entry."""


@dataclass(frozen=True, slots=True)
class ScriptedAct:
    """at_s: since the first picture. body: the act in the protobuf JSON mapping, e.g. {"emoji": {"name": "wow"}}."""

    at_s: float
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        """Name of the act, e.g. "freeText"."""
        return next(iter(self.body))


@dataclass(frozen=True, slots=True)
class Script:
    """acts in the order of their times. choose: index of the option taken when a choice is offered, None to let it
    pass; choose_after_s: since it was offered.
    """

    acts: tuple[ScriptedAct, ...]
    choose: int | None = None
    choose_after_s: float = 2.0

    def until(self, end_s: float) -> Script:
        """The same script without what would come after a time."""
        return Script(tuple(act for act in self.acts if act.at_s <= end_s), self.choose, self.choose_after_s)


def load_script(path: Path = DEFAULT_SCRIPT) -> Script:
    """Raises OSError, InvalidScript."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InvalidScript(f"{path.name}: {error}") from error
    return read_script(document)


def read_script(document: Any) -> Script:
    """A script from what YAML gives. Raises InvalidScript."""
    if not isinstance(document, Mapping) or not isinstance(document.get("acts"), list):
        raise InvalidScript("a script needs a list `acts`")
    acts = [act for index, entry in enumerate(document["acts"]) for act in _acts(f"acts[{index}]", entry)]
    choices = document.get("choices")
    if choices is None:
        return Script(_in_order(acts))
    if not isinstance(choices, Mapping) or not isinstance(choices.get("option"), int):
        raise InvalidScript("choices: needs `option`, the index of the option to take")
    return Script(_in_order(acts), choices["option"], _number("choices.after_s", choices.get("after_s", 2.0)))


def _in_order(acts: list[ScriptedAct]) -> tuple[ScriptedAct, ...]:
    return tuple(sorted(acts, key=lambda act: act.at_s))


def _acts(name: str, entry: Any) -> list[ScriptedAct]:
    if not isinstance(entry, Mapping):
        raise InvalidScript(f"{name}: must be a mapping with at_s and act")
    if unknown := set(entry) - ENTRY_KEYS:
        raise InvalidScript(f"{name}: unknown {', '.join(sorted(map(str, unknown)))}")
    at_s = _number(f"{name}.at_s", entry.get("at_s"))
    every_s = _number(f"{name}.every_s", entry.get("every_s", 0.2))
    repeat = entry.get("repeat", 1)
    if not isinstance(repeat, int) or not 1 <= repeat <= 100:
        raise InvalidScript(f"{name}.repeat: must lie between 1 and 100")
    body = _body(name, entry.get("act"))
    return [ScriptedAct(at_s + index * every_s, body) for index in range(repeat)]


def _body(name: str, act: Any) -> dict[str, Any]:
    if isinstance(act, str):
        act = {act: {}}
    if not isinstance(act, Mapping) or len(act) != 1:
        raise InvalidScript(f"{name}.act: must name one act")
    kind, value = next(iter(act.items()))
    if kind not in ACTS:
        raise InvalidScript(f"{name}.act: {kind!r} is none of {', '.join(sorted(ACTS))}")
    if not isinstance(value, Mapping):
        raise InvalidScript(f"{name}.act.{kind}: must be a mapping")
    return {kind: dict(value)}


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise InvalidScript(f"{name}: must be a number of seconds, 0 or more")
    return float(value)
