"""Designs are data: what is right is read, what is wrong is named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.inference.adapters.puppets_sprite.design import DesignError, linear, load, load_all
from services.inference.adapters.puppets_sprite.engine import DESIGNS
from services.inference.adapters.puppets_sprite.figure import work_out
from tests.unit.inference.adapters.puppets_sprite.studio import MACHINE, PERSON

CAST = {
    "engineer", "scientist", "engineer_suit", "scientist_suit", "service_robot", "ai_hologram", "rover", "drone",
    "alien_presence", "colonist_woman", "colonist_man", "child",
}  # fmt: skip
ROW = "first: 0, last: 90, count: 3, top: [0, 0], middle: [9, 9], end: [9, 9]"


def written(folder: Path, text: str) -> Path:
    path = folder / "odd.yaml"
    path.write_text(text)
    return path


def test_the_whole_cast_is_there_and_can_be_worked_out() -> None:
    designs = load_all(DESIGNS)
    assert set(designs) >= CAST
    assert all(work_out(design).parts for design in designs.values())


def test_a_colour_is_linear_light() -> None:
    assert linear("#ffffff") == (1.0, 1.0, 1.0)
    assert linear("#808080")[0] == pytest.approx(0.2159, abs=1e-3)


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        (PERSON.replace("figure: person", "figure: persn"), 3, "persn"),
        (PERSON.replace("height: 1.7", "heigth: 1.7"), 4, "heigth"),
        (PERSON.replace('"#c2561d"', '"orange"'), 7, "rrggbb"),
        (PERSON.replace("kind: cloth", "kind: clorth"), 7, "clorth"),
        (MACHINE.replace("size: 0.3}", "sise: 0.3}"), 12, "sise"),
        (MACHINE.replace("size: 0.3}", "size: [1, 2]}"), 12, "size"),
        (MACHINE.replace("{material: lamp", "{material: lmap"), 13, "lmap"),
        (MACHINE.replace("parent: root", "parent: rot"), 10, "rot"),
        (MACHINE.replace("glow: 2.0", "glow: bright"), 7, "glow"),
        (MACHINE + "wheels: 3\n", 14, "wheels"),
        (PERSON + "stance: {weight: middle}\n", 10, "middle"),
        (MACHINE.replace("cell: 0.02,", "locks: [{first: 0}],"), 13, "last"),
        (MACHINE.replace("cell: 0.02,", "locks: [{" + ROW.replace("count: 3", "count: 900") + "}],"), 13, "900"),
        (MACHINE.replace("cell: 0.02,", "locks: [{" + ROW.replace("[0, 0]", "[0]") + "}],"), 13, "top"),
        (PERSON + "stance: {hips: 4}\n", 10, "hips"),
        (PERSON + "stance: {holds: {calm: [hang, wings]}}\n", 10, "wings"),
        (PERSON + "stance: {holds: {calm: [hang]}}\n", 10, "calm"),
        (PERSON + "stance: {holds: {bored: [hang, hang]}}\n", 10, "bored"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, wrong: str, line: int, says: str) -> None:
    with pytest.raises(DesignError) as caught:
        load(written(tmp_path, wrong))
    assert str(caught.value).startswith(f"odd.yaml:{line}:")
    assert says in str(caught.value)


def test_broken_yaml_is_named_with_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"^odd\.yaml:\d+:"):
        load(written(tmp_path, "title: [\nfigure: person\n"))


def test_an_unknown_bone_is_refused(tmp_path: Path) -> None:
    design = load(written(tmp_path, MACHINE.replace("lamp, bone: body", "lamp, bone: tail")))
    with pytest.raises(DesignError, match="tail"):
        work_out(design)
