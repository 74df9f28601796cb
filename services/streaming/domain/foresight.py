"""What is worth preparing before anybody asks for it: probability times the wait that it spares, over what it costs.

Numbers only: what is prepared, and whether there is room for it, is not known here.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

LEAST_WORTH = 0.002
"""Seconds of waiting spared for each second of work, below which a machine had better rest."""
SLIPS = 0.1
"""How often a model is late by all the time that it usually takes."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Something that a film may need. key: equal for what is the same, whoever's film needs it.

    probability: that it will be needed; saved_s: the wait that is spared then; cost_s: model seconds that it takes.
    """

    key: Hashable
    probability: float
    saved_s: float
    cost_s: float

    @property
    def worth(self) -> float:
        """Seconds of waiting that are expected to be spared for each second of work."""
        return self.probability * self.saved_s / max(self.cost_s, 1e-3)


def saved_s(takes_s: float, notice_s: float) -> float:
    """The wait that is spared where making something takes so long and one is told so long before: what does not fit
    in between, and a little because models are late at times."""
    return max(0.0, takes_s - notice_s) + SLIPS * takes_s


def ranked(guesses: Iterable[Guess]) -> tuple[Guess, ...]:
    """The worthiest first. What several films may need is one guess: it is needed unless none of them needs it."""
    merged: dict[Hashable, Guess] = {}
    for guess in guesses:
        known = merged.get(guess.key)
        merged[guess.key] = guess if known is None else _either(known, guess)
    worthy = [guess for guess in merged.values() if guess.worth >= LEAST_WORTH and math.isfinite(guess.worth)]
    return tuple(sorted(worthy, key=lambda guess: -guess.worth))


def _either(one: Guess, other: Guess) -> Guess:
    needed = 1.0 - (1.0 - one.probability) * (1.0 - other.probability)
    return Guess(one.key, needed, max(one.saved_s, other.saved_s), max(one.cost_s, other.cost_s))
