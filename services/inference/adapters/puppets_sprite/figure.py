"""From a design to solids on a skeleton: bones with their rest places, and parts made of forms."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.cloth import bends_of, creased
from services.inference.adapters.puppets_sprite.combing import combed
from services.inference.adapters.puppets_sprite.design import (
    MATERIAL_KINDS,
    Design,
    DesignError,
    FormDesign,
    Material,
    PartDesign,
)
from services.inference.adapters.puppets_sprite.forms import (
    ADD,
    BOX,
    CONE,
    CUT,
    CYLINDER,
    ELLIPSOID,
    KEEP,
    RING,
    Form,
    Mesh,
    depth_inside,
    encode,
    join,
    limb,
    occlude,
    solid,
    without,
)
from services.inference.adapters.puppets_sprite.lighting import grain
from services.inference.adapters.puppets_sprite.person import person_bones, person_parts
from services.inference.adapters.puppets_sprite.shading import MATERIAL_ROW, weather

_KINDS = {"ellipsoid": ELLIPSOID, "box": BOX, "ring": RING, "cylinder": CYLINDER}


@dataclass(frozen=True, slots=True)
class Skeleton:
    """names in an order where a parent comes before its children; rest: (n, 3) metres; parents: (n,), -1 is none."""

    names: tuple[str, ...]
    rest: NDArray[np.float64]
    parents: NDArray[np.int32]

    def index(self, name: str) -> int:
        return self.names.index(name)


@dataclass(frozen=True, slots=True)
class Figure:
    """A design worked out: `frames` gives origin and scale of the coordinates that parts are written in."""

    design: Design
    skeleton: Skeleton
    materials: tuple[Material, ...]
    parts: tuple[PartDesign, ...]
    frames: dict[str, tuple[NDArray[np.float64], float]]
    height_m: float
    length_m: float

    @property
    def eye_height_m(self) -> float:
        """Metres above the floor of the standing figure; an age's stoop lowers them."""
        if "face" in self.frames:
            return float(self.frames["face"][0][1]) - 0.09 * self.design.body.stoop
        if "head" in self.skeleton.names:
            return float(self.skeleton.rest[self.skeleton.index("head")][1]) + self.design.hover_m
        return 0.7 * self.height_m


def work_out(design: Design) -> Figure:
    """The figure of a design. Raises DesignError when a part names a bone that is not there."""
    if design.figure == "person":
        bones, face_scale = person_bones(design.body)
        parts = (*person_parts(design), *design.parts)
    else:
        bones = {name: (bone.at, bone.parent) for name, bone in design.bones.items()} or {"root": ((0, 0, 0), "")}
        parts, face_scale = design.parts, 1.0
    names = tuple(bones)
    skeleton = Skeleton(
        names,
        np.array([bones[name][0] for name in names], np.float64),
        np.array([names.index(bones[name][1]) if bones[name][1] else -1 for name in names], np.int32),
    )
    scale = design.body.height / 1.7 if design.figure == "person" else 1.0
    frames = {name: (skeleton.rest[i], scale) for i, name in enumerate(names)}
    frames[""] = (np.zeros(3), scale)
    if "head" in bones and design.figure == "person":
        frames["face"] = (skeleton.rest[names.index("head")] + [0, 0.118 * face_scale, 0], face_scale)
    parts = tuple(sided for part in parts for sided in ((part, mirrored(part)) if part.mirror else (part,)))
    _check(design, parts, frames)
    spots = np.array([frames[p.frame][0] + np.array(f.at) * frames[p.frame][1] for p in parts for f in p.forms])
    height, length = float(spots[:, 1].max()), float(np.ptp(spots[:, 2]))
    return Figure(design, skeleton, tuple(design.materials.values()), parts, frames, height, length)


def _check(design: Design, parts: tuple[PartDesign, ...], frames: dict[str, tuple[NDArray[np.float64], float]]) -> None:
    known = ", ".join(frames)
    for part in parts:
        if part.material not in design.materials:
            raise DesignError(f"{design.name}.yaml:1: material {part.material!r} is needed")
        for name in (part.frame, part.bone, *(form.bone for form in part.forms)):
            if name not in frames:
                raise DesignError(f"{design.name}.yaml:1: unknown bone {name!r}; known: {known}")


def _other(bone: str) -> str:
    return bone[:-2] + "_r" if bone.endswith("_l") else bone


def _mirrored_form(form: FormDesign) -> FormDesign:
    return replace(
        form,
        at=(-form.at[0], form.at[1], form.at[2]),
        to=(-form.to[0], form.to[1], form.to[2]),
        turn=(form.turn[0], -form.turn[1], -form.turn[2]),
        bone=_other(form.bone),
        mirror=False,
    )


def mirrored(part: PartDesign) -> PartDesign:
    """The part on the other side of the body."""
    forms = tuple(_mirrored_form(form) for form in part.forms)
    return replace(part, forms=forms, bone=_other(part.bone), frame=_other(part.frame), mirror=False)


def _solid_forms(figure: Figure, part: PartDesign) -> list[Form]:
    origin, scale = figure.frames[part.frame]
    forms: list[Form] = []
    for base in figure.parts:
        if part.over and base.material == part.over and not base.over and base is not part:
            forms.extend(_grown(form, part.inflate) for form in _solid_forms(figure, base))
    for design in part.forms:
        sides = (design, _mirrored_form(design)) if design.mirror else (design,)
        forms.extend(_solid_form(figure, part, form, origin, scale) for form in sides)
    return forms


def _grown(form: Form, by: float) -> Form:
    sizes = {ELLIPSOID: 3, BOX: 3, CONE: 2, RING: 2, CYLINDER: 2}[form.kind]
    if form.kind == RING:
        return replace(form, size=(form.size[0], form.size[1] + by, form.size[2]))
    size = tuple(value + (by if i < sizes and form.role == ADD else 0) for i, value in enumerate(form.size))
    return replace(form, size=size)


def _solid_form(figure: Figure, part: PartDesign, form: FormDesign, origin: NDArray[np.float64], scale: float) -> Form:
    at = _triple(origin + np.array(form.at) * scale)
    name = form.bone or part.bone or ("head" if part.frame == "face" else part.frame)
    bone = figure.skeleton.index(name) if name else 0
    size = tuple(value * scale for value in form.size)
    role = CUT if form.cut else KEEP if form.keep else ADD
    blend = (part.blend if form.blend is None else form.blend) * scale
    if form.kind == "limb":
        to = _triple(origin + np.array(form.to) * scale)
        return limb(at, to, (size[0], size[-1]), bone, form.squash, blend, role)
    if form.kind == "ellipsoid" and len(size) == 1:
        size = (size[0], size[0], size[0])
    elif form.kind == "ring":
        size = (size[0], size[1], form.size[2] if len(form.size) == 3 else 1.0)
    elif form.kind == "cylinder" and len(size) == 2:
        size = (size[0], size[1], min(size) * 0.2)
    return Form(_KINDS[form.kind], at, size, bone, form.turn, blend, role)


def _triple(value: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(value[0]), float(value[1]), float(value[2])


def material_rows(figure: Figure) -> NDArray[np.float32]:
    """(n, MATERIAL_ROW) rows of the shading kernels."""
    rows = np.zeros((len(figure.materials), MATERIAL_ROW), np.float32)
    for row, material in zip(rows, figure.materials, strict=True):
        row[0] = MATERIAL_KINDS.index(material.kind)
        row[1:4], row[4:7] = material.colour, material.second
        row[7:13] = (
            material.gloss, material.metal, material.glow, material.wear, material.grain, material.opacity,
        )  # fmt: skip
    return rows


def build(figure: Figure, coarseness: float) -> Mesh:
    """The mesh of the whole figure; coarseness: factor on the cell size of every part."""
    names = list(figure.design.materials)
    bone_count = len(figure.skeleton.names)
    made: list[tuple[Mesh, NDArray[np.float32], float, bool]] = []
    for part in figure.parts:
        forms = encode(_solid_forms(figure, part))
        scale = figure.frames[part.frame][1]
        # what lies thinly over something else frays when it is coarser than it is thick
        factor = min(coarseness, 1.2) if part.over else coarseness
        cell = _fitting_cell(forms, part.cell * factor * scale)
        material = names.index(part.material)
        opaque = figure.materials[material].kind not in ("glass", "hologram")
        mesh = solid(forms, cell, part.folds, 0.022, bone_count, material)
        if figure.materials[material].kind == "hair":
            mesh.normals[:] = combed(mesh.positions, mesh.normals, forms)
        made.append((mesh, forms, part.folds, opaque))
    mesh = join([_exposed(number, made) for number in range(len(made))])
    rows = [forms for _, forms, _, opaque in made if opaque]
    if rows:
        starts = np.cumsum([0] + [len(forms) for forms in rows]).astype(np.int32)
        balls = np.array([_ball(part.positions) for part, _, _, opaque in made if opaque], np.float32)
        mesh.occlusion[:] = occlude(mesh.positions, mesh.normals, np.concatenate(rows), starts, balls, 0.11)
    mesh.occlusion[:] *= np.clip(0.62 + mesh.positions[:, 1] * 0.7, 0.62, 1.0)
    mesh.albedo[:] = weather(mesh.positions, mesh.occlusion, mesh.vertex_parts, material_rows(figure), grain())
    _crease(figure, mesh)
    return mesh


def _crease(figure: Figure, mesh: Mesh) -> None:
    """Fold what is cloth, on whoever has joints."""
    cloth = np.array([material.kind == "cloth" for material in figure.materials])[mesh.vertex_parts]
    if figure.design.figure != "person" or not cloth.any():
        return
    bends = bends_of(figure.skeleton.names, figure.skeleton.rest, figure.design.body.height)
    normals, shade = creased(mesh.positions[cloth], mesh.normals[cloth], bends)
    mesh.normals[cloth] = normals
    mesh.albedo[cloth] *= shade[:, None]


def _ball(points: NDArray[np.float32]) -> list[float]:
    """Centre and radius of a ball around the points."""
    if not len(points):
        return [0.0, -9.0, 0.0, 0.0]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return [*(float(value) for value in middle), float(np.linalg.norm(points - middle, axis=1).max())]


def _exposed(number: int, made: list[tuple[Mesh, NDArray[np.float32], float, bool]]) -> Mesh:
    """A part's mesh without what lies well inside another part, which no pose brings to light."""
    mesh = made[number][0]
    hidden = np.zeros(len(mesh.positions), bool)
    for other, (wrap, forms, folds, opaque) in enumerate(made):
        if other == number or not opaque or not len(wrap.positions):
            continue
        low, high = wrap.positions.min(axis=0), wrap.positions.max(axis=0)
        near = ((mesh.positions > low) & (mesh.positions < high)).all(axis=1) & ~hidden
        if near.any():
            hidden[near] = depth_inside(mesh.positions[near], forms, folds) < -0.012
    return without(mesh, hidden)


def _fitting_cell(rows: NDArray[np.float32], cell: float) -> float:
    """A thin part keeps enough cells across it to stay whole."""
    thin = 1e3
    for row in rows[rows[:, 2] < 0.5]:
        kind = int(row[0])
        sizes = row[16:19] if kind in (ELLIPSOID, BOX) else row[16:18] if kind in (CYLINDER, CONE) else row[17:18]
        thin = min(thin, float(sizes[sizes > 0].min()))
    return min(cell, max(thin * 0.95, 0.003))
