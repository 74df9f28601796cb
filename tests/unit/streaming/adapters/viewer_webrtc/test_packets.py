"""A frame is cut once, whoever asks, and what is cut can be put together again."""

from __future__ import annotations

from aiortc.codecs.h264 import h264_depayload
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.adapters.viewer_webrtc.packets import (
    PAYLOAD_LIMIT_BYTES,
    RUN_PACKETS,
    PacketCache,
    PacketisedFrame,
)


def payloads(cut: PacketisedFrame) -> list[bytes]:
    return [payload for run in cut.runs for payload in run]


def unit(kind: int, size: int, fill: int = 7) -> bytes:
    return b"\x00\x00\x00\x01" + bytes([kind]) + bytes([fill]) * size


def test_small_units_travel_together_and_large_ones_apart() -> None:
    frame = unit(0x67, 20) + unit(0x68, 8) + unit(0x65, 4_000)
    cut = PacketCache().of(frame)
    assert len(payloads(cut)) == 5
    assert max(map(len, payloads(cut))) <= PAYLOAD_LIMIT_BYTES
    assert len({len(payload) for payload in payloads(cut)[1:-1]}) == 1
    assert len(payloads(cut)[-1]) <= len(payloads(cut)[1])
    assert cut.size_bytes == sum(map(len, payloads(cut)))
    assert b"".join(h264_depayload(payload) for payload in payloads(cut)) == frame


@given(st.lists(st.tuples(st.sampled_from([0x65, 0x41, 0x67, 0x68]), st.integers(1, 5_000)), min_size=1, max_size=6))
def test_whatever_the_sizes_what_arrives_is_the_frame(units: list[tuple[int, int]]) -> None:
    frame = b"".join(unit(kind, size) for kind, size in units)
    cut = PacketCache().of(frame)
    assert b"".join(h264_depayload(payload) for payload in payloads(cut)) == frame
    assert all(0 < len(payload) <= PAYLOAD_LIMIT_BYTES for payload in payloads(cut))
    assert cut.packet_count == len(payloads(cut))
    for run in cut.runs:
        assert len(run) <= RUN_PACKETS
        assert {len(payload) for payload in run[:-1]} <= {len(run[0])}
        assert len(run[-1]) <= len(run[0])


def test_short_start_codes_and_zeros_at_the_end_of_a_unit_are_read() -> None:
    frame = b"\x00\x00\x01\x67ab\x00\x00\x01\x68cd\x00\x00\x00\x01\x65ef\x00"
    payload = b"".join(h264_depayload(one) for one in payloads(PacketCache().of(frame)))
    assert payload == b"\x00\x00\x00\x01".join([b"", b"\x67ab", b"\x68cd", b"\x65ef\x00"])


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
    assert PacketCache().of(b"").runs == ()
