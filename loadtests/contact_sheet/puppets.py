"""Sheets of puppets: each in six emotions, with its mouth shapes and poses, and the whole cast in a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from loadtests.contact_sheet.sheet import Cell, arranged, save
from services.inference.adapters.puppets_sprite.__main__ import neutral_plates, snapshot
from services.inference.adapters.puppets_sprite.engine import SpritePuppets
from services.inference.adapters.puppets_sprite.motion import POSES
from services.inference.domain.shot import Staging
from services.inference.domain.speech import VISEMES

SHEET_EMOTIONS = ("calm", "tense", "afraid", "warm", "awed", "urgent")
CELL_PX = 400


def write_puppet(puppets: SpritePuppets, name: str, folder: Path) -> Path:
    """Emotions near from two sides, mouth shapes, poses."""
    tall, long = puppets.height_m(name), puppets.length_m(name)
    near = neutral_plates(CELL_PX, CELL_PX, *((tall * 0.6, long * 1.3) if long > 2.5 else (tall * 0.915, 0.46)))
    body = neutral_plates(CELL_PX, CELL_PX, tall * 0.5, max(tall * 1.22, long * 1.5))
    cells = [
        Cell(f"{name}: {emotion}", snapshot(puppets, Staging(name, "centre", facing, emotion=emotion), near))
        for facing in (0, 1)
        for emotion in SHEET_EMOTIONS
    ]
    cells += [
        Cell(f"says {viseme}", snapshot(puppets, Staging(name, "centre"), near, viseme=viseme)) for viseme in VISEMES
    ]
    cells += [Cell("", cells[0].picture * 0)] * (-len(cells) % len(SHEET_EMOTIONS))
    cells += [
        Cell(f"{pose}, {emotion}", snapshot(puppets, Staging(name, "centre", facing, pose, emotion), body, 40))
        for facing, emotion in ((0, "calm"), (1, "tense"))
        for pose in POSES
    ]
    return save(folder / f"puppet_{name}.png", arranged(cells, len(SHEET_EMOTIONS), CELL_PX))


def write_cast(puppets: SpritePuppets, names: Sequence[str], folder: Path) -> Path:
    """All of them at one scale: silhouettes must differ."""
    plates = neutral_plates(300, 560, 1.08, 2.6)
    cells = [Cell(name, snapshot(puppets, Staging(name, "centre", facing), plates)) for facing in (0, 1)
             for name in names]  # fmt: skip
    return save(folder / "puppets_cast.png", arranged(cells, -(-len(names) // 2), 300))
