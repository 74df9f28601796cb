"""The trunk: scenes that exist because other films tell them. A film keeps to it where its viewer loses little by that.

Knows beats and liking; not how scenes are kept, nor who else watches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.streaming.domain.story import Beat

LIKING_BOUND = 0.02
"""By so much, on the scale of liking from -1 to 1, a scene that exists may be expected to be liked less than the one
that would have to be made."""

WORDS_SHARE = 0.5
"""What it spares when the words are there and the pictures are not."""


def nothing_exists(_: Beat) -> float:
    """For a film that is told alone."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Trunk:
    """share: of a beat's scene that exists, 0..1. bound: 0 for a director that does not mind what exists."""

    share: Callable[[Beat], float] = nothing_exists
    bound: float = LIKING_BOUND

    def worth(self, beat: Beat) -> float:
        """The liking that a beat may lack against others because of what exists of its scene."""
        return self.bound * self.share(beat) if self.bound else 0.0


ALONE = Trunk()
