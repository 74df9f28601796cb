"""Painted plates on disk, so that a replica that starts again does not paint what was painted before it.

One uncompressed .npz for each view, named by the hash of view, size and engine; nothing in it is pickled.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.inference.domain.plates import Camera, Plates, Spare, Stage
from services.inference.domain.shot import View

FORMAT: Final = "plates/1"
LAYERS: Final = ("groups", "masks")

logger = logging.getLogger("ray.serve")


def plates_key(view: View, width: int, height: int, spare: Spare, fingerprint: str) -> str:
    """SHA-256, in hex, over everything that plates are painted from."""
    parts = [FORMAT, asdict(view), width, height, asdict(spare), fingerprint]
    asked = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(asked.encode()).hexdigest()


def plates_bytes(plates: Plates) -> int:
    """Size of the arrays."""
    return sum(layer.nbytes for layer in (*plates.groups.values(), *plates.masks.values())) + (
        plates.depth.nbytes + plates.normals.nbytes
    )


class PlatesFiles:
    """Holds at most limit_bytes in folder; the file that was used longest ago goes first. Several processes may share
    a folder. What cannot be read, or is not what its name says, is removed and counts as not there."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def get(self, key: str) -> Plates | None:
        """The plates, which are now the ones used last."""
        path = self._path(key)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
                plates = _plates(key, {name: content[name] for name in content.files})
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError) as error:
            logger.warning("plates %s cannot be read and will be painted anew: %s", path.name, error)
            _remove(path)
            return None
        return plates

    def put(self, key: str, plates: Plates) -> None:
        """Keep the plates. A full or broken disk is told in the log and costs no more than painting again."""
        path = self._path(key)
        part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, allow_pickle=False, **_arrays(key, plates))
            part.replace(path)
            self._make_room()
        except OSError as error:
            logger.warning("plates %s are not kept on disk: %s", path.name, error)
            _remove(part)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.npz"

    def _make_room(self) -> None:
        """Parts that a crash left behind are the oldest some day, and go too."""
        files = sorted(_sizes(self._folder), reverse=True)
        held = 0
        for _, size, path in files:
            held += size
            if held > self._limit_bytes:
                _remove(path)


def _remove(path: Path) -> None:
    """What cannot be removed is not there, or is counted again next time."""
    with suppress(OSError):
        path.unlink()


def _sizes(folder: Path) -> Iterator[tuple[int, int, Path]]:
    """(time of last use, bytes, path); files that another process removes meanwhile are left out."""
    for path in folder.iterdir():
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        yield status.st_mtime_ns, status.st_size, path


def _arrays(key: str, plates: Plates) -> dict[str, NDArray[Any]]:
    """The layers, and everything else as JSON in an array of text."""
    rest = {
        "key": key,
        "identity": plates.identity,
        "scale": dict(plates.scale),
        "camera": asdict(plates.camera),
        "stages": {name: _stage_values(stage) for name, stage in plates.stages.items()},
        "fog_colour": plates.fog_colour,
        "fog_extinction_per_m": plates.fog_extinction_per_m,
    }
    layers = {f"{kind}/{name}": layer for kind in LAYERS for name, layer in getattr(plates, kind).items()}
    return {
        "rest": np.array(json.dumps(rest, default=float)),
        "depth": plates.depth,
        "normals": plates.normals,
        **layers,
    }


def _stage_values(stage: Stage) -> dict[str, Any]:
    return {"floor": stage.floor, "irradiance": dict(stage.irradiance), "direction": dict(stage.direction)}


def _plates(key: str, arrays: dict[str, NDArray[Any]]) -> Plates:
    """Raises ValueError, KeyError or TypeError for what is not the plates of this key."""
    rest = json.loads(str(arrays["rest"]))
    if rest["key"] != key:
        raise ValueError("the content belongs to another name")
    groups, masks = (
        {name.removeprefix(f"{kind}/"): layer for name, layer in arrays.items() if name.startswith(f"{kind}/")}
        for kind in LAYERS
    )
    return Plates(
        identity=rest["identity"],
        groups=groups,
        scale=rest["scale"],
        depth=arrays["depth"],
        normals=arrays["normals"],
        masks=masks,
        camera=Camera(**{name: _vector(value) for name, value in rest["camera"].items()}),
        stages={name: _stage(values) for name, values in rest["stages"].items()},
        fog_colour=_vector(rest["fog_colour"]),
        fog_extinction_per_m=rest["fog_extinction_per_m"],
    )


def _stage(values: dict[str, Any]) -> Stage:
    irradiance, direction = (
        {group: _vector(value) for group, value in values[name].items()} for name in ("irradiance", "direction")
    )
    return Stage(_vector(values["floor"]), irradiance, direction)


def _vector(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
