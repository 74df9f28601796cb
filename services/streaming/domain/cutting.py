"""Where a scene is cut and how each piece is framed: shot lengths from pace and tension, the line of action kept.

The camera stays on one side of the line between the speakers; no cut joins two pictures of one framing and subject.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from services.streaming.domain.draw import draw_unit
from services.streaming.domain.layout import LaidLine, Layout
from services.streaming.domain.story import Beat, ShotHint, Story
from services.streaming.domain.timebase import (
    FRAMES_PER_CHUNK,
    LONGEST_SHOT_FRAMES,
    SHORTEST_SHOT_FRAMES,
    to_grid,
)

CUT_BEFORE_LINE_FRAMES = 5


@dataclass(frozen=True, slots=True)
class Manner:
    """How the viewer wants scenes told, each -1..1: what dials and reactions move."""

    tension: float = 0.0
    pace: float = 0.0
    humour: float = 0.0
    wonder: float = 0.0


@dataclass(frozen=True, slots=True)
class Setup:
    """One piece of the scene and its camera set-up. subject: character id, "" for the place.

    listener: whose shoulder is in the picture. hint: what the author asked for here, if anything.
    """

    start_frame: int
    end_frame: int
    framing: str
    subject: str
    listener: str = ""
    hint: ShotHint | None = None

    @property
    def frame_count(self) -> int:
        """Length of the piece."""
        return self.end_frame - self.start_frame


def cut_points(
    layout: Layout, manner: Manner, tension: float, hints: Sequence[int], from_frame: int
) -> tuple[int, ...]:
    """Borders of the shots from `from_frame` to the scene's end, both included, on the chunk grid.

    hints: frames at which the author wants a new picture. Every shot lasts 2 to 8 s.
    """
    target = _target_frames(manner, tension)
    turns = [to_grid(line.start_frame - CUT_BEFORE_LINE_FRAMES) for line in _turns(layout)]
    wanted = sorted({to_grid(frame) for frame in hints} | set(turns))
    points = [from_frame]
    while _too_long(layout.frame_count - points[-1], target):
        at = points[-1]
        latest = min(at + min(LONGEST_SHOT_FRAMES, round(1.5 * target)), layout.frame_count - SHORTEST_SHOT_FRAMES)
        earliest = at + max(SHORTEST_SHOT_FRAMES, round(0.55 * target))
        choice = next((point for point in wanted if earliest <= point <= latest), None)
        points.append(choice if choice is not None else _fallback(at, target, latest))
    return (*points, layout.frame_count)


def _too_long(left: int, target: int) -> bool:
    """Whether what is left makes two shots rather than one."""
    return left > LONGEST_SHOT_FRAMES or left >= max(2 * SHORTEST_SHOT_FRAMES, round(1.5 * target))


def _fallback(at: int, target: int, latest: int) -> int:
    grid_latest = latest // FRAMES_PER_CHUNK * FRAMES_PER_CHUNK
    return max(at + SHORTEST_SHOT_FRAMES, min(to_grid(at + target), grid_latest))


def _target_frames(manner: Manner, tension: float) -> int:
    seconds = 4.6 - 1.2 * tension - 1.1 * manner.pace - 0.5 * manner.tension
    return to_grid(24 * min(6.5, max(2.5, seconds)))


def _turns(layout: Layout) -> list[LaidLine]:
    return [after for before, after in pairwise(layout.lines) if before.said.speaker != after.said.speaker]


def set_ups(
    story: Story, beat: Beat, layout: Layout, manner: Manner, seed: int, new_place: bool, from_frame: int = 0,
    before: Setup | None = None,
) -> tuple[Setup, ...]:
    """The scene's pieces from a frame on. before: the piece that is kept in front of them, if any."""
    hints = {layout.start_of(hint.from_line) if hint.from_line else 0: hint for hint in beat.shots}
    points = cut_points(layout, manner, beat.tension, tuple(hints), from_frame)
    spans = list(pairwise(points))
    hinted = [_hinted(beat, layout, start, end, _hint_for(hints, start, end, first=start == 0)) for start, end in spans]
    pieces: list[Setup] = []
    for number, (start, end) in enumerate(spans):
        neighbours = (pieces[-1] if pieces else before, hinted[number + 1] if number + 1 < len(spans) else None)
        taken = {(piece.framing, piece.subject) for piece in neighbours if piece is not None}
        pieces.append(hinted[number] or _free(beat, layout, manner, seed, new_place, number, start, end, taken))
    return tuple(pieces)


def _hint_for(hints: dict[int, ShotHint], start: int, end: int, first: bool) -> ShotHint | None:
    inside = [
        hint
        for frame, hint in sorted(hints.items())
        if start - FRAMES_PER_CHUNK < frame < end - SHORTEST_SHOT_FRAMES // 2 or (first and frame == 0)
    ]
    return inside[0] if inside else None


def _hinted(beat: Beat, layout: Layout, start: int, end: int, hint: ShotHint | None) -> Setup | None:
    if hint is None:
        return None
    speaker, listener = _heard(beat, layout, start, end)
    subject = hint.subject or (speaker if hint.framing in ("close", "medium", "over_shoulder") else "")
    return Setup(start, end, hint.framing, subject, _other(beat, subject, listener), hint)


def _free(
    beat: Beat, layout: Layout, manner: Manner, seed: int, new_place: bool, number: int, start: int, end: int,
    taken: Set[tuple[str, str]],
) -> Setup:
    """A piece the author says nothing of. taken: framing and subject of its neighbours."""
    speaker, listener = _heard(beat, layout, start, end)
    if start == 0:
        first, second = ("establishing", "wide") if new_place else ("wide", "establishing")
        return Setup(start, end, second if (first, "") in taken else first, "")
    nearness = beat.tension + 0.5 * manner.tension + 0.3 * draw_unit(seed, beat.beat_id, "near", number)
    candidates = _candidates(beat, speaker, listener, nearness, manner, number)
    framing, subject = next((pair for pair in candidates if pair not in taken), ("wide", ""))
    return Setup(start, end, framing, subject, _other(beat, subject, listener))


def _heard(beat: Beat, layout: Layout, start: int, end: int) -> tuple[str, str]:
    shares: dict[tuple[str, str], int] = {}
    for line in layout.lines:
        overlap = min(end, line.end_frame) - max(start, line.start_frame)
        if overlap > 0:
            key = (line.said.speaker, line.said.listener)
            shares[key] = shares.get(key, 0) + overlap
    speaker, listener = max(shares, key=lambda key: shares[key], default=("", ""))
    visible = beat.present
    if speaker in visible:
        return speaker, listener
    return "", listener if listener in visible else ""


def _other(beat: Beat, subject: str, listener: str) -> str:
    if listener and listener != subject and listener in beat.present:
        return listener
    return next((name for name in beat.present if name != subject), "")


def _candidates(
    beat: Beat, speaker: str, listener: str, nearness: float, manner: Manner, number: int
) -> tuple[tuple[str, str], ...]:
    heard = listener or (beat.present[number % len(beat.present)] if beat.present else "")
    if not beat.present:
        return (("insert", ""), ("wide", ""), ("point_of_view", ""), ("establishing", ""))
    if not speaker:
        reaction = ("close", heard) if nearness > 0.75 else ("medium", heard)
        return (reaction, ("insert", ""), ("wide", ""), ("medium", heard))
    paired = len(beat.present) > 1
    if nearness > 0.7:
        first = [("close", speaker), ("over_shoulder", speaker), ("medium", speaker)]
    else:
        first = [("medium", speaker), ("over_shoulder", speaker), ("close", speaker)]
    usable = [option for option in first if paired or option[0] != "over_shoulder"]
    turn = number % len(usable) if manner.pace > -0.5 else 0
    reactions = [("close", _other(beat, speaker, listener))] if paired else [("insert", "")]
    return (*usable[turn:], *usable[:turn], *reactions, ("wide", ""))
