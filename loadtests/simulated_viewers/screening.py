"""Plays films to simulated viewers without rendering: the director's clock, its late knowledge, and what was shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Protocol

from loadtests.simulated_viewers.behaviour import Deed, Manners, deeds_in
from loadtests.simulated_viewers.hidden_taste import HiddenTaste
from services.streaming.domain.canon import Canon
from services.streaming.domain.dramaturgy import notes_on
from services.streaming.domain.events import PreferenceEvent, Resume, Skip, Visibility
from services.streaming.domain.lessons import Moment
from services.streaming.domain.promise import Promise, promises
from services.streaming.domain.story import Beat, Option, Story

CHOSEN_AHEAD_S = 7.0
"""A beat is chosen so long before the one that plays is over: what is done later comes too late for it."""
ENDLESS = 120
UNDECIDED = 0.06
"""Share of choices that viewers let run out; a guess."""
GUESS_SPREAD = 0.3
VISIT_STARTS_S = 1_800_000_000.0
BETWEEN_EVENINGS_S = 3.0 * 86_400.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A beat as one viewer saw it. started_s: film time; liking: what the viewer truly felt."""

    beat: Beat
    canon: Canon
    option: Option | None
    started_s: float
    seconds: float
    liking: float
    wanted_tension: float = 0.0
    choice_ms: float = 0.0
    among: int = 0

    @property
    def before(self) -> tuple[Beat, ...]:
        """What was seen before it, oldest first."""
        return tuple(self.canon.story.beat(beat_id) for beat_id in self.canon.played)


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the film got it."""

    event: PreferenceEvent
    moment: Moment
    film_s: float


class Programme(Protocol):
    """What decides: the director, or one of its peers. One for each film."""

    def choose(self, canon: Canon, played_s: float, frame: int) -> tuple[Beat, float, float, int]:
        """The next beat, the tension that was wanted, milliseconds of processor time it took, and among how many."""

    def hear(self, told: Told) -> None:
        """The viewer did something."""

    def chosen(self, promise: Promise, event_id: str) -> None:
        """The viewer took an option; promise: what it promised."""

    def finished(self, seen: Seen, told: list[Told]) -> None:
        """A beat is over; told: what was done during it."""


@dataclass
class Film:
    """What became of one screening. changed_at: index of the beat before which the viewer changed their mind, or -1."""

    seen: list[Seen] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    changed_at: int = -1
    canon: Canon | None = None

    @property
    def seconds(self) -> float:
        """Length of the film."""
        return sum(one.seconds for one in self.seen)


def screen(
    story: Story,
    taste: HiddenTaste,
    manners: Manners,
    programme: Programme,
    random: Random,
    change_at: int = -1,
    film_id: str = "film",
    on_change: Callable[[], None] = lambda: None,
    evening: int = 0,
) -> Film:
    """Play one film from the opening to its ending, or until nothing can follow. evening: which of the viewer's."""
    film, canon, played_s, waiting = Film(), Canon.of(story), 0.0, list[Told]()
    notes = notes_on(story)
    chosen = programme.choose(canon, 0.0, 0)
    number = 0
    while len(film.seen) < ENDLESS:
        if len(film.seen) == change_at:
            taste.change_mind()
            film.changed_at = change_at
            on_change()
        beat, wanted, took_ms, among = chosen
        latest = [one.beat for one in film.seen]
        earlier = tuple(latest[:-1])
        waiting = [replace(told, moment=replace(told.moment, beat=beat, earlier=earlier)) for told in waiting]
        length_s = notes.seconds(beat) * random.uniform(0.93, 1.1)
        liking = taste.liking(beat, latest)
        deeds = deeds_in(beat, length_s, liking, taste, manners, random)
        skipped = next((deed.at_s for deed in deeds if isinstance(deed.act, Skip)), None)
        seconds = length_s if skipped is None else skipped
        here, spill = list[Told](), list[Told]()
        for deed in deeds:
            number += 1
            told = _told(deed, beat, latest, played_s, seconds, f"{film_id}-{number:04}", evening)
            (here if deed.at_s <= seconds else spill).append(told)
        before_choice = [told for told in (*waiting, *here) if told.moment.seconds_in <= seconds - CHOSEN_AHEAD_S]
        after_choice = [told for told in (*waiting, *here) if told.moment.seconds_in > seconds - CHOSEN_AHEAD_S]
        for told in before_choice:
            programme.hear(told)
        options = canon.options(beat)
        option, by_viewer = decided(options, canon, beat, taste, random) if options else (None, False)
        if option is not None and by_viewer and len(options) > 1:
            programme.chosen(promises(canon.after(beat), options)[option.option_id], f"{film_id}-{len(film.seen)}")
        seen = Seen(beat, canon, option, played_s, seconds, liking, wanted, took_ms, among)
        canon = canon.after(beat, option)
        played_s += seconds
        over = canon.over or not canon.next_beats()
        if not over:
            chosen = programme.choose(canon, played_s, round(played_s * 24))
        for told in after_choice:
            programme.hear(told)
        film.seen.append(seen)
        film.told += [*waiting, *here]
        programme.finished(seen, [*waiting, *here])
        waiting = [_fallen_into_next(told, seconds, beat) for told in spill]
        if over:
            break
    film.canon = canon
    return film


def decided(
    options: Sequence[Option], canon: Canon, beat: Beat, taste: HiddenTaste, random: Random
) -> tuple[Option, bool]:
    """The option, and whether the viewer chose it.

    People take what promises more of what they like, as far as they can tell; some let the time run out.
    """
    default = next((option for option in options if option.default), options[0])
    if random.random() < UNDECIDED:
        return default, False
    opened = {option.option_id: {one.beat_id for one in canon.after(beat, option).next_beats()} for option in options}
    everywhere = set.intersection(*opened.values())

    def promise(option: Option) -> float:
        own = opened[option.option_id] - everywhere
        liked = sum(float(taste.likings[taste.felt.row(canon.story.beat(one))]) for one in own) / max(1, len(own))
        return liked + random.gauss(0.0, GUESS_SPREAD)

    return max(options, key=promise), True


def _told(
    deed: Deed, beat: Beat, latest: list[Beat], played_s: float, seconds: float, event_id: str, evening: int
) -> Told:
    share_in, before = min(1.0, deed.at_s / max(1e-9, seconds)), latest[-1] if latest else None
    moment = Moment(beat, before, deed.at_s, share_in, tuple(latest[:-1]))
    at_s = VISIT_STARTS_S + evening * BETWEEN_EVENINGS_S + played_s + deed.at_s
    return Told(PreferenceEvent(event_id, "session", "viewer", deed.act, at_s, at_s), moment, played_s + deed.at_s)


def _fallen_into_next(told: Told, seconds: float, beat: Beat) -> Told:
    """Said after the cut: the film thinks that it is about what plays now, or a little about what played."""
    late_s = told.moment.seconds_in - seconds
    return replace(told, moment=Moment(None, beat, late_s, 0.05))


def silent(told: list[Told]) -> bool:
    """Whether nothing was done that says anything."""
    return all(isinstance(one.event.act, Resume) or one.event.act == Visibility(False) for one in told)
