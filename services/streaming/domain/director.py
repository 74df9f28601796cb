"""Which beat comes next: expected liking under the viewer's taste and mood, the dramatic curve, and some exploration.

Every choice keeps its terms, so that "why this scene?" is answered with what really decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.streaming.domain.canon import Canon
from services.streaming.domain.draw import draw_unit
from services.streaming.domain.story import Beat
from services.streaming.domain.taste import Mood, Taste

THEME_WEIGHT = 1.0
TONE_WEIGHT = 0.8
SCIENCE_WEIGHT = 0.5
CURVE_WEIGHT = 1.1
PACE_OF_PLOT_WEIGHT = 1.4
WAY_ON_WEIGHT = 3.0
VARIETY_WEIGHT = 0.35
FOLLOWS_WEIGHT = 0.5
AUTHOR_WEIGHT = 0.25
EXPLORATION_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Decision:
    """A chosen beat; terms: what each consideration added for it, in falling order of size; why: for the viewer."""

    beat: Beat
    terms: tuple[tuple[str, float], ...]
    why: str

    @property
    def score(self) -> float:
        """Sum of the terms."""
        return sum(value for _, value in self.terms)


def target_tension(progress: float) -> float:
    """The dramatic curve over the film, 0..1 -> 0..1: rises through three acts with a breather after each turn."""
    points = ((0.0, 0.25), (0.25, 0.5), (0.32, 0.35), (0.6, 0.7), (0.66, 0.5), (0.88, 0.95), (1.0, 0.45))
    for (left, low), (right, high) in pairwise(points):
        if progress <= right:
            share = (progress - left) / (right - left)
            return low + share * (high - low)
    return points[-1][1]


def target_act(progress: float) -> float:
    """The act that the film should be in, as a number that grows from 1 to 3."""
    return 1.0 + 2.0 * min(1.0, max(0.0, progress) / 0.85)


def choose(
    canon: Canon, taste: Taste, mood: Mood, progress: float, seed: int, without: Sequence[str] = ()
) -> Decision | None:
    """The next beat, or None when the film is over. progress: share of the planned length that has played.

    without: beats that are not wanted now; they are taken all the same when nothing else can follow.
    """
    ready = canon.next_beats()
    wanted = [beat for beat in ready if beat.beat_id not in without] or list(ready)
    decisions = [_weigh(beat, canon, taste, mood, progress, seed) for beat in wanted]
    return max(decisions, key=lambda decision: decision.score, default=None)


def _weigh(beat: Beat, canon: Canon, taste: Taste, mood: Mood, progress: float, seed: int) -> Decision:
    terms = [
        *_theme_terms(beat, taste),
        *_tone_terms(beat, taste, mood),
        ("science", SCIENCE_WEIGHT * taste.mean("science") * (2.0 * beat.science_depth - 1.0)),
        ("curve", -CURVE_WEIGHT * abs(beat.tension - _wanted_tension(progress, taste))),
        ("plot", -PACE_OF_PLOT_WEIGHT * _plot_distance(beat, progress)),
        ("way_on", WAY_ON_WEIGHT * _haste(canon, progress) * _way_on(beat, canon)),
        ("variety", -VARIETY_WEIGHT * _sameness(beat, canon)),
        ("follows", FOLLOWS_WEIGHT * (bool(canon.played) and canon.played[-1] in beat.follows)),
        ("author", AUTHOR_WEIGHT * (beat.weight - 1.0)),
        ("exploration", EXPLORATION_WEIGHT * _uncertainty(beat, taste) * draw_unit(seed, "explore", beat.beat_id)),
    ]
    ordered = tuple(sorted(((name, float(value)) for name, value in terms), key=lambda term: -abs(term[1])))
    return Decision(beat, ordered, _explain(beat, ordered, taste))


def _theme_terms(beat: Beat, taste: Taste) -> list[tuple[str, float]]:
    return [
        (f"theme:{theme}", THEME_WEIGHT * weight * taste.mean(f"theme:{theme}"))
        for theme, weight in beat.themes.items()
    ]


def _tone_terms(beat: Beat, taste: Taste, mood: Mood) -> list[tuple[str, float]]:
    terms = [(f"tone:{axis}", TONE_WEIGHT * weight * taste.mean(axis)) for axis, weight in beat.tone.items()]
    relief = max(0.0, -mood.valence) * (beat.tone.get("warmth", 0.0) + beat.tone.get("humour", 0.0))
    lift = max(0.0, -mood.arousal) * beat.tension
    return [*terms, ("mood", 0.5 * (relief + lift))]


def _wanted_tension(progress: float, taste: Taste) -> float:
    return min(1.0, max(0.0, target_tension(progress) + 0.2 * taste.mean("tension")))


def _plot_distance(beat: Beat, progress: float) -> float:
    if beat.ends:
        return max(0.0, 0.92 - progress) * 4.0
    late = max(0.0, target_act(progress) - beat.act - 0.6)
    early = max(0.0, beat.act - target_act(progress) - 0.4)
    overdue = max(0.0, progress - 0.95) * 4.0
    return late + 2.0 * early + overdue


def _haste(canon: Canon, progress: float) -> float:
    """How far the film is behind its plot: what it takes to go on counts the more."""
    return max(0.0, target_act(progress) - canon.act - 0.4, 2.0 * (progress - 0.85))


def _way_on(beat: Beat, canon: Canon) -> float:
    """How much nearer a beat brings the next act, a climax or an ending that cannot come yet, 0..1."""
    ahead = [
        other
        for other in canon.story.beats
        if (other.act > canon.act or other.ends or other.purpose == "climax") and other.beat_id not in canon.played
    ]
    afterwards = [canon.after(beat, option) for option in canon.options(beat) or (None,)]
    nearer = 0.0
    for other in ahead:
        missing = len(canon.unmet(other.requires))
        left = min(len(after.unmet(other.requires)) for after in afterwards)
        if left < missing:
            nearer = max(nearer, 1.0 / (1.0 + left))
    return nearer


def _sameness(beat: Beat, canon: Canon) -> float:
    recent = [canon.story.beat(beat_id) for beat_id in canon.played[-2:]]
    same_place = sum(old.place == beat.place for old in recent) / 2.0
    same_purpose = sum(old.purpose == beat.purpose for old in recent) / 2.0
    return same_place + 0.5 * same_purpose


def _uncertainty(beat: Beat, taste: Taste) -> float:
    names = [f"theme:{theme}" for theme in beat.themes] or ["tension"]
    return sum(taste.axis(name).variance for name in names) / len(names)


_REASONS = {
    "science": ("you like the science explained", "you would rather have the story than the science"),
    "curve": ("the film needs this much tension here", "the film needs this much tension here"),
    "plot": ("the story has to move on", "the story has to move on"),
    "way_on": ("the story has to move on", ""),
    "variety": ("it brings something new", "it brings something new"),
    "follows": ("it follows from what just happened", ""),
    "author": ("the author likes it here", ""),
    "mood": ("it suits the mood you are in", ""),
    "exploration": ("we do not know yet whether you like this", ""),
}


def _explain(beat: Beat, terms: Sequence[tuple[str, float]], taste: Taste) -> str:
    reasons = [
        reason for name, value in terms if abs(value) > 0.05 for reason in [_reason(name, value, taste)] if reason
    ]
    told = list(dict.fromkeys(reasons))[:2] or ["it is what the story asks for next"]
    return f"“{beat.title}” comes now because {' and '.join(told)}."


def _reason(name: str, value: float, taste: Taste) -> str:
    group, _, subject = name.partition(":")
    if group == "theme":
        return f"you like {subject.replace('_', ' ')}" if value > 0 else ""
    if group == "tone":
        likes = taste.mean(subject) > 0
        return f"you like {subject}" if likes and value > 0 else ""
    if value < 0 and name in ("curve", "plot", "variety"):
        return ""
    return _REASONS[name][0 if value > 0 else 1]
