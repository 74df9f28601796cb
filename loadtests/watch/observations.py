"""What a viewer saw and did, as it happened; measures are taken from it afterwards. Knows no network and no codec."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

VIDEO_HZ = 90_000
SOUND_HZ = 48_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """A whole picture or a sound packet came in. at_s: since the run began; media_s: since its stream's first one.

    connection counts from 0; timestamp is the RTP timestamp (RFC 3550, 5.1).
    """

    connection: int
    at_s: float
    timestamp: int
    media_s: float


@dataclass(frozen=True, slots=True)
class SenderReport:
    """RFC 3550, 6.4.1: at the sender's clock ntp_s the stream was at media_s. stream: "video" or "audio"."""

    connection: int
    stream: str
    at_s: float
    ntp_s: float
    media_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture in small. luma: (36, 64) uint8; chroma: (2, 9, 16) uint8, Cb and Cr."""

    connection: int
    at_s: float
    media_s: float
    luma: NDArray[np.uint8]
    chroma: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """rgb: (height, width, 3) uint8."""

    at_s: float
    rgb: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sent:
    """An event that the viewer sent. body: the act in the protobuf JSON mapping; at_s: when it was first sent."""

    event_id: str
    kind: str
    body: dict[str, Any]
    at_s: float


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the data channel "timeline"."""

    connection: int
    at_s: float
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Interruption:
    """The connection was gone from the last thing heard until the next picture; until_s None: it never came back."""

    from_s: float
    until_s: float | None


@dataclass(frozen=True, slots=True)
class Lag:
    """The viewer's own event loop was this late."""

    at_s: float
    lag_s: float


@dataclass(slots=True)
class Observations:
    """Everything of one run; times in seconds since just before POST /v1/sessions."""

    frames: list[Arrival] = field(default_factory=list)
    sounds: list[Arrival] = field(default_factory=list)
    reports: list[SenderReport] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    thumbnails: list[Thumbnail] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    interruptions: list[Interruption] = field(default_factory=list)
    lags: list[Lag] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    broken_frames: int = 0
    ended_at_s: float = 0.0

    def told_of(self, kind: str) -> list[Told]:
        """Messages of one kind, in order."""
        return [told for told in self.told if told.kind == kind]


def ahead(timestamp: int, reference: int) -> int:
    """How many RTP ticks a timestamp lies after another, across the wrap at 2**32; negative: before."""
    return ((timestamp - reference + 0x80000000) & 0xFFFFFFFF) - 0x80000000
