"""One puppet of one shot: placed, posed, lit and drawn at any frame, as a function of the frame alone."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite import expression, filling, motion, raster, shading
from services.inference.adapters.puppets_sprite.acting import Player
from services.inference.adapters.puppets_sprite.figure import Figure, material_rows
from services.inference.adapters.puppets_sprite.forms import Mesh
from services.inference.adapters.puppets_sprite.ground import Shadow, cast_shadow
from services.inference.adapters.puppets_sprite.lighting import (
    Lighting,
    display_curve,
    display_levels,
    grain,
    light,
    reference_light,
    view_axes,
)
from services.inference.adapters.puppets_sprite.standing import Standing
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.plates import LIGHT_GROUPS, Plates
from services.inference.domain.shot import Staging
from services.inference.domain.speech import VISEMES
from services.inference.domain.talk import SILENCE, Talk
from services.inference.domain.timebase import FRAMES_PER_SECOND

GLASSY = (shading.GLASS, shading.HOLOGRAM)

_scratch = threading.local()


def _buffer(name: str, shape: tuple[int, ...], kind: type) -> NDArray[Any]:
    """A reusable array of this thread; drawing would otherwise spend its time in page faults."""
    size = math.prod(shape)
    held: NDArray[Any] | None = getattr(_scratch, name, None)
    if held is None or held.size < size:
        held = np.empty(size + size // 4, kind)
        setattr(_scratch, name, held)
    return held[:size].reshape(shape)


@dataclass(frozen=True, slots=True)
class _Sprite:
    """box, mouth: left, top, right, bottom in the plate's pixels: of the whole, and of what the mouth changes."""

    rgba: NDArray[np.uint8]
    box: tuple[int, int, int, int]
    mouth: tuple[int, int, int, int]
    shadow: Shadow | None

    def laid(self, weights: Mapping[str, float]) -> tuple[NDArray[np.uint8], int, int]:
        """A copy with its shadow on the floor, and where it lies."""
        rgba = self.rgba.copy()
        if self.shadow is not None:
            light_sum = sum(weights.get(group, 1.0) for group in ("key", "fill", "practicals"))
            self.shadow.lay_under(rgba, self.box[0], self.box[1], light_sum)
        return rgba, self.box[0], self.box[1]


class SolidTrack:
    """A PuppetTrack that poses a mesh and rasterises it. Safe to draw from several threads at once."""

    def __init__(
        self, figure: Figure, mesh: Mesh, staging: Staging, plates: Plates, standing: Standing, frame_count: int,
        seed: int, talk: Talk = SILENCE,
    ) -> None:  # fmt: skip
        self._figure, self._mesh, self._staging = figure, mesh, staging
        self._stage = plates.stages[staging.position]
        self._camera = plates.camera
        self._size = (plates.depth.shape[1], plates.depth.shape[0])
        self._fog = np.asarray(plates.fog_colour, np.float32), plates.fog_extinction_per_m
        self._frames = max(1, frame_count)
        random = np.random.default_rng([seed & 0xFFFFFFFF, *staging.puppet.encode()])
        self._phase = float(random.uniform(0, 6.28))
        self._blinks, self._glances = expression.eye_schedule(
            self._frames + 24, int(random.integers(1 << 31)), staging.emotion
        )
        self._materials = material_rows(figure)
        order = np.argsort(np.isin(self._materials[mesh.parts, 0], GLASSY), kind="stable")
        self._triangles, self._parts = mesh.triangles[order], mesh.parts[order]
        self._codes = (self._parts << filling.CODE_BITS) | np.arange(len(self._parts), dtype=np.int32)
        self._solid_count = int((~np.isin(self._materials[mesh.parts, 0], GLASSY)).sum())
        self._mouth = self._around_mouth()
        self._axes = view_axes(plates.camera)
        self._lit: tuple[tuple[float, ...], Lighting] | None = None
        self._talk = talk
        skeleton = figure.skeleton
        self._player = (
            Player(figure.design, skeleton.names, skeleton.rest, skeleton.parents)
            if figure.design.figure == "person" else None
        )  # fmt: skip
        self._held: tuple[int, motion.Attitude] | None = None
        self._kept: tuple[object, str, _Sprite] | None = None
        self._place(standing)

    def _around_mouth(self) -> NDArray[np.int64]:
        """Numbers of the vertices that a mouth moves or is painted on; none where more than a mouth speaks."""
        names, mesh = self._figure.skeleton.names, self._mesh
        if "jaw" not in names or np.isin(self._materials[:, 0], (shading.BAR, shading.HOLOGRAM)).any():
            return np.zeros(0, np.int64)
        moved = ((mesh.bones == names.index("jaw")) & (mesh.weights > 0.0)).any(axis=1)
        origin, scale = self._figure.frames["face"]
        u, v, w = ((mesh.positions - origin) / scale).T
        long = self._figure.design.face.length
        low, high = -0.118 * max(1.0, long), -0.03 * min(1.0, long)
        painted = (np.abs(u) < 0.058) & (v > low) & (v < high) & (w > 0.0)
        # a triangle changes as a whole when one of its corners does
        changed = (moved | painted)[mesh.triangles].any(axis=1)
        return np.unique(mesh.triangles[changed])

    def _place(self, standing: Standing) -> None:
        self._floor, self._depth = standing.floor, standing.depth_m
        self._towards, self._yaw = standing.towards, standing.yaw_degrees
        self._reference = reference_light(self._stage)
        names = self._figure.skeleton.names
        self._head = names.index("head") if "head" in names else 0
        self._face_origin, self._face_scale = self._figure.frames.get(
            "face", (self._figure.skeleton.rest[self._head], 1.0)
        )

    def _attitude(self, frame: int) -> motion.Attitude:
        held = self._held
        if held is None or held[0] != frame:
            held = self._held = (frame, self._acted(frame))
        return held[1]

    def _acted(self, frame: int) -> motion.Attitude:
        staging = self._staging
        time_s, duration_s = frame / FRAMES_PER_SECOND, self._frames / FRAMES_PER_SECOND
        if self._player is not None:
            return self._player.attitude(staging.pose, staging.emotion, time_s, duration_s, self._phase, self._talk)
        return motion.machine_attitude(
            staging.pose, staging.emotion, self._figure.design.motion, time_s, duration_s, self._phase, self._talk
        )

    def _base(self, attitude: motion.Attitude) -> NDArray[np.float64]:
        """(3, 4) from the figure's coordinates to view space."""
        yaw = math.radians(self._yaw + attitude.yaw)
        away_x, _, away_z = (float(value) for value in self._towards)
        ahead_x = away_x * math.cos(yaw) + away_z * math.sin(yaw)
        ahead_z = away_z * math.cos(yaw) - away_x * math.sin(yaw)
        world = np.array([[ahead_z, 0.0, ahead_x], [0.0, 1.0, 0.0], [-ahead_x, 0.0, ahead_z]])
        lift = self._figure.design.hover_m
        if self._staging.pose == "sit":
            lift += motion.seat_lift_m(self._figure.design)
        shift = np.array(attitude.shift) + np.array([0.0, lift, 0.0])
        place = self._floor + world @ shift - np.asarray(self._camera.position)
        return np.concatenate([self._axes @ world, (self._axes @ place)[:, None]], axis=1)

    def depth_m(self, frame: int) -> float:
        """Distance along the camera's axis of the puppet's middle."""
        return float(-self._base(self._attitude(frame))[2, 3])

    def draw(
        self, frame: int, weights: Mapping[str, float], viseme: str, tint: Sequence[float]
    ) -> tuple[NDArray[np.uint8], int, int]:
        """See ports.PuppetTrack. Raises UnknownName for a viseme that is none."""
        if viseme not in VISEMES:
            raise UnknownName("viseme", viseme, VISEMES)
        if len(tint) != 3:
            raise InvalidAsk("tint", f"three factors are needed, not {len(tint)}")
        key = (frame, tuple(weights.get(group, 1.0) for group in LIGHT_GROUPS), tuple(tint))
        kept = self._kept
        if len(self._mouth) and kept is not None and kept[0] == key:
            shown = kept[2] if kept[1] == viseme else self._speaking(kept[2], frame, weights, viseme, tint)
        else:
            shown = self._drawn(frame, weights, viseme, tint)
        self._kept = (key, viseme, shown)
        return shown.laid(weights)

    def _drawn(self, frame: int, weights: Mapping[str, float], viseme: str, tint: Sequence[float]) -> _Sprite:
        attitude = self._attitude(frame)
        skin = self._skin(attitude, self._base(attitude), viseme)
        screen, turned = self._pose(skin)
        box = self._box(screen)
        shadow = cast_shadow(
            self._camera, self._size, self._floor_points(skin), self._figure.design.shadow,
            min(4.0, max(1.0, self._figure.length_m / 0.7)),
        )  # fmt: skip
        if shadow is not None:
            box = _around(box, shadow.box)
        if box is None:
            return _Sprite(np.zeros((0, 0, 4), np.uint8), (0, 0, 0, 0), (0, 0, 0, 0), None)
        rgba = self._raster(frame, box, screen, turned, skin, weights, viseme, tint)
        return _Sprite(rgba, box, self._mouth_box(screen, box), shadow)

    def _speaking(
        self, still: _Sprite, frame: int, weights: Mapping[str, float], viseme: str, tint: Sequence[float]
    ) -> _Sprite:
        """The same frame with another mouth drawn over it. A sample hangs on what is seen there alone, so that these
        are the bytes that drawing all of it gives."""
        if still.rgba.size == 0:
            return still
        attitude = self._attitude(frame)
        skin = self._skin(attitude, self._base(attitude), viseme)
        screen, turned = self._pose(skin)
        mouth = self._mouth_box(screen, still.box)
        left, top, right, bottom = _around(mouth, still.mouth)
        if left >= right or top >= bottom:
            return still
        patch = self._raster(frame, (left, top, right, bottom), screen, turned, skin, weights, viseme, tint)
        rgba = still.rgba.copy()
        x, y = still.box[:2]
        rgba[top - y : bottom - y, left - x : right - x] = patch
        return replace(still, rgba=rgba, mouth=mouth)

    def _mouth_box(self, screen: NDArray[np.float32], box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """What a mouth changes of the picture: left, top, right, bottom within the sprite's own box; empty where it is
        not in it."""
        if not len(self._mouth):
            return box
        left, top, right, bottom = raster.bounds(screen[self._mouth])
        k = raster.SAMPLES
        x0, y0 = max(box[0], int(left // k) - 1), max(box[1], int(top // k) - 1)
        return x0, y0, max(x0, min(box[2], int(right // k) + 2)), max(y0, min(box[3], int(bottom // k) + 2))

    def _skin(self, attitude: motion.Attitude, base: NDArray[np.float64], viseme: str) -> NDArray[np.float32]:
        skeleton = self._figure.skeleton
        degrees = motion.turns(attitude.angles, skeleton.names)
        if "jaw" in skeleton.names:
            degrees[skeleton.index("jaw"), 0] += expression.jaw_degrees(viseme, self._staging.emotion)
        return motion.skin_matrices(skeleton.rest, skeleton.parents, degrees, base)

    def _pose(self, skin: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        mesh, (width, height) = self._mesh, self._size
        screen = _buffer("screen", mesh.positions.shape, np.float32)
        turned = _buffer("turned", mesh.positions.shape, np.float32)
        lens = np.array([self._camera.focal_px, width / 2, height / 2], np.float32) * raster.SAMPLES
        raster.pose(mesh.positions, mesh.normals, mesh.bones, mesh.weights, skin, lens, screen, turned)
        return screen, turned

    def _box(self, screen: NDArray[np.float32]) -> tuple[int, int, int, int] | None:
        """Left, top, right, bottom of the visible part in pixels."""
        left, top, right, bottom = raster.bounds(screen)
        k = raster.SAMPLES
        box = (
            max(0, int(left // k)), max(0, int(top // k)),
            min(self._size[0], int(right // k) + 2), min(self._size[1], int(bottom // k) + 2),
        )  # fmt: skip
        return box if box[0] < box[2] and box[1] < box[3] else None

    def _floor_points(self, skin: NDArray[np.float32]) -> list[NDArray[np.float64]]:
        """World points on the floor under what touches it (or under the middle of what hovers)."""
        skeleton = self._figure.skeleton
        names = [name for name in skeleton.names if name.startswith(("foot_", "wheel"))]
        points = []
        for name in names or [skeleton.names[0]]:
            number = skeleton.index(name)
            rest = np.append(skeleton.rest[number] + ([0, 0, 0.05] if name.startswith("foot") else [0, 0, 0]), 1.0)
            view = skin[number].astype(np.float64) @ rest
            world = self._axes.T @ view + np.asarray(self._camera.position)
            points.append(np.array([world[0], self._floor[1], world[2]]))
        return points

    def _lighting(self, weights: Mapping[str, float]) -> Lighting:
        key = tuple(round(weights.get(group, 1.0), 3) for group in LIGHT_GROUPS)
        held = self._lit
        if held is not None and held[0] == key:
            return held[1]
        lighting = self._light(dict(zip(LIGHT_GROUPS, key, strict=True)))
        self._lit = (key, lighting)
        return lighting

    def _light(self, weights: Mapping[str, float]) -> Lighting:
        lamp = self._figure.design.lamp
        worn = np.array([0.82, 0.93, 1.0], np.float32) * lamp * min(0.7, max(0.3, self._reference)) if lamp else None
        return light(self._stage, weights, self._axes, worn)

    def _raster(
        self, frame: int, box: tuple[int, int, int, int], screen: NDArray[np.float32], turned: NDArray[np.float32],
        skin: NDArray[np.float32], weights: Mapping[str, float], viseme: str, tint: Sequence[float],
    ) -> NDArray[np.uint8]:  # fmt: skip
        width, height = box[2] - box[0], box[3] - box[1]
        k = raster.SAMPLES
        samples = _buffer("samples", (height * k, width * k), np.int64)
        samples.fill(raster.EMPTY)
        corner = (box[0] * k, box[1] * k)
        lighting = self._lighting(weights)
        show, air = self._show(frame, weights, viseme), self._air(frame, weights, tint)
        head, face = self._face_frame(skin, lighting), self._face(frame, viseme)
        years = expression.skin_marks(self._figure.design.face, self._staging.emotion)
        painting = (lighting.lamps, lighting.sky, face, head, years, grain(), show, air, display_curve())
        rgba = np.empty((height, width, 4), np.uint8)
        pixels = rgba.view(np.uint32)[:, :, 0]
        solid, count = self._solid_count, len(self._triangles)
        laid = self._lay(0, solid, samples, corner, screen, turned, lighting, show, air, head)
        later = _buffer("later", (height * width,), np.int32)
        hairs, skins = filling.fill(samples, *corner, *laid, *painting, display_levels(), later, pixels)
        at = (samples, *corner, *laid)
        filling.fill_hair(later[:hairs], *at, grain(), air, display_curve(), pixels)
        filling.fill_skin(later[len(later) - skins :][::-1], *at, face, head, years, air, display_curve(), pixels)
        if solid < count:
            laid = self._lay(solid, count, samples, corner, screen, turned, lighting, show, air, head)
            filling.glaze(samples, solid, *corner, *laid, *painting, pixels)
        return rgba

    def _lay(
        self, first: int, last: int, samples: NDArray[np.int64], corner: tuple[int, int], screen: NDArray[np.float32],
        turned: NDArray[np.float32], lighting: Lighting, show: NDArray[np.float32], air: NDArray[np.float32],
        head: NDArray[np.float32],
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:  # fmt: skip
        """Scans some of the triangles and lights those that are seen: where each one's slopes are, the slopes, and the
        materials."""
        mesh = self._mesh
        seen = _buffer("seen", (len(self._triangles),), np.uint8)
        seen.fill(0)
        raster.scan(screen, self._triangles, self._codes, first, last, *corner, samples, seen)
        used = _buffer("used", (len(mesh.positions),), np.uint8)
        used.fill(0)
        raster.corners(seen, self._triangles, used)
        lit = _buffer("lit", (len(mesh.positions), 6), np.float32)
        shading.light_vertices(
            turned, mesh.occlusion, mesh.albedo, mesh.vertex_parts, self._materials, lighting.lamps, lighting.sky,
            float(show[2]), air, head[7:10], used, lit,
        )  # fmt: skip
        slots = _buffer("slots", (len(self._triangles),), np.int32)
        table = _buffer("table", (int(np.count_nonzero(seen)), filling.SLOPE_ROW), np.float32)
        filling.slopes(
            seen, first, last, screen, turned, mesh.positions, lit, self._triangles, self._parts, self._materials,
            head, slots, table,
        )  # fmt: skip
        return slots, table, self._materials

    def _eyes(self, frame: int) -> tuple[float, tuple[float, float]]:
        at = frame % len(self._blinks)
        return float(self._blinks[at]), (float(self._glances[at, 0]), float(self._glances[at, 1]))

    def _pixel_m(self) -> float:
        return self._depth / self._camera.focal_px

    def _face(self, frame: int, viseme: str) -> NDArray[np.float32]:
        blink, (across, up) = self._eyes(frame)
        # eyes lead back towards the viewer when the body is turned away
        across = max(-0.9, min(0.9, across - 0.35 * self._staging.facing))
        return expression.features(
            self._figure.design.face, self._staging.emotion, viseme, blink, (across, up),
            self._pixel_m() / self._face_scale,
        )  # fmt: skip

    def _face_frame(self, skin: NDArray[np.float32], lighting: Lighting) -> NDArray[np.float32]:
        head = skin[self._head]
        slope = [float(lighting.slope @ head[:, 0]), float(lighting.slope @ head[:, 1])]
        return np.concatenate([self._face_origin, [self._face_scale], head[:, 0], head[:, 1], slope]).astype(np.float32)

    def _show(self, frame: int, weights: Mapping[str, float], viseme: str) -> NDArray[np.float32]:
        blink, (across, up) = self._eyes(frame)
        lid = {"afraid": 1.6, "awed": 1.6, "tense": 0.95, "urgent": 1.05, "amused": 0.9, "warm": 1.0}
        open_ = lid.get(self._staging.emotion, 1.25) * (1.0 - 0.9 * blink)
        return np.array(
            [
                frame / FRAMES_PER_SECOND, expression.mouth_level(viseme), max(0.12, weights.get("emission", 1.0)),
                0.3 * across, 0.22 * up, open_, self._pixel_m(),
            ],
            np.float32,
        )  # fmt: skip

    def _air(self, frame: int, weights: Mapping[str, float], tint: Sequence[float]) -> NDArray[np.float32]:
        colour, extinction = self._fog
        through = math.exp(-extinction * max(0.0, self.depth_m(frame)))
        own = colour * (1.0 - through) * weights.get("key", 1.0)
        return np.array([through, *own, *(float(value) for value in tint)], np.float32)


def _around(box: tuple[int, int, int, int] | None, other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if box is None:
        return other
    return min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])
