"""What a viewer may do with what the film knows of them: read it, correct it, take it along, have it erased."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.streaming.app.session import Session
from services.streaming.app.sessions import Sessions
from services.streaming.domain.events import Dial, Emoji, FreeText, Volume
from services.streaming.domain.flavour import raw_flavour
from services.streaming.domain.journal import EventDecided, SessionRecord, TakeScheduled
from services.streaming.domain.taste import Taste
from services.streaming.ports import StoredEntry


class UnknownAxis(ValueError):
    """A like that nothing is known of and that no story has."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """An event that taught a like. said: what it said, in a word. why: what the film answered."""

    event_id: str
    kind: str
    said: str
    acted_at_s: float
    why: str


@dataclass(frozen=True, slots=True)
class Erased:
    """records: rows of the store. expiring: topics whose records of the viewer go when their retention is over."""

    records: int
    expiring: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Keepsake:
    """Everything that is held of a viewer."""

    viewer_id: str
    taste: Taste
    sessions: tuple[tuple[SessionRecord, tuple[StoredEntry, ...]], ...]


class Viewers:
    """Works on the store and on every session of the viewer that this node holds.

    Stories made of a viewer's premises go with the viewer.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._around = sessions.around

    async def taste(self, session: Session) -> Taste:
        """The taste as it is now, faded up to this moment."""
        return session.film.taste.at(self._around.clock.epoch_s())

    async def teachers(self, session: Session, taste: Taste) -> dict[str, Teacher]:
        """Event id -> event, of those that taught the taste and are in the viewer's session logs."""
        wanted = {event_id for axis in taste.axes.values() for event_id in axis.taught_by}
        found: dict[str, Teacher] = {}
        for record in await self._around.store.sessions_of(session.film.spec.viewer_id):
            for stored in await self._around.store.log(record.session_id):
                if isinstance(stored.entry, EventDecided) and stored.entry.event.event_id in wanted:
                    event = stored.entry.event
                    found[event.event_id] = Teacher(
                        event.event_id, event.kind, said_by(event.act), event.acted_at_s, stored.entry.receipt.why
                    )
        return found

    async def correct(self, session: Session, likes: Mapping[str, float]) -> Taste:
        """The viewer says how much they like things, -1..1 by axis. Raises UnknownAxis, and then changes nothing."""
        for axis in likes:
            if axis not in axes_of(session):
                raise UnknownAxis(axis)
        now_s = self._around.clock.epoch_s()

        def corrected(taste: Taste) -> Taste:
            taste = taste.at(now_s)
            for axis, value in likes.items():
                taste = taste.corrected(axis, value, f"you@{now_s:.0f}")
            return taste

        return await self._change(session, corrected)

    async def forget(self, session: Session, axis: str) -> Taste:
        """Nothing is known of one like any more. Raises UnknownAxis."""
        if axis not in session.film.taste.axes:
            raise UnknownAxis(axis)
        return await self._change(session, lambda taste: taste.without(axis))

    async def keepsake(self, session: Session) -> Keepsake:
        """Everything that is held of the viewer, to take along."""
        await session.flush()
        store, viewer_id = self._around.store, session.film.spec.viewer_id
        records = await store.sessions_of(viewer_id)
        logs = [(record, await store.log(record.session_id)) for record in records]
        return Keepsake(viewer_id, await self.taste(session), tuple(logs))

    async def erase(self, session: Session) -> Erased:
        """End every film of the viewer here and forget them: the store first, then the topics."""
        viewer_id = session.film.spec.viewer_id
        for live in self._live(viewer_id):
            await self._sessions.drop(live.session_id)
        ids = tuple(record.session_id for record in await self._around.store.sessions_of(viewer_id))
        made = await self._around.store.forget_stories(viewer_id)
        await self._forget_takes(viewer_id, made)
        records = len(made) + await self._around.store.erase_viewer(viewer_id)
        for story_id in made:
            self._sessions.stories.pop(story_id, None)
        await self._around.audiences.look(self._around.store, self._sessions.stories.values())
        return Erased(records, await self._around.bus.erase_viewer(viewer_id, ids))

    async def _forget_takes(self, viewer_id: str, story_ids: Sequence[str]) -> None:
        """What was rendered of stories that were made of the viewer's words."""
        for record in await self._around.store.sessions_of(viewer_id):
            if record.spec.story_id in story_ids:
                log = await self._around.store.log(record.session_id)
                scheduled = [stored.entry for stored in log if isinstance(stored.entry, TakeScheduled)]
                self._around.takes.forget(entry.take_id for entry in scheduled)

    async def _change(self, session: Session, change: Callable[[Taste], Taste]) -> Taste:
        viewer_id = session.film.spec.viewer_id
        for live in self._live(viewer_id):
            live.film.taste = change(live.film.taste)
        taste = session.film.taste
        await self._around.keep_taste(viewer_id, taste)
        return taste

    def _live(self, viewer_id: str) -> tuple[Session, ...]:
        return tuple(live for live in self._sessions.live if live.film.spec.viewer_id == viewer_id)


def axes_of(session: Session) -> tuple[str, ...]:
    """Every like that can be spoken of in the session's story, and those that are known already."""
    story = session.film.story
    named = {axis for beat in story.beats for axis in raw_flavour(beat, story)}
    return tuple(sorted({*named, *session.film.taste.axes}))


def said_by(act: object) -> str:
    """What an act said, in a word: the emoji's name, the dial and where it was set, the viewer's own words."""
    match act:
        case Emoji(name):
            return name
        case Dial(name, value):
            return f"{name} {value:+.1f}"
        case FreeText(text):
            return text
        case Volume(level):
            return f"{level:.0%}"
    return ""
