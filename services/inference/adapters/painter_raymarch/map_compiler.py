"""Turns the forms of a set into two GLSL functions with every number a constant: map() and formAt()."""

from __future__ import annotations

import math
from collections.abc import Sequence

from services.inference.adapters.painter_raymarch.design import MARKS, Form, Value, Vec3
from services.inference.adapters.painter_raymarch.forms import KINDS

AXES = "xyz"
GROUND_ONCE = "gGround=TERRAIN>0.?ground(p.xz):0.;gAway=length(p-uEye);"


def number(value: float) -> str:
    """GLSL literal of a float."""
    text = f"{value:.6g}"
    return text if "." in text or "e" in text else text + "."


def vector(values: Sequence[float]) -> str:
    """GLSL constructor of a vec2, vec3 or vec4."""
    return f"vec{len(values)}({','.join(number(v) for v in values)})"


def literal(value: Value) -> str:
    if isinstance(value, str):
        return value
    return vector(value) if isinstance(value, tuple) else number(value)


def mark_test(mark: str, unless: str) -> str:
    """GLSL condition under which a form or a light is there; empty when it always is."""
    tests = []
    if mark:
        tests.append(f"uMarks[{MARKS.index(mark)}]>.5")
    if unless:
        tests.append(f"uMarks[{MARKS.index(unless)}]<.5")
    return "&&".join(tests)


def _placement(form: Form) -> list[str]:
    """Statements that turn the world point p into the form's local point q, its copy number v and its yaw a."""
    out = ["vec3 q=p;float v=0.,a=0.;"]
    out += [f"v+=q.{axis}<0.?.37:0.;q.{axis}=abs(q.{axis});" for axis in form.mirror]
    if any(form.at):
        out.append(f"q-={vector(form.at)};")
    for axis, repeat in form.repeat.items():
        lo, hi, step = number(repeat.first), number(repeat.last), number(repeat.spacing)
        out.append(f"{{float k=clamp(round(q.{axis}/{step}),{lo},{hi});q.{axis}-=k*{step};v+=k*.173;}}")
    count, radius = form.polar
    if count > 0:
        sector = number(2 * math.pi / count)
        out.append(f"{{float k=round(atan(q.x,q.z)/{sector});a-=k*{sector};q.xz=rot2(-k*{sector})*q.xz;v+=k*.173;}}")
        out.append(f"q.z-={number(radius)};")
    if form.yaw:
        angle = number(math.radians(form.yaw))
        out.append(f"q.xz=rot2(-({angle}))*q.xz;a-=({angle});")
    if form.pitch:
        out.append(f"q.yz=rot2({number(math.radians(form.pitch))})*q.yz;")
    if form.roll:
        out.append(f"q.xy=rot2({number(math.radians(form.roll))})*q.xy;")
    return out


def _distance(form: Form) -> str:
    call = KINDS[form.kind].call
    for name, value in form.values.items():
        call = call.replace("{" + name + "}", literal(value))
    return call.replace("{round}", number(form.round))


def reach_of(form: Form) -> tuple[Vec3, Vec3] | None:
    """World box around a form and all its copies on one side of its mirrors (mirrors are applied to the point)."""
    reach = KINDS[form.kind].reach
    if reach is None:
        return None
    low, high = (list(corner) for corner in reach(form.values))
    turned = form.pitch or form.roll
    if form.yaw or turned or form.polar[0] > 0:
        radius = max(math.hypot(x, y if turned else 0, z) for x in (low[0], high[0]) for y in (low[1], high[1])
                     for z in (low[2], high[2]))  # fmt: skip
        radius += form.polar[1]
        low, high = [-radius, -radius if turned else low[1], -radius], [radius, radius if turned else high[1], radius]
    for axis, repeat in form.repeat.items():
        index = AXES.index(axis)
        low[index] += repeat.spacing * repeat.first
        high[index] += repeat.spacing * repeat.last
    lower, upper = (tuple(at + edge for at, edge in zip(form.at, corner, strict=True)) for corner in (low, high))
    return (lower[0], lower[1], lower[2]), (upper[0], upper[1], upper[2])


def _bound(form: Form) -> str:
    """GLSL distance to the form's bounding box, or empty."""
    box = reach_of(form)
    if box is None:
        return ""
    low, high = box
    centre = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))
    half = tuple((b - a) / 2 + form.blend for a, b in zip(low, high, strict=True))
    parts = [f"abs(p.{axis})" if axis in form.mirror else f"p.{axis}" for axis in AXES]
    return f"sdBox(vec3({','.join(parts)})-{vector(centre)},{vector(half)})"


def _is_worth_bounding(form: Form) -> bool:
    return KINDS[form.kind].costly or bool(form.repeat and form.pitch) or form.polar[0] > 0


def _join(form: Form) -> str:
    if form.cut:
        return "d=max(d,-e);"
    return f"d=smin(d,e,{number(form.blend)});" if form.blend else "d=min(d,e);"


def _guarded(form: Form, body: str) -> str:
    test = mark_test(form.mark, form.unless)
    if _is_worth_bounding(form) and not form.cut and (bound := _bound(form)):
        body = f"if({bound}<d){{{body}}}"
    return f"if({test}){{{body}}}" if test else f"{{{body}}}"


def _ordered(forms: Sequence[Form]) -> list[tuple[int, Form]]:
    """Cheap forms first, so that the distance they leave behind spares the costly ones; cuts keep their place."""
    numbered = list(enumerate(forms, start=1))
    out: list[tuple[int, Form]] = []
    run: list[tuple[int, Form]] = []
    for entry in numbered:
        if entry[1].cut:
            out += [*sorted(run, key=lambda e: _is_worth_bounding(e[1])), entry]
            run = []
        else:
            run.append(entry)
    return out + sorted(run, key=lambda e: _is_worth_bounding(e[1]))


def compile_map(forms: Sequence[Form]) -> str:
    """GLSL of `float map(vec3 p)`: distance to the nearest surface, in metres."""
    lines = ["float map(vec3 p){float d=1e4;" + GROUND_ONCE]
    for _, form in _ordered(forms):
        body = "".join(_placement(form)) + f"float e={_distance(form)};" + _join(form)
        lines.append(_guarded(form, body))
    return "\n".join([*lines, "return d;}"])


def compile_form_at(forms: Sequence[Form]) -> str:
    """GLSL of `float formAt(vec3 p, out vec3 lq, out float la, out float lv)`.

    Number of the form at p (1-based), its local point, its yaw and its copy's number in 0..1.
    A cut owns the surface that it leaves.
    """
    head = "float formAt(vec3 p,out vec3 lq,out float la,out float lv){float d=1e4,id=0.;lq=p;la=0.;lv=0.;"
    lines = [head + GROUND_ONCE]
    for index, form in _ordered(forms):
        take = f"id={index}.;lq=q;la=a;lv=v;"
        body = "".join(_placement(form)) + f"float e={_distance(form)};"
        body += f"if(-e>d){{d=-e;{take}}}" if form.cut else f"if(e<d){{d=e;{take}}}"
        lines.append(_guarded(form, body))
    return "\n".join([*lines, "lv=fract(lv+.001);return id;}"])
