"""One suite for every store: the fake that unit tests use, SQLite, and PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from services.streaming.adapters.store_sql import SqlStore
from services.streaming.adapters.store_sql.schema import metadata
from services.streaming.domain.events import Depth, Emoji, FreeText, Outcome, PreferenceEvent, Receipt
from services.streaming.domain.journal import (
    BeatChosen,
    EventDecided,
    Progress,
    SessionRecord,
    SessionSpec,
    TakeScheduled,
)
from services.streaming.domain.taste import EMPTY, Axis, Impression, Taste
from services.streaming.ports import PremisePart, StoredEntry, StoredStory
from tests.fakes.streaming import MemoryStore
from tests.unit.streaming.domain.small_screenplay import order

pytestmark = pytest.mark.contract

AnyStore: TypeAlias = SqlStore | MemoryStore


@dataclass
class HandClock:
    """A clock that is set by hand."""

    now_s: float = 1_760_000_000.25

    def monotonic_s(self) -> float:
        return self.now_s

    def epoch_s(self) -> float:
        return self.now_s


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    assert found, "the suite needs Debian's package postgresql"
    return found[-1].parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A private server on a socket of its own; it refuses to run as root, so then it runs as `postgres`.

    Not below pytest's own folders: every run that starts closes those to all other users.
    """
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        yield from _serving(Path(folder))


def _serving(folder: Path) -> Iterator[str]:
    data, programs = folder / "data", _postgres_programs()
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_other:
        shutil.chown(folder, "postgres")
    user = "postgres"
    quiet = {"check": True, "capture_output": True, "cwd": folder, "timeout": 100}
    initialise = [*as_other, str(programs / "initdb"), "-D", str(data), "-U", user, "-A", "trust", "-N", "--no-sync"]
    subprocess.run(initialise, **quiet)  # type: ignore[call-overload]
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    control = [*as_other, str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    subprocess.run([*control, "-o", options, "start"], **quiet)  # type: ignore[call-overload]
    try:
        yield f"postgresql+psycopg://{user}@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)  # type: ignore[call-overload]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def emptied(url: str) -> str:
    """The database without any table."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return emptied(request.getfixturevalue("postgres"))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> AsyncIterator[AnyStore]:
    if request.param == "memory":
        yield MemoryStore(clock)
        return
    where = f"sqlite:///{tmp_path / 'store.db'}" if request.param == "sqlite" else ""
    opened = SqlStore(where or emptied(request.getfixturevalue("postgres")), clock)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


RECORD = SessionRecord("session-1", SessionSpec("small", "viewer-1", True, "teen", False, 2**63 + 5), "ab" * 32, 12.5)


def event(number: int, session_id: str = "session-1") -> PreferenceEvent:
    act = Emoji("love") if number % 2 else FreeText("mehr Öl, bitte \N{OIL DRUM}\x00")
    return PreferenceEvent(f"event-{number:04}", session_id, "viewer-1", act, 100.5, 101.25)


def decided(number: int, sequence: int) -> StoredEntry:
    receipt = Receipt(event(number).event_id, "session-1", Outcome.APPLIED, Depth.GRADE, ("light",), "why", 48)
    return StoredEntry(sequence, 102.5, EventDecided(event(number), receipt))


async def test_a_session_is_kept_as_it_was(store: AnyStore) -> None:
    assert await store.session("session-1") is None
    await store.create_session(RECORD)
    assert await store.session("session-1") == RECORD


async def test_an_id_is_given_once(store: AnyStore) -> None:
    await store.create_session(RECORD)
    with pytest.raises(KeyError):
        await store.create_session(replace(RECORD, token_hash="cd" * 32))
    assert await store.session("session-1") == RECORD


async def test_the_log_comes_back_in_order(store: AnyStore) -> None:
    await store.create_session(RECORD)
    entries = [
        StoredEntry(0, 1.25, BeatChosen("start", (("curve", -0.5), ("plot", 0.25)), "because")),
        StoredEntry(1, 2.5, TakeScheduled("s0.0", "take", order(96), 0, 0)),
        StoredEntry(2, 3.75, Progress(96)),
    ]
    await store.append("session-1", entries[1:])
    await store.append("session-1", entries[:1])
    await store.append("session-1", [])
    assert await store.log("session-1") == tuple(entries)
    assert await store.log("session-2") == ()


async def test_a_sequence_is_given_once_and_a_refused_write_leaves_nothing(store: AnyStore) -> None:
    await store.create_session(RECORD)
    await store.append("session-1", [StoredEntry(0, 1.0, Progress(12))])
    with pytest.raises(Exception, match=r"."):
        await store.append("session-1", [StoredEntry(1, 1.0, Progress(24)), StoredEntry(0, 1.0, Progress(36))])
    assert await store.log("session-1") == (StoredEntry(0, 1.0, Progress(12)),)


async def test_entries_need_their_session(store: AnyStore) -> None:
    with pytest.raises(Exception, match=r"."):
        await store.append("nobody", [StoredEntry(0, 1.0, Progress(12))])


async def test_an_event_is_accepted_once(store: AnyStore) -> None:
    await store.create_session(RECORD)
    assert await store.accept_event(event(1)) is True
    assert await store.accept_event(event(1)) is False
    assert await store.undecided() == (event(1),)
    assert await store.decided(event(1).event_id) is False
    assert await store.decided("unknown-event") is False


async def test_what_waits_is_told_oldest_first_by_session_and_age(store: AnyStore, clock: HandClock) -> None:
    await store.create_session(RECORD)
    await store.create_session(replace(RECORD, session_id="session-2"))
    for number in (5, 2, 9):
        await store.accept_event(event(number))
        clock.now_s += 1.0
    await store.accept_event(event(7, "session-2"))
    assert [e.event_id for e in await store.undecided("session-1")] == ["event-0005", "event-0002", "event-0009"]
    assert [e.event_id for e in await store.undecided("session-2")] == ["event-0007"]
    assert len(await store.undecided()) == 4
    assert [e.event_id for e in await store.undecided(older_than_s=1.5)] == ["event-0005", "event-0002"]
    assert await store.undecided("session-2", older_than_s=1.5) == ()


async def test_deciding_ends_the_event_and_keeps_log_and_taste(store: AnyStore) -> None:
    await store.create_session(RECORD)
    await store.accept_event(event(1))
    await store.accept_event(event(2))
    taste = Taste({"pace": Axis(0.25, 0.125, ("event-0001",)), "theme:aliens": Axis(-0.5, 0.1)})
    await store.decide("session-1", [StoredEntry(0, 1.0, Progress(12)), decided(1, 1)], "event-0001", "viewer-1", taste)
    assert await store.decided("event-0001")
    assert await store.undecided() == (event(2),)
    assert [stored.sequence for stored in await store.log("session-1")] == [0, 1]
    assert await store.log("session-1") == (StoredEntry(0, 1.0, Progress(12)), decided(1, 1))
    assert await store.taste("viewer-1") == taste
    await store.decide("session-1", [decided(2, 2)], "event-0002", "viewer-1", EMPTY)
    assert await store.taste("viewer-1") == EMPTY


async def test_a_decision_that_fails_changes_nothing(store: AnyStore) -> None:
    await store.create_session(RECORD)
    await store.accept_event(event(1))
    await store.append("session-1", [StoredEntry(0, 1.0, Progress(12))])
    with pytest.raises(Exception, match=r"."):
        await store.decide(
            "session-1", [decided(1, 1), decided(1, 0)], "event-0001", "viewer-1", Taste({"pace": Axis()})
        )
    assert not await store.decided("event-0001")
    assert await store.undecided() == (event(1),)
    assert len(await store.log("session-1")) == 1
    assert await store.taste("viewer-1") == EMPTY


async def test_an_event_that_came_from_elsewhere_is_remembered(store: AnyStore) -> None:
    await store.create_session(RECORD)
    await store.decide("session-1", [decided(1, 0)], "event-0001", "viewer-1", EMPTY)
    assert await store.decided("event-0001")
    assert await store.accept_event(event(1)) is False
    assert await store.undecided() == ()


async def test_an_unknown_viewer_has_no_taste(store: AnyStore) -> None:
    assert await store.taste("nobody") == EMPTY


async def test_many_calls_at_once_are_all_done(store: AnyStore) -> None:
    await store.create_session(RECORD)
    entries = [StoredEntry(number, 1.0, Progress(number)) for number in range(60)]
    accepted = await asyncio.gather(
        *(store.append("session-1", [stored]) for stored in entries),
        *(store.accept_event(event(number % 10)) for number in range(40)),
    )
    assert sum(taken is True for taken in accepted) == 10
    assert await store.log("session-1") == tuple(entries)


async def test_a_store_keeps_everything_over_a_restart(url: str, clock: HandClock) -> None:
    first = SqlStore(url, clock)
    await first.open()
    await first.create_session(RECORD)
    await first.accept_event(event(1))
    await first.decide("session-1", [decided(1, 0)], "event-0001", "viewer-1", Taste({"pace": Axis(0.5)}))
    await first.accept_event(event(2))
    await first.close()
    second = SqlStore(url, clock)
    await second.open()
    try:
        assert await second.session("session-1") == RECORD
        assert await second.log("session-1") == (decided(1, 0),)
        assert await second.undecided() == (event(2),)
        assert (await second.taste("viewer-1")).mean("pace") == 0.5
    finally:
        await second.close()


async def test_a_store_that_is_not_open_says_so(url: str, clock: HandClock) -> None:
    closed = SqlStore(url, clock)
    with pytest.raises(RuntimeError, match="not open"):
        await closed.session("session-1")
    await closed.close()


async def test_migrations_make_the_schema_that_the_code_uses(url: str, clock: HandClock) -> None:
    migrated = SqlStore(url, clock)
    await migrated.open()
    await migrated.close()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


async def test_migrations_can_be_taken_back(url: str, clock: HandClock) -> None:
    from alembic import command
    from alembic.config import Config

    from services.streaming.adapters.store_sql.store import MIGRATIONS

    migrated = SqlStore(url, clock)
    await migrated.open()
    await migrated.close()
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        left = MigrationContext.configure(connection).get_current_heads()
    engine.dispose()
    assert left == ()


# --- who holds a session -----------------------------------------------------------------------------------------


async def test_a_session_is_held_by_the_first_until_its_hold_ends(store: AnyStore) -> None:
    await store.create_session(RECORD)
    assert await store.claim("session-1", "http://a", 20.0, 10.0) == "http://a"
    assert await store.claim("session-1", "http://b", 25.0, 15.0) == "http://a"
    assert await store.claim("session-1", "http://a", 26.0, 16.0) == "http://a"
    assert await store.claim("session-1", "http://b", 31.0, 25.0) == "http://a"
    assert await store.claim("session-1", "http://b", 40.0, 26.0) == "http://b"


async def test_a_hold_is_renewed_as_long_as_it_is_one(store: AnyStore) -> None:
    await store.create_session(RECORD)
    await store.claim("session-1", "http://a", 20.0, 10.0)
    assert await store.renew(["session-1", "unknown"], "http://a", 30.0) == {"session-1"}
    assert await store.claim("session-1", "http://b", 40.0, 25.0) == "http://a"
    assert await store.claim("session-1", "http://b", 40.0, 30.0) == "http://b"
    assert await store.renew(["session-1"], "http://a", 50.0) == frozenset()
    assert await store.renew([], "http://a", 50.0) == frozenset()


async def test_what_is_let_go_is_free_for_others(store: AnyStore) -> None:
    await store.create_session(RECORD)
    await store.claim("session-1", "http://a", 20.0, 10.0)
    await store.release(["session-1"], "http://b")
    assert await store.claim("session-1", "http://b", 40.0, 11.0) == "http://a"
    await store.release(["session-1"], "http://a")
    await store.release([], "http://a")
    assert await store.claim("session-1", "http://b", 40.0, 11.0) == "http://b"


# --- made stories ------------------------------------------------------------------------------------------------


def made_story(story_id: str, viewer_id: str = "viewer-1", created_at_s: float = 1.0) -> StoredStory:
    parts = (PremisePart("a “dragon”", "unused", "no"), PremisePart("Mars", "used", ""))
    return StoredStory(story_id, viewer_id, "a premise with ünïcode", "story_id: x\n" * 2000, parts, created_at_s)


async def test_made_stories_come_back_newest_first(store: AnyStore) -> None:
    for number in range(3):
        await store.keep_story(made_story(f"made_{number}", created_at_s=float(number)))
    assert await store.made_stories(2) == (
        made_story("made_2", created_at_s=2.0),
        made_story("made_1", created_at_s=1.0),
    )
    with pytest.raises(KeyError):
        await store.keep_story(made_story("made_1"))
    assert len(await store.made_stories(9)) == 3
    assert await store.made_story("made_1") == made_story("made_1", created_at_s=1.0)
    assert await store.made_story("made_9") is None


async def test_a_viewers_made_stories_are_erased_and_no_others(store: AnyStore) -> None:
    await store.keep_story(made_story("made_1"))
    await store.keep_story(made_story("made_2", viewer_id="viewer-2"))
    assert await store.forget_stories("viewer-1") == ("made_1",)
    assert [story.story_id for story in await store.made_stories(9)] == ["made_2"]
    assert await store.forget_stories("viewer-1") == ()


async def test_a_taste_can_be_kept_by_itself(store: AnyStore) -> None:
    await store.keep_taste("viewer-1", Taste({"pace": Axis(0.5)}, 1_790_000_000.0))
    await store.keep_taste("viewer-1", Taste({"humour": Axis(-0.25)}, 1_790_000_001.0))
    assert await store.taste("viewer-1") == Taste({"humour": Axis(-0.25)}, 1_790_000_001.0)


async def test_tastes_of_the_newest_visits_come_first_with_their_impressions(store: AnyStore) -> None:
    told = {}
    for number in (1, 2, 3):
        viewer_id = f"viewer-{number}"
        spec = replace(RECORD.spec, viewer_id=viewer_id)
        record = replace(RECORD, session_id=f"session-{number}", spec=spec, created_at_s=100.0 + number)
        told[number] = Taste({"pace": Axis(0.1 * number)}, impressions={"small/start": Impression(0.5, 1.0 * number)})
        await store.create_session(record)
        await store.keep_taste(viewer_id, told[number])
    assert await store.tastes(2) == (told[3], told[2])


async def test_erasing_forgets_one_viewer_alone(store: AnyStore) -> None:
    mine, other = RECORD, replace(RECORD, session_id="session-2", spec=replace(RECORD.spec, viewer_id="viewer-2"))
    for record in (mine, other):
        await store.create_session(record)
        await store.append(record.session_id, [StoredEntry(0, 100.0, Progress(24))])
        await store.accept_event(replace(event(1), event_id=f"event-{record.session_id}", session_id=record.session_id))
        await store.keep_taste(record.spec.viewer_id, Taste({"pace": Axis(0.5)}))
    assert [record.session_id for record in await store.sessions_of(mine.spec.viewer_id)] == [mine.session_id]
    assert await store.erase_viewer(mine.spec.viewer_id) == 4
    assert await store.session(mine.session_id) is None
    assert await store.log(mine.session_id) == ()
    assert await store.taste(mine.spec.viewer_id) == EMPTY
    assert await store.sessions_of(mine.spec.viewer_id) == ()
    assert [waiting.session_id for waiting in await store.undecided()] == [other.session_id]
    assert await store.session(other.session_id) == other
    assert len(await store.log(other.session_id)) == 1
    assert (await store.taste("viewer-2")).mean("pace") == 0.5
    assert await store.erase_viewer(mine.spec.viewer_id) == 0
