"""Captions set into pictures, for players and places that show no text track. Knows no files and no sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FONTS: Final = (
    "/usr/share/fonts/opentype/inter/Inter-Medium.otf",
    "/usr/share/fonts/opentype/inter/Inter-Regular.otf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)
_LETTERS_OF_HEIGHT: Final = 0.052
_LINE: Final = 1.32
_ROOM: Final = 0.8
_FOOT: Final = 0.93
_PLATE: Final = 0.72
_INK: Final = 235.0
_BLACK: Final = 16.0

Span = tuple[int, int, str]


def font_file(paths: Sequence[str] = FONTS) -> str:
    """First file that exists. Raises ValueError naming what was looked for."""
    for path in paths:
        if Path(path).is_file():
            return path
    raise ValueError(f"no font for captions: none of {', '.join(paths)} exists; install Debian's fonts-inter")


@dataclass(frozen=True, slots=True)
class _Set:
    """text: what was set. ink, plate: (h, w) float32 0..1, h and w even. x_px, y_px: upper left, even."""

    text: str
    ink: NDArray[np.float32]
    plate: NDArray[np.float32]
    x_px: int
    y_px: int


class BurnedCaptions:
    """spans: (start, end, text) in milliseconds in order, as `film_mp4.spans` gives them."""

    def __init__(self, spans: Sequence[Span], width: int, height: int, font: str) -> None:
        self._spans = spans
        self._size = (width, height)
        self._font = ImageFont.truetype(font, max(round(_LETTERS_OF_HEIGHT * height), 9))
        self._set: _Set | None = None

    def lay(self, picture: NDArray[np.uint8], time_ms: float) -> None:
        """Set what is said at a time into an I420 picture (height * 3 / 2, width) uint8, in place."""
        text = next((text for start, end, text in self._spans if start <= time_ms < end), "")
        if not text:
            return
        if self._set is None or self._set.text != text:
            self._set = self._setting(text)
        self._blend(picture, self._set)

    def _setting(self, text: str) -> _Set:
        width, height = self._size
        lines = self._wrapped(text)
        step = self._font.size * _LINE
        pad = round(0.5 * self._font.size)
        across = min(round(max(self._font.getlength(line) for line in lines)) + 2 * pad, width) & ~1
        down = round(step * len(lines) + pad) & ~1
        ink = Image.new("L", (across, down), 0)
        pen = ImageDraw.Draw(ink)
        for number, line in enumerate(lines):
            pen.text((across / 2, 0.5 * pad + step * (number + 0.5)), line, fill=255, font=self._font, anchor="mm")
        plate = Image.new("L", (across, down), 0)
        ImageDraw.Draw(plate).rounded_rectangle((0, 0, across - 1, down - 1), pad // 2, fill=round(255 * _PLATE))
        top = max(round(_FOOT * height) - down, 0) & ~1
        return _Set(text, _shares(ink), _shares(plate), (width - across) // 2 & ~1, top)

    def _wrapped(self, text: str) -> list[str]:
        """Lines of about one length that fit; a word wider than the picture stands alone and is cut off."""
        room = _ROOM * self._size[0]
        whole = self._font.getlength(text)
        count = max(1, -int(-whole // room))
        while True:
            lines = self._filled(text.split(), min(room, 1.06 * whole / count))
            if len(lines) <= count or count > len(text.split()):
                return self._filled(text.split(), room) if len(lines) > count else lines
            count += 1

    def _filled(self, words: Sequence[str], room: float) -> list[str]:
        lines: list[str] = []
        for word in words:
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self._font.getlength(longer) <= room:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def _blend(self, picture: NDArray[np.uint8], made: _Set) -> None:
        width, height = self._size
        down, across = made.ink.shape
        rows, columns = slice(made.y_px, made.y_px + down), slice(made.x_px, made.x_px + across)
        luma = picture[:height][rows, columns]
        dimmed = luma + made.plate * (_BLACK - luma)
        luma[:] = np.rint(dimmed + made.ink * (_INK - dimmed))
        kept = (1.0 - made.plate[::2, ::2]) * (1.0 - made.ink[::2, ::2])
        half = slice(made.y_px // 2, (made.y_px + down) // 2), slice(made.x_px // 2, (made.x_px + across) // 2)
        for plane in picture[height:].reshape(2, height // 2, width // 2):
            part = plane[half]
            part[:] = np.rint(128.0 + (part.astype(np.float32) - 128.0) * kept)


def _shares(image: Any) -> NDArray[np.float32]:
    return np.asarray(image, np.float32) / np.float32(255.0)
