"""Do mouths follow voices? Takes are drawn, encoded and decoded; the mouth's opening is read from the pictures.

The same take is drawn twice, once by an Animator whose puppets keep their mouths shut: what differs is the mouth, for
whoever speaks also moves the head and the hands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import av
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from loadtests.bench_sound.mix import decode
from services.inference.domain.chunk import Chunk
from services.inference.domain.plates import Plates
from services.inference.domain.shot import CameraMove, Rendition, Shot, SpokenLine, Staging, TakeOrder, View
from services.inference.domain.speech import Speech
from services.inference.domain.talk import SILENCE, Talk
from services.inference.domain.timebase import FRAMES_PER_SECOND, SAMPLE_RATE_HZ, SAMPLES_PER_FRAME
from services.inference.ports import Animator, Puppets, PuppetTrack

OPEN_SHAPES = ("ai", "e", "o", "u", "wq")
SHUT_SHAPES = ("rest", "mbp")
CLOSED = "rest"
OPEN = 0.45
"""Pressed lips differ from resting ones by up to 0.37 of a wide mouth; the smallest open one by 0.55."""
LEAD_FRAMES = 12
ENVELOPE_S = 0.02
RENDITION = Rendition(640, 360, "h264", 2_500_000)


@dataclass(frozen=True, slots=True)
class LipLine:
    """Who says what, in a picture of their face."""

    puppet: str
    voice: str
    text: str


LINES = (
    LipLine("engineer", "engineer", "Put your palm on the mast. Maybe it moves."),
    LipLine("engineer", "engineer", "Oh, believe me, I am not making up a problem."),
    LipLine("scientist", "scientist", "My map may be wrong. Maps often are, below the ice."),
    LipLine("scientist", "scientist", "Both beams are up. Both pumps are off. Open the bay."),
    LipLine("engineer", "narrator", "Beyond the plain, a bore hole opens. Above, a small blue moon."),
    LipLine("scientist", "captain", "Papa, may I borrow a bowl of your own beans?"),
)


@dataclass(frozen=True, slots=True)
class _Shut:
    """ports.PuppetTrack that moves as another does, with its mouth shut."""

    track: PuppetTrack

    def draw(
        self, frame: int, weights: Mapping[str, float], viseme: str, tint: Sequence[float]
    ) -> tuple[NDArray[np.uint8], int, int]:
        return self.track.draw(frame, weights, CLOSED, tint)

    def depth_m(self, frame: int) -> float:
        return self.track.depth_m(frame)


class Mumblers:
    """ports.Puppets who act and never open their mouths."""

    def __init__(self, puppets: Puppets) -> None:
        self.puppets, self.fingerprint = puppets, f"mumbling {puppets.fingerprint}"

    def known_puppets(self) -> tuple[str, ...]:
        return self.puppets.known_puppets()

    def prepare(
        self, staging: Staging, plates: Plates, frame_count: int, seed: int, talk: Talk = SILENCE
    ) -> PuppetTrack:
        return _Shut(self.puppets.prepare(staging, plates, frame_count, seed, talk))


def offsets_ms(
    animator: Animator, mumbling: Animator, speeches: Sequence[Speech], lines: Sequence[LipLine] = LINES
) -> list[float]:
    """For each opening of a mouth from closed, how much later it is seen than heard; negative is early."""
    found: list[float] = []
    for line, speech in zip(lines, speeches, strict=True):
        order = _order(line, speech)
        chunks, still = list(animator.animate(order, 0)), list(mumbling.animate(order, 0))
        opening = _opening(pictures(chunks), pictures(still))
        # As it is played: packets start with their chunk, and the encoder's look-ahead makes what is in them late.
        heard = decode([packet for chunk in chunks for packet in chunk.audio]).mean(axis=1)
        found += _offsets_ms(opening, heard, speech)
    return found


def _order(line: LipLine, speech: Speech) -> TakeOrder:
    frames = LEAD_FRAMES + -(-len(speech.pcm) // SAMPLES_PER_FRAME) + 12
    shot = Shot(
        View("corridor", "close", "centre"),
        min(192, max(48, -(-frames // 12) * 12)),
        camera=CameraMove("still", 0.0),
        staging=(Staging(line.puppet, "centre", 0, "stand", "calm", "speaker"),),
        lines=(SpokenLine("speaker", line.text, line.voice, "calm", 1.0, LEAD_FRAMES),),
        ambience="silence",
    )
    return TakeOrder(shot, rendition=RENDITION)


def pictures(chunks: Sequence[Chunk]) -> NDArray[np.float32]:
    """(frames, height, width) luma."""
    context = av.CodecContext.create("h264", "r")
    frames = [
        frame for chunk in chunks for unit in chunk.video for frame in context.decode(av.Packet(unit.data))
    ]  # fmt: skip
    frames += context.decode(None)
    return np.stack([frame.to_ndarray(format="gray") for frame in frames]).astype(np.float32)


def _opening(spoken: NDArray[np.float32], still: NDArray[np.float32]) -> NDArray[np.float64]:
    """(frames,) 0..1: how far the mouth is from closed."""
    differs = np.abs(spoken - still)
    where = differs.max(axis=0) > 0.5 * differs.max()
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    mouth = differs[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean(axis=(1, 2))
    shut, wide = np.percentile(mouth, 5), np.percentile(mouth, 95)
    return np.asarray((mouth - shut) / max(float(wide - shut), 1e-6))


def _offsets_ms(opening: NDArray[np.float64], heard: NDArray[np.float32], speech: Speech) -> list[float]:
    """At each closure that ends in an open shape: the sound's rise against the picture's first open frame."""
    width = round(ENVELOPE_S * SAMPLE_RATE_HZ)
    level = np.sqrt(uniform_filter1d(np.square(heard, dtype=np.float64), width))
    found: list[float] = []
    for shut, opened in pairwise(speech.visemes):
        if shut.shape not in SHUT_SHAPES or opened.shape not in OPEN_SHAPES:
            continue
        at = LEAD_FRAMES * SAMPLES_PER_FRAME + opened.start_sample
        sound = _rise(level, at - 3_840, at + 4_800)
        frame = at / SAMPLES_PER_FRAME
        seen = _first_open(opening, frame)
        if sound is not None and seen is not None:
            found.append((seen / FRAMES_PER_SECOND - sound / SAMPLE_RATE_HZ) * 1000.0)
    return found


def _rise(level: NDArray[np.float64], first: int, last: int) -> float | None:
    """Sample at which the level passes half way (in dB) from its lowest to its highest in the span, going up."""
    part = 20.0 * np.log10(level[max(first, 0) : last] + 1e-5)
    if not len(part) or part.max() - part.min() < 9.0:
        return None
    lowest = int(np.argmin(part[: len(part) * 2 // 3]))
    top = part[lowest:].max()
    over = np.flatnonzero(part[lowest:] >= (part[lowest] + top) / 2.0)
    return float(max(first, 0) + lowest + over[0]) if len(over) else None


def _first_open(opening: NDArray[np.float64], frame: float) -> float | None:
    """When the mouth passes OPEN of its opening around the expected frame, in frames; None where it does not.

    A frame is seen from its start to its end, so the time that it stands for is its middle.
    """
    passed = [
        index - 0.5 + float((OPEN - opening[index - 1]) / (opening[index] - opening[index - 1]))
        for index in range(max(1, int(frame) - 3), min(len(opening), int(frame) + 5))
        if opening[index] > OPEN >= opening[index - 1]
    ]
    return min(passed, key=lambda at: abs(at - frame), default=None)
