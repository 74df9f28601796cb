"""A Guard made of several: the first that refuses decides."""

from __future__ import annotations

from collections.abc import Sequence

from services.inference.domain.wish_reading import Leaning, WishAxis
from services.inference.domain.writing import Verdict
from services.inference.ports import Guard


class ChainedGuard:
    """guards: asked in order, cheapest first."""

    def __init__(self, *guards: Guard) -> None:
        if not guards:
            raise ValueError("a chain needs at least one guard")
        self.fingerprint = "+".join(guard.fingerprint for guard in guards)
        self._guards = guards

    def judge_text(self, text: str, policy: str) -> Verdict:
        """policy: "general" | "teen" | "child". Raises InvalidAsk for another policy."""
        verdicts = (guard.judge_text(text, policy) for guard in self._guards)
        return next((verdict for verdict in verdicts if not verdict.allowed), Verdict(True))

    def read_wish(self, text: str, axes: Sequence[WishAxis]) -> Sequence[Leaning]:
        """What the first of them reads that reads anything. Raises InvalidAsk."""
        readings = (guard.read_wish(text, axes) for guard in self._guards)
        return next((leanings for leanings in readings if leanings), ())
