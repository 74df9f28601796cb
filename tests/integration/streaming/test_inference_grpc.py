"""What the Animator's callers say besides the order, and how they put together what comes in parts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import grpc.aio
import pytest
from cineloom.inference.v1 import animator_pb2, animator_pb2_grpc
from cineloom.media.v1 import media_pb2

from services.streaming.adapters.inference_grpc import GrpcAnimator
from services.streaming.domain.screenplay import GradeKey
from services.streaming.ports import ModelUnavailable
from tests.unit.streaming.domain.small_screenplay import order

pytestmark = pytest.mark.integration


class Service(animator_pb2_grpc.AnimatorServiceServicer):
    """Gives one chunk, or what it is told to; notes what came with each call."""

    def __init__(self) -> None:
        self.metadata: list[dict[str, str]] = []
        self.requests: list[animator_pb2.AnimateRequest] = []
        self.gives = [media_pb2.Chunk(index=0, video=[media_pb2.VideoFrame(data=b"x")])]

    async def PrepareTake(
        self, request: animator_pb2.PrepareTakeRequest, context: grpc.aio.ServicerContext
    ) -> animator_pb2.PrepareTakeResponse:
        self.metadata.append(dict(context.invocation_metadata() or ()))  # type: ignore[call-overload]
        return animator_pb2.PrepareTakeResponse()

    async def Animate(
        self, request: animator_pb2.AnimateRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[animator_pb2.AnimateResponse]:
        self.metadata.append(dict(context.invocation_metadata() or ()))  # type: ignore[call-overload]
        self.requests.append(request)
        for chunk in self.gives:
            yield animator_pb2.AnimateResponse(chunk=chunk)


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


async def test_every_call_for_a_shot_names_it_whatever_its_look(service: tuple[Service, grpc.aio.Channel]) -> None:
    heard, channel = service
    animator = GrpcAnimator(channel)
    shot, forked, other = order(48), replace(order(48), grade=(GradeKey(warmth=0.4),)), order(60)
    await animator.prepare(shot)
    for number, wanted in enumerate((shot, forked, other)):
        async for _ in animator.animate(wanted, f"take-{number}", 0):
            pass
    await animator.hold(shot, "take-0")
    named: Sequence[str] = [metadata["session_id"] for metadata in heard.metadata]
    assert [name == named[0] for name in named] == [True, True, True, False, True]
    assert {metadata["application"] for metadata in heard.metadata} == {"animator"}


def part(index: int, first_frame: int, pictures: bytes, sound: bytes = b"", **marks: bool) -> media_pb2.Chunk:
    """One picture for each letter, one packet likewise."""
    return media_pb2.Chunk(
        index=index,
        first_frame=first_frame,
        video=[media_pb2.VideoFrame(data=bytes([letter])) for letter in pictures],
        audio=[bytes([letter]) for letter in sound],
        **marks,
    )


async def test_parts_of_a_chunk_are_put_together_though_the_next_begins_between_them(
    service: tuple[Service, grpc.aio.Channel],
) -> None:
    told, channel = service
    told.gives = [
        part(1, 17, b"a", unfinished=True),
        part(1, 18, b"bc", continues=True),
        part(2, 24, b"de", unfinished=True),
        part(3, 36, b"f", unfinished=True),
        part(2, 36, b"", b"12", continues=True),
        part(3, 48, b"", b"34", continues=True),
    ]
    chunks = [chunk async for chunk in GrpcAnimator(channel).animate(order(48), "take", 17, True, 0.25)]
    found = [(c.index, c.first_frame, b"".join(f.data for f in c.video), b"".join(c.audio), c.whole) for c in chunks]
    assert found == [
        (1, 17, b"a", b"", False),
        (1, 17, b"abc", b"", True),
        (2, 24, b"de", b"", False),
        (3, 36, b"f", b"", False),
        (2, 24, b"de", b"12", True),
        (3, 36, b"f", b"34", True),
    ]
    assert told.requests[0].due_at.ToNanoseconds() / 1e9 - time.time() == pytest.approx(0.25, abs=5.0)


async def test_what_goes_on_without_having_begun_is_no_take(service: tuple[Service, grpc.aio.Channel]) -> None:
    told, channel = service
    told.gives = [part(1, 12, b"a"), part(1, 13, b"b", continues=True)]
    with pytest.raises(ModelUnavailable, match="had not begun"):
        async for _ in GrpcAnimator(channel).animate(order(48), "take", 12):
            pass
    assert not told.requests[0].HasField("due_at")
