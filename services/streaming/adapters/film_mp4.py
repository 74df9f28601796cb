"""A film as an MP4: the takes' own pictures and sound, not encoded again; captions as a text track and as WebVTT.

With captions burned in, pictures are decoded, written on and encoded again, with little loss.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np

from services.streaming.adapters.captions_burned import BurnedCaptions, font_file
from services.streaming.domain.screenplay import Caption
from services.streaming.domain.timebase import (
    FRAMES_PER_SECOND,
    RTP_TICKS_PER_FRAME,
    SAMPLE_RATE_HZ,
    SAMPLES_PER_PACKET,
)
from services.streaming.ports import VideoFrame

VIDEO_BASE = Fraction(1, 90_000)
AUDIO_BASE = Fraction(1, SAMPLE_RATE_HZ)
TEXT_BASE = Fraction(1, 1_000)
SILENT_PACKET = b"\xfc\xff\xfe"
BURNED = {"crf": "18", "preset": "veryfast"}
_LENGTH = struct.Struct(">H")


class Mp4Film:
    """app.replay.FilmFile. A context manager: the file is there, whole, when it ends; after an error there is none.

    Collected as a transport stream first, from which FFmpeg learns what an MP4 says of its streams in advance.
    """

    def __init__(self, path: Path, *, burn_captions: bool = False) -> None:
        """burn_captions: set them into the picture; there is no text track then. Raises ValueError without a font."""
        self._font = font_file() if burn_captions else None
        self._path = path
        self._raw_path = path.with_name(path.name + ".ts")
        self._part_path = path.with_name(path.name + ".part")
        self._captions: list[Caption] = []
        self._sounds = 0
        self._raw: Any = av.open(str(self._raw_path), "w", format="mpegts")
        self._video: Any = self._raw.add_mux_stream("h264", rate=FRAMES_PER_SECOND, time_base=VIDEO_BASE)
        self._audio: Any = self._raw.add_mux_stream("opus", rate=SAMPLE_RATE_HZ, layout="stereo")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._raw.close()
        try:
            if kind is None:
                self._finish()
                self._part_path.replace(self._path)
                self._path.with_suffix(".vtt").write_text(web_vtt(self._captions), encoding="utf-8")
        finally:
            self._raw_path.unlink(missing_ok=True)
            self._part_path.unlink(missing_ok=True)

    def caption(self, caption: Caption) -> None:
        """In order of their beginnings."""
        self._captions.append(caption)

    def picture(self, frame: VideoFrame, frame_index: int) -> None:
        """One access unit in Annex B."""
        packet = _packet(frame.data, frame_index * RTP_TICKS_PER_FRAME, VIDEO_BASE, RTP_TICKS_PER_FRAME, self._video)
        packet.is_keyframe = frame.key_frame
        self._raw.mux(packet)

    def sound(self, packet: bytes, number: int) -> None:
        """Silence fills what is missing before it; what comes twice is left out."""
        while self._sounds < number:
            self._sound(SILENT_PACKET)
        if number == self._sounds:
            self._sound(packet)

    def _sound(self, packet: bytes) -> None:
        at = self._sounds * SAMPLES_PER_PACKET
        self._raw.mux(_packet(packet, at, AUDIO_BASE, SAMPLES_PER_PACKET, self._audio))
        self._sounds += 1

    def _finish(self) -> None:
        written: Any
        with (
            av.open(str(self._raw_path)) as given,
            av.open(str(self._part_path), "w", format="mp4", options={"movflags": "faststart"}) as written,
        ):
            burning = None if self._font is None else _Burning(given, written, spans(self._captions), self._font)
            streams: dict[int, Any] = {
                one.index: written.add_stream_from_template(one)
                for one in given.streams
                if burning is None or one.type != "video"
            }
            if burning is None:
                self._write_text(written)
            starts = [one.start_time * one.time_base for one in given.streams if one.start_time and one.time_base]
            origin_s = float(min(starts, default=0))
            for packet in given.demux():
                if burning is not None and packet.stream.type == "video":
                    burning.burn(packet, origin_s)
                    continue
                if packet.dts is None or packet.pts is None or packet.time_base is None:
                    continue
                shift = round(origin_s / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = streams[packet.stream.index]
                written.mux(packet)
            if burning is not None:
                burning.end()

    def _write_text(self, written: Any) -> None:
        text = written.add_mux_stream("mov_text", time_base=TEXT_BASE)
        for start_ms, end_ms, line in spans(self._captions):
            data = line.encode()
            written.mux(_packet(_LENGTH.pack(len(data)) + data, start_ms, TEXT_BASE, end_ms - start_ms, text))


class _Burning:
    """Pictures of one file, with captions set into them, into another."""

    def __init__(self, given: Any, written: Any, cues: list[tuple[int, int, str]], font: str) -> None:
        source = given.streams.video[0].codec_context
        self._written = written
        self._captions = BurnedCaptions(cues, source.width, source.height, font)
        self._stream = written.add_stream("libx264", rate=FRAMES_PER_SECOND, options=BURNED)
        self._stream.width, self._stream.height, self._stream.pix_fmt = source.width, source.height, "yuv420p"
        target = self._stream.codec_context
        for name in ("color_range", "color_primaries", "color_trc", "colorspace"):
            setattr(target, name, getattr(source, name))

    def burn(self, packet: Any, origin_s: float) -> None:
        """An empty packet at the end of the stream brings out what its decoder still holds."""
        for frame in packet.decode():
            at_s = float(frame.pts * frame.time_base) - origin_s
            picture = np.array(frame.to_ndarray(format="yuv420p"))
            self._captions.lay(picture, 1_000.0 * at_s)
            drawn = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            drawn.pts, drawn.time_base = round(at_s * FRAMES_PER_SECOND), Fraction(1, FRAMES_PER_SECOND)
            self._written.mux(self._stream.encode(drawn))

    def end(self) -> None:
        self._written.mux(self._stream.encode(None))


def _packet(data: bytes, at: int, base: Fraction, duration: int, stream: Any) -> Any:
    packet: Any = av.Packet(data)
    packet.pts = packet.dts = at
    packet.time_base, packet.duration = base, duration
    packet.stream = stream
    return packet


def spans(captions: list[Caption]) -> list[tuple[int, int, str]]:
    """(start, end, text) in milliseconds without overlaps and without gaps: an empty text clears what stood before."""
    made: list[tuple[int, int, str]] = []
    at = 0
    for number, cue in enumerate(captions):
        start = max(at, _ms(cue.start_frame))
        following = _ms(captions[number + 1].start_frame) if number + 1 < len(captions) else _ms(cue.end_frame)
        end = min(_ms(cue.end_frame), max(following, start))
        if end <= start:
            continue
        if start > at:
            made.append((at, start, ""))
        made.append((start, end, words_of(cue)))
        at = end
    return made


def words_of(cue: Caption) -> str:
    """As it is shown: who speaks, or a sound in brackets."""
    if cue.sound:
        return f"[{cue.text}]"
    return f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text


def web_vtt(captions: list[Caption]) -> str:
    """WebVTT (W3C) of the captions."""
    cues = [
        f"{_clock(start)} --> {_clock(end)}\n{text.replace('-->', '->').replace('&', '&amp;').replace('<', '&lt;')}\n"
        for start, end, text in spans(captions)
        if text
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _ms(frame: int) -> int:
    return round(frame * 1_000 / FRAMES_PER_SECOND)


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1_000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
