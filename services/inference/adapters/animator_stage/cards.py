"""Title, place and end cards: light type over the picture, set once and faded by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from services.inference.adapters.animator_stage.noise import smooth
from services.inference.domain.errors import EngineUnavailable
from services.inference.domain.shot import Title

_FADE_FRAMES: Final = 14
_SHADOW: Final = {"title": 0.55, "place": 0.6, "end": 0.45}


@dataclass(frozen=True, slots=True)
class Card:
    """art: (h, w, 2) uint8: ink, and the shadow under it. dim: how far the picture behind is darkened, 0..1."""

    art: NDArray[np.uint8]
    x_px: int
    y_px: int
    shadow: float
    dim: float
    start_frame: int
    end_frame: int

    stays: bool = False

    def opacity(self, frame: int) -> float:
        """0..1; a card that stays to its shot's end does not go."""
        rise = smooth((frame - self.start_frame + 1) / _FADE_FRAMES)
        if self.stays and frame < self.end_frame:
            return rise
        return rise * smooth((self.end_frame - frame) / _FADE_FRAMES)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    font: ImageFont.FreeTypeFont
    spacing_px: float
    ink: int

    def width(self) -> float:
        return sum(self.font.getlength(letter) + self.spacing_px for letter in self.text) - self.spacing_px

    def draw(self, pen: ImageDraw.ImageDraw, x_px: float, baseline_px: float) -> None:
        for index, letter in enumerate(self.text):
            pen.text((x_px, baseline_px), letter, fill=self.ink, font=self.font, anchor="ls")
            pair = self.text[index : index + 2]
            kerned = self.font.getlength(pair) - self.font.getlength(pair[1:]) if len(pair) > 1 else 0.0
            x_px += kerned + self.spacing_px


def find_font(paths: Sequence[str]) -> str:
    """First file that exists. Raises EngineUnavailable naming what was looked for."""
    for path in paths:
        if Path(path).is_file():
            return path
    raise EngineUnavailable(f"no font for titles: none of {', '.join(paths)} exists; install Debian's fonts-inter")


def set_card(title: Title, width: int, height: int, light_font: str, text_font: str) -> Card:
    """Set a card for a picture of width x height."""
    canvas = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(canvas)
    if title.kind == "place":
        _set_place(pen, title, width, height, light_font, text_font)
    else:
        _set_centred(pen, title, width, height, light_font, text_font)
    ink = np.asarray(canvas, dtype=np.uint8)
    blurred = canvas.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.GaussianBlur(height / 60))
    shadow = np.asarray(blurred, dtype=np.uint8)
    art = np.stack([ink, shadow], axis=2)
    rows = np.flatnonzero(shadow.max(axis=1))
    columns = np.flatnonzero(shadow.max(axis=0))
    y, x = (int(rows[0]) & ~1, int(columns[0]) & ~1) if rows.size else (0, 0)
    bottom, right = (int(rows[-1]) + 1, int(columns[-1]) + 1) if rows.size else (2, 2)
    return Card(
        art=np.ascontiguousarray(art[y:bottom, x:right]),
        x_px=x,
        y_px=y,
        shadow=_SHADOW[title.kind],
        dim=0.62 if title.kind == "end" else 0.16 if title.kind == "title" else 0.0,
        start_frame=title.start_frame,
        end_frame=title.end_frame,
        stays=title.kind == "end",
    )


def _fitted(text: str, path: str, size_px: float, spacing_em: float, ink: int, room_px: float) -> _Line:
    """The line at its size, or smaller until it fits."""
    size = size_px
    while True:
        line = _Line(text, ImageFont.truetype(path, max(round(size), 8)), spacing_em * size, ink)
        if line.width() <= room_px or size <= 8.0:
            return line
        size *= 0.93


def _set_place(pen: ImageDraw.ImageDraw, title: Title, width: int, height: int, light: str, text: str) -> None:
    margin = 0.07 * width
    room = width - 2.0 * margin
    base = 0.86 * height
    name = _fitted(title.text.upper(), light, 0.062 * height, 0.16, 245, room)
    if title.subtitle:
        under = _fitted(title.subtitle, text, 0.032 * height, 0.06, 215, room)
        under.draw(pen, margin, base + 0.012 * height)
        base -= 0.062 * height
    name.draw(pen, margin, base)
    bar_top = base - 0.085 * height
    pen.rectangle((margin, bar_top, margin + 0.05 * width, bar_top + max(1, round(height / 300))), fill=235)


def _set_centred(pen: ImageDraw.ImageDraw, title: Title, width: int, height: int, light: str, text: str) -> None:
    room = 0.84 * width
    spacing = 0.34 if title.kind == "title" else 0.22
    size = 0.125 if title.kind == "title" else 0.09
    name = _fitted(title.text.upper(), light, size * height, spacing, 250, room)
    base = (0.535 if title.subtitle else 0.55) * height
    name.draw(pen, 0.5 * (width - name.width()), base)
    if title.subtitle:
        under = _fitted(title.subtitle, text, 0.036 * height, 0.14, 220, room)
        under.draw(pen, 0.5 * (width - under.width()), base + 0.095 * height)
