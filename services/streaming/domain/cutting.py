"""Where a scene is cut and how each piece is framed: shot lengths from pace and tension.

Each picture is the best of those that would tell the moment, less what would look like the one before or after it.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    story: Story,
    beat: Beat,
    layout: Layout,
    manner: Manner,
    seed: int,
    new_place: bool,
    from_frame: int = 0,
    before: Setup | None = None,
) -> tuple[Setup, ...]:
    """The scene's pieces from a frame on. before: the piece that is kept in front of them, if any."""
    hints = {layout.start_of(hint.from_line) if hint.from_line else 0: hint for hint in beat.shots}
    points = cut_points(layout, manner, beat.tension, tuple(hints), from_frame)
    spans = list(pairwise(points))
    hinted = [_hinted(beat, layout, start, end, _hint_for(hints, start, end, first=start == 0)) for start, end in spans]
    pieces: list[Setup] = []
    for number, (start, end) in enumerate(spans):
        following = hinted[number + 1] if number + 1 < len(spans) else None
        told = (before, *pieces) if before is not None else tuple(pieces)
        moment = _Moment(beat, manner, *_heard(beat, layout, start, end), told, following, start / layout.frame_count)
        pieces.append(hinted[number] or _free(moment, seed, new_place, start, end))
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


@dataclass(frozen=True, slots=True)
class _Moment:
    """What a free piece is chosen from. told: the pieces before it; following: the author's piece after it, if any;
    progress: how far into the scene it begins, 0..1."""

    beat: Beat
    manner: Manner
    speaker: str
    listener: str
    told: Sequence[Setup]
    following: Setup | None
    progress: float

    @property
    def nearness(self) -> float:
        """How near the camera wants to be, about 0..1.5: tension draws it in, and so does the scene's course."""
        return self.beat.tension + 0.5 * self.manner.tension + 0.3 * self.progress


def likeness(framing: str, subject: str, other: Setup) -> float:
    """How much a picture looks like another one, 0..1: 1 is the same, a cut between them a jump."""
    if _same(framing, subject, other):
        return 1.0
    kinds = {framing, other.framing}
    if kinds == {"establishing", "wide"}:
        return 0.4
    if subject == other.subject and kinds <= {"medium", "over_shoulder"}:
        return 0.5
    return 0.0


def _same(framing: str, subject: str, other: Setup) -> bool:
    """Inserts show the place's own thing, wherever the author has them look."""
    return framing == other.framing and (framing == "insert" or subject == other.subject)


def _free(moment: _Moment, seed: int, new_place: bool, start: int, end: int) -> Setup:
    """A piece the author says nothing of. What wears off fastest is a thing that was seen large already."""
    neighbours = [piece for piece in (*moment.told[-1:], moment.following) if piece is not None]
    wishes = _opening(new_place) if start == 0 else _wishes(moment)

    def worth(wish: tuple[str, str]) -> float:
        framing, subject = wish
        jump = sum(likeness(framing, subject, piece) for piece in neighbours)
        used = sum(_same(framing, subject, piece) for piece in moment.told)
        stays = len(moment.told) > 1 and all(piece.subject == subject for piece in moment.told[-2:])
        whim = 0.4 * draw_unit(seed, moment.beat.beat_id, framing, subject, start)
        worn = (1.0 if framing == "insert" else 0.3) * used
        return wishes[wish] + whim - 20.0 * jump - worn - 1.2 * (stays and subject != "")

    framing, subject = max(wishes, key=worth)
    return Setup(start, end, framing, subject, _other(moment.beat, subject, moment.listener))


def _opening(new_place: bool) -> dict[tuple[str, str], float]:
    first, second = ("establishing", "wide") if new_place else ("wide", "establishing")
    return {(first, ""): 9.0, (second, ""): 5.0}


def _wishes(moment: _Moment) -> dict[tuple[str, str], float]:
    """Framing and subject -> how well it would tell the moment."""
    present, speaker = moment.beat.present, moment.speaker
    since_wide = next(
        (n for n, piece in enumerate(reversed(moment.told)) if piece.framing in ("wide", "establishing")), 3
    )
    near = moment.nearness - 0.6
    wishes = {("wide", ""): 0.4 + 0.3 * min(since_wide, 5) - 0.4 * near, ("insert", ""): 0.5 - 0.2 * near}
    if not present:
        return {**wishes, ("point_of_view", ""): 0.9, ("establishing", ""): 0.6}
    heard = moment.listener or present[len(moment.told) % len(present)]
    if not speaker:
        wishes |= {("close", heard): 1.5 + 1.2 * near, ("medium", heard): 1.6 - 1.0 * near}
        return wishes | {("insert", ""): 1.2 - 0.6 * near}
    wishes |= {("close", speaker): 1.7 + 1.4 * near, ("medium", speaker): 1.9 - 1.2 * near}
    if len(present) > 1:
        other = _other(moment.beat, speaker, moment.listener)
        turned = bool(moment.told) and moment.told[-1].subject == other
        wishes[("over_shoulder", speaker)] = 1.7 + 0.4 * turned
        wishes[("close", other)] = 0.8 + 0.6 * near + 0.5 * (bool(moment.told) and moment.told[-1].subject == speaker)
    return wishes


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
