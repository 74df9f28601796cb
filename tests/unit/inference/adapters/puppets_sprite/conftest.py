"""Engines over two small designs and over the project's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.inference.adapters.puppets_sprite import SpritePuppets
from tests.unit.inference.adapters.puppets_sprite.studio import MACHINE, PERSON


@pytest.fixture(scope="session")
def small_designs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("designs")
    (folder / "person.yaml").write_text(PERSON)
    (folder / "machine.yaml").write_text(MACHINE)
    return folder


@pytest.fixture(scope="session")
def puppets(small_designs: Path) -> SpritePuppets:
    return SpritePuppets(small_designs)


@pytest.fixture(scope="session")
def cast() -> SpritePuppets:
    return SpritePuppets()
