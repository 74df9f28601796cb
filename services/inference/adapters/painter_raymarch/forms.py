"""The kinds of form a set may use: their fields, their distance function in GLSL and how far they reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.inference.adapters.painter_raymarch.design import Value, Vec3

Reach = Callable[[Mapping[str, Value]], tuple[Vec3, Vec3]]


@dataclass(frozen=True, slots=True)
class FormKind:
    """fields: name -> default (its type is the field's type). call: GLSL expression of the local point q.

    reach: lower and upper corner of a box around the form in local metres; None when it has no bound.
    """

    fields: Mapping[str, Value]
    call: str
    reach: Reach | None
    costly: bool = False


def _number(values: Mapping[str, Value], name: str) -> float:
    value = values[name]
    if isinstance(value, str | tuple):
        raise TypeError(f"{name} is not a number")
    return value


def _size(values: Mapping[str, Value]) -> Vec3:
    value = values["size"]
    if not isinstance(value, tuple):
        raise TypeError("size is not a list")
    return (value[0], value[1], value[2] if len(value) > 2 else 0.1)


def _centred(values: Mapping[str, Value]) -> tuple[Vec3, Vec3]:
    x, y, z = (part / 2 for part in _size(values))
    return (-x, -y, -z), (x, y, z)


def _standing(values: Mapping[str, Value]) -> tuple[Vec3, Vec3]:
    x, y, z = _size(values)
    return (-x / 2, 0.0, -z / 2), (x / 2, y, z / 2)


def _upright(margin: float = 1.0, below: float = 0.0) -> Reach:
    def reach(values: Mapping[str, Value]) -> tuple[Vec3, Vec3]:
        radius, height = _number(values, "radius") * margin, _number(values, "height")
        return (-radius, -below * height, -radius), (radius, height, radius)

    return reach


def _ball(values: Mapping[str, Value]) -> tuple[Vec3, Vec3]:
    radius = _number(values, "radius")
    return (-radius, -radius, -radius), (radius, radius, radius)


def _along(values: Mapping[str, Value]) -> tuple[Vec3, Vec3]:
    radius, half = _number(values, "radius") * 1.5, _number(values, "length") / 2
    return (-radius, -radius, -half), (radius, radius, half)


def _ring(values: Mapping[str, Value]) -> tuple[Vec3, Vec3]:
    outer, tube = _number(values, "radius") + _number(values, "tube"), _number(values, "tube")
    return (-outer, -tube, -outer), (outer, tube, outer)


def _grown(corners: tuple[Vec3, Vec3], margin: float) -> tuple[Vec3, Vec3]:
    low, high = corners
    return (low[0] - margin, low[1] - margin, low[2] - margin), (high[0] + margin, high[1] + margin, high[2] + margin)


def _framed(values: Mapping[str, Value]) -> tuple[Vec3, Vec3]:
    return _grown(_centred(values), _number(values, "frame"))


def _cable(values: Mapping[str, Value]) -> tuple[Vec3, Vec3]:
    half, sag, radius = _number(values, "length") / 2, _number(values, "sag"), _number(values, "radius")
    return (-radius, -sag - radius, -half), (radius, radius, half)


BOX: Mapping[str, Value] = {"size": (1.0, 1.0, 1.0)}
UPRIGHT: Mapping[str, Value] = {"radius": 0.5, "height": 1.0}
PROFILE: Mapping[str, Value] = {"size": (4.0, 3.0, 10.0), "chamfer": 0.6}

KINDS: Mapping[str, FormKind] = {
    "box": FormKind(BOX, "sdBox(q,{size}*.5-{round})", _centred),
    "panel": FormKind({"size": (1.0, 1.0, 0.05)}, "sdBox(q,{size}*.5-{round})", _centred),
    "crate": FormKind(BOX, "sdCrate(q,{size}*.5)", _standing),
    "sphere": FormKind({"radius": 0.5}, "(length(q)-{radius})", _ball),
    "ellipsoid": FormKind(BOX, "sdEllipsoid(q,{size}*.5)", _centred),
    "cylinder": FormKind(UPRIGHT, "sdCylinder(q,{radius}-{round},{height}-2.*{round},{round})", _upright()),
    "column": FormKind({**UPRIGHT, "flutes": 12.0}, "sdColumn(q,{radius},{height},{flutes})", _upright(1.7), True),
    "cone": FormKind({**UPRIGHT, "top": 0.1}, "sdCone(q,{radius},{top},{height})", _upright(1.5)),
    "pipe": FormKind({"radius": 0.06, "length": 4.0, "flange": 2.0}, "sdPipe(q,{radius},{length}*.5,{flange})", _along),
    "torus": FormKind({"radius": 1.0, "tube": 0.1}, "sdTorus(q,{radius},{tube})", _ring),
    "tank": FormKind({"radius": 0.6, "length": 2.0}, "sdTank(q,{radius},{length}*.5)", _along),
    "hull": FormKind(PROFILE, "sdHull(q,{size},{chamfer})", None),
    "rib": FormKind(
        {**PROFILE, "size": (4.0, 3.0, 0.3), "depth": 0.2}, "sdRib(q,{size},{chamfer},{depth})", _standing
    ),
    "room": FormKind(BOX, "sdRoom(q,{size})", None),
    "cave": FormKind(
        {"radius": 8.0, "stretch": (1.0, 0.7, 1.4), "rough": 1.0}, "sdCave(q,{radius},{stretch},{rough})", None
    ),
    "dome": FormKind({**UPRIGHT, "ribs": 12.0}, "sdDome(q,{radius},{height},{ribs})", _upright(1.12), True),
    "door": FormKind({"size": (1.2, 2.2, 0.3)}, "sdDoor(q,{size})", lambda v: _grown(_standing(v), 0.25), True),
    "window": FormKind({"size": (1.0, 0.7, 0.2), "frame": 0.08}, "sdWindow(q,{size},{frame})", _framed),
    "console": FormKind({"size": (1.6, 1.0, 0.7)}, "sdConsole(q,{size})", lambda v: _grown(_standing(v), 0.1), True),
    "chair": FormKind({"size": (0.6, 1.2, 0.6)}, "sdChair(q)", lambda _: ((-0.4, 0, -0.45), (0.4, 1.3, 0.45)), True),
    "screen": FormKind({"size": (0.9, 0.55, 0.04), "art": 0.0}, "sdBox(q,{size}*.5-.008)-.008", _centred),
    "glyph": FormKind({"size": (1.0, 1.0, 0.1), "art": 0.0}, "sdBox(q,{size}*.5-.01)-.01", _centred),
    "plant": FormKind({**UPRIGHT, "leaves": 7.0}, "sdPlant(q,{radius},{height},{leaves},v)", _upright(1.1), True),
    "crops": FormKind(
        {"size": (1.0, 0.6, 8.0), "cell": 0.4}, "sdCrops(q,{size},{cell})", lambda v: _grown(_standing(v), 0.2), True
    ),
    "rock": FormKind({**UPRIGHT, "seed": 1.0}, "sdRock(q,{radius},{height},{seed})", _upright(1.15, 0.4), True),
    "rocks": FormKind(
        {"cell": 2.5, "size": 0.5, "density": 0.5, "clear": 2.0},
        "sdRocks(q,{cell},{size},{density},{clear})", None, True,
    ),
    "terrain": FormKind({"steep": 0.6}, "sdTerrain(q,{steep})", None),
    "crystal": FormKind({**UPRIGHT, "shards": 5.0}, "sdCrystal(q,{radius},{height},{shards},v)", _upright(1.1), True),
    "stalactites": FormKind(
        {"cell": 1.6, "length": 1.5, "radius": 0.25}, "sdStalactites(q,{cell},{length},{radius})", None, True
    ),
    "antenna": FormKind(UPRIGHT, "sdAntenna(q,{radius},{height})", _upright(1.3), True),
    "rover": FormKind(
        {"size": (2.4, 2.2, 4.4)}, "sdRover(q,{size})", lambda v: _grown(_standing(v), 0.3), True
    ),
    "derrick": FormKind({**UPRIGHT, "bays": 6.0}, "sdDerrick(q,{radius},{height},{bays})", _upright(1.5), True),
    "truss": FormKind({"size": (0.6, 0.6, 6.0)}, "sdTruss(q,{size})", lambda v: _grown(_centred(v), 0.08), True),
    "stairs": FormKind({"size": (2.0, 1.0, 2.0), "steps": 5.0}, "sdStairs(q,{size},{steps})", _standing, True),
    "cable": FormKind({"length": 4.0, "sag": 0.4, "radius": 0.03}, "sdCable(q,{length}*.5,{sag},{radius})", _cable),
    "arch": FormKind({"size": (4.0, 5.0, 1.0), "thick": 0.8}, "sdArch(q,{size},{thick})", _standing, True),
    "obelisk": FormKind({**UPRIGHT, "twist": 0.2}, "sdObelisk(q,{radius},{height},{twist})", _upright(1.6), True),
    "water": FormKind({"size": (10.0, 0.1, 10.0)}, "sdBox(q,{size}*.5)", _centred),
    "debris": FormKind({"size": (3.0, 0.6, 3.0), "cell": 0.45}, "sdDebris(q,{size},{cell})",
                       lambda v: _grown(_standing(v), 0.1), True),
    "solar": FormKind({"size": (6.0, 0.06, 2.5)}, "sdBox(q,{size}*.5)", _centred),
}  # fmt: skip
