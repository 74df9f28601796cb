"""Lints a story: what can never be played, where it gets stuck, what is set and never read, what is said twice.

The parts that follow canon play the story many times from a fixed seed, so that the same story gives the same findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from services.streaming.domain.canon import Canon
from services.streaming.domain.finding import Finding
from services.streaming.domain.story import Beat, Condition, Effect, Line, Story
from services.streaming.domain.story_length import longest_speech_s
from services.streaming.domain.story_speech import check_speech
from services.streaming.domain.story_walk import Walk, can_end, can_offer, can_play, random_walk

SHORTEST_BEAT_S = 15.0
LONGEST_BEAT_S = 90.0
LAST_FREE_ACT = 2

__all__ = ["Finding", "check"]


def check(story: Story, walks: int = 60, seed: int = 2095) -> tuple[Finding, ...]:
    """Every finding, errors first, then by line. walks: how often the story is played at random."""
    findings = [
        *_skeleton(story),
        *_voices(story),
        *_canon_use(story),
        *check_speech(story),
        *_speech_lengths(story),
        *_options_without_effect(story),
    ]
    if story.openings and story.endings:
        findings += _played(story, walks, seed)
    return tuple(sorted(findings, key=lambda finding: (finding.severity, finding.line, finding.rule, finding.message)))


def _skeleton(story: Story) -> Iterator[Finding]:
    if not story.openings:
        yield Finding("error", "no-opening", "", 0, "no film can begin", 'give one beat the purpose "opening"')
    if not story.endings:
        yield Finding("error", "no-ending", "", 0, "no film can end", 'give at least one beat the purpose "ending"')
    for beat in story.beats:
        if not beat.themes:
            remedy = "give it themes, so that taste can choose it"
            yield Finding("warning", "no-theme", beat.beat_id, beat.source_line, "serves no theme", remedy)
    for theme in story.themes:
        if not any(beat.themes.get(theme, 0.0) > 0.0 for beat in story.beats):
            yield Finding("warning", "unserved-theme", "", 0, f"no beat serves {theme!r}", "tag beats with it")


def _voices(story: Story) -> Iterator[Finding]:
    for sheet in story.cast:
        if not sheet.voice and any(line.speaker == sheet.character_id for _, line in _lines(story)):
            yield Finding(
                "error", "no-voice", "", sheet.source_line, f"{sheet.name} speaks without a voice", "name one"
            )
    for beat in story.beats:
        for name in beat.present:
            sheet = story.character(name)
            if not sheet.puppet:
                message = f"{sheet.name} is in the picture and has no puppet"
                remedy = "name a puppet, or take the character out of the beat's cast"
                yield Finding("error", "no-puppet", beat.beat_id, beat.source_line, message, remedy)


@dataclass(slots=True)
class _Use:
    """Where each fact, topic or thing is changed, and whether anything asks for it."""

    changed: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    read: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def note_effects(self, effects: Iterable[Effect], beat: Beat) -> None:
        for effect in effects:
            key = _effect_key(effect)
            if key is not None:
                self.changed.setdefault(key, (beat.beat_id, beat.source_line))

    def note_conditions(self, conditions: Iterable[Condition], beat_id: str, line: int) -> None:
        for condition in conditions:
            key = _condition_key(condition)
            if key is not None:
                self.read.setdefault(key, (beat_id, line))


def _effect_key(effect: Effect) -> tuple[str, str] | None:
    match effect.kind:
        case "set" | "add":
            return ("fact", effect.subject)
        case "learns":
            return ("topic", str(effect.value))
        case "breaks" | "repairs":
            return ("thing", effect.subject)
    return None


def _condition_key(condition: Condition) -> tuple[str, str] | None:
    match condition.kind:
        case "fact":
            return ("fact", condition.subject)
        case "knows":
            return ("topic", str(condition.value))
        case "works":
            return ("thing", condition.subject)
    return None


def _canon_use(story: Story) -> Iterator[Finding]:
    use = _use_of(story)
    lines = {fact.name: fact.source_line for fact in story.facts}
    told = {fact.name for fact in story.facts if fact.sentences}
    for (kind, name), (beat_id, line) in use.changed.items():
        if kind == "fact" and (kind, name) not in use.read and name not in told:
            remedy = "require it somewhere, give it sentences, or remove the effect"
            yield Finding("warning", "unread-effect", beat_id, line, f"changes {name!r}, which nothing reads", remedy)
    for (kind, name), (beat_id, line) in use.read.items():
        if (kind, name) not in use.changed:
            message = f"asks for the {kind} {name!r}, which nothing ever changes"
            yield Finding(
                "warning", "never-changed", beat_id, line, message, "let an effect change it, or drop the test"
            )
    for fact in story.facts:
        if ("fact", fact.name) not in use.changed and ("fact", fact.name) not in use.read:
            yield Finding("warning", "unused-fact", "", lines[fact.name], f"{fact.name!r} is never used", "remove it")


def _use_of(story: Story) -> _Use:
    use = _Use()
    for sheet in story.cast:
        use.note_conditions(sheet.silent_when, "", sheet.source_line)
    for place in story.places:
        use.note_conditions((*place.airless_when, *place.closed_when), "", place.source_line)
    for rule in story.marks:
        use.note_conditions(rule.requires, "", rule.source_line)
    for beat in story.beats:
        use.note_conditions(beat.requires, beat.beat_id, beat.source_line)
        use.note_effects((*beat.opening, *beat.effects), beat)
        for option in beat.choice.options if beat.choice else ():
            use.note_conditions(option.requires, beat.beat_id, option.source_line)
            use.note_effects(option.effects, beat)
        for line in beat.lines:
            use.note_conditions(line.requires, beat.beat_id, line.source_line)
            use.note_effects((Effect("learns", line.speaker, topic) for topic in line.tells), beat)
    return use


def _lines(story: Story) -> Iterator[tuple[Beat, Line]]:
    for beat in story.beats:
        for line in beat.lines:
            yield beat, line


def _speech_lengths(story: Story) -> Iterator[Finding]:
    for beat in story.beats:
        length_s = longest_speech_s(beat, story)
        if not SHORTEST_BEAT_S <= length_s <= LONGEST_BEAT_S:
            message = f"speaks for about {length_s:.0f} s"
            remedy = f"aim at {SHORTEST_BEAT_S:.0f} to {LONGEST_BEAT_S:.0f} s"
            yield Finding("warning", "speech-length", beat.beat_id, beat.source_line, message, remedy)


def _options_without_effect(story: Story) -> Iterator[Finding]:
    for beat in story.beats:
        options = beat.choice.options if beat.choice else ()
        for option in options:
            if sum(other.effects == option.effects for other in options) > 1:
                message = f"option {option.option_id!r} changes nothing that the others do not"
                remedy = "give it effects of its own"
                yield Finding("error", "empty-choice", beat.beat_id, option.source_line, message, remedy)


def _played(story: Story, walks: int, seed: int) -> Iterator[Finding]:
    played = [random_walk(story, Random(seed + number)) for number in range(walks)]
    yield from _stuck(story, played)
    yield from _narrow(story, played)
    yield from _blocked(story, played)
    yield from _never_played(story, played)
    yield from _never_offered(story, played)
    yield from _endless(story, played)


def _stuck(story: Story, played: list[Walk]) -> Iterator[Finding]:
    stuck = Counter(walk.last.played[-1] if walk.last.played else "" for walk in played if walk.stuck)
    for beat_id, times in stuck.items():
        line = story.beat(beat_id).source_line if beat_id else 0
        message = f"nothing can follow it in {times} of {len(played)} walks, and the film has not ended"
        remedy = "loosen what the next beats or the endings require"
        yield Finding("error", "dead-end", beat_id, line, message, remedy)


def _narrow(story: Story, played: list[Walk]) -> Iterator[Finding]:
    narrow = Counter(
        step.before.played[-1]
        for walk in played
        for step in walk.steps
        if step.before.played and step.before.act <= LAST_FREE_ACT and len(step.ready) < 2
    )
    for beat_id, times in narrow.items():
        message = f"only one beat can follow it in {times} of {len(played)} walks: taste decides nothing there"
        remedy = "let another beat be ready here"
        yield Finding("warning", "no-freedom", beat_id, story.beat(beat_id).source_line, message, remedy)


def _blocked(story: Story, played: list[Walk]) -> Iterator[Finding]:
    """Beats whose requirements hold while canon forbids them: the author overlooked something."""
    reasons: dict[tuple[str, str], int] = Counter(
        (beat.beat_id, reason)
        for walk in played[: max(4, len(played) // 5)]
        for step in walk.steps
        for beat in story.beats
        if step.before.due(beat)
        for reason in step.before.contradictions(beat)
    )
    for (beat_id, reason), times in reasons.items():
        message = f"its requirements held {times} times while canon forbids it: {reason}"
        remedy = "require what is missing, or let an effect provide it"
        yield Finding("warning", "contradiction", beat_id, story.beat(beat_id).source_line, message, remedy)


def _never_played(story: Story, played: list[Walk]) -> Iterator[Finding]:
    seen = {beat_id for walk in played for beat_id in walk.beat_ids}
    for beat in story.beats:
        if beat.beat_id in seen:
            continue
        found = can_play(Canon.of(story), beat)
        if found:
            continue
        severity, how = ("error", "can never be played") if found is False else ("warning", "was never found playable")
        remedy = "look at what it requires, who is in it and where it is"
        yield Finding(severity, "unreachable", beat.beat_id, beat.source_line, how, remedy)


def _never_offered(story: Story, played: list[Walk]) -> Iterator[Finding]:
    offered = {
        (step.beat.beat_id, option.option_id)
        for walk in played
        for step in walk.steps
        for option in step.before.options(step.beat)
    }
    reached = {step.beat.beat_id for walk in played for step in walk.steps}
    for beat in story.beats:
        for option in beat.choice.options if beat.choice and beat.beat_id in reached else ():
            if (beat.beat_id, option.option_id) in offered:
                continue
            open_some_time = can_offer(Canon.of(story), beat, option)
            if not open_some_time:
                how = "is never open" if open_some_time is False else "was never found open"
                message, remedy = f"option {option.option_id!r} {how}", "look at its 'when'"
                yield Finding("warning", "closed-option", beat.beat_id, option.source_line, message, remedy)


def _endless(story: Story, played: list[Walk]) -> Iterator[Finding]:
    """From canons on the way, whichever choices led there, some ending must still be reachable."""
    reported: set[str] = set()
    for number, walk in enumerate(played):
        if not walk.steps:
            continue
        step = walk.steps[(number * 7) % len(walk.steps)]
        beat = step.beat
        if beat.beat_id not in reported and can_end(step.before.after(beat, step.option)) is False:
            reported.add(beat.beat_id)
            message = "after it no ending can be reached any more"
            remedy = "let an ending require less, or undo what this beat does"
            yield Finding("error", "no-way-out", beat.beat_id, beat.source_line, message, remedy)
