"""Erasing a viewer leaves nothing of them: read back from the tables, from the database file's very bytes, from Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import create_engine, select

from services.streaming.adapters.bus_kafka import KafkaBus, Topics, erasing
from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.store_sql import SqlStore
from services.streaming.adapters.store_sql.schema import metadata
from services.streaming.app.sessions import Sessions
from services.streaming.app.shared_scenes import SharedScenes
from services.streaming.app.surroundings import SessionPolicy, Surroundings
from services.streaming.app.takes import TakeLibrary
from services.streaming.app.viewers import Viewers
from services.streaming.domain.events import FreeText, PreferenceEvent
from services.streaming.domain.journal import SessionSpec
from services.streaming.domain.ladder import ladder_from
from services.streaming.domain.screenplay import Rendition
from tests.contract.broker import Broker
from tests.fakes.streaming import FakeModels
from tests.unit.streaming.app.studio import evening

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

SECRET = "more robotics, says Zaphodine"
ERASED, STAYING = "viewer-to-erase", "viewer-who-stays"


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    started = Broker()
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def own_broker() -> bool:
    return False


@pytest.fixture
async def sessions(broker: Broker, tmp_path: Path, own_broker: bool) -> AsyncIterator[Sessions]:
    clock, models = SystemClock(), FakeModels()
    store = SqlStore(f"sqlite:///{tmp_path / 'store.db'}", clock)
    bus = KafkaBus(broker.address, clock, own_broker=own_broker)
    takes = TakeLibrary(models.animator, clock, 2, 64 * 1024 * 1024)
    around = Surroundings(
        models.all(),
        takes,
        store,
        bus,
        clock,
        SharedScenes(),
        SessionPolicy(),
        ladder_from(Rendition()),
        "fake-animator",
    )
    made = Sessions({"small": evening()}, around, 20)
    await store.open()
    bus.start()
    takes.start()
    made.start()
    async with asyncio.timeout(40):
        while not bus.available:
            await asyncio.sleep(0.02)
    try:
        yield made
    finally:
        await made.close()
        await takes.close()
        await bus.close()
        await store.close()


async def watched(sessions: Sessions, viewer_id: str, text: str) -> str:
    """A session whose viewer has said something; its id."""
    grant = await sessions.create(SessionSpec("small", viewer_id, seed=7))
    session = grant.session
    event = PreferenceEvent(
        f"event-of-{viewer_id}", session.session_id, viewer_id, FreeText(text), 1.0, 1_790_000_000.0
    )
    await sessions.accept(event)
    async with asyncio.timeout(40):
        while event.event_id not in session.film.why:
            await asyncio.sleep(0.02)
    return session.session_id


def rows_about(path: Path, *words: str) -> list[str]:
    """Tables that hold a row in which one of the words stands, readable or within a protobuf."""
    engine = create_engine(f"sqlite:///{path}")
    found = []
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                raw = b"\x00".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
                if any(word.encode() in raw for word in words):
                    found.append(table.name)
    engine.dispose()
    return sorted(set(found))


def tastes_on(broker: Broker, key: str) -> list[bytes | None]:
    """Every value of a viewer on the taste topic, oldest first."""
    topics = Topics()
    consumer = KafkaConsumer(bootstrap_servers=broker.address, group_id=None)
    try:
        places = [TopicPartition(topics.taste, number) for number in range(topics.partitions)]
        consumer.assign(places)
        consumer.seek_to_beginning()
        left, records = sum(consumer.end_offsets(places).values()), []
        while len(records) < left:
            records += [record for batch in consumer.poll(timeout_ms=500).values() for record in batch]
        return [record.value for record in records if record.key == key.encode()]
    finally:
        consumer.close(autocommit=False)


async def test_erasing_leaves_nothing_of_the_viewer_and_everything_of_others(
    sessions: Sessions, broker: Broker, tmp_path: Path
) -> None:
    path = tmp_path / "store.db"
    session_id = await watched(sessions, ERASED, SECRET)
    other_id = await watched(sessions, STAYING, "more family")
    assert rows_about(path, ERASED, session_id, SECRET) == ["holders", "outbox", "session_log", "sessions", "tastes"]
    session = next(live for live in sessions.live if live.session_id == session_id)
    erased = await Viewers(sessions).erase(session)
    assert erased.records >= 5
    assert rows_about(path, ERASED, session_id, SECRET) == []
    assert rows_about(path, STAYING, other_id) == ["holders", "outbox", "session_log", "sessions", "tastes"]
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("store.db*"))
    assert STAYING.encode() in raw
    assert not [word for word in (ERASED, session_id, "Zaphodine") if word.encode() in raw]
    told = await asyncio.to_thread(tastes_on, broker, ERASED)
    assert len(told) >= 2
    assert told[-1] is None
    assert (await asyncio.to_thread(tastes_on, broker, STAYING))[-1] is not None
    assert [live.session_id for live in sessions.live] == [other_id]


def everything_on(broker: Broker) -> bytes:
    """Keys and values of every record of every topic that the broker has."""
    consumer = KafkaConsumer(bootstrap_servers=broker.address, group_id=None)
    try:
        places = [
            TopicPartition(topic, number)
            for topic in consumer.topics()
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        consumer.assign(places)
        consumer.seek_to_beginning()
        left, records = sum(consumer.end_offsets(places).values()), []
        while len(records) < left:
            records += [record for batch in consumer.poll(timeout_ms=500).values() for record in batch]
        return b"\x00".join((record.key or b"") + b"\x00" + (record.value or b"") for record in records)
    finally:
        consumer.close(autocommit=False)


@pytest.mark.parametrize("own_broker", [True])
async def test_an_own_broker_has_nothing_left_of_the_viewer_and_goes_on_for_others(
    sessions: Sessions, broker: Broker
) -> None:
    erased_id = await watched(sessions, ERASED, SECRET)
    other_id = await watched(sessions, STAYING, "more family")
    told = await asyncio.to_thread(everything_on, broker)
    assert all(word.encode() in told for word in (ERASED, erased_id, SECRET))
    session = next(live for live in sessions.live if live.session_id == erased_id)
    erased = await Viewers(sessions).erase(session)
    assert erased.expiring == ()
    left = await asyncio.to_thread(everything_on, broker)
    assert [word for word in (ERASED, erased_id, "Zaphodine") if word.encode() in left] == []
    other = next(live for live in sessions.live if live.session_id == other_id)
    event = PreferenceEvent("afterwards", other_id, STAYING, FreeText("less family"), 1.0, 1_790_000_001.0)
    await sessions.accept(event)
    async with asyncio.timeout(40):
        while event.event_id not in other.film.why:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("own_broker", [True])
async def test_an_own_broker_that_is_away_is_reported(sessions: Sessions, broker: Broker) -> None:
    await watched(sessions, ERASED, SECRET)
    broker.stop()
    try:
        erased = await Viewers(sessions).erase(sessions.live[0])
        assert set(erased.expiring) >= {Topics().preference, Topics().taste}
    finally:
        broker.start()


async def test_a_broker_that_deletes_nothing_is_reported(sessions: Sessions) -> None:
    await watched(sessions, ERASED, SECRET)
    erased = await Viewers(sessions).erase(sessions.live[0])
    topics = Topics()
    assert set(erased.expiring) <= {topics.preference, topics.receipt, topics.session}


class _Consumer:
    """Eight partitions with a hundred records each."""

    def __init__(self, **_: object) -> None:
        self.closed = False

    def partitions_for_topic(self, _: str) -> set[int]:
        return set(range(8))

    def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 100)

    def close(self, autocommit: bool = True) -> None:
        self.closed = True


def test_where_the_broker_can_the_sessions_records_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    deleted: list[dict[TopicPartition, int]] = []

    class Admin:
        def __init__(self, **_: object) -> None: ...

        def delete_records(self, places: dict[TopicPartition, int]) -> None:
            deleted.append(places)

        def close(self) -> None: ...

    monkeypatch.setattr(erasing, "reach", lambda _: None)
    monkeypatch.setattr(erasing, "KafkaConsumer", _Consumer)
    monkeypatch.setattr(erasing, "KafkaAdminClient", Admin)
    topics = Topics()
    assert erasing.erase_sessions(["broker:9092"], topics, ["session-a", "session-b"]) == ()
    partitions = {topics.partition_of("session-a"), topics.partition_of("session-b")}
    for topic, places in zip((topics.preference, topics.receipt, topics.session), deleted, strict=True):
        assert places == {TopicPartition(topic, number): 100 for number in partitions}
