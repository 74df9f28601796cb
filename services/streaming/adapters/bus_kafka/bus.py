"""ports.EventBus on Kafka."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence

from cineloom.preference.v1 import preference_pb2
from google.protobuf.message import DecodeError, Message

from services.streaming.adapters import wire
from services.streaming.adapters.bus_kafka.erasing import erase_sessions, remake_topics
from services.streaming.adapters.bus_kafka.reading import Reader
from services.streaming.adapters.bus_kafka.records import record_of, tombstone_of
from services.streaming.adapters.bus_kafka.sending import Sender
from services.streaming.adapters.bus_kafka.topics import Topics
from services.streaming.domain.events import InvalidEvent, PreferenceEvent, Receipt
from services.streaming.domain.journal import Entry
from services.streaming.domain.taste import Taste
from services.streaming.ports import Clock, EventHandler

logger = logging.getLogger(__name__)

HAND_OVER_LIMIT = 1_000
PUBLISH_TIMEOUT_S = 1.5


class KafkaBus:
    """bootstrap: "host:port,...". `start()` within the event loop that handlers run in; `close()` ends both threads.

    own_broker: it serves nobody else and cannot delete records, so erasing makes its topics anew.
    """

    def __init__(self, bootstrap: str, clock: Clock, topics: Topics | None = None, *, own_broker: bool = False) -> None:
        servers = [server.strip() for server in bootstrap.split(",") if server.strip()]
        self.topics = topics or Topics()
        self._clock = clock
        self._servers = servers
        self._own_broker = own_broker
        self._sender = Sender(servers)
        self._reader = Reader(servers, self.topics, self._on_record)
        self._handlers: dict[str, EventHandler] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._incoming: asyncio.Queue[tuple[PreferenceEvent, float]] = asyncio.Queue()
        self._room = threading.Semaphore(HAND_OVER_LIMIT)
        self._dispatching: asyncio.Task[None] | None = None
        self.poison = 0

    def start(self) -> None:
        """Begin to send and read."""
        self._loop = asyncio.get_running_loop()
        self._dispatching = asyncio.create_task(self._dispatch(), name="kafka dispatch")
        self._sender.start()
        self._reader.start()

    async def close(self) -> None:
        """Send what waits and stop."""
        if self._dispatching is not None:
            self._dispatching.cancel()
            await asyncio.gather(self._dispatching, return_exceptions=True)
        await asyncio.to_thread(self._reader.close)
        await asyncio.to_thread(self._sender.close)

    @property
    def available(self) -> bool:
        """Whether the broker answered lately."""
        return self._reader.available

    @property
    def dropped(self) -> int:
        """Records that were not sent."""
        return self._sender.dropped

    async def publish_event(self, event: PreferenceEvent) -> bool:
        """True when the broker has it."""
        if not self._reader.available:
            return False
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[bool] = loop.create_future()

        def settle(ok: bool) -> None:
            if not taken.done():
                taken.set_result(ok)

        def done(ok: bool) -> None:
            loop.call_soon_threadsafe(settle, ok)

        message = wire.event_to_message(event)
        self._sender.send(record_of(self.topics.preference, event.session_id, message, event.event_id), done)
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                return await taken
        except TimeoutError:
            return False

    def publish_receipt(self, receipt: Receipt) -> None:
        """To everyone who wants to know what happened."""
        self._send(self.topics.receipt, receipt.session_id, wire.receipt_to_message(receipt))

    def publish_entry(self, session_id: str, sequence: int, recorded_at_s: float, entry: Entry) -> None:
        """One decision of a session."""
        self._send(self.topics.session, session_id, wire.entry_to_message(session_id, sequence, recorded_at_s, entry))

    def publish_taste(self, viewer_id: str, taste: Taste, updated_at_s: float) -> None:
        """The viewer's taste as it is now."""
        self._send(self.topics.taste, viewer_id, wire.taste_to_message(viewer_id, taste, updated_at_s))

    async def erase_viewer(self, viewer_id: str, session_ids: Sequence[str]) -> tuple[str, ...]:
        """Topics that keep records of the viewer's sessions until they expire: the broker did not delete them."""
        loop = asyncio.get_running_loop()
        gone: asyncio.Future[bool] = loop.create_future()

        def done(ok: bool) -> None:
            loop.call_soon_threadsafe(gone.set_result, ok)

        tombstone = tombstone_of(self.topics.taste, viewer_id)
        self._sender.send(tombstone, done)
        # The sender keeps its order: once the tombstone is there, nothing of the viewer waits to be sent any more.
        forgotten = await gone
        if self._own_broker:
            return await asyncio.to_thread(remake_topics, self._servers, self.topics)
        kept = await asyncio.to_thread(erase_sessions, self._servers, self.topics, session_ids) if session_ids else ()
        return kept if forgotten else (self.topics.taste, *kept)

    def _send(self, topic: str, key: str, message: Message) -> None:
        if self._reader.available:
            self._sender.send(record_of(topic, key, message))
        else:
            self._sender.dropped += 1

    def follow(self, session_id: str, handler: EventHandler) -> None:
        """Read the session's partition."""
        self._handlers[session_id] = handler
        self._want()

    def unfollow(self, session_id: str) -> None:
        """Stop handing events of the session over."""
        self._handlers.pop(session_id, None)
        self._want()

    def _want(self) -> None:
        self._reader.want(frozenset(self._handlers))

    def _on_record(self, partition: int, offset: int, value: bytes) -> None:
        """In the reader's thread."""
        try:
            event = wire.event_from_message(preference_pb2.PreferenceEvent.FromString(value))
        except (DecodeError, InvalidEvent, ValueError) as error:
            self._refuse(partition, offset, value, str(error))
            return
        loop = self._loop
        if event.session_id not in self._handlers or loop is None:
            return
        self._room.acquire()
        loop.call_soon_threadsafe(self._incoming.put_nowait, (event, self._clock.epoch_s()))

    def _refuse(self, partition: int, offset: int, value: bytes, reason: str) -> None:
        self.poison += 1
        logger.warning("partition %d offset %d is no event: %s", partition, offset, reason)
        letter = preference_pb2.DeadLetter(
            value=value,
            reason=reason,
            topic=self.topics.preference,
            partition=partition,
            offset=offset,
            refused_at=wire.timestamp(time.time()),
        )
        self._sender.send(record_of(self.topics.dead_letters, str(partition), letter))

    async def _dispatch(self) -> None:
        while True:
            event, consumed_at_s = await self._incoming.get()
            self._room.release()
            handler = self._handlers.get(event.session_id)
            if handler is None:
                continue
            try:
                await handler(event, consumed_at_s)
            except Exception:
                # The outbox still has the event and will offer it again; one session's trouble is not the others'.
                logger.exception("event %s could not be handed to its session", event.event_id)
