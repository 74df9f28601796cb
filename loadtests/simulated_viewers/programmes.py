"""Who chooses the beats: the director, an oracle that knows the taste, and peers; all among the same beats."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
from mabwiser.mab import MAB, LearningPolicy
from numpy.typing import NDArray

from loadtests.simulated_viewers.hidden_taste import HiddenTaste, boredom
from loadtests.simulated_viewers.screening import Seen, Told, silent
from services.streaming.domain.audience import NO_APPEAL, Appeal
from services.streaming.domain.canon import Canon
from services.streaming.domain.director import choose, prospects
from services.streaming.domain.dramaturgy import Standing, admissible, candidates, notes_on, open_one
from services.streaming.domain.events import Dial, Emoji, FreeText, PreferenceEvent, Rewind, Skip, Visibility, Volume
from services.streaming.domain.flavour import Flavour
from services.streaming.domain.lessons import (
    CHOICE_LIKING,
    EMOJI_LIKELIHOOD,
    HIDDEN,
    LOUDER,
    QUIET_LEVEL,
    QUIETER,
    REWIND,
    SKIP,
    WATCHED_THROUGH,
    learn,
    promised,
    watched_through,
)
from services.streaming.domain.limits import NO_LIMITS, Limits
from services.streaming.domain.promise import Promise
from services.streaming.domain.prospect import Wish
from services.streaming.domain.sameness import repeats
from services.streaming.domain.story import Beat, Story
from services.streaming.domain.taste import EMPTY, Mood, Taste
from services.streaming.domain.wishes import wishes_in

Choice = tuple[Beat, float, float, int]
ANSWERS_TOLD = 1_000
COLUMN_SCALE = 10.0
"""Appeal and what repeats cost are about a tenth of a flavour's columns: ridge regression wants columns of one size."""


class Director:
    """Cineloom's own: taste and mood learn from every act."""

    def __init__(
        self,
        story: Story,
        seed: int,
        planned_s: float,
        limits: Limits = NO_LIMITS,
        taste: Taste = EMPTY,
        appeal: Appeal = NO_APPEAL,
    ) -> None:
        self._appeal = appeal
        self._story, self._seed, self._planned_s, self._limits = story, seed, planned_s, limits
        self.taste, self.mood, self._frame = taste, Mood(), 0
        self.why: list[str] = []

    def choose(self, canon: Canon, played_s: float, frame: int) -> Choice:
        """As the session does."""
        started_s = time.thread_time()
        self._frame = frame
        progress = min(1.5, played_s / self._planned_s)
        decision = choose(
            canon,
            self.taste,
            self.mood.at(frame),
            progress,
            self._seed,
            planned_s=self._planned_s,
            limits=self._limits,
            appeal=self._appeal,
        )
        if decision is None:
            raise RuntimeError(f"nothing can follow {canon.played}")
        self.why.append(decision.why)
        return decision.beat, decision.wanted_tension, 1000.0 * (time.thread_time() - started_s), decision.among

    def hear(self, told: Told) -> None:
        """Learn at once."""
        frame = round(told.film_s * 24)
        lesson = learn(told.event, self.taste, self.mood, told.moment, self._story, frame, appeal=self._appeal)
        self.taste, self.mood = lesson.taste, lesson.mood

    def chosen(self, promise: Promise, event_id: str) -> None:
        """What was decided teaches a little."""
        self.taste = promised(self.taste, promise, self._story, event_id)

    def finished(self, seen: Seen, told: list[Told]) -> None:
        """Silence teaches a little."""
        if silent(told):
            self.taste = watched_through(
                self.taste, seen.beat, self._story, f"watched-{seen.beat.beat_id}", self._appeal, seen.before
            )


class Ranked:
    """The admissible beat that `rank` likes best, under the same rules of shape and of open ways."""

    def __init__(self, story: Story, planned_s: float, seed: int) -> None:
        self.story, self.planned_s, self.random = story, planned_s, Random(seed)

    def rank(self, beats: Sequence[Beat], latest: Sequence[Beat]) -> Sequence[float]:
        """Higher is better."""
        raise NotImplementedError

    def choose(self, canon: Canon, played_s: float, frame: int) -> Choice:
        """The best that keeps the film open."""
        notes = notes_on(self.story)
        standing = Standing(canon, played_s, notes.shape(self.planned_s))
        found = candidates(standing)
        allowed = admissible(found)
        latest = [self.story.beat(beat_id) for beat_id in canon.played]
        values = self.rank([candidate.beat for candidate in allowed], latest)
        ordered = [allowed[at] for at in sorted(range(len(allowed)), key=lambda at: -values[at])]
        picked = open_one(ordered, found, standing)
        return picked.beat, picked.wanted_tension, 0.0, len(found)

    def hear(self, told: Told) -> None:
        """Nothing is learned before a beat is over."""

    def chosen(self, promise: Promise, event_id: str) -> None:
        """Nothing is learned."""

    def finished(self, seen: Seen, told: list[Told]) -> None:
        """Nothing is learned."""


class NoPersonalisation(Ranked):
    """Any admissible beat, by chance."""

    def rank(self, beats: Sequence[Beat], latest: Sequence[Beat]) -> Sequence[float]:
        """By chance."""
        return [self.random.random() for _ in beats]


@dataclass
class EarlierAudience:
    """What an earlier audience left: rewards by beat, each viewer's taste, and (beat, latest, reward) in order."""

    rewards: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tastes: list[Taste] = field(default_factory=list)
    answers: list[tuple[Beat, tuple[Beat, ...], float]] = field(default_factory=list)

    def lessons(self, columns: Columns) -> list[Lesson]:
        """The answers as a bandit learns them."""
        return [(columns.of(beat, latest), reward) for beat, latest, reward in self.answers[:ANSWERS_TOLD]]


class Noting(NoPersonalisation):
    """Beats by chance; what is answered is noted, as rewards and as the service's own taste."""

    def __init__(self, story: Story, planned_s: float, seed: int, earlier: EarlierAudience) -> None:
        super().__init__(story, planned_s, seed)
        self._earlier, self._taste, self._latest = earlier, EMPTY, list[Beat]()
        self._place = len(earlier.tastes)
        earlier.tastes.append(EMPTY)

    def hear(self, told: Told) -> None:
        """Learn as the service does."""
        self._taste = learn(told.event, self._taste, Mood(), told.moment, self.story, 0).taste

    def chosen(self, promise: Promise, event_id: str) -> None:
        """Learn as the service does."""
        self._taste = promised(self._taste, promise, self.story, event_id)

    def finished(self, seen: Seen, told: list[Told]) -> None:
        """One reward for the beat."""
        if silent(told):
            lesson_id = f"watched-{seen.beat.beat_id}"
            self._taste = watched_through(self._taste, seen.beat, self.story, lesson_id, earlier=seen.before)
        self._earlier.rewards[seen.beat.beat_id].append(reward_of(told))
        self._earlier.answers.append((seen.beat, tuple(self._latest), reward_of(told)))
        self._earlier.tastes[self._place] = self._taste
        self._latest.append(seen.beat)


class Popularity(Ranked):
    """What earlier viewers answered best, shrunk towards the average; popular: beat id -> rewards seen."""

    def __init__(self, story: Story, planned_s: float, seed: int, popular: Mapping[str, Sequence[float]]) -> None:
        super().__init__(story, planned_s, seed)
        everything = [reward for rewards in popular.values() for reward in rewards]
        average = float(np.mean(everything)) if everything else 0.0
        self._means = defaultdict(
            lambda: average,
            {name: (sum(rewards) + 5.0 * average) / (len(rewards) + 5.0) for name, rewards in popular.items()},
        )

    def rank(self, beats: Sequence[Beat], latest: Sequence[Beat]) -> Sequence[float]:
        """By mean reward."""
        return [self._means[beat.beat_id] for beat in beats]


class Columns:
    """What the director knows of a beat, as a bandit's context: its flavour, its appeal, and how much it repeats."""

    def __init__(self, story: Story, appeal: Appeal, axes: Sequence[str]) -> None:
        """axes: of all stories that the bandit will see."""
        self.axes, self._appeal = tuple(axes), appeal
        self._rows = {
            name: [*(flavour.get(axis, 0.0) for axis in self.axes), COLUMN_SCALE * appeal.of(name)]
            for name, flavour in notes_on(story).flavours.items()
        }

    def of(self, beat: Beat, latest: Sequence[Beat]) -> list[float]:
        """The context of a beat after the latest ones."""
        return [*self._rows[beat.beat_id], -COLUMN_SCALE * self._appeal.bored(repeats(beat, latest))]

    def of_flavour(self, flavour: Flavour) -> list[float]:
        """Something of a flavour that is no beat."""
        return [*(flavour.get(axis, 0.0) for axis in self.axes), 0.0, 0.0]

    def of_axis(self, name: str) -> list[float]:
        """Something that is made of one axis alone."""
        return [*(float(axis == name) for axis in self.axes), 0.0, 0.0]


Lesson = tuple[list[float], float]


class Bandit(Ranked):
    """A contextual bandit of MABWiser: one arm, "show", whose context is what the director knows of a beat.

    It learns from the same acts: one reward for each beat that was shown, and dials and wishes as rewards of their
    axis alone. lessons: what it was told of an earlier audience before its viewer's first film.
    before: the bandit of the viewer's last film, which goes on.
    """

    def __init__(
        self,
        story: Story,
        planned_s: float,
        seed: int,
        policy: object,
        columns: Columns,
        lessons: Sequence[Lesson] = (),
        before: Bandit | None = None,
    ) -> None:
        super().__init__(story, planned_s, seed)
        self._columns = columns
        self._bandit: MAB = MAB(["show"], policy, seed=seed % (2**31)) if before is None else before._bandit
        self._taught = before is not None
        self._latest: list[Beat] = []
        if lessons and before is None:
            self._learn(lessons)

    def rank(self, beats: Sequence[Beat], latest: Sequence[Beat]) -> Sequence[float]:
        """By the expectation that the bandit draws."""
        if not self._taught or len(beats) == 1:
            return [self.random.random() for _ in beats]
        told = self._bandit.predict_expectations(np.array([self._columns.of(beat, latest) for beat in beats]))
        return [row["show"] for row in ([told] if isinstance(told, dict) else told)]

    def hear(self, told: Told) -> None:
        """What is said of an axis."""
        act = told.event.act
        said = {act.name: act.value} if isinstance(act, Dial) else {}
        if isinstance(act, FreeText):
            said = wishes_in(act.text, self.story)
        lessons = [(self._columns.of_axis(axis), value) for axis, value in said.items() if axis in self._columns.axes]
        if lessons:
            self._learn(lessons)

    def chosen(self, promise: Promise, event_id: str) -> None:
        """A reward for what the option promises more of than the others do."""
        if promise.flavour:
            self._learn([(self._columns.of_flavour(promise.flavour), CHOICE_LIKING)])

    def finished(self, seen: Seen, told: list[Told]) -> None:
        """One reward for the beat."""
        self._learn([(self._columns.of(seen.beat, self._latest), reward_of(told))])
        self._latest.append(seen.beat)

    def _learn(self, lessons: Sequence[Lesson]) -> None:
        learn_now = self._bandit.partial_fit if self._taught else self._bandit.fit
        contexts, rewards = np.array([context for context, _ in lessons]), [reward for _, reward in lessons]
        learn_now(["show"] * len(rewards), rewards, contexts)
        self._taught = True


def lin_ucb(alpha: float, ridge: float) -> object:
    """Li and others 2010."""
    return LearningPolicy.LinUCB(alpha=alpha, l2_lambda=ridge)


def lin_ts(alpha: float, ridge: float) -> object:
    """Thompson sampling with linear payoffs, Agrawal and Goyal 2013."""
    return LearningPolicy.LinTS(alpha=alpha, l2_lambda=ridge)


class GreedyOracle(Ranked):
    """Knows the hidden taste, boredom and whims included."""

    def __init__(self, story: Story, planned_s: float, seed: int, taste: HiddenTaste) -> None:
        super().__init__(story, planned_s, seed)
        self._taste = taste

    def rank(self, beats: Sequence[Beat], latest: Sequence[Beat]) -> Sequence[float]:
        """By true liking."""
        return [self._taste.liking(beat, latest) for beat in beats]


class Oracle(GreedyOracle):
    """The same with foresight: it also weighs how much of what is truly liked can still come after a beat."""

    @property
    def likings(self) -> NDArray[np.float64]:
        """Liking of each beat by itself."""
        return self._taste.likings

    def choose(self, canon: Canon, played_s: float, frame: int) -> Choice:
        """By true liking of the beat and of what it makes possible."""
        notes = notes_on(self.story)
        standing = Standing(canon, played_s, notes.shape(self.planned_s))
        found = candidates(standing)
        allowed = admissible(found)
        latest = [self.story.beat(beat_id) for beat_id in canon.played]
        likings = self.likings
        usual = float(np.mean(likings))
        ahead = prospects(allowed, standing, Wish([float(value) - usual for value in likings]))
        ranked = self.rank([candidate.beat for candidate in allowed], latest)
        values = [liking + rest for liking, rest in zip(ranked, ahead, strict=True)]
        ordered = [allowed[at] for at in sorted(range(len(allowed)), key=lambda at: -values[at])]
        picked = open_one(ordered, found, standing)
        return picked.beat, picked.wanted_tension, 0.0, len(found)


class Expecting(Oracle):
    """Plans as the oracle does, by what `likings` expects of each beat; it knows what bores."""

    def rank(self, beats: Sequence[Beat], latest: Sequence[Beat]) -> Sequence[float]:
        """By expected liking."""
        likings, felt = self.likings, self._taste.felt
        return [float(likings[felt.row(beat)]) - boredom(beat, latest) for beat in beats]


class OracleWithoutWhims(Expecting):
    """Knows the taste, but not the whims that no taste explains."""

    @property
    def likings(self) -> NDArray[np.float64]:
        """What the taste makes of each beat by itself."""
        return self._taste.expected


def reward_of(told: Sequence[Told]) -> float:
    """What a bandit is told of a beat: the mean of what the acts say, a little for silence."""
    said = [value for one in told for value in [_said(one.event)] if value is not None]
    return sum(said) / len(said) if said else WATCHED_THROUGH.liking


def _said(event: PreferenceEvent) -> float | None:
    match event.act:
        case Emoji(name):
            return EMOJI_LIKELIHOOD[name].liking
        case Skip():
            return SKIP.liking
        case Rewind():
            return REWIND.liking
        case Visibility(hidden):
            return HIDDEN.liking if hidden else None
        case Volume(level):
            return QUIETER.liking if level <= QUIET_LEVEL else LOUDER.liking
        case FreeText():
            return None
    return None
