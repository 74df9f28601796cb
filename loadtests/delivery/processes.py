"""A made node and the page in front of it as processes of their own, which may be killed and started again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

from loadtests.watch.local_stack import free_base

STOP_LIMIT_S = 10.0
PATIENCE_S = 60.0
POLL_S = 0.1


class MadeNode:
    """`loadtests.delivery.made_node` on a port that it keeps over restarts.

    inside: a command that it is run by. turn: a TURN server's URL, and the secret shared with it.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        store_url: str = "",
        inside: Sequence[str] = (),
        turn: tuple[str, str] = ("", ""),
    ) -> None:
        self.port = free_base()
        self.url = f"http://{host}:{self.port}"
        options = ["--host", host, "--port", str(self.port), "--store", store_url]
        options += ["--turn", turn[0], "--turn-secret", turn[1]]
        self._command = [*inside, sys.executable, "-m", "loadtests.delivery.made_node", *options]
        self._process: subprocess.Popen[str] | None = None
        self._pid = 0

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._pid = json.loads(self._process.stdout.readline())["pid"]

    def state(self) -> dict[str, Any]:
        """What it tells of itself."""
        with urllib.request.urlopen(f"{self.url}/state") as answer:
            return dict(json.load(answer))

    def kill(self) -> None:
        """SIGKILL: nothing of it is put in order."""
        os.kill(self._pid, signal.SIGKILL)
        self._end()

    def stop(self) -> None:
        """End it; may be called twice."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._pid, signal.SIGTERM)
        self._end()

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.wait(STOP_LIMIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


@contextlib.contextmanager
def serving(node: MadeNode) -> Iterator[MadeNode]:
    """A node from start to end."""
    node.start()
    try:
        yield node
    finally:
        node.stop()


@contextlib.contextmanager
def page_before(
    streaming_url: str, host: str = "127.0.0.1", inside: Sequence[str] = (), until_up: bool = True
) -> Iterator[str]:
    """The real page in front of a streaming service; its URL. until_up: this process reaches it, and waits for it."""
    port = free_base()
    environment = {
        **os.environ,
        "CINELOOM_PLAYER_HOST": host,
        "CINELOOM_PLAYER_PORT": str(port),
        "CINELOOM_STREAMING_PUBLIC_URL": streaming_url,
    }
    process = subprocess.Popen([*inside, sys.executable, "-m", "services.player"], env=environment, text=True)
    url = f"http://{host}:{port}"
    try:
        if until_up:
            until_answered(f"{url}/healthz")
        yield url
    finally:
        process.terminate()
        process.wait(STOP_LIMIT_S)


@contextlib.contextmanager
def made_page() -> Iterator[str]:
    """The page in front of a node whose films are made up; the page's URL."""
    with serving(MadeNode()) as node, page_before(node.url) as url:
        yield url


def until_answered(url: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for a page. Raises TimeoutError."""
    deadline_s = time.monotonic() + patience_s
    while time.monotonic() < deadline_s:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(POLL_S)
    raise TimeoutError(url)
