"""Reads set files: YAML with every unknown name refused by file and line."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from services.inference.adapters.painter_raymarch.design import (
    MARKS,
    PATTERNS,
    Air,
    CameraSetup,
    Form,
    GroundLayer,
    Light,
    Material,
    Repeat,
    SetDesign,
    Sky,
    StagePosition,
    Value,
    Vec3,
)
from services.inference.adapters.painter_raymarch.forms import KINDS
from services.inference.adapters.painter_raymarch.light_compiler import SHADOW_CHANNELS
from services.inference.domain.plates import LIGHT_GROUPS

T = TypeVar("T")
LIGHT_KINDS = ("sun", "rect", "sphere", "tube")
GROUND_KINDS = ("butte", "ridge", "dunes", "hills", "crater", "flat", "level", "tracks")
FORM_FIELDS = ("at", "yaw", "pitch", "roll", "mirror", "repeat", "polar", "round", "blend", "cut", "mark", "unless",
               "material")  # fmt: skip
REQUIRED_STAGES = ("left", "centre", "right", "far")
REQUIRED_CAMERAS = ("establishing", "wide")


class SetFileError(ValueError):
    """A set file does not say what a set file may say; the message begins with file:line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One YAML mapping, sequence or scalar with the place it came from."""

    path: Path
    node: yaml.Node

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def error(self, reason: str) -> SetFileError:
        return SetFileError(f"{self.path.name}:{self.line}: {reason}")

    def mapping(self) -> dict[str, Entry]:
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("a mapping is expected")
        out: dict[str, Entry] = {}
        for key, value in self.node.value:
            if str(key.value) in out:
                raise Entry(self.path, key).error(f"{key.value!r} is given twice")
            out[str(key.value)] = Entry(self.path, value)
        return out

    def items(self) -> list[Entry]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("a list is expected")
        return [Entry(self.path, node) for node in self.node.value]

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("a word is expected")
        return str(self.node.value)

    def number(self) -> float:
        try:
            value = float(self.text())
        except ValueError:
            raise self.error(f"a number is expected, not {self.text()!r}") from None
        if not math.isfinite(value):
            raise self.error("a finite number is expected")
        return value

    def flag(self) -> bool:
        if self.text() not in {"true", "false"}:
            raise self.error(f"true or false is expected, not {self.text()!r}")
        return self.text() == "true"

    def numbers(self, count: int | None = None) -> tuple[float, ...]:
        values = tuple(item.number() for item in self.items())
        if count is not None and len(values) != count:
            raise self.error(f"{count} numbers are expected, not {len(values)}")
        return values

    def vec3(self) -> Vec3:
        x, y, z = self.numbers(3)
        return (x, y, z)

    def one_of(self, known: tuple[str, ...] | list[str]) -> str:
        if self.text() not in known:
            raise self.error(f"unknown {self.text()!r}; known: {', '.join(sorted(known))}")
        return self.text()


def _refuse_unknown(entry: Entry, fields: Mapping[str, Entry], known: tuple[str, ...] | list[str]) -> None:
    for name, value in fields.items():
        if name not in known:
            raise value.error(f"unknown field {name!r}; known: {', '.join(sorted(known))}")


def _as_type(entry: Entry, default: object) -> Any:
    """Read an entry as the type of its default."""
    if isinstance(default, bool):
        return entry.flag()
    if isinstance(default, int):
        return round(entry.number())
    if isinstance(default, float):
        return entry.number()
    if isinstance(default, tuple):
        return entry.numbers(len(default))
    return entry.text()


def _read(entry: Entry, kind: Callable[..., T], special: Mapping[str, Callable[[Entry], Any]], **given: Any) -> T:
    """Build the dataclass `kind` from a mapping whose keys are its field names."""
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    read = entry.mapping()
    allowed = [name for name in fields if name not in given] + [name for name in special if name not in fields]
    _refuse_unknown(entry, read, allowed)
    values: dict[str, Any] = dict(given)
    for name, value in read.items():
        if name in special:
            values[name] = special[name](value)
        else:
            values[name] = _as_type(value, fields[name].default)
    missing = [name for name, field in fields.items()
               if name not in values and field.default is dataclasses.MISSING
               and field.default_factory is dataclasses.MISSING]  # fmt: skip
    if missing:
        raise entry.error(f"missing {', '.join(missing)}")
    return kind(**values)


def _repeat(entry: Entry) -> Repeat:
    spacing, first, last = entry.numbers(3)
    if spacing <= 0 or last < first:
        raise entry.error("[spacing > 0, first, last >= first] is expected")
    return Repeat(spacing, int(first), int(last))


def _repeats(entry: Entry) -> dict[str, Repeat]:
    fields = entry.mapping()
    _refuse_unknown(entry, fields, ("x", "y", "z"))
    return {axis: _repeat(value) for axis, value in fields.items()}


def _mark(entry: Entry) -> str:
    return entry.one_of(MARKS)


def _mirror(entry: Entry) -> str:
    return entry.one_of(("x", "z", "xz"))


def _form(entry: Entry, materials: tuple[str, ...]) -> Form:
    fields = entry.mapping()
    if "form" not in fields:
        raise entry.error("a form needs its kind: form: ...")
    kind_name = fields["form"].one_of(list(KINDS))
    kind = KINDS[kind_name]
    _refuse_unknown(entry, fields, ["form", *FORM_FIELDS, *kind.fields])
    values: dict[str, Value] = dict(kind.fields)
    for name, default in kind.fields.items():
        if name in fields:
            values[name] = _as_type(fields[name], default)
    if "material" not in fields:
        raise entry.error("a form needs a material")

    def number(name: str) -> float:
        return fields[name].number() if name in fields else 0.0

    return Form(
        kind=kind_name,
        at=fields["at"].vec3() if "at" in fields else (0.0, 0.0, 0.0),
        values=values,
        material=fields["material"].one_of(materials),
        line=entry.line,
        yaw=number("yaw"), pitch=number("pitch"), roll=number("roll"),
        mirror=_mirror(fields["mirror"]) if "mirror" in fields else "",
        repeat=_repeats(fields["repeat"]) if "repeat" in fields else {},
        polar=(fields["polar"].numbers(2)[0], fields["polar"].numbers(2)[1]) if "polar" in fields else (0.0, 0.0),
        round=number("round"), blend=number("blend"),
        cut=fields["cut"].flag() if "cut" in fields else False,
        mark=_mark(fields["mark"]) if "mark" in fields else "",
        unless=_mark(fields["unless"]) if "unless" in fields else "",
    )  # fmt: skip


def _unit(entry: Entry) -> Vec3:
    x, y, z = entry.vec3()
    length = math.sqrt(x * x + y * y + z * z)
    if length < 1e-6:
        raise entry.error("a direction is expected, not zero")
    return (x / length, y / length, z / length)


def _light(entry: Entry) -> Light:
    return _read(
        entry, Light,
        {
            "kind": lambda e: e.one_of(LIGHT_KINDS), "group": lambda e: e.one_of(LIGHT_GROUPS), "aim": _unit,
            "repeat": _repeat, "mirror": _mirror, "axis": lambda e: e.one_of(("x", "y", "z")), "mark": _mark,
            "unless": lambda e: "" if e.text() == "never" else _mark(e),
        },
        line=entry.line,
    )  # fmt: skip


def _material(name: str, entry: Entry) -> Material:
    return _read(
        entry, Material,
        {"pattern": lambda e: e.one_of(PATTERNS), "group": lambda e: e.one_of(LIGHT_GROUPS)}, name=name,
    )  # fmt: skip


def _stage(name: str, entry: Entry) -> StagePosition:
    return _read(entry, StagePosition, {"floor": Entry.vec3, "looks_at": Entry.vec3, "seat": Entry.flag}, name=name)


def _camera(entry: Entry) -> CameraSetup:
    return _read(entry, CameraSetup, {"position": Entry.vec3, "target": Entry.vec3, "focal": Entry.number})


def _sky(entry: Entry) -> Sky:
    return _read(entry, Sky, {"kind": lambda e: e.one_of(("none", "mars", "space")), "planet_direction": _unit})


def _ground(entry: Entry) -> GroundLayer:
    return _read(entry, GroundLayer, {"kind": lambda e: e.one_of(GROUND_KINDS)}, line=entry.line)


def _walkable(entry: Entry) -> tuple[Vec3, Vec3]:
    corners = entry.items()
    if len(corners) != 2:
        raise entry.error("two corners are expected")
    return corners[0].vec3(), corners[1].vec3()


def _require(entry: Entry, have: Mapping[str, object], needed: tuple[str, ...], what: str) -> None:
    missing = [name for name in needed if name not in have]
    if missing:
        raise entry.error(f"missing {what}: {', '.join(missing)}")


def load_set(path: Path) -> SetDesign:
    """Read one set. Raises SetFileError, which names file and line."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SetFileError(f"{path.name}:{line}: {error.problem}") from error
    if root is None:
        raise SetFileError(f"{path.name}:1: the file is empty")
    entry = Entry(path, root)
    fields = entry.mapping()
    described = fields["materials"].mapping() if "materials" in fields else {}
    materials = tuple(_material(name, part) for name, part in described.items())
    names = tuple(material.name for material in materials)

    def each(read: Callable[[Entry], T]) -> Callable[[Entry], tuple[T, ...]]:
        return lambda part: tuple(read(item) for item in part.items())

    design = _read(
        entry, SetDesign,
        {
            "interest": Entry.vec3, "exposure": Entry.number, "reach_m": Entry.number, "inside": Entry.flag,
            "seed": lambda e: round(e.number()), "ambient_up": Entry.vec3, "ambient_down": Entry.vec3,
            "ambient_occlusion_m": Entry.number, "air": lambda e: _read(e, Air, {}), "sky": _sky,
            "walkable": _walkable, "forms": each(lambda e: _form(e, names)), "materials": lambda _: materials,
            "lights": each(_light), "ground": each(_ground),
            "stages": lambda e: {n: _stage(n, part) for n, part in e.mapping().items()},
            "cameras": lambda e: {n: _camera(part) for n, part in e.mapping().items()},
        },
        name=path.stem,
    )  # fmt: skip
    _require(entry, design.stages, REQUIRED_STAGES, "stage positions")
    _require(entry, design.cameras, REQUIRED_CAMERAS, "cameras")
    if sum(light.shadow for light in design.lights) > SHADOW_CHANNELS:
        raise fields["lights"].error(f"more than {SHADOW_CHANNELS} lights with shadow")
    return design


def load_sets(folder: Path) -> dict[str, SetDesign]:
    """Every set in a folder, by name."""
    return {path.stem: load_set(path) for path in sorted(folder.glob("*.yaml"))}
