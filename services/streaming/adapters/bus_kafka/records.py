"""Kafka records: protobuf values with CloudEvents 1.0 binary-mode headers and a W3C traceparent."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.message import Message

SOURCE = "/cineloom/streaming"


@dataclass(frozen=True, slots=True)
class Record:
    """What is sent: key is a session's or a viewer's id."""

    topic: str
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def record_of(topic: str, key: str, message: Message, event_id: str = "", traceparent: str = "") -> Record:
    """A message with its headers (CloudEvents Kafka Protocol Binding 1.0.2, section 3.2)."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id or str(uuid.uuid4()),
        "ce_source": SOURCE,
        "ce_type": message.DESCRIPTOR.full_name,
        "ce_time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "content-type": "application/protobuf",
        "traceparent": traceparent or new_traceparent(),
    }
    encoded = tuple((name, text.encode()) for name, text in headers.items())
    return Record(topic, key.encode(), message.SerializeToString(), encoded)


def tombstone_of(topic: str, key: str) -> Record:
    """What makes a compacted topic forget a key."""
    return Record(topic, key.encode(), None, (("traceparent", new_traceparent().encode()),))


def new_traceparent() -> str:
    """The start of a trace (W3C Trace Context, section 3.2)."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
