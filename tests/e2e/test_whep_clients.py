"""The film is watched with WHEP clients that other people wrote, as npm has them, and in browsers of both families."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from loadtests.chromium import chromium
from loadtests.delivery.processes import MadeNode, page_before, serving
from tests.e2e.firefox import FirefoxPage, firefox

pytestmark = pytest.mark.e2e

SOURCE = Path(__file__).parent / "whep_clients" / "clients.js"
INSTALLED = Path(".cache/whep_clients/node_modules").absolute()
PAGE = '<!doctype html><meta charset="utf-8"><title>Clients</title><video autoplay muted playsinline></video><script src="clients.js"></script>'
CLIENTS = ("webrtc-player", "whip-whep")
PATIENCE_S = 60.0
Evaluate = Callable[[str], Any]


class Quiet(SimpleHTTPRequestHandler):
    """Files without a word about each."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def node() -> Iterator[MadeNode]:
    with serving(MadeNode()) as node:
        yield node


@pytest.fixture(scope="module")
def clients_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with the clients in it, on an origin of its own."""
    assert INSTALLED.is_dir(), "the clients are not installed: make setup"
    folder = tmp_path_factory.mktemp("clients")
    subprocess.run(
        [INSTALLED / ".bin" / "esbuild", str(SOURCE), "--bundle", "--log-level=warning", f"--outfile={folder / 'clients.js'}"],
        env={**os.environ, "NODE_PATH": str(INSTALLED)}, check=True,
    )  # fmt: skip
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page()


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirefoxPage]:
    with firefox(tmp_path_factory.mktemp("firefox") / "profile") as page:
        yield page


def session_on(node: MadeNode) -> tuple[str, str]:
    """A new session's WHEP address and token."""
    body = json.dumps({"storyId": "small"}).encode()
    request = urllib.request.Request(f"{node.url}/v1/sessions", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        grant = json.load(answer)
    return grant["whepUrl"], grant["token"]


def until(condition: Callable[[], Any]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, "never came true"
        time.sleep(0.1)


def watch_and_leave(node: MadeNode, client: str, evaluate: Evaluate) -> None:
    """The film moves in the client, and the node lets go of it when the client stops."""
    url, token = session_on(node)
    evaluate(f"watch({client!r}, {url!r}, {token!r})")
    until(lambda: evaluate("shown") >= 48)
    assert evaluate("document.querySelector('video').videoWidth") == 640
    assert evaluate("document.querySelector('video').srcObject.getAudioTracks().length") == 1
    until(lambda: node.state()["viewers"] == 1)
    if evaluate("Boolean(watching.restart)"):
        before = evaluate("watching.restart().then(() => shown)")
        until(lambda: evaluate("shown") >= before + 48)
        assert evaluate("watching.peer.iceConnectionState") in ("connected", "completed")
        assert node.state()["viewers"] == 1
    evaluate("watching.stop()")
    until(lambda: node.state()["viewers"] == 0)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_from_npm_plays_the_film_in_chromium(
    node: MadeNode, clients_url: str, chrome: Page, client: str
) -> None:
    chrome.goto(clients_url)
    watch_and_leave(node, client, chrome.evaluate)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_from_npm_plays_the_film_in_firefox(
    node: MadeNode, clients_url: str, fox: FirefoxPage, client: str
) -> None:
    fox.open(clients_url)
    watch_and_leave(node, client, fox.evaluate)


def test_the_page_plays_the_film_in_firefox(node: MadeNode, fox: FirefoxPage) -> None:
    with page_before(node.url) as url:
        fox.open(url)
        until(lambda: fox.evaluate("Boolean(document.querySelector('#play')?.checkVisibility())"))
        fox.click("#play")
        until(lambda: fox.evaluate("cineloom.framesShown") > 48)
        assert fox.evaluate("cineloom.connectionState") == "live"
        assert fox.evaluate("document.querySelector('#film').videoWidth") == 640
        fox.click("[data-testid=emoji-wow]")
        until(lambda: fox.evaluate("cineloom.receipts.some(({ outcome }) => outcome === 'APPLIED')"))
        fox.click("[data-testid=leave]")
        until(lambda: node.state()["viewers"] == 0)
