"""Engine errors as gRPC status codes: without this every error leaves as INTERNAL with a stack trace in it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from ray.exceptions import RayTaskError
from ray.serve.grpc_util import RayServegRPCContext

from services.inference.domain.errors import EngineUnavailable, InferenceError, InvalidAsk, UnknownName

logger = logging.getLogger("ray.serve")


@contextmanager
def status_of_errors(context: RayServegRPCContext) -> Iterator[None]:
    """Within it an InferenceError sets its code and text on the call, and any other error says nothing of its inside."""
    try:
        yield
    except Exception as error:
        cause = error.cause if isinstance(error, RayTaskError) else error
        code = code_of(cause)
        if code is grpc.StatusCode.INTERNAL:
            logger.exception("a model call failed")
        context.set_code(code)
        context.set_details(str(cause) if isinstance(cause, InferenceError) else "the engine failed; its log says why")
        raise


def code_of(error: BaseException) -> grpc.StatusCode:
    """The status of an error."""
    if isinstance(error, UnknownName | InvalidAsk):
        return grpc.StatusCode.INVALID_ARGUMENT
    if isinstance(error, EngineUnavailable):
        return grpc.StatusCode.UNAVAILABLE
    return grpc.StatusCode.INTERNAL
