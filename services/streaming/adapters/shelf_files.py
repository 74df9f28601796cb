"""The take shelf as a folder: a file for each take, written beside its place and renamed into it, checked when read.

A file is a magic number, the CRC-32 of what follows, and chunk messages, each after its length.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import struct
import time
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from cineloom.media.v1 import media_pb2
from google.protobuf.message import DecodeError

from services.streaming.adapters.wire import chunk_from_message, chunk_to_message
from services.streaming.ports import Chunk

logger = logging.getLogger(__name__)

MAGIC = b"CLTAKE01"
_HEADER = struct.Struct(">8sI")
_LENGTH = struct.Struct(">I")
_NAME = re.compile(r"[0-9a-f]{64}")
KEPT_UNUSED_S = 86_400.0
"""As long as the topics keep what was decided; then nothing is left of films that nobody watches."""
ABANDONED_AFTER_S = 60.0


class TakeFiles:
    """ports.TakeShelf; `open()` first. Where the folder cannot be used, takes are simply not kept."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._total_bytes = 0
        self._writing = asyncio.Lock()
        self.failures = 0

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return self._total_bytes

    def holds(self, take_id: str) -> bool:
        """Whether there is a file."""
        return take_id in self._sizes

    async def open(self) -> None:
        """Find what an earlier run left; clear away what it did not finish, what is old, and what is too much."""
        for take_id, size in await asyncio.to_thread(self._found):
            self._enter(take_id, size)
        await asyncio.to_thread(self._unlink, self._too_much())

    async def put(self, take_id: str, chunks: Sequence[Chunk]) -> bool:
        """False where the take is larger than the folder may be, or the disk did not take it."""
        if not _NAME.fullmatch(take_id):
            return False
        async with self._writing:
            try:
                size = await asyncio.to_thread(self._write, take_id, chunks)
            except OSError as error:
                self.failures += 1
                logger.warning("a take could not be written to %s: %s", self._folder, error)
                return False
            if size:
                self._enter(take_id, size)
                await asyncio.to_thread(self._unlink, self._too_much())
            return take_id in self._sizes

    async def get(self, take_id: str) -> tuple[Chunk, ...] | None:
        """A file that cannot be read is cleared away."""
        try:
            chunks = await asyncio.to_thread(self._read, take_id)
        except (OSError, ValueError, struct.error) as error:
            self.failures += 1
            logger.warning("take %s could not be read: %s", take_id[:12], error)
            self.drop(take_id)
            return None
        if take_id in self._sizes:
            self._sizes.move_to_end(take_id)
        return chunks

    def drop(self, take_id: str) -> None:
        """Remove the file, if there is one."""
        if take_id in self._sizes:
            self._leave(take_id)
            self._unlink([take_id])

    def _enter(self, take_id: str, size: int) -> None:
        self._total_bytes += size - self._sizes.pop(take_id, 0)
        self._sizes[take_id] = size

    def _leave(self, take_id: str) -> None:
        self._total_bytes -= self._sizes.pop(take_id)

    def _too_much(self) -> list[str]:
        """Those not used for longest, taken off the index."""
        leaving = []
        while self._total_bytes > self._limit_bytes and self._sizes:
            take_id = next(iter(self._sizes))
            self._leave(take_id)
            leaving.append(take_id)
        return leaving

    def _path(self, take_id: str) -> Path:
        return self._folder / f"{take_id}.take"

    def _found(self) -> list[tuple[str, int]]:
        """Takes and sizes, what was not used for longest first."""
        found: list[tuple[float, str, int]] = []
        now_s = time.time()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for path in self._folder.iterdir():
                stat = path.stat()
                age_s = now_s - stat.st_mtime
                if path.suffix == ".part" and age_s > ABANDONED_AFTER_S:
                    path.unlink(missing_ok=True)
                if path.suffix != ".take" or not _NAME.fullmatch(path.stem):
                    continue
                if age_s > KEPT_UNUSED_S:
                    path.unlink(missing_ok=True)
                else:
                    found.append((stat.st_mtime, path.stem, stat.st_size))
        except OSError as error:
            self.failures += 1
            logger.warning("takes of an earlier run in %s are not used: %s", self._folder, error)
        return [(take_id, size) for _, take_id, size in sorted(found)]

    def _write(self, take_id: str, chunks: Sequence[Chunk]) -> int:
        """Bytes written; 0 where it is more than the folder may hold."""
        body = b"".join(_LENGTH.pack(len(part)) + part for part in map(_packed, chunks))
        size = _HEADER.size + len(body)
        if size > self._limit_bytes:
            return 0
        unfinished = self._folder / f"{take_id}.{os.getpid()}.part"
        try:
            unfinished.write_bytes(_HEADER.pack(MAGIC, zlib.crc32(body)) + body)
            unfinished.replace(self._path(take_id))
        finally:
            unfinished.unlink(missing_ok=True)
        return size

    def _read(self, take_id: str) -> tuple[Chunk, ...]:
        path = self._path(take_id)
        data = path.read_bytes()
        if len(data) < _HEADER.size:
            raise ValueError("the file is cut off")
        magic, checksum = _HEADER.unpack_from(data)
        body = memoryview(data)[_HEADER.size :]
        if magic != MAGIC or zlib.crc32(body) != checksum:
            raise ValueError("the file is damaged")
        os.utime(path)
        chunks, at = [], 0
        while at < len(body):
            (length,) = _LENGTH.unpack_from(body, at)
            at += _LENGTH.size
            chunks.append(_unpacked(body[at : at + length]))
            at += length
        if at != len(body):
            raise ValueError("the file's last chunk is cut off")
        return tuple(chunks)

    def _unlink(self, take_ids: Sequence[str]) -> None:
        for take_id in take_ids:
            try:
                self._path(take_id).unlink(missing_ok=True)
            except OSError as error:
                self.failures += 1
                logger.warning("take %s could not be removed: %s", take_id[:12], error)


def _packed(chunk: Chunk) -> bytes:
    return chunk_to_message(chunk).SerializeToString()


def _unpacked(part: memoryview) -> Chunk:
    try:
        return chunk_from_message(media_pb2.Chunk.FromString(bytes(part)))
    except DecodeError as error:
        raise ValueError("the file holds no chunks") from error
