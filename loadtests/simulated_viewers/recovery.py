"""How many acts it takes until the film believes a change of mind: one film to learn, one in which all differs."""

from __future__ import annotations

from collections.abc import Sequence

from loadtests.simulated_viewers.audience import viewer
from loadtests.simulated_viewers.felt_story import FeltStory
from loadtests.simulated_viewers.programmes import Director
from loadtests.simulated_viewers.screening import Told, screen
from services.streaming.domain.audience import NO_APPEAL, Appeal
from services.streaming.domain.events import Resume, Visibility
from services.streaming.domain.story import TONE_AXES, Story

NEVER = float("inf")


class _Counting(Director):
    """Counts acts until the new favourite is believed to be liked more than the old one."""

    def __init__(
        self, story: Story, seed: int, planned_s: float, old: str, new: str, before: Director, appeal: Appeal
    ) -> None:
        super().__init__(story, seed, planned_s, taste=before.taste, appeal=appeal)
        self._old, self._new = old, new
        self.acts, self.recovered_after = 0, NEVER

    def hear(self, told: Told) -> None:
        """Learn, and see what is believed now."""
        super().hear(told)
        if isinstance(told.event.act, Resume) or told.event.act == Visibility(False):
            return
        self.acts += 1
        if self.recovered_after == NEVER and self.taste.mean(self._new) > self.taste.mean(self._old):
            self.recovered_after = self.acts


def events_to_recover(
    felt: FeltStory, numbers: Sequence[int], planned_s: float, appeal: Appeal = NO_APPEAL
) -> list[float]:
    """For each viewer whose favourite had been learned: acts until the change was believed, infinite for never."""
    counts = []
    for number in numbers:
        one = viewer(felt, number, planned_s)
        before = Director(felt.story, number, planned_s, appeal=appeal)
        screen(felt.story, one.taste, one.manners, before, one.random("learn"), film_id=f"first-{number}")
        one.taste.change_mind()
        old, new = (_axis(name) for name in one.taste.swapped)
        if before.taste.mean(old) <= before.taste.mean(new):
            continue
        counting = _Counting(felt.story, number, planned_s, old, new, before, appeal)
        screen(felt.story, one.taste, one.manners, counting, one.random("changed"), film_id=f"second-{number}")
        counts.append(float(counting.recovered_after))
    return counts


def _axis(name: str) -> str:
    return name if name in TONE_AXES else f"theme:{name}"
