"""A run as a viewer sees it when nothing goes wrong, for tests to spoil."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from loadtests.watch.observations import Arrival, Observations, Picture, SenderReport, Sent, Thumbnail, Told

FRAME_S = 1 / 24
VIDEO_ORIGIN = 2**32 - 40 * 3_750
FIRST_S = 0.5


class Run:
    """Sends a picture every 1/24 s, with each the sound packets that begin while it is shown."""

    def __init__(self, length_s: float, sound_late_s: Callable[[float], float]) -> None:
        self.seen = Observations(ended_at_s=FIRST_S + length_s)
        packet = 0
        for index in range(round(length_s * 24)):
            media_s = index * FRAME_S
            stamp = (VIDEO_ORIGIN + index * 3_750) % 2**32
            self.seen.frames.append(Arrival(0, FIRST_S + media_s, stamp, media_s))
            self.picture(media_s, luma=80, noise=index % 2)
            while packet * 0.02 < media_s + FRAME_S - 1e-9:
                at_s = FIRST_S + media_s + sound_late_s(media_s)
                self.seen.sounds.append(Arrival(0, at_s, packet * 960, packet * 0.02))
                packet += 1
        for second in range(round(length_s)):
            for stream, late_s in (("video", 0.0), ("audio", sound_late_s(float(second)))):
                at_s = FIRST_S + second
                self.seen.reports.append(SenderReport(0, stream, at_s, 4e9 + second + late_s, float(second)))

    def picture(self, media_s: float, luma: int, noise: int = 0) -> None:
        grey = np.full((36, 64), luma + noise, np.uint8)
        self.seen.pictures.append(Picture(0, FIRST_S + media_s, media_s, grey, np.full((2, 9, 16), 128, np.uint8)))

    def thumbnails(self, every_s: float) -> None:
        for picture in self.seen.pictures[:: round(every_s * 24)]:
            rgb = np.full((180, 320, 3), int(picture.luma[0, 0]), np.uint8)
            self.seen.thumbnails.append(Thumbnail(picture.at_s, rgb))

    def brighten(self, from_frame: int, luma: int) -> None:
        for index in range(from_frame, len(self.seen.pictures)):
            self.seen.pictures[index].luma[:] = luma

    def send(self, event_id: str, body: dict[str, Any], at_s: float) -> None:
        self.seen.sent.append(Sent(event_id, next(iter(body)), body, at_s))

    def tell(self, at_s: float, kind: str, body: dict[str, Any]) -> None:
        self.seen.told.append(Told(0, at_s, kind, body))

    def receipt(self, event_id: str, at_s: float, outcome: str = "APPLIED", frame: int | None = None) -> None:
        body: dict[str, Any] = {"eventId": event_id, "outcome": f"OUTCOME_{outcome}", "depth": "DEPTH_NONE"}
        if frame is not None:
            body |= {"depth": "DEPTH_GRADE", "changed": ["warmer light"], "firstFrameIndex": str(frame)}
            body["firstRtpTimestamp"] = self.stamp(frame)
        self.tell(at_s, "receipt", body)

    def shot(self, shot_id: str, frame: int) -> None:
        body = {"shotId": shot_id, "beatTitle": "Blue Sunset", "place": "the ridge", "takeId": "ab" * 32}
        self.tell(FIRST_S + frame * FRAME_S, "shotStarted", {**body, "rtpTimestamp": self.stamp(frame)})

    def lose(self, from_s: float, until_s: float) -> None:
        """Nothing arrives in between."""
        seen = self.seen
        seen.frames = [frame for frame in seen.frames if not from_s < frame.at_s < until_s]
        seen.sounds = [sound for sound in seen.sounds if not from_s < sound.at_s < until_s]

    @staticmethod
    def stamp(frame: int) -> int:
        return (VIDEO_ORIGIN + frame * 3_750) % 2**32


@pytest.fixture
def a_run() -> Callable[..., Run]:
    def make(length_s: float = 10.0, sound_late_s: Callable[[float], float] = lambda _: 0.0) -> Run:
        return Run(length_s, sound_late_s)

    return make
