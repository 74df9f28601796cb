"""Assembles the programs of a set: the shared GLSL files around the set's own map and lights."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.inference.adapters.painter_raymarch.design import PATTERNS, Form, Material, SetDesign
from services.inference.adapters.painter_raymarch.light_compiler import (
    compile_curtains,
    compile_glows,
    compile_lights,
    compile_shadow_rays,
    compile_shafts,
    lamp_bodies,
    shadow_channels,
)
from services.inference.adapters.painter_raymarch.map_compiler import compile_form_at, compile_map
from services.inference.domain.plates import LIGHT_GROUPS

PACKAGE = Path(__file__).parent
VERTEX = "#version 330\nvoid main(){vec2 v=vec2((gl_VertexID<<1)&2,gl_VertexID&2);gl_Position=vec4(v*2.-1.,0.,1.);}"
MAX_FORMS = 63
MAX_MATERIALS = 48
END_OF_PATTERNS = 99


@dataclass(frozen=True, slots=True)
class CompiledSet:
    """sources: pass -> fragment shader. The tables are indexed by form (1-based) or by material.

    material_of_form, reflect_of_form: MAX_FORMS + 1 values. form_sizes: x, y, z and art number of each form.
    material_table: five vectors of four for each material.
    """

    design: SetDesign
    sources: Mapping[str, str]
    forms: tuple[Form, ...]
    materials: tuple[Material, ...]
    material_of_form: tuple[int, ...]
    reflect_of_form: tuple[float, ...]
    form_sizes: tuple[tuple[float, float, float, float], ...]
    material_table: tuple[tuple[float, float, float, float], ...]


def source_digest() -> str:
    """SHA-256 over everything that decides a picture: code, GLSL and set files of this package."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in {".py", ".glsl", ".frag", ".yaml"}:
            digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _size_of(form: Form) -> tuple[float, float, float, float]:
    size = form.values.get("size")
    art = form.values.get("art", 0.0)
    number = float(art) if isinstance(art, float | int) else 0.0
    if isinstance(size, tuple):
        return (size[0], size[1], size[2] if len(size) > 2 else 0.0, number)
    radius, height = form.values.get("radius", 1.0), form.values.get("height", 1.0)
    wide = float(radius) if isinstance(radius, float | int) else 1.0
    tall = float(height) if isinstance(height, float | int) else 1.0
    return (wide, tall, wide, number)


def _material_rows(material: Material) -> list[tuple[float, float, float, float]]:
    return [
        (*material.colour, material.roughness),
        (*material.colour2, material.metal),
        (*material.emission, float(LIGHT_GROUPS.index(material.group))),
        (float(PATTERNS.index(material.pattern)), material.scale, material.dirt, material.wear),
        (material.bump, material.reflect, float(material.lamp or material.group == "practicals"), 0.0),
    ]


def _used_patterns(surface: str, used: set[int]) -> str:
    """The surface file with only the patterns that a set uses: software rasterisers run every branch."""
    parts = re.split(r"^//P(\d+)$", surface, flags=re.MULTILINE)
    kept = [parts[0]]
    for kind, code in zip(parts[1::2], parts[2::2], strict=True):
        if int(kind) in used or int(kind) == END_OF_PATTERNS:
            kept.append(code)
    return "".join(kept)


def compile_set(design: SetDesign) -> CompiledSet:
    """Specialise the programs for one set."""
    bodies, lamp_materials = lamp_bodies(design.lights)
    forms = (*design.forms, *bodies)
    materials = (*design.materials, *lamp_materials)
    if len(forms) > MAX_FORMS or len(materials) > MAX_MATERIALS:
        raise ValueError(f"{design.name}: {len(forms)} forms of at most {MAX_FORMS}, "
                         f"{len(materials)} materials of at most {MAX_MATERIALS}")  # fmt: skip
    text = {path.name: path.read_text(encoding="utf-8") for path in (PACKAGE / "glsl").iterdir()}
    numbers = {material.name: index for index, material in enumerate(materials)}
    has_terrain = any(form.kind == "terrain" for form in forms)
    shapes = f"const float TERRAIN={'1.' if has_terrain else '0.'};\nfloat gGround,gAway;\n"
    shapes += text["forms.glsl"] + compile_map(forms)
    occlusion = text["occlusion.frag"].replace("SHADOW_COUNT", str(len(shadow_channels(design.lights))))
    occlusion = occlusion.replace("SHADOW_RAYS", compile_shadow_rays(design.lights))
    shafts = text["shafts.frag"].replace("SHADOW_COUNT", str(len(shadow_channels(design.lights))))
    shafts = shafts.replace("SHADOW_RAYS", compile_shadow_rays(design.lights))
    shafts = shafts.replace("SHAFT_LIGHTS", compile_shafts(design.lights))
    shafts = shafts.replace("CURTAINS", compile_curtains(design.lights))
    shade = text["shade.frag"].replace("LIGHTS", compile_lights(design.lights), 1)
    shade = shade.replace("GLOWS", compile_glows(design.lights), 1)
    helpers = text["forms.glsl"].split("float smin", 1)[0]
    surface = _used_patterns(text["surface.glsl"], {PATTERNS.index(material.pattern) for material in materials})
    sources = {
        "cone": text["head.glsl"] + shapes + text["cone.frag"],
        "geometry": text["head.glsl"] + shapes + compile_form_at(forms) + text["geometry.frag"],
        "occlusion": text["head.glsl"] + "uniform vec3 uSun;\n" + shapes + occlusion,
        "shafts": text["head.glsl"] + "uniform vec3 uSun;\n" + shapes + shafts,
        "shade": text["head.glsl"] + helpers + surface + text["light.glsl"] + text["sky.glsl"] + shade,
        "resolve": text["head.glsl"] + text["resolve.frag"],
    }
    rows = [row for material in materials for row in _material_rows(material)]
    owner = [numbers[form.material] for form in forms]
    return CompiledSet(
        design, sources, forms, materials, (0, *owner), (0.0, *(materials[m].reflect for m in owner)),
        ((1.0, 1.0, 1.0, 0.0), *(_size_of(form) for form in forms)), tuple(rows),
    )  # fmt: skip
