"""Takes to send: a moving picture and sound, encoded by the project's encoder in each rendition, once per machine."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.encoding import encode_video
from services.inference.domain.shot import Rendition as EngineRendition
from services.streaming.domain.screenplay import Rendition
from services.streaming.domain.timebase import FRAMES_PER_CHUNK, PACKETS_PER_CHUNK
from services.streaming.ports import Chunk, VideoFrame

OPUS_PACKET_BYTES = 240
"""96 kb/s in packets of 20 ms."""


@dataclass(frozen=True, slots=True)
class MadeTake:
    """chunks: of one rendition, half a second each; loops without a seam that matters here."""

    rendition: Rendition
    chunks: tuple[Chunk, ...]

    @property
    def bitrate_bps(self) -> float:
        """Of pictures and sound."""
        size = sum(sum(len(f.data) for f in c.video) + sum(map(len, c.audio)) for c in self.chunks)
        return size * 8 / (len(self.chunks) / 2)


def made_take(rendition: Rendition, seconds: int, cache: Path) -> MadeTake:
    """Encoded now, or read from the cache folder where it was before, as long as chunks still have the same fields."""
    shape = hashlib.sha256(repr([field.name for kind in (Chunk, VideoFrame) for field in fields(kind)]).encode())
    name = f"take_{rendition.width}x{rendition.height}_{rendition.bitrate_bps}_{seconds}_{shape.hexdigest()[:8]}.pickle"
    path = cache / name
    if path.exists():
        return MadeTake(rendition, pickle.loads(path.read_bytes()))
    cache.mkdir(parents=True, exist_ok=True)
    chunks = tuple(_chunk(rendition, index) for index in range(2 * seconds))
    path.write_bytes(pickle.dumps(chunks))
    return MadeTake(rendition, chunks)


def _chunk(rendition: Rendition, index: int) -> Chunk:
    engine = EngineRendition(rendition.width, rendition.height, rendition.codec, rendition.bitrate_bps)
    first = index * FRAMES_PER_CHUNK
    pictures = (picture(rendition.width, rendition.height, first + number) for number in range(FRAMES_PER_CHUNK))
    frames = tuple(VideoFrame(frame.data, frame.key_frame) for frame in encode_video(pictures, engine))
    return Chunk(index, first, frames, opus(index), 0)


def opus(index: int) -> tuple[bytes, ...]:
    """Packets of the size of real ones; nothing here listens to them."""
    random = np.random.default_rng(index)
    return tuple(b"\xfc" + random.bytes(OPUS_PACKET_BYTES - 1) for _ in range(PACKETS_PER_CHUNK))


def picture(width: int, height: int, frame: int) -> NDArray[np.uint8]:
    """I420: hills that move at three speeds, grain, and a cut every four seconds."""
    scene, seconds = frame // 96, frame / 24
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 90 + 60 * y
    for layer in range(3):
        shift = seconds * (0.05 + 0.09 * layer) + scene * 1.7
        ridge = 0.35 + 0.2 * layer + 0.07 * np.sin(9 * (x + shift)) + 0.03 * np.sin(31 * (x + shift) + layer)
        light = np.where(y > ridge, 150 - 45 * layer + 20 * np.sin(60 * (x + shift)) * np.cos(40 * y), light)
    grain = np.random.default_rng(frame).normal(0, 2.0, (height, width))
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = np.clip(light + grain, 16, 235).astype(np.uint8)
    return planes
