"""From forms to GLSL: constants, guards, order and bounds."""

from __future__ import annotations

import pytest

from services.inference.adapters.painter_raymarch.design import Form, Repeat
from services.inference.adapters.painter_raymarch.forms import KINDS
from services.inference.adapters.painter_raymarch.map_compiler import (
    compile_form_at,
    compile_map,
    number,
    reach_of,
    vector,
)

pytestmark = pytest.mark.unit


def a_form(kind: str = "box", **changes: object) -> Form:
    values = dict(KINDS[kind].fields)
    given = {"kind": kind, "at": (0.0, 0.0, 0.0), "values": values, "material": "m", "line": 1, **changes}
    return Form(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "text"), [(1.0, "1."), (-0.25, "-0.25"), (1e-7, "1e-07"), (3, "3.")])
def test_numbers_are_float_literals(value: float, text: str) -> None:
    assert number(value) == text


def test_vectors() -> None:
    assert vector((1.0, 2.5)) == "vec2(1.,2.5)"


def test_every_field_of_every_kind_reaches_its_call() -> None:
    for name, kind in KINDS.items():
        source = compile_map([a_form(name)])
        assert "{" + "size}" not in source, name
        for field in kind.fields:
            assert "{" + field + "}" not in source, (name, field)


def test_a_marked_form_is_guarded() -> None:
    assert "uMarks[1]>.5" in compile_map([a_form(mark="breach")])
    assert "uMarks[0]<.5" in compile_map([a_form(unless="lights_out")])
    assert "uMarks" not in compile_map([a_form()])


def test_a_cut_takes_away_from_what_stands_before_it_only() -> None:
    source = compile_map([a_form("sphere"), a_form("box", cut=True), a_form("cone")])
    assert source.index("length(q)") < source.index("max(d,-e)") < source.index("sdCone")


def test_costly_forms_come_after_cheap_ones_but_keep_their_numbers() -> None:
    source = compile_form_at([a_form("rover"), a_form("sphere")])
    assert source.index("length(q)") < source.index("sdRover")
    assert source.index("id=2.;") < source.index("id=1.;")


def test_mirror_comes_before_the_place_and_repeat_after_it() -> None:
    source = compile_map([a_form(mirror="x", at=(2.0, 0.0, 0.0), repeat={"z": Repeat(3.0, -2, 4)})])
    assert (
        source.index("q.x=abs(q.x)") < source.index("q-=vec3(2.,0.,0.)") < source.index("clamp(round(q.z/3.),-2.,4.)")
    )


def test_reach_covers_all_copies() -> None:
    low, high = reach_of(a_form(at=(1.0, 0.0, 0.0), repeat={"z": Repeat(3.0, -2, 4)})) or ((), ())
    assert low == (0.5, -0.5, -6.5)
    assert high == (1.5, 0.5, 12.5)


def test_reach_of_a_turned_form_holds_its_corners() -> None:
    low, high = reach_of(a_form(yaw=45.0)) or ((), ())
    assert high[0] >= 0.707
    assert low[2] <= -0.707


def test_a_form_without_end_has_no_reach() -> None:
    assert reach_of(a_form("hull")) is None
