"""Understands a premise: what kind of story, where, about what, with whom, and which of its words found no use.

Words are matched against banks; how near two phrases are in meaning is asked of an embedder that this module is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.inference.domain.premise import TOLD_AS, UNUSED, USED, PremisePart

Nearness = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[float]]]
"""Cosines of sentence embeddings: (texts, others) -> one row for each text."""

KEYWORD_BONUS = 0.35
LIKE_ENOUGH = 0.5
CATEGORY_ENOUGH = 0.27
PARTS_LIMIT = 12
GOAL_STRUCTURE = "errand"
GOAL_WORDS = 4

_WORD = re.compile(r"[A-Za-z][A-Za-z.'’-]*|\d+")
_NAMED = re.compile(r"\b(?:named|called)\s+([A-Z][a-z]+(?: [A-Z][a-z]+)?)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a bank knows. about: phrases near it in meaning; keywords: words that name it.

    finds: of a structure, whether something is found in it, so that it is about a subject.
    """

    entry_id: str
    about: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    finds: bool = True


@dataclass(frozen=True, slots=True)
class Category:
    """What a leftover phrase may be, and why it cannot be used; reason "" for what can at least be spoken of."""

    name: str
    about: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that a premise is read with."""

    structures: tuple[Entry, ...]
    settings: tuple[Entry, ...]
    subjects: tuple[Entry, ...]
    roles: Mapping[str, tuple[str, ...]]
    people: tuple[str, ...]
    machines: tuple[str, ...]
    her: frozenset[str]
    him: frozenset[str]
    tones: Mapping[str, tuple[str, ...]]
    generic: frozenset[str]
    categories: tuple[Category, ...]
    weather: tuple[str, ...] = ()
    goal_verbs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """hero_job, hero_name, keepsake: "" where the premise names none. hero_is_her: None where it does not say.

    kin: "sister" or "brother" where the two leading people are that.
    goal: what is to be done ("repair a lighthouse"), goal_thing: what it is done to ("the lighthouse"), or "".
    """

    structure: str
    setting: str
    subject: str
    hero_job: str
    hero_name: str
    hero_is_her: bool | None
    keepsake: str
    tones: tuple[str, ...]
    parts: tuple[PremisePart, ...]
    goal: str = ""
    goal_thing: str = ""
    kin: str = ""


@dataclass(slots=True)
class _Marks:
    """Which words of the premise have found a use."""

    words: list[str]
    spans: list[tuple[int, int]]
    taken: list[bool]
    parts: list[tuple[int, PremisePart]]

    def take(self, phrase: str) -> int:
        """Marks the first free occurrence of a phrase; its position in words, -1 where it does not occur."""
        wanted = phrase.split()
        for start in range(len(self.words) - len(wanted) + 1):
            stop = start + len(wanted)
            if self.words[start:stop] == wanted and not any(self.taken[start:stop]):
                self.taken[start:stop] = [True] * len(wanted)
                return start
        return -1

    def note(self, start: int, count: int, use: str, note: str, premise: str) -> None:
        text = premise[self.spans[start][0] : self.spans[start + count - 1][1]].rstrip(".'’-")
        self.parts.append((start, PremisePart(text, use, note)))


def read(premise: str, vocabulary: Vocabulary, nearness: Nearness) -> Reading:
    """Never fails: what says nothing gets the story that is nearest to nothing in particular."""
    marks = _marked(premise)
    lowered = " ".join(marks.words)
    setting = _chosen(premise, lowered, vocabulary.settings, nearness)
    subject = _chosen(premise, lowered, vocabulary.subjects, nearness)
    structures: Sequence[Entry] = vocabulary.structures
    if _hits(subject, lowered) and not any(_hits(entry, lowered) for entry in structures):
        # The premise names a thing to be found and no kind of story: one in which something is found.
        structures = [entry for entry in structures if entry.finds]
    structure = _chosen(premise, lowered, structures, nearness)
    name = _name_in(premise)
    if name:
        _take(marks, name.lower(), USED, "the leading part has this name", premise)
    job = _job(marks, vocabulary, premise)
    goal, goal_thing = _goal(marks, vocabulary, premise) if structure.entry_id == GOAL_STRUCTURE else ("", "")
    told = [(structure, "the kind of story"), (setting, "where it is set")]
    if structure.finds:
        told.append((subject, "what it is about"))
    for entry, note in told:
        for keyword in sorted(entry.keywords, key=len, reverse=True):
            _take(marks, keyword, USED, note, premise)
    hero_is_her = _gender(marks.words, vocabulary)
    for tone, words in vocabulary.tones.items():
        for word in words:
            _take(marks, word, USED, f"the tone: more {tone}", premise)
    for word in sorted(vocabulary.machines, key=len, reverse=True):
        _take(marks, word, USED, "a part in the cast", premise)
    for word in sorted(vocabulary.people, key=len, reverse=True):
        _take(marks, word, USED, "the people of the story", premise)
    for word in sorted(vocabulary.weather, key=len, reverse=True):
        _take(marks, word, TOLD_AS, "bad weather comes into some of its scenes", premise)
    tones = tuple(tone for tone, words in vocabulary.tones.items() if set(words) & set(marks.words))
    keepsake = _leftovers(marks, vocabulary, [entry for entry, _ in told], nearness, premise)
    parts = tuple(part for _, part in sorted(marks.parts, key=lambda item: item[0]))[:PARTS_LIMIT]
    ids = (structure.entry_id, setting.entry_id, subject.entry_id)
    return Reading(*ids, job, name, hero_is_her, keepsake, tones, parts, goal, goal_thing, _kin(marks.words))


def _marked(premise: str) -> _Marks:
    found = list(_WORD.finditer(premise))
    words = [match.group().lower().replace("’", "'").rstrip(".'") for match in found]
    return _Marks(words, [match.span() for match in found], [False] * len(words), [])


def _take(marks: _Marks, phrase: str, use: str, note: str, premise: str) -> bool:
    start = marks.take(phrase)
    if start < 0:
        return False
    marks.note(start, len(phrase.split()), use, note, premise)
    return True


def _chosen(premise: str, lowered: str, entries: Sequence[Entry], nearness: Nearness) -> Entry:
    phrases = [phrase for entry in entries for phrase in entry.about]
    cosines = dict(zip(phrases, nearness([premise], phrases)[0], strict=True))

    def score(entry: Entry) -> float:
        near = sorted((cosines[phrase] for phrase in entry.about), reverse=True)[:2]
        return sum(near) / max(1, len(near)) + KEYWORD_BONUS * min(_hits(entry, lowered), 2)

    return max(entries, key=score)


def _hits(entry: Entry, lowered: str) -> int:
    """How many of the entry's keywords the premise holds."""
    return sum(bool(re.search(rf"\b{re.escape(keyword)}\b", lowered)) for keyword in entry.keywords)


def _name_in(premise: str) -> str:
    found = _NAMED.search(premise)
    return found.group(1) if found else ""


def _gender(words: Sequence[str], vocabulary: Vocabulary) -> bool | None:
    for word in words:
        if word in vocabulary.her:
            return True
        if word in vocabulary.him:
            return False
    return None


def _kin(words: Sequence[str]) -> str:
    return next((word.removesuffix("s") for word in words if word in ("sisters", "brothers")), "")


def _job(marks: _Marks, vocabulary: Vocabulary, premise: str) -> str:
    """The first occupation that the premise names is the hero's; others are said to have found no part."""
    found: list[tuple[int, str, str]] = []
    for job, words in vocabulary.roles.items():
        for word in sorted(words, key=len, reverse=True):
            start = marks.take(word)
            if start >= 0:
                found.append((start, job, word))
    found.sort()
    for number, (start, _, word) in enumerate(found):
        use, note = (USED, "the leading part") if number == 0 else (TOLD_AS, "one of the people of the story")
        marks.note(start, len(word.split()), use, note, premise)
    return found[0][1] if found else ""


def _goal(marks: _Marks, vocabulary: Vocabulary, premise: str) -> tuple[str, str]:
    """The first "repair a lighthouse": a verb of doing, an article, and the words after it that carry meaning."""
    for at, word in enumerate(marks.words):
        if word not in vocabulary.goal_verbs or at + 2 >= len(marks.words):
            continue
        if marks.words[at + 1] not in ("a", "an", "the", "their", "her", "his", "its"):
            continue
        stop = at + 2
        while stop < len(marks.words) and stop - at < GOAL_WORDS + 2 and _carries(marks, stop, vocabulary, premise):
            stop += 1
        if stop == at + 2:
            continue
        marks.taken[at:stop] = [True] * (stop - at)
        marks.note(at, stop - at, USED, "what is to be done", premise)
        noun = " ".join(marks.words[at + 2 : stop])
        verb = next(form for form in _bare_forms(word) if form in vocabulary.goal_verbs)
        article = marks.words[at + 1] if marks.words[at + 1] in ("a", "an", "the") else "the"
        return f"{verb} {article} {noun}", f"the {noun}"
    return "", ""


def _bare_forms(verb: str) -> tuple[str, ...]:
    """What a verb may be after "to", likeliest first: "fixes" is "fix", "carries" is "carry"."""
    endings = (("ies", "y"), ("es", ""), ("s", ""))
    cut = tuple(verb.removesuffix(ending) + bare for ending, bare in endings if verb.endswith(ending))
    return (*cut, verb)


def _carries(marks: _Marks, at: int, vocabulary: Vocabulary, premise: str) -> bool:
    """Whether a word goes on the phrase before it: it is no small word, and nothing but a blank stands between."""
    between = premise[marks.spans[at - 1][1] : marks.spans[at][0]]
    clean = between.isspace() and premise[marks.spans[at - 1][1] - 1] not in ".,;:!?"
    return clean and not marks.taken[at] and marks.words[at] not in vocabulary.generic


def _leftovers(marks: _Marks, vocabulary: Vocabulary, chosen: Sequence[Entry], nearness: Nearness, premise: str) -> str:
    """Says of every phrase that is left what it was told as, or why it was not used; gives the keepsake, if any."""
    phrases = _phrases(marks, vocabulary.generic)
    if not phrases:
        return ""
    texts = [premise[marks.spans[start][0] : marks.spans[stop - 1][1]].rstrip(".'’-") for start, stop in phrases]
    near_chosen = [max(row) for row in nearness(texts, [about for entry in chosen for about in entry.about])]
    kinds = [about for category in vocabulary.categories for about in category.about]
    rows = nearness(texts, kinds)
    keepsake = ""
    for (start, stop), text, near, row in zip(phrases, texts, near_chosen, rows, strict=True):
        category, likeness = _category(row, vocabulary.categories)
        if near >= LIKE_ENOUGH and near >= likeness:
            use, note = TOLD_AS, "near enough to what the story is"
        elif category.reason == "" and likeness >= CATEGORY_ENOUGH and not keepsake:
            keepsake = _definite(text)
            use, note = TOLD_AS, "spoken of and carried; it cannot be drawn"
        elif likeness >= CATEGORY_ENOUGH and category.reason:
            use, note = UNUSED, category.reason
        else:
            use, note = UNUSED, "no place was found for it"
        marks.note(start, stop - start, use, note, premise)
    return keepsake


def _phrases(marks: _Marks, generic: frozenset[str]) -> list[tuple[int, int]]:
    """Runs of words that neither found a use nor say nothing; (start, stop) in words."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for index in range(len(marks.words) + 1):
        open_ = index < len(marks.words) and not marks.taken[index]
        open_ = open_ and marks.words[index].removesuffix("'s") not in generic
        if open_ and start is None:
            start = index
        elif not open_ and start is not None:
            runs.append((start, index))
            start = None
    return [run for run in runs if len(marks.words[run[0]]) > 2 or run[1] - run[0] > 1]


def _category(row: Sequence[float], categories: Sequence[Category]) -> tuple[Category, float]:
    best, likeness, at = categories[0], -1.0, 0
    for category in categories:
        here = max(row[at : at + len(category.about)])
        at += len(category.about)
        if here > likeness:
            best, likeness = category, here
    return best, likeness


def _definite(text: str) -> str:
    return f"the {text}" if text[:1].islower() else text
