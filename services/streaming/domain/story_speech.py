"""Lints what a story says: authored lines are held to what a model's lines are held to, and facts to their sources."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from services.streaming.domain.finding import Finding
from services.streaming.domain.story import Beat, Line, Story

WORDS_LIMIT = 45
SAME_WORDS = 0.8
"""Share of content words above which two lines of one character count as the same line."""

_MARKUP = re.compile(r"[*_`#<>\[\](){}|~\\]|https?:")
_DIGITS = re.compile(r"\d")
_PROPER = re.compile(r"(?<![.!?:…] )(?<!^)\b([A-Z][a-z]{3,})\b")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_FIGURE = re.compile(
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|"
    r"percent)\b",
    re.IGNORECASE,
)
_SMALL_WORDS = (
    "a an and are as at be but by do for from had has have he her him his i in is it its me my no not of on one or our "
    "she so that the their them then there they this to was we were what when who will with would you your"
)
_SMALL = frozenset(_SMALL_WORDS.split())


def check_speech(story: Story) -> Iterator[Finding]:
    """Findings about lines, in the story's order."""
    yield from _said_twice(story)
    for beat in story.beats:
        heard = {line.speaker for line in beat.lines}
        for line in beat.lines:
            yield from _form(beat, line)
            yield from _misspelt_names(story, beat, line)
            yield from _absent_listener(story, beat, line, heard)
    if story.sources:
        yield from _sourcing(story)


def _form(beat: Beat, line: Line) -> Iterator[Finding]:
    for text in (line.text, *(variant.text for variant in line.variants)):
        if _MARKUP.search(text):
            yield _warning("markup", beat, line, f"{_short(text)} holds markup", "write what is said and nothing else")
        if _DIGITS.search(text):
            remedy = "spell numbers as they are spoken"
            yield _warning("digits", beat, line, f"{_short(text)} holds digits, which a voice may misread", remedy)
        if len(text.split()) > WORDS_LIMIT:
            message = f"{_short(text)} has {len(text.split())} words"
            yield _warning("long-line", beat, line, message, f"say it in at most {WORDS_LIMIT}, or in two lines")
        if text[-1:] not in ".!?…" and "cut off" not in line.intent:
            remedy = 'end the sentence, or say "cut off" in its intent'
            yield _warning("unfinished-line", beat, line, f"{_short(text)} does not end", remedy)


def _misspelt_names(story: Story, beat: Beat, line: Line) -> Iterator[Finding]:
    known = {word for name in story.names for word in re.findall(r"[A-Za-z]+", name)}
    proper = sorted(word for word in known if word[0].isupper() and len(word) > 3)
    for word in _PROPER.findall(line.text):
        close = get_close_matches(word, proper, n=1, cutoff=0.8)
        if close and word not in known and word.removesuffix("s") not in known:
            message = f"names {word!r}, whom the story does not know"
            yield _warning("unknown-name", beat, line, message, f"did you mean {close[0]!r}?")


def _absent_listener(story: Story, beat: Beat, line: Line, heard: set[str]) -> Iterator[Finding]:
    if not line.listener or line.over or line.listener in heard or line.listener in beat.present:
        return
    sheet = story.character(line.listener)
    if not sheet.everywhere:
        message = f"{_short(line.text)} is said to {sheet.name}, who is not there"
        yield _warning("absent-listener", beat, line, message, "put the listener in the cast, or say it over the radio")


def _said_twice(story: Story) -> Iterator[Finding]:
    exact: dict[str, tuple[Beat, Line]] = {}
    by_speaker: dict[str, list[tuple[frozenset[str], Beat, Line]]] = {}
    for beat in story.beats:
        for line in beat.lines:
            said = " ".join(line.text.lower().split())
            long_enough = len(said.split()) > 3
            if said in exact and long_enough and line.may_vary:
                message = f"{line.text!r} is already said in {exact[said][0].beat_id!r}"
                remedy = "reword one of them, or set may_vary: false where the echo is meant"
                yield _warning("repeated-line", beat, line, message, remedy)
            elif line.may_vary:
                yield from _nearly_said(beat, line, by_speaker.get(line.speaker, []))
            exact.setdefault(said, (beat, line))
            by_speaker.setdefault(line.speaker, []).append((_content(line.text), beat, line))


def _nearly_said(beat: Beat, line: Line, before: list[tuple[frozenset[str], Beat, Line]]) -> Iterator[Finding]:
    mine = _content(line.text)
    if len(mine) < 4:
        return
    for theirs, other, old in before:
        alternatives = other is beat and old.requires and line.requires
        if len(mine & theirs) / len(mine | theirs) > SAME_WORDS and not alternatives and old.may_vary:
            message = f"{_short(line.text)} says nearly what line {old.source_line} says in {other.beat_id!r}"
            remedy = "reword one of them, or set may_vary: false where the echo is meant"
            yield _warning("repeated-line", beat, line, message, remedy)
            return


def _content(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(text.lower()) if word not in _SMALL)


def _sourcing(story: Story) -> Iterator[Finding]:
    """A story that names sources promises that fact and fiction can be told apart, line by line."""
    cited = Counter(source for beat in story.beats for line in beat.lines for source in line.cites)
    for source in story.sources:
        if not cited[source.source_id]:
            message = f"no line cites {source.source_id!r}"
            remedy = "cite it where its fact is said, or remove it"
            yield Finding("warning", "uncited-source", "", source.source_line, message, remedy)
    if not story.fiction:
        remedy = "list under 'fiction' what is invented"
        yield Finding("warning", "no-fiction", "", 0, "does not say what in it is invented", remedy)
    for beat in story.beats:
        for line in beat.lines:
            if not line.cites and not line.invented and _FIGURE.search(line.text):
                message = f"{_short(line.text)} holds a figure, with neither a source nor a word that it is invented"
                yield _warning("unmarked-claim", beat, line, message, "give it cites, or made_up: true")


def _warning(rule: str, beat: Beat, line: Line, message: str, remedy: str) -> Finding:
    return Finding("warning", rule, beat.beat_id, line.source_line, message, remedy)


def _short(text: str) -> str:
    return repr(text if len(text) <= 48 else f"{text[:45]}...")
