"""The layers that every compositor of the bench is given: a painted place, two puppets that stay as they are, specks,
a moving camera, light that stands or changes, and a grade. Knows no compositor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.air import Eye, specks
from services.inference.adapters.animator_stage.camera import CameraPath, Pose
from services.inference.adapters.animator_stage.cast import CLOSED_MOUTH, Actor, see
from services.inference.adapters.animator_stage.grade import grade_at
from services.inference.adapters.animator_stage.lights import light_weights
from services.inference.adapters.animator_stage.picture import Picture
from services.inference.adapters.animator_stage.reach import largest_amplitude
from services.inference.adapters.animator_stage.scenery import Scenery, build_scenery
from services.inference.adapters.animator_stage.tones import display, warm_gains
from services.inference.domain.plates import LIGHT_GROUPS
from services.inference.domain.shot import CameraMove, Effect, GradeKey, Rendition, Shot, Staging, TakeOrder, View
from services.inference.ports import Painter, Puppets, PuppetTrack

FRAMES: Final = 96
DEPTH_LAYERS: Final = 4
GRADE: Final = GradeKey(0, 0.2, 0.2, 1.15, 1.1)
SPECK_STRENGTH: Final = 0.8
HAZE_OF_DUST: Final = 0.2


@dataclass(frozen=True, slots=True)
class Drawn:
    """A PuppetTrack that is one sprite for the whole shot."""

    sprite: NDArray[np.uint8]
    corner: tuple[int, int]
    depth: float

    def draw(
        self, _frame: int, _weights: Mapping[str, float], _viseme: str, _tint: Sequence[float]
    ) -> tuple[NDArray[np.uint8], int, int]:
        return self.sprite, *self.corner

    def depth_m(self, _frame: int) -> float:
        return self.depth


@dataclass(frozen=True, slots=True)
class Layers:
    """One scene. puppets: far to near."""

    name: str
    order: TakeOrder
    scenery: Scenery
    puppets: tuple[Drawn, ...]
    path: CameraPath

    @property
    def width(self) -> int:
        return self.order.rendition.width

    @property
    def height(self) -> int:
        return self.order.rendition.height

    @property
    def focal_px(self) -> float:
        return self.scenery.plates.camera.focal_px

    def picture(self) -> Picture:
        """Our compositor over these layers."""
        actors = tuple(Actor(Staging("drawn", "drawn"), track, (CLOSED_MOUTH,) * FRAMES) for track in self.puppets)
        return Picture(self.order, self.order.grade, self.scenery, actors, self.path, None)

    def pose(self, frame: int) -> Pose:
        return self.path.pose(frame, grade_at(self.order.grade, frame).camera_energy)

    def gains(self) -> NDArray[np.float32]:
        """(3,) what exposure and warmth multiply linear light by."""
        return np.asarray(warm_gains(GRADE.warmth) * 2.0**GRADE.exposure_stops, np.float32)

    def groups(self) -> tuple[str, ...]:
        """Light groups that are painted at all."""
        return tuple(group for group in LIGHT_GROUPS if self.scenery.plates.groups.get(group) is not None)

    def coefficients(self, frame: int) -> NDArray[np.float32]:
        """(groups, 3): linear light is the sum of these times the square of each group's coded value, 0..1."""
        weights = light_weights(self.order.shot, GRADE, frame, outdoor=self.scenery.outdoor, calm=False)
        levels = [weights[group] * self.scenery.plates.scale[group] for group in self.groups()]
        return np.asarray(np.array(levels)[:, None] * self.gains(), np.float32)

    def haze(self) -> float:
        """How much of what is far the dusty air hides: 0..1."""
        return round(HAZE_OF_DUST * SPECK_STRENGTH * 128.0) / 128.0

    def air_light(self, frame: int) -> NDArray[np.float32]:
        """(3,) linear light of thick air, as the place lights and tints it."""
        weights = light_weights(self.order.shot, GRADE, frame, outdoor=self.scenery.outdoor, calm=False)
        air = self.scenery.air_light(weights, self.gains())
        fog = np.array(self.scenery.plates.fog_colour, np.float32)
        luminance = np.array([0.2126, 0.7152, 0.0722], np.float32)
        tint = fog / max(float(fog @ luminance), 1e-4)
        return np.asarray(0.8 * air + 0.8 * float(air @ luminance) * tint, np.float32)

    def specks(self, frame: int) -> NDArray[np.float32]:
        """Rows as `air.specks` gives them, far to near."""
        eye = Eye(self.pose(frame), self.focal_px, self.width, self.height)
        light = display(self.air_light(frame))
        return specks("dust", SPECK_STRENGTH, frame, self.order.shot.view.seed, eye, light)

    def bounds_m(self) -> list[float]:
        """Distances at which the place is cut into DEPTH_LAYERS layers, far to near: equal shares of the picture."""
        solid = self.scenery.plates.depth[self.scenery.plates.depth < 5e3]
        return [float(np.quantile(solid, 1.0 - (n + 1) / DEPTH_LAYERS)) for n in range(DEPTH_LAYERS - 1)]

    def layer_depths_m(self) -> list[float]:
        """The distance at which each flat layer stands, far to near."""
        depth = self.scenery.plates.depth
        edges = [float("inf"), *self.bounds_m(), 0.0]
        found = []
        for far, near in pairwise(edges):
            inside = (depth < far) & (depth >= near)
            found.append(float(1.0 / np.mean(1.0 / depth[inside])))
        return found

    def corners(self, frame: int, depth_m: float) -> NDArray[np.float64]:
        """(4, 2) where the corners of a plate that stands flat at a distance are seen: around from the upper left."""
        width, height = self.scenery.width, self.scenery.height
        ends = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
        seen = see(self.scenery, self.pose(frame), self.width, self.height, ends, depth_m)
        if seen is None:
            raise ValueError(f"a layer at {depth_m} m lies behind the camera")
        return seen


def lay_out(painter: Painter, puppets: Puppets, *, changing: bool, rendition: Rendition) -> list[Layers]:
    """Two scenes: a push into a control room past two people, and an orbit in a corridor. changing: an alarm turns,
    so that light must be mixed anew for every frame."""
    effects = (Effect("dust", SPECK_STRENGTH), *((Effect("alarm", 0.8),) if changing else ()))
    scenes = []
    for name, move in (("control_room", CameraMove("push_in", 0.7)), ("corridor", CameraMove("orbit", 0.7))):
        view = View(name, "wide", mood="tense", seed=11)
        stagings = (Staging("engineer", "left", 1), Staging("scientist", "right", -1))
        shot = Shot(view, FRAMES, move, stagings, effects=effects)
        order = TakeOrder(shot, (GRADE,), rendition)
        scenery = build_scenery(painter.paint(view, rendition.width, rendition.height))
        tracks = [puppets.prepare(staging, scenery.plates, FRAMES, view.seed) for staging in stagings]
        drawn = sorted((_drawn(track) for track in tracks), key=lambda puppet: -puppet.depth)
        subject_m = float(np.mean([puppet.depth for puppet in drawn]))
        lens = scenery.lens(rendition.width, rendition.height, subject_m)
        path = CameraPath(move, FRAMES, lens, view.seed)
        most = largest_amplitude(path, scenery, rendition.width, rendition.height)
        path = CameraPath(move, FRAMES, lens, view.seed, most)
        scenes.append(Layers(f"{name} {move.kind}", order, scenery, tuple(drawn), path))
    return scenes


def _drawn(track: PuppetTrack) -> Drawn:
    weights = {**dict.fromkeys(LIGHT_GROUPS, 1.0), "alarm": 0.0}
    sprite, x, y = track.draw(20, weights, CLOSED_MOUTH, (1.0, 1.0, 1.0))
    return Drawn(sprite, (x, y), track.depth_m(20))
