"""Chunks into a file a player opens: H.264 and Opus as they are, no re-encoding."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from services.inference.adapters.animator_stage.encoding import AUDIO_BITRATE_BPS
from services.inference.domain.chunk import Chunk
from services.inference.domain.timebase import FRAMES_PER_SECOND, SAMPLE_RATE_HZ, SAMPLES_PER_PACKET


def write_mp4(chunks: Sequence[Chunk], path: Path) -> None:
    """Whole H.264 chunks, one after the other (of one or of many takes), as MP4."""
    units = [frame for chunk in chunks for frame in chunk.video]
    packets = [packet for chunk in chunks for packet in chunk.audio]
    with (
        av.open(io.BytesIO(b"".join(unit.data for unit in units)), format="h264") as source,
        av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as target,
    ):
        video = target.add_stream_from_template(source.streams.video[0])
        audio = target.add_stream("libopus", rate=SAMPLE_RATE_HZ)
        audio.layout = "stereo"
        audio.bit_rate = AUDIO_BITRATE_BPS
        for index, unit in enumerate(units):
            packet = av.Packet(unit.data)
            packet.stream = video
            packet.time_base = Fraction(1, FRAMES_PER_SECOND)
            packet.pts = packet.dts = index
            packet.duration = 1
            packet.is_keyframe = unit.key_frame
            target.mux(packet)
        for index, data in enumerate(packets):
            packet = av.Packet(data)
            packet.stream = audio
            packet.time_base = Fraction(1, SAMPLE_RATE_HZ)
            packet.pts = packet.dts = index * SAMPLES_PER_PACKET
            packet.duration = SAMPLES_PER_PACKET
            packet.is_keyframe = True
            target.mux(packet)


def decode_pictures(path: Path) -> list[av.VideoFrame]:
    """Every frame of a film file, decoded."""
    with av.open(str(path)) as source:
        return list(source.decode(video=0))
