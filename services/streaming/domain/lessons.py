"""What each act of a viewer teaches: how likely it is under a liking, on which axes, and how sure that is.

Explicit acts are near and clear; implicit ones are rare, late and noisy, and count by as much less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.streaming.domain.audience import NO_APPEAL, OWN_VARIANCE, Appeal
from services.streaming.domain.dramaturgy import notes_on
from services.streaming.domain.events import (
    ChoiceMade,
    Dial,
    Emoji,
    FreeText,
    Pause,
    PreferenceEvent,
    Rewind,
    Skip,
    Visibility,
    Volume,
)
from services.streaming.domain.flavour import Flavour
from services.streaming.domain.promise import NO_PROMISE, Promise
from services.streaming.domain.sameness import repeats
from services.streaming.domain.story import Beat, Story
from services.streaming.domain.taste import Impression, Mood, Preference, Taste
from services.streaming.domain.wishes import wishes_in

REACTION_DELAY_S = 3.0
"""An act sooner after a cut to a new scene is partly about the scene before."""
EMOJI_DELAY_S = 8.0
"""The same for emoji: one has to be found and pressed."""
DIAL_NOISE = 0.02
WISH_NOISE = 0.05
CHOICE_LIKING = 0.25
"""By how much what an option promises is liked better than what the others do; people guess what will come of it."""
CHOICE_NOISE = 0.3


@dataclass(frozen=True, slots=True)
class Moment:
    """What the viewer was watching. before: the beat that came before; seconds_in: how long this one has played;
    share_in: 0 at its start .. 1 at its end; earlier: the beats before `before`, oldest first."""

    beat: Beat | None = None
    before: Beat | None = None
    seconds_in: float = 60.0
    share_in: float = 0.5
    earlier: tuple[Beat, ...] = ()


NOTHING = Moment()


@dataclass(frozen=True, slots=True)
class Likelihood:
    """liking: of what was shown, -1..1, as this act tells it; noise: variance of what it tells."""

    liking: float
    noise: float


EMOJI_LIKELIHOOD = {
    "love": Likelihood(0.48, 0.05),
    "wow": Likelihood(0.46, 0.05),
    "laugh": Likelihood(0.42, 0.06),
    "tense": Likelihood(0.38, 0.07),
    "bored": Likelihood(-0.42, 0.05),
    "sad": Likelihood(-0.12, 0.17),
}
_EMOJI_FEELING = {
    "love": (0.5, 0.1),
    "wow": (0.5, 0.5),
    "laugh": (0.6, 0.3),
    "tense": (-0.1, 0.6),
    "bored": (-0.4, -0.6),
    "sad": (-0.5, -0.1),
}
SKIP = Likelihood(-0.55, 0.08)
REWIND = Likelihood(0.5, 0.12)
LEFT = Likelihood(-0.3, 1.2)
HIDDEN = Likelihood(-0.3, 0.6)
PAUSED = Likelihood(0.0, 6.0)
QUIETER = Likelihood(-0.3, 1.5)
LOUDER = Likelihood(0.35, 1.5)
WATCHED_THROUGH = Likelihood(0.12, 1.2)
QUIET_LEVEL = 0.25


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned from an event."""

    taste: Taste
    mood: Mood


def learn(
    event: PreferenceEvent,
    taste: Taste,
    mood: Mood,
    moment: Moment,
    story: Story,
    frame: int,
    leanings: Mapping[str, float] | None = None,
    appeal: Appeal = NO_APPEAL,
    promise: Promise = NO_PROMISE,
) -> Lesson:
    """What the event teaches about lasting taste and about the mood of the moment.

    frame: of the session, for the mood. leanings: axis -> -1..1 that a model read in the words of a free text; without
    them its plain words are looked at. appeal: what of a liking is everybody's, and tells nothing of this viewer.
    promise: of the option that a choice takes.
    """
    if event.received_at_s:
        taste = taste.at(event.received_at_s)
    match event.act:
        case Emoji(emoji):
            taste = liked(taste, moment, EMOJI_LIKELIHOOD[emoji], story, event.event_id, appeal, EMOJI_DELAY_S)
        case Dial(axis, value):
            taste = taste.observe(axis, value, DIAL_NOISE, event.event_id)
        case FreeText(text):
            found = wishes_in(text, story) if leanings is None else leanings
            for axis, value in found.items():
                taste = taste.observe(axis, value, WISH_NOISE, event.event_id)
        case _:
            if isinstance(event.act, ChoiceMade):
                taste = promised(taste, promise, story, event.event_id)
            likelihood = implied(event, moment)
            if likelihood is not None:
                taste = liked(taste, moment, likelihood, story, event.event_id, appeal)
    return Lesson(taste, _felt(event, mood, frame))


def implied(event: PreferenceEvent, moment: Moment) -> Likelihood | None:
    """What an act that was not meant as an opinion tells of what was shown."""
    match event.act:
        case Skip():
            return Likelihood(SKIP.liking, SKIP.noise * (1.0 + 3.0 * moment.share_in**2))
        case Rewind():
            return REWIND
        case Visibility(hidden):
            return HIDDEN if hidden else None
        case Volume(level):
            return QUIETER if level <= QUIET_LEVEL else LOUDER
        case Pause():
            return PAUSED
        case ChoiceMade():
            # To decide is to be in the film, whatever was chosen.
            return WATCHED_THROUGH
    return None


def _felt(event: PreferenceEvent, mood: Mood, frame: int) -> Mood:
    match event.act:
        case Emoji(emoji):
            return mood.felt(*_EMOJI_FEELING[emoji], frame)
        case ChoiceMade():
            return mood.felt(0.1, 0.15, frame)
        case Skip():
            return mood.felt(-0.2, -0.3, frame)
        case Rewind():
            return mood.felt(0.1, 0.1, frame)
    return mood


def promised(taste: Taste, promise: Promise, story: Story, lesson_id: str) -> Taste:
    """Who chose an option likes what it promises a little more than what the others do."""
    if promise.flavour:
        taste = taste.observe_mix(promise.flavour, CHOICE_LIKING, CHOICE_NOISE, lesson_id)
    if promise.opens and promise.instead:
        taste = taste.preferred(Preference(story.story_id, promise.opens, promise.instead))
    return taste


def watched_through(
    taste: Taste, beat: Beat, story: Story, lesson_id: str, appeal: Appeal = NO_APPEAL, earlier: Sequence[Beat] = ()
) -> Taste:
    """A scene that was seen to its end without a word is liked a little. earlier: the beats that came before it."""
    return liked(taste, Moment(beat, earlier=tuple(earlier)), WATCHED_THROUGH, story, lesson_id, appeal)


def left(
    taste: Taste, beat: Beat, story: Story, lesson_id: str, appeal: Appeal = NO_APPEAL, earlier: Sequence[Beat] = ()
) -> Taste:
    """Going away in the middle of a scene is a little against it."""
    return liked(taste, Moment(beat, earlier=tuple(earlier)), LEFT, story, lesson_id, appeal)


def liked(
    taste: Taste,
    moment: Moment,
    likelihood: Likelihood,
    story: Story,
    lesson_id: str,
    appeal: Appeal = NO_APPEAL,
    delay_s: float = REACTION_DELAY_S,
) -> Taste:
    """Learn from a liking of what was shown at the moment; delay_s: within which it may be about the scene before."""
    shares = shares_at(moment, delay_s)
    if not shares:
        return taste
    repeated = [repeats(beat, _before(beat, moment)) for beat, _ in shares]
    everybodys = sum(
        share * (appeal.of(beat.beat_id) - appeal.bored(same))
        for (beat, share), same in zip(shares, repeated, strict=True)
    )
    noise = likelihood.noise + OWN_VARIANCE * sum(share * share for _, share in shares)
    taste = taste.observe_mix(seen_at(shares, story), likelihood.liking - everybodys, noise, lesson_id)
    for (beat, share), same in zip(shares, repeated, strict=True):
        impression = Impression(likelihood.liking, share / likelihood.noise, same)
        taste = taste.impressed(f"{story.story_id}/{beat.beat_id}", impression)
    return taste


def _before(beat: Beat, moment: Moment) -> tuple[Beat, ...]:
    """What had been seen when the beat began."""
    if beat is not moment.beat or moment.before is None:
        return moment.earlier
    return (*moment.earlier, moment.before)


def shares_at(moment: Moment, delay_s: float = REACTION_DELAY_S) -> tuple[tuple[Beat, float], ...]:
    """What a reaction at the moment is about: just after a cut the scene before has its share."""
    if moment.beat is None:
        return ()
    if moment.before is None or moment.seconds_in >= delay_s:
        return ((moment.beat, 1.0),)
    share = moment.seconds_in / delay_s
    return tuple(one for one in ((moment.beat, share), (moment.before, 1.0 - share)) if one[1] > 0.0)


def seen_at(shares: Sequence[tuple[Beat, float]], story: Story) -> Flavour:
    """The flavour of that."""
    flavours = notes_on(story).flavours
    seen: dict[str, float] = {}
    for beat, share in shares:
        for axis, weight in flavours[beat.beat_id].items():
            seen[axis] = seen.get(axis, 0.0) + share * weight
    return seen
