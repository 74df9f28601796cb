"""The choices that a film offers: when each is asked, how the vote on it goes, and what is taken.

Knows the film and who watches it; what a choice changes in the story is the film's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.streaming.app.film import Film, ScenePlan, choice_id_of
from services.streaming.app.playout import Playout
from services.streaming.app.voting import Vote
from services.streaming.domain import timeline_messages as page
from services.streaming.domain.journal import ChoiceTaken
from services.streaming.domain.timebase import FRAMES_PER_SECOND, frames
from services.streaming.ports import Viewer

LEAST_COUNTDOWN_S = 4.0


@dataclass(slots=True)
class _OpenChoice:
    choice_id: str
    closes_at_frame: int
    offered: page.ChoiceOffered
    vote: Vote


class Choices:
    """margin_s: between a choice's end and its scene's, in which what follows is made. decide: writes it down."""

    def __init__(self, film: Film, playout: Playout, margin_s: float, decide: Callable[[ChoiceTaken], None]) -> None:
        self._film = film
        self._playout = playout
        self._margin_s = margin_s
        self._decide = decide
        self._open: _OpenChoice | None = None

    @property
    def open_id(self) -> str:
        """Id of the choice that is offered now, "" when there is none."""
        return self._open.choice_id if self._open is not None else ""

    def offers(self, option_id: str) -> bool:
        """Whether the open choice has the option."""
        return self._open is not None and any(option == option_id for option, _ in self._open.offered.options)

    def tend(self) -> None:
        """Offer what is due, close what has run out."""
        frame = self._playout.frame
        if self._open is not None:
            if frame >= self._open.closes_at_frame:
                self._close_by_votes(self._open)
            return
        missed = self._missed()
        if missed is not None:
            self._take_default(missed)
        plan = self._film.playing(frame)
        if plan is None or not plan.awaits_choice or plan.beat.choice is None or not self._playout.viewers:
            return
        left_s = self._seconds_left(plan)
        if left_s > plan.beat.choice.countdown_s + self._margin_s:
            return
        countdown_s = round(min(plan.beat.choice.countdown_s, max(LEAST_COUNTDOWN_S, left_s - self._margin_s)), 1)
        default = _default_of(plan)
        offered = page.ChoiceOffered(
            choice_id_of(plan.scene),
            plan.beat.choice.prompt,
            tuple((option.option_id, option.label) for option in plan.options),
            countdown_s,
            default,
        )
        self._open = _OpenChoice(offered.choice_id, frame + frames(countdown_s), offered, Vote(default))
        self._tell(offered)
        self._tell_votes(self._open)

    def greet(self, viewer: Viewer) -> None:
        """Someone has come to watch: they are told what is asked, and all how many may vote now."""
        if self._open is not None:
            viewer.tell(self._open.offered)
            self._tell_votes(self._open)

    def bid_farewell(self) -> None:
        """Someone has gone: those who are left may have voted already."""
        if self._open is None or not self._playout.viewers:
            return
        if self._open.vote.votes and self._open.vote.decided(len(self._playout.viewers)):
            self._close_by_votes(self._open)
        else:
            self._tell_votes(self._open)

    def vote(self, viewer_id: str, option_id: str) -> bool:
        """Count a vote on the open choice; True when that decided it."""
        if self._open is None:
            return False
        self._open.vote.cast(viewer_id, option_id)
        if not self._open.vote.decided(max(1, len(self._playout.viewers))):
            self._tell_votes(self._open)
            return False
        self._close_by_votes(self._open)
        return True

    def close(self) -> None:
        """Close an open choice by its votes; a choice not yet offered is decided too, because the scene ends."""
        if self._open is not None:
            self._close_by_votes(self._open)
            return
        plan = self._film.playing(self._playout.frame)
        if plan is not None and plan.awaits_choice:
            self._take_default(plan)

    def _close_by_votes(self, choice: _OpenChoice) -> None:
        self._open = None
        self._decide(ChoiceTaken(choice.choice_id, choice.vote.winner, by_viewer=bool(choice.vote.votes)))
        self._tell(page.ChoiceClosed(choice.choice_id, choice.vote.winner))

    def _take_default(self, plan: ScenePlan) -> None:
        self._decide(ChoiceTaken(choice_id_of(plan.scene), _default_of(plan), by_viewer=False))

    def _tell_votes(self, choice: _OpenChoice) -> None:
        votes = tuple(sorted(choice.vote.votes.items()))
        self._tell(page.ChoiceVotes(choice.choice_id, votes, len(self._playout.viewers)))

    def _tell(self, message: page.TimelineMessage) -> None:
        for viewer in self._playout.viewers:
            viewer.tell(message)

    def _seconds_left(self, plan: ScenePlan) -> float:
        frame = self._playout.frame
        scheduled = [take for take in self._film.timeline.takes if self._film.plan_of(take.shot_id) is plan]
        end = scheduled[-1].end_frame if scheduled else frame
        return (end - frame + plan.frames_left) / FRAMES_PER_SECOND

    def _missed(self) -> ScenePlan | None:
        """The scene whose choice can never be offered, because nothing of it is left to be shown."""
        last = self._film.plans[-1] if self._film.plans else None
        if last is None or not last.awaits_choice or last.frames_left:
            return None
        to_come = [take for take in self._film.timeline.takes if take.end_frame > self._playout.frame]
        return None if any(self._film.plan_of(take.shot_id) is last for take in to_come) else last


def _default_of(plan: ScenePlan) -> str:
    return next((option for option in plan.options if option.default), plan.options[0]).option_id
