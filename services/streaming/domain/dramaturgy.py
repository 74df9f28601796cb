"""Which beats may come next so that the film keeps its shape: length, acts, tension, and a way to an ending.

Knows nothing of the viewer but hard limits; who is liked and what is not decided here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from services.streaming.domain.ahead import Ahead, Memory
from services.streaming.domain.canon import Canon
from services.streaming.domain.dramatic_curve import ACTS, CLOSE_TENSION, PEAK_TENSION, Shape, fitted
from services.streaming.domain.flavour import Flavour, flavours_of
from services.streaming.domain.limits import NO_LIMITS, Limits
from services.streaming.domain.outlook import Way, Ways, compares
from services.streaming.domain.story import Beat, Condition, Effect, Story

OVERRUN_WEIGHT = 8.0
EARLY_WEIGHT = 8.0
LATE_WEIGHT = 6.0
CURVE_WEIGHT = 1.0
MARGIN = 0.22
"""How much worse for the film's shape a beat may be than the best one, to be liking's to choose."""
ANSWER_EASE = 0.3
"""By how much the film's shape gives way to a beat that answers the choice just taken: a film keeps its word."""
SHORTEST_FILM_S = 30.0
STORIES_KEPT = 16
TOLERANCE = 0.03


class Notes:
    """What follows from a story alone; make it once per story, or ask `notes_on`.

    answers: beat id -> the beats whose choice it answers. answer_s: beat id -> how long an answer to its choice plays
    in the same act.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        self.ways = Ways(story)
        self._memory = Memory(self.ways)
        self.usual_seconds = sum(self.ways.seconds) / len(self.ways.seconds)
        self.flavours: dict[str, Flavour] = flavours_of(story)
        self.answers = answers_of(story)
        self.answer_s: dict[str, float] = {}
        for beat in story.beats:
            for asked in self.answers.get(beat.beat_id, ()):
                if beat.act == story.beat(asked).act and not beat.ends:
                    self.answer_s[asked] = max(self.answer_s.get(asked, 0.0), self.seconds(beat))
        self._shapes: dict[tuple[float, Limits], Shape] = {}
        self._forbidden: dict[Limits, int] = {}

    def ahead(self, canon: Canon) -> Ahead:
        """What can follow from a canon, from memory where the same was asked before."""
        return self._memory.ahead(canon)

    def seconds(self, beat: Beat) -> float:
        """About how long the beat plays."""
        return self.ways.seconds[self.ways.number[beat.beat_id]]

    def forbidden(self, limits: Limits) -> int:
        """Beats that may not be shown, as bits."""
        if limits not in self._forbidden:
            self._forbidden[limits] = self.ways.mask(limits.forbidden(self.story))
        return self._forbidden[limits]

    def shape(self, planned_s: float, limits: Limits = NO_LIMITS) -> Shape:
        """The film's acts for a planned length; seconds, 0 for the story's own."""
        planned_s = max(SHORTEST_FILM_S, planned_s or self.story.planned_minutes.default * 60.0)
        key = (planned_s, limits)
        if key not in self._shapes:
            self._shapes[key] = self._fitted(planned_s, limits)
        return self._shapes[key]

    def _fitted(self, planned_s: float, limits: Limits) -> Shape:
        forbidden = self.forbidden(limits)
        way = self.ways.to_ending(Canon.of(self.story), forbidden)
        needed = way.beats if way is not None else 0
        least, most = [0.0] * ACTS, [0.0] * ACTS
        for at, beat in enumerate(self.story.beats):
            act = min(max(beat.act, 1), ACTS) - 1
            on_the_way = bool(needed >> at & 1)
            least[act] += self.ways.seconds[at] * on_the_way
            closes = beat.ends or beat.purpose in ("climax", "opening", "descent")
            if not forbidden >> at & 1 and (on_the_way or not closes):
                most[act] += self.ways.seconds[at]
        return fitted(planned_s, least, most)


_notes: OrderedDict[int, Notes] = OrderedDict()


def notes_on(story: Story) -> Notes:
    """The notes on a story, from memory where they were asked for before."""
    known = _notes.get(id(story))
    if known is None or known.story is not story:
        known = _notes[id(story)] = Notes(story)
        while len(_notes) > STORIES_KEPT:
            _notes.popitem(last=False)
    return known


def can_be_told(story: Story, limits: Limits) -> bool:
    """Whether a film of the story can begin and end within the limits."""
    notes = notes_on(story)
    return not notes.forbidden(limits) or notes.ways.to_ending(Canon.of(story), notes.forbidden(limits)) is not None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A beat that may come next. Costs in units of the film's shape, 0 is best: plot (length and acts), curve.

    on_the_way: whether the quickest way to an ending leads through it. answering: see `Standing.answering`.
    """

    beat: Beat
    plot: float
    curve: float
    wanted_tension: float
    on_the_way: bool
    answering: float = 0.0

    @property
    def cost(self) -> float:
        """What it costs the film's shape."""
        return self.plot + self.curve


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a film stands. played_s: film time decided so far; lean: the viewer's wish for tension, -1..1."""

    canon: Canon
    played_s: float
    shape: Shape
    lean: float = 0.0
    limits: Limits = NO_LIMITS

    @property
    def notes(self) -> Notes:
        """The notes on its story."""
        return notes_on(self.canon.story)

    def answering(self, beat: Beat) -> float:
        """1 for a beat that answers the choice that was just taken, halved for each beat since, 0 for any other."""
        asked = self.notes.answers.get(beat.beat_id, frozenset())
        return max((0.5**ago for ago, played in enumerate(reversed(self.canon.played)) if played in asked), default=0.0)


LEAN_TENSION = 0.12


def candidates(standing: Standing, without: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """Every beat that canon and limits allow now, the best for the film's shape first; `without` only if need be."""
    canon, notes = standing.canon, standing.notes
    ahead = notes.ahead(canon)
    ready = [beat for beat in ahead.next_beats if standing.limits.allow(beat)]
    wanted = [beat for beat in ready if beat.beat_id not in without] or ready
    way = ahead.to_ending(notes.forbidden(standing.limits))
    weighed = [_weighed(beat, standing, way, ready) for beat in wanted]
    return tuple(sorted(weighed, key=lambda candidate: candidate.cost))


def admissible(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Those among which the film's shape has no strong preference."""
    if not found:
        return ()
    most = min(candidate.cost for candidate in found) + MARGIN
    return tuple(one for one in found if one.cost <= most + ANSWER_EASE * (one.answering == 1.0))


def _weighed(beat: Beat, standing: Standing, way: Way | None, ready: Sequence[Beat]) -> Candidate:
    notes, shape = standing.notes, standing.shape
    seconds = notes.seconds(beat)
    on_the_way = way is not None and bool(way.beats >> notes.ways.number[beat.beat_id] & 1)
    rest_s = 0.0 if way is None or beat.ends else way.seconds - (seconds if on_the_way else 0.0)
    end_s = standing.played_s + seconds
    overrun = max(0.0, end_s + rest_s - shape.planned_s * (1.0 + TOLERANCE))
    plot = (
        OVERRUN_WEIGHT * overrun
        + EARLY_WEIGHT * _early_s(beat, standing, end_s)
        + LATE_WEIGHT * (0.0 if on_the_way else _late_s(beat, standing, ready))
    ) / shape.planned_s
    wanted = _wanted_tension(beat, standing, seconds)
    curve = CURVE_WEIGHT * abs(beat.tension - wanted)
    return Candidate(beat, plot, curve, wanted, on_the_way, standing.answering(beat))


def _wanted_tension(beat: Beat, standing: Standing, seconds: float) -> float:
    """What the curve asks for at the middle of the beat; what ends or decides the film has its own place on it."""
    if beat.ends:
        return CLOSE_TENSION
    if beat.purpose == "climax" and _closes(beat, standing.canon):
        return PEAK_TENSION
    at_s = standing.played_s + seconds / 2.0
    return min(1.0, max(0.0, standing.shape.tension_at(at_s) + LEAN_TENSION * standing.lean))


def _early_s(beat: Beat, standing: Standing, end_s: float) -> float:
    """By how much the film would leave an act, or end, before its time."""
    shape, notes = standing.shape, standing.notes
    if beat.ends:
        return max(0.0, shape.planned_s - end_s)
    if beat.purpose == "climax" and _closes(beat, standing.canon):
        ending_s = sum(notes.seconds(ending) for ending in beat_endings(notes.story)) / len(beat_endings(notes.story))
        return max(0.0, shape.planned_s - end_s - ending_s)
    if standing.canon.played and beat.act > standing.canon.act:
        return max(0.0, shape.end_of(standing.canon.act) - standing.played_s - notes.seconds(beat) / 3.0)
    return 0.0


def _late_s(beat: Beat, standing: Standing, ready: Sequence[Beat]) -> float:
    """By how much the film would stay in an act beyond its time, where it could go on; who asks must have time to
    answer."""
    if beat.ends or not any(other.act > beat.act or other.purpose == "climax" for other in ready):
        return 0.0
    seconds = standing.notes.seconds(beat) + standing.notes.answer_s.get(beat.beat_id, 0.0)
    return max(0.0, standing.played_s + seconds * 2.0 / 3.0 - standing.shape.end_of(beat.act))


def _closes(beat: Beat, canon: Canon) -> bool:
    """Whether nothing but an ending can follow."""
    options = canon.options(beat) or (None,)
    ahead = notes_on(canon.story).ahead(canon)
    return any(
        following and all(after.ends for after in following)
        for following in (ahead.after(beat, option).next_beats for option in options)
    )


def beat_endings(story: Story) -> tuple[Beat, ...]:
    """The story's endings."""
    return story.endings


def continuations(canon: Canon, limits: Limits = NO_LIMITS) -> int:
    """How many ways into the next act are left that share no beat on the way, up to 2; 2 once the last has begun."""
    notes = notes_on(canon.story)
    return notes.ahead(canon).continuations(notes.forbidden(limits))


NO_ENDING, AN_ENDING, OPEN = 0, 1, 2


def openness(beat: Beat, standing: Standing) -> int:
    """What the beat leaves possible, whatever is chosen in it: NO_ENDING, AN_ENDING, or OPEN (ways apart as well)."""
    canon, notes = standing.canon, standing.notes
    forbidden = notes.forbidden(standing.limits)
    if beat.ends:
        return OPEN
    least = OPEN
    for option in canon.options(beat) or (None,):
        after = notes.ahead(canon).after(beat, option)
        if not any(standing.limits.allow(other) for other in after.next_beats):
            return NO_ENDING
        if after.to_ending(forbidden) is None:
            return NO_ENDING
        least = min(least, OPEN if after.continuations(forbidden) > 1 else AN_ENDING)
    return least


def open_one(ranked: Sequence[Candidate], found: Sequence[Candidate], standing: Standing) -> Candidate:
    """The first of `ranked` that closes no way that is open now; one of the others where only they do not.

    Where the story itself leaves one way only, a way to an ending is enough.
    """
    demanded = OPEN if continuations(standing.canon, standing.limits) > 1 else AN_ENDING
    left: dict[str, int] = {}
    ordered = [*ranked, *(candidate for candidate in found if candidate not in ranked)]
    for candidate in ordered:
        left[candidate.beat.beat_id] = openness(candidate.beat, standing)
        if left[candidate.beat.beat_id] >= demanded:
            return candidate
    return next((candidate for candidate in ordered if left[candidate.beat.beat_id]), ranked[0])


def answers_of(story: Story) -> dict[str, frozenset[str]]:
    """Beat id -> the beats whose choice it answers: an option of theirs makes it possible, and nothing else does."""
    by_itself = [effect for beat in story.beats for effect in (*beat.opening, *beat.effects)]
    found: dict[str, frozenset[str]] = {}
    for beat in story.beats:
        for condition in beat.requires:
            if condition.kind != "fact" or compares(condition, story.fact(condition.subject).initial):
                continue
            if any(_changes(effect, condition) for effect in by_itself):
                continue
            asked = {
                other.beat_id
                for other in story.beats
                for option in (other.choice.options if other.choice else ())
                if any(_changes(effect, condition) for effect in option.effects)
            }
            found[beat.beat_id] = found.get(beat.beat_id, frozenset()) | asked
    return {beat_id: asked for beat_id, asked in found.items() if asked}


def _changes(effect: Effect, condition: Condition) -> bool:
    """Whether the effect may make the condition on a fact hold."""
    if effect.subject != condition.subject or effect.kind not in ("set", "add"):
        return False
    return effect.kind == "add" or compares(condition, effect.value)
