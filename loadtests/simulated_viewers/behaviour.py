"""What a simulated viewer does while a beat plays: seldom, late, often without a word, and sometimes by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from loadtests.simulated_viewers.hidden_taste import HiddenTaste
from services.streaming.domain.events import (
    EMOJI,
    Act,
    Dial,
    Emoji,
    FreeText,
    Pause,
    Resume,
    Rewind,
    Skip,
    Visibility,
    Volume,
)
from services.streaming.domain.story import Beat

MISTAKE = 0.08
LATE = 0.15
LATE_S = 6.0
SKIP_BELOW, SKIP_CHANCE = -0.3, 0.3
REWIND_ABOVE, REWIND_CHANCE = 0.55, 0.06
HIDE_BELOW, HIDE_CHANCE, HIDE_FOR_NOTHING = -0.15, 0.12, 0.02
VOLUME_CHANCE = 0.03
PAUSE_CHANCE = 0.03
DIALLING, TALKING = 0.45, 0.15


@dataclass(frozen=True, slots=True)
class Manners:
    """expressive: emoji a beat that is felt strongly. dials, talks: whether the viewer uses those at all."""

    expressive: float
    dials: bool
    talks: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """An act and when it is done, in seconds of the beat; beyond its end it falls into the next one."""

    at_s: float
    act: Act


def draw_manners(random: Random) -> Manners:
    """Most people say little."""
    return Manners(min(0.9, random.lognormvariate(-0.6, 0.6)), random.random() < DIALLING, random.random() < TALKING)


def deeds_in(
    beat: Beat, seconds: float, liking: float, taste: HiddenTaste, manners: Manners, random: Random
) -> list[Deed]:
    """What is done during the beat, in order; a skip ends it."""
    deeds = sorted(_drawn(beat, seconds, liking, taste, manners, random), key=lambda deed: deed.at_s)
    kept = []
    for deed in deeds:
        kept.append(deed)
        if isinstance(deed.act, Skip):
            break
    return kept


def _drawn(
    beat: Beat, seconds: float, liking: float, taste: HiddenTaste, manners: Manners, random: Random
) -> Iterator[Deed]:
    def some_time() -> float:
        return seconds * random.betavariate(2.5, 1.6)

    if random.random() < manners.expressive * min(1.0, 0.15 + 1.3 * abs(liking)):
        late_s = seconds + random.uniform(0.0, LATE_S) if random.random() < LATE else some_time()
        yield Deed(late_s, Emoji(_face(beat, liking, random)))
    if liking < SKIP_BELOW and random.random() < SKIP_CHANCE:
        yield Deed(seconds * random.betavariate(2.0, 2.5), Skip())
    if liking > REWIND_ABOVE and random.random() < REWIND_CHANCE:
        yield Deed(some_time(), Rewind())
    if random.random() < (HIDE_CHANCE if liking < HIDE_BELOW else HIDE_FOR_NOTHING):
        at_s = some_time()
        yield Deed(at_s, Visibility(True))
        yield Deed(min(seconds - 0.1, at_s + random.expovariate(1 / 15.0)), Visibility(False))
    if random.random() < VOLUME_CHANCE:
        yield Deed(some_time(), Volume(0.8 if liking + random.gauss(0.0, 0.4) > 0 else 0.1))
    if random.random() < PAUSE_CHANCE:
        at_s = some_time()
        yield Deed(at_s, Pause())
        yield Deed(at_s, Resume())
    if manners.dials and random.random() < 0.12:
        yield Deed(some_time(), _dial(taste, random))
    if manners.talks and random.random() < 0.1:
        yield Deed(some_time(), FreeText(_words(taste, random)))


def _face(beat: Beat, liking: float, random: Random) -> str:
    if random.random() < MISTAKE:
        return random.choice(EMOJI)
    if liking + random.gauss(0.0, 0.12) < 0.0:
        return "sad" if beat.tone.get("darkness", 0.0) > 0.4 and random.random() < 0.5 else "bored"
    felt = {
        "laugh": beat.tone.get("humour", 0.0),
        "wow": beat.tone.get("wonder", 0.0),
        "tense": max(0.0, beat.tension - 0.3),
        "love": 0.3 + 0.6 * beat.tone.get("warmth", 0.0),
    }
    return random.choices(list(felt), [value + 0.05 for value in felt.values()])[0]


def _dial(taste: HiddenTaste, random: Random) -> Dial:
    likes = {
        "tension": taste.weight("tension"),
        "humour": taste.weight("humour"),
        "science": taste.weight("science"),
        "pace": -taste.weight("long"),
    }
    name = random.choices(list(likes), [abs(value) + 0.1 for value in likes.values()])[0]
    return Dial(name, max(-1.0, min(1.0, round(likes[name] * 1.2 + random.gauss(0.0, 0.25), 2))))


_WISHES = {
    "humour": "something funny",
    "tension": "danger",
    "wonder": "wonder",
    "warmth": "friendship",
    "darkness": "dark",
}


def _words(taste: HiddenTaste, random: Random) -> str:
    names = [*taste.felt.story.themes, *_WISHES]
    name = max(names, key=lambda known: abs(taste.weight(known)) * random.uniform(0.4, 1.0))
    wanted = _WISHES.get(name, name.replace("_", " "))
    return f"{'more' if taste.weight(name) > 0 else 'less'} {wanted} please"
