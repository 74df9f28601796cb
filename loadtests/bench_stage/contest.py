"""Compositors over the same layers, frame by frame in turn, by CPU seconds; and how alike their pictures are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from loadtests.bench_stage.ffmpeg_peer import FfmpegCompositor
from loadtests.bench_stage.layers import FRAMES, Layers
from loadtests.bench_stage.reference import reference_frame
from loadtests.bench_stage.skia_peer import SkiaCompositor
from loadtests.contact_sheet.golden import likeness

Draw = Callable[[int], av.VideoFrame]
COMPARED = 3


@dataclass(frozen=True, slots=True)
class Contest:
    """One scene: CPU milliseconds a frame of each compositor (medians), and SSIM of each against the reference."""

    scene: str
    changing: bool
    milliseconds: Mapping[str, float]
    likeness: Mapping[str, float]

    def over_ours(self, peer: str) -> float:
        return self.milliseconds[peer] / self.milliseconds["ours"]


def contest(layers: Layers, *, changing: bool, frames: int, compared: bool) -> Contest:
    """Every compositor draws each frame before any draws the next. compared: whether to measure likeness too."""
    peers = _compositors(layers, changing=changing)
    for draw in peers.values():
        draw(0)
    spent: dict[str, list[float]] = {name: [] for name in peers}
    pictures: dict[int, dict[str, NDArray[np.uint8]]] = {}
    last = min(frames, FRAMES) - 1
    shown = {1 + (last - 1) * n // (COMPARED - 1) for n in range(COMPARED)}
    for frame in range(1, last + 1):
        for name, draw in peers.items():
            began_s = time.process_time()
            picture = draw(frame)
            spent[name].append(time.process_time() - began_s)
            if compared and frame in shown:
                pictures.setdefault(frame, {})[name] = np.asarray(picture.to_ndarray(format="rgb24"), np.uint8)
    alike: dict[str, list[float]] = {name: [] for name in peers}
    alike["ours_by_painted_depth"] = []
    for frame, drawn in pictures.items():
        wanted = _rgb(reference_frame(layers, frame))
        for name, found in drawn.items():
            alike[name].append(likeness(found, wanted))
        painted = _rgb(reference_frame(layers, frame, as_painted=True))
        alike["ours_by_painted_depth"].append(likeness(drawn["ours"], painted))
    return Contest(
        layers.name, changing, {name: 1e3 * median(values) for name, values in spent.items()},
        {name: float(np.mean(values)) for name, values in alike.items() if values},
    )  # fmt: skip


def _rgb(planar: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(planar, cv2.COLOR_YUV2RGB_I420), np.uint8)


def _compositors(layers: Layers, *, changing: bool) -> Mapping[str, Draw]:
    picture = layers.picture()
    skia, ffmpeg = SkiaCompositor(layers), FfmpegCompositor(layers, changing=changing)

    def ours(frame: int) -> av.VideoFrame:
        return av.VideoFrame.from_ndarray(picture.frame(frame), format="yuv420p")

    return {"ours": ours, "skia": skia.frame, "ffmpeg": ffmpeg.frame}


def worst_ratio(contests: Sequence[Contest], peer: str) -> float:
    return min(found.over_ours(peer) for found in contests)
