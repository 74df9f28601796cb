"""Chunks to H.264, VP8 and Opus, each by an encoder of its own so that no chunk depends on another's history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.sound import PREROLL_PACKETS
from services.inference.domain.chunk import VideoFrame
from services.inference.domain.shot import Rendition
from services.inference.domain.timebase import (
    FRAMES_PER_CHUNK,
    FRAMES_PER_SECOND,
    SAMPLE_RATE_HZ,
    SAMPLES_PER_PACKET,
)

AUDIO_BITRATE_BPS: Final = 96_000
_SEI: Final = 6
_IDR: Final = 5


def encode_video(pictures: Iterable[NDArray[np.uint8]], rendition: Rendition) -> tuple[VideoFrame, ...]:
    """Encode I420 pictures ((height * 3 / 2, width) uint8); the first is a key frame, and the only one."""
    return tuple(encoded_frames(pictures, rendition))


def encoded_frames(pictures: Iterable[NDArray[np.uint8]], rendition: Rendition) -> Iterator[VideoFrame]:
    """As `encode_video`, each frame as soon as its picture is drawn."""
    context = _h264(rendition) if rendition.codec == "h264" else _vp8(rendition)
    for index, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = index
        frame.time_base = context.time_base
        yield from _access_units(context.encode(frame), rendition.codec)
    yield from _access_units(context.encode(None), rendition.codec)


def _access_units(packets: Sequence[Packet[Any]], codec: str) -> list[VideoFrame]:
    if codec == "h264":
        return [VideoFrame(without_sei(bytes(packet)), packet.is_keyframe) for packet in packets]
    return [VideoFrame(bytes(packet), packet.is_keyframe) for packet in packets]


def without_sei(data: bytes) -> bytes:
    """Annex B access unit without its SEI units: x264 signs every first frame with 700 bytes of its settings."""
    kept = [unit for unit in nal_units(data) if unit[0] & 0x1F != _SEI]
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in kept)


def nal_units(data: bytes) -> list[bytes]:
    """NAL units of an Annex B byte stream (ISO/IEC 14496-10 Annex B), without start codes."""
    units = data.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [unit for unit in units if unit]


def _h264(rendition: Rendition) -> VideoCodecContext:
    context = _video_context("libx264", rendition)
    kilobits = rendition.bitrate_bps // 1000
    context.profile = "Baseline"
    parameters = {
        "keyint": FRAMES_PER_CHUNK,
        "min-keyint": FRAMES_PER_CHUNK,
        "scenecut": 0,
        "bframes": 0,
        "repeat-headers": 1,
        "annexb": 1,
        "sliced-threads": 0,
        "vbv-maxrate": round(kilobits * 0.88),
        "vbv-bufsize": round(kilobits * 0.4),
        "vbv-init": 0.55,
        "aq-mode": 1,
        "aq-strength": 1.0,
        "subme": 2,
        "ipratio": 1.25,
        "deblock": "0,0",
        "colorprim": "bt709",
        "transfer": "bt709",
        "colormatrix": "smpte170m",
        "range": "tv",
    }
    context.options = {
        "preset": "superfast",
        "tune": "zerolatency",
        "crf": "21",
        "x264-params": ":".join(f"{name}={value}" for name, value in parameters.items()),
    }
    return context


def _vp8(rendition: Rendition) -> VideoCodecContext:
    context = _video_context("libvpx", rendition)
    context.bit_rate = rendition.bitrate_bps
    context.gop_size = FRAMES_PER_CHUNK
    context.options = {
        "deadline": "realtime",
        "cpu-used": "-8",
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
        "qmin": "4",
        "qmax": "50",
        "crf": "12",
        "maxrate": str(rendition.bitrate_bps),
        "bufsize": str(rendition.bitrate_bps // 2),
    }
    return context


def _video_context(codec: str, rendition: Rendition) -> VideoCodecContext:
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, VideoCodecContext)
    context.width = rendition.width
    context.height = rendition.height
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, FRAMES_PER_SECOND)
    context.framerate = Fraction(FRAMES_PER_SECOND)
    context.thread_count = 1
    return context


def encode_audio(pcm: NDArray[np.float32]) -> tuple[bytes, ...]:
    """Opus packets of stereo pcm ((samples, 2), whole packets), less the first PREROLL_PACKETS: those only bring the
    encoder to the state in which a decoder that heard the chunk before will be.

    Packet n decodes to samples 960 n - 312 .. 960 (n + 1) - 312 of the pcm (RFC 6716, encoder look-ahead at 48 kHz).
    """
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate = SAMPLE_RATE_HZ
    context.layout = "stereo"
    context.format = "flt"
    context.bit_rate = AUDIO_BITRATE_BPS
    context.options = {"frame_duration": "20", "application": "audio", "vbr": "on", "compression_level": "5"}
    packets: list[bytes] = []
    for first in range(0, len(pcm), SAMPLES_PER_PACKET):
        block = np.ascontiguousarray(pcm[first : first + SAMPLES_PER_PACKET], dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = first
        packets.extend(bytes(packet) for packet in context.encode(frame))
    return tuple(packets[PREROLL_PACKETS : len(pcm) // SAMPLES_PER_PACKET])
