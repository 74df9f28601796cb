"""One deployment for each model service: gRPC for everyone, plain methods for the other deployments' handles."""

from __future__ import annotations

import math
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from functools import partial

import numpy as np
from cineloom.inference.v1 import animator_pb2, composer_pb2, guard_pb2, painter_pb2, voice_pb2, writer_pb2
from numpy.typing import NDArray
from ray.serve.grpc_util import RayServegRPCContext

from services.inference.adapters import wire
from services.inference.adapters.serve_ray.errors import carried_errors, status_of_errors
from services.inference.adapters.serve_ray.heap import give_back_freed_memory
from services.inference.adapters.serve_ray.joined_renders import JoinedRenders
from services.inference.adapters.serve_ray.kept import Kept
from services.inference.adapters.serve_ray.layers import layers_of
from services.inference.adapters.serve_ray.plates_files import PlatesFiles, plates_bytes, plates_key
from services.inference.adapters.serve_ray.priority import RightOfWay, take_turns_often
from services.inference.adapters.serve_ray.threads import EngineThreads
from services.inference.adapters.serve_ray.warming import Warmer
from services.inference.domain.chunk import Chunk
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.music import Score
from services.inference.domain.plates import LEAST_SPARE, Plates, Spare
from services.inference.domain.shot import TakeOrder, View
from services.inference.domain.speech import Speech
from services.inference.domain.timebase import FRAMES_PER_SECOND
from services.inference.ports import Animator as AnimatorEngine
from services.inference.ports import Composer as ComposerEngine
from services.inference.ports import Foley, Puppets, SetPainter, not_yet
from services.inference.ports import Guard as GuardEngine
from services.inference.ports import Painter as PainterEngine
from services.inference.ports import Voice as VoiceEngine
from services.inference.ports import Writer as WriterEngine
from services.libs.protobuf_values import from_message

HURRIED_AT_ONCE = 4
MOST_DUE_IN_S = 10.0
"""What is said to be due later, or to have been earlier, was said by a clock that disagrees with this one."""
HURRIED_FRAMES = 24
"""So many pictures of what somebody waited for are there when renders that nobody waits for go on."""
SPEECH_BYTES = 64 * 1024 * 1024
MIX_BYTES = 24 * 1024 * 1024
PLATES_BYTES = 56 * 1024 * 1024
RENDERS_BYTES = 16 * 1024 * 1024
WINDOW_LIMIT_SAMPLES = 30 * 48_000
PCM_PART_BYTES = 1_000_000
LONGEST_DEADLINE_S = 120.0
SHORTEST_DEADLINE_S = 0.001
STORY_ID = re.compile(r"[a-z][a-z0-9_]{0,47}")
AGE_BANDS = ("general", "teen", "child")

SpeechKey = tuple[str, str, str, float]
MixKey = tuple[Score, int, int, bytes]
Views = tuple[View, int, int, Spare]


@dataclass(frozen=True, slots=True)
class OwnEngines:
    """What the Animator needs and makes for itself."""

    puppets: Puppets
    foley: Foley


@dataclass(frozen=True, slots=True)
class OtherEngines:
    """What the Animator needs of other deployments."""

    painter: PainterEngine
    voice: VoiceEngine
    composer: ComposerEngine


class Guard:
    """GuardService."""

    def __init__(self, make: Callable[[], GuardEngine]) -> None:
        self._engine = make()
        self._threads = EngineThreads("guard")
        give_back_freed_memory()

    async def JudgeText(
        self, request: guard_pb2.JudgeTextRequest, grpc_context: RayServegRPCContext
    ) -> guard_pb2.JudgeTextResponse:
        """Whether text may go into a film."""
        with status_of_errors(grpc_context):
            verdict = await self._threads.run(self._engine.judge_text, request.text, request.policy or "general")
            return wire.verdict_to_message(verdict, self._engine.fingerprint)

    async def ReadWish(
        self, request: guard_pb2.ReadWishRequest, grpc_context: RayServegRPCContext
    ) -> guard_pb2.ReadWishResponse:
        """What a viewer's words wish for."""
        with status_of_errors(grpc_context):
            axes = wire.wish_axes_from_message(request)
            leanings = await self._threads.run(self._engine.read_wish, request.text, axes)
            return wire.leanings_to_message(leanings, self._engine.fingerprint)


class Writer:
    """WriterService."""

    def __init__(self, make: Callable[[], WriterEngine]) -> None:
        self._engine = make()
        self._threads = EngineThreads("writer", behind=True)
        # A story takes seconds; the scenes of films that play must not wait for it.
        self._stories = EngineThreads("stories")
        give_back_freed_memory()

    async def WriteScene(
        self, request: writer_pb2.WriteSceneRequest, grpc_context: RayServegRPCContext
    ) -> writer_pb2.WriteSceneResponse:
        """A scene's lines, within the deadline; waiting for a free engine counts."""
        asked_at_s = time.monotonic()

        def write() -> writer_pb2.WriteSceneResponse:
            left_s = request.deadline_s - (time.monotonic() - asked_at_s)
            lines = self._engine.write_scene(wire.brief_from_message(request), max(SHORTEST_DEADLINE_S, left_s))
            return writer_pb2.WriteSceneResponse(
                lines=[wire.written_to_message(line) for line in lines], engine=self._engine.fingerprint
            )

        with status_of_errors(grpc_context):
            if not 0.0 < request.deadline_s <= LONGEST_DEADLINE_S:
                raise InvalidAsk("deadline_s", f"must be above 0 and at most {LONGEST_DEADLINE_S:g} seconds")
            answer = await self._threads.run(write)
            self._threads.begin(give_back_freed_memory)
            return answer

    async def WriteStory(
        self, request: writer_pb2.WriteStoryRequest, grpc_context: RayServegRPCContext
    ) -> writer_pb2.WriteStoryResponse:
        """A story of a premise, within the deadline; waiting for a free engine counts."""
        asked_at_s = time.monotonic()

        def write() -> writer_pb2.WriteStoryResponse:
            left_s = request.deadline_s - (time.monotonic() - asked_at_s)
            story = self._engine.write_story(wire.story_ask_from_message(request), max(SHORTEST_DEADLINE_S, left_s))
            return wire.story_to_message(story, self._engine.fingerprint)

        with status_of_errors(grpc_context):
            if not 0.0 < request.deadline_s <= LONGEST_DEADLINE_S:
                raise InvalidAsk("deadline_s", f"must be above 0 and at most {LONGEST_DEADLINE_S:g} seconds")
            if not STORY_ID.fullmatch(request.story_id):
                raise InvalidAsk("story_id", "must be lower case letters, digits and _, beginning with a letter")
            if request.age_band not in ("", *AGE_BANDS):
                raise InvalidAsk("age_band", f"must be one of {', '.join(AGE_BANDS)}")
            return await self._stories.run(write)


class Voice:
    """VoiceService. What was spoken lately is kept: the streaming service asks for times, the Animator for sound."""

    def __init__(self, make: Callable[[], VoiceEngine]) -> None:
        self._engine = make()
        self._threads = EngineThreads("voice", behind=True)
        self._spoken: Kept[SpeechKey, Speech] = Kept(SPEECH_BYTES, lambda speech: speech.pcm.nbytes)
        give_back_freed_memory()

    async def Speak(
        self, request: voice_pb2.SpeakRequest, grpc_context: RayServegRPCContext
    ) -> voice_pb2.SpeakResponse:
        """A line's times and sound."""
        with status_of_errors(grpc_context):
            ask = (request.text, request.voice, request.emotion or "calm", request.pace or 1.0)
            speech = await self._threads.run(self._speak, *ask)
            return wire.speech_to_message(speech, self._engine.fingerprint, request.times_only)

    async def ListVoices(
        self, _: voice_pb2.ListVoicesRequest, grpc_context: RayServegRPCContext
    ) -> voice_pb2.ListVoicesResponse:
        """The engine's voices."""
        with status_of_errors(grpc_context):
            return voice_pb2.ListVoicesResponse(voices=self._engine.known_voices(), engine=self._engine.fingerprint)

    async def speak(self, text: str, voice: str, emotion: str, pace: float) -> Speech:
        """For handles."""
        with carried_errors():
            return await self._threads.run(self._speak, text, voice, emotion, pace)

    def _speak(self, text: str, voice: str, emotion: str, pace: float) -> Speech:
        key = (text, voice, emotion, round(pace, 4))
        speech = self._spoken.get(key)
        if speech is None:
            speech = self._engine.speak(text, voice, emotion, pace)
            self._spoken.put(key, speech)
        return speech

    async def describe(self) -> tuple[str, tuple[str, ...]]:
        """Fingerprint and voices, for handles."""
        return self._engine.fingerprint, self._engine.known_voices()


class Composer:
    """ComposerService."""

    def __init__(self, make: Callable[[], ComposerEngine]) -> None:
        self._engine = make()
        self._threads = EngineThreads("composer")
        self._mixed: Kept[MixKey, NDArray[np.float32]] = Kept(MIX_BYTES, lambda pcm: pcm.nbytes)
        give_back_freed_memory()

    async def Compose(
        self, request: composer_pb2.ComposeRequest, grpc_context: RayServegRPCContext
    ) -> AsyncIterator[composer_pb2.ComposeResponse]:
        """Stems one after the other, in parts that fit a message."""
        with status_of_errors(grpc_context):
            if not 0 < request.sample_count <= WINDOW_LIMIT_SAMPLES:
                raise InvalidAsk("sample_count", f"must lie between 1 and {WINDOW_LIMIT_SAMPLES}")
            intensity = np.asarray(request.intensity or [0.5], dtype=np.float32)
            score = wire.score_from_message(request)
            window = (score, request.start_sample, request.sample_count, intensity)
            stems = await self._threads.run(self._engine.compose, *window)
            for stem in stems:
                pcm = wire.pcm_bytes(stem.pcm)
                for start in range(0, len(pcm), PCM_PART_BYTES):
                    yield composer_pb2.ComposeResponse(
                        stem=stem.name, pcm=pcm[start : start + PCM_PART_BYTES], engine=self._engine.fingerprint
                    )

    async def mix(
        self, score: Score, start_sample: int, sample_count: int, intensity: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """All stems together, (samples, 2), for handles: a ninth of the stems to carry, and kept for who asks again."""
        with carried_errors():
            return await self._threads.run(self._mix, score, start_sample, sample_count, intensity)

    def _mix(
        self, score: Score, start_sample: int, sample_count: int, intensity: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        key = (score, start_sample, sample_count, intensity.tobytes())
        mixed = self._mixed.get(key)
        if mixed is None:
            stems = self._engine.compose(score, start_sample, sample_count, intensity)
            mixed = np.sum([stem.pcm for stem in stems], axis=0, dtype=np.float32)
            self._mixed.put(key, mixed)
        return mixed

    async def describe(self) -> str:
        """Fingerprint, for handles."""
        return self._engine.fingerprint


class Painter:
    """PainterService. Plates are kept in memory and on disk for the takes to come; a view is painted once."""

    def __init__(self, make: Callable[[], SetPainter], open_files: Callable[[], PlatesFiles]) -> None:
        self._engine = make()
        self._threads = EngineThreads("painter", behind=True)
        self._warmer = Warmer(self._engine)
        self._painted: Kept[Views, Plates] = Kept(PLATES_BYTES, plates_bytes)
        self._files = open_files()
        give_back_freed_memory()

    def __del__(self) -> None:
        """Serve calls it when the replica goes: an interpreter that ends would wait for all sets to be ready."""
        if hasattr(self, "_warmer"):
            self._warmer.close()

    async def Paint(
        self, request: painter_pb2.PaintRequest, grpc_context: RayServegRPCContext
    ) -> AsyncIterator[painter_pb2.PaintResponse]:
        """The layers of a view."""
        with status_of_errors(grpc_context):
            view = from_message(request.view, View)
            plates, _ = await self._threads.run(self._paint, view, request.width, request.height, LEAST_SPARE)
            async for part in self._threads.each(lambda: layers_of(plates)):
                yield part

    async def PreparePlates(
        self, request: painter_pb2.PreparePlatesRequest, grpc_context: RayServegRPCContext
    ) -> painter_pb2.PreparePlatesResponse:
        """Have a view painted."""
        with status_of_errors(grpc_context):
            view = from_message(request.view, View)
            plates, kept = await self._threads.run(self._paint, view, request.width, request.height, LEAST_SPARE)
            return painter_pb2.PreparePlatesResponse(plates_id=plates.identity, cached=kept)

    async def WarmSets(
        self, request: painter_pb2.WarmSetsRequest, grpc_context: RayServegRPCContext
    ) -> painter_pb2.WarmSetsResponse:
        """Have sets made ready while nothing is painted; answers at once."""
        with status_of_errors(grpc_context):
            return painter_pb2.WarmSetsResponse(begun=self._warmer.ask(request.set_names))

    async def ListSets(
        self, _: painter_pb2.ListSetsRequest, grpc_context: RayServegRPCContext
    ) -> painter_pb2.ListSetsResponse:
        """What can be painted."""
        with status_of_errors(grpc_context):
            return painter_pb2.ListSetsResponse(set_names=self._engine.known_sets(), engine=self._engine.fingerprint)

    async def paint(self, view: View, width: int, height: int, spare: Spare) -> Plates:
        """For handles."""
        with carried_errors():
            plates, _ = await self._threads.run(self._paint, view, width, height, spare)
            return plates

    def _paint(self, view: View, width: int, height: int, spare: Spare) -> tuple[Plates, bool]:
        """The plates, and whether they were painted before."""
        ask = (view, width, height, spare)
        plates = self._painted.get(ask)
        if plates is not None:
            return plates, True
        key = plates_key(*ask, self._engine.fingerprint)
        plates = self._files.get(key)
        kept = plates is not None
        if plates is None:
            with self._warmer.standing_aside():
                plates = self._engine.paint(*ask)
            self._files.put(key, plates)
            give_back_freed_memory()
        self._painted.put(ask, plates)
        return plates, kept

    async def describe(self) -> tuple[str, tuple[str, ...]]:
        """Fingerprint and sets, for handles."""
        return self._engine.fingerprint, self._engine.known_sets()


class Animator:
    """AnimatorService. Painter, Voice and Composer live in other deployments; chunks leave as they are made."""

    async def __init__(  # type: ignore[misc]  # Serve awaits it, and handles can only be awaited
        self,
        make_own: Callable[[], OwnEngines],
        reach_others: Callable[[], Awaitable[OtherEngines]],
        make: Callable[[OwnEngines, OtherEngines], AnimatorEngine],
    ) -> None:
        self._threads = EngineThreads("animator", 2)
        self._hurried = EngineThreads("hurried", HURRIED_AT_ONCE)
        self._way = RightOfWay()
        self._renders: JoinedRenders[Chunk] = JoinedRenders(RENDERS_BYTES, _chunk_bytes)
        take_turns_often()
        self._preparing = EngineThreads("prepare", 1, behind=True)
        own = await self._threads.run(make_own)
        others = await reach_others()
        self._sets, self._voices = others.painter.known_sets(), others.voice.known_voices()
        self._puppets, self._sounds = own.puppets.known_puppets(), own.foley.known_sounds()
        self._engine = await self._threads.run(make, own, others)
        give_back_freed_memory()

    async def Animate(
        self, request: animator_pb2.AnimateRequest, grpc_context: RayServegRPCContext
    ) -> AsyncIterator[animator_pb2.AnimateResponse]:
        """Chunks from a frame on; rendering stops when the caller goes."""
        with status_of_errors(grpc_context):
            order = wire.order_from_message(request.order)
            if request.hold:
                chunk = await self._threads.run(self._engine.hold, order)
                yield animator_pb2.AnimateResponse(chunk=wire.chunk_to_message(chunk, request.take_id))
                return
            threads = self._hurried if request.hurry else self._threads
            ask = (order, request.first_frame, request.hurry, self._way.give, _shown(request))
            with ExitStack() as way:
                if request.hurry:
                    way.enter_context(self._way.taken())
                make = partial(threads.each, partial(self._engine.animate, *ask))
                # several nodes may want one take; what somebody waits for begins where no other does
                key = (request.order.SerializeToString(deterministic=True), request.first_frame)
                async with aclosing(make() if request.hurry else self._renders.each(key, make)) as chunks:
                    async for chunk in chunks:
                        yield animator_pb2.AnimateResponse(chunk=wire.chunk_to_message(chunk, request.take_id))
                        if chunk.first_frame + len(chunk.video) >= request.first_frame + HURRIED_FRAMES:
                            way.close()

    async def PrepareTake(
        self, request: animator_pb2.PrepareTakeRequest, grpc_context: RayServegRPCContext
    ) -> animator_pb2.PrepareTakeResponse:
        """Paint, speak and rig ahead of the cut."""
        with status_of_errors(grpc_context):
            started_s = time.monotonic()
            order = wire.order_from_message(request.order)
            await self._preparing.run(self._prepare, order)
            return animator_pb2.PrepareTakeResponse(seconds=time.monotonic() - started_s)

    def _prepare(self, order: TakeOrder) -> None:
        self._way.give()
        self._engine.prepare(order)

    async def DescribeEngine(
        self, _: animator_pb2.DescribeEngineRequest, grpc_context: RayServegRPCContext
    ) -> animator_pb2.DescribeEngineResponse:
        """What the engine is and what it knows."""
        with status_of_errors(grpc_context):
            return animator_pb2.DescribeEngineResponse(
                fingerprint=self._engine.fingerprint,
                set_names=self._sets,
                puppets=self._puppets,
                sounds=self._sounds,
                voices=self._voices,
            )


def _shown(request: animator_pb2.AnimateRequest) -> Callable[[], int]:
    """The frame that is on the screen, by the clock."""
    due_in_s = request.due_at.ToNanoseconds() / 1e9 - time.time()
    if not request.HasField("due_at") or abs(due_in_s) > MOST_DUE_IN_S:
        return not_yet
    due_s = time.monotonic() + due_in_s
    return lambda: request.first_frame + math.floor((time.monotonic() - due_s) * FRAMES_PER_SECOND)


def _chunk_bytes(chunk: Chunk) -> int | None:
    """None for one that was drawn simpler to keep time: who asks later gets it as it should be."""
    return None if chunk.degraded else sum(len(frame.data) for frame in chunk.video) + sum(map(len, chunk.audio))
