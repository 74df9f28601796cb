"""Set files: what is refused, and where the message says it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.inference.adapters.painter_raymarch.engine import SETS_FOLDER
from services.inference.adapters.painter_raymarch.loading import SetFileError, load_set, load_sets
from services.inference.adapters.painter_raymarch.shader_compiler import compile_set
from services.inference.domain.plates import LIGHT_GROUPS

pytestmark = pytest.mark.unit

SMALL_SET = """title: A box
inside: true
seed: 1
interest: [0, 1, 0]
exposure: 1.0
reach_m: 20
ambient_up: [0.1, 0.1, 0.1]
ambient_down: [0.1, 0.1, 0.1]
ambient_occlusion_m: 0.5
air: {colour: [0.1, 0.1, 0.1], extinction_per_m: 0.01}
walkable: [[-2, 0.4, -2], [2, 2, 6]]
materials:
  grey: {colour: [0.5, 0.5, 0.5]}
forms:
  - {form: box, at: [0, -0.5, 0], size: [20, 1, 20], material: grey}
lights:
  - {kind: sphere, group: key, at: [0, 3, 0], power: 5}
stages:
  left: {floor: [-1, 0, 0]}
  centre: {floor: [0, 0, 0]}
  right: {floor: [1, 0, 0]}
  far: {floor: [0, 0, -4]}
cameras:
  establishing: {position: [0, 3, 6], target: [0, 1, 0], focal: 1.0}
  wide: {position: [0, 1.5, 5], target: [0, 1, 0], focal: 1.0}
"""


def load_text(folder: Path, text: str) -> str:
    """The error that a set file gives."""
    path = folder / "place.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SetFileError) as caught:
        load_set(path)
    return str(caught.value)


def test_small_set_is_read(tmp_path: Path) -> None:
    path = tmp_path / "place.yaml"
    path.write_text(SMALL_SET, encoding="utf-8")
    design = load_set(path)
    assert design.name == "place"
    assert design.forms[0].values["size"] == (20.0, 1.0, 20.0)
    assert design.lights[0].power == 5.0
    assert design.stages["far"].floor == (0.0, 0.0, -4.0)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("form: box", "form: boxx", 15, "unknown 'boxx'; known: antenna"),
        ("size: [20, 1, 20]", "sise: [20, 1, 20]", 15, "unknown field 'sise'"),
        ("size: [20, 1, 20]", "size: [20, 1]", 15, "3 numbers are expected, not 2"),
        ("material: grey", "material: gray", 15, "unknown 'gray'; known: grey"),
        ("group: key", "group: sunlight", 17, "unknown 'sunlight'; known: alarm"),
        ("power: 5", "power: much", 17, "a number is expected, not 'much'"),
        ("power: 5", "power: nan", 17, "a finite number is expected"),
        ("power: 5", "unless: sunday", 17, "unknown 'sunday'"),
        ("inside: true", "inside: perhaps", 2, "true or false is expected"),
        ("seed: 1\n", "seed: 1\nsead: 2\n", 4, "unknown field 'sead'"),
        ("seed: 1\n", "seed: 1\nseed: 2\n", 4, "'seed' is given twice"),
        ("  far: {floor: [0, 0, -4]}\n", "", 1, "missing stage positions: far"),
        ("  wide: {position: [0, 1.5, 5], target: [0, 1, 0], focal: 1.0}\n", "", 1, "missing cameras: wide"),
        ("reach_m: 20\n", "", 1, "missing reach_m"),
        ("title: A box", "title: [", 4, ""),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in SMALL_SET
    message = load_text(tmp_path, SMALL_SET.replace(old, new, 1))
    assert message.startswith(f"place.yaml:{line}:") or (not words and message.startswith("place.yaml:"))
    assert words in message


def test_no_more_shadows_than_channels(tmp_path: Path) -> None:
    lamp = "  - {kind: sphere, group: key, at: [0, 3, 0], power: 5, shadow: true}\n"
    message = load_text(tmp_path, SMALL_SET.replace("lights:\n", "lights:\n" + lamp * 5, 1))
    assert "more than 4 lights with shadow" in message


def test_shipped_sets_are_sound() -> None:
    designs = load_sets(SETS_FOLDER)
    wanted = {"mars_surface", "colony_exterior", "corridor", "control_room", "greenhouse", "airlock", "rover_cabin",
              "drill_site", "cavern", "alien_hall", "orbit", "dunes", "crater_rim", "starfield", "quarters"}  # fmt: skip
    assert wanted <= set(designs)
    for design in designs.values():
        compiled = compile_set(design)
        assert set(compiled.sources) == {"cone", "geometry", "occlusion", "shafts", "shade", "resolve"}
        assert any(light.group == "alarm" for light in design.lights), design.name
        assert {light.group for light in design.lights} <= set(LIGHT_GROUPS)
        assert "console" in design.stages, design.name
        assert any(form.mark == "breach" for form in design.forms), design.name
        assert any(material.floor for material in design.materials), design.name
