"""The folder of one stack: its lock, what it says of itself, its logs, and the store between runs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

STATE = "stack.json"
LOCK = "stack.lock"
PID = "cineloom.pid"


class AlreadyRunning(RuntimeError):
    """Another supervisor holds the folder."""


@dataclass(frozen=True, slots=True)
class PartState:
    """pid: 0 while it does not run. started_at: by the system's clock, tells a reused pid from ours."""

    pid: int
    ready: bool
    restarts: int
    started_at: float = 0.0


@dataclass(frozen=True, slots=True)
class StackState:
    """What others may know of a running stack."""

    supervisor_pid: int
    player_url: str
    streaming_url: str
    kafka_bootstrap: str
    inference_target: str
    temporary: str
    ready: bool = False
    parts: Mapping[str, PartState] = field(default_factory=dict)


class RunFolder:
    """`with folder.held():` keeps other supervisors out."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"

    def held(self) -> _Held:
        """Context manager. Raises AlreadyRunning."""
        self.logs.mkdir(parents=True, exist_ok=True)
        return _Held(self.path / LOCK)

    def is_held(self) -> bool:
        """Whether a supervisor runs here."""
        if not (self.path / LOCK).exists():
            return False
        try:
            with _Held(self.path / LOCK):
                return False
        except AlreadyRunning:
            return True

    def wipe(self) -> None:
        """Forget everything but the lock; only while it is held."""
        for entry in self.path.iterdir():
            if entry.name == LOCK:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self.logs.mkdir()

    def write(self, state: StackState) -> None:
        """Appears complete or not at all."""
        (self.path / PID).write_text(f"{state.supervisor_pid}\n", encoding="ascii")
        unfinished = self.path / f".{STATE}"
        unfinished.write_text(json.dumps(asdict(state), indent=2) + "\n", encoding="utf-8")
        unfinished.replace(self.path / STATE)

    def read(self) -> StackState | None:
        """None where no stack has run, or the last one ended in order."""
        try:
            data: dict[str, Any] = json.loads((self.path / STATE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        parts = {name: PartState(**part) for name, part in data.pop("parts").items()}
        return StackState(**data, parts=parts)

    def clear(self) -> None:
        """The stack has ended in order."""
        for name in (STATE, PID):
            (self.path / name).unlink(missing_ok=True)


class _Held:
    """An flock(2), so that it goes with its holder however that ends."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def __enter__(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise AlreadyRunning from None

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        os.close(self._file)
