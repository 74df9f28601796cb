"""What a set is made of: forms, materials, lights, stage positions and camera set-ups, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Vec2 = tuple[float, float]
Vec3 = tuple[float, float, float]
Value = float | str | tuple[float, ...]

MARKS = (
    "lights_out", "breach", "symbols_on_screens", "dust_inside", "aurora", "face_on_screens", "smile_on_screens",
    "parachute_on_screens", "dot_on_screens",
)  # fmt: skip
PATTERNS = (
    "plain", "panels", "tiles", "grate", "brushed", "stripes", "regolith", "rock", "blocks", "glyph", "screen",
    "leaf", "facets", "windows", "water", "fabric", "crystal",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repeat:
    """Copies along one axis: centre + spacing * k for k in first..last."""

    spacing: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Form:
    """One primitive or compound form. values: the fields of its kind; angles in degrees; lengths in metres."""

    kind: str
    at: Vec3
    values: Mapping[str, Value]
    material: str
    line: int
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    mirror: str = ""
    repeat: Mapping[str, Repeat] = field(default_factory=dict)
    polar: Vec2 = (0.0, 0.0)
    round: float = 0.0
    blend: float = 0.0
    cut: bool = False
    mark: str = ""
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """colour, colour2: linear RGB albedo. emission: linear RGB radiance, in the light group `group`.

    pattern: how both colours are laid out. scale: metres of one repeat. dirt, wear: 0..1. bump: 0..2.
    reflect: 0..1 strength of mirror-like reflection. lamp: its emission ends with the mark "lights_out".
    """

    name: str
    colour: Vec3 = (0.5, 0.5, 0.5)
    colour2: Vec3 = (0.3, 0.3, 0.3)
    roughness: float = 0.55
    metal: float = 0.0
    pattern: str = "plain"
    scale: float = 1.0
    dirt: float = 0.35
    wear: float = 0.35
    bump: float = 0.5
    reflect: float = 0.0
    emission: Vec3 = (0.0, 0.0, 0.0)
    group: str = "emission"
    lamp: bool = False
    floor: bool = False


@dataclass(frozen=True, slots=True)
class Light:
    """kind: "sun" | "rect" | "sphere" | "tube". colour * power is radiance (rect), intensity (sphere, tube) or
    irradiance over pi (sun). aim: unit vector the rect faces, or the spot's axis; cone_deg: 180 is no cone.

    glow: strength of the light in the air around it. body: thickness of the lamp that is seen, 0 is none.
    """

    kind: str
    group: str
    line: int
    at: Vec3 = (0.0, 0.0, 0.0)
    aim: Vec3 = (0.0, -1.0, 0.0)
    size: Vec2 = (1.0, 1.0)
    colour: Vec3 = (1.0, 1.0, 1.0)
    power: float = 1.0
    range_m: float = 14.0
    cone_deg: float = 180.0
    shadow: bool = False
    softness: float = 8.0
    glow: float = 0.0
    body: float = 0.0
    body_brightness: float = 3.0
    mirror: str = ""
    repeat: Repeat | None = None
    axis: str = "z"
    mark: str = ""
    unless: str = "lights_out"
    azimuth_deg: float = 40.0
    elevation_deg: float = -1.0


@dataclass(frozen=True, slots=True)
class StagePosition:
    """floor: world point under the feet; y is found on the terrain where there is one. looks_at: point of interest
    of whoever stands there. insert_height: what an insert here shows, metres above the floor. seat: whether something
    to sit on is behind whoever stands there."""

    name: str
    floor: Vec3
    looks_at: Vec3 | None = None
    insert_height: float = 1.05
    seat: bool = False


@dataclass(frozen=True, slots=True)
class CameraSetup:
    """focal: focal length over the picture's height."""

    position: Vec3
    target: Vec3
    focal: float


@dataclass(frozen=True, slots=True)
class Sky:
    """kind: "none" | "mars" | "space". stars, clouds: 0..1. planet: direction of its centre, angular radius in rad."""

    kind: str = "none"
    stars: float = 0.0
    clouds: float = 0.3
    planet_direction: Vec3 = (0.0, 0.0, -1.0)
    planet_radius: float = 0.0
    planet_colour: Vec3 = (0.6, 0.25, 0.12)
    moons: float = 0.0


@dataclass(frozen=True, slots=True)
class Air:
    """Linear colour of the air when lit at unit strength, and its extinction."""

    colour: Vec3 = (0.5, 0.5, 0.5)
    extinction_per_m: float = 0.005


@dataclass(frozen=True, slots=True)
class GroundLayer:
    """One layer of the height field; kind: one of `loading.GROUND_KINDS`."""

    kind: str
    line: int
    at: Vec2 = (0.0, 0.0)
    radius: float = 100.0
    height: float = 10.0
    scale: float = 100.0
    yaw: float = 0.0
    length: float = 0.0
    terraces: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SetDesign:
    """A whole place. walkable: the box in which a camera may stand. ambient: fill light from above and below."""

    name: str
    title: str
    inside: bool
    seed: int
    interest: Vec3
    exposure: float
    reach_m: float
    ambient_up: Vec3
    ambient_down: Vec3
    ambient_occlusion_m: float
    air: Air
    walkable: tuple[Vec3, Vec3]
    forms: tuple[Form, ...]
    materials: tuple[Material, ...]
    lights: tuple[Light, ...]
    stages: Mapping[str, StagePosition]
    cameras: Mapping[str, CameraSetup]
    ground: tuple[GroundLayer, ...] = ()
    sky: Sky = Sky()
