"""Places and puppets look as they did when they were last judged good; `python -m loadtests.contact_sheet golden`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from loadtests.contact_sheet import golden
from services.inference.adapters.painter_raymarch import RaymarchPainter
from services.inference.adapters.painter_raymarch.engine import SETS_FOLDER
from services.inference.adapters.painter_raymarch.sheets import picture_of
from services.inference.adapters.puppets_sprite.engine import SpritePuppets

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def painter() -> Iterator[RaymarchPainter]:
    with RaymarchPainter() as opened:
        yield opened


@pytest.fixture(scope="module")
def puppets() -> SpritePuppets:
    return SpritePuppets()


def test_every_place_has_its_picture() -> None:
    assert set(golden.SEATS) == {path.stem for path in SETS_FOLDER.glob("*.yaml")}
    assert {path.stem for path in golden.FOLDER.iterdir()} == {*golden.SEATS, *golden.SITTERS}


@pytest.mark.parametrize("name", golden.SEATS)
def test_a_place_looks_as_it_was_judged(painter: RaymarchPainter, name: str) -> None:
    assert golden.likeness(golden.place(painter, name), golden.kept(name)) > golden.ALIKE


@pytest.mark.parametrize("name", golden.SITTERS)
def test_a_puppet_looks_as_it_was_judged(puppets: SpritePuppets, name: str) -> None:
    assert golden.likeness(golden.portrait(puppets, name), golden.kept(name)) > golden.ALIKE_PORTRAIT


def test_another_mood_and_another_place_are_told_apart(painter: RaymarchPainter) -> None:
    view = replace(golden.SEATS["corridor"], mood="dread")
    assert golden.likeness(picture_of(painter.paint(view, *golden.SIZE)), golden.kept("corridor")) < golden.ALIKE
    assert golden.likeness(golden.kept("cavern"), golden.kept("corridor")) < 0.75


def test_two_puppets_are_told_apart() -> None:
    assert golden.likeness(golden.kept("engineer"), golden.kept("scientist")) < golden.ALIKE_PORTRAIT


def test_pictures_of_two_sizes_are_not_compared() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        golden.likeness(np.zeros((4, 4, 3), np.uint8), np.zeros((8, 8, 3), np.uint8))
