"""How a beat repeats what was seen just before it; more of the same bores."""

from __future__ import annotations

from collections.abc import Sequence

from services.streaming.domain.story import Beat

LATEST = 2

Repeats = tuple[float, float, float]
"""Of the LATEST beats, how many share the place, the main theme, the purpose."""

NO_REPEATS: Repeats = (0.0, 0.0, 0.0)


def repeats(beat: Beat, before: Sequence[Beat]) -> Repeats:
    """What the beat repeats of those that played before it, oldest first."""
    latest = before[-LATEST:]
    return (
        float(sum(old.place == beat.place for old in latest)),
        float(sum(_main(old) == _main(beat) for old in latest)),
        float(sum(old.purpose == beat.purpose for old in latest)),
    )


def _main(beat: Beat) -> str:
    return max(beat.themes, key=lambda theme: beat.themes[theme], default="")
