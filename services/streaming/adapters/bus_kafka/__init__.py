"""The event bus on Kafka: one thread that sends, one that reads, a bounded hand-over to the event loop between."""

from services.streaming.adapters.bus_kafka.bus import KafkaBus
from services.streaming.adapters.bus_kafka.topics import Topics

__all__ = ["KafkaBus", "Topics"]
