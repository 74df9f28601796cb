"""The thread that reads the partitions of this node's sessions; it survives a broker that goes and comes back empty.

Partitions are assigned, never balanced by a group: a join costs half a session timeout, in every viewer's path.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from services.streaming.adapters.bus_kafka.topics import Topics, ensure_topics

logger = logging.getLogger(__name__)

POLL_MS = 100
FETCH_WAIT_MS = 20
CHECK_EVERY_S = 1.0
CHECK_TIMEOUT_MS = 2_000
RETRY_AFTER_S = 0.3

OnRecord = Callable[[int, int, bytes], None]
"""Called in the reader's thread with partition, offset and value; may block to hold the broker back."""


class Reader:
    """`want` says whose partitions are read; a new one is read from its end."""

    def __init__(self, bootstrap: Sequence[str], topics: Topics, on_record: OnRecord) -> None:
        self._bootstrap = list(bootstrap)
        self._topics = topics
        self._on_record = on_record
        self._wanted: frozenset[str] = frozenset()
        self._partitions = topics.partitions
        self._positions: dict[int, int] = {}
        self._closing = threading.Event()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka reader", daemon=True)
        self.available = False
        self.restarts = 0

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """Stop reading."""
        self._closing.set()
        self._news.set()
        self._thread.join(timeout=5.0)

    def want(self, session_ids: frozenset[str]) -> None:
        """Read the partitions of these sessions from now on."""
        self._wanted = session_ids
        self._news.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._read()
            except (KafkaError, OSError, AssertionError) as error:
                if self.available:
                    logger.warning("Kafka is away: %s: %s", type(error).__name__, error)
            except Exception:
                # Nobody else reads for this node: whatever the client stumbled over, a new one is made.
                logger.exception("the reader's client failed")
            if not self._closing.is_set():
                self.available = False
                self.restarts += 1
                self._closing.wait(RETRY_AFTER_S)

    def _read(self) -> None:
        self._partitions = ensure_topics(self._bootstrap, self._topics)
        consumer = KafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            request_timeout_ms=CHECK_TIMEOUT_MS,
            bootstrap_timeout_ms=CHECK_TIMEOUT_MS,
            allow_auto_create_topics=False,
        )
        try:
            assigned = self._assign(consumer, self._wanted_partitions())
            self._check(consumer)
            checked_at_s = time.monotonic()
            while not self._closing.is_set():
                wanted = self._wanted_partitions()
                if wanted != assigned:
                    assigned = self._assign(consumer, wanted)
                if time.monotonic() - checked_at_s > CHECK_EVERY_S:
                    self._check(consumer)
                    checked_at_s = time.monotonic()
                if assigned:
                    self._poll(consumer)
                else:
                    self._news.clear()
                    self._news.wait(CHECK_EVERY_S)
        finally:
            consumer.close(autocommit=False)

    def _wanted_partitions(self) -> frozenset[int]:
        return frozenset(self._topics.partition_of(session_id, self._partitions) for session_id in self._wanted)

    def _poll(self, consumer: KafkaConsumer) -> None:
        for partition, records in consumer.poll(timeout_ms=POLL_MS).items():
            for record in records:
                self._positions[partition.partition] = record.offset + 1
                self._on_record(partition.partition, record.offset, record.value or b"")

    def _assign(self, consumer: KafkaConsumer, new: frozenset[int]) -> frozenset[int]:
        places = {number: TopicPartition(self._topics.preference, number) for number in sorted(new)}
        consumer.assign(list(places.values()))
        ends = _ends(consumer, list(places.values()))
        for number, place in places.items():
            end = ends[place]
            known = self._positions.get(number)
            if known is None:
                known = end
            elif known > end:
                # The broker came back without what it held: everything in it is new.
                known = 0
            self._positions[number] = known
            consumer.seek(place, known)
        for number in self._positions.keys() - new:
            del self._positions[number]
        return new

    def _check(self, consumer: KafkaConsumer) -> None:
        """A broker that went away or lost its records shows here, not in poll, which waits in silence."""
        places = [TopicPartition(self._topics.preference, number) for number in range(self._partitions)]
        for place, end in _ends(consumer, places).items():
            if self._positions.get(place.partition, 0) > end:
                raise KafkaError("the broker has fewer records than were read")
        self.available = True


def _ends(consumer: KafkaConsumer, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """Where each partition ends. Raises KafkaError while one of them is not answered for."""
    try:
        return dict(consumer.end_offsets(list(places))) if places else {}
    except KeyError as error:
        # kafka-python 3.0.12 leaves partitions of a broker that is away out of its own answer.
        raise KafkaError(f"no end is known of {error}") from error
