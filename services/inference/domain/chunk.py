"""Half a second of a take, encoded once and sent to whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """data: one access unit (H.264 Annex B with parameter sets before key frames, or a VP8 frame)."""

    data: bytes
    key_frame: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """index: chunk number within the take. first_frame: frame of the take at which `video` begins; a chunk that was
    asked for in its middle starts there, with a key frame. audio: Opus packets of 20 ms, stereo 48 kHz;
    first_packet: number within the chunk (0..24) of the first packet given.
    degraded: what was drawn simpler to keep time ("particles", "far_half_rate"), empty when nothing was.
    A chunk that is asked for in a hurry comes in parts: each has its own first_frame; one that `continues` begins
    without a key frame where the chunk's part before it ended; all but the last, which brings the sound, are
    `unfinished`. Parts of the next chunk may come before that one. One that begins within its half second has no sound
    then.
    bed: packets of music, ambience and sounds beside `audio`, which is then what is said; empty but for two tracks.
    """

    index: int
    first_frame: int
    video: tuple[VideoFrame, ...]
    audio: tuple[bytes, ...]
    first_packet: int = 0
    degraded: tuple[str, ...] = ()
    continues: bool = False
    unfinished: bool = False
    bed: tuple[bytes, ...] = ()
