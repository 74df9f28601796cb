"""The same layers composited by skia-python (its raster backend, one thread), as one would write it with care.

Made ready, not counted: pictures of light groups, a mask for each depth layer, the puppets' sprites, a soft disc.
"""

from __future__ import annotations

from typing import Final

import av
import cv2
import numpy as np
import skia
from numpy.typing import NDArray

from loadtests.bench_stage.layers import GRADE, Drawn, Layers
from services.inference.adapters.animator_stage.cast import place

# Light groups are coded by square roots; Narkowicz's fit and the sRGB curve, then the grade about the same pivot.
_MIX: Final = """
{inputs}
half4 main(float2 p) {{
    float3 light = float3(0);
    float3 v;
    {sum}
    float3 x = light * 0.8;
    float3 film = saturate(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14));
    float3 shown = 1.055 * pow(max(film, float3(1e-5)), float3(0.41667)) - 0.055;
    float luma = dot(shown, float3(0.299, 0.587, 0.114));
    float low = 0.4 * pow(luma / 0.4, {contrast});
    float high = 1 - 0.6 * pow(max(1 - luma, 0) / 0.6, {contrast});
    return half4(half3(saturate((luma < 0.4 ? low : high) + (shown - luma) * {saturation})), 1);
}}
"""
_DISC_PX: Final = 32
_LINEAR: Final = skia.SamplingOptions(skia.FilterMode.kLinear)
_EDGE_PX: Final = 3


def _image(rgba: NDArray[np.uint8]) -> skia.Image:
    """A raster image that owns its pixels: (h, w, 4) uint8, premultiplied."""
    pixels = np.ascontiguousarray(rgba)
    height, width = pixels.shape[:2]
    info = skia.ImageInfo.Make(width, height, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
    return skia.Image.MakeRasterCopy(skia.Pixmap(info, pixels, width * 4))


class SkiaCompositor:
    """Draws flat depth layers, each moved as its distance asks, with puppets and specks between them."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        scenery = layers.scenery
        self._size = (scenery.width, scenery.height)
        height, width = scenery.height, scenery.width
        opaque = np.full((height, width, 1), 255, np.uint8)
        self._groups = [
            _image(np.concatenate([scenery.plates.groups[group][:height, :width], opaque], axis=2))
            for group in layers.groups()
        ]
        self._mixing = self._mixer()
        self._masks = [self._mask(bound) for bound in layers.bounds_m()]
        self._corners = [(0, 0), *(corner for _, corner in self._masks)]
        self._depths_m = layers.layer_depths_m()
        self._sprites = [_image(puppet.sprite) for puppet in layers.puppets]
        self._disc = _image(_disc())
        self._vignette = _image(vignette(layers.width, layers.height))
        self._target = np.empty((layers.height, layers.width, 4), np.uint8)
        info = skia.ImageInfo.Make(layers.width, layers.height, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
        self._surface = skia.Surface.MakeRasterDirect(info, self._target, layers.width * 4)
        self._plate = skia.Surface.MakeRasterN32Premul(width, height)
        self._mixed: bytes = b""
        self._lit: list[skia.Image] = []

    def frame(self, frame: int) -> av.VideoFrame:
        """One I420 frame for an encoder."""
        self._mix(frame)
        canvas = self._surface.getCanvas()
        canvas.clear(skia.ColorBLACK)
        rows = self._layers.specks(frame)
        behind = list(zip(self._layers.puppets, self._sprites, strict=True))
        split = 1.0 / self._layers.puppets[-1].depth
        for depth_m, lit, corner in zip(self._depths_m, self._lit, self._corners, strict=True):
            while behind and behind[0][0].depth > depth_m:
                self._stand(canvas, frame, *behind.pop(0))
            canvas.save()
            canvas.concat(self._matrix(frame, depth_m))
            canvas.drawImage(lit, *corner, _LINEAR)
            canvas.restore()
        self._scatter(canvas, rows[rows[:, 8] <= split])
        for puppet, sprite in behind:
            self._stand(canvas, frame, puppet, sprite)
        self._scatter(canvas, rows[rows[:, 8] > split])
        canvas.drawImage(self._vignette, 0, 0)
        planar = np.asarray(cv2.cvtColor(self._target, cv2.COLOR_RGBA2YUV_I420), np.uint8)
        return av.VideoFrame.from_ndarray(planar, format="yuv420p")

    def _mixer(self) -> skia.RuntimeEffect:
        count = len(self._groups)
        inputs = "\n".join(f"uniform shader group{n};\nuniform float3 weight{n};" for n in range(count))
        terms = "\n".join(f"v = group{n}.eval(p).rgb; light += weight{n} * v * v;" for n in range(count))
        text = _MIX.format(inputs=inputs, sum=terms, contrast=GRADE.contrast, saturation=GRADE.saturation)
        made = skia.RuntimeEffect.MakeForShader(text)
        effect = getattr(made, "effect", made)
        if effect is None:
            raise RuntimeError(f"skia refuses the mixing program: {made.errorText}")
        return effect

    def _mask(self, bound_m: float) -> tuple[skia.Image, tuple[int, int]]:
        """What stands nearer than a bound, with an edge of some pixels, and the corner of the box that holds it."""
        depth = self._layers.scenery.plates.depth[: self._size[1], : self._size[0]]
        near = np.where(depth < bound_m, 255, 0).astype(np.uint8)
        soft = cv2.GaussianBlur(cv2.dilate(near, np.ones((_EDGE_PX, _EDGE_PX), np.uint8)), (3, 3), 0)
        left, top, across, down = cv2.boundingRect(soft)
        box = soft[top : top + down, left : left + across, None]
        return _image(np.repeat(box, 4, axis=2)), (left, top)

    def _mix(self, frame: int) -> None:
        coefficients = self._layers.coefficients(frame)
        key = coefficients.tobytes()
        if key == self._mixed:
            return
        builder = skia.RuntimeShaderBuilder(self._mixing)
        for n, (group, weight) in enumerate(zip(self._groups, coefficients, strict=True)):
            builder.setChild(f"group{n}", group.makeShader(skia.SamplingOptions()))
            builder.setUniform(f"weight{n}", skia.V3(*(float(value) for value in weight)))
        canvas = self._plate.getCanvas()
        canvas.drawPaint(skia.Paint(Shader=builder.makeShader(), BlendMode=skia.BlendMode.kSrc))
        plate = self._plate.makeImageSnapshot()
        self._lit = [plate, *(self._cut(plate, mask, corner) for mask, corner in self._masks)]
        self._mixed = key

    def _cut(self, plate: skia.Image, mask: skia.Image, corner: tuple[int, int]) -> skia.Image:
        surface = skia.Surface.MakeRasterN32Premul(mask.width(), mask.height())
        canvas = surface.getCanvas()
        canvas.drawImage(plate, -corner[0], -corner[1])
        canvas.drawImage(mask, 0, 0, skia.SamplingOptions(), skia.Paint(BlendMode=skia.BlendMode.kDstIn))
        return surface.makeImageSnapshot()

    def _matrix(self, frame: int, depth_m: float) -> skia.Matrix:
        """An affine one: skia's raster draws in perspective take three times as long, and what the moves of the scenes
        lack of being affine is a fraction of a pixel."""
        width, height = self._size
        seen = self._layers.corners(frame, depth_m)
        across, down = (seen[1] - seen[0]) / width, (seen[3] - seen[0]) / height
        ends = (across[0], down[0], seen[0][0], across[1], down[1], seen[0][1], 0.0, 0.0, 1.0)
        return skia.Matrix.MakeAll(*(float(value) for value in ends))

    def _stand(self, canvas: skia.Canvas, frame: int, puppet: Drawn, sprite: skia.Image) -> None:
        layers = self._layers
        shape = (puppet.sprite.shape[0], puppet.sprite.shape[1])
        pose = layers.pose(frame)
        placing = place(layers.scenery, pose, layers.width, layers.height, shape, puppet.corner, puppet.depth)
        if placing is None:
            return
        ax, bx, cx, ay, by, cy = (float(value) for value in placing.affine)
        back = skia.Matrix.MakeAll(ax, bx, cx, ay, by, cy, 0, 0, 1)
        matrix = skia.Matrix()
        if not back.invert(matrix):
            return
        canvas.save()
        canvas.concat(matrix)
        canvas.drawImage(sprite, 0, 0, _LINEAR)
        canvas.restore()

    def _scatter(self, canvas: skia.Canvas, rows: NDArray[np.float32]) -> None:
        if not len(rows):
            return
        forms, parts, colours = [], [], []
        half = _DISC_PX / 2
        red, green, blue = speck_rgb(rows)
        for n, row in enumerate(rows):
            scale = float(row[2]) / half
            forms.append(skia.RSXform(scale, 0.0, float(row[0]) - float(row[2]), float(row[1]) - float(row[2])))
            parts.append(skia.Rect.MakeWH(_DISC_PX, _DISC_PX))
            colours.append(skia.ColorSetARGB(int(255 * row[4]), red[n], green[n], blue[n]))
        canvas.drawAtlas(self._disc, forms, parts, colours, skia.BlendMode.kModulate, _LINEAR)


def speck_rgb(rows: NDArray[np.float32]) -> tuple[list[int], list[int], list[int]]:
    """Display colours of rows whose colour stands in planes."""
    luma, blue, red = rows[:, 5] / 128.0, rows[:, 6] / 128.0 - 128.0, rows[:, 7] / 128.0 - 128.0
    green = luma - 0.344 * blue - 0.714 * red
    found = np.clip(np.stack([luma + 1.402 * red, green, luma + 1.772 * blue]), 0, 255).astype(int)
    return found[0].tolist(), found[1].tolist(), found[2].tolist()


def vignette(width: int, height: int) -> NDArray[np.uint8]:
    """(height, width, 4): black that closes in from the corners."""
    across = (np.arange(width) / width - 0.5) * 2.0
    down = (np.arange(height) / height - 0.5) * 2.0
    square = 0.55 * across[None, :] ** 2 + 0.45 * down[:, None] ** 2
    black = np.zeros((height, width, 4), np.uint8)
    black[..., 3] = np.clip(255 * 0.2 * square**1.6, 0, 255)
    return black


def _disc() -> NDArray[np.uint8]:
    line = (np.arange(_DISC_PX) + 0.5) / (_DISC_PX / 2) - 1.0
    dense = np.maximum(1.0 - line[None, :] ** 2 - line[:, None] ** 2, 0.0) ** 2
    return np.repeat((255 * dense).astype(np.uint8)[:, :, None], 4, axis=2)
