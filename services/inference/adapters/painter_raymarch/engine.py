"""The Painter that ray-marches its sets. All GL work happens in one thread that the engine owns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.painter_raymarch.bloom import bloomed
from services.inference.adapters.painter_raymarch.design import MARKS, SetDesign
from services.inference.adapters.painter_raymarch.encoding import encode
from services.inference.adapters.painter_raymarch.focus import blur_radii, defocus
from services.inference.adapters.painter_raymarch.framing import Setup, frame, stage_floor
from services.inference.adapters.painter_raymarch.gl_passes import Geometry, Passes, SetPrograms, packed
from services.inference.adapters.painter_raymarch.ground import (
    FAR_EXTENT_M,
    NEAR_EXTENT_M,
    Ground,
    LeftOff,
    build_ground,
)
from services.inference.adapters.painter_raymarch.loading import load_sets
from services.inference.adapters.painter_raymarch.looks import Look, check_look, look_of
from services.inference.adapters.painter_raymarch.plate_masks import masks_of
from services.inference.adapters.painter_raymarch.shader_compiler import (
    MAX_FORMS,
    MAX_MATERIALS,
    compile_set,
    source_digest,
)
from services.inference.adapters.painter_raymarch.stage_light import probe_points, stages_from
from services.inference.domain.errors import EngineUnavailable, InvalidAsk, UnknownName
from services.inference.domain.plates import LEAST_SPARE, LIGHT_GROUPS, MOST_SPARE, Camera, Plates, Spare
from services.inference.domain.shot import View
from services.inference.ports import always

SETS_FOLDER = Path(__file__).parent / "sets"
SMALLEST_PX, LARGEST_PX = 64, 4096
SKY_DEPTH_M = 1e4
ROOM_ROUND_M = (1.2, 2.4, 3.2)
"""How far the air of a place with walls goes beyond where a camera may stand."""
Floats = NDArray[np.float32]


def plate_identity(view: View, width: int, height: int, spare: Spare, fingerprint: str) -> str:
    """SHA-256 over the view in canonical form, the size and the engine; marks count as a set."""
    fields = {**asdict(view), "marks": sorted(set(view.marks))}
    canonical = json.dumps([fields, width, height, asdict(spare), fingerprint], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class _Stagehand:
    """What lives in the GL thread: the context, and the programs and grounds of the sets used so far."""

    def __init__(self) -> None:
        self.passes = Passes()
        self._programs: dict[str, SetPrograms] = {}

    def programs(self, design: SetDesign, ground: Ground) -> SetPrograms:
        if design.name not in self._programs:
            self._programs[design.name] = self.passes.programs(compile_set(design), ground.near, ground.far)
        return self._programs[design.name]


def _uniforms(programs: SetPrograms, setup: Setup, look: Look, view: View, focal_px: float) -> dict[str, object]:
    design, compiled = programs.compiled.design, programs.compiled
    camera, sky = setup.camera, programs.compiled.design.sky
    low, high = design.walkable
    kinds = {"none": 0.0, "mars": 1.0, "space": 2.0}
    return {
        "uEye": camera.position, "uRight": camera.right, "uUp": camera.up, "uForward": camera.forward,
        "uFocal": focal_px, "uReach": design.reach_m, "uExtent": (NEAR_EXTENT_M, FAR_EXTENT_M),
        "uMarks": packed([[float(mark in view.marks)] for mark in MARKS], len(MARKS), 1),
        "uAoReach": design.ambient_occlusion_m,
        "uReflects": packed([[r] for r in compiled.reflect_of_form], MAX_FORMS + 1, 1),
        "uFormMaterial": packed([[float(m)] for m in compiled.material_of_form], MAX_FORMS + 1, 1),
        "uFormSize": packed(compiled.form_sizes, MAX_FORMS + 1, 4),
        "uMaterial": packed(compiled.material_table, MAX_MATERIALS * 5, 4),
        "uAmbientUp": look.ambient_up, "uAmbientDown": look.ambient_down, "uTint": packed(look.tint, 5, 3),
        "uSun": look.sun, "uSunColour": look.sun_colour, "uZenith": look.zenith, "uHorizon": look.horizon,
        "uHalo": look.halo, "uSky": (kinds[sky.kind], look.stars, look.clouds, sky.moons * min(look.stars * 4, 1.0)),
        "uPlanet": (*sky.planet_direction, sky.planet_radius), "uPlanetColour": sky.planet_colour,
        "uRoom": packed([[e - r for e, r in zip(low, ROOM_ROUND_M, strict=True)],
                         [e + r for e, r in zip(high, ROOM_ROUND_M, strict=True)]], 2, 3),
        "uInside": float(design.inside), "uAir": (*look.air_colour, look.extinction_per_m),
        "uOutside": look.outside_extinction_per_m,
    }  # fmt: skip


def _depth(geometry: Geometry, camera: Camera) -> Floats:
    place = geometry.place
    offset = place[..., :3] - np.asarray(camera.position, dtype=np.float32)
    depth = offset @ np.asarray(camera.forward, dtype=np.float32)
    return np.where(place[..., 3] < 0.5, np.float32(SKY_DEPTH_M), depth).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Picture:
    """What was seen and how it is lit, before it is encoded; arrays as in Plates, linear light as float32."""

    linear: list[Floats]
    depth: Floats
    normals: NDArray[np.int8]
    masks: dict[str, NDArray[np.uint8]]

    def enlarged(self, width: int, height: int) -> _Picture:
        """The same at another size; light and masks are smoothed, geometry is not."""
        size = (width, height)
        lit = [np.maximum(cv2.resize(light, size, interpolation=cv2.INTER_CUBIC), 0) for light in self.linear]
        masks = {
            name: np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
            for name, mask in self.masks.items()
        }
        return _Picture(
            [np.asarray(light, dtype=np.float32) for light in lit],
            np.asarray(cv2.resize(self.depth, size, interpolation=cv2.INTER_NEAREST), dtype=np.float32),
            np.asarray(cv2.resize(self.normals, size, interpolation=cv2.INTER_NEAREST), dtype=np.int8),
            masks,
        )


def _developed(
    programs: SetPrograms, setup: Setup, geometry: Geometry, linear: list[Floats], height_px: int
) -> _Picture:
    """Depth, normals and masks of the geometry, and the light out of focus where the lens says so."""
    depth = _depth(geometry, setup.camera)
    masks = masks_of(programs.compiled, geometry, depth, linear)
    if setup.blur > 0:
        radii = blur_radii(depth, setup.focus_m, setup.blur * height_px)
        linear = [defocus(light, radii) for light in linear]
    linear = [bloomed(light) for light in linear]
    normals = np.clip(np.rint(geometry.normal[..., :3].astype(np.float32) * 127), -127, 127).astype(np.int8)
    return _Picture(linear, depth, normals, masks)


class RaymarchPainter:
    """ports.Painter on OpenGL: sets are YAML files that a compiler turns into specialised GLSL.

    Opening raises EngineUnavailable where there is no EGL. Close it, or use it as a context manager.
    naive: without the short cuts of `Passes.paint`, to measure them against.
    """

    def __init__(self, sets_folder: Path = SETS_FOLDER, naive: bool = False) -> None:
        self._naive = naive
        self._sets = load_sets(sets_folder)
        self._grounds: dict[str, Ground] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="raymarch-gl")
        self._closed = False
        try:
            self._stagehand = self._thread.submit(_Stagehand).result()
        except EngineUnavailable:
            self._thread.shutdown()
            raise
        files = "".join(p.read_text(encoding="utf-8") for p in sorted(sets_folder.glob("*.yaml")))
        digest = hashlib.sha256((source_digest() + files + self._stagehand.passes.renderer).encode()).hexdigest()
        self.fingerprint = f"raymarch-{'naive-' if naive else ''}{digest[:16]}"

    def known_sets(self) -> tuple[str, ...]:
        return tuple(sorted(self._sets))

    def design(self, set_name: str) -> SetDesign:
        """The set as it was read. Raises UnknownName."""
        if set_name not in self._sets:
            raise UnknownName("view.set_name", set_name, self.known_sets())
        return self._sets[set_name]

    def paint(self, view: View, width: int, height: int, spare: Spare = LEAST_SPARE) -> Plates:
        """Plates for a picture of width x height. Safe to call from any thread; views are painted one by one."""
        design = self.design(view.set_name)
        for name, size in (("width", width), ("height", height)):
            if not SMALLEST_PX <= size <= LARGEST_PX:
                raise InvalidAsk(name, f"{SMALLEST_PX}..{LARGEST_PX} is expected, not {size}")
        for name, share in (("spare.across", spare.across), ("spare.up", spare.up)):
            if not 1.0 <= share <= MOST_SPARE:
                raise InvalidAsk(name, f"1..{MOST_SPARE} is expected, not {share}")
        check_look(view)
        frame(design, view, lambda _x, _z: 0.0, height)
        if self._closed:
            raise EngineUnavailable("the painter is closed")
        return self._thread.submit(self._paint, design, view, width, height, spare).result()

    def warm(self, set_name: str, go_on: Callable[[], bool] = always) -> bool:
        """Build a set's ground, in the calling thread, and paint a small view of it, so that the driver has compiled
        its programs. False where go_on said no before it was done."""
        design = self.design(set_name)
        if self._closed:
            raise EngineUnavailable("the painter is closed")
        try:
            self._ground(design, go_on)
        except LeftOff:
            return False
        if not go_on():
            return False
        small = (View(set_name), SMALLEST_PX, SMALLEST_PX, LEAST_SPARE)
        self._thread.submit(self._paint, design, *small).result()
        return True

    def _ground(self, design: SetDesign, go_on: Callable[[], bool] = always) -> Ground:
        """Of two threads that build the same ground at once both get the first one's."""
        if design.name not in self._grounds:
            self._grounds.setdefault(design.name, build_ground(design, go_on))
        return self._grounds[design.name]

    def _paint(self, design: SetDesign, view: View, width: int, height: int, spare: Spare) -> Plates:
        ground = self._ground(design)
        programs = self._stagehand.programs(design, ground)
        setup = frame(design, view, ground.height, height)
        look = look_of(design, view)
        full_w, full_h = spare.plate_size(width, height)
        shrink = 2 if setup.half_size and min(full_w, full_h) >= 2 * SMALLEST_PX else 1
        paint_w, paint_h = -(-full_w // shrink), -(-full_h // shrink)
        uniforms = _uniforms(programs, setup, look, view, setup.camera.focal_px * paint_h / full_h)
        geometry, linear = self._stagehand.passes.paint(programs, paint_w, paint_h, uniforms, self._naive)
        names = list(design.stages)
        floors = [stage_floor(design.stages[name], ground.height) for name in names]
        lit = self._stagehand.passes.probe(programs, *probe_points(floors), uniforms)
        picture = _developed(programs, setup, geometry, linear, paint_h)
        if shrink > 1:
            picture = picture.enlarged(full_w, full_h)
        encoded = {group: encode(light) for group, light in zip(LIGHT_GROUPS, picture.linear, strict=True)}
        air = tuple(c * (look.tint[1][i] if design.inside else 1.0) for i, c in enumerate(look.air_colour))
        return Plates(
            identity=plate_identity(view, width, height, spare, self.fingerprint),
            groups={group: pixels for group, (pixels, _) in encoded.items()},
            scale={group: scale for group, (_, scale) in encoded.items()},
            depth=picture.depth, normals=picture.normals, masks=picture.masks,
            camera=setup.camera,
            stages=stages_from(names, floors, lit, setup.camera),
            fog_colour=(air[0], air[1], air[2]), fog_extinction_per_m=look.extinction_per_m,
        )  # fmt: skip

    def close(self) -> None:
        """Release the GL context and join its thread."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._stagehand.passes.close).result()
            self._thread.shutdown()

    def __enter__(self) -> RaymarchPainter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()
