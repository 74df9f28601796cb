"""Names and shapes of the topics, and the partition that a session's records go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError
from kafka.partitioner import murmur2

ADMIN_TIMEOUT_MS = 5_000


@dataclass(frozen=True, slots=True)
class Topics:
    """partitions: of each topic that is keyed by session."""

    preference: str = "cineloom.preference.v1"
    receipt: str = "cineloom.receipt.v1"
    session: str = "cineloom.session.v1"
    taste: str = "cineloom.taste.v1"
    dead_letters: str = "cineloom.preference.v1.dlq"
    partitions: int = 8

    def partition_of(self, session_id: str) -> int:
        """The partition that every producer with the default partitioner puts the session's records in."""
        return (int(murmur2(session_id.encode())) & 0x7FFFFFFF) % self.partitions


def ensure_topics(bootstrap: Sequence[str], topics: Topics) -> None:
    """Make what is missing. Raises KafkaError when the broker does not answer."""
    admin = KafkaAdminClient(
        bootstrap_servers=list(bootstrap), request_timeout_ms=ADMIN_TIMEOUT_MS, bootstrap_timeout_ms=ADMIN_TIMEOUT_MS
    )
    try:
        there = set(admin.list_topics())
        wanted = [
            NewTopic(topics.preference, topics.partitions, 1),
            NewTopic(topics.receipt, topics.partitions, 1),
            NewTopic(topics.session, topics.partitions, 1),
            NewTopic(topics.taste, topics.partitions, 1, topic_configs={"cleanup.policy": "compact"}),
            NewTopic(topics.dead_letters, 1, 1),
        ]
        missing = [topic for topic in wanted if topic.name not in there]
        for topic in missing:
            try:
                admin.create_topics([topic])
            except TopicAlreadyExistsError:
                # Another node was faster.
                continue
    finally:
        admin.close()
