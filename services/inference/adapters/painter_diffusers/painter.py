"""The Painter engine: prompt, picture, depth, geometry and light groups make the plates of a view."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.painter_diffusers.geometry import Geometry, stage_floors, survey
from services.inference.adapters.painter_diffusers.models import DepthEstimation, TextToImage
from services.inference.adapters.painter_diffusers.prompt import SetLooks, load_sets, prompt_for
from services.inference.adapters.painter_diffusers.relight import (
    emissive,
    encode,
    lamp_share,
    scene_linear,
    split_light,
    stage_light,
)
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.plates import LEAST_SPARE, Plates, Spare, Vector
from services.inference.domain.shot import View
from services.inference.ports import always

_SIZES: Final = range(64, 4097)
_EXTINCTION_PER_M: Final = {"clear": 0.0004, "dust": 0.006, "storm": 0.03}
_INDOOR_EXTINCTION_PER_M: Final = 0.002


@dataclass(frozen=True, slots=True)
class PainterModels:
    """image, depth: folders, or names on a hub when local_files_only is false."""

    image: str
    depth: str
    device: str = "cuda"
    local_files_only: bool = False
    steps: int = 28
    guidance: float = 5.0


class DiffusersPainter:
    """Same view, size and models on one machine: same plates."""

    def __init__(self, models: PainterModels, sets: Mapping[str, SetLooks] | None = None) -> None:
        """Raises EngineUnavailable when the device or the weights are not there."""
        self._image = TextToImage(models.image, models.device, models.local_files_only, models.steps, models.guidance)
        self._depth = DepthEstimation(models.depth, models.device, models.local_files_only)
        self._sets = dict(load_sets() if sets is None else sets)
        self._lock = threading.Lock()
        self.fingerprint = f"painter-diffusers/1:{self._image.fingerprint}:{self._depth.fingerprint}"

    def known_sets(self) -> tuple[str, ...]:
        return tuple(sorted(self._sets))

    def paint(self, view: View, width: int, height: int, spare: Spare = LEAST_SPARE) -> Plates:
        """Plates for a picture of width x height. Raises UnknownName, InvalidAsk."""
        if width not in _SIZES or height not in _SIZES:
            raise InvalidAsk("size", f"width and height must be {_SIZES.start}..{_SIZES.stop - 1} pixels")
        if not 0 <= view.seed < 2**63:
            raise InvalidAsk("view.seed", "must be 0 or more and fit 63 bits")
        prompt = prompt_for(view, self._sets)
        plate_width, plate_height = spare.plate_size(width, height)
        with self._lock:
            picture = self._image.paint(prompt, plate_width, plate_height, view.seed)
            nearness = self._depth.nearness(picture)
        geometry = survey(picture, nearness, view.framing, self._sets[view.set_name].outdoors)
        identity = self._identity(view, width, height, spare)
        return self._plates(identity, view, width, height, picture, geometry)

    def warm(self, set_name: str, go_on: Callable[[], bool] = always) -> bool:
        """Nothing is made for a set as a whole; a prompt says it all."""
        if set_name not in self._sets:
            raise UnknownName("set_name", set_name, self.known_sets())
        return go_on()

    def _plates(
        self, identity: str, view: View, width: int, height: int, picture: NDArray[np.uint8], geometry: Geometry
    ) -> Plates:
        outdoors = self._sets[view.set_name].outdoors
        linear = scene_linear(picture)
        groups = split_light(linear, geometry, outdoors)
        encoded, scales = encode(groups)
        floors = stage_floors(geometry.camera, geometry.floor, view.framing, width, height)
        return Plates(
            identity=identity,
            groups=encoded,
            scale=scales,
            depth=geometry.depth,
            normals=np.rint(geometry.normals * 127).astype(np.int8),
            masks=_masks(linear, geometry, outdoors),
            camera=geometry.camera,
            stages={name: stage_light(groups, geometry, floor) for name, floor in floors.items()},
            fog_colour=_air_colour(linear, geometry),
            fog_extinction_per_m=_EXTINCTION_PER_M[view.weather] if outdoors else _INDOOR_EXTINCTION_PER_M,
        )

    def _identity(self, view: View, width: int, height: int, spare: Spare) -> str:
        ask = json.dumps([self.fingerprint, asdict(view), width, height, asdict(spare)], sort_keys=True)
        return hashlib.sha256(ask.encode()).hexdigest()


def _masks(linear: NDArray[np.float32], geometry: Geometry, outdoors: bool) -> dict[str, NDArray[np.uint8]]:
    glow = emissive(linear) * (1 - geometry.sky)
    screens = glow * (np.abs(geometry.normals[..., 1]) < 0.5)
    lamps = np.zeros_like(glow) if outdoors else (lamp_share(linear) > 0.5).astype(np.float32)
    coverage = {"sky": geometry.sky, "floor": geometry.floor_mask, "screens": screens, "glow": np.maximum(glow, lamps)}
    return {name: (np.clip(mask, 0, 1) * 255 + 0.5).astype(np.uint8) for name, mask in coverage.items()}


def _air_colour(linear: NDArray[np.float32], geometry: Geometry) -> Vector:
    """Mean light of the farthest tenth of the view, sky included."""
    far = geometry.depth >= np.quantile(geometry.depth, 0.9)
    red, green, blue = linear[far].mean(0)
    return float(red), float(green), float(blue)
