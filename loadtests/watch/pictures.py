"""Keeps of each decoded picture what the measures and the contact sheet need, and no more."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from loadtests.watch.observations import VIDEO_HZ, Observations, Picture, Thumbnail

LUMA_SIZE = (64, 36)
CHROMA_SIZE = (16, 9)
THUMBNAIL_WIDTH = 320


class Pictures:
    """every_s: time between thumbnails."""

    def __init__(self, seen: Observations, every_s: float) -> None:
        self._seen = seen
        self._every_s = every_s
        self._first_at_s: float | None = None
        self._next_s = 0.0

    def take(self, frame: Any, connection: int, at_s: float) -> None:
        """frame: av.VideoFrame, yuv420p, its pts in 90 kHz ticks since the connection's first."""
        luma = cv2.resize(_plane(frame.planes[0]), LUMA_SIZE, interpolation=cv2.INTER_AREA)
        chroma = [cv2.resize(_plane(plane), CHROMA_SIZE, interpolation=cv2.INTER_AREA) for plane in frame.planes[1:3]]
        media_s = frame.pts / VIDEO_HZ
        self._seen.pictures.append(Picture(connection, at_s, media_s, _bytes(luma), _bytes(np.stack(chroma))))
        if self._first_at_s is None:
            self._first_at_s = at_s
        if at_s - self._first_at_s >= self._next_s:
            height = round(frame.height * THUMBNAIL_WIDTH / frame.width)
            rgb = frame.reformat(THUMBNAIL_WIDTH, height, "rgb24").to_ndarray()
            self._seen.thumbnails.append(Thumbnail(at_s, rgb))
            self._next_s = (np.floor((at_s - self._first_at_s) / self._every_s) + 1) * self._every_s


def _plane(plane: Any) -> NDArray[np.uint8]:
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def _bytes(values: Any) -> NDArray[np.uint8]:
    return np.asarray(values, np.uint8)
