"""A choice that several people watch: each has one vote, the option with most votes is taken."""

from __future__ import annotations

from collections import Counter


class Vote:
    """One open choice. Votes may be changed as long as it is open."""

    def __init__(self, default_option_id: str) -> None:
        self._default = default_option_id
        self._votes: dict[str, str] = {}

    def cast(self, viewer_id: str, option_id: str) -> None:
        """A viewer's vote, in place of an earlier one."""
        self._votes.pop(viewer_id, None)
        self._votes[viewer_id] = option_id

    def decided(self, electorate: int) -> bool:
        """Whether everyone has voted, or nobody who has not can change the outcome any more."""
        left = max(0, electorate - len(self._votes))
        counts = [count for _, count in Counter(self._votes.values()).most_common()]
        return left == 0 or (bool(counts) and counts[0] > (counts[1] if len(counts) > 1 else 0) + left)

    @property
    def winner(self) -> str:
        """Of a tie, the option that the default is, else the one voted for first; the default where nobody voted."""
        counts = Counter(self._votes.values())
        if not counts:
            return self._default
        most = max(counts.values())
        tied = [option for option in self._votes.values() if counts[option] == most]
        return self._default if self._default in tied else tied[0]

    @property
    def votes(self) -> dict[str, int]:
        """Votes of each option that has some."""
        return dict(Counter(self._votes.values()))
