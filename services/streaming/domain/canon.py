"""What holds at this moment of this session: facts, who knows what, who is where, what is broken. Immutable.

Effects give a new canon; contradictions say why a beat or a line cannot be played. Knows no clock and no service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from services.streaming.domain.story import Beat, CharacterSheet, Condition, Effect, FactValue, Line, Option, Story

RECORDED = "recording"
"""`Line.over` of a voice that was recorded: its owner may be far away, or dead."""


@dataclass(frozen=True, slots=True)
class Canon:
    """Make the first one with `Canon.of(story)`; `snapshot` and `Canon.restored` carry one through a session log.

    knowledge: (character, topic); where: character -> place; played: beat ids in order. Equal canons are equal worlds.
    """

    story: Story = field(repr=False, compare=False)
    facts: Mapping[str, FactValue]
    knowledge: frozenset[tuple[str, str]]
    where: Mapping[str, str]
    dead: frozenset[str] = frozenset()
    suited: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    played: tuple[str, ...] = ()

    @classmethod
    def of(cls, story: Story) -> Canon:
        """The canon before the first beat."""
        return cls(
            story=story,
            facts={fact.name: fact.initial for fact in story.facts},
            knowledge=frozenset((sheet.character_id, topic) for sheet in story.cast for topic in sheet.knows),
            where={sheet.character_id: sheet.starts_at for sheet in story.cast if sheet.starts_at},
        )

    @classmethod
    def restored(cls, story: Story, snapshot: Mapping[str, Any]) -> Canon:
        """The canon that `snapshot` was taken of. Raises KeyError when a part is missing."""
        return cls(
            story=story,
            facts=dict(snapshot["facts"]),
            knowledge=frozenset((character, topic) for character, topic in snapshot["knowledge"]),
            where=dict(snapshot["where"]),
            dead=frozenset(snapshot["dead"]),
            suited=frozenset(snapshot["suited"]),
            broken=frozenset(snapshot["broken"]),
            played=tuple(snapshot["played"]),
        )

    def snapshot(self) -> dict[str, Any]:
        """Plain lists and mappings, fit for JSON, in a stable order."""
        return {
            "facts": dict(sorted(self.facts.items())),
            "knowledge": [list(pair) for pair in sorted(self.knowledge)],
            "where": dict(sorted(self.where.items())),
            "dead": sorted(self.dead),
            "suited": sorted(self.suited),
            "broken": sorted(self.broken),
            "played": list(self.played),
        }

    @property
    def state_key(self) -> tuple[object, ...]:
        """Equal for two canons from which the same can follow: the order of what was played does not matter."""
        return (
            tuple(sorted(self.facts.items())),
            self.knowledge,
            tuple(sorted(self.where.items())),
            self.dead,
            self.broken,
            frozenset(self.played),
            self.played[-1:],
        )

    @property
    def act(self) -> int:
        """The furthest act that a played beat belongs to; 1 before the first."""
        return max((self.story.beat(beat_id).act for beat_id in self.played), default=1)

    @property
    def over(self) -> bool:
        """Whether an ending has been played."""
        return any(self.story.beat(beat_id).ends for beat_id in self.played)

    def knows(self, character_id: str, topic_id: str) -> bool:
        """Narrators know everything."""
        return (character_id, topic_id) in self.knowledge or self.story.character(character_id).narrates

    def satisfied(self, conditions: Iterable[Condition]) -> bool:
        """Whether all of them hold."""
        return all(self.holds(condition) for condition in conditions)

    def unmet(self, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
        """Those that do not hold."""
        return tuple(condition for condition in conditions if not self.holds(condition))

    def holds(self, condition: Condition) -> bool:
        """Raises KeyError for a fact that the story does not declare."""
        return self._outcome(condition) != condition.negated

    def _outcome(self, condition: Condition) -> bool:
        subject, value = condition.subject, condition.value
        match condition.kind:
            case "fact":
                return _compare(self.facts[subject], condition.operator, value)
            case "knows":
                return self.knows(subject, str(value))
            case "at":
                return self.where.get(subject) == value
            case "alive":
                return subject not in self.dead
            case "suited":
                return subject in self.suited
            case "works":
                return subject not in self.broken
            case "played":
                return subject in self.played
            case "reachable":
                return self.can_reach(subject, str(value))
        raise ValueError(f"unknown kind of condition {condition.kind!r}")

    def apply(self, effects: Iterable[Effect]) -> Canon:
        """The canon after the effects, in order."""
        canon = self
        for effect in effects:
            canon = canon._after(effect)
        return canon

    def _after(self, effect: Effect) -> Canon:
        subject, value = effect.subject, effect.value
        match effect.kind:
            case "set":
                return replace(self, facts={**self.facts, subject: value})
            case "add":
                least, most = self.story.fact(subject).values
                total = int(self.facts[subject]) + int(value)
                return replace(self, facts={**self.facts, subject: min(max(total, int(least)), int(most))})
            case "learns":
                return replace(self, knowledge=self.knowledge | {(subject, str(value))})
            case "moves":
                return replace(self, where={**self.where, subject: str(value)})
            case "dies":
                return replace(self, dead=self.dead | {subject})
            case "breaks":
                return replace(self, broken=self.broken | {subject})
            case "repairs":
                return replace(self, broken=self.broken - {subject})
        raise ValueError(f"unknown kind of effect {effect.kind!r}")

    def entered(self, beat: Beat) -> Canon:
        """The canon that the beat's first picture shows: opening effects done, the cast there, suits on."""
        canon = self.apply(beat.opening)
        walking = [name for name in beat.present if not self.story.character(name).everywhere]
        where = {**canon.where, **dict.fromkeys(walking, beat.place)}
        return replace(canon, where=where, suited=(canon.suited - set(beat.present)) | set(self.suits_in(beat)))

    def suits_in(self, beat: Beat) -> tuple[str, ...]:
        """Who wears a suit in the beat."""
        if beat.suits is not None:
            return beat.suits
        if self.story.place(beat.place).breathable:
            return ()
        return tuple(name for name in beat.present if self._needs_suit(name))

    def _needs_suit(self, character_id: str) -> bool:
        sheet = self.story.character(character_id)
        return sheet.needs_air and bool(sheet.puppet)

    def spoken(self, beat: Beat) -> tuple[Line, ...]:
        """The authored lines that are said in this canon, in order (hints count the lines of `beat.lines`)."""
        entered = self.entered(beat)
        return tuple(line for line in beat.lines if entered.satisfied(line.requires))

    def after(self, beat: Beat, option: Option | None = None, lines: Sequence[Line] | None = None) -> Canon:
        """The canon when the beat is over and the option, if any, is taken. lines: those that were said."""
        said = self.spoken(beat) if lines is None else lines
        canon = self.entered(beat)
        learned = {(name, topic) for line in said for name in canon._hearing(beat, line) for topic in line.tells}
        canon = replace(canon, knowledge=canon.knowledge | learned).apply(beat.effects)
        if option is not None:
            canon = canon.apply(option.effects)
        return replace(canon, played=(*canon.played, beat.beat_id))

    def options(self, beat: Beat) -> tuple[Option, ...]:
        """What the viewer may decide when the beat is over; call it on the canon before the beat."""
        if beat.choice is None:
            return ()
        done = self.after(beat)
        return tuple(option for option in beat.choice.options if done.satisfied(option.requires))

    def _hearing(self, beat: Beat, line: Line) -> tuple[str, ...]:
        listening = [sheet.character_id for sheet in self.story.cast if sheet.everywhere and self._audible(sheet)]
        return tuple(dict.fromkeys([*beat.present, line.speaker, *listening]))

    def _audible(self, sheet: CharacterSheet) -> bool:
        if not sheet.silent_when:
            return True
        return not self.satisfied(sheet.silent_when)

    def can_reach(self, place_id: str, character_id: str) -> bool:
        """Whether a way of open places leads from where the character is; who is nowhere yet can be anywhere."""
        start = self.where.get(character_id)
        if start is None or start == place_id:
            return True
        table = _neighbour_table(self.story)
        seen, frontier = {start}, [start]
        while frontier and place_id not in seen:
            for neighbour in table[frontier.pop()]:
                if neighbour not in seen and not self.closed(neighbour):
                    seen.add(neighbour)
                    frontier.append(neighbour)
        return place_id in seen

    def closed(self, place_id: str) -> bool:
        """Whether nobody can go there now."""
        rule = self.story.place(place_id).closed_when
        return bool(rule) and self.satisfied(rule)

    def airless(self, place_id: str) -> bool:
        """Whether there is nothing to breathe now."""
        place = self.story.place(place_id)
        return not place.breathable or (bool(place.airless_when) and self.satisfied(place.airless_when))

    def contradictions(self, beat: Beat, lines: Sequence[Line] | None = None) -> tuple[str, ...]:
        """Why the beat cannot be played from this canon, as sentences; nothing when it can.

        lines: what would be said (default: the authored lines); written lines are checked as the authored ones are.
        """
        said = self.spoken(beat) if lines is None else lines
        entered = self.entered(beat)
        return (*self._body_reasons(beat, entered), *self._speech_reasons(beat, entered, said))

    def _body_reasons(self, beat: Beat, entered: Canon) -> list[str]:
        place = self.story.place(beat.place)
        reasons = []
        moved = self.apply(beat.opening)
        for name in beat.present:
            sheet = self.story.character(name)
            if name in entered.dead:
                reasons.append(f"{sheet.name} is dead")
            elif not sheet.everywhere and not moved.can_reach(beat.place, name):
                reasons.append(f"{sheet.name} cannot get to {place.name}")
            if self._needs_suit(name) and name not in entered.suited and entered.airless(beat.place):
                reasons.append(f"{sheet.name} has no suit on in {place.name}, where nothing can be breathed")
        if not beat.present and entered.closed(beat.place):
            reasons.append(f"{place.name} is closed")
        return reasons

    def _speech_reasons(self, beat: Beat, entered: Canon, lines: Sequence[Line]) -> list[str]:
        reasons = []
        knowledge = entered.knowledge | {(e.subject, str(e.value)) for e in beat.effects if e.kind == "learns"}
        aware = replace(entered, knowledge=knowledge)
        for number, line in enumerate(lines, start=1):
            reasons += [f"line {number}: {reason}" for reason in aware._line_reasons(beat, line)]
            if line.tells:
                heard = {(name, topic) for name in aware._hearing(beat, line) for topic in line.tells}
                aware = replace(aware, knowledge=aware.knowledge | heard)
        return reasons

    def _line_reasons(self, beat: Beat, line: Line) -> list[str]:
        sheet = self.story.character(line.speaker)
        if sheet.narrates:
            return []
        reasons = []
        if line.over != RECORDED:
            if line.speaker in self.dead and line.speaker not in beat.present:
                reasons.append(f"{sheet.name} is dead and cannot speak")
            reasons += self._hearing_reasons(beat, line, sheet)
        for topic in self._topics_of(line):
            if not self.knows(line.speaker, topic):
                reasons.append(f"{sheet.name} speaks of {topic!r}, which nobody told them")
        return reasons

    def _hearing_reasons(self, beat: Beat, line: Line, sheet: CharacterSheet) -> list[str]:
        carriers = [thing for thing in self.story.things if line.over and thing.carries == line.over]
        for thing in carriers:
            if thing.thing_id in self.broken:
                return [f"{sheet.name} cannot be heard: {thing.name} is broken"]
        if sheet.everywhere and not self._audible(sheet):
            return [f"{sheet.name} cannot be heard now"]
        if line.speaker in beat.present or sheet.everywhere or line.over:
            return []
        return [f"{sheet.name} is not there to speak"]

    def _topics_of(self, line: Line) -> tuple[str, ...]:
        told = list(line.tells)
        named = [topic.topic_id for topic in self.story.topics if topic.words and _spoken_of(topic.words, line.text)]
        return tuple(dict.fromkeys([*told, *named]))

    def marks(self, place_id: str) -> tuple[str, ...]:
        """Canon that shows on the place, as names the Painter knows."""
        rules = [rule for rule in self.story.marks if not rule.places or place_id in rule.places]
        return tuple(dict.fromkeys(rule.mark for rule in rules if self.satisfied(rule.requires)))

    def sentences(self) -> tuple[str, ...]:
        """What holds, told in sentences for the Writer."""
        told = [text for fact in self.story.facts for value, text in fact.sentences if self.facts[fact.name] == value]
        for sheet in self.story.cast:
            if sheet.character_id in self.dead:
                told.append(f"{sheet.name} is dead.")
            elif sheet.character_id in self.where:
                told.append(f"{sheet.name} is in {self.story.place(self.where[sheet.character_id]).name}.")
        told += [f"{thing.name} is broken." for thing in self.story.things if thing.thing_id in self.broken]
        return tuple(told)

    def knowledge_of(self, character_id: str) -> tuple[str, ...]:
        """What the character may refer to, in sentences."""
        return tuple(topic.sentence for topic in self.story.topics if self.knows(character_id, topic.topic_id))

    def due(self, beat: Beat) -> bool:
        """Whether it is the beat's turn: not played yet, of this act or the next, and what it requires holds."""
        return not self.over and self._due(beat, self.act)

    def _due(self, beat: Beat, act: int) -> bool:
        if beat.once and beat.beat_id in self.played:
            return False
        in_turn = act <= beat.act <= act + 1 and (beat.purpose == "opening") == (not self.played)
        return in_turn and self.satisfied(beat.requires)

    def ready(self, beat: Beat) -> bool:
        """Whether the beat may come next: it is due, and nothing in canon speaks against it."""
        return self.due(beat) and not self.contradictions(beat)

    def next_beats(self) -> tuple[Beat, ...]:
        """Every beat that may come next, in the story's order; nothing after an ending."""
        if self.over:
            return ()
        act = self.act
        return tuple(beat for beat in self.story.beats if self._due(beat, act) and not self.contradictions(beat))


def _compare(held: FactValue, operator: str, wanted: FactValue) -> bool:
    if operator == "==":
        return held == wanted
    if operator == "!=":
        return held != wanted
    left, right = int(held), int(wanted)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


@lru_cache(maxsize=512)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def _spoken_of(words: tuple[str, ...], text: str) -> bool:
    return _pattern(words).search(text) is not None


def _neighbour_table(story: Story) -> dict[str, set[str]]:
    table: dict[str, set[str]] = {place.place_id: set(place.reachable_from) for place in story.places}
    for place in story.places:
        for neighbour in place.reachable_from:
            table[neighbour].add(place.place_id)
    return table
