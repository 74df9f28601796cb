"""A line between two network namespaces: rate, delay, loss and a queue that overflows, made in user space.

The same four things as netem, which container kernels often lack; needs root and /dev/net/tun. What is made is removed.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import random
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
NAMESPACES = Path("/var/run/netns")
MTU = 1_500
QUEUE_BYTES = 48_000


@dataclass(frozen=True, slots=True)
class Condition:
    """rate_bps 0: no limit. delay_s: one way. loss: share of what is lost towards the viewer."""

    rate_bps: float = 0.0
    delay_s: float = 0.0
    loss: float = 0.0
    away: bool = False


@dataclass(slots=True)
class _Direction:
    source: int
    target: int
    lossy: bool
    free_at_s: float = 0.0
    carried: int = 0
    lost: int = 0
    overflowed: int = 0


class Line:
    """`with Line(name) as line`: then run things inside `line.near` and `line.far`, and change `line.condition`."""

    def __init__(self, name: str, network: str = "10.77.0") -> None:
        self.near, self.far = f"{name}-near", f"{name}-far"
        self.near_address, self.far_address = f"{network}.1", f"{network}.2"
        self.condition = Condition()
        self._random = random.Random(1)
        self._files: list[int] = []
        self._directions: list[_Direction] = []

    def __enter__(self) -> Self:
        try:
            for space, address in ((self.near, self.near_address), (self.far, self.far_address)):
                _ip("netns", "add", space)
                self._files.append(_tun_inside(space, "line0"))
                _ip("-n", space, "addr", "add", f"{address}/24", "dev", "line0")
                _ip("-n", space, "link", "set", "line0", "mtu", str(MTU), "up")
                _ip("-n", space, "link", "set", "lo", "up")
        except BaseException:
            self._remove()
            raise
        near, far = self._files
        self._directions = [_Direction(near, far, True), _Direction(far, near, False)]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._remove()

    def carry(self) -> None:
        """Begin to carry packets, in the running event loop."""
        for direction in self._directions:
            asyncio.get_running_loop().add_reader(direction.source, self._take, direction)

    @contextmanager
    def carrying(self) -> Iterator[None]:
        """Carry in a thread, for callers that have no event loop."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="line", daemon=True)
        thread.start()
        loop.call_soon_threadsafe(self.carry)
        try:
            yield
        finally:
            loop.call_soon_threadsafe(self.stop)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def stop(self) -> None:
        """Carry nothing more."""
        for direction in self._directions:
            asyncio.get_running_loop().remove_reader(direction.source)

    @property
    def counts(self) -> dict[str, tuple[int, int, int]]:
        """(carried, lost, overflowed) of each direction."""
        return {
            name: (way.carried, way.lost, way.overflowed)
            for name, way in zip(("to_viewer", "from_viewer"), self._directions, strict=True)
        }

    @staticmethod
    def command(space: str, *command: str) -> list[str]:
        """A command to be run inside a namespace."""
        return ["ip", "netns", "exec", space, *command]

    def _take(self, way: _Direction) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(64):
            try:
                packet = os.read(way.source, 2 * MTU)
            except BlockingIOError:
                return
            now_s, now = loop.time(), self.condition
            if now.away or (way.lossy and self._random.random() < now.loss):
                way.lost += 1
                continue
            waits_s = max(0.0, way.free_at_s - now_s)
            if now.rate_bps and waits_s * now.rate_bps / 8 > QUEUE_BYTES:
                way.overflowed += 1
                continue
            if now.rate_bps:
                waits_s += len(packet) * 8 / now.rate_bps
            way.free_at_s = now_s + waits_s
            loop.call_at(now_s + waits_s + now.delay_s, self._give, way, packet)

    @staticmethod
    def _give(way: _Direction, packet: bytes) -> None:
        try:
            os.write(way.target, packet)
        except OSError:
            way.lost += 1
        else:
            way.carried += 1

    def _remove(self) -> None:
        for file in self._files:
            os.close(file)
        self._files = []
        for space in (self.near, self.far):
            if (NAMESPACES / space).exists():
                _ip("netns", "del", space)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def _tun_inside(space: str, name: str) -> int:
    """A TUN device that is in a namespace while this process is not."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(NAMESPACES / space, os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {space}")
        try:
            file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
            return file
        finally:
            libc.setns(home, CLONE_NEWNET)
    finally:
        os.close(home)
        os.close(there)
