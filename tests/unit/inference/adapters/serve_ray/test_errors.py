"""Which status an engine's error leaves with, and that it survives the way between deployments."""

from __future__ import annotations

import pickle
from typing import Any

import grpc
import pytest
from ray.exceptions import ActorDiedError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError

from services.inference.adapters.serve_ray.errors import UNTOLD, CallFailed, carried_errors, status_of_errors
from services.inference.adapters.serve_ray.remote import asked
from services.inference.domain.errors import EngineUnavailable, InferenceError, InvalidAsk, UnknownName
from tests.unit.inference.adapters.serve_ray.calls import Call

ENGINE_ERRORS = [
    UnknownName("view.set_name", "moon", ("orbit", "cavern")),
    InvalidAsk("pace", "must be 0.5..2"),
    EngineUnavailable("the weights are missing"),
    InferenceError("the picture came out black"),
]


class Answer:
    """What a handle gives: an answer that ends in an error."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def result(self, timeout_s: float) -> Any:
        raise self._error


def through_a_handle(error: BaseException) -> RayTaskError:
    """As Ray carries what a deployment's method raised: pickled, as the cause of an error of its own."""
    with pytest.raises(Exception) as raised, carried_errors():
        raise error
    return RayTaskError("paint", "Traceback: inner/file.py", pickle.loads(pickle.dumps(raised.value)))


@pytest.mark.parametrize(
    ("error", "code", "details"),
    [
        (ENGINE_ERRORS[0], grpc.StatusCode.INVALID_ARGUMENT, "view.set_name: unknown 'moon'; known: cavern, orbit"),
        (ENGINE_ERRORS[1], grpc.StatusCode.INVALID_ARGUMENT, "pace: must be 0.5..2"),
        (ENGINE_ERRORS[2], grpc.StatusCode.UNAVAILABLE, "the weights are missing"),
        (ENGINE_ERRORS[3], grpc.StatusCode.INTERNAL, "the picture came out black"),
        (KeyError("secret"), grpc.StatusCode.INTERNAL, UNTOLD),
    ],
)
def test_error_leaves_with_its_status_and_sentence(error: Exception, code: grpc.StatusCode, details: str) -> None:
    call: Any = Call()
    with pytest.raises(CallFailed) as left, status_of_errors(call):
        raise error
    assert (call.code, call.details) == (code, details)
    copy = pickle.loads(pickle.dumps(left.value))
    assert str(copy) == details
    assert left.value.__suppress_context__, "no trace of the engine's inside goes along"


@pytest.mark.parametrize("error", ENGINE_ERRORS, ids=lambda error: type(error).__name__)
def test_engine_error_survives_a_handle(error: InferenceError) -> None:
    with pytest.raises(type(error)) as arrived:
        asked(Answer(through_a_handle(error)), 1.0, "painter")
    assert type(arrived.value) is type(error)
    assert str(arrived.value) == str(error)


def test_any_other_error_of_a_deployment_is_internal_and_says_nothing_of_its_inside() -> None:
    call: Any = Call()
    with pytest.raises(CallFailed), status_of_errors(call):
        asked(Answer(through_a_handle(KeyError("secret"))), 1.0, "painter")
    assert (call.code, call.details) == (grpc.StatusCode.INTERNAL, "the painter failed; its log says why")


@pytest.mark.parametrize(
    "error",
    [
        ActorDiedError(),
        TimeoutError(),
        DeploymentUnavailableError("gone"),
        BackPressureError(num_queued_requests=9, max_queued_requests=8),
    ],
    ids=lambda error: type(error).__name__,
)
def test_deployment_that_does_not_answer_is_unavailable(error: Exception) -> None:
    call: Any = Call()
    with pytest.raises(CallFailed), status_of_errors(call):
        asked(Answer(error), 1.0, "voice")
    assert call.code is grpc.StatusCode.UNAVAILABLE
    assert call.details == f"the voice does not answer: {type(error).__name__}"


def test_call_that_goes_well_has_no_status() -> None:
    call: Any = Call()
    with status_of_errors(call):
        pass
    assert call.code is None
