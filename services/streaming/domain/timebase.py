"""The film's clock: how frames, samples, packets, chunks and RTP ticks relate (24 frames/s, 48 kHz, 90 kHz)."""

from __future__ import annotations

from typing import Final

FRAMES_PER_SECOND: Final = 24
SAMPLE_RATE_HZ: Final = 48_000
SAMPLES_PER_FRAME: Final = 2_000
RTP_TICKS_PER_FRAME: Final = 3_750
FRAMES_PER_CHUNK: Final = 12
PACKETS_PER_CHUNK: Final = 25
SAMPLES_PER_PACKET: Final = 960
SHORTEST_SHOT_FRAMES: Final = 48
LONGEST_SHOT_FRAMES: Final = 192


def frames(seconds: float) -> int:
    """Whole frames nearest to a duration."""
    return round(seconds * FRAMES_PER_SECOND)


def to_grid(frame: float) -> int:
    """The chunk border nearest to a frame."""
    return round(frame / FRAMES_PER_CHUNK) * FRAMES_PER_CHUNK


def up_to_grid(frame: int) -> int:
    """The first chunk border at or after a frame."""
    return -(-frame // FRAMES_PER_CHUNK) * FRAMES_PER_CHUNK
