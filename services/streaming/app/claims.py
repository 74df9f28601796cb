"""Who still wants which take: a render goes on as long as anybody does. Knows names only."""

from __future__ import annotations

from collections import defaultdict

SOMEONE = ""
"""Who wants a take before anybody has it on a timeline; a session that does takes the claim over."""


class Claims:
    """Takes by who claims them, and the other way round."""

    def __init__(self) -> None:
        self._takes: defaultdict[str, set[str]] = defaultdict(set)
        self._claimants: defaultdict[str, set[str]] = defaultdict(set)

    def claim(self, take_id: str, by: str) -> None:
        """Somebody wants the take."""
        if by != SOMEONE:
            self.release(take_id, SOMEONE)
        self._takes[by].add(take_id)
        self._claimants[take_id].add(by)

    def release(self, take_id: str, by: str) -> bool:
        """Somebody wants the take no more; True when nobody else does either."""
        self._takes[by].discard(take_id)
        if not self._takes[by]:
            del self._takes[by]
        self._claimants[take_id].discard(by)
        if self._claimants[take_id]:
            return False
        del self._claimants[take_id]
        return True

    def held_by(self, by: str) -> frozenset[str]:
        """The takes that somebody wants."""
        return frozenset(self._takes.get(by, ()))

    def claimants(self, take_id: str) -> frozenset[str]:
        """Who wants the take."""
        return frozenset(self._claimants.get(take_id, ()))
