"""Small pictures of places and puppets as they were last judged good, and how alike new ones are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from loadtests.contact_sheet.sheet import Picture
from services.inference.adapters.painter_raymarch import RaymarchPainter
from services.inference.adapters.painter_raymarch.sheets import picture_of
from services.inference.adapters.puppets_sprite.__main__ import neutral_plates, snapshot
from services.inference.adapters.puppets_sprite.engine import SpritePuppets
from services.inference.domain.shot import Staging, View

FOLDER: Final = Path("tests/golden")
SIZE: Final = (192, 108)
QUALITY: Final = 92
ALIKE: Final = 0.96
"""SSIM from which on a picture counts as the one that is kept: the codec and another processor's rounding cost 0.02."""

ALIKE_PORTRAIT: Final = 0.92
"""The same for puppets, whose meshes may be made finer or coarser as long as they look the same."""

SEATS: Final[Mapping[str, View]] = {
    "mars_surface": View("mars_surface", "establishing", time_of_day="dusk", mood="wonder", palette="teal_orange"),
    "colony_exterior": View("colony_exterior", "wide", time_of_day="night", mood="tense"),
    "dunes": View("dunes", "establishing"),
    "crater_rim": View("crater_rim", "wide", mood="warm"),
    "drill_site": View("drill_site", "wide", weather="dust"),
    "corridor": View("corridor", "over_shoulder", "right", -1, past="left"),
    "control_room": View("control_room", "establishing", marks=("symbols_on_screens",)),
    "greenhouse": View("greenhouse", "wide"),
    "airlock": View("airlock", "establishing", mood="dread"),
    "rover_cabin": View("rover_cabin", "wide"),
    "quarters": View("quarters", "wide", mood="warm"),
    "cavern": View("cavern", "wide"),
    "alien_hall": View("alien_hall", "wide", mood="wonder"),
    "orbit": View("orbit", "establishing"),
    "starfield": View("starfield", "wide"),
}
"""One view of each place; together they go through hours, weathers, moods, palettes, marks and framings."""

SITTERS: Final = ("engineer", "scientist", "engineer_suit", "service_robot", "ai_hologram")


def place(painter: RaymarchPainter, name: str) -> Picture:
    """The kept view of a place, as the painter paints it now."""
    return picture_of(painter.paint(SEATS[name], *SIZE))


def portrait(puppets: SpritePuppets, name: str) -> Picture:
    """A puppet's face, turned and speaking."""
    plates = neutral_plates(SIZE[1], SIZE[1], puppets.height_m(name) * 0.9, 0.6)
    return snapshot(puppets, Staging(name, "centre", 1, emotion="warm"), plates, viseme="ai")


def likeness(one: Picture, other: Picture) -> float:
    """Structural similarity of two pictures of one size, over luma and colour differences: 1 is the same picture.

    Wang et al., Image quality assessment: from error visibility to structural similarity, 2004.
    """
    if one.shape != other.shape:
        raise ValueError(f"pictures of {one.shape} and {other.shape} cannot be compared")
    channels = [np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb), np.float32) for picture in (one, other)]
    scores = [_ssim(channels[0][..., k], channels[1][..., k]) for k in range(3)]
    return 0.6 * scores[0] + 0.2 * scores[1] + 0.2 * scores[2]


def _ssim(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    def mean(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(x, (11, 11), 1.5), np.float32)

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ma, mb = mean(a), mean(b)
    va, vb, cov = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    found = (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
    return float(found.mean())


def kept(name: str, folder: Path = FOLDER) -> Picture:
    """The kept picture of a name. Raises FileNotFoundError with the command that draws it."""
    path = folder / f"{name}.webp"
    read = cv2.imread(str(path))
    if read is None:
        raise FileNotFoundError(f"{path} is not there: python -m loadtests.contact_sheet golden")
    return np.asarray(read[..., ::-1], np.uint8)


def keep(name: str, picture: Picture, folder: Path = FOLDER) -> Path:
    """Keep a picture in place of the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.webp"
    if not cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY]):
        raise OSError(f"could not write {path}")
    return path
