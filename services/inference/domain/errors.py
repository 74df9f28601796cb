"""Errors that a caller can act on; the gRPC adapter turns them into status codes."""

from __future__ import annotations


class InferenceError(Exception):
    """An engine could not do what was asked."""


class UnknownName(InferenceError):
    """A shot names something the engine does not know; the message lists the known names."""

    def __init__(self, field: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"{field}: unknown {name!r}; known: {', '.join(sorted(known))}")
        self.field = field
        self.name = name
        self.known = known


class InvalidAsk(InferenceError):
    """A value is out of its range; `field` names it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class EngineUnavailable(InferenceError):
    """The engine cannot work now (weights missing, device lost)."""
