"""The deployments as Serve calls them, over fake engines and without Ray."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from cineloom.inference.v1 import (
    animator_pb2,
    composer_pb2,
    guard_pb2,
    painter_pb2,
    voice_pb2,
    writer_pb2,
)
from cineloom.scene.v1 import scene_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.inference.adapters.serve_ray import deployments, priority
from services.inference.adapters.serve_ray.deployments import OtherEngines, OwnEngines
from services.inference.adapters.serve_ray.errors import CallFailed
from services.inference.adapters.serve_ray.plates_files import PlatesFiles
from services.inference.domain.chunk import Chunk, VideoFrame
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.music import Score
from services.inference.domain.premise import MadeStory, PremisePart, StoryAsk
from services.inference.domain.shot import GradeKey, TakeOrder
from services.inference.domain.wish_reading import Leaning, WishAxis
from services.inference.domain.writing import SceneBrief, Verdict, WrittenLine
from services.inference.ports import go_on, not_yet
from tests.fakes.inference import FakeComposer, FakeFoley, FakePainter, FakePuppets, FakeVoice
from tests.unit.inference.adapters.serve_ray.calls import Call

CHUNKS = 8


class FakeAnimator:
    """Takes of eight chunks; `asked` lists the chunks that were wanted, `closed` is set when a take is left."""

    fingerprint = "fake-animator-1"

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.closed = threading.Event()

    def prepare(self, order: TakeOrder) -> None:
        raise InvalidAsk("shot.frame_count", "is 0")

    def animate(
        self,
        order: TakeOrder,
        first_frame: int,
        hurry: bool = False,
        give_way: Callable[[], None] = go_on,
        shown: Callable[[], int] = not_yet,
    ) -> Iterator[Chunk]:
        try:
            for index in range(first_frame // 12, CHUNKS):
                self.asked.append(index)
                yield Chunk(index, index * 12, (VideoFrame(b"key", True),), (b"opus",))
        finally:
            self.closed.set()

    def hold(self, order: TakeOrder) -> Chunk:
        return Chunk(CHUNKS, CHUNKS * 12, (), ())

    def key_frames(self, order: TakeOrder) -> Sequence[GradeKey]:
        return order.grade


class FakeWriter:
    """Tells how much time it was given."""

    fingerprint = "fake-writer-1"

    def __init__(self) -> None:
        self.deadlines_s: list[float] = []

    def write_scene(self, brief: SceneBrief, deadline_s: float) -> tuple[WrittenLine, ...]:
        self.deadlines_s.append(deadline_s)
        return tuple(WrittenLine(line.speaker, line.text, line.emotion, "authored") for line in brief.lines)

    def write_story(self, ask: StoryAsk, deadline_s: float) -> MadeStory:
        self.deadlines_s.append(deadline_s)
        parts = (
            PremisePart("Mars", "used", "where"),
            PremisePart("a dragon", "told_as", "how"),
            PremisePart("é", "unused", "why"),
        )
        return MadeStory({"story_id": ask.story_id, "premise": ask.premise, "age": ask.age_band}, parts, 2, 9)


class FakeGuard:
    fingerprint = "fake-guard-1"

    def judge_text(self, text: str, policy: str) -> Verdict:
        return Verdict(policy == "general")

    def read_wish(self, text: str, axes: Sequence[WishAxis]) -> tuple[Leaning, ...]:
        if not axes:
            raise InvalidAsk("axes", "must be some")
        return tuple(Leaning(axis.name, 0.5 if text in axis.more else -0.5) for axis in axes)


async def animator(engine: FakeAnimator) -> Any:
    async def others() -> OtherEngines:
        return OtherEngines(FakePainter(), FakeVoice(), FakeComposer())

    def own() -> OwnEngines:
        return OwnEngines(FakePuppets(), FakeFoley())

    replica: Any = deployments.Animator.__new__(deployments.Animator)
    await replica.__init__(own, others, lambda _, __: engine)
    return replica


async def all_of(stream: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in stream]


async def test_take_is_streamed_from_the_chunk_that_was_asked_for() -> None:
    replica = await animator(FakeAnimator())
    answers = await all_of(replica.Animate(animator_pb2.AnimateRequest(take_id="t", first_frame=60), Call()))
    assert [answer.chunk.index for answer in answers] == [5, 6, 7]
    assert {answer.chunk.take_id for answer in answers} == {"t"}


class TwoSpeeds(FakeAnimator):
    """Hurried takes wait for `drawn` before each part; of the others, `passed` tells how many pictures were let by."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = threading.Semaphore(0)
        self.passed = 0

    def animate(
        self,
        order: TakeOrder,
        first_frame: int,
        hurry: bool = False,
        give_way: Callable[[], None] = go_on,
        shown: Callable[[], int] = not_yet,
    ) -> Iterator[Chunk]:
        if not hurry:
            give_way()
            self.passed += 1
            yield Chunk(0, 0, (VideoFrame(b"key", True),), (b"opus",))
            return
        for first in (0, 12):
            assert self.drawn.acquire(timeout=30.0)
            yield Chunk(first // 12, first, (VideoFrame(b"key", True),) * 12, (), unfinished=True)


async def test_what_nobody_waits_for_stands_aside_until_a_second_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(priority, "LONGEST_STANDSTILL_S", 30.0)
    engine = TwoSpeeds()
    replica = await animator(engine)
    hurried = replica.Animate(animator_pb2.AnimateRequest(hurry=True), Call())
    engine.drawn.release()
    await anext(hurried)
    ahead = asyncio.create_task(all_of(replica.Animate(animator_pb2.AnimateRequest(), Call())))
    await asyncio.sleep(0.2)
    assert engine.passed == 0
    engine.drawn.release()
    await anext(hurried)
    assert [part async for part in hurried] == []
    assert len(await ahead) == 1
    assert engine.passed == 1


async def test_who_hurries_and_has_to_wait_does_not_keep_others_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "LONGEST_STANDSTILL_S", 20.0)
    now_s = [0.0]
    way = priority.RightOfWay(lambda: now_s[0])
    with way.taken():
        now_s[0] = 20.0
        async with asyncio.timeout(10.0):
            await asyncio.to_thread(way.give)
        with way.taken():
            waiting = asyncio.create_task(asyncio.to_thread(way.give))
            await asyncio.sleep(0.1)
            assert not waiting.done()
        await waiting


async def test_the_way_is_free_again_when_who_hurried_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "LONGEST_STANDSTILL_S", 30.0)
    engine = TwoSpeeds()
    replica = await animator(engine)
    hurried = replica.Animate(animator_pb2.AnimateRequest(hurry=True), Call())
    engine.drawn.release()
    await anext(hurried)
    await hurried.aclose()
    engine.drawn.release()
    assert len(await all_of(replica.Animate(animator_pb2.AnimateRequest(), Call()))) == 1


async def test_rendering_stops_when_the_caller_goes() -> None:
    engine = FakeAnimator()
    replica = await animator(engine)
    seen = asyncio.Event()

    async def watch() -> None:
        async for answer in replica.Animate(animator_pb2.AnimateRequest(), Call()):
            if answer.chunk.index == 1:
                seen.set()
                await asyncio.Event().wait()

    watching = asyncio.create_task(watch())
    await seen.wait()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert await asyncio.to_thread(engine.closed.wait, 30.0)
    assert engine.asked == [0, 1]


async def test_hold_is_one_chunk_after_the_end() -> None:
    replica = await animator(FakeAnimator())
    (answer,) = await all_of(replica.Animate(animator_pb2.AnimateRequest(hold=True), Call()))
    assert answer.chunk.first_frame == CHUNKS * 12


async def test_animator_tells_what_a_shot_may_name() -> None:
    replica = await animator(FakeAnimator())
    told = await replica.DescribeEngine(animator_pb2.DescribeEngineRequest(), Call())
    assert told.fingerprint == "fake-animator-1"
    assert list(told.set_names) == ["colonnade", "terrace"]
    assert list(told.puppets) == ["engineer", "scientist"]
    assert list(told.sounds) == ["alarm", "door", "impact"]
    assert list(told.voices) == ["low", "high"]


async def test_refused_order_names_its_field() -> None:
    replica = await animator(FakeAnimator())
    call = Call()
    with pytest.raises(CallFailed):
        await replica.PrepareTake(animator_pb2.PrepareTakeRequest(), call)
    assert (call.code, call.details) == (grpc.StatusCode.INVALID_ARGUMENT, "shot.frame_count: is 0")


async def test_view_is_painted_once_and_found_by_the_next_replica(tmp_path: Path) -> None:
    engines = [FakePainter(), FakePainter()]
    view = scene_pb2.View(set_name="colonnade", framing="wide")
    request = painter_pb2.PreparePlatesRequest(view=view, width=64, height=48)
    cached = []
    for engine in engines:
        replica: Any = deployments.Painter(lambda made=engine: made, lambda: PlatesFiles(tmp_path, 10**8))
        cached += [(await replica.PreparePlates(request, Call())).cached for _ in range(2)]
    assert cached == [False, True, True, True]
    assert [len(engine.asked) for engine in engines] == [1, 0]


async def test_painter_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    replica: Any = deployments.Painter(FakePainter, lambda: PlatesFiles(tmp_path, 10**8))
    call = Call()
    request = painter_pb2.PaintRequest(view=scene_pb2.View(set_name="moon"), width=64, height=48)
    with pytest.raises(CallFailed):
        await all_of(replica.Paint(request, call))
    assert call.code is grpc.StatusCode.INVALID_ARGUMENT
    assert call.details == "view.set_name: unknown 'moon'; known: colonnade, terrace"


async def test_line_is_spoken_once_for_its_times_and_its_sound() -> None:
    engine = FakeVoice()
    replica: Any = deployments.Voice(lambda: engine)
    ask = {"text": "hold the door", "voice": "low", "emotion": "calm", "pace": 1.0}
    times = await replica.Speak(voice_pb2.SpeakRequest(**ask, times_only=True), Call())
    whole = await replica.Speak(voice_pb2.SpeakRequest(**ask), Call())
    speech = await replica.speak(**ask)
    assert engine.asked == 1
    assert times.pcm == b""
    assert len(whole.pcm) == 2 * whole.sample_count == 2 * times.sample_count == 2 * len(speech.pcm)


async def test_stems_come_whole_in_parts() -> None:
    replica: Any = deployments.Composer(FakeComposer)
    request = composer_pb2.ComposeRequest(seed=1, mood="calm", key="C", tempo_bpm=90, sample_count=480_000)
    answers = await all_of(replica.Compose(request, Call()))
    whole: dict[str, bytes] = {}
    for answer in answers:
        assert len(answer.pcm) <= deployments.PCM_PART_BYTES
        whole[answer.stem] = whole.get(answer.stem, b"") + answer.pcm
    assert {name: len(pcm) for name, pcm in whole.items()} == {"pad": 4 * 480_000, "bass": 4 * 480_000}


async def test_mix_is_the_sum_of_the_stems_and_made_once() -> None:
    engine = FakeComposer()
    replica: Any = deployments.Composer(lambda: engine)
    window = (Score(1, "calm", "C", 90.0), 0, 4_800, np.array([0.5], np.float32))
    mixes = [await replica.mix(*window) for _ in range(2)]
    assert len(engine.windows) == 1
    expected = sum(stem.pcm for stem in FakeComposer().compose(*window))
    assert np.allclose(mixes[0], expected)


@pytest.mark.parametrize("count", [0, deployments.WINDOW_LIMIT_SAMPLES + 1])
async def test_window_out_of_range_is_refused(count: int) -> None:
    replica: Any = deployments.Composer(FakeComposer)
    call = Call()
    with pytest.raises(CallFailed):
        await all_of(replica.Compose(composer_pb2.ComposeRequest(sample_count=count), call))
    assert call.code is grpc.StatusCode.INVALID_ARGUMENT
    assert call.details.startswith("sample_count: ")


async def test_writer_is_given_the_time_that_is_left() -> None:
    engine = FakeWriter()
    replica: Any = deployments.Writer(lambda: engine)
    request = writer_pb2.WriteSceneRequest(lines=[writer_pb2.AuthoredLine(speaker="a", text="Go.")], deadline_s=1e-9)
    answer = await replica.WriteScene(request, Call())
    assert [line.text for line in answer.lines] == ["Go."]
    assert 0.0 < engine.deadlines_s[0] <= deployments.SHORTEST_DEADLINE_S, "late lines are authored ones, not an error"


@pytest.mark.parametrize("deadline_s", [0.0, -1.0, 121.0, float("nan")])
async def test_deadline_out_of_range_is_refused(deadline_s: float) -> None:
    replica: Any = deployments.Writer(FakeWriter)
    call = Call()
    with pytest.raises(CallFailed):
        await replica.WriteScene(writer_pb2.WriteSceneRequest(deadline_s=deadline_s), call)
    assert (call.code, call.details) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "deadline_s: must be above 0 and at most 120 seconds",
    )


async def test_policy_left_out_is_the_general_one() -> None:
    replica: Any = deployments.Guard(FakeGuard)
    assert (await replica.JudgeText(guard_pb2.JudgeTextRequest(text="a"), Call())).allowed
    assert not (await replica.JudgeText(guard_pb2.JudgeTextRequest(text="a", policy="child"), Call())).allowed


async def test_a_wish_is_read_on_the_axes_of_the_caller() -> None:
    replica: Any = deployments.Guard(FakeGuard)
    axes = [guard_pb2.WishAxis(name="tension", more=["scare me"]), guard_pb2.WishAxis(name="pace", more=["hurry"])]
    answer = await replica.ReadWish(guard_pb2.ReadWishRequest(text="scare me", axes=axes), Call())
    assert {leaning.axis: leaning.value for leaning in answer.leanings} == {"tension": 0.5, "pace": -0.5}
    assert answer.engine == "fake-guard-1"
    call = Call()
    with pytest.raises(CallFailed):
        await replica.ReadWish(guard_pb2.ReadWishRequest(text="scare me"), call)
    assert (call.code, call.details) == (grpc.StatusCode.INVALID_ARGUMENT, "axes: must be some")


async def test_a_story_goes_out_as_text_with_what_became_of_its_premise() -> None:
    engine = FakeWriter()
    replica: Any = deployments.Writer(lambda: engine)
    request = writer_pb2.WriteStoryRequest(premise="é on Mars", story_id="made_1", seed=2**63, deadline_s=5.0)
    answer = await replica.WriteStory(request, Call())
    assert json.loads(answer.story) == {"story_id": "made_1", "premise": "é on Mars", "age": "general"}
    assert [(part.text, part.use) for part in answer.parts] == [
        ("Mars", writer_pb2.PREMISE_USE_USED),
        ("a dragon", writer_pb2.PREMISE_USE_TOLD_AS),
        ("é", writer_pb2.PREMISE_USE_UNUSED),
    ]
    assert (answer.engine, answer.model_lines, answer.lines) == ("fake-writer-1", 2, 9)
    assert 0.0 < engine.deadlines_s[0] <= 5.0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"deadline_s": 0.0}, "deadline_s"),
        ({"deadline_s": 121.0}, "deadline_s"),
        ({"story_id": ""}, "story_id"),
        ({"story_id": "../etc"}, "story_id"),
        ({"story_id": "made_" + "x" * 60}, "story_id"),
        ({"age_band": "baby"}, "age_band"),
    ],
)
async def test_a_story_that_is_asked_for_wrongly_is_refused_by_field(changes: dict[str, Any], field: str) -> None:
    replica: Any = deployments.Writer(FakeWriter)
    call = Call()
    asked = {"premise": "a premise", "story_id": "made_1", "deadline_s": 5.0, **changes}
    with pytest.raises(CallFailed):
        await replica.WriteStory(writer_pb2.WriteStoryRequest(**asked), call)
    assert call.code is grpc.StatusCode.INVALID_ARGUMENT
    assert call.details.startswith(f"{field}: ")


async def test_who_hurries_is_told_what_is_shown_by_the_time_that_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(time, "time", lambda: 1_790_000_000.0)
    due_at = Timestamp(seconds=1_790_000_000, nanos=125_000_000)
    shown = deployments._shown(animator_pb2.AnimateRequest(first_frame=20, due_at=due_at))
    assert shown() == 17
    now_s[0] = 101.0
    assert shown() == 41
    assert deployments._shown(animator_pb2.AnimateRequest(first_frame=20))() < 0
    other_clock = Timestamp(seconds=1_790_000_060)
    assert deployments._shown(animator_pb2.AnimateRequest(first_frame=20, due_at=other_clock))() < 0
