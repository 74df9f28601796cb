"""Chunks as coded: key frame first, headers with it, no reordering; Opus that joins."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.encoding import encode_audio, encode_video, nal_units
from services.inference.adapters.animator_stage.sound import PREROLL_PACKETS
from services.inference.domain.chunk import VideoFrame
from services.inference.domain.shot import Rendition

WIDTH, HEIGHT = 320, 180


def pictures(count: int) -> list[NDArray[np.uint8]]:
    across, down = np.arange(WIDTH), np.arange(HEIGHT)[:, None]
    made = []
    for frame in range(count):
        picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        picture[:HEIGHT] = 120 + 60 * np.sin((across + 3 * frame) / 17.0) * np.cos(down / 11.0)
        made.append(picture)
    return made


def decoded(frames: tuple[VideoFrame, ...], codec: str) -> list[NDArray[np.uint8]]:
    context = av.CodecContext.create(codec, "r")
    assert isinstance(context, VideoCodecContext)
    found = [picture for frame in frames for picture in context.decode(Packet(frame.data))]
    found += context.decode(None)
    return [np.asarray(picture.to_ndarray(format="yuv420p")) for picture in found]


def test_h264_is_constrained_baseline_with_headers_before_its_one_key_frame() -> None:
    frames = encode_video(pictures(12), Rendition(WIDTH, HEIGHT))
    assert [frame.key_frame for frame in frames] == [True] + [False] * 11
    units = nal_units(frames[0].data)
    assert [unit[0] & 0x1F for unit in units] == [7, 8, 5]
    profile, constraints = units[0][1], units[0][2]
    assert profile == 66
    assert constraints & 0x40
    assert all([unit[0] & 0x1F for unit in nal_units(frame.data)] == [1] for frame in frames[1:])


@pytest.mark.parametrize(("codec", "decoder"), [("h264", "h264"), ("vp8", "vp8")])
def test_what_is_decoded_is_what_was_drawn(codec: str, decoder: str) -> None:
    drawn = pictures(12)
    frames = encode_video(drawn, Rendition(WIDTH, HEIGHT, codec))
    assert len(frames) == 12
    assert frames[0].key_frame
    shown = decoded(frames, decoder)
    assert len(shown) == 12
    error = [np.mean((a[:HEIGHT].astype(float) - b[:HEIGHT]) ** 2) for a, b in zip(drawn, shown, strict=True)]
    assert max(error) < 12.0


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_the_same_pictures_give_the_same_bytes(codec: str) -> None:
    one, other = (encode_video(pictures(12), Rendition(WIDTH, HEIGHT, codec)) for _ in range(2))
    assert one == other


def test_noise_is_held_near_the_bitrate() -> None:
    dice = np.random.default_rng(1)
    noise = [dice.integers(0, 255, (HEIGHT * 3 // 2, WIDTH), dtype=np.uint8) for _ in range(12)]
    rendition = Rendition(WIDTH, HEIGHT, bitrate_bps=800_000)
    size = sum(len(frame.data) for frame in encode_video(noise, rendition))
    assert size * 8 * 2 < 1.5 * rendition.bitrate_bps


def hum(first: int, count: int) -> NDArray[np.float32]:
    time_s = (first + np.arange(count)) / 48_000
    wave = 0.25 * np.sin(2.0 * np.pi * 220.0 * time_s) + 0.1 * np.sin(2.0 * np.pi * 1_370.0 * time_s)
    return np.stack([wave, 0.8 * wave], axis=1).astype(np.float32)


def heard(packets: tuple[bytes, ...]) -> NDArray[np.float32]:
    context = av.CodecContext.create("opus", "r")
    context.sample_rate = 48_000
    context.layout = "stereo"
    found = [frame for packet in packets for frame in context.decode(Packet(packet))]
    return np.concatenate([frame.to_ndarray() for frame in found], axis=1).T


def test_a_packet_decodes_312_samples_late() -> None:
    packets = encode_audio(hum(-PREROLL_PACKETS * 960, (PREROLL_PACKETS + 25) * 960))
    assert len(packets) == 25
    sound = heard(packets)
    assert len(sound) == 25 * 960
    middle = slice(9_600, 19_200)
    errors = {late: np.abs(sound[middle] - hum(-late, 25 * 960)[middle]).mean() for late in range(300, 325)}
    assert min(errors, key=lambda late: errors[late]) == 312
    assert errors[312] < 0.01


def test_chunks_from_separate_encoders_join_without_a_step() -> None:
    chunks = [
        encode_audio(hum(chunk * 24_000 - PREROLL_PACKETS * 960, (PREROLL_PACKETS + 25) * 960)) for chunk in range(4)
    ]
    sound = heard(tuple(packet for chunk in chunks for packet in chunk))
    steps = np.abs(np.diff(sound[:, 0]))
    inside = max(steps[at + 4_000 : at + 20_000].max() for at in range(0, 96_000, 24_000))
    for border in (24_000, 48_000, 72_000):
        assert steps[border - 960 : border + 960].max() <= 1.03 * inside
