"""ports.Store in SQL. One thread owns the connection, so that calls neither block the loop nor wait for each other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from cineloom.preference.v1 import preference_pb2
from cineloom.session.v1 import session_pb2
from sqlalchemy import Connection, Engine, create_engine, delete, event, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from services.streaming.adapters import wire
from services.streaming.adapters.store_sql.schema import holders, made_stories, outbox, session_log, sessions, tastes
from services.streaming.domain.events import PreferenceEvent
from services.streaming.domain.journal import SessionRecord
from services.streaming.domain.taste import EMPTY, Taste
from services.streaming.ports import Clock, PremisePart, StoredEntry, StoredStory

Result = TypeVar("Result")

MIGRATIONS = Path(__file__).parent / "migrations"


class SqlStore:
    """url: an SQLAlchemy URL, "sqlite:///path" or "postgresql+psycopg://..."; `open()` migrates, `close()` ends."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._engine: Engine | None = None

    async def open(self) -> None:
        """Connect and bring the schema up to date."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open)

    async def close(self) -> None:
        """Wait for what is under way and disconnect."""
        if self._engine is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=True)

    def _open(self) -> None:
        engine = create_engine(self._url, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _tune_sqlite)
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        self._engine = engine

    async def _run(self, work: Callable[[Connection], Result]) -> Result:
        def transaction() -> Result:
            if self._engine is None:
                raise RuntimeError("the store is not open")
            with self._engine.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)

    async def create_session(self, record: SessionRecord) -> None:
        """Raises KeyError when the id is taken."""
        values = {
            "session_id": record.session_id,
            "viewer_id": record.spec.viewer_id,
            "spec": wire.spec_to_message(record.spec).SerializeToString(),
            "token_hash": record.token_hash,
            "created_at_s": record.created_at_s,
        }
        try:
            await self._run(lambda connection: connection.execute(insert(sessions), values))
        except IntegrityError as error:
            raise KeyError(record.session_id) from error

    async def session(self, session_id: str) -> SessionRecord | None:
        """The record, None for an unknown id."""
        query = select(sessions).where(sessions.c.session_id == session_id)
        row = await self._run(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _record(row)

    async def append(self, session_id: str, entries: Sequence[StoredEntry]) -> None:
        """Add to the session log."""
        rows = [_row(session_id, stored) for stored in entries]
        if rows:
            await self._run(lambda connection: connection.execute(insert(session_log), rows))

    async def log(self, session_id: str) -> tuple[StoredEntry, ...]:
        """The whole session log in order."""
        query = (
            select(session_log.c.entry).where(session_log.c.session_id == session_id).order_by(session_log.c.sequence)
        )
        rows = await self._run(lambda connection: connection.execute(query).scalars().all())
        messages = [session_pb2.SessionLogEntry.FromString(row) for row in rows]
        return tuple(
            StoredEntry(message.sequence, wire.epoch_s(message.recorded_at), wire.entry_from_message(message))
            for message in messages
        )

    async def accept_event(self, event: PreferenceEvent) -> bool:
        """Put into the outbox; False when the event id is known already."""
        values = {
            "event_id": event.event_id,
            "session_id": event.session_id,
            "event": wire.event_to_message(event).SerializeToString(),
            "accepted_at_s": self._clock.epoch_s(),
            "decided": False,
        }

        def work(connection: Connection) -> bool:
            # psycopg tells no row count of such an insert; what it returns is told by both databases.
            added = _insert_new(connection, outbox, ("event_id",)).returning(outbox.c.event_id)
            return connection.execute(added, values).one_or_none() is not None

        return await self._run(work)

    async def undecided(self, session_id: str = "", older_than_s: float = 0.0) -> tuple[PreferenceEvent, ...]:
        """Accepted events that have no receipt yet, oldest first."""
        latest = self._clock.epoch_s() - older_than_s
        query = (
            select(outbox.c.event)
            .where(outbox.c.decided.is_(False), outbox.c.accepted_at_s <= latest)
            .order_by(outbox.c.accepted_at_s)
        )
        if session_id:
            query = query.where(outbox.c.session_id == session_id)
        rows = await self._run(lambda connection: connection.execute(query).scalars().all())
        return tuple(wire.event_from_message(preference_pb2.PreferenceEvent.FromString(row)) for row in rows)

    async def decided(self, event_id: str) -> bool:
        """Whether the event has its receipt."""
        query = select(outbox.c.decided).where(outbox.c.event_id == event_id)
        return bool(await self._run(lambda connection: connection.execute(query).scalar_one_or_none()))

    async def decide(
        self, session_id: str, entries: Sequence[StoredEntry], event_id: str, viewer_id: str, taste: Taste
    ) -> None:
        """All or nothing."""
        rows = [_row(session_id, stored) for stored in entries]
        message = wire.taste_to_message(viewer_id, taste, self._clock.epoch_s())

        def work(connection: Connection) -> None:
            connection.execute(insert(session_log), rows)
            ended = connection.execute(update(outbox).where(outbox.c.event_id == event_id).values(decided=True))
            if not ended.rowcount:
                # It came over the topic from elsewhere: remember its id, so that it is not decided twice.
                connection.execute(insert(outbox), _decided_elsewhere(session_id, event_id, self._clock.epoch_s()))
            upsert = _insert_new(connection, tastes, ("viewer_id",), overwrite=("taste",))
            connection.execute(upsert, {"viewer_id": viewer_id, "taste": message.SerializeToString()})

        await self._run(work)

    async def taste(self, viewer_id: str) -> Taste:
        """What is known; an empty taste for an unknown viewer."""
        query = select(tastes.c.taste).where(tastes.c.viewer_id == viewer_id)
        row = await self._run(lambda connection: connection.execute(query).scalar_one_or_none())
        return EMPTY if row is None else wire.taste_from_message(session_pb2.Taste.FromString(row))

    async def keep_story(self, story: StoredStory) -> None:
        """Raises KeyError when the id is taken."""
        values = {
            "story_id": story.story_id,
            "viewer_id": story.viewer_id,
            "premise": story.premise,
            "story": story.text,
            "parts": json.dumps([[part.text, part.use, part.note] for part in story.parts]),
            "created_at_s": story.created_at_s,
        }
        try:
            await self._run(lambda connection: connection.execute(insert(made_stories), values))
        except IntegrityError as error:
            raise KeyError(story.story_id) from error

    async def made_story(self, story_id: str) -> StoredStory | None:
        """None for an unknown id."""
        query = select(made_stories).where(made_stories.c.story_id == story_id)
        row = await self._run(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _made(row)

    async def made_stories(self, limit: int) -> tuple[StoredStory, ...]:
        """The newest first."""
        query = select(made_stories).order_by(made_stories.c.created_at_s.desc()).limit(limit)
        rows = await self._run(lambda connection: connection.execute(query).all())
        return tuple(_made(row) for row in rows)

    async def forget_stories(self, viewer_id: str) -> tuple[str, ...]:
        """Erase what was made from a viewer's premises; the ids of those stories."""
        erase = delete(made_stories).where(made_stories.c.viewer_id == viewer_id).returning(made_stories.c.story_id)
        rows = await self._run(lambda connection: connection.execute(erase).scalars().all())
        return tuple(rows)

    async def claim(self, session_id: str, node_url: str, until_s: float, now_s: float) -> str:
        """Who holds the session from now on."""
        values = {"session_id": session_id, "node_url": node_url, "until_s": until_s}
        free = or_(holders.c.node_url == node_url, holders.c.until_s <= now_s)
        taking = update(holders).where(holders.c.session_id == session_id, free).values(values)
        asking = select(holders.c.node_url).where(holders.c.session_id == session_id)

        def work(connection: Connection) -> str:
            connection.execute(_insert_new(connection, holders, ("session_id",)), values)
            connection.execute(taking)
            return str(connection.execute(asking).scalar_one())

        return await self._run(work)

    async def renew(self, session_ids: Sequence[str], node_url: str, until_s: float) -> frozenset[str]:
        """Those that this node still held."""
        ours = (holders.c.session_id.in_(session_ids), holders.c.node_url == node_url)
        renewing = update(holders).where(*ours).values(until_s=until_s).returning(holders.c.session_id)
        if not session_ids:
            return frozenset()
        return frozenset(await self._run(lambda connection: connection.execute(renewing).scalars().all()))

    async def release(self, session_ids: Sequence[str], node_url: str) -> None:
        """Let go."""
        ours = (holders.c.session_id.in_(session_ids), holders.c.node_url == node_url)
        if session_ids:
            await self._run(lambda connection: connection.execute(delete(holders).where(*ours)))

    async def tastes(self, limit: int) -> tuple[Taste, ...]:
        """Tastes of any viewers, those with the newest sessions first."""
        newest = select(sessions.c.viewer_id, func.max(sessions.c.created_at_s).label("at_s"))
        visits = newest.group_by(sessions.c.viewer_id).subquery()
        joined = tastes.join(visits, visits.c.viewer_id == tastes.c.viewer_id)
        query = select(tastes.c.taste).select_from(joined).order_by(visits.c.at_s.desc()).limit(limit)
        rows = await self._run(lambda connection: connection.execute(query).scalars().all())
        return tuple(wire.taste_from_message(session_pb2.Taste.FromString(row)) for row in rows)

    async def keep_taste(self, viewer_id: str, taste: Taste) -> None:
        """Put a taste in the place of what was known."""
        message = wire.taste_to_message(viewer_id, taste, self._clock.epoch_s())

        def work(connection: Connection) -> None:
            upsert = _insert_new(connection, tastes, ("viewer_id",), overwrite=("taste",))
            connection.execute(upsert, {"viewer_id": viewer_id, "taste": message.SerializeToString()})

        await self._run(work)

    async def sessions_of(self, viewer_id: str) -> tuple[SessionRecord, ...]:
        """The viewer's sessions, oldest first."""
        query = select(sessions).where(sessions.c.viewer_id == viewer_id).order_by(sessions.c.created_at_s)
        rows = await self._run(lambda connection: connection.execute(query).all())
        return tuple(_record(row) for row in rows)

    async def erase_viewer(self, viewer_id: str) -> int:
        """All or nothing; SQLite overwrites what is deleted (see _tune_sqlite) and empties its write-ahead log."""
        mine = select(sessions.c.session_id).where(sessions.c.viewer_id == viewer_id)

        def work(connection: Connection) -> int:
            entries = connection.execute(delete(session_log).where(session_log.c.session_id.in_(mine))).rowcount
            events = connection.execute(delete(outbox).where(outbox.c.session_id.in_(mine))).rowcount
            held = connection.execute(delete(sessions).where(sessions.c.viewer_id == viewer_id)).rowcount
            known = connection.execute(delete(tastes).where(tastes.c.viewer_id == viewer_id)).rowcount
            return int(entries + events + held + known)

        erased = await self._run(work)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._checkpoint)
        return erased

    def _checkpoint(self) -> None:
        if self._engine is not None and self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _record(row: Any) -> SessionRecord:
    spec = wire.spec_from_message(session_pb2.SessionSpec.FromString(row.spec))
    return SessionRecord(row.session_id, spec, row.token_hash, row.created_at_s)


def _made(row: Any) -> StoredStory:
    parts = tuple(PremisePart(*part) for part in json.loads(row.parts))
    return StoredStory(row.story_id, row.viewer_id, row.premise, row.story, parts, row.created_at_s)


def _row(session_id: str, stored: StoredEntry) -> dict[str, Any]:
    message = wire.entry_to_message(session_id, stored.sequence, stored.recorded_at_s, stored.entry)
    return {"session_id": session_id, "sequence": stored.sequence, "entry": message.SerializeToString()}


def _decided_elsewhere(session_id: str, event_id: str, now_s: float) -> dict[str, Any]:
    return {"event_id": event_id, "session_id": session_id, "event": b"", "accepted_at_s": now_s, "decided": True}


def _insert_new(connection: Connection, table: Any, key: Sequence[str], overwrite: Sequence[str] = ()) -> Any:
    """An insert that leaves, or overwrites columns of, a row that is there."""
    maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement: Any = maker(table)
    if not overwrite:
        return statement.on_conflict_do_nothing(index_elements=list(key))
    changes = {name: getattr(statement.excluded, name) for name in overwrite}
    return statement.on_conflict_do_update(index_elements=list(key), set_=changes)


def _tune_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
