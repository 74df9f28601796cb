"""Puppets on the stage: which mouth they show at each frame, and where the camera sees them."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.camera import Pose
from services.inference.adapters.animator_stage.scenery import Scenery
from services.inference.domain.shot import SpokenLine, Staging
from services.inference.domain.speech import Speech
from services.inference.domain.talk import Span, Stress, Talk
from services.inference.domain.timebase import FRAMES_PER_SECOND, SAMPLE_RATE_HZ, SAMPLES_PER_FRAME
from services.inference.ports import PuppetTrack

CLOSED_MOUTH: Final = "rest"
_CLOSURES: Final = ("mbp", "fv")
_NEAREST_M: Final = 0.15
_IDLE_POSES: Final = ("stand", "operate", "sit", "point")
_OPEN_MOUTHS: Final = {"ai": 1.0, "o": 0.85, "e": 0.7, "l": 0.45}
_STRESS_APART_S: Final = 0.85
_IDLE_SWING: Final = (0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Actor:
    """mouths: mouth shape of each frame of the shot."""

    staging: Staging
    track: PuppetTrack
    mouths: tuple[str, ...]

    @property
    def stays(self) -> bool:
        """Whether it acts in place."""
        return self.staging.pose in _IDLE_POSES

    def idle_frame(self, last_frame: int, step: int) -> int:
        """Frame to draw while the shot is held: breathing back and forth, or stock-still in the middle of an act."""
        if self.stays:
            return max(last_frame - _IDLE_SWING[step % len(_IDLE_SWING)], 0)
        return last_frame


def mouths_of(
    staging: Staging, lines: Sequence[SpokenLine], speeches: Sequence[Speech], frame_count: int
) -> tuple[str, ...]:
    """Mouth shape at the middle of each frame, from the lines of the character whose mouth the puppet shows.

    Lips that meet are seen in one frame at least, however short they do.
    """
    shapes = [CLOSED_MOUTH] * frame_count
    if not staging.speaks:
        return tuple(shapes)
    for line, speech in zip(lines, speeches, strict=True):
        if line.speaker != staging.speaks:
            continue
        for viseme in speech.visemes:
            first = _frame_holding(line.start_frame, viseme.start_sample)
            last = _frame_holding(line.start_frame, viseme.end_sample)
            if last <= first and viseme.shape in _CLOSURES:
                first = last - 1
                last = first + 1
            for frame in range(max(first, 0), min(last, frame_count)):
                shapes[frame] = viseme.shape
    return tuple(shapes)


def talk_of(staging: Staging, lines: Sequence[SpokenLine], speeches: Sequence[Speech]) -> Talk:
    """What the puppet says and hears in the shot. Who plays nobody's mouth hears everybody."""
    spoken: list[Span] = []
    heard: list[Span] = []
    stresses: list[Stress] = []
    weighed: list[Stress] = []
    for line, speech in zip(lines, speeches, strict=True):
        own = bool(staging.speaks) and line.speaker == staging.speaks
        begin_s = line.start_frame / FRAMES_PER_SECOND
        ends = [*(viseme.end_sample for viseme in speech.visemes), *(word.end_sample for word in speech.words)]
        span = (begin_s, begin_s + max(ends, default=len(speech.pcm)) / SAMPLE_RATE_HZ)
        (spoken if own else heard).append(span)
        (stresses if own else weighed).extend(_stresses(line, speech, begin_s))
    return Talk(tuple(spoken), tuple(stresses), tuple(heard), tuple(weighed))


def _stresses(line: SpokenLine, speech: Speech, begin_s: float) -> list[Stress]:
    """The open sounds of a line that stand out from those around them, well apart: loud where the voice has sound,
    long and wide open where it has none."""
    loud = _loudness(speech)
    weights = [_OPEN_MOUTHS.get(v.shape, 0.0) * min(1.0, (v.end_sample - v.start_sample) / (0.16 * SAMPLE_RATE_HZ))
               * (0.35 + 0.65 * loud(v.start_sample, v.end_sample)) for v in speech.visemes]  # fmt: skip
    ranked = sorted((n for n, weight in enumerate(weights) if weight > 0.0), key=lambda n: (-weights[n], n))
    most = max(weights, default=0.0)
    kept: list[tuple[float, float]] = []
    for n in ranked:
        at_s = 0.5 * (speech.visemes[n].start_sample + speech.visemes[n].end_sample) / SAMPLE_RATE_HZ
        if weights[n] >= 0.45 * most and all(abs(at_s - other) >= _STRESS_APART_S for other, _ in kept):
            kept.append((at_s, weights[n] / most))
    return [
        Stress(begin_s + at_s, round(strength, 3), zlib.crc32(f"{line.speaker}|{line.text}|{n}".encode()) / 2**32)
        for n, (at_s, strength) in enumerate(sorted(kept))
    ]


def _loudness(speech: Speech) -> Callable[[int, int], float]:
    """How loud a stretch of the line is against its loudest, 0..1; 1 throughout where nothing sounds."""
    step = SAMPLES_PER_FRAME
    count = max(1, len(speech.pcm) // step)
    blocks = np.resize(speech.pcm[: count * step], (count, step)) if len(speech.pcm) >= step else np.zeros((1, step))
    levels = np.sqrt((blocks.astype(np.float64) ** 2).mean(axis=1))
    most = float(levels.max())

    def level(start: int, end: int) -> float:
        if most <= 1e-5:
            return 1.0
        part = levels[min(start // step, count - 1) : max(start // step + 1, end // step)]
        return float(part.max()) / most

    return level


def _frame_holding(start_frame: int, sample: int) -> int:
    """First frame whose middle is at or after a sample of the line."""
    return start_frame + -(-(sample - SAMPLES_PER_FRAME // 2) // SAMPLES_PER_FRAME)


@dataclass(frozen=True, slots=True)
class Placing:
    """affine: output pixel to sprite pixel (ax, bx, cx, ay, by, cy); box: x0, y0, x1, y1 output pixels, even."""

    affine: NDArray[np.float64]
    box: NDArray[np.int64]
    scale: float


def place(
    scenery: Scenery,
    pose: Pose,
    width: int,
    height: int,
    sprite: tuple[int, int],
    corner: tuple[int, int],
    depth_m: float,
    margin_px: int = 0,
) -> Placing | None:
    """Where a flat sprite (height, width) with its upper left plate pixel at `corner`, standing at depth_m, is seen.

    None when it is out of the picture. margin_px: how much larger than the sprite the box is on each side.
    """
    rows, columns = sprite
    x, y = corner
    ends = ((x, y), (x + columns, y), (x, y + rows), (x + columns, y + rows))
    seen = _see(scenery, pose, width, height, ends, depth_m)
    if seen is None:
        return None
    (left, top), (right, right_top), (lower_left, bottom), _ = seen
    ax, ay = (right - left) / columns, (right_top - top) / columns
    bx, by = (lower_left - left) / rows, (bottom - top) / rows
    area = ax * by - bx * ay
    back = (by / area, -bx / area, -ay / area, ax / area)
    across, down = zip(*seen, strict=True)
    low = (max(math.floor(min(across)) - margin_px, 0) & ~1, max(math.floor(min(down)) - margin_px, 0) & ~1)
    high = (min(math.ceil(max(across)) + 1 + margin_px, width), min(math.ceil(max(down)) + 1 + margin_px, height))
    if low[0] >= high[0] or low[1] >= high[1]:
        return None
    shift = (-back[0] * left - back[1] * top, -back[2] * left - back[3] * top)
    return Placing(
        affine=np.array([back[0], back[1], shift[0], back[2], back[3], shift[1]]),
        box=np.array([*low, *high]),
        scale=math.hypot(ax, ay),
    )


def see(
    scenery: Scenery, pose: Pose, width: int, height: int, plate_points: NDArray[np.float64], depth_m: float
) -> NDArray[np.float64] | None:
    """(n, 2) picture pixels of plate pixels that lie depth_m along the plate's axis; None behind the camera."""
    seen = _see(scenery, pose, width, height, [(float(x), float(y)) for x, y in plate_points], depth_m)
    return None if seen is None else np.array(seen)


def _see(
    scenery: Scenery, pose: Pose, width: int, height: int, plate_points: Sequence[tuple[float, float]], depth_m: float
) -> list[tuple[float, float]] | None:
    """`see` in plain numbers: for a handful of points numpy takes ten times as long."""
    focal = scenery.plates.camera.focal_px
    (rx, ux, fx), (ry, uy, fy), (rz, uz, fz) = pose.axes().tolist()
    z = depth_m - pose.forward_m
    seen = []
    for plate_x, plate_y in plate_points:
        x = (plate_x - 0.5 * scenery.width) / focal * depth_m - pose.right_m
        y = (0.5 * scenery.height - plate_y) / focal * depth_m - pose.up_m
        ahead = x * fx + y * fy + z * fz
        if ahead < _NEAREST_M:
            return None
        pixels = focal / ahead
        seen.append((
            0.5 * width + (x * rx + y * ry + z * rz) * pixels, 0.5 * height - (x * ux + y * uy + z * uz) * pixels
        ))  # fmt: skip
    return seen
