"""Takes what was told of a viewer off the topics: a tombstone for the taste, and the sessions' records deleted.
Where the broker is this node's alone and deletes none, all topics are made anew.

Kafka deletes records of a partition from its beginning only, so records of other sessions before them go too: topics
are transport, what they carried is in the store.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from services.streaming.adapters.bus_kafka.topics import Topics, ensure_topics, reach

logger = logging.getLogger(__name__)

TIMEOUT_MS = 5_000


def erase_sessions(bootstrap: Sequence[str], topics: Topics, session_ids: Sequence[str]) -> tuple[str, ...]:
    """Delete the sessions' records; the topics that keep them until their retention is over, where that cannot be.

    Blocks; call it in a thread.
    """
    kept = []
    for topic in (topics.preference, topics.receipt, topics.session):
        try:
            _delete(bootstrap, topic, topics, session_ids)
        except (KafkaError, OSError) as error:
            logger.warning("%s keeps an erased viewer's records until they expire: %s", topic, error)
            kept.append(topic)
    return tuple(kept)


def remake_topics(bootstrap: Sequence[str], topics: Topics) -> tuple[str, ...]:
    """Make every topic anew, empty, for a broker that deletes no records; the topics that kept theirs.

    Others' records go too: what they said is in the store, and events without a receipt are sent again from there.
    Blocks; call it in a thread.
    """
    names = (topics.preference, topics.receipt, topics.session, topics.taste, topics.dead_letters)
    try:
        reach(bootstrap)
        admin = KafkaAdminClient(
            bootstrap_servers=list(bootstrap), request_timeout_ms=TIMEOUT_MS, bootstrap_timeout_ms=TIMEOUT_MS
        )
        try:
            admin.delete_topics(list(names))
        finally:
            admin.close()
        ensure_topics(bootstrap, topics)
    except (KafkaError, OSError) as error:
        logger.warning("the topics keep an erased viewer's records until the broker ends: %s", error)
        return names
    return ()


def _delete(bootstrap: Sequence[str], topic: str, topics: Topics, session_ids: Sequence[str]) -> None:
    reach(bootstrap)
    consumer = KafkaConsumer(
        bootstrap_servers=list(bootstrap), group_id=None, request_timeout_ms=TIMEOUT_MS, bootstrap_timeout_ms=TIMEOUT_MS
    )
    try:
        count = len(consumer.partitions_for_topic(topic) or ())
        places = {TopicPartition(topic, topics.partition_of(session_id, count)) for session_id in session_ids}
        ends = consumer.end_offsets(list(places)) if count else {}
    finally:
        consumer.close(autocommit=False)
    wanted = {place: end for place, end in ends.items() if end > 0}
    if not wanted:
        return
    admin = KafkaAdminClient(
        bootstrap_servers=list(bootstrap), request_timeout_ms=TIMEOUT_MS, bootstrap_timeout_ms=TIMEOUT_MS
    )
    try:
        admin.delete_records(wanted)
    finally:
        admin.close()
