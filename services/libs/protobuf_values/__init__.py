"""Frozen dataclasses to protobuf messages of the same field names, and back."""

from services.libs.protobuf_values.mapping import from_message, to_message

__all__ = ["from_message", "to_message"]
