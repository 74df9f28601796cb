"""Takes as files: whole or not at all, bounded, and nothing that is found in the folder can do harm."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from services.streaming.adapters.shelf_files import ABANDONED_AFTER_S, KEPT_UNUSED_S, TakeFiles
from services.streaming.ports import Chunk
from tests.fakes.streaming import chunk_of

pytestmark = pytest.mark.unit

LIMIT_BYTES = 100_000


def name(number: int) -> str:
    return f"{number:064x}"


def take(number: int) -> list[Chunk]:
    return [chunk_of(name(number), index, 12 * index) for index in range(4)]


async def opened(folder: Path, limit_bytes: int = LIMIT_BYTES) -> TakeFiles:
    files = TakeFiles(folder, limit_bytes)
    await files.open()
    return files


def aged(path: Path, seconds: float) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


async def test_a_take_comes_back_as_it_was_also_after_a_restart(tmp_path: Path) -> None:
    files = await opened(tmp_path / "takes")
    assert await files.put(name(1), take(1))
    assert files.holds(name(1))
    assert await files.get(name(1)) == tuple(take(1))
    again = await opened(tmp_path / "takes")
    assert again.size_bytes == files.size_bytes > 0
    assert await again.get(name(1)) == tuple(take(1))
    assert [path.suffix for path in (tmp_path / "takes").iterdir()] == [".take"]


async def test_two_tracks_come_back_both(tmp_path: Path) -> None:
    files = await opened(tmp_path)
    apart = [replace(chunk, video=(), bed=tuple(b"bed" for _ in chunk.audio)) for chunk in take(1)]
    await files.put(name(1), apart)
    assert await files.get(name(1)) == tuple(apart)


async def test_the_folder_is_bounded_and_what_was_not_read_for_longest_goes(tmp_path: Path) -> None:
    probe = await opened(tmp_path / "probe")
    await probe.put(name(0), take(0))
    files = await opened(tmp_path / "takes", limit_bytes=3 * probe.size_bytes)
    for number in range(3):
        await files.put(name(number), take(number))
    await files.get(name(0))
    await files.put(name(3), take(3))
    assert [files.holds(name(number)) for number in range(4)] == [True, False, True, True]
    assert len(list((tmp_path / "takes").iterdir())) == 3
    smaller = await opened(tmp_path / "takes", limit_bytes=probe.size_bytes)
    assert smaller.size_bytes <= probe.size_bytes
    assert len(list((tmp_path / "takes").iterdir())) == 1


async def test_a_take_larger_than_the_folder_may_be_is_not_kept(tmp_path: Path) -> None:
    files = await opened(tmp_path, limit_bytes=100)
    assert not await files.put(name(1), take(1))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "other", "lengths"])
async def test_a_damaged_file_is_a_take_less_and_is_cleared_away(tmp_path: Path, harm: str) -> None:
    files = await opened(tmp_path)
    await files.put(name(1), take(1))
    (path,) = tmp_path.iterdir()
    data = bytearray(path.read_bytes())
    data[40] ^= 0x10
    path.write_bytes(
        {
            "cut": path.read_bytes()[:-7],
            "flipped": bytes(data),
            "empty": b"",
            "other": b"#!/bin/sh\nexit 1\n",
            "lengths": path.read_bytes()[:8] + bytes(4) + b"\xff" * 64,
        }[harm]
    )
    assert await files.get(name(1)) is None
    assert not files.holds(name(1))
    assert files.size_bytes == 0
    assert list(tmp_path.iterdir()) == []
    assert files.failures == 1


async def test_a_checksum_that_fits_does_not_make_a_take_of_anything(tmp_path: Path) -> None:
    import struct
    import zlib

    for body in (b"\x00\x00\x00\xff" + b"\xff" * 30, b"\x00\x00", b"\x00\x00\x00\x03\xff\xff\xff"):
        (tmp_path / f"{name(1)}.take").write_bytes(struct.pack(">8sI", b"CLTAKE01", zlib.crc32(body)) + body)
        files = await opened(tmp_path)
        assert await files.get(name(1)) is None


async def test_a_file_that_went_is_a_take_less(tmp_path: Path) -> None:
    files = await opened(tmp_path)
    await files.put(name(1), take(1))
    next(tmp_path.iterdir()).unlink()
    assert await files.get(name(1)) is None
    assert not files.holds(name(1))


async def test_the_start_clears_what_is_unfinished_or_old_and_touches_nothing_else(tmp_path: Path) -> None:
    files = await opened(tmp_path)
    for number in (1, 2):
        await files.put(name(number), take(number))
    aged(tmp_path / f"{name(1)}.take", KEPT_UNUSED_S + 1.0)
    for unfinished in ("old.1.part", "young.2.part"):
        (tmp_path / unfinished).write_bytes(b"half")
    aged(tmp_path / "old.1.part", ABANDONED_AFTER_S + 1.0)
    (tmp_path / "notes.txt").write_text("not ours")
    (tmp_path / "short.take").write_text("not ours either")
    again = await opened(tmp_path)
    assert (again.holds(name(1)), again.holds(name(2)), again.holds("short")) == (False, True, False)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted([f"{name(2)}.take", "young.2.part", "notes.txt", "short.take"])


async def test_a_name_that_is_no_take_cannot_leave_the_folder(tmp_path: Path) -> None:
    files = await opened(tmp_path / "takes")
    assert not await files.put("../../evil", take(1))
    assert await files.get("../../evil") is None
    assert list(tmp_path.rglob("*evil*")) == []


async def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "takes"
    blocked.write_text("a file where the folder should be")
    files = await opened(blocked)
    assert not await files.put(name(1), take(1))
    assert files.failures == 2
    assert not files.holds(name(1))


async def test_takes_that_are_written_at_once_do_not_mix(tmp_path: Path) -> None:
    files = await opened(tmp_path)
    await asyncio.gather(*(files.put(name(number % 3), take(number % 3)) for number in range(9)))
    for number in range(3):
        assert await files.get(name(number)) == tuple(take(number))
    files.drop(name(0))
    files.drop(name(0))
    assert not files.holds(name(0))
    assert len(list(tmp_path.iterdir())) == 2
