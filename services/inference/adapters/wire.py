"""Domain values to the messages of `cineloom.inference.v1` and back."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from cineloom.inference.v1 import animator_pb2, composer_pb2, guard_pb2, voice_pb2, writer_pb2
from cineloom.media.v1 import media_pb2
from numpy.typing import NDArray

from services.inference.domain.chunk import Chunk
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.music import Score
from services.inference.domain.premise import MadeStory, StoryAsk
from services.inference.domain.shot import GradeKey, Rendition, Shot, TakeOrder
from services.inference.domain.speech import Speech
from services.inference.domain.wish_reading import Leaning, WishAxis
from services.inference.domain.writing import AuthoredLine, Character, SceneBrief, Verdict, WrittenLine
from services.libs.protobuf_values import from_message, to_message

PCM_SCALE = 32_767.0


def order_from_message(message: animator_pb2.TakeOrder) -> TakeOrder:
    """Raises InvalidAsk where the codec is none that is known."""
    try:
        rendition = from_message(message.rendition, Rendition)
    except ValueError as error:
        raise InvalidAsk("rendition.codec", str(error)) from error
    grade = tuple(from_message(key, GradeKey) for key in message.grade)
    return TakeOrder(from_message(message.shot, Shot), grade or (GradeKey(),), rendition, message.calm)


def chunk_to_message(chunk: Chunk, take_id: str) -> media_pb2.Chunk:
    """A chunk as it is streamed."""
    return media_pb2.Chunk(
        take_id=take_id,
        index=chunk.index,
        first_frame=chunk.first_frame,
        video=[media_pb2.VideoFrame(data=frame.data, key_frame=frame.key_frame) for frame in chunk.video],
        audio=chunk.audio,
        first_packet=chunk.first_packet,
        degraded=chunk.degraded,
        continues=chunk.continues,
        unfinished=chunk.unfinished,
        bed=chunk.bed,
    )


def brief_from_message(message: writer_pb2.WriteSceneRequest) -> SceneBrief:
    """The brief of a request."""
    return SceneBrief(
        beat_id=message.beat_id,
        purpose=message.purpose,
        place=message.place,
        cast=tuple(from_message(character, Character) for character in message.cast),
        lines=tuple(from_message(line, AuthoredLine) for line in message.lines),
        facts=tuple(message.facts),
        said=tuple(message.said),
        tone=tuple(message.tone),
        names=tuple(message.names),
        seed=message.seed,
    )


def written_to_message(line: WrittenLine) -> writer_pb2.WrittenLine:
    """A written line."""
    return to_message(line, writer_pb2.WrittenLine)


def story_ask_from_message(message: writer_pb2.WriteStoryRequest) -> StoryAsk:
    """What is asked for; an age band that is not said is the general one."""
    return StoryAsk(message.premise, message.story_id, message.seed, message.age_band or "general")


def story_to_message(story: MadeStory, engine: str) -> writer_pb2.WriteStoryResponse:
    """The story as JSON, which a reader of story files takes as YAML."""
    uses = writer_pb2.PremiseUse
    return writer_pb2.WriteStoryResponse(
        story=json.dumps(story.document, ensure_ascii=False, indent=1),
        parts=[
            writer_pb2.PremisePart(text=part.text, use=uses.Value(f"PREMISE_USE_{part.use.upper()}"), note=part.note)
            for part in story.parts
        ],
        engine=engine,
        model_lines=story.model_lines,
        lines=story.lines,
    )


def speech_to_message(speech: Speech, engine: str, times_only: bool) -> voice_pb2.SpeakResponse:
    """The line's times, and its sound unless only times were asked for."""
    return voice_pb2.SpeakResponse(
        pcm=b"" if times_only else pcm_bytes(speech.pcm),
        sample_count=len(speech.pcm),
        words=[to_message(word, voice_pb2.Word) for word in speech.words],
        visemes=[to_message(viseme, voice_pb2.Viseme) for viseme in speech.visemes],
        voice=speech.voice,
        engine=engine,
    )


def score_from_message(message: composer_pb2.ComposeRequest) -> Score:
    """The score that is asked for."""
    return Score(message.seed, message.mood, message.key, message.tempo_bpm, message.motif, message.end_sample)


def verdict_to_message(verdict: Verdict, engine: str) -> guard_pb2.JudgeTextResponse:
    """A verdict."""
    return guard_pb2.JudgeTextResponse(
        allowed=verdict.allowed, category=verdict.category, reasons=verdict.reasons, engine=engine
    )


def wish_axes_from_message(message: guard_pb2.ReadWishRequest) -> tuple[WishAxis, ...]:
    """The axes on which a wish is to be read."""
    return tuple(from_message(axis, WishAxis) for axis in message.axes)


def leanings_to_message(leanings: Sequence[Leaning], engine: str) -> guard_pb2.ReadWishResponse:
    """What was read."""
    return guard_pb2.ReadWishResponse(
        leanings=[to_message(leaning, guard_pb2.Leaning) for leaning in leanings], engine=engine
    )


def pcm_bytes(pcm: NDArray[np.float32]) -> bytes:
    """(samples,) or (samples, channels) -1..1 as little-endian 16-bit, channels interleaved."""
    return (np.clip(pcm, -1.0, 1.0) * PCM_SCALE).round().astype("<i2").tobytes()
