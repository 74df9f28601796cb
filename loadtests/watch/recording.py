"""Writes the film exactly as it was received: the encoded pictures and sound, put into an MP4 and never re-encoded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from loadtests.watch.observations import SOUND_HZ, VIDEO_HZ

PACKET_SAMPLES = 960
# A 20 ms full-band stereo Opus packet of silence (RFC 6716, 3.1), for the time the film stood still.
SILENT_PACKET = b"\xfc\xff\xfe"


class FilmRecorder:
    """Written to a transport stream while watching and to `path` (MP4) by `finish`.

    Time in the file is the viewer's: a pause or a lost connection is as long as it was.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._raw_path = path.with_suffix(".ts")
        self._raw = av.open(str(self._raw_path), "w", format="mpegts")
        self._video: Any = self._raw.add_mux_stream("h264", rate=24, time_base=Fraction(1, VIDEO_HZ))
        self._sound: Any = self._raw.add_mux_stream("opus", rate=SOUND_HZ, layout="stereo")
        self._starts: dict[int, float] = {}
        self._first_at_s: float | None = None
        self._last_picture = -1
        self._next_sample = 0
        self._pictures = 0

    def picture(self, at_s: float, connection: int, media_s: float, data: bytes) -> None:
        """One access unit in Annex B."""
        ticks = round(self._place(at_s, connection, media_s) * VIDEO_HZ)
        if ticks > self._last_picture:
            self._last_picture = ticks
            self._pictures += 1
            self._put(self._video, data, ticks, Fraction(1, VIDEO_HZ), 0)

    def sound(self, at_s: float, connection: int, media_s: float, data: bytes) -> None:
        """One Opus packet of 20 ms."""
        sample = round(self._place(at_s, connection, media_s) * SOUND_HZ)
        while sample - self._next_sample >= PACKET_SAMPLES:
            self._put(self._sound, SILENT_PACKET, self._next_sample, Fraction(1, SOUND_HZ), PACKET_SAMPLES)
            self._next_sample += PACKET_SAMPLES
        if sample > self._next_sample - PACKET_SAMPLES // 2:
            self._put(self._sound, data, self._next_sample, Fraction(1, SOUND_HZ), PACKET_SAMPLES)
            self._next_sample += PACKET_SAMPLES

    def finish(self) -> Path | None:
        """The MP4; None where no picture came."""
        self._raw.close()
        try:
            if self._pictures:
                _remux(self._raw_path, self._path)
        finally:
            self._raw_path.unlink(missing_ok=True)
        return self._path if self._pictures else None

    def abandon(self) -> None:
        """Give the recording up, where it is not finished."""
        self._raw.close()
        self._raw_path.unlink(missing_ok=True)

    def _place(self, at_s: float, connection: int, media_s: float) -> float:
        """Seconds from the recording's start."""
        if self._first_at_s is None:
            self._first_at_s = at_s
        start_s = self._starts.setdefault(connection, at_s - self._first_at_s - media_s)
        return max(0.0, start_s + media_s)

    def _put(self, stream: Any, data: bytes, pts: int, time_base: Fraction, duration: int) -> None:
        packet: Any = av.Packet(data)
        packet.pts = packet.dts = pts
        packet.time_base = time_base
        packet.duration = duration
        packet.stream = stream
        self._raw.mux(packet)


def _remux(source: Path, target: Path) -> None:
    with av.open(str(source)) as given, av.open(str(target), "w", options={"movflags": "faststart"}) as written:
        streams: dict[int, Any] = {}
        for stream in given.streams:
            streams[stream.index] = written.add_stream_from_template(stream)
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                written.mux(packet)
