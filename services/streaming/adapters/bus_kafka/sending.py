"""The thread that sends records. Its queue is bounded: what does not fit is dropped and counted."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.streaming.adapters.bus_kafka.records import Record
from services.streaming.adapters.bus_kafka.topics import reach

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 4_000
REQUEST_TIMEOUT_MS = 2_000
BLOCK_LIMIT_MS = 1_000

Done = Callable[[bool], None]


class Sender:
    """`send` from any thread; `done` is called in the sender's thread with whether the broker has the record."""

    def __init__(self, bootstrap: Sequence[str]) -> None:
        self._bootstrap = list(bootstrap)
        self._queue: queue.Queue[tuple[Record, Done | None] | None] = queue.Queue(QUEUE_LIMIT)
        self._thread = threading.Thread(target=self._run, name="kafka sender", daemon=True)
        self._closing = False
        self._producer: KafkaProducer | None = None
        self.dropped = 0
        self.sent = 0

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def close(self) -> None:
        """Send what waits, then stop."""
        self._closing = True
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            logger.warning("the queue to Kafka is full at the end; %d records are not sent", self._queue.qsize())
        self._thread.join(timeout=5.0)

    def send(self, record: Record, done: Done | None = None) -> None:
        """Queue a record."""
        try:
            self._queue.put_nowait((record, done))
        except queue.Full:
            self.dropped += 1
            if done is not None:
                done(False)

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            if item is None:
                break
            record, done = item
            ok = self._deliver(record, wait=done is not None)
            if done is not None:
                done(ok)
        if self._producer is not None:
            self._producer.close(timeout=2)

    def _deliver(self, record: Record, wait: bool) -> bool:
        try:
            producer = self._connected()
            future = producer.send(record.topic, key=record.key, value=record.value, headers=list(record.headers))
            if wait:
                future.get(timeout=REQUEST_TIMEOUT_MS / 1000)
            self.sent += 1
        except (KafkaError, OSError, AssertionError) as error:
            self.dropped += 0 if wait else 1
            logger.warning("Kafka did not take a record for %s: %s", record.topic, error)
            self._forget_producer()
            return False
        except Exception:
            # Nobody else sends for this node: whatever the client stumbled over, a new one is made.
            self.dropped += 0 if wait else 1
            logger.exception("the sender's client failed")
            self._forget_producer()
            return False
        return True

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            reach(self._bootstrap)
            self._producer = KafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                linger_ms=0,
                retries=2,
                max_block_ms=BLOCK_LIMIT_MS,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                delivery_timeout_ms=REQUEST_TIMEOUT_MS + 500,
                bootstrap_timeout_ms=REQUEST_TIMEOUT_MS,
                enable_idempotence=False,
                # A topic that the broker makes for a client that names it has the broker's number of partitions.
                allow_auto_create_topics=False,
            )
        return self._producer

    def _forget_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.close(timeout=0)
            except KafkaError as error:
                logger.info("a producer was given up with records under way: %s", error)
