"""Whatever ends a connection, the film goes on where it was: the real page before a node that is killed or cut off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from loadtests.chromium import ARGUMENTS, CHROMIUM, chromium
from loadtests.delivery.line import Condition, Line
from loadtests.delivery.processes import MadeNode, page_before, serving
from tests.e2e.film_page import REQUEST_FAILED, FilmPage, watching

pytestmark = pytest.mark.e2e

FRAMES_PER_SECOND = 24
# The film's place is kept once a second, and playing begins at the half second before it.
MOST_SEEN_AGAIN = 2 * FRAMES_PER_SECOND
# What is sent before the node notices that nobody listens, and while the page looks for it.
MOST_MISSED = 5 * FRAMES_PER_SECOND
BACK_LIMIT_S = 60.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def node(tmp_path: Path) -> Iterator[MadeNode]:
    """A node whose sessions outlive it."""
    with serving(MadeNode(store_url=f"sqlite:///{tmp_path / 'store.db'}")) as node:
        yield node


@pytest.fixture
def page_url(node: MadeNode) -> Iterator[str]:
    with page_before(node.url) as url:
        yield url


def troubles_of_scripts(viewer: FilmPage) -> list[str]:
    return [trouble for trouble in viewer.troubles if not REQUEST_FAILED.search(trouble)]


def goes_on(before: int, after: int) -> bool:
    return before - MOST_SEEN_AGAIN <= after <= before + MOST_MISSED


def test_another_network_moves_the_film_to_another_way(browser: Browser, node: MadeNode, page_url: str) -> None:
    with watching(browser, page_url) as viewer:
        viewer.play()
        (hello,) = viewer.told("hello")
        viewer.page.context.set_offline(True)
        viewer.page.context.set_offline(False)
        viewer.until(lambda: node.state()["restarts"] == 1)
        viewer.until_moving(2 * FRAMES_PER_SECOND)
        event = viewer.react("wow")
        viewer.until(lambda: viewer.receipts(event))
        assert (viewer.film("restarts"), viewer.film("connectionState")) == (1, "live")
        assert viewer.told("hello") == [hello], "it is the same connection"
        assert (
            viewer.page.evaluate(
                "filmProbe.peers.filter(({ connectionState }) => connectionState === 'connected').length"
            )
            == 1
        )
        assert viewer.troubles == []


def test_a_killed_node_goes_on_from_the_session_log(browser: Browser, node: MadeNode, page_url: str) -> None:
    with watching(browser, page_url) as viewer:
        viewer.play()
        viewer.watch(3.0)
        session_id = viewer.film("sessionId")
        event = viewer.react("tense")
        viewer.until(lambda: viewer.is_safe(event))
        frame, hellos = viewer.frame, len(viewer.told("hello"))
        before, since_ms = viewer.log(node.url).entries, viewer.now_ms()
        node.kill()
        viewer.until(lambda: viewer.film("connectionState") in ("mending", "reconnecting"))
        viewer.press_emotion("love")
        node.start()
        viewer.until_moving(2 * FRAMES_PER_SECOND, BACK_LIMIT_S)
        went_on_at = int(viewer.told("hello")[hellos]["frameIndex"])
        print(f"\nkilled at frame {frame}; went on at {went_on_at}; still {viewer.longest_still_s(since_ms):.1f} s")
        assert viewer.film("sessionId") == session_id
        assert goes_on(frame, went_on_at)
        viewer.until(
            lambda: sum("emoji" in decided["event"] for decided in viewer.log(node.url).of("eventDecided")) == 2
        )
        log = viewer.log(node.url)
        assert log.entries[: len(before)] == before
        assert [int(entry.get("sequence", 0)) for entry in log.entries] == list(range(len(log.entries)))
        assert len(log.receipts(event)) == 1
        assert viewer.film("eventsWaiting") == 0
        assert troubles_of_scripts(viewer) == []


def test_a_tab_that_was_closed_is_taken_up_again(browser: Browser, node: MadeNode, page_url: str) -> None:
    with watching(browser, page_url) as viewer:
        viewer.play()
        viewer.watch(3.0)
        session_id, frame = viewer.film("sessionId"), viewer.frame
        context = viewer.page.context
        viewer.page.close(run_before_unload=False)
        again = FilmPage(context.new_page(), page_url)
        again.page.get_by_test_id("resume").click()
        again.until_moving()
        assert again.film("sessionId") == session_id
        assert goes_on(frame, again.first_frame())
        assert again.troubles == []


@contextmanager
def far_browser(browser: Browser, line: Line, folder: Path, page_origin: str) -> Iterator[Browser]:
    """Chromium at the far end of a line."""
    start = folder / "chromium"
    command = " ".join(Line.command(line.far, CHROMIUM))
    start.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    start.chmod(0o755)
    # The page needs a secure origin, as which browsers take an address only of this very machine.
    secure = f"--unsafely-treat-insecure-origin-as-secure={page_origin}"
    far = browser.browser_type.launch(executable_path=str(start), args=[*ARGUMENTS, secure])
    try:
        yield far
    finally:
        far.close()


def until_served(browser: Browser, url: str) -> None:
    page = browser.new_page()
    for _ in range(300):
        try:
            page.goto(url)
            break
        except Error:
            page.wait_for_timeout(100)
    page.close()


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/dev/net/tun").exists(), reason="needs root and TUN devices")
def test_a_network_that_is_away_for_twenty_seconds_costs_only_that(browser: Browser, tmp_path: Path) -> None:
    with Line(f"resume{os.getpid()}") as line, line.carrying():
        near, host = Line.command(line.near), line.near_address
        with (
            serving(MadeNode(host, inside=near)) as node,
            page_before(node.url, host, near, until_up=False) as page_url,
            far_browser(browser, line, tmp_path, page_url) as far,
        ):
            until_served(far, page_url)
            with watching(far, page_url) as viewer:
                viewer.play()
                viewer.watch(2.0)
                frame, session_id, since_ms = viewer.frame, viewer.film("sessionId"), viewer.now_ms()
                line.condition = Condition(away=True)
                viewer.watch(20.0)
                viewer.press_emotion("love")
                line.condition = Condition()
                viewer.until_moving(FRAMES_PER_SECOND, BACK_LIMIT_S)
                (event,) = viewer.until(lambda: viewer.sent("emoji"))
                viewer.until(lambda: viewer.receipts(event["eventId"]))
                hello = viewer.told("hello")[-1]
                print(
                    f"\nframe {frame} before; went on at {hello['frameIndex']}; still {viewer.longest_still_s(since_ms):.1f} s"
                )
                assert viewer.film("sessionId") == session_id
                assert goes_on(frame, int(hello["frameIndex"]))
                assert viewer.film("eventsWaiting") == 0
                assert troubles_of_scripts(viewer) == []
