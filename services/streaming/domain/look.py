"""How the film looks and sounds over the session's frames because of what its viewer did.

A look is a lasting level (moved by dials) plus pulses (from reactions) that rise at once and fade.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise

from services.streaming.domain.screenplay import GradeKey

NEUTRAL = GradeKey()
_VALUES = tuple(field.name for field in fields(GradeKey) if field.name != "frame")
_LIMITS = {
    "exposure_stops": (-1.5, 1.5),
    "warmth": (-1.0, 1.0),
    "saturation": (0.3, 1.7),
    "contrast": (0.6, 1.5),
    "alarm": (0.0, 1.0),
    "flicker": (0.0, 1.0),
    "weather": (0.0, 1.0),
    "camera_energy": (0.0, 2.0),
    "music_intensity": (-1.0, 1.0),
}
RAMP_FRAMES = 6
SEEN_FRAMES = 48
"""A pulse that has been seen for so long ends with its shot."""
CARRIED_HOLD_FRAMES, CARRIED_FADE_FRAMES = 48, 48
STRENGTH_STEPS = 2
"""Steps of a lasting change's strength from one shot to the next; within the shot in which it was made it is exact."""
LEAST_STRENGTH = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """Added to the neutral look; hold_frames: how long it stays before it fades, -1 for good.

    strength: -1..1, what `delta` is multiplied by. replaced: a lasting one that another has taken the place of.
    """

    name: str
    first_frame: int
    delta: tuple[tuple[str, float], ...]
    hold_frames: int = -1
    fade_frames: int = 48
    strength: float = 1.0
    replaced: bool = False

    def level(self, frame: int) -> float:
        """How much of the change is there at a frame, -1..1."""
        return self.strength * self._risen(frame)

    def _risen(self, frame: int) -> float:
        since = frame - self.first_frame
        if since < 0:
            return 0.0
        if self.hold_frames < 0 or since <= self.hold_frames:
            return min(1.0, (since + 1) / RAMP_FRAMES)
        reached = min(1.0, (self.hold_frames + 1) / RAMP_FRAMES)
        return reached * max(0.0, 1.0 - (since - self.hold_frames) / self.fade_frames)

    def ended_by(self, first_frame: int) -> Change:
        """A lasting change that fades while the one that begins at a frame rises, so that nothing passes neutral."""
        held = first_frame - 1 - self.first_frame
        return replace(self, hold_frames=held, fade_frames=RAMP_FRAMES, replaced=True)

    def corners(self) -> tuple[int, ...]:
        """Frames at which the level bends."""
        first = self.first_frame
        bends = (first - 1, first + RAMP_FRAMES - 1)
        if self.hold_frames < 0:
            return bends
        return (*bends, first + self.hold_frames, first + self.hold_frames + self.fade_frames)

    def settled(self, frame: int) -> Change | None:
        """The change in a shot that begins at a frame, as `Look.settled` has it; None where nothing is left of it."""
        since = frame - self.first_frame
        if since <= 0:
            return self
        if self.hold_frames < 0 or (self.replaced and since <= self.hold_frames):
            if abs(self.strength) < LEAST_STRENGTH:
                return None
            steps = math.copysign(max(1, round(abs(self.strength) * STRENGTH_STEPS)), self.strength)
            first_frame = frame - RAMP_FRAMES
            held = self.hold_frames + self.first_frame - first_frame if self.replaced else -1
            return replace(self, first_frame=first_frame, hold_frames=held, strength=steps / STRENGTH_STEPS)
        if since >= SEEN_FRAMES or since > self.hold_frames or self.replaced:
            return None
        return replace(
            self, first_frame=frame - RAMP_FRAMES, hold_frames=RAMP_FRAMES + CARRIED_HOLD_FRAMES,
            fade_frames=CARRIED_FADE_FRAMES,
        )  # fmt: skip

    def spent(self, frame: int) -> bool:
        """Whether nothing of it is left from a frame on, also in a shot that took it over while it was new."""
        if self.hold_frames < 0:
            return False
        lasts = self.hold_frames + self.fade_frames
        if not self.replaced:
            lasts = max(lasts, min(SEEN_FRAMES - 1, self.hold_frames) + CARRIED_HOLD_FRAMES + CARRIED_FADE_FRAMES)
        return frame >= self.first_frame + lasts


@dataclass(frozen=True, slots=True)
class Look:
    """The changes in force; a later lasting change of the same name takes the earlier one's place."""

    changes: tuple[Change, ...] = ()

    def with_change(self, change: Change) -> Look:
        """The look with one more change; a lasting change of the same name goes over into it."""
        kept: list[Change] = []
        for old in self.changes:
            if old.spent(change.first_frame):
                continue
            if old.name != change.name or old.hold_frames >= 0:
                kept.append(old)
            elif old.first_frame < change.first_frame:
                kept.append(old.ended_by(change.first_frame))
        return Look((*kept, change))

    def settled(self, frame: int) -> Look:
        """The look of a shot that begins at a frame: told in few words, so that films in which viewers did the same a
        little sooner or later, or a little more or less, come together again at the cut.

        A pulse that has been seen goes with the shot it was seen in, one that has not begins again with the new shot;
        lasting changes stand at one of a few strengths.
        """
        found: dict[tuple[object, ...], Change] = {}
        for change in self.changes:
            settled = change.settled(frame)
            if settled is not None:
                # two dials stand beside each other even where they do the same; reactions alike are one
                dial = settled.name if settled.hold_frames < 0 or settled.replaced else ""
                key = (dial, settled.delta, settled.first_frame, settled.hold_frames, settled.strength)
                found.setdefault(key, settled)
        return Look(tuple(found.values()))

    def at(self, frame: int) -> GradeKey:
        """The look at a frame of the session; the key's own frame is 0."""
        return GradeKey(frame=0, **{name: _clamp(name, value) for name, value in self._sums(frame).items()})

    def _sums(self, frame: int) -> dict[str, float]:
        values = {name: float(getattr(NEUTRAL, name)) for name in _VALUES}
        for change in self.changes:
            level = change.level(frame)
            for name, delta in change.delta:
                values[name] += level * delta
        return values

    def keys(self, first_frame: int, frame_count: int) -> tuple[GradeKey, ...]:
        """Grade keys for a take that plays from session frame `first_frame` on; a single one where nothing changes."""
        last = first_frame + frame_count - 1
        bends = {first_frame, last}
        for change in self.changes:
            bends.update(frame for frame in change.corners() if first_frame < frame < last)
        bends |= self._limits_met(sorted(bends))
        keys = [replace(self.at(frame), frame=frame - first_frame) for frame in sorted(bends)]
        kept = [keys[0]]
        for index, key in enumerate(keys[1:], start=1):
            following = keys[index + 1] if index + 1 < len(keys) else None
            if not (_same(key, kept[-1]) and (following is None or _same(following, key))):
                kept.append(key)
        return tuple(kept)

    def _limits_met(self, bends: Sequence[int]) -> set[int]:
        """Frames between bends at which a value comes to its limit or leaves it: it bends there too."""
        met: set[int] = set()
        for left, right in pairwise(bends):
            before, after = self._sums(left), self._sums(right)
            for name, limits in _LIMITS.items():
                for limit in limits:
                    if (before[name] - limit) * (after[name] - limit) < 0.0:
                        share = (limit - before[name]) / (after[name] - before[name])
                        at = left + math.floor(share * (right - left))
                        met.update(frame for frame in (at, at + 1) if left < frame < right)
        return met


def _same(first: GradeKey, second: GradeKey) -> bool:
    return all(abs(getattr(first, name) - getattr(second, name)) < 1e-6 for name in _VALUES)


def _clamp(name: str, value: float) -> float:
    low, high = _LIMITS[name]
    return round(min(high, max(low, value)), 4)
