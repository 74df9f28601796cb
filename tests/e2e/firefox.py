"""Headless Firefox driven by WebDriver BiDi (W3C), which it speaks itself: no geckodriver is needed."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FIREFOX = "firefox-esr"
LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
PATIENCE_S = 60.0
POLL_S = 0.1
# Firefox offers H.264 over WebRTC when it has Cisco's OpenH264, which it downloads at run time, or when graphics can
# decode it. Declaring the latter lets it decode with the libavcodec that is installed.
SETTINGS: dict[str, object] = {
    "media.webrtc.hw.h264.enabled": True,
    "gfx.blacklist.webrtc.hw.acceleration.h264": 1,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.systemAddon.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/none",
}


class ScriptFailed(Exception):
    """What a page's script threw, or what Firefox refused."""


class FirefoxPage:
    """One tab. `evaluate` takes an expression, whose promise is waited for, and gives its value as JSON has it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self.console: list[str] = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        (tab,) = self._ask("browsingContext.getTree")["contexts"]
        self._tab = tab["context"]

    def open(self, url: str) -> None:
        """Returns when the page is loaded."""
        self._ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Raises ScriptFailed."""
        asked = f"(async () => JSON.stringify((await ({expression})) ?? null))()"
        target = {"context": self._tab}
        # Playing needs a gesture unless the script counts as one.
        told = self._ask("script.evaluate", expression=asked, target=target, awaitPromise=True, userActivation=True)
        if told["type"] == "exception":
            raise ScriptFailed(told["exceptionDetails"]["text"])
        return json.loads(told["result"]["value"])

    def click(self, selector: str) -> None:
        """As a mouse does, in the middle of the first element that matches."""
        box = self.evaluate(f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()")
        x, y = round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2)
        acts = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._ask(
            "input.performActions", context=self._tab, actions=[{"type": "pointer", "id": "mouse", "actions": acts}]
        )

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._socket.recv(timeout=PATIENCE_S))
            if told.get("method") == "log.entryAdded":
                self.console.append(f"{told['params']['level']}: {told['params']['text']}")
            elif told.get("id") == self._number:
                if told["type"] == "error":
                    raise ScriptFailed(f"{method}: {told['error']}: {told['message']}")
                return dict(told["result"])


@contextmanager
def firefox(profile: Path) -> Iterator[FirefoxPage]:
    """A browser with a new profile in that folder."""
    profile.mkdir(parents=True)
    settings = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in SETTINGS.items())
    (profile / "user.js").write_text("".join(settings), encoding="utf-8")
    said = profile.parent / f"{profile.name}.log"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [FIREFOX, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            with connect(f"{_address(said, process)}/session", max_size=None, proxy=None) as socket:
                yield FirefoxPage(socket)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _address(said: Path, process: subprocess.Popen[bytes]) -> str:
    end_s = time.monotonic() + PATIENCE_S
    while True:
        if found := LISTENING.search(said.read_bytes()):
            return found[1].decode()
        assert process.poll() is None, said.read_text(errors="replace")
        assert time.monotonic() < end_s, said.read_text(errors="replace")
        time.sleep(POLL_S)
