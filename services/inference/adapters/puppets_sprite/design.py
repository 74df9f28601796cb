"""A puppet's design as it stands in its YAML file: proportions, parts, materials, face. Knows no geometry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from services.inference.adapters.puppets_sprite.locks import PIECES, Locks, strands
from services.inference.adapters.puppets_sprite.stance import ANYBODY, EMOTIONS, HOLDS, Stance
from services.inference.domain.errors import InferenceError

Vector = tuple[float, float, float]
FIGURES = ("person", "free")
MOTIONS = ("biped", "wheels", "hover", "still")
MATERIAL_KINDS = ("plain", "skin", "hair", "lens", "bar", "glass", "hologram", "cloth")
LOCK_PAIRS = ("top", "middle", "end", "last_top", "last_middle", "last_end")
FORM_KINDS = ("ellipsoid", "box", "limb", "ring", "cylinder")


class DesignError(InferenceError):
    """A design file is wrong; the message begins with its name and line."""


@dataclass(frozen=True, slots=True)
class Material:
    """colour, second: linear RGB albedo; glow: light it gives, in units of the emission group; gloss 0..1;
    metal 0..1; wear 0..1 scratches and dirt; grain: hair strands or weave per metre."""

    kind: str = "plain"
    colour: Vector = (0.5, 0.5, 0.5)
    second: Vector = (0.1, 0.1, 0.1)
    gloss: float = 0.2
    metal: float = 0.0
    glow: float = 0.0
    wear: float = 0.0
    grain: float = 0.0
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class FormDesign:
    """kind: one of FORM_KINDS; at, to: metres in the part's frame; size: as `forms.encode` takes it."""

    kind: str
    at: Vector
    size: tuple[float, ...]
    to: Vector = (0.0, 0.0, 0.0)
    turn: Vector = (0.0, 0.0, 0.0)
    squash: float = 1.0
    bone: str = ""
    blend: float | None = None
    cut: bool = False
    keep: bool = False
    mirror: bool = False


@dataclass(frozen=True, slots=True)
class PartDesign:
    """frame: bone that the coordinates are relative to ("face" is the middle of the head, "" the floor).

    over: material of an earlier part whose forms this one takes over first, `inflate` metres larger; its own forms
    then add to them, cut from them, or keep a region of them: a garment over a body.
    """

    material: str
    forms: tuple[FormDesign, ...]
    frame: str = ""
    bone: str = ""
    blend: float = 0.01
    folds: float = 0.0
    cell: float = 0.012
    mirror: bool = False
    over: str = ""
    inflate: float = 0.004


@dataclass(frozen=True, slots=True)
class BoneDesign:
    """at: the joint's place in metres above the floor when at rest."""

    at: Vector
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """A person's measures in metres for a height of 1.7 (all are scaled with height); `head`, `bulk` are factors."""

    height: float = 1.7
    shoulders: float = 0.36
    chest: float = 0.30
    depth: float = 0.115
    waist: float = 0.25
    hips: float = 0.32
    bust: float = 0.0
    belly: float = 0.0
    bulk: float = 1.0
    neck: float = 0.046
    head: float = 1.08
    hands: float = 1.0
    stoop: float = 0.0
    gloves: bool = False


@dataclass(frozen=True, slots=True)
class Face:
    """Factors are relative to a plain adult; colours are linear RGB albedo. square: 0 an oval jaw, 1 an angular one;
    ridge: how far the brow stands out."""

    jaw: float = 1.0
    square: float = 0.0
    ridge: float = 1.0
    chin: float = 1.0
    cheeks: float = 1.0
    length: float = 1.0
    nose: float = 1.0
    nose_width: float = 1.0
    ears: float = 1.0
    eyes: float = 1.0
    eye_spacing: float = 1.0
    eye_slant: float = 0.0
    lash: float = 0.5
    iris: Vector = (0.1, 0.2, 0.1)
    brow: Vector = (0.03, 0.02, 0.015)
    brow_weight: float = 1.0
    brow_height: float = 0.0
    mouth: float = 1.0
    lip_fullness: float = 1.0
    lips: Vector = (0.5, 0.2, 0.18)
    blush: float = 0.3
    age: float = 0.0
    freckles: float = 0.0
    stubble: float = 0.0


@dataclass(frozen=True, slots=True)
class Design:
    """name: what `Staging.puppet` calls it; sha256 of the file it came from."""

    name: str
    title: str
    figure: str
    motion: str
    materials: dict[str, Material]
    parts: tuple[PartDesign, ...]
    sha256: str
    body: Body = Body()
    face: Face = Face()
    bones: dict[str, BoneDesign] = field(default_factory=dict)
    arms: str = "relaxed"
    hover_m: float = 0.0
    shadow: float = 1.0
    lamp: float = 0.0
    stance: Stance = ANYBODY


def linear(colour: str) -> Vector:
    """Linear RGB of "#rrggbb"."""
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return red, green, blue


class _Reader:
    """Turns YAML mappings into dataclasses and says the line of whatever does not fit."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, where: Any, key: Any, reason: str) -> DesignError:
        line = 0
        if isinstance(where, (CommentedMap, CommentedSeq)):
            try:
                line = where.lc.key(key)[0] if isinstance(where, CommentedMap) else where.lc.item(key)[0]
            except (KeyError, TypeError, AttributeError):
                line = where.lc.line
        return DesignError(f"{self.path.name}:{line + 1}: {reason}")

    def number(self, where: Any, key: Any) -> float:
        value = where[key]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.fail(where, key, f"{key}: a number is needed, not {value!r}")
        return float(value)

    def numbers(self, where: Any, key: Any, count: tuple[int, ...]) -> tuple[float, ...]:
        value = where[key]
        if isinstance(value, (int, float)) and 1 in count:
            return (self.number(where, key),)
        if not isinstance(value, CommentedSeq) or len(value) not in count:
            raise self.fail(where, key, f"{key}: a list of {' or '.join(map(str, count))} numbers is needed")
        return tuple(self.number(value, index) for index in range(len(value)))

    def vector(self, where: Any, key: Any) -> Vector:
        value = where[key]
        if isinstance(value, str):
            if len(value) != 7 or value[0] != "#" or any(c not in "0123456789abcdefABCDEF" for c in value[1:]):
                raise self.fail(where, key, f"{key}: a colour is written '#rrggbb', not {value!r}")
            return linear(value)
        x, y, z = self.numbers(where, key, (3,))
        return x, y, z

    def choice(self, where: Any, key: str, known: tuple[str, ...]) -> str:
        value = where[key]
        if value not in known:
            raise self.fail(where, key, f"{key}: unknown {value!r}; known: {', '.join(known)}")
        return str(value)

    def mapping(self, where: Any, key: Any, allowed: tuple[str, ...], needed: tuple[str, ...] = ()) -> CommentedMap:
        value = where[key]
        if not isinstance(value, CommentedMap):
            raise self.fail(where, key, f"{key}: a mapping is needed")
        return self.keys(value, allowed, needed)

    def keys(self, value: CommentedMap, allowed: tuple[str, ...], needed: tuple[str, ...]) -> CommentedMap:
        for name in value:
            if name not in allowed:
                raise self.fail(value, name, f"unknown key {name!r}; known: {', '.join(allowed)}")
        for name in needed:
            if name not in value:
                raise self.fail(value, name, f"{name} is missing")
        return value

    def plain(self, where: Any, key: str, kind: type) -> Any:
        """An instance of a dataclass whose fields are numbers, vectors, flags and names."""
        defaults = {item.name: item.default for item in fields(kind)}
        value = self.mapping(where, key, tuple(defaults))
        given: dict[str, Any] = {}
        for name in value:
            default = defaults[name]
            if isinstance(default, bool):
                if not isinstance(value[name], bool):
                    raise self.fail(value, name, f"{name}: true or false is needed")
                given[name] = value[name]
            elif isinstance(default, float):
                given[name] = self.number(value, name)
            elif isinstance(default, tuple):
                given[name] = self.vector(value, name)
            else:
                given[name] = self.choice(value, name, MATERIAL_KINDS)
        return kind(**given)

    def stance(self, where: Any, key: str) -> Stance:
        """How a person stands; `holds` names a hold of the left and of the right hand for each emotion."""
        allowed = tuple(item.name for item in fields(Stance))
        value = self.mapping(where, key, allowed)
        given: dict[str, Any] = {name: self.choice(value, name, ("left", "right"))
                                 for name in ("weight", "hand") if name in value}  # fmt: skip
        for name in ("hip", "feet", "turnout", "chest", "liveliness"):
            if name in value:
                given[name] = self.number(value, name)
        if "head" in value:
            given["head"] = self.vector(value, "head")
        if "holds" in value:
            holds = self.mapping(value, "holds", EMOTIONS)
            given["holds"] = tuple((emotion, self._pair(holds, emotion)) for emotion in holds)
        return Stance(**given)

    def _pair(self, holds: CommentedMap, emotion: str) -> tuple[str, str]:
        pair = holds[emotion]
        if not isinstance(pair, CommentedSeq) or len(pair) != 2:
            raise self.fail(holds, emotion, f"{emotion}: a hold of the left and one of the right hand are needed")
        for name in pair:
            if name not in HOLDS:
                raise self.fail(holds, emotion, f"{emotion}: unknown hold {name!r}; known: {', '.join(HOLDS)}")
        return str(pair[0]), str(pair[1])

    def form(self, value: Any, index: int, part: CommentedSeq) -> FormDesign:
        if not isinstance(value, CommentedMap):
            raise self.fail(part, index, "a form is a mapping")
        allowed = (*FORM_KINDS, "to", "size", "turn", "squash", "bone", "blend", "cut", "keep", "mirror")
        self.keys(value, allowed, ())
        kinds = [kind for kind in FORM_KINDS if kind in value]
        if len(kinds) != 1:
            raise self.fail(part, index, f"a form has exactly one of {', '.join(FORM_KINDS)}")
        kind = kinds[0]
        if "size" not in value:
            raise self.fail(part, index, f"{kind}: size is missing")
        if kind == "limb" and "to" not in value:
            raise self.fail(part, index, "limb: to is missing")
        counts = {"ellipsoid": (1, 3), "box": (4,), "limb": (1, 2), "ring": (2, 3), "cylinder": (2, 3)}[kind]
        size = self.numbers(value, "size", counts)
        if min(size) < 0:
            raise self.fail(value, "size", "size: numbers must not be negative")
        return FormDesign(
            kind,
            self.vector(value, kind),
            size,
            self.vector(value, "to") if "to" in value else (0.0, 0.0, 0.0),
            self.vector(value, "turn") if "turn" in value else (0.0, 0.0, 0.0),
            self.number(value, "squash") if "squash" in value else 1.0,
            str(value.get("bone", "")),
            self.number(value, "blend") if "blend" in value else None,
            bool(value.get("cut", False)),
            bool(value.get("keep", False)),
            bool(value.get("mirror", False)),
        )

    def part(self, value: Any, index: int, parts: CommentedSeq, materials: dict[str, Material]) -> PartDesign:
        if not isinstance(value, CommentedMap):
            raise self.fail(parts, index, "a part is a mapping")
        self.keys(
            value,
            ("material", "forms", "locks", "frame", "bone", "blend", "folds", "cell", "mirror", "over", "inflate"),
            ("material", "forms"),
        )
        if value["material"] not in materials:
            raise self.fail(
                value, "material", f"material: unknown {value['material']!r}; known: {', '.join(materials)}"
            )
        forms = value["forms"]
        if not isinstance(forms, CommentedSeq) or not forms:
            raise self.fail(value, "forms", "forms: a list of forms is needed")
        given = {name: self.number(value, name) for name in ("blend", "folds", "cell", "inflate") if name in value}
        return PartDesign(
            str(value["material"]),
            (*(self.form(form, i, forms) for i, form in enumerate(forms)), *self.locks(value)),
            str(value.get("frame", "")),
            str(value.get("bone", "")),
            mirror=bool(value.get("mirror", False)),
            over=str(value.get("over", "")),
            **given,
        )

    def locks(self, part: CommentedMap) -> list[FormDesign]:
        """The forms of a part's rows of locks, which come after all others: nothing is cut from them."""
        rows = part.get("locks", CommentedSeq())
        if not isinstance(rows, CommentedSeq):
            raise self.fail(part, "locks", "locks: a list of rows is needed")
        needed = ("first", "last", "count", "top", "middle", "end")
        found = []
        for index, row in enumerate(rows):
            if not isinstance(row, CommentedMap):
                raise self.fail(rows, index, "locks: a row is a mapping")
            self.keys(row, tuple(item.name for item in fields(Locks)), needed)
            if not isinstance(row["count"], int) or not 1 <= row["count"] <= 60:
                raise self.fail(row, "count", f"count: a whole number 1..60 is needed, not {row['count']!r}")
            given: dict[str, Any] = {name: self.numbers(row, name, (2,)) for name in LOCK_PAIRS if name in row}
            given |= {name: self.numbers(row, name, (3,)) for name in ("size", "centre", "radii") if name in row}
            given |= {name: self.number(row, name) for name in row if name not in ("count", *given)}
            locks = Locks(count=row["count"], **given)
            # pieces of one lock meet in a ball of one size: melted together they would have knots
            found += [FormDesign("limb", start, radii, end, blend=0.0 if number % PIECES else locks.blend)
                      for number, (start, end, radii) in enumerate(strands(locks))]  # fmt: skip
        return found

    def design(self, text: str) -> Design:
        try:
            data = YAML(typ="rt").load(text)
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise DesignError(f"{self.path.name}:{line}: {error.problem}") from error
        if not isinstance(data, CommentedMap):
            raise DesignError(f"{self.path.name}:1: a mapping is needed")
        known = tuple(item.name for item in fields(Design) if item.name not in ("name", "sha256"))
        self.keys(data, known, ("title", "figure", "materials"))
        materials = {
            name: self.plain(data["materials"], name, Material)
            for name in self.mapping(data, "materials", tuple(data["materials"]))
        }
        parts = data.get("parts", CommentedSeq())
        bones = {}
        for name in data.get("bones", {}):
            bone = self.mapping(data["bones"], name, ("at", "parent"), ("at",))
            parent = str(bone.get("parent", ""))
            if parent and parent not in bones:
                raise self.fail(bone, "parent", f"parent: {parent!r} must be a bone above this one")
            bones[str(name)] = BoneDesign(self.vector(bone, "at"), parent)
        given = {name: self.number(data, name) for name in ("hover_m", "shadow", "lamp") if name in data}
        return Design(
            self.path.stem,
            str(data["title"]),
            self.choice(data, "figure", FIGURES),
            self.choice(data, "motion", MOTIONS) if "motion" in data else "biped",
            materials,
            tuple(self.part(part, i, parts, materials) for i, part in enumerate(parts)),
            hashlib.sha256(text.encode()).hexdigest(),
            body=self.plain(data, "body", Body) if "body" in data else Body(),
            face=self.plain(data, "face", Face) if "face" in data else Face(),
            bones=bones,
            stance=self.stance(data, "stance") if "stance" in data else ANYBODY,
            arms=self.choice(data, "arms", ("relaxed", "wide")) if "arms" in data else "relaxed",
            **given,
        )


def load(path: Path) -> Design:
    """The design in a YAML file. Raises DesignError naming file and line."""
    return _Reader(path).design(path.read_text(encoding="utf-8"))


def load_all(folder: Path) -> dict[str, Design]:
    """Every design of a folder by name."""
    return {path.stem: load(path) for path in sorted(folder.glob("*.yaml"))}
