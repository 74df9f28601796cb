"""A whole local stack for tests: brought up once, asked about, hurt, and taken down."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from deploy.local.machine import listener
from deploy.local.port_plan import PortPlan
from deploy.local.run_folder import PartState, RunFolder, StackState
from deploy.local.settings import REPOSITORY

START_LIMIT_S = 300.0
STOP_LIMIT_S = 90.0
POLL_S = 0.2


def free_port_base() -> int:
    """A base all of whose ports are free, below the range from which clients get theirs."""
    while True:
        base = random.randrange(12_000, 30_000)
        if not any(listener(port) for port in PortPlan.from_base(base).named().values()):
            return base


def command(*arguments: str, run_folder: Path) -> list[str]:
    """A call of the command line."""
    return [sys.executable, "-m", "deploy.local", *arguments, "--run-folder", str(run_folder)]


def call(*arguments: str, run_folder: Path) -> subprocess.CompletedProcess[str]:
    """The command line, to its end."""
    return subprocess.run(
        command(*arguments, run_folder=run_folder),
        cwd=REPOSITORY, capture_output=True, text=True, timeout=STOP_LIMIT_S, check=False,
    )  # fmt: skip


class Stack:
    """`start()` returns when everything is ready; `stop()` may be called twice."""

    def __init__(self, run_folder: Path) -> None:
        self.run_folder = run_folder
        self.port_base = free_port_base()
        self._folder = RunFolder(run_folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._output = run_folder.parent / "up.log"

    def start(self) -> None:
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command("up", "--port-base", str(self.port_base), run_folder=self.run_folder),
                cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline_s = time.monotonic() + START_LIMIT_S
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                self.stop()
                raise AssertionError(f"the stack did not come up:\n{self.output()[-6000:]}")
            time.sleep(POLL_S)

    def stop(self) -> int:
        """The exit code of `up`, after SIGINT as from Ctrl-C."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            call("down", run_folder=self.run_folder)
            raise

    def is_ready(self) -> bool:
        state = self._folder.read()
        return state is not None and state.ready

    @property
    def state(self) -> StackState:
        state = self._folder.read()
        assert state is not None, "the stack does not run"
        return state

    @property
    def player_url(self) -> str:
        return self.state.player_url

    @property
    def streaming_url(self) -> str:
        return self.state.streaming_url

    @property
    def kafka_bootstrap(self) -> str:
        return self.state.kafka_bootstrap

    @property
    def inference_target(self) -> str:
        return self.state.inference_target

    @property
    def store_path(self) -> Path:
        return self.run_folder / "cineloom.db"

    def output(self) -> str:
        """What `up` has printed."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def log(self, name: str) -> str:
        """What a part has printed."""
        return (self._folder.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def pid(self, name: str) -> int:
        """0 while the part does not run."""
        return self.state.parts[name].pid

    def replicas(self, model: str) -> list[psutil.Process]:
        """Processes that serve a model."""
        found = psutil.Process(self.pid("inference")).children(recursive=True)
        return [process for process in found if _serves(process, model)]

    def kill(self, name: str) -> int:
        """SIGKILL to a part; the pid that it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_until_back(self, name: str, former_pid: int, limit_s: float = START_LIMIT_S) -> PartState:
        """Until the part runs and is ready under another pid."""
        deadline_s = time.monotonic() + limit_s
        while True:
            part = self.state.parts[name]
            if part.ready and part.pid not in (0, former_pid):
                return part
            assert time.monotonic() < deadline_s, f"{name} did not come back:\n{self.output()[-4000:]}"
            time.sleep(POLL_S)


def _serves(process: psutil.Process, model: str) -> bool:
    try:
        return "".join(process.cmdline()[:1]).startswith(f"ray::ServeReplica:{model}")
    except psutil.NoSuchProcess:
        return False
