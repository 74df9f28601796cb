"""The model services over gRPC: each call carries a deadline and its application's name; errors become the port's."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import grpc
import grpc.aio
from cineloom.inference.v1 import (
    animator_pb2,
    animator_pb2_grpc,
    guard_pb2,
    guard_pb2_grpc,
    painter_pb2,
    painter_pb2_grpc,
    voice_pb2,
    voice_pb2_grpc,
    writer_pb2,
    writer_pb2_grpc,
)
from cineloom.scene.v1 import scene_pb2

from services.libs.protobuf_values import to_message
from services.streaming.adapters.wire import chunk_from_message, rendition_to_message, timestamp
from services.streaming.domain.screenplay import Shot, TakeOrder
from services.streaming.domain.wish_axes import WishAxis
from services.streaming.ports import (
    Chunk,
    ModelRefused,
    Models,
    ModelUnavailable,
    PremisePart,
    SpokenTimes,
    Verdict,
    WriterBrief,
    WriterLine,
    WrittenStory,
)

Answer = TypeVar("Answer")

MESSAGE_LIMIT_BYTES = 16 * 1024 * 1024
CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
    ("grpc.max_send_message_length", MESSAGE_LIMIT_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 20_000),
)
SPEAK_TIMEOUT_S = 20.0
PREPARE_TIMEOUT_S = 60.0
TAKE_TIMEOUT_S = 90.0
DESCRIBE_TIMEOUT_S = 10.0
GUARD_TIMEOUT_S = 3.0
WARM_TIMEOUT_S = 10.0
WRITER_GRACE_S = 1.0

_FINAL = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.UNIMPLEMENTED,
)


def _metadata(application: str, shot: Shot | None = None) -> tuple[tuple[str, str], ...]:
    """shot: whoever asks for one shot, in whatever look, is sent to one replica where Serve routes by it: that has its
    plates and puppets at hand."""
    named = (("application", application),)
    if shot is None:
        return named
    content = to_message(shot, scene_pb2.Shot).SerializeToString(deterministic=True)
    return (*named, ("session_id", hashlib.sha256(content).hexdigest()))


def _translated(error: grpc.aio.AioRpcError) -> ModelRefused | ModelUnavailable:
    text = f"{error.code().name}: {error.details()}"
    # The application's own NOT_FOUND cannot occur: the proxy answers so while a deployment is being replaced.
    final = error.code() in _FINAL and error.code() is not grpc.StatusCode.NOT_FOUND
    return ModelRefused(text) if final else ModelUnavailable(text)


async def _call(call: Awaitable[Answer]) -> Answer:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise _translated(error) from error


class GrpcWriter:
    """ports.Writer over `WriterService`."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = writer_pb2_grpc.WriterServiceStub(channel)

    async def write_scene(self, brief: WriterBrief, deadline_s: float) -> tuple[WriterLine, ...]:
        """The scene's lines."""
        request = writer_pb2.WriteSceneRequest(
            beat_id=brief.beat_id,
            purpose=brief.purpose,
            place=brief.place,
            cast=[to_message(character, writer_pb2.Character) for character in brief.cast],
            lines=[
                writer_pb2.AuthoredLine(
                    speaker=line.speaker,
                    text=line.text,
                    emotion=line.emotion,
                    intent=line.intent,
                    may_vary=line.may_vary,
                )
                for line in brief.lines
            ],
            facts=brief.facts,
            said=brief.said,
            tone=brief.tone,
            names=brief.names,
            seed=brief.seed,
            deadline_s=deadline_s,
        )
        answer = await _call(
            self._stub.WriteScene(request, timeout=deadline_s + WRITER_GRACE_S, metadata=_metadata("writer"))
        )
        if len(answer.lines) != len(brief.lines):
            raise ModelRefused(f"the writer gave {len(answer.lines)} lines for {len(brief.lines)}")
        return tuple(
            WriterLine(
                speaker=line.speaker,
                text=line.text,
                emotion=line.emotion,
                source="model" if line.source == writer_pb2.LINE_SOURCE_MODEL else "authored",
                refusal=line.refusal,
            )
            for line in answer.lines
        )

    async def write_story(
        self, premise: str, story_id: str, seed: int, age_band: str, deadline_s: float
    ) -> WrittenStory:
        """A story of a premise."""
        request = writer_pb2.WriteStoryRequest(
            premise=premise, story_id=story_id, seed=seed, age_band=age_band, deadline_s=deadline_s
        )
        answer = await _call(
            self._stub.WriteStory(request, timeout=deadline_s + WRITER_GRACE_S, metadata=_metadata("writer"))
        )
        parts = tuple(PremisePart(part.text, _use_name(part.use), part.note) for part in answer.parts)
        return WrittenStory(answer.story, parts, answer.engine, answer.model_lines, answer.lines)


def _use_name(use: writer_pb2.PremiseUse.ValueType) -> str:
    return writer_pb2.PremiseUse.Name(use).removeprefix("PREMISE_USE_").lower()


class GrpcVoice:
    """ports.Voice over `VoiceService`; asks for times only, the Animator fetches the sound itself."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = voice_pb2_grpc.VoiceServiceStub(channel)

    async def times(self, text: str, voice: str, emotion: str, pace: float) -> SpokenTimes:
        """When each word is heard."""
        request = voice_pb2.SpeakRequest(text=text, voice=voice, emotion=emotion, pace=pace, times_only=True)
        answer = await _call(self._stub.Speak(request, timeout=SPEAK_TIMEOUT_S, metadata=_metadata("voice")))
        words = tuple((word.text, word.start_sample, word.end_sample) for word in answer.words)
        return SpokenTimes(answer.sample_count, words, answer.voice)


class GrpcAnimator:
    """ports.Animator over `AnimatorService`."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = animator_pb2_grpc.AnimatorServiceStub(channel)

    async def fingerprint(self) -> str:
        """Of the lineup's engine."""
        call = self._stub.DescribeEngine(
            animator_pb2.DescribeEngineRequest(), timeout=DESCRIBE_TIMEOUT_S, metadata=_metadata("animator")
        )
        return (await _call(call)).fingerprint

    async def animate(
        self, order: TakeOrder, take_id: str, first_frame: int, hurry: bool = False, due_in_s: float | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Chunks as they are rendered."""
        request = animator_pb2.AnimateRequest(
            order=order_to_message(order), take_id=take_id, first_frame=first_frame, hurry=hurry
        )
        if due_in_s is not None:
            # the call takes a while to get there, up to a tenth of a second on a busy machine
            request.due_at.CopyFrom(timestamp(time.time() + due_in_s))
        call = self._stub.Animate(request, timeout=TAKE_TIMEOUT_S, metadata=_metadata("animator", order.shot))
        begun: dict[int, Chunk] = {}
        try:
            async for answer in call:
                part = chunk_from_message(answer.chunk)
                if answer.chunk.continues:
                    before = begun.get(part.index)
                    if before is None:
                        raise ModelUnavailable("the animator went on with a chunk that it had not begun")
                    video, audio = before.video + part.video, before.audio + part.audio
                    part = replace(part, first_frame=before.first_frame, video=video, audio=audio)
                begun[part.index] = part
                if part.whole:
                    del begun[part.index]
                yield part
        except grpc.aio.AioRpcError as error:
            raise _translated(error) from error
        finally:
            call.cancel()

    async def hold(self, order: TakeOrder, take_id: str) -> Chunk:
        """The chunk after the take's end."""
        request = animator_pb2.AnimateRequest(order=order_to_message(order), take_id=take_id, hold=True)
        call = self._stub.Animate(request, timeout=TAKE_TIMEOUT_S, metadata=_metadata("animator", order.shot))
        try:
            async for answer in call:
                return chunk_from_message(answer.chunk)
        except grpc.aio.AioRpcError as error:
            raise _translated(error) from error
        raise ModelUnavailable("the animator gave no hold chunk")

    async def prepare(self, order: TakeOrder) -> None:
        """Ahead of the cut."""
        request = animator_pb2.PrepareTakeRequest(order=order_to_message(order))
        metadata = _metadata("animator", order.shot)
        await _call(self._stub.PrepareTake(request, timeout=PREPARE_TIMEOUT_S, metadata=metadata))


class GrpcPainter:
    """ports.Painter over `PainterService`; plates go from there to the Animator, never through here."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = painter_pb2_grpc.PainterServiceStub(channel)

    async def warm(self, set_names: Sequence[str]) -> None:
        """Ask for sets to be made ready."""
        request = painter_pb2.WarmSetsRequest(set_names=set_names)
        await _call(self._stub.WarmSets(request, timeout=WARM_TIMEOUT_S, metadata=_metadata("painter")))


class GrpcGuard:
    """ports.Guard over `GuardService`."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = guard_pb2_grpc.GuardServiceStub(channel)

    async def judge_text(self, text: str, policy: str) -> Verdict:
        """Whether the text may go into the film."""
        request = guard_pb2.JudgeTextRequest(text=text, policy=policy)
        answer = await _call(self._stub.JudgeText(request, timeout=GUARD_TIMEOUT_S, metadata=_metadata("guard")))
        return Verdict(answer.allowed, answer.category, tuple(answer.reasons))

    async def read_wish(self, text: str, axes: Sequence[WishAxis]) -> Mapping[str, float]:
        """What the words wish for."""
        request = guard_pb2.ReadWishRequest(text=text, axes=[to_message(axis, guard_pb2.WishAxis) for axis in axes])
        answer = await _call(self._stub.ReadWish(request, timeout=GUARD_TIMEOUT_S, metadata=_metadata("guard")))
        return {leaning.axis: max(-1.0, min(1.0, leaning.value)) for leaning in answer.leanings}


def models_on(channel: grpc.aio.Channel) -> Models:
    """All services of a lineup behind one channel."""
    return Models(
        GrpcWriter(channel), GrpcVoice(channel), GrpcAnimator(channel), GrpcGuard(channel), GrpcPainter(channel)
    )


def order_to_message(order: TakeOrder) -> animator_pb2.TakeOrder:
    """The order as it goes over the wire."""
    return animator_pb2.TakeOrder(
        shot=to_message(order.shot, scene_pb2.Shot),
        grade=[to_message(key, scene_pb2.GradeKey) for key in order.grade],
        rendition=rendition_to_message(order.rendition),
        calm=order.calm,
    )
