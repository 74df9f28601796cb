"""The GL side: context, programs and render targets. Belongs to one thread and knows nothing of views."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.painter_raymarch.noise_textures import noise_picture
from services.inference.adapters.painter_raymarch.photographs import photograph_atlas
from services.inference.adapters.painter_raymarch.screen_art import glyph_atlas, screen_atlas
from services.inference.adapters.painter_raymarch.shader_compiler import VERTEX, CompiledSet
from services.inference.domain.errors import EngineUnavailable
from services.inference.domain.plates import LIGHT_GROUPS

TILES = (12, 3)
SHAFT_STEP = 7
SIZES_KEPT = 4
RAY_START_M = 0.05
Floats = NDArray[np.float32]
Uniforms = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Geometry:
    """place: (height, width, 4) float32 world position and form; normal: (height, width, 4) float16 and edge wear.

    shafts: (height / SHAFT_STEP, width / SHAFT_STEP, 2) float32 0..1 light in the air, of key lights and of lamps."""

    place: Floats
    normal: NDArray[np.float16]
    shafts: Floats


class Targets:
    """Textures and framebuffers for one picture size."""

    def __init__(self, context: Any, width: int, height: int, coarse_step: int) -> None:
        self.width, self.height, self.step = width, height, coarse_step
        coarse = (-(-width // coarse_step), -(-height // coarse_step))
        self.starts = [context.texture((-(-width // tile), -(-height // tile)), 1, dtype="f4") for tile in TILES]
        self.place, self.local = (context.texture((width, height), 4, dtype="f4") for _ in range(2))
        self.normal = context.texture((width, height), 4, dtype="f2")
        self.shafts = context.texture((-(-width // SHAFT_STEP), -(-height // SHAFT_STEP)), 4, dtype="f2")
        self.occlusion, self.shadow = (context.texture(coarse, 4, dtype="f2") for _ in range(2))
        self.lit = [context.texture((width, height), 4, dtype="f2") for _ in LIGHT_GROUPS]
        self.resolved = [context.texture((width, height), 4, dtype="f2") for _ in LIGHT_GROUPS]
        for texture in (*self.starts, self.place, self.local, self.normal, self.shadow):
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        for texture in (self.occlusion, *self.lit):
            texture.repeat_x = texture.repeat_y = False
        self.framebuffers = {
            "cone": context.framebuffer([self.starts[0]]),
            "narrow cone": context.framebuffer([self.starts[1]]),
            "geometry": context.framebuffer([self.place, self.normal, self.local]),
            "occlusion": context.framebuffer([self.occlusion, self.shadow]),
            "shafts": context.framebuffer([self.shafts]),
            "shade": context.framebuffer(self.lit),
            "resolve": context.framebuffer(self.resolved),
        }

    def release(self) -> None:
        for framebuffer in self.framebuffers.values():
            framebuffer.release()
        for texture in (*self.starts, self.place, self.local, self.normal, self.shafts, self.occlusion, self.shadow,
                        *self.lit, *self.resolved):  # fmt: skip
            texture.release()


class SetPrograms:
    """The linked programs of one set, and its height maps."""

    def __init__(self, context: Any, compiled: CompiledSet, near: Floats, far: Floats) -> None:
        self.compiled = compiled
        self.programs: dict[str, Any] = {}
        self.draws: dict[str, Any] = {}
        for name, source in compiled.sources.items():
            self.programs[name] = context.program(vertex_shader=VERTEX, fragment_shader=source)
            self.draws[name] = context.vertex_array(self.programs[name], [])
        self.heights = [context.texture(m.shape[::-1], 1, m.tobytes(), dtype="f4") for m in (near, far)]
        for texture in self.heights:
            texture.repeat_x = texture.repeat_y = False

    def set(self, name: str, values: Uniforms) -> None:
        """Give a pass the uniforms that it has a use for."""
        program = self.programs[name]
        for key, value in values.items():
            if key in program:
                uniform = program[key]
                if isinstance(value, np.ndarray):
                    uniform.write(value.astype(np.float32).tobytes()[: uniform.array_length * uniform.dimension * 4])
                else:
                    uniform.value = value


class Passes:
    """Owns the GL context; every method runs in the thread that made it."""

    def __init__(self) -> None:
        try:
            settings: dict[str, Any] = {"backend": "egl", "standalone": True, "require": 330}
            self.context: Any = moderngl.create_context(**settings)
        except Exception as error:
            raise EngineUnavailable(
                f"no OpenGL 3.3 through EGL ({error}); install a driver; on Debian: "
                "apt-get install libegl1 libgl1-mesa-dri"
            ) from error
        self._noise = self._picture(noise_picture(), repeat=True)
        self._art = self._picture(screen_atlas(), repeat=False)
        self._glyphs = self._picture(glyph_atlas(), repeat=False)
        self._photos = self._picture(photograph_atlas(), repeat=False)
        self._targets: OrderedDict[tuple[int, int, int], Targets] = OrderedDict()
        self.renderer = str(self.context.info["GL_RENDERER"])

    def _picture(self, pixels: NDArray[np.uint8], repeat: bool) -> Any:
        channels = pixels.shape[2] if pixels.ndim == 3 else 1
        texture = self.context.texture(pixels.shape[1::-1], channels, pixels.tobytes())
        texture.build_mipmaps()
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        texture.repeat_x = texture.repeat_y = repeat
        return texture

    def programs(self, compiled: CompiledSet, near: Floats, far: Floats) -> SetPrograms:
        """Compile and link a set's programs."""
        return SetPrograms(self.context, compiled, near, far)

    def _targets_of(self, width: int, height: int, step: int) -> Targets:
        key = (width, height, step)
        if key not in self._targets:
            self._targets[key] = Targets(self.context, width, height, step)
            if len(self._targets) > SIZES_KEPT:
                self._targets.popitem(last=False)[1].release()
        self._targets.move_to_end(key)
        return self._targets[key]

    def _draw(self, programs: SetPrograms, name: str, targets: Targets, uniforms: Uniforms, step: int,
              textures: Mapping[str, Any], into: str = "") -> None:  # fmt: skip
        bound = {"uNoise": self._noise, "uNear": programs.heights[0], "uFar": programs.heights[1], "uArt": self._art,
                 "uGlyphs": self._glyphs, "uPhotos": self._photos, **textures}  # fmt: skip
        program = programs.programs[name]
        unit = 0
        for key, texture in bound.items():
            if key in program:
                texture.use(location=unit)
                program[key].value = unit
                unit += 1
        programs.set(name, {**uniforms, "uStep": float(step), "uSize": (float(targets.width), float(targets.height))})
        targets.framebuffers[into or name].use()
        programs.draws[name].render(moderngl.TRIANGLES, vertices=3)

    def _light(self, programs: SetPrograms, targets: Targets, uniforms: Uniforms) -> None:
        seen = {"uPlace": targets.place, "uNormal": targets.normal, "uLocal": targets.local}
        self._draw(programs, "occlusion", targets, uniforms, targets.step, seen)
        coarse = {"uOcclusion": targets.occlusion, "uShadow": targets.shadow}
        self._draw(programs, "shade", targets, uniforms, targets.step, {**seen, **coarse})

    def paint(
        self, programs: SetPrograms, width: int, height: int, uniforms: Uniforms, naive: bool = False
    ) -> tuple[Geometry, list[Floats]]:
        """Run all passes. Gives the geometry and (height, width, 3) float32 linear light for each light group.

        naive: no tiles and no half rate; every ray begins at the lens, every pixel has its own occlusion and shadow."""
        targets = self._targets_of(width, height, 1 if naive else 2)
        wide, narrow = targets.starts
        if naive:
            narrow.write(np.full(narrow.size[::-1], RAY_START_M, np.float32).tobytes())
        else:
            self._draw(programs, "cone", targets, {**uniforms, "uParent": 0.0}, TILES[0], {"uStart": narrow})
            self._draw(programs, "cone", targets, {**uniforms, "uParent": float(TILES[0])}, TILES[1],
                       {"uStart": wide}, "narrow cone")  # fmt: skip
        self._draw(programs, "geometry", targets, uniforms, TILES[1], {"uStart": narrow})
        self._light(programs, targets, {**uniforms, "uProbe": 0.0})
        lit = dict(zip(("uKey", "uFill", "uPracticals", "uAlarm", "uEmission"), targets.lit, strict=True))
        self._draw(programs, "resolve", targets, uniforms, 1, {**lit, "uOcclusion": targets.occlusion})
        place = np.frombuffer(targets.place.read(), np.float32).reshape(height, width, 4)
        normal = np.frombuffer(targets.normal.read(), np.float16).reshape(height, width, 4)
        self._draw(programs, "shafts", targets, uniforms, SHAFT_STEP, {"uPlace": targets.place})
        coarse = targets.shafts.size
        shafts = self._read(targets.shafts, *coarse)[..., :2]
        return Geometry(place, normal, shafts), [self._read(texture, width, height) for texture in targets.resolved]

    @staticmethod
    def _read(texture: Any, width: int, height: int) -> Floats:
        half = np.frombuffer(texture.read(), np.float16).reshape(height, width, 4)
        return half[..., :3].astype(np.float32)

    def probe(self, programs: SetPrograms, points: Floats, normals: Floats, uniforms: Uniforms) -> list[Floats]:
        """Light on white surfaces: points, normals (rows, columns, 3). Gives (rows, columns, 3) for each group."""
        rows, columns = points.shape[:2]
        targets = self._targets_of(columns, rows, 1)
        marked = np.concatenate([points, np.full((rows, columns, 1), 0.6)], axis=-1).astype(np.float32)
        facing = np.concatenate([normals, np.zeros((rows, columns, 1))], axis=-1).astype(np.float16)
        targets.place.write(marked.tobytes())
        targets.normal.write(facing.tobytes())
        self._light(programs, targets, {**uniforms, "uProbe": 1.0})
        return [self._read(texture, columns, rows) for texture in targets.lit]

    def close(self) -> None:
        for targets in self._targets.values():
            targets.release()
        self._targets.clear()
        self.context.release()


def packed(rows: Sequence[Sequence[float]], count: int, width: int) -> Floats:
    """Rows as a float32 array padded with zeros to (count, width)."""
    out = np.zeros((count, width), dtype=np.float32)
    out[: len(rows)] = rows
    return out
