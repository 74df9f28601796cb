"""Meshes kept in memory (bounded, least recently used goes first) and on disk, named by what determines them."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np

from services.inference.adapters.puppets_sprite.forms import Mesh


class MeshStore:
    """folder: where meshes are kept between runs; None keeps them in memory only."""

    def __init__(self, folder: Path | None, capacity: int = 24) -> None:
        self._folder = folder
        self._capacity = capacity
        self._held: OrderedDict[str, Mesh] = OrderedDict()
        self._lock = threading.Lock()
        self._building: dict[str, threading.Lock] = {}

    def get(self, identity: str, build: Callable[[], Mesh]) -> Mesh:
        """The mesh of this identity; made at most once at a time."""
        with self._lock:
            if identity in self._held:
                self._held.move_to_end(identity)
                return self._held[identity]
            own = self._building.setdefault(identity, threading.Lock())
        with own:
            with self._lock:
                if identity in self._held:
                    return self._held[identity]
            mesh = self._load(identity)
            if mesh is None:
                mesh = build()
                self._save(identity, mesh)
            with self._lock:
                self._held[identity] = mesh
                self._building.pop(identity, None)
                while len(self._held) > self._capacity:
                    self._held.popitem(last=False)
            return mesh

    def _path(self, identity: str) -> Path | None:
        return self._folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.npz" if self._folder else None

    def _load(self, identity: str) -> Mesh | None:
        path = self._path(identity)
        if path is None or not path.exists():
            return None
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                if str(data["identity"]) != identity:
                    return None
                return Mesh(**{item.name: data[item.name] for item in fields(Mesh)})
        except (zipfile.BadZipFile, ValueError, KeyError, EOFError):
            # a file cut short by a crash is made again
            return None

    def _save(self, identity: str, mesh: Mesh) -> None:
        path = self._path(identity)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
        with part.open("wb") as file:
            arrays = {item.name: getattr(mesh, item.name) for item in fields(Mesh)}
            np.savez(file, identity=np.array(identity), **arrays)
        part.replace(path)
