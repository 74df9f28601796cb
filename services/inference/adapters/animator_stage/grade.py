"""The look over time: interpolation between grade keys, and the limits that calm puts on it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from services.inference.domain.shot import GradeKey
from services.inference.domain.timebase import FRAMES_PER_SECOND

VALUES: Final = (
    "exposure_stops",
    "warmth",
    "saturation",
    "contrast",
    "alarm",
    "flicker",
    "weather",
    "camera_energy",
    "music_intensity",
)

# A general flash (WCAG 2.3.1) takes more than 3 pairs of changes by 10 % in a second, so 8 changes of 1/8 s each;
# at these rates an eighth of a second moves luminance by less than 9 %.
_CALM_RATE_PER_S: Final = {
    "exposure_stops": 0.8,
    "contrast": 0.6,
    "alarm": 0.7,
    "flicker": 0.7,
    "weather": 0.7,
}
_CALM_MOST: Final = {"alarm": 0.8, "flicker": 0.5, "camera_energy": 1.2}


def grade_at(keys: Sequence[GradeKey], frame: float) -> GradeKey:
    """The look at `frame`: linear between keys, held before the first and after the last; the later of two keys on
    one frame counts from that frame on."""
    if not keys:
        return GradeKey(frame=int(frame))
    after = bisect_right(keys, frame, key=lambda key: key.frame)
    if after == 0:
        return keys[0]
    if after == len(keys):
        return keys[-1]
    left, right = keys[after - 1], keys[after]
    share = (frame - left.frame) / (right.frame - left.frame)
    values = {name: getattr(left, name) + share * (getattr(right, name) - getattr(left, name)) for name in VALUES}
    return GradeKey(frame=int(frame), **values)


def calm_keys(keys: Sequence[GradeKey], frame_count: int) -> tuple[GradeKey, ...]:
    """The same look with its changes slowed until they cannot flash; a frame depends on earlier keys only."""
    limited: list[GradeKey] = []
    held: dict[str, float] = {}
    for frame in range(frame_count):
        wanted = grade_at(keys, frame)
        values: dict[str, float] = {}
        for name in VALUES:
            value = min(getattr(wanted, name), _CALM_MOST.get(name, float("inf")))
            rate = _CALM_RATE_PER_S.get(name)
            if rate is not None and frame > 0:
                reach = rate / FRAMES_PER_SECOND
                value = min(max(value, held[name] - reach), held[name] + reach)
            values[name] = value
        held = values
        limited.append(GradeKey(frame=frame, **values))
    return _without_straight(limited)


def _without_straight(keys: list[GradeKey]) -> tuple[GradeKey, ...]:
    """Drop keys that lie on the line between their neighbours that stay."""
    kept = [keys[0]]
    for index in range(1, len(keys) - 1):
        between = grade_at((kept[-1], keys[index + 1]), keys[index].frame)
        if any(abs(getattr(between, name) - getattr(keys[index], name)) > 1e-9 for name in VALUES):
            kept.append(keys[index])
    if _differs(kept[-1], keys[-1]):
        kept.append(keys[-1])
    return tuple(kept)


def _differs(one: GradeKey, other: GradeKey) -> bool:
    return any(abs(getattr(one, name) - getattr(other, name)) > 1e-9 for name in VALUES)
