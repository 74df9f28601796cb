"""What is sent is what was meant: messages to values and back."""

from __future__ import annotations

import numpy as np
import pytest
from cineloom.inference.v1 import animator_pb2, composer_pb2, voice_pb2, writer_pb2
from cineloom.media.v1 import media_pb2
from cineloom.scene.v1 import scene_pb2

from services.inference.adapters import wire
from services.inference.domain.chunk import Chunk, VideoFrame
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.music import Score
from services.inference.domain.shot import (
    CameraMove,
    Effect,
    GradeKey,
    Leaving,
    MusicCue,
    Rendition,
    Shot,
    SoundCue,
    SpokenLine,
    Staging,
    TakeOrder,
    Title,
    View,
)
from services.inference.domain.speech import Speech, Viseme, Word
from services.inference.domain.writing import AuthoredLine, Character, SceneBrief, Verdict, WrittenLine
from services.libs.protobuf_values import to_message

SHOT = Shot(
    view=View("corridor", "close", "left", -1, "dusk", "dust", "dread", "amber", ("breach", "lights_out"), 2**63),
    frame_count=96,
    camera=CameraMove("push_in", 0.25),
    staging=(Staging("engineer", "left", 1, "point", "afraid", "mira"),),
    lines=(SpokenLine("mira", "Go.", "engineer", "urgent", 1.25, -7),),
    music=(MusicCue(3, "dread", "F#m", 92.5, -48_000, 0.1, 0.9, 0.0, 1.0),),
    sounds=(SoundCue("door", 12, 0.5, -0.5),),
    effects=(Effect("sparks", 0.75, 3, -1),),
    title=Title("Airlock", "Sol 12", "place", 1, 60),
    transition="dip",
    ambience="airlock",
    leaving=Leaving(
        View("greenhouse", "close", "left"),
        72,
        CameraMove("orbit", 0.5),
        (Staging("engineer", "left", 1),),
        (Effect("fog", 0.25, 0, 9),),
        60,
    ),
)


def sent(order: TakeOrder) -> animator_pb2.TakeOrder:
    return animator_pb2.TakeOrder(
        shot=to_message(order.shot, scene_pb2.Shot),
        grade=[to_message(key, scene_pb2.GradeKey) for key in order.grade],
        rendition=to_message(order.rendition, media_pb2.Rendition),
        calm=order.calm,
    )


def test_order_arrives_as_it_was_sent() -> None:
    keys = (GradeKey(), GradeKey(24, -1.5, 0.5, 0.25, 1.5, 1.0, 0.5, 0.125, 2.0, -0.5))
    order = TakeOrder(SHOT, keys, Rendition(640, 360, "vp8", 400_000), calm=True)
    assert wire.order_from_message(animator_pb2.TakeOrder.FromString(sent(order).SerializeToString())) == order


def test_order_without_grade_is_neutral_and_without_title_has_none() -> None:
    message = sent(TakeOrder(Shot(View("orbit"), 48)))
    del message.grade[:]
    order = wire.order_from_message(message)
    assert order.grade == (GradeKey(),)
    assert order.shot.title is None


def test_codec_that_has_no_name_is_refused_by_field() -> None:
    message = sent(TakeOrder(SHOT))
    message.rendition.codec = 77
    with pytest.raises(InvalidAsk, match=r"rendition\.codec"):
        wire.order_from_message(message)


def test_empty_order_is_read_for_the_engine_to_refuse() -> None:
    order = wire.order_from_message(animator_pb2.TakeOrder())
    assert order.shot.frame_count == 0
    assert order.rendition.codec == ""


def test_chunk_keeps_its_packets_and_numbers() -> None:
    chunk = Chunk(3, 41, (VideoFrame(b"key", True), VideoFrame(b"delta", False)), (b"a", b"b"), 9, ("particles",))
    message = wire.chunk_to_message(chunk, "take-1")
    assert (message.take_id, message.index, message.first_frame, message.first_packet) == ("take-1", 3, 41, 9)
    assert [(frame.data, frame.key_frame) for frame in message.video] == [(b"key", True), (b"delta", False)]
    assert list(message.audio) == [b"a", b"b"]
    assert list(message.degraded) == ["particles"]


def test_brief_arrives_as_it_was_sent() -> None:
    brief = SceneBrief(
        "b1", "warn", "airlock", (Character("mira", "Mira", "dry", ("the leak",)),),
        (AuthoredLine("mira", "It holds.", "calm", "reassure", True), AuthoredLine("mira", "Go.", "urgent", "", False)),
        ("The seal is cracked.",), ("Hello.",), ("wry",), ("Mira",), 9,
    )  # fmt: skip
    message = writer_pb2.WriteSceneRequest(
        beat_id=brief.beat_id, purpose=brief.purpose, place=brief.place,
        cast=[to_message(each, writer_pb2.Character) for each in brief.cast],
        lines=[to_message(each, writer_pb2.AuthoredLine) for each in brief.lines],
        facts=brief.facts, said=brief.said, tone=brief.tone, names=brief.names, seed=brief.seed,
    )  # fmt: skip
    assert wire.brief_from_message(message) == brief


def test_written_line_tells_its_source() -> None:
    message = wire.written_to_message(WrittenLine("mira", "Go now.", "urgent", "model"))
    assert message.source == writer_pb2.LINE_SOURCE_MODEL
    refused = wire.written_to_message(WrittenLine("mira", "Go.", "urgent", "authored", "deadline"))
    assert (refused.source, refused.refusal) == (writer_pb2.LINE_SOURCE_AUTHORED, "deadline")


def test_speech_has_times_and_sound_or_times_alone() -> None:
    speech = Speech(np.array([0.0, 1.0, -1.0, 0.5], np.float32), (Word("go", 0, 4),), (Viseme("o", 1, 3),), "engineer")
    whole, times = (wire.speech_to_message(speech, "e1", only) for only in (False, True))
    assert np.frombuffer(whole.pcm, "<i2").tolist() == [0, 32_767, -32_767, 16_384]
    assert times.pcm == b""
    for message in (whole, times):
        assert (message.sample_count, message.voice, message.engine) == (4, "engineer", "e1")
        assert list(message.words) == [voice_pb2.Word(text="go", start_sample=0, end_sample=4)]
        assert list(message.visemes) == [voice_pb2.Viseme(shape="o", start_sample=1, end_sample=3)]


def test_stereo_is_interleaved_and_what_is_too_loud_is_clipped() -> None:
    pcm = np.array([[0.0, 2.0], [-3.0, 0.0]], np.float32)
    assert np.frombuffer(wire.pcm_bytes(pcm), "<i2").tolist() == [0, 32_767, -32_767, 0]


def test_score_and_verdict() -> None:
    message = composer_pb2.ComposeRequest(seed=5, mood="warm", key="C", tempo_bpm=88.0)
    assert wire.score_from_message(message) == Score(5, "warm", "C", 88.0)
    verdict = wire.verdict_to_message(Verdict(False, "hate", ("No.",)), "g1")
    assert (verdict.allowed, verdict.category, list(verdict.reasons), verdict.engine) == (False, "hate", ["No."], "g1")
