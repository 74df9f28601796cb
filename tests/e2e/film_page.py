"""One viewer's page in Chromium: what a viewer does on it, and what was shown, said and measured there."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Browser, ConsoleMessage, Page

PROBE = Path(__file__).with_name("film_probe.js")
PATIENCE_S = 40.0
POLL_MS = 50
LARGE = (1280, 720)
SMALL = (960, 540)
PICTURE_SHAPE = (90, 160, 3)
# A browser says on its console that a request failed; while a part of the stack is dead, requests do.
REQUEST_FAILED = re.compile(r"Failed to load resource|net::ERR_")

Value = TypeVar("Value")
Picture = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Media:
    """Counters of one connection (W3C webrtc-stats). sound_energy: of what was played; concealed: but for silence."""

    at_s: float
    frames_received: int
    frames_decoded: int
    frames_dropped: int
    sound_packets: int
    sound_samples: int
    concealed_samples: int
    sound_energy: float


class FilmPage:
    """`with watching(browser, url) as viewer:` opens it at the wall; `troubles` is what went wrong in the page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        page.on("console", self._on_console)
        page.add_init_script(path=str(PROBE))
        page.goto(url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"console {message.type}: {message.text}")

    # --- what a viewer does --------------------------------------------------------------------------------------

    def play(self) -> None:
        """Press play; returns once the picture moves."""
        self.page.get_by_test_id("play").click()
        self.until_moving()

    def reload(self) -> None:
        """As a viewer does; returns once the page tells of its film again and that moves."""
        self.page.reload()
        self.until(lambda: self.page.evaluate("Boolean(window.cineloom)"))
        self.until_moving()

    def wake(self) -> None:
        """Move the mouse, so that the controls come back."""
        for x in (300, 310):
            self.page.mouse.move(x, 200)

    def press_emotion(self, emotion: str) -> None:
        """Press it, whether or not it can be sent now."""
        self.wake()
        self.page.get_by_test_id(f"emoji-{emotion}").click()

    def react(self, emotion: str) -> str:
        """Press an emotion; the event's id."""
        return self._acted("emoji", lambda: self.press_emotion(emotion))

    def turn(self, dial: str, value: float) -> str:
        """Set a dial (-1..1) in the open panel; the event's id."""
        self.wake()
        if self.page.locator("#shape").is_hidden():
            self.page.get_by_test_id("shape").click()
        return self._acted("dial", lambda: self.page.get_by_test_id(f"dial-{dial}").fill(str(round(value * 100))))

    def close_panels(self) -> None:
        """As Escape does."""
        self.page.keyboard.press("Escape")

    def press(self, key: str, kind: str) -> str:
        """Press a key that sends an event of a kind; the event's id."""
        return self._acted(kind, lambda: self.page.keyboard.press(key))

    def _acted(self, kind: str, act: Callable[[], None]) -> str:
        known = {event["eventId"] for event in self.sent(kind)}
        act()
        (new,) = self.until(lambda: [event for event in self.sent(kind) if event["eventId"] not in known])[:1]
        return str(new["eventId"])

    # --- what is there -------------------------------------------------------------------------------------------

    def film(self, name: str) -> Any:
        """What `window.cineloom` says."""
        return self.page.evaluate(f"window.cineloom.{name}")

    def now_ms(self) -> float:
        """The page's monotonic clock."""
        return float(self.page.evaluate("performance.now()"))

    def told(self, kind: str) -> list[dict[str, Any]]:
        """Messages of a kind from the film, in order."""
        found = self.page.evaluate("(kind) => filmProbe.told.filter((message) => message[kind])", kind)
        return [message[kind] for message in found]

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """Events of a kind that left the page."""
        return list(self.page.evaluate("(kind) => filmProbe.sent.filter((event) => event[kind])", kind))

    def is_safe(self, event_id: str) -> bool:
        """Whether the film has acknowledged the event."""
        return any(ack["eventId"] == event_id for ack in self.told("ack"))

    def receipts(self, event_id: str) -> list[dict[str, Any]]:
        """What came for the event on this page."""
        return [receipt for receipt in self.told("receipt") if receipt["eventId"] == event_id]

    @property
    def frame(self) -> int:
        """The session's frame that was shown last; -1 before the first."""
        return int(self.page.evaluate("filmProbe.shown.findLast(({ frame }) => frame !== null)?.frame ?? -1"))

    def first_frame(self) -> int:
        """The session's frame that this load of the page showed first."""
        known = "filmProbe.shown.filter(({ frame }) => frame !== null).slice(0, 1)"
        return int(self.until(lambda: self.page.evaluate(known))[0]["frame"])

    def media(self) -> Media:
        """Counters of the open connection."""
        found = self.page.evaluate("filmProbe.media()")
        video, audio = found["video"], found["audio"]
        return Media(
            at_s=video["timestamp"] / 1000,
            frames_received=video["framesReceived"],
            frames_decoded=video["framesDecoded"],
            frames_dropped=video["framesDropped"],
            sound_packets=audio["packetsReceived"],
            sound_samples=audio["totalSamplesReceived"],
            concealed_samples=audio["concealedSamples"] - audio.get("silentConcealedSamples", 0),
            sound_energy=audio["totalAudioEnergy"],
        )

    def longest_still_s(self, since_ms: float) -> float:
        """The longest time that the picture did not change between two frames shown since then."""
        later = "(since) => filmProbe.shown.map(({ atMs }) => atMs).filter((at) => at >= since)"
        times = [since_ms, *self.page.evaluate(later, since_ms), self.now_ms()]
        return float(max(after - before for before, after in itertools.pairwise(times))) / 1000

    def pictures(self) -> dict[int, Picture]:
        """Small pictures by the session's frame: (90, 160, 3) RGB, 0..255."""
        found = self.page.evaluate("filmProbe.pictures")
        return {entry["frame"]: _picture(entry["rgb"]) for entry in found}

    def shown_captions(self) -> list[tuple[int, str]]:
        """For each shown frame of the session, the caption on the screen, "" for none."""
        found = self.page.evaluate("filmProbe.captions.filter(({ frame }) => frame !== null)")
        return [(entry["frame"], entry["text"]) for entry in found]

    # --- waiting -------------------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], Value], patience_s: float = PATIENCE_S) -> Value:
        """Polls from here: the page's policy forbids the evaluation that Playwright's own waiting uses."""
        end_s = time.monotonic() + patience_s
        while True:
            if value := condition():
                return value
            assert time.monotonic() < end_s, f"never came true; the page is {self.film('connectionState')}"
            self.page.wait_for_timeout(POLL_MS)

    def until_moving(self, frames: int = 6, patience_s: float = PATIENCE_S) -> None:
        """Until more frames were shown, and the film said which they are."""
        before = self.film("framesShown")
        self.until(lambda: self.film("framesShown") >= before + frames and self.frame >= 0, patience_s)

    def watch(self, duration_s: float) -> None:
        """Let time pass."""
        self.page.wait_for_timeout(duration_s * 1000)

    # --- the session's own record --------------------------------------------------------------------------------

    @property
    def session(self) -> dict[str, Any]:
        """What the page remembers: sessionId, token, whepUrl."""
        return dict(json.loads(self.page.evaluate("sessionStorage.getItem('cineloom.session')")))

    def log(self, streaming_url: str) -> SessionLog:
        """The session log of now."""
        session = self.session
        status, body = ask(f"{streaming_url}/v1/sessions/{session['sessionId']}/log", token=session["token"])
        assert status == 200, body
        return SessionLog(json.loads(body)["entries"])

    def screenshot(self, name: str) -> None:
        """Kept in the folder that CINELOOM_SHOTS names, if it names one."""
        folder = os.environ.get("CINELOOM_SHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


@contextmanager
def watching(browser: Browser, url: str, size: tuple[int, int] = SMALL) -> Iterator[FilmPage]:
    """A new viewer in a browser profile of their own, at the wall."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(PATIENCE_S * 1000)
    try:
        yield FilmPage(context.new_page(), url)
    finally:
        context.close()


@dataclass(frozen=True, slots=True)
class SessionLog:
    """entries: `cineloom.session.v1.SessionLogEntry` in the JSON mapping, in order."""

    entries: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The decisions of a kind, in order."""
        return [entry[kind] for entry in self.entries if kind in entry]

    def receipts(self, event_id: str) -> list[dict[str, Any]]:
        """Every receipt of the event."""
        return [each["receipt"] for each in self.of("eventDecided") if each["event"]["eventId"] == event_id]

    def takes(self) -> list[dict[str, Any]]:
        """Takes that were to play at last, in order, with `frame`: where each begins in the session."""
        kept: list[dict[str, Any]] = []
        for take in self.of("takeScheduled"):
            frame = int(take.get("firstFrameIndex", 0))
            kept = [*(earlier for earlier in kept if earlier["frame"] < frame), {**take, "frame": frame}]
        return kept


def ask(
    url: str, body: bytes | None = None, content_type: str = "application/json", token: str = ""
) -> tuple[int, str]:
    """GET, or POST where there is a body: status and text, whatever the status is."""
    headers = {"Content-Type": content_type} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def difference(one: Picture, other: Picture) -> float:
    """Mean absolute difference of two pictures, in levels of 0..255."""
    return float(np.abs(one - other).mean())


def _picture(text: str) -> Picture:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(PICTURE_SHAPE).astype(np.float32)
