"""A streaming node out of fakes, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from services.streaming.app.session import Session
from services.streaming.app.sessions import Grant, Sessions
from services.streaming.app.shared_scenes import SharedScenes
from services.streaming.app.surroundings import SessionPolicy, Surroundings
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.events import Act, PreferenceEvent
from services.streaming.domain.journal import SessionSpec
from services.streaming.domain.ladder import ladder_from
from services.streaming.domain.screenplay import Rendition
from services.streaming.domain.story import Beat, Choice, Condition, Line, Option, PlannedMinutes, Story
from services.streaming.domain.story import Effect as Consequence
from tests.fakes.streaming import FakeModels, MemoryBus, MemoryStore, RecordingViewer
from tests.fakes.virtual_time import FakeClock
from tests.unit.streaming.domain.small_story import BOTH, end, small_story, start

TALK = (
    "This old house has been waiting for the two of us all winter long.",
    "I can hear the wind in the yard, and something else that I cannot name.",
    "Then let us light the lamp and go on with what we came here for.",
    "Nobody has lived here for years, or so they told me down in the town.",
)


def talking(beat_id: str, title: str, **changes: object) -> Beat:
    """A beat of about half a minute in which both speak."""
    lines = tuple(
        Line("ann" if number % 2 == 0 else "bob", f"{title}, {number}. {text}") for number, text in enumerate(TALK)
    )
    return replace(  # type: ignore[arg-type]
        start(beat_id=beat_id, title=title, purpose="setup", lines=lines, themes={"robotics": 0.5}), **changes
    )


CHOICE = Choice(
    "Go in?",
    (
        Option("in", "Go in", (Consequence("set", "lit", True),), default=True),
        Option("out", "Stay out", (Consequence("set", "season", "winter"),)),
    ),
    countdown_s=6.0,
)


def evening() -> Story:
    """An opening, a scene that ends in a choice, two that may follow, and an end: about two minutes."""
    return small_story(
        replace(talking("start", "Start"), purpose="opening"),
        talking("gate", "Gate", choice=CHOICE, follows=("start",)),
        talking("cellar", "Cellar", themes={"robotics": 1.0}, requires=_played("gate")),
        talking("attic", "Attic", themes={"family": 1.0}, requires=_played("gate")),
        replace(end(lines=talking("end", "End").lines), place="house", requires=_played("cellar"), cast=BOTH),
        themes=("robotics", "family"),
        planned_minutes=PlannedMinutes(1.0, 4.0, 3.0),
    )


def _played(beat_id: str) -> tuple[Condition, ...]:
    return (Condition("played", beat_id),)


@dataclass
class Studio:
    """`event()` makes events, `act()` sends one; everything behind the ports can be looked at."""

    clock: FakeClock
    models: FakeModels
    store: MemoryStore
    bus: MemoryBus
    takes: TakeLibrary
    around: Surroundings
    sessions: Sessions
    count: int = 0

    async def watch(self, seed: int = 7, viewer_id: str = "viewer-1") -> tuple[Session, RecordingViewer, Grant]:
        """A new session with someone who watches it."""
        grant = await self.sessions.create(SessionSpec("small", viewer_id, seed=seed))
        viewer = RecordingViewer()
        grant.session.attach(viewer)
        return grant.session, viewer, grant

    def event(self, session: Session, act: Act, event_id: str = "") -> PreferenceEvent:
        self.count += 1
        now_s = self.clock.epoch_s()
        name = event_id or f"event-{self.count:04}"
        return PreferenceEvent(name, session.session_id, session.film.spec.viewer_id, act, now_s, now_s)

    async def act(self, session: Session, act: Act) -> str:
        """Send an event; its id."""
        event = self.event(session, act)
        await self.sessions.accept(event)
        return event.event_id


@asynccontextmanager
async def studio(
    models: FakeModels | None = None,
    stories: Mapping[str, Story] | None = None,
    policy: SessionPolicy | None = None,
    store: MemoryStore | None = None,
    streams: int = 2,
    limit: int = 20,
) -> AsyncIterator[Studio]:
    """A running node."""
    clock = FakeClock()
    models = models or FakeModels()
    store = store or MemoryStore(clock)
    bus = MemoryBus(clock)
    takes = TakeLibrary(models.animator, clock, streams, 64 * 1024 * 1024)
    around = Surroundings(
        models.all(),
        takes,
        store,
        bus,
        clock,
        SharedScenes(),
        policy or SessionPolicy(),
        ladder_from(Rendition()),
        "fake-animator",
    )
    sessions = Sessions(stories or {"small": evening()}, around, limit)
    bus.start()
    takes.start()
    sessions.start()
    try:
        yield Studio(clock, models, store, bus, takes, around, sessions)
    finally:
        await sessions.close()
        await takes.close()
        await bus.close()


async def until_frame(session: Session, frame: int) -> None:
    """Let the film play up to a frame."""
    while session.playout.frame < frame:
        await asyncio.sleep(1 / 48)
