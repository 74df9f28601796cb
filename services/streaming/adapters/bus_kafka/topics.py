"""Names and shapes of the topics, and the partition that a session's records go to."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError
from kafka.partitioner import murmur2

ADMIN_TIMEOUT_MS = 5_000
BOOTSTRAP_TIMEOUT_MS = 2_000
REACH_TIMEOUT_S = 2.0
EXPIRES = {"retention.ms": str(24 * 3_600_000)}
"""What topics carried is in the store; they need not remember a viewer for longer than a slow reader takes."""
COMPACTED = {"cleanup.policy": "compact", "max.compaction.lag.ms": str(3_600_000)}


@dataclass(frozen=True, slots=True)
class Topics:
    """partitions: of each topic that is keyed by session."""

    preference: str = "cineloom.preference.v1"
    receipt: str = "cineloom.receipt.v1"
    session: str = "cineloom.session.v1"
    taste: str = "cineloom.taste.v1"
    dead_letters: str = "cineloom.preference.v1.dlq"
    partitions: int = 8

    def partition_of(self, session_id: str, partitions: int = 0) -> int:
        """The partition that every producer with the default partitioner puts the session's records in.

        partitions: how many the broker has, where that is not what was asked for.
        """
        return (int(murmur2(session_id.encode())) & 0x7FFFFFFF) % (partitions or self.partitions)


def reach(bootstrap: Sequence[str]) -> None:
    """Raises OSError where no broker listens.

    kafka-python 3.0.12 leaves a thread and sockets behind for each client that finds no broker, so none is made then.
    """
    refusal: OSError | None = None
    for server in bootstrap:
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), REACH_TIMEOUT_S).close()
        except OSError as error:
            refusal = error
        else:
            return
    raise refusal or OSError("no broker is named")


def ensure_topics(bootstrap: Sequence[str], topics: Topics) -> int:
    """Make what is missing; how many partitions the topic of preference events has.

    That need not be what is asked for here: a broker may make a topic by itself for the first client that names it,
    and one that comes back empty is asked by clients that were there before. Raises KafkaError when it does not answer.
    """
    reach(bootstrap)
    admin = KafkaAdminClient(
        bootstrap_servers=list(bootstrap),
        request_timeout_ms=ADMIN_TIMEOUT_MS,
        bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
    )
    try:
        there = set(admin.list_topics())
        wanted = [
            NewTopic(topics.preference, topics.partitions, 1, topic_configs=EXPIRES),
            NewTopic(topics.receipt, topics.partitions, 1, topic_configs=EXPIRES),
            NewTopic(topics.session, topics.partitions, 1, topic_configs=EXPIRES),
            NewTopic(topics.taste, topics.partitions, 1, topic_configs=COMPACTED),
            NewTopic(topics.dead_letters, 1, 1, topic_configs=EXPIRES),
        ]
        missing = [topic for topic in wanted if topic.name not in there]
        for topic in missing:
            try:
                admin.create_topics([topic])
            except TopicAlreadyExistsError:
                # Another node was faster.
                continue
        (made,) = admin.describe_topics([topics.preference])
        return len(made["partitions"])
    finally:
        admin.close()
