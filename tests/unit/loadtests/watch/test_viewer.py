"""The viewer's own conduct: what it sends, sends again, chooses, and how it comes back. No network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

from loadtests.watch import viewer
from loadtests.watch.observations import Arrival, Observations, Picture, Told
from loadtests.watch.script import Script, read_script
from loadtests.watch.signalling import Grant, Refused, Unreachable
from loadtests.watch.viewer import Started, WatchFailed, watch

GRANT = Grant("session-1", "viewer-1", "token", "http://film/whep/session-1")


class FakeSignalling:
    """decided: event ids in the session log."""

    decided: ClassVar[list[str]] = []
    hung_up: ClassVar[list[int]] = []
    refusal: ClassVar[Exception | None] = None

    def __init__(self, url: str) -> None:
        self.url = url

    async def __aenter__(self) -> FakeSignalling:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def new_session(self, story_id: str) -> Grant:
        if self.refusal is not None:
            raise self.refusal
        return GRANT

    async def log(self, grant: Grant) -> list[dict[str, Any]]:
        return [{"progress": {}}, *({"eventDecided": {"event": {"eventId": event_id}}} for event_id in self.decided)]


class FakeConnection:
    """Opens as `openings` says: an error, or how long it lives in seconds; answers every event unless deaf.

    The film ends with the receipt number `ends_after`, or soon after the connection number `ends_on` has opened.
    """

    openings: ClassVar[list[Exception | float]] = []
    deaf_for: ClassVar[int] = 0
    ends_after: ClassVar[int] = 99
    ends_on: ClassVar[int] = 99
    made: ClassVar[list[FakeConnection]] = []

    def __init__(
        self,
        number: int,
        seen: Observations,
        now_s: Callable[[], float],
        pictures: Any,
        recorder: Any,
        on_told: Callable[[Told], None],
    ) -> None:
        self.number, self.seen, self.now_s, self.on_told = number, seen, now_s, on_told
        self.playing = asyncio.Event()
        self.said: list[dict[str, Any]] = []
        self.closed = False
        FakeConnection.made.append(self)

    @property
    def heard_at_s(self) -> float:
        return self.now_s()

    async def open(self, signalling: Any, grant: Grant) -> None:
        opening = self.openings[self.number] if self.number < len(self.openings) else 99.0
        if isinstance(opening, Exception):
            raise opening
        self.lives_s = opening
        for index in range(4):
            self.seen.frames.append(Arrival(self.number, self.now_s(), index * 3750, index / 24))
        self.seen.pictures.append(_picture(self.number, self.now_s()))
        self.playing.set()
        if self.number == self.ends_on:
            asyncio.get_running_loop().call_later(0.1, self.tell, "ended", {"endingTitle": "Dawn"})

    async def until_lost(self) -> None:
        await asyncio.sleep(self.lives_s)

    def say(self, message: dict[str, Any]) -> bool:
        self.said.append(message)
        if len(self.said) > FakeConnection.deaf_for:
            event_id = message["eventId"]
            FakeSignalling.decided.append(event_id)
            self.tell("ack", {"eventId": event_id})
            self.tell("receipt", {"eventId": event_id, "outcome": "OUTCOME_APPLIED", "depth": "DEPTH_NONE"})
            if len(FakeSignalling.decided) == self.ends_after:
                self.tell("ended", {"endingTitle": "Dawn"})
        return True

    def tell(self, kind: str, body: dict[str, Any]) -> None:
        told = Told(self.number, self.now_s(), kind, body)
        self.seen.told.append(told)
        self.on_told(told)

    async def hang_up(self, signalling: Any, grant: Grant) -> None:
        FakeSignalling.hung_up.append(self.number)

    async def close(self) -> None:
        self.closed = True


def _picture(connection: int, at_s: float) -> Picture:
    return Picture(connection, at_s, 0.0, np.zeros((36, 64), np.uint8), np.zeros((2, 9, 16), np.uint8))


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "Signalling", FakeSignalling)
    monkeypatch.setattr(viewer, "Connection", FakeConnection)
    monkeypatch.setattr(viewer, "FIRST_BACKOFF_S", 0.01)
    monkeypatch.setattr(viewer, "RESEND_AFTER_S", 0.02)
    FakeConnection.openings, FakeConnection.made, FakeConnection.deaf_for = [], [], 0
    FakeConnection.ends_after = FakeConnection.ends_on = 99
    FakeSignalling.decided, FakeSignalling.hung_up, FakeSignalling.refusal = [], [], None


def _script(*acts: Any, choose: int | None = None) -> Script:
    read = read_script({"acts": [{"at_s": at_s, "act": act} for at_s, act in acts]})
    return Script(read.acts, choose, 0.0)


async def _watch(script: Script, length_s: float = 60.0, on_started: Any = None) -> Any:
    return await watch("http://film", "a_story", length_s / 60, script, on_started)


async def test_the_script_is_played_and_every_event_has_its_receipt() -> None:
    FakeConnection.ends_after = 2
    started: list[Started] = []
    summary = await _watch(_script((0.05, "skip"), (0.1, {"emoji": {"name": "wow"}})), on_started=started.append)
    assert [event.what for event in summary.events] == ["skip", "emoji wow"]
    assert [(event.receipts, event.decided) for event in summary.events] == [(1, 1), (1, 1)]
    assert [begun.grant for begun in started] == [GRANT]
    assert FakeSignalling.hung_up == [0]
    assert FakeConnection.made[0].closed


async def test_what_was_not_acknowledged_is_sent_again_under_the_same_id() -> None:
    FakeConnection.deaf_for, FakeConnection.ends_after = 2, 1
    summary = await _watch(_script((0.01, "skip")))
    said = FakeConnection.made[0].said
    assert len(said) == 3
    assert len({message["eventId"] for message in said}) == 1
    assert len(summary.events) == 1


async def test_it_comes_back_when_the_connection_goes() -> None:
    FakeConnection.openings, FakeConnection.ends_on = [0.2, Unreachable("connection refused"), 99.0], 2
    summary = await _watch(_script((0.01, "skip")))
    assert summary.reconnects == 1
    assert [connection.closed for connection in FakeConnection.made] == [True, True, True]
    (lost,) = [stall for stall in summary.stalls if stall.stream == "connection"]
    assert 0 < lost.gap_s < summary.watched_s
    assert summary.errors == ("connection refused",)


async def test_an_act_without_a_connection_is_sent_when_there_is_one() -> None:
    FakeConnection.openings = [0.05, Unreachable("no"), Unreachable("no"), 99.0]
    FakeConnection.ends_after = 1
    summary = await _watch(_script((0.06, "skip")))
    assert [event.receipts for event in summary.events] == [1]
    assert FakeConnection.made[-1].said[0]["skip"] == {}


async def test_an_offered_choice_is_taken_once() -> None:
    def offer(_: Started) -> None:
        options = [{"optionId": "press", "label": "Press"}, {"optionId": "wait", "label": "Wait"}]
        for _again in range(2):
            body = {"choiceId": "c1", "prompt": "Which?", "options": options}
            FakeConnection.made[0].tell("choiceOffered", body)

    FakeConnection.ends_after = 1
    summary = await _watch(_script(choose=1), on_started=offer)
    assert [event.what for event in summary.events] == ["choice c1 wait"]


async def test_a_choice_is_let_pass_where_the_script_does_not_choose() -> None:
    def offer(_: Started) -> None:
        options = [{"optionId": "press", "label": "Press"}]
        FakeConnection.made[0].tell("choiceOffered", {"choiceId": "c1", "prompt": "Which?", "options": options})

    assert (await _watch(_script(), length_s=0.1, on_started=offer)).events == ()


async def test_it_leaves_when_the_film_is_over() -> None:
    def end(_: Started) -> None:
        FakeConnection.made[0].tell("ended", {"endingTitle": "Dawn"})

    summary = await _watch(_script(), length_s=3600, on_started=end)
    assert summary.ended


async def test_a_session_that_is_no_more_ends_the_watching() -> None:
    FakeConnection.openings = [0.02, Refused(404, "unknown_session")]
    summary = await _watch(_script(), length_s=3600)
    assert "unknown_session" in summary.errors[0]
    assert any("connection stalled" in fault for fault in summary.faults())


@pytest.mark.parametrize("refusal", [Refused(404, "there is no story x"), Unreachable("nobody answers")])
async def test_without_a_session_there_is_nothing_to_watch(refusal: Exception) -> None:
    FakeSignalling.refusal = refusal
    with pytest.raises(WatchFailed, match=str(refusal)):
        await _watch(_script())


async def test_without_a_picture_there_is_nothing_to_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "FIRST_PICTURE_TIMEOUT_S", 0.05)
    FakeConnection.openings = [Unreachable("nobody answers")] * 99
    with pytest.raises(WatchFailed, match="no picture within"):
        await _watch(_script())
