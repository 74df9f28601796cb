"""Engine errors on their way out: as gRPC status codes, and through handles to another deployment and back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from ray.exceptions import RayTaskError
from ray.serve.grpc_util import RayServegRPCContext

from services.inference.domain.errors import EngineUnavailable, InferenceError, InvalidAsk, UnknownName

logger = logging.getLogger("ray.serve")

UNTOLD = "the engine failed; its log says why"


class CallFailed(Exception):
    """What a replica raises once the call carries its status: one sentence, and nothing that pickle cannot carry."""


class Carried(Exception):
    """An engine's error between two deployments. Pickle builds an exception anew from its message alone, which the
    errors of the domain do not allow; this one is built from what theirs are built from."""

    def __init__(self, kind: str, arguments: tuple[Any, ...]) -> None:
        super().__init__(kind, arguments)
        self.kind = kind
        self.arguments = arguments

    @classmethod
    def of(cls, error: InferenceError) -> Carried:
        """As it goes through a handle."""
        if isinstance(error, UnknownName):
            return cls("unknown", (error.field, error.name, error.known))
        if isinstance(error, InvalidAsk):
            return cls("invalid", (error.field, error.reason))
        return cls("unavailable" if isinstance(error, EngineUnavailable) else "failed", (str(error),))

    def error(self) -> InferenceError:
        """As the engine raised it."""
        kinds: dict[str, type[InferenceError]] = {
            "unknown": UnknownName, "invalid": InvalidAsk, "unavailable": EngineUnavailable
        }  # fmt: skip
        return kinds.get(self.kind, InferenceError)(*self.arguments)


@contextmanager
def status_of_errors(context: RayServegRPCContext) -> Iterator[None]:
    """Within it an InferenceError sets its code and text on the call, and any other error says nothing of its inside.

    Raises CallFailed in its place: without that every error leaves as INTERNAL with a stack trace in it.
    """
    try:
        yield
    except Exception as error:
        cause = cause_of(error)
        code = code_of(cause)
        if code is grpc.StatusCode.INTERNAL:
            logger.exception("a model call failed")
        details = str(cause) if isinstance(cause, InferenceError) else UNTOLD
        context.set_code(code)
        context.set_details(details)
        raise CallFailed(details) from None


@contextmanager
def carried_errors() -> Iterator[None]:
    """Within it an InferenceError becomes one that survives the way through a handle."""
    try:
        yield
    except InferenceError as error:
        raise Carried.of(error) from None


def cause_of(error: BaseException) -> BaseException:
    """The error that an engine raised, here or in another deployment."""
    found = error.cause if isinstance(error, RayTaskError) else error
    return found.error() if isinstance(found, Carried) else found


def code_of(error: BaseException) -> grpc.StatusCode:
    """The status of an error."""
    if isinstance(error, UnknownName | InvalidAsk):
        return grpc.StatusCode.INVALID_ARGUMENT
    if isinstance(error, EngineUnavailable):
        return grpc.StatusCode.UNAVAILABLE
    return grpc.StatusCode.INTERNAL
