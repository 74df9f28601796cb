"""Plates on disk: the same come back, damage is noticed, and the folder stays within its bound."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from services.inference.adapters.serve_ray.plates_files import PlatesFiles, plates_bytes, plates_key
from services.inference.domain.plates import LEAST_SPARE, Plates, Spare
from services.inference.domain.shot import View
from tests.fakes.inference import FakePainter

VIEW = View("colonnade", "close", "left", 1, marks=("breach",))
KEY = plates_key(VIEW, 64, 48, LEAST_SPARE, "e1")


@pytest.fixture(scope="module")
def plates() -> Plates:
    return FakePainter().paint(VIEW, 64, 48)


def same(one: Plates, other: Plates) -> bool:
    for field in fields(Plates):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, np.ndarray):
            if mine.dtype != theirs.dtype or not np.array_equal(mine, theirs):
                return False
        elif field.name in ("groups", "masks"):
            if list(mine) != list(theirs) or not all(np.array_equal(mine[name], theirs[name]) for name in mine):
                return False
        elif mine != theirs:
            return False
    return True


def test_what_was_put_comes_back_from_another_process_view(tmp_path: Path, plates: Plates) -> None:
    PlatesFiles(tmp_path, 10**9).put(KEY, plates)
    found = PlatesFiles(tmp_path, 10**9).get(KEY)
    assert found is not None
    assert same(found, plates)
    assert plates_bytes(found) == plates_bytes(plates)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"], "no part is left behind"


def test_numbers_of_numpy_come_back_too(tmp_path: Path, plates: Plates) -> None:
    files = PlatesFiles(tmp_path, 10**9)
    files.put(KEY, replace(plates, fog_colour=tuple(np.array([0.5, 0.25, 0.125], np.float32))))
    found = files.get(KEY)
    assert found is not None
    assert found.fog_colour == (0.5, 0.25, 0.125)


def test_nothing_was_put(tmp_path: Path) -> None:
    assert PlatesFiles(tmp_path / "absent", 10**9).get(KEY) is None


@pytest.mark.parametrize(
    "other",
    [
        plates_key(replace(VIEW, seed=1), 64, 48, LEAST_SPARE, "e1"),
        plates_key(replace(VIEW, marks=()), 64, 48, LEAST_SPARE, "e1"),
        plates_key(VIEW, 48, 64, LEAST_SPARE, "e1"),
        plates_key(VIEW, 64, 48, Spare(across=1.5), "e1"),
        plates_key(VIEW, 64, 48, LEAST_SPARE, "e2"),
    ],
)
def test_other_view_size_or_engine_has_another_name(other: str) -> None:
    assert other != KEY


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "not an archive"])
def test_damaged_file_is_removed_and_not_there(tmp_path: Path, plates: Plates, damage: str) -> None:
    files = PlatesFiles(tmp_path, 10**9)
    files.put(KEY, plates)
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    changed = {
        "cut": bytes(content[:middle]),
        "flipped": bytes(content[:middle]) + bytes([content[middle] ^ 255]) + bytes(content[middle + 1 :]),
        "emptied": b"",
        "not an archive": b"plates" * 100,
    }
    path.write_bytes(changed[damage])
    assert files.get(KEY) is None
    assert not path.exists()


def test_content_under_a_wrong_name_is_not_taken(tmp_path: Path, plates: Plates) -> None:
    files = PlatesFiles(tmp_path, 10**9)
    files.put(KEY, plates)
    (path,) = tmp_path.iterdir()
    other = plates_key(VIEW, 64, 48, LEAST_SPARE, "e2")
    path.rename(tmp_path / f"{other}.npz")
    assert files.get(other) is None


def test_pickled_content_is_refused(tmp_path: Path, plates: Plates) -> None:
    files = PlatesFiles(tmp_path, 10**9)
    files.put(KEY, plates)
    (path,) = tmp_path.iterdir()
    with path.open("wb") as file:
        np.savez(file, rest=np.array([{"key": KEY}], dtype=object), depth=plates.depth)
    assert files.get(KEY) is None


def test_file_used_longest_ago_goes_first(tmp_path: Path, plates: Plates) -> None:
    PlatesFiles(tmp_path, 10**9).put("a", plates)
    size = (tmp_path / "a.npz").stat().st_size
    files = PlatesFiles(tmp_path, 2 * size + size // 2)
    files.put("b", plates)
    os.utime(tmp_path / "a.npz", (1, 1))
    os.utime(tmp_path / "b.npz", (2, 2))
    assert files.get("a") is not None
    files.put("c", plates)
    assert [files.get(name) is not None for name in "abc"] == [True, False, True]


def test_part_that_a_crash_left_goes_in_its_time(tmp_path: Path, plates: Plates) -> None:
    part = tmp_path / "x.1-1.part"
    part.write_bytes(bytes(1000))
    os.utime(part, (1, 1))
    PlatesFiles(tmp_path, 1).put("a", plates)
    assert not part.exists()


def test_disk_that_cannot_be_written_costs_nothing_but_the_file(tmp_path: Path, plates: Plates) -> None:
    blocked = tmp_path / "folder"
    blocked.write_bytes(b"a file where the folder should be")
    files = PlatesFiles(blocked, 10**9)
    files.put(KEY, plates)
    assert files.get(KEY) is None
