"""One running process: it leads a session of its own, dies with its supervisor, and its lines are heard."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from collections import deque
from collections.abc import Callable
from pathlib import Path

from deploy.local import sessions
from deploy.local.parts import Part, SaysLine

PR_SET_PDEATHSIG = 1
LINE_LIMIT_BYTES = 256 * 1024
LAST_LINES = 5

_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """Made by `Child.start`; `said` is set when the part printed the line that means ready."""

    def __init__(self, part: Part, process: asyncio.subprocess.Process, hear: Callable[[str, str], None]) -> None:
        self.part = part
        self.said = asyncio.Event()
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._process = process
        self._hear = hear
        self._hearing = asyncio.create_task(self._listen(), name=f"{part.name} output")
        self._gone = asyncio.Event()
        self._watch()

    @classmethod
    async def start(
        cls, part: Part, environment: dict[str, str], folder: Path, hear: Callable[[str, str], None]
    ) -> Child:
        """`environment` is what the part inherits, beneath its own. Raises OSError."""
        process = await asyncio.create_subprocess_exec(
            *part.command,
            cwd=folder,
            env={**environment, **part.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=LINE_LIMIT_BYTES,
            preexec_fn=_die_with(os.getpid()),
        )
        if part.niceness:
            sessions.be_nice(process.pid, part.niceness)
        return cls(part, process, hear)

    @property
    def pid(self) -> int:
        """Also the id of its session."""
        return self._process.pid

    async def ended(self) -> int:
        """Its exit code, negative for a signal; whatever it left behind is gone."""
        await self._gone.wait()
        return await self._swept()

    async def stop(self, patience_s: float) -> None:
        """Its stop signal, then SIGKILL to its whole session."""
        if not self._gone.is_set():
            sessions.signal_quietly(self.pid, self.part.stop_signal)
            try:
                async with asyncio.timeout(patience_s):
                    await self._gone.wait()
            except TimeoutError:
                self._hear(self.part.name, f"does not stop within {patience_s:.0f} s and is killed")
        await self._swept()

    async def _swept(self) -> int:
        await asyncio.to_thread(sessions.kill, self.pid)
        # Only now: asyncio's wait() lasts until no process holds the pipe, and an orphan might.
        code = await self._process.wait()
        await asyncio.gather(self._hearing, return_exceptions=True)
        return code

    def _watch(self) -> None:
        """Set `_gone` as soon as the process itself has ended (pidfd_open(2))."""
        loop = asyncio.get_running_loop()
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            self._gone.set()
            return

        def gone() -> None:
            loop.remove_reader(handle)
            os.close(handle)
            self._gone.set()

        loop.add_reader(handle, gone)

    async def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            try:
                raw = await stream.readline()
            except ValueError:
                continue  # a line beyond LINE_LIMIT_BYTES; readline has dropped it
            if not raw:
                return
            line = raw.decode("utf-8", "replace").rstrip()
            self.last_lines.append(line)
            self._hear(self.part.name, line)
            if isinstance(self.part.readiness, SaysLine) and line.startswith(self.part.readiness.text):
                self.said.set()


def _die_with(supervisor: int) -> Callable[[], None]:
    def before_exec() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != supervisor:
            os._exit(1)

    return before_exec
