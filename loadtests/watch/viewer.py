"""The viewer: makes a session, watches it for so long, plays the script, and comes back when the connection goes."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loadtests.watch.connection import Connection
from loadtests.watch.observations import Interruption, Lag, Observations, Sent, Told
from loadtests.watch.pictures import Pictures
from loadtests.watch.recording import FilmRecorder
from loadtests.watch.script import Script
from loadtests.watch.signalling import Grant, Refused, Signalling, Unreachable
from loadtests.watch.summary import Summary, summarise

FIRST_BACKOFF_S = 0.25
LONGEST_BACKOFF_S = 4.0
FIRST_PICTURE_TIMEOUT_S = 60.0
LAST_RECEIPTS_S = 8.0
RESEND_AFTER_S = 2.0
LAG_PERIOD_S = 0.05
LAG_LIMIT_S = 0.1


class WatchFailed(Exception):
    """There is nothing to measure: no session, or never a picture."""


@dataclass(frozen=True, slots=True)
class Started:
    """The first picture is there. first_picture_s: since just before POST /v1/sessions."""

    grant: Grant
    first_picture_s: float


async def watch(
    url: str,
    story_id: str,
    minutes: float,
    script: Script,
    on_started: Callable[[Started], None] | None = None,
    out: Path | None = None,
) -> Summary:
    """Watch a story at a streaming service.

    minutes: from the first picture. on_started: called once, at the first picture. out: folder for the recording and
    the contact sheet, None makes neither. Raises WatchFailed.
    """
    viewer = _Viewer(url, script.until(minutes * 60 - 1.0), on_started, out)
    try:
        return await viewer.watch(story_id, minutes * 60)
    finally:
        viewer.close()


class _Viewer:
    def __init__(
        self, url: str, script: Script, on_started: Callable[[Started], None] | None, out: Path | None
    ) -> None:
        self._url = url
        self._script = script
        self._on_started = on_started
        self._began_s = time.monotonic()
        self._seen = Observations()
        self._pictures = Pictures(self._seen, every_s=2.0)
        self._recorder = FilmRecorder(out / "watch.mp4") if out is not None else None
        self._out = out
        self._connection: Connection | None = None
        self._connected = 0
        self._unacknowledged: dict[str, tuple[dict[str, Any], float]] = {}
        self._choices: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unanswered: set[str] = set()
        self._begun = asyncio.Event()
        self._answered = asyncio.Event()
        self._over = asyncio.Event()

    def now_s(self) -> float:
        return time.monotonic() - self._began_s

    async def watch(self, story_id: str, length_s: float) -> Summary:
        async with Signalling(self._url) as signalling:
            self._began_s = time.monotonic()
            try:
                grant = await signalling.new_session(story_id)
            except (Refused, Unreachable) as error:
                raise WatchFailed(f"no session was given: {error}") from error
            keeping = self._start(self._keep_connected(signalling, grant))
            lagging = self._start(self._feel_lag())
            try:
                await self._watch_for(grant, length_s)
                self._seen.ended_at_s = self.now_s()
            finally:
                await self._stop([keeping, lagging, *self._tasks])
                await self._leave(signalling, grant)
            decided = await self._decisions(signalling, grant)
        recording = await asyncio.to_thread(self._recorder.finish) if self._recorder is not None else None
        return await asyncio.to_thread(summarise, self._seen, grant.session_id, decided, recording, self._out)

    def close(self) -> None:
        """Nothing is left open, whatever went wrong."""
        if self._recorder is not None:
            self._recorder.abandon()
        for task in self._tasks:
            task.cancel()

    # --- watching ------------------------------------------------------------------------------------------------

    async def _watch_for(self, grant: Grant, length_s: float) -> None:
        if not await _within(self._begun, FIRST_PICTURE_TIMEOUT_S):
            raise WatchFailed(f"no picture within {FIRST_PICTURE_TIMEOUT_S:.0f} s: {'; '.join(self._seen.errors)}")
        first_s = self._seen.pictures[0].at_s
        if self._on_started is not None:
            self._on_started(Started(grant, first_s))
        acting = self._start(self._act(first_s))
        await _within(self._over, first_s + length_s - self.now_s())
        await self._stop([acting])
        if self._unanswered:
            await _within(self._answered, LAST_RECEIPTS_S)

    async def _act(self, first_s: float) -> None:
        for act in self._script.acts:
            await asyncio.sleep(max(0.0, first_s + act.at_s - self.now_s()))
            self._send(act.kind, act.body)

    def _send(self, kind: str, body: dict[str, Any]) -> None:
        event_id = f"watch-{uuid.uuid4().hex}"
        acted_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = {"eventId": event_id, "actedAt": acted_at, **body}
        at_s = self.now_s()
        self._seen.sent.append(Sent(event_id, kind, body, at_s))
        self._unacknowledged[event_id] = (event, at_s)
        self._unanswered.add(event_id)
        self._answered.clear()
        if self._connection is not None:
            self._connection.say(event)

    def _on_told(self, told: Told) -> None:
        if told.kind == "ack":
            self._unacknowledged.pop(told.body.get("eventId", ""), None)
        elif told.kind == "receipt":
            self._unanswered.discard(told.body.get("eventId", ""))
            if not self._unanswered:
                self._answered.set()
        elif told.kind == "choiceOffered":
            self._consider(told.body)
        elif told.kind == "ended":
            self._over.set()

    def _consider(self, offer: dict[str, Any]) -> None:
        choice_id, options = offer["choiceId"], offer["options"]
        if self._script.choose is None or choice_id in self._choices or not options:
            return
        self._choices.add(choice_id)
        option_id = options[min(self._script.choose, len(options) - 1)]["optionId"]
        self._start(self._choose(choice_id, option_id))

    async def _choose(self, choice_id: str, option_id: str) -> None:
        await asyncio.sleep(self._script.choose_after_s)
        self._send("choice", {"choice": {"choiceId": choice_id, "optionId": option_id}})

    # --- staying connected ---------------------------------------------------------------------------------------

    async def _keep_connected(self, signalling: Signalling, grant: Grant) -> None:
        backoff_s = FIRST_BACKOFF_S
        while True:
            connection = self._new_connection()
            try:
                await connection.open(signalling, grant)
                backoff_s = FIRST_BACKOFF_S
                self._connection = connection
                resending = self._start(self._resend(connection))
                resuming = self._start(self._note_return(connection))
                await connection.until_lost()
                await self._stop([resending, resuming])
                self._lose(connection)
            except Refused as error:
                self._seen.errors.append(f"the session is lost: {error}")
                self._over.set()
                return
            except Unreachable as error:
                self._seen.errors.append(str(error))
                backoff_s = max(backoff_s, error.retry_after_s)
            finally:
                if connection is not self._connection:
                    await connection.close()
            await asyncio.sleep(backoff_s)
            backoff_s = min(LONGEST_BACKOFF_S, backoff_s * 2)

    def _new_connection(self) -> Connection:
        number = self._connected
        self._connected += 1
        return Connection(number, self._seen, self.now_s, self._pictures, self._recorder, self._on_told)

    def _lose(self, connection: Connection) -> None:
        self._connection = None
        lost = self._seen.interruptions[-1] if self._seen.interruptions else None
        if lost is None or lost.until_s is not None:
            self._seen.interruptions.append(Interruption(connection.heard_at_s, None))

    async def _note_return(self, connection: Connection) -> None:
        """The film is there, or back, with its first picture, not with the connection."""
        await connection.playing.wait()
        self._begun.set()
        lost = self._seen.interruptions[-1] if self._seen.interruptions else None
        if lost is not None and lost.until_s is None:
            first = next(frame for frame in self._seen.frames if frame.connection == connection.number)
            self._seen.interruptions[-1] = Interruption(lost.from_s, first.at_s)

    async def _resend(self, connection: Connection) -> None:
        """What was not acknowledged is said again, under the same id: it counts once."""
        while True:
            for event, at_s in list(self._unacknowledged.values()):
                if self.now_s() - at_s >= RESEND_AFTER_S:
                    connection.say(event)
            await asyncio.sleep(RESEND_AFTER_S)

    async def _leave(self, signalling: Signalling, grant: Grant) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            await connection.hang_up(signalling, grant)
        except (Refused, Unreachable) as error:
            self._seen.errors.append(f"on leaving: {error}")
        await connection.close()

    async def _decisions(self, signalling: Signalling, grant: Grant) -> dict[str, int] | None:
        """How often the session log decided each event; None where the log cannot be had."""
        try:
            entries = await signalling.log(grant)
        except (Refused, Unreachable) as error:
            self._seen.errors.append(f"the session log: {error}")
            return None
        counts: dict[str, int] = {}
        for entry in entries:
            if decided := entry.get("eventDecided"):
                event_id = decided["event"]["eventId"]
                counts[event_id] = counts.get(event_id, 0) + 1
        return counts

    # --- tasks ---------------------------------------------------------------------------------------------------

    async def _feel_lag(self) -> None:
        while True:
            asked_s = self.now_s()
            await asyncio.sleep(LAG_PERIOD_S)
            lag_s = self.now_s() - asked_s - LAG_PERIOD_S
            if lag_s > LAG_LIMIT_S:
                self._seen.lags.append(Lag(self.now_s(), lag_s))

    def _start(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                self._seen.errors.append(f"the viewer: {type(result).__name__}: {result}")


async def _within(event: asyncio.Event, limit_s: float) -> bool:
    """Whether it was set in time."""
    try:
        async with asyncio.timeout(max(0.0, limit_s)):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
