"""The same layers composited by an ffmpeg filter graph (scale and overlay, one thread, through PyAV).

Made ready, not counted: layers as planar pictures with alpha, cropped to what the shot shows of them; with light that
stands the graded plates themselves, with light that changes one picture for each group; specks as pictures with alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import cv2
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext
from numpy.typing import NDArray

from loadtests.bench_stage.layers import FRAMES, GRADE, Drawn, Layers
from loadtests.bench_stage.skia_peer import speck_rgb, vignette
from services.inference.adapters.animator_stage.tones import display
from services.inference.domain.timebase import FRAMES_PER_SECOND

_SCALED_FROM: Final = 0.002
_MARGIN_PX: Final = 4
_HEADROOM: Final = 4.0
_PIVOT: Final = 0.4

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A picture that the graph scales and lays over what is there. box: the part of the plate that it shows."""

    source: FilterContext | None
    picture: av.VideoFrame | None
    scale: FilterContext | None
    overlay: FilterContext | None
    box: Box
    depth_m: float


class FfmpegCompositor:
    """Draws flat depth layers, each moved as its distance asks, with puppets and specks between them."""

    def __init__(self, layers: Layers, *, changing: bool) -> None:
        self._layers = layers
        self._changing = changing
        self._graph = Graph()
        self._graph.threads = 1
        self._pieces: list[_Piece] = []
        self._groups: list[tuple[FilterContext, av.VideoFrame]] = []
        self._mixing: FilterContext | None = None
        self._speck_sources: list[FilterContext] = []
        self._specks = [self._speck_pictures(frame) for frame in range(FRAMES)]
        self._vignette = _planar(vignette(layers.width, layers.height))
        self._build()

    def frame(self, frame: int) -> av.VideoFrame:
        """One I420 frame for an encoder."""
        if self._mixing is not None:
            levels = self._levels(frame)
            self._mixing.process_command("weights", " ".join(f"{level:.6f}" for level in levels))
        for source, picture in self._groups:
            _push(source, picture, frame)
        for piece in self._pieces:
            self._move(piece, frame)
            if piece.source is not None:
                _push(piece.source, piece.picture, frame)
        for source, picture in zip(self._speck_sources, self._specks[frame], strict=True):
            _push(source, picture, frame)
        _push(self._vignette_source, self._vignette, frame)
        found = self._sink.pull()
        assert isinstance(found, av.VideoFrame)
        return found

    def _build(self) -> None:
        layers = self._layers
        depths = layers.layer_depths_m()
        cuts = [self._box(None, depths[0]), *(self._box(bound, depth) for bound, depth in
                                              zip(layers.bounds_m(), depths[1:], strict=True))]  # fmt: skip
        plates = self._mixed_plates(cuts) if self._changing else self._still_plates(cuts)
        here = self._canvas()
        behind = list(layers.puppets)
        for depth, cut, (context, picture) in zip(depths, cuts, plates, strict=True):
            while behind and behind[0].depth > depth:
                here = self._stand(here, behind.pop(0))
            here = self._lay(here, context, picture, cut, depth)
        here = self._spread(here, layers.width, layers.height)
        for puppet in behind:
            here = self._stand(here, puppet)
        here = self._spread(here, layers.width, layers.height)
        self._vignette_source, here = self._over(here, layers.width, layers.height)
        self._sink = self._graph.add("buffersink")
        here.link_to(self._sink)
        self._graph.configure()

    def _canvas(self) -> FilterContext:
        """The first layer is laid over black."""
        layers = self._layers
        source = self._source(layers.width, layers.height, "yuv420p")
        black = np.full((layers.height * 3 // 2, layers.width), 16, np.uint8)
        black[layers.height :] = 128
        self._groups.append((source, av.VideoFrame.from_ndarray(black, format="yuv420p")))
        return source

    def _source(self, width: int, height: int, form: str) -> FilterContext:
        return self._graph.add_buffer(
            width=width, height=height, format=av.VideoFormat(form), time_base=Fraction(1, FRAMES_PER_SECOND)
        )

    def _lay(
        self, here: FilterContext, context: FilterContext, picture: av.VideoFrame | None, box: Box, depth: float
    ) -> FilterContext:
        scale = None
        source = context if picture is not None else None
        if self._scales(box, depth):
            across, down, _, _ = self._seen(box, depth, 0)
            scale = self._graph.add("scale", f"w={across}:h={down}:eval=frame:flags=fast_bilinear")
            context.link_to(scale)
            context = scale
        overlay = self._graph.add("overlay", "x=0:y=0:eval=init:format=yuv420:shortest=1")
        here.link_to(overlay, 0, 0)
        context.link_to(overlay, 0, 1)
        self._pieces.append(_Piece(source, picture, scale, overlay, box, depth))
        return overlay

    def _stand(self, here: FilterContext, puppet: Drawn) -> FilterContext:
        rgba = puppet.sprite[: puppet.sprite.shape[0] & ~1, : puppet.sprite.shape[1] & ~1]
        height, width = rgba.shape[:2]
        left, top = puppet.corner
        box = (left, top, left + width, top + height)
        return self._lay(here, self._source(width, height, "yuva420p"), _planar(_straight(rgba)), box, puppet.depth)

    def _spread(self, here: FilterContext, width: int, height: int) -> FilterContext:
        source, here = self._over(here, width, height)
        self._speck_sources.append(source)
        return here

    def _over(self, here: FilterContext, width: int, height: int) -> tuple[FilterContext, FilterContext]:
        source = self._source(width, height, "yuva420p")
        overlay = self._graph.add("overlay", "x=0:y=0:eval=init:format=yuv420:shortest=1")
        here.link_to(overlay, 0, 0)
        source.link_to(overlay, 0, 1)
        return source, overlay

    def _still_plates(self, cuts: Sequence[Box]) -> list[tuple[FilterContext, av.VideoFrame | None]]:
        shown = self._graded(0)
        found: list[tuple[FilterContext, av.VideoFrame | None]] = []
        for mask, (left, top, right, bottom) in zip(self._masks(), cuts, strict=True):
            rgba = np.concatenate([shown, mask[:, :, None]], axis=2)[top:bottom, left:right]
            found.append((self._source(right - left, bottom - top, "yuva420p"), _planar(rgba)))
        return found

    def _mixed_plates(self, cuts: Sequence[Box]) -> list[tuple[FilterContext, av.VideoFrame | None]]:
        """Groups summed in linear light (16 bits), toned and graded by a table, then split and cut by masks."""
        layers = self._layers
        width, height = layers.scenery.width, layers.scenery.height
        self._mixing = self._graph.add("mix", f"inputs={len(layers.groups())}:scale=1")
        for number, group in enumerate(layers.groups()):
            coded = layers.scenery.plates.groups[group][:height, :width].astype(np.float32) / 255.0
            linear = np.round(coded**2 * (65535.0 / _HEADROOM)).astype(np.uint16)
            frame = av.VideoFrame.from_ndarray(linear, format="rgb48le").reformat(format="gbrp16le")
            source = self._source(width, height, "gbrp16le")
            source.link_to(self._mixing, 0, number)
            self._groups.append((source, frame))
        tone = self._graph.add("lutrgb", ":".join(f"{c}={self._tone(n)}" for n, c in enumerate("rgb")))
        self._mixing.link_to(tone)
        planar = self._graph.add("format", "yuv420p")
        tone.link_to(planar)
        split = self._graph.add("split", str(len(cuts)))
        planar.link_to(split)
        found: list[tuple[FilterContext, av.VideoFrame | None]] = []
        for number, (mask, (left, top, right, bottom)) in enumerate(zip(self._masks(), cuts, strict=True)):
            crop = self._graph.add("crop", f"{right - left}:{bottom - top}:{left}:{top}")
            split.link_to(crop, number, 0)
            if number == 0:
                found.append((crop, None))
                continue
            cut = np.ascontiguousarray(mask[top:bottom, left:right])
            grey = self._source(right - left, bottom - top, "gray")
            merge = self._graph.add("alphamerge")
            crop.link_to(merge, 0, 0)
            grey.link_to(merge, 0, 1)
            self._groups.append((grey, av.VideoFrame.from_ndarray(cut, format="gray")))
            found.append((merge, None))
        return found

    def _tone(self, channel: int) -> str:
        """The film's tone curve and the grade as an expression of the 16 bit value."""
        gain = float(self._layers.gains()[channel]) * _HEADROOM * 0.8 / 65535.0
        film = f"st(0,val*{gain:.9f})*0+(ld(0)*(2.51*ld(0)+0.03))/(ld(0)*(2.43*ld(0)+0.59)+0.14)"
        shown = f"st(1,1.055*pow(max(min({film},1),0.00001),0.41667)-0.055)*0"
        low = f"{_PIVOT}*pow(max(ld(1),0)/{_PIVOT},{GRADE.contrast})"
        high = f"1-{1 - _PIVOT}*pow(max(1-ld(1),0)/{1 - _PIVOT},{GRADE.contrast})"
        return f"'65535*({shown}+if(lt(ld(1),{_PIVOT}),{low},{high}))'"

    def _levels(self, frame: int) -> NDArray[np.float32]:
        return np.asarray(self._layers.coefficients(frame)[:, 1] / self._layers.gains()[1])

    def _graded(self, frame: int) -> NDArray[np.uint8]:
        """(h, w, 3) display RGB of the plate as lit at a frame."""
        layers = self._layers
        width, height = layers.scenery.width, layers.scenery.height
        light = np.zeros((height, width, 3), np.float32)
        for group, weight in zip(layers.groups(), layers.coefficients(frame), strict=True):
            light += weight * (layers.scenery.plates.groups[group][:height, :width] / np.float32(255.0)) ** 2
        shown = display(light) / 255.0
        luma = shown @ np.array([0.299, 0.587, 0.114], np.float32)
        low = _PIVOT * (luma / _PIVOT) ** GRADE.contrast
        high = 1.0 - (1.0 - _PIVOT) * (np.maximum(1.0 - luma, 0.0) / (1.0 - _PIVOT)) ** GRADE.contrast
        graded = np.where(luma < _PIVOT, low, high)[..., None] + (shown - luma[..., None]) * GRADE.saturation
        return np.clip(255.0 * graded + 0.5, 0, 255).astype(np.uint8)

    def _masks(self) -> list[NDArray[np.uint8]]:
        scenery = self._layers.scenery
        depth = scenery.plates.depth[: scenery.height, : scenery.width]
        masks = [np.full(depth.shape, 255, np.uint8)]
        for bound in self._layers.bounds_m():
            nearer = cv2.dilate(np.where(depth < bound, 255, 0).astype(np.uint8), np.ones((3, 3), np.uint8))
            masks.append(np.asarray(cv2.GaussianBlur(nearer, (3, 3), 0), np.uint8))
        return masks

    def _box(self, bound_m: float | None, depth_m: float) -> Box:
        """The part of the plate, on even pixels, that a layer needs over the whole shot."""
        layers = self._layers
        width, height = layers.scenery.width, layers.scenery.height
        low, high = np.array([width, height], float), np.zeros(2)
        for frame in range(0, FRAMES, 5):
            seen = layers.corners(frame, depth_m)
            across, down = (seen[2] - seen[0]) / (width, height)
            low = np.minimum(low, -seen[0] / (across, down))
            high = np.maximum(high, ((layers.width, layers.height) - seen[0]) / (across, down))
        if bound_m is not None:
            depth = layers.scenery.plates.depth[:height, :width]
            left, top, wide, tall = cv2.boundingRect((depth < bound_m).astype(np.uint8))
            low, high = np.maximum(low, (left, top)), np.minimum(high, (left + wide, top + tall))
        low = np.maximum(low - _MARGIN_PX, 0).astype(int) & ~1
        high = np.minimum(high.astype(int) + _MARGIN_PX, (width, height)) & ~1
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _seen(self, box: Box, depth_m: float, frame: int) -> Box:
        """Width, height, left and top of a box of the plate in the picture, in even pixels."""
        seen = self._layers.corners(frame, depth_m)
        scale = (seen[2] - seen[0]) / (self._layers.scenery.width, self._layers.scenery.height)
        corner = seen[0] + scale * box[:2]
        size = scale * (box[2] - box[0], box[3] - box[1])
        across, down = (max(2 * round(float(value) / 2), 2) for value in size)
        left, top = (2 * round(float(value) / 2) for value in corner)
        return across, down, left, top

    def _scales(self, box: Box, depth_m: float) -> bool:
        """Whether the layer's size changes in this shot; where it does not, it is moved alone."""
        sizes = {self._seen(box, depth_m, frame)[:2] for frame in range(0, FRAMES, 5)}
        still = (box[2] - box[0], box[3] - box[1])
        return any(
            abs(one / other - 1.0) > _SCALED_FROM for size in sizes for one, other in zip(size, still, strict=True)
        )

    def _move(self, piece: _Piece, frame: int) -> None:
        across, down, left, top = self._seen(piece.box, piece.depth_m, frame)
        if piece.scale is not None:
            piece.scale.process_command("width", str(across))
            piece.scale.process_command("height", str(down))
        if piece.overlay is not None:
            piece.overlay.process_command("x", str(left))
            piece.overlay.process_command("y", str(top))

    def _speck_pictures(self, frame: int) -> tuple[av.VideoFrame, av.VideoFrame]:
        """Specks behind the nearest puppet and before it."""
        rows = self._layers.specks(frame)
        split = 1.0 / self._layers.puppets[-1].depth
        size = (self._layers.height, self._layers.width)
        return (_planar(_scattered(rows[rows[:, 8] <= split], *size)),
                _planar(_scattered(rows[rows[:, 8] > split], *size)))  # fmt: skip


def _push(source: FilterContext, picture: av.VideoFrame | None, frame: int) -> None:
    assert picture is not None
    picture.pts = frame
    picture.time_base = Fraction(1, FRAMES_PER_SECOND)
    source.push(picture)


def _planar(rgba: NDArray[np.uint8]) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(rgba), format="rgba").reformat(format="yuva420p")


def _straight(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colour no longer multiplied by alpha, as ffmpeg's overlay takes it."""
    alpha = np.maximum(rgba[..., 3:].astype(np.float32), 1.0)
    colour = np.minimum(rgba[..., :3] * (255.0 / alpha), 255.0)
    return np.concatenate([colour.astype(np.uint8), rgba[..., 3:]], axis=2)


def _scattered(rows: NDArray[np.float32], height: int, width: int) -> NDArray[np.uint8]:
    """(height, width, 4): soft discs on nothing."""
    alpha = np.zeros((height, width), np.float32)
    colour = np.zeros((height, width, 3), np.float32)
    reds, greens, blues = speck_rgb(rows) if len(rows) else ([], [], [])
    for row, rgb in zip(rows, zip(reds, greens, blues, strict=True), strict=True):
        x, y, wide, tall = (float(value) for value in row[:4])
        top, bottom = max(int(y - tall), 0), min(int(y + tall) + 2, height)
        left, right = max(int(x - wide), 0), min(int(x + wide) + 2, width)
        if top >= bottom or left >= right:
            continue
        down, across = np.mgrid[top:bottom, left:right]
        dense = np.maximum(1.0 - ((across - x) / wide) ** 2 - ((down - y) / tall) ** 2, 0.0) ** 2 * float(row[4])
        alpha[top:bottom, left:right] = np.maximum(alpha[top:bottom, left:right], dense)
        colour[top:bottom, left:right] = rgb
    return np.concatenate([colour, 255.0 * alpha[..., None]], axis=2).astype(np.uint8)
