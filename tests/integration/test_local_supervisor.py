"""The supervisor over small programs: order, restarts, giving up, and an end that leaves no process."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import sessions, stack
from deploy.local.console import Console
from deploy.local.parts import Part, SaysLine
from deploy.local.restarts import RestartPolicy
from deploy.local.run_folder import PartState, RunFolder, StackState
from deploy.local.settings import REPOSITORY
from deploy.local.supervisor import StackFailed, Supervisor

pytestmark = pytest.mark.integration

PATIENCE_S = 30.0
STEADY = "import time; print('ready', flush=True); time.sleep(600)"
WITH_CHILD = (
    "import subprocess, sys, time; "
    "subprocess.Popen([sys.executable, '-c', 'import os, time; os.setpgid(0, 0); time.sleep(600)']); "
    "print('ready', flush=True); time.sleep(600)"
)
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {STEADY}"
SHORT_LIVED = "print('ready', flush=True)"
BROKEN = "import sys; sys.exit('the disk is full')"


def part(name: str, program: str, needs: tuple[str, ...] = (), stop_limit_s: float = 5.0) -> Part:
    return Part(name, (sys.executable, "-c", program), SaysLine("ready"), needs=needs, stop_limit_s=stop_limit_s)


class Running:
    """A supervisor in a folder of its own, and what it said."""

    def __init__(self, path: Path, *parts: Part, deaths_limit: int = 5) -> None:
        self.folder = RunFolder(path)
        self.folder.logs.mkdir(parents=True)
        self.said = io.StringIO()
        self.stopped = asyncio.Event()
        state = StackState(os.getpid(), "http://page", "http://films", "kafka", "models", "")
        policy = RestartPolicy(deaths_limit=deaths_limit, first_delay_s=0.01)
        console = Console(self.folder.logs, self.said, colour=False)
        self.supervisor = Supervisor(parts, dict(os.environ), self.folder, console, state, policy)

    @property
    def state(self) -> StackState:
        state = self.folder.read()
        assert state is not None
        return state

    async def until(self, condition: Callable[[StackState], bool]) -> StackState:
        async with asyncio.timeout(PATIENCE_S):
            while (state := self.folder.read()) is None or not condition(state):
                await asyncio.sleep(0.02)
        return state


async def test_parts_start_when_what_they_need_is_ready(tmp_path: Path) -> None:
    running = Running(tmp_path, part("first", STEADY), part("second", STEADY, needs=("first",)))
    task = asyncio.create_task(running.supervisor.run(running.stopped))
    await running.until(lambda state: state.ready)
    running.stopped.set()
    await task
    said = running.said.getvalue()
    assert said.index("first is ready") < said.index("[second] ready")
    assert said.splitlines()[-1] == "[cineloom] Cineloom is ready: http://page"


async def test_killed_part_comes_back_and_its_children_have_gone(tmp_path: Path) -> None:
    running = Running(tmp_path, part("model", WITH_CHILD))
    task = asyncio.create_task(running.supervisor.run(running.stopped))
    former = (await running.until(lambda state: state.ready)).parts["model"].pid
    assert len(sessions.members(former)) == 2
    os.kill(former, signal.SIGKILL)
    state = await running.until(lambda state: state.parts["model"].ready and state.parts["model"].pid != former)
    assert state.parts["model"].restarts == 1
    assert sessions.members(former) == []
    running.stopped.set()
    await task
    assert sessions.members(state.parts["model"].pid) == []


async def test_part_that_keeps_dying_is_given_up_and_the_others_are_stopped(tmp_path: Path) -> None:
    running = Running(tmp_path, part("steady", STEADY), part("weak", SHORT_LIVED), deaths_limit=3)
    with pytest.raises(StackFailed, match="weak died too often"):
        await running.supervisor.run(running.stopped)
    assert running.state.parts["weak"].restarts == 2
    assert sessions.members(running.state.parts["steady"].pid) == []


async def test_part_that_never_starts_stops_the_stack_with_its_last_words(tmp_path: Path) -> None:
    running = Running(tmp_path, part("steady", STEADY), part("broken", BROKEN))
    with pytest.raises(StackFailed, match="broken did not start; its last words: the disk is full"):
        await running.supervisor.run(running.stopped)
    assert running.said.getvalue().count("broken ended with 1") == 2


async def test_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    running = Running(tmp_path, Part("ghost", (str(tmp_path / "no-such-program"),), SaysLine("ready")))
    with pytest.raises(StackFailed, match="ghost cannot be started"):
        await running.supervisor.run(running.stopped)


async def test_part_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    running = Running(tmp_path, part("deaf", DEAF, stop_limit_s=0.2))
    task = asyncio.create_task(running.supervisor.run(running.stopped))
    pid = (await running.until(lambda state: state.ready)).parts["deaf"].pid
    running.stopped.set()
    await task
    assert sessions.members(pid) == []
    assert "[deaf] does not stop within 0 s and is killed" in running.said.getvalue()


async def test_parts_stop_in_reverse_order(tmp_path: Path) -> None:
    says_goodbye = f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye'))); {STEADY}"
    running = Running(tmp_path, part("first", says_goodbye), part("second", says_goodbye))
    task = asyncio.create_task(running.supervisor.run(running.stopped))
    await running.until(lambda state: state.ready)
    running.stopped.set()
    await task
    farewells = [line for line in running.said.getvalue().splitlines() if line.endswith("bye")]
    assert farewells == ["[second] bye", "[first] bye"]


def test_what_a_killed_supervisor_leaves_is_swept(tmp_path: Path) -> None:
    """Its parts get SIGTERM from the kernel; one that ignores it is found by the next `down`."""
    started_at = time.time()
    orphan = subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE, start_new_session=True)
    assert orphan.stdout is not None
    assert orphan.stdout.readline() == b"ready\n"
    folder = RunFolder(tmp_path)
    with folder.held():
        folder.write(StackState(0, "", "", "", "", "", parts={"deaf": PartState(orphan.pid, True, 0, started_at)}))
    assert stack.down(tmp_path)
    assert orphan.wait(PATIENCE_S) == -signal.SIGKILL
    orphan.stdout.close()
    assert folder.read() is None


def test_process_that_took_a_dead_parts_number_is_spared(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", STEADY], stdout=subprocess.DEVNULL, start_new_session=True)
    folder = RunFolder(tmp_path)
    with folder.held():
        long_ago = time.time() - 3600.0
        folder.write(StackState(0, "", "", "", "", "", parts={"gone": PartState(stranger.pid, True, 0, long_ago)}))
    assert stack.down(tmp_path)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_parts_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, sys; from pathlib import Path; "
        "from deploy.local.child import Child; from deploy.local.parts import Part, SaysLine\n"
        "async def main():\n"
        f"    part = Part('steady', (sys.executable, '-c', {STEADY!r}), SaysLine('ready'))\n"
        "    child = await Child.start(part, dict(os.environ), Path('.'), lambda *_: None)\n"
        "    await child.said.wait()\n"
        "    print(child.pid, flush=True)\n"
        "    await child.ended()\n"
        "asyncio.run(main())\n"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE)
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline())
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    deadline_s = time.monotonic() + PATIENCE_S
    while sessions.members(pid):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
