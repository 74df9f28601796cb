"""A frame is cut once, whoever asks, and what is cut can be put together again."""

from __future__ import annotations

from aiortc.codecs.h264 import h264_depayload

from services.streaming.adapters.viewer_webrtc.packets import PacketCache


def unit(kind: int, size: int, fill: int = 7) -> bytes:
    return b"\x00\x00\x00\x01" + bytes([kind]) + bytes([fill]) * size


def test_small_units_travel_together_and_large_ones_apart() -> None:
    frame = unit(0x67, 20) + unit(0x68, 8) + unit(0x65, 4_000)
    cut = PacketCache().of(frame)
    assert len(cut.payloads) == 5
    assert max(map(len, cut.payloads)) <= 1_300
    assert cut.size_bytes == sum(map(len, cut.payloads))
    assert b"".join(h264_depayload(payload) for payload in cut.payloads) == frame


def test_a_frame_is_cut_once() -> None:
    cache = PacketCache()
    frame = unit(0x41, 3_000)
    assert cache.of(frame) is cache.of(bytes(frame))
    assert cache.cut == 1


def test_the_oldest_is_forgotten() -> None:
    cache = PacketCache(limit_frames=4)
    frames = [unit(0x41, 100, fill) for fill in range(1, 6)]
    for frame in frames:
        cache.of(frame)
    cache.of(frames[-1])
    assert cache.cut == 5
    cache.of(frames[0])
    assert cache.cut == 6


def test_what_is_no_picture_makes_no_packets() -> None:
    assert PacketCache().of(b"").payloads == ()
