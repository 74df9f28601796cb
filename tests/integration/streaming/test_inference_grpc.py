"""What the Animator's callers say besides the order: which take it is, so that one replica may serve all who want it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import grpc.aio
import pytest
from cineloom.inference.v1 import animator_pb2, animator_pb2_grpc
from cineloom.media.v1 import media_pb2

from services.streaming.adapters.inference_grpc import GrpcAnimator
from tests.unit.streaming.domain.small_screenplay import order

pytestmark = pytest.mark.integration


class Service(animator_pb2_grpc.AnimatorServiceServicer):
    """Gives one chunk; notes what came with each call."""

    def __init__(self) -> None:
        self.metadata: list[dict[str, str]] = []

    async def Animate(
        self, request: animator_pb2.AnimateRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[animator_pb2.AnimateResponse]:
        self.metadata.append(dict(context.invocation_metadata() or ()))  # type: ignore[call-overload]
        yield animator_pb2.AnimateResponse(chunk=media_pb2.Chunk(index=0, video=[media_pb2.VideoFrame(data=b"x")]))


@pytest.fixture
async def service() -> AsyncIterator[tuple[Service, grpc.aio.Channel]]:
    """The service, and a channel to it."""
    server, service = grpc.aio.server(), Service()
    animator_pb2_grpc.add_AnimatorServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield service, channel
    await server.stop(None)


async def test_every_call_for_a_take_names_it(service: tuple[Service, grpc.aio.Channel]) -> None:
    heard, channel = service
    animator = GrpcAnimator(channel)
    for take_id in ("take-1", "take-2", "take-1"):
        async for _ in animator.animate(order(48), take_id, 0):
            pass
    await animator.hold(order(48), "take-1")
    named: Sequence[str] = [metadata["session_id"] for metadata in heard.metadata]
    assert named == ["take-1", "take-2", "take-1", "take-1"]
    assert {metadata["application"] for metadata in heard.metadata} == {"animator"}
