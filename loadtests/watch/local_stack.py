"""A whole stack of its own for one run, on free ports and in a folder that goes with it."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.parts import HOST, streaming_url
from deploy.local.port_plan import PortPlan

READY = "Cineloom is ready:"
READY_LIMIT_S = 420.0
STOP_LIMIT_S = 60.0
ATTEMPTS = 50


class StackNotReady(Exception):
    """It did not come up; the message ends with the last lines it said."""


@contextmanager
def local_stack() -> Iterator[str]:
    """The streaming service's URL, once the stack is ready. Raises StackNotReady."""
    base = free_base()
    with tempfile.TemporaryDirectory(prefix="cineloom-watch-") as folder:
        arguments = ["up", "--port-base", str(base), "--run-folder", str(Path(folder) / "run")]
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            _wait_until_ready(process)
            yield streaming_url(PortPlan.from_base(base))
        finally:
            _stop(process)


def free_base() -> int:
    """A port base whose whole plan is free. Raises StackNotReady."""
    for _ in range(ATTEMPTS):
        base = random.randrange(20_000, 30_000, 10)
        if all(_free(port) for port in PortPlan.from_base(base).named().values()):
            return base
    raise StackNotReady("no free ports were found")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _wait_until_ready(process: subprocess.Popen[str]) -> None:
    last: deque[str] = deque(maxlen=20)
    ready, over = threading.Event(), threading.Event()

    def listen() -> None:
        # Reads on after the stack is ready: a full pipe would stop it.
        for line in process.stdout or ():
            last.append(line.rstrip())
            if READY in line:
                ready.set()
                over.set()
        over.set()

    threading.Thread(target=listen, name="stack-output", daemon=True).start()
    over.wait(READY_LIMIT_S)
    if not ready.is_set():
        raise StackNotReady("the stack did not come up:\n" + "\n".join(last))


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None and process.poll() is not None:
        process.stdout.close()
