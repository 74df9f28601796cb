"""Which beat comes next: of those that keep the film's shape, the one that this viewer should like best now.

Every choice keeps its terms, so that "why this scene?" is answered with what really decided. No model is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.streaming.domain.audience import NO_APPEAL, OWN_VARIANCE, Appeal
from services.streaming.domain.canon import Canon
from services.streaming.domain.dramaturgy import (
    Candidate,
    Standing,
    admissible,
    candidates,
    notes_on,
    open_one,
)
from services.streaming.domain.draw import draw_unit
from services.streaming.domain.explanation import explain
from services.streaming.domain.flavour import OVERALL
from services.streaming.domain.limits import NO_LIMITS, Limits
from services.streaming.domain.prospect import Wish, prospect
from services.streaming.domain.sameness import LATEST, repeats
from services.streaming.domain.story import TONE_AXES, Beat
from services.streaming.domain.taste import Mood, Taste
from services.streaming.domain.trunk import ALONE, Trunk

LIKING_WEIGHT = 3.0
"""Of liking times length, in beats of usual length: a scene that lasts is more of the film."""
MOOD_WEIGHT = 0.25
SHAPE_WEIGHT = 0.2
VARIETY_WEIGHT = 1.6
"""Of the liking that repeats cost: they also cost the film."""
FORESIGHT_WEIGHT = 0.9
FOLLOWS_WEIGHT = 0.06
CHOSEN_WEIGHT = 6.0
"""Of showing at once what was chosen, more than any liking; each scene that comes between halves it."""
AUTHOR_WEIGHT = 0.1
EXPLORATION_WEIGHT = 2.5
EXPLORED_AT = 0.5
"""The share of the film after which nothing is shown any more to get to know the viewer: it would come too late."""
CHANCE = 0.1
SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Decision:
    """A chosen beat; terms: what each consideration added for it, in falling order of size; why: for the viewer.

    wanted_tension: what the dramatic curve asked for here. among: how many beats could have come instead.
    liking_lost: by how much it is expected to be liked less than the beat that would have come if nothing existed.
    """

    beat: Beat
    terms: tuple[tuple[str, float], ...]
    why: str
    wanted_tension: float = 0.0
    among: int = 1
    liking_lost: float = 0.0

    @property
    def score(self) -> float:
        """Sum of the terms."""
        return sum(value for _, value in self.terms)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate and its terms by name."""

    candidate: Candidate
    terms: dict[str, float]

    @property
    def score(self) -> float:
        """Sum of the terms."""
        return sum(self.terms.values())


def standing_of(
    canon: Canon, taste: Taste, progress: float, planned_s: float = 0.0, limits: Limits = NO_LIMITS
) -> Standing:
    """Where the film stands when a share of its planned length is decided; planned_s: 0 for the story's own."""
    shape = notes_on(canon.story).shape(planned_s, limits)
    return Standing(canon, progress * shape.planned_s, shape, taste.mean("tension"), limits)


def choose(
    canon: Canon,
    taste: Taste,
    mood: Mood,
    progress: float,
    seed: int,
    without: Sequence[str] = (),
    planned_s: float = 0.0,
    limits: Limits = NO_LIMITS,
    trunk: Trunk = ALONE,
    appeal: Appeal = NO_APPEAL,
) -> Decision | None:
    """The next beat, or None when nothing can follow. progress: share of the planned length that is decided.

    without: beats that are not wanted now; they are taken all the same when nothing else can follow.
    planned_s: the planned length in seconds, 0 for the story's own. limits: what must never be shown.
    trunk: what exists because other films tell it.
    appeal: what earlier viewers taught about the beats.
    """
    standing = standing_of(canon, taste, progress, planned_s, limits)
    found = candidates(standing, without)
    allowed = admissible(found)
    if not allowed:
        return None
    weighing = _Weighing(standing, taste, mood, progress, seed, appeal)
    weighed = sorted(weighing.all(allowed), key=lambda one: -one.score)
    best = weighed[0].score
    for one in weighed:
        one.terms[SHARED] = LIKING_WEIGHT * trunk.worth(one.candidate.beat)
    weighed.sort(key=lambda one: -one.score)
    picked = open_one([one.candidate for one in weighed], found, standing)
    chosen = next((one for one in weighed if one.candidate is picked), Weighed(picked, weighing.terms(picked)))
    ordered = tuple(sorted(chosen.terms.items(), key=lambda term: -abs(term[1])))
    why = explain(picked, chosen.terms, [one.terms for one in weighed], found, standing, taste)
    lost = (best - chosen.score + chosen.terms.get(SHARED, 0.0)) / LIKING_WEIGHT if chosen is weighed[0] else 0.0
    return Decision(picked.beat, ordered, why, picked.wanted_tension, len(found), max(0.0, round(lost, 9)))


@dataclass(frozen=True, slots=True)
class _Weighing:
    """What one decision is made from."""

    standing: Standing
    taste: Taste
    mood: Mood
    progress: float
    seed: int
    appeal: Appeal

    @property
    def _played(self) -> tuple[Beat, ...]:
        canon = self.standing.canon
        return tuple(canon.story.beat(beat_id) for beat_id in canon.played[-LATEST:])

    def all(self, allowed: Sequence[Candidate]) -> list[Weighed]:
        """Every candidate with its terms, and what each makes possible compared with the others."""
        weighed = [Weighed(candidate, self.terms(candidate)) for candidate in allowed]
        if len(weighed) > 1 and self.progress > 0.0:
            liking = [self._liking(beat) for beat in self.standing.notes.story.beats]
            ahead = prospects(allowed, self.standing, Wish(liking))
            average = sum(ahead) / len(ahead)
            for one, value in zip(weighed, ahead, strict=True):
                one.terms["foresight"] = LIKING_WEIGHT * FORESIGHT_WEIGHT * (value - average)
        return weighed

    def terms(self, candidate: Candidate) -> dict[str, float]:
        """What each consideration adds for a candidate."""
        beat, canon, taste = candidate.beat, self.standing.canon, self.taste
        flavour, same = self.standing.notes.flavours[beat.beat_id], repeats(beat, self._played)
        by_liking = LIKING_WEIGHT * self.standing.notes.seconds(beat) / self.standing.notes.usual_seconds
        terms = {
            term_name(axis): by_liking * taste.mean(axis) * weight
            for axis, weight in flavour.items()
            if axis != OVERALL and taste.mean(axis)
        }
        doubt = taste.doubt({axis: weight for axis, weight in flavour.items() if axis != OVERALL})
        unknown = doubt * (1.0 + CHANCE * (draw_unit(self.seed, "explore", beat.beat_id) - 0.5))
        terms |= {
            "audience": by_liking * self.appeal.of(beat.beat_id),
            "recalled": by_liking * self._recalled(beat),
            "mood": MOOD_WEIGHT * _relief(beat, self.mood),
            "curve": -SHAPE_WEIGHT * candidate.curve,
            "plot": -SHAPE_WEIGHT * candidate.plot,
            "variety": -VARIETY_WEIGHT * by_liking * self.appeal.bored(same),
            "follows": FOLLOWS_WEIGHT * (bool(canon.played) and canon.played[-1] in beat.follows),
            "chosen": CHOSEN_WEIGHT * candidate.answering,
            "author": AUTHOR_WEIGHT * (beat.weight - 1.0),
            "exploration": EXPLORATION_WEIGHT * unknown * max(0.0, 1.0 - self.progress / EXPLORED_AT),
        }
        return terms

    def _liking(self, beat: Beat) -> float:
        """What is expected of this viewer, whatever came before, against the average beat."""
        flavour = self.standing.notes.flavours[beat.beat_id]
        own = sum(self.taste.mean(axis) * weight for axis, weight in flavour.items() if axis != OVERALL)
        return own + self.appeal.of(beat.beat_id) + self._recalled(beat)

    def _recalled(self, beat: Beat) -> float:
        """What the viewer said of the beat in an earlier film, beyond what their taste makes of it."""
        told = self.taste.impressions.get(f"{self.standing.canon.story.story_id}/{beat.beat_id}")
        if told is None or beat.beat_id in self.standing.canon.played:
            return 0.0
        expected = self.taste.liking(self.standing.notes.flavours[beat.beat_id]) + self.appeal.of(beat.beat_id)
        expected -= self.appeal.bored(told.repeats)
        return (told.liking - expected) * OWN_VARIANCE / (OWN_VARIANCE + 1.0 / told.weight)


def prospects(allowed: Sequence[Candidate], standing: Standing, wish: Wish) -> list[float]:
    """For each candidate the liking that the rest of the film can give after it, in beats of usual length."""
    notes = standing.notes
    ahead, forbidden = notes.ahead(standing.canon), notes.forbidden(standing.limits)
    found = []
    for candidate in allowed:
        beat = candidate.beat
        at_s = standing.played_s + notes.seconds(beat)
        options = standing.canon.options(beat) or (None,)
        rests = [prospect(ahead.after(beat, option), wish, standing.shape, at_s, forbidden) for option in options]
        found.append(sum(rests) / len(rests) / notes.usual_seconds)
    return found


def term_name(axis: str) -> str:
    """The name of an axis' term: tones are told from other words."""
    return f"tone:{axis}" if axis in TONE_AXES else axis


def _relief(beat: Beat, mood: Mood) -> float:
    """Warmth and laughter for the low-spirited, tension for the drowsy."""
    relief = max(0.0, -mood.valence) * (beat.tone.get("warmth", 0.0) + beat.tone.get("humour", 0.0))
    return relief + max(0.0, -mood.arousal) * beat.tension
