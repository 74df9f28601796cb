"""The film's clock: how frames, samples, packets and chunks relate. Knows no service and no library."""

from __future__ import annotations

from typing import Final

FRAMES_PER_SECOND: Final = 24
SAMPLE_RATE_HZ: Final = 48_000
SAMPLES_PER_FRAME: Final = SAMPLE_RATE_HZ // FRAMES_PER_SECOND
FRAMES_PER_CHUNK: Final = 12
SAMPLES_PER_CHUNK: Final = FRAMES_PER_CHUNK * SAMPLES_PER_FRAME
SAMPLES_PER_PACKET: Final = 960
PACKETS_PER_CHUNK: Final = SAMPLES_PER_CHUNK // SAMPLES_PER_PACKET
