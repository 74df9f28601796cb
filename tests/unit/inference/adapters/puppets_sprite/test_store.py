"""The bounded store of meshes."""

from __future__ import annotations

from pathlib import Path

from services.inference.adapters.puppets_sprite.forms import ELLIPSOID, Form, Mesh, encode, solid
from services.inference.adapters.puppets_sprite.store import MeshStore


def ball() -> Mesh:
    return solid(encode([Form(ELLIPSOID, (0, 0, 0), (0.2, 0.2, 0.2))]), 0.05, 0.0, 0.02, 1, 0)


def test_a_mesh_is_built_once_and_the_least_recent_goes_first() -> None:
    built: list[str] = []
    store = MeshStore(None, capacity=2)

    def get(name: str) -> Mesh:
        def build() -> Mesh:
            built.append(name)
            return ball()

        return store.get(name, build)

    for name in ("a", "b", "a", "c", "a", "b"):
        get(name)
    assert built == ["a", "b", "c", "b"]


def test_a_mesh_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    made = MeshStore(tmp_path).get("x", ball)

    def never() -> Mesh:
        raise AssertionError("it lies on disk")

    kept = MeshStore(tmp_path).get("x", never)
    assert (kept.positions == made.positions).all()
    assert (kept.triangles == made.triangles).all()
    assert not list(tmp_path.glob("*.part"))


def test_another_identity_is_another_mesh(tmp_path: Path) -> None:
    asked: list[str] = []
    for name in ("x", "y"):
        MeshStore(tmp_path).get(name, lambda name=name: asked.append(name) or ball())  # type: ignore[misc, func-returns-value]
    assert asked == ["x", "y"]
