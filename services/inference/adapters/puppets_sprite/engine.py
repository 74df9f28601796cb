"""The Puppets engine: solid figures, made once from their designs, drawn as sprites into painted plates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from services.inference.adapters.puppets_sprite.carried import slate_of, with_slate
from services.inference.adapters.puppets_sprite.design import load_all
from services.inference.adapters.puppets_sprite.figure import Figure, build, work_out
from services.inference.adapters.puppets_sprite.forms import Mesh, join
from services.inference.adapters.puppets_sprite.motion import POSES
from services.inference.adapters.puppets_sprite.simplify import simplified
from services.inference.adapters.puppets_sprite.stance import EMOTIONS
from services.inference.adapters.puppets_sprite.standing import standing_of
from services.inference.adapters.puppets_sprite.store import MeshStore
from services.inference.adapters.puppets_sprite.track import SolidTrack
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.plates import Plates
from services.inference.domain.shot import Staging
from services.inference.domain.talk import SILENCE, Talk

VERSION = "puppets_sprite/1"
DESIGNS = Path(__file__).parent / "designs"
FINENESS = ((600.0, 0.8, 40_000), (450.0, 1.3, 24_000), (180.0, 1.3, 12_000), (90.0, 1.3, 6_000), (0.0, 1.3, 2_500))
"""Pixels per metre from which on a figure is drawn from a mesh built this coarsely, with so many triangles: some four
samples for each triangle that is seen, where more cost time and show nothing."""

SLATE_TRIANGLES = 240
BUILDERS = (
    "carried.py", "cloth.py", "combing.py", "curves.py", "design.py", "figure.py", "forms.py", "lighting.py",
    "locks.py", "person.py", "shading.py", "simplify.py", "store.py",
)  # fmt: skip
"""The modules that decide what a mesh is: kept ones are made anew when one of these changes."""


class SpritePuppets:
    """designs: folder of YAML designs; cache: folder for built meshes, None keeps them in memory only."""

    def __init__(self, designs: Path = DESIGNS, cache: Path | None = None, capacity: int = 24) -> None:
        self._figures: dict[str, Figure] = {name: work_out(design) for name, design in load_all(designs).items()}
        self._operating = {name: with_slate(figure) for name, figure in self._figures.items()}
        self._store = MeshStore(cache, capacity)
        code = _digest_of(sorted(Path(__file__).parent.glob("*.py")))
        self._version = f"{VERSION}+{_digest_of(Path(__file__).parent / name for name in BUILDERS)[:16]}"
        digest = hashlib.sha256(code.encode())
        for name in sorted(self._figures):
            digest.update(f"{name}:{self._figures[name].design.sha256};".encode())
        self.fingerprint = f"{VERSION}+{digest.hexdigest()[:16]}"

    def known_puppets(self) -> tuple[str, ...]:
        """Names of the designs."""
        return tuple(sorted(self._figures))

    def height_m(self, puppet: str) -> float:
        """How tall the figure is, about."""
        _know("puppet", puppet, self.known_puppets())
        return self._figures[puppet].height_m

    def eye_height_m(self, puppet: str) -> float:
        """How high above the floor the eyes of the standing figure are; its middle where it has no head."""
        _know("puppet", puppet, self.known_puppets())
        return self._figures[puppet].eye_height_m

    def length_m(self, puppet: str) -> float:
        """How far the figure reaches along its own forward axis, about."""
        _know("puppet", puppet, self.known_puppets())
        return self._figures[puppet].length_m

    def prepare(
        self, staging: Staging, plates: Plates, frame_count: int, seed: int, talk: Talk = SILENCE
    ) -> SolidTrack:
        """Raises UnknownName for the puppet, pose, emotion or position; InvalidAsk for facing or frame_count."""
        _know("staging.puppet", staging.puppet, self.known_puppets())
        _know("staging.pose", staging.pose, POSES)
        _know("staging.emotion", staging.emotion, EMOTIONS)
        _know("staging.position", staging.position, tuple(plates.stages))
        if staging.facing not in (-1, 0, 1):
            raise InvalidAsk("staging.facing", f"must be -1, 0 or 1, not {staging.facing}")
        if frame_count < 1:
            raise InvalidAsk("frame_count", f"must be at least 1, not {frame_count}")
        figure = self._figures[staging.puppet]
        standing = standing_of(staging, plates, figure.design.body)
        mesh = self._mesh(figure, standing.pixels_per_m)
        if staging.pose == "operate" and self._operating[staging.puppet] is not figure:
            figure = self._operating[staging.puppet]
            mesh = join([mesh, self._slate(figure)])
        return SolidTrack(figure, mesh, staging, plates, standing, frame_count, seed, talk)

    def _mesh(self, figure: Figure, pixels_per_m: float) -> Mesh:
        """The figure as finely as it takes at this size; every coarser mesh is made of one that is built once."""
        _, coarseness, triangles = next(row for row in FINENESS if pixels_per_m >= row[0])
        identity = f"{self._version}|{figure.design.sha256}|{coarseness}"

        def whole() -> Mesh:
            return self._store.get(identity, lambda: build(figure, coarseness))

        return self._store.get(f"{identity}|{triangles}", lambda: simplified(whole(), triangles))

    def _slate(self, figure: Figure) -> Mesh:
        """What the figure holds while it operates something."""
        identity = f"{self._version}|{figure.design.sha256}|slate"
        return self._store.get(identity, lambda: simplified(build(slate_of(figure), 1.0), SLATE_TRIANGLES))


def _digest_of(paths: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _know(field: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UnknownName(field, name, known)
