"""How a film can still end: for each ending the beats that must come first, found without playing them.

A relaxation as in planning (Hoffmann and Nebel 2001, "The FF planning system"): what a beat undoes is overlooked, so
the way that is found is short and the search takes about a millisecond. Beats are bits of a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.streaming.domain.canon import Canon
from services.streaming.domain.story import Beat, Condition, Effect, Story

NO_WAY = -1
WORDS_PER_S = 2.5
SCENE_MARGINS_S = 2.6
LINE_GAP_S = 0.45
ROUNDS_LIMIT = 12


def seconds_of(beat: Beat) -> float:
    """Roughly how long the beat plays: its words at the usual speed, and the pauses around them."""
    if beat.duration_s > 0.0:
        return beat.duration_s
    lines = [line for line in beat.lines if not line.requires]
    sometimes = [line for line in beat.lines if line.requires]
    words = sum(len(line.text.split()) for line in lines) + 0.5 * sum(len(line.text.split()) for line in sometimes)
    return words / WORDS_PER_S + LINE_GAP_S * (len(lines) + 0.5 * len(sometimes)) + SCENE_MARGINS_S


@dataclass(frozen=True, slots=True)
class Way:
    """The beats of one way to a goal, and how long they play."""

    beats: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Change:
    """A beat that may make a condition hold, by how much it counts towards a number (0 where it decides at once)."""

    beat: int
    amount: int = 0


class Ways:
    """Ways through one story; make it once. seconds: length of each beat by its place in `story.beats`."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.number = {beat.beat_id: at for at, beat in enumerate(story.beats)}
        self.seconds = tuple(seconds_of(beat) for beat in story.beats)
        self._lengths = tuple(_sums(self.seconds[at : at + 8]) for at in range(0, len(self.seconds), 8))
        self.closing = self.mask(beat.beat_id for beat in story.beats if beat.ends or beat.purpose == "climax")
        needed = tuple(tuple(_conditions_of(beat, story)) for beat in story.beats)
        self.conditions = tuple(dict.fromkeys(condition for needs in needed for condition in needs))
        numbers = {condition: at for at, condition in enumerate(self.conditions)}
        self._requires = tuple(tuple(numbers[condition] for condition in needs) for needs in needed)
        self._changes = tuple(tuple(self._changes_for(condition)) for condition in self.conditions)

    def _changes_for(self, condition: Condition) -> Iterator[_Change]:
        for at, beat in enumerate(self.story.beats):
            effects = [*beat.opening, *beat.effects]
            effects += [effect for option in (beat.choice.options if beat.choice else ()) for effect in option.effects]
            amounts = [amount for effect in effects if (amount := _amount(condition, effect, self.story)) is not None]
            if amounts:
                yield _Change(at, 0 if 0 in amounts else max(amounts))
            elif _makes_by_playing(condition, beat, self.story):
                yield _Change(at)

    def ids(self, beats: int) -> tuple[str, ...]:
        """The beat ids of a way, in the story's order."""
        return tuple(beat.beat_id for at, beat in enumerate(self.story.beats) if beats >> at & 1)

    def mask(self, beat_ids: Iterable[str]) -> int:
        """The beats as bits."""
        return sum(1 << self.number[beat_id] for beat_id in set(beat_ids))

    def length_s(self, beats: int) -> float:
        """How long the beats play."""
        total = 0.0
        for table in self._lengths:
            total += table[beats & 0xFF]
            beats >>= 8
        return total

    def to_each(self, canon: Canon, without: int = 0, last_act: int = 0) -> dict[int, Way]:
        """For every beat that can still come, by number: a short way that ends with it. without: beats left out.

        last_act: look no further than this act, 0 for no such limit.
        """
        if canon.over:
            return {}
        return _Search(self, canon, without, last_act).run()

    def to_ending(self, canon: Canon, without: int = 0) -> Way | None:
        """A short way to the nearest ending, None where there is none."""
        found = self.to_each(canon, without)
        ways = [found[at] for at, beat in enumerate(self.story.beats) if beat.ends and at in found]
        return min(ways, key=lambda way: way.seconds, default=None)

    def requirements(self, at: int) -> tuple[int, ...]:
        """What must hold before the beat of that number, said and unsaid, as numbers of conditions."""
        return self._requires[at]

    def changes(self, number: int) -> tuple[_Change, ...]:
        """What may make the condition of that number hold."""
        return self._changes[number]


class _Search:
    """One relaxed search from one canon."""

    def __init__(self, ways: Ways, canon: Canon, without: int, last_act: int) -> None:
        self._ways, self._canon = ways, canon
        played = ways.mask(beat_id for beat_id in canon.played if ways.story.beat(beat_id).once)
        self._act, self._begun = canon.act, bool(canon.played)
        self._open = [
            at
            for at, beat in enumerate(ways.story.beats)
            if not (played | without) >> at & 1
            and beat.act >= self._act
            and not (last_act and beat.act > last_act)
            and not (self._begun and beat.purpose == "opening")
        ]
        self._best: dict[int, Way] = {}
        self._holds: dict[int, bool] = {}
        self._lengths: dict[int, float] = {}

    def run(self) -> dict[int, Way]:
        """Improve the ways until none gets shorter."""
        for _ in range(ROUNDS_LIMIT):
            better = [self._improve(at) for at in self._open]
            if not any(better):
                break
        return self._best

    def _improve(self, at: int) -> bool:
        beats = self._act_opened(at)
        for condition in self._ways.requirements(at):
            if beats == NO_WAY:
                return False
            needed = self._way_to(condition, beats)
            beats = NO_WAY if needed == NO_WAY else beats | needed
        if beats == NO_WAY:
            return False
        beats |= 1 << at
        seconds = self._length_s(beats)
        known = self._best.get(at)
        if known is not None and known.seconds <= seconds:
            return False
        self._best[at] = Way(beats, seconds)
        return True

    def _act_opened(self, at: int) -> int:
        """Beats of the act before, where none has been played: acts are not leapt over."""
        story, beat = self._ways.story, self._ways.story.beats[at]
        if not self._begun:
            if beat.purpose == "opening":
                return 0
            return self._shortest(number for number in self._best if story.beats[number].purpose == "opening")
        if beat.act <= self._act + 1:
            return 0
        return self._shortest(number for number in self._best if story.beats[number].act == beat.act - 1)

    def _shortest(self, numbers: Iterable[int]) -> int:
        ways = [self._best[number] for number in numbers]
        return min(ways, key=lambda way: way.seconds).beats if ways else NO_WAY

    def _way_to(self, number: int, on_the_way: int) -> int:
        holds = self._holds.get(number)
        if holds is None:
            holds = self._holds[number] = self._canon.holds(self._ways.conditions[number])
        if holds:
            return 0
        changes = [change for change in self._ways.changes(number) if change.beat in self._best]
        at_once = [self._best[change.beat].beats for change in changes if not change.amount]
        if at_once:
            return min(at_once, key=lambda beats: self._length_s(beats | on_the_way))
        return self._summed(self._ways.conditions[number], changes, on_the_way) if changes else NO_WAY

    def _summed(self, condition: Condition, changes: Sequence[_Change], on_the_way: int) -> int:
        """Enough beats that each move a number by their amount, the cheapest first."""
        missing = _missing(condition, int(self._canon.facts[condition.subject]))
        beats = 0
        ordered = sorted(changes, key=lambda change: self._length_s(self._best[change.beat].beats | on_the_way))
        moved = {change.beat: change.amount for change in changes}
        for change in ordered:
            beats |= self._best[change.beat].beats
            reached = sum(amount for at, amount in moved.items() if (beats | on_the_way) >> at & 1)
            if reached >= missing:
                return beats
        return NO_WAY

    def _length_s(self, beats: int) -> float:
        length = self._lengths.get(beats)
        if length is None:
            length = self._lengths[beats] = self._ways.length_s(beats)
        return length


def _sums(seconds: Sequence[float]) -> tuple[float, ...]:
    """The length of each subset of at most eight beats, by its bits."""
    return tuple(
        sum(length for at, length in enumerate(seconds) if subset >> at & 1) for subset in range(1 << len(seconds))
    ) + (0.0,) * (256 - (1 << len(seconds)))


def _conditions_of(beat: Beat, story: Story) -> Iterator[Condition]:
    """What the beat requires, and what its place does: somewhere closed must be opened first."""
    yield from beat.requires
    closed_when = story.place(beat.place).closed_when
    if len(closed_when) == 1:
        condition = closed_when[0]
        yield Condition(condition.kind, condition.subject, condition.operator, condition.value, not condition.negated)


def _amount(condition: Condition, effect: Effect, story: Story) -> int | None:
    """0: the effect alone makes the condition hold; more: by so much it moves the number; None: it does not help."""
    if condition.kind == "fact" and effect.subject == condition.subject:
        if effect.kind == "set":
            return 0 if compares(condition, effect.value) else None
        if effect.kind == "add" and _direction(condition) * int(effect.value) > 0:
            return abs(int(effect.value))
        return None
    helps = {
        "knows": ("learns", effect.subject == condition.subject and effect.value == condition.value),
        "at": ("moves", effect.subject == condition.subject and effect.value == condition.value),
        "works": ("breaks" if condition.negated else "repairs", effect.subject == condition.subject),
        "alive": ("dies" if condition.negated else "", effect.subject == condition.subject),
    }.get(condition.kind)
    if helps is None or effect.kind != helps[0] or not helps[1]:
        return None
    return None if condition.negated and condition.kind in ("knows", "at") else 0


def _makes_by_playing(condition: Condition, beat: Beat, story: Story) -> bool:
    if condition.negated:
        return condition.kind == "at" and condition.subject in beat.present and beat.place != condition.value
    match condition.kind:
        case "played":
            return beat.beat_id == condition.subject
        case "at":
            return condition.subject in beat.present and beat.place == condition.value
        case "suited":
            return condition.subject in beat.present and not story.place(beat.place).breathable
        case "knows":
            hears = condition.subject in beat.present or story.character(condition.subject).everywhere
            return any(
                condition.value in line.tells and (hears or line.speaker == condition.subject) for line in beat.lines
            )
        case "reachable":
            return True
    return False


def compares(condition: Condition, value: object) -> bool:
    """Whether a condition on a fact holds when the fact has the value."""
    if condition.operator in ("==", "!="):
        return ((value == condition.value) == (condition.operator == "==")) != condition.negated
    left, right = int(value), int(condition.value)  # type: ignore[call-overload]
    outcome = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[condition.operator]
    return bool(outcome) != condition.negated


def _direction(condition: Condition) -> int:
    upwards = {">": 1, ">=": 1, "<": -1, "<=": -1}.get(condition.operator, 0)
    return -upwards if condition.negated else upwards


def _missing(condition: Condition, held: int) -> int:
    wanted = int(condition.value)
    strict = (condition.operator in ("<", ">")) != condition.negated
    return abs(wanted - held) + strict
