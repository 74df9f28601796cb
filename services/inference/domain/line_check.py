"""Whether a line that a model proposed may be spoken in place of the authored one; knows no model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from services.inference.domain.line_words import (
    ANTONYMS,
    AUXILIARIES,
    CHEERFUL,
    CRUEL,
    DIRECTIONS,
    FORMAL_MANNERS,
    NEGATIONS,
    NUMBERS,
    OPENERS,
    PERSONS,
    PROFANE,
    SMALL_WORDS,
    content_stems,
    expand,
    stem,
    words_of,
)
from services.inference.domain.writing import AuthoredLine, SceneBrief


class Refusal(StrEnum):
    """Why a proposed line is not spoken; the value is what `WrittenLine.refusal` carries."""

    NOTHING_PROPOSED = "nothing proposed"
    NO_OTHER_WAY = "no other way to say it was found"
    LESS_NATURAL = "other ways to say it sound less natural"
    DEADLINE = "deadline"
    UNCHANGED = "same words as the authored line"
    UNFINISHED = "unfinished sentence"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    LENGTH_CHANGED = "length far from the authored line"
    NOT_ENGLISH = "characters outside English text"
    MARKUP = "markup, stage direction or quotation"
    META_TALK = "talks about being a model or about the task"
    PROFANITY = "profanity"
    REPEATS = "repeats what was said"
    UNKNOWN_NAME = "a name that is not in the story"
    LOST_NAME = "a name of the authored line is missing"
    NUMBERS_CHANGED = "numbers differ from the authored line"
    SPEAKS_AS_OTHER = "speaks as someone else"
    CONTRADICTS_CANON = "contradicts canon"
    NEGATION_CHANGED = "negation differs from the authored line"
    QUESTION_CHANGED = "question differs from the authored line"
    PERSON_CHANGED = "who is meant differs from the authored line"
    SENSE_CHANGED = "direction, time or certainty differs from the authored line"
    TONE = "clashes with the emotion"
    MANNER = "not the character's manner"
    WORDS_LOST = "leaves out what the authored line says"
    WORDS_ADDED = "adds what the authored line does not say"
    MEANING = "meaning differs from the authored line"


@dataclass(frozen=True, slots=True)
class LineRules:
    """How far a line may depart from the authored one.

    min_similarity: cosine of sentence embeddings. min_kept: share of the authored content words that must return.
    max_added: content words that the authored line lacks. same_small_words: persons, directions and auxiliary verbs
    must return exactly, which a model too small to keep a meaning needs.
    """

    min_similarity: float
    min_kept: float
    max_added: int
    same_small_words: bool
    min_words: int = 3
    max_words: int = 28
    min_length_ratio: float = 0.5
    max_length_ratio: float = 1.7


CLOSE_RULES = LineRules(min_similarity=0.9, min_kept=0.99, max_added=0, same_small_words=True, min_length_ratio=0.6)
"""For models of a few hundred million parameters."""

FREE_RULES = LineRules(min_similarity=0.6, min_kept=0.34, max_added=8, same_small_words=False)
"""For models that keep a meaning by themselves."""

_META = re.compile(
    r"\b(?:as an? (?:ai|artificial|large|language)\b(?: language)?(?: model| assistant)|language model|chatbot|"
    r"i (?:can(?:not|'t)|am unable to|'m unable to) (?:assist|help|fulfil|comply)|"
    r"rewrit(?:e|ten|ing)|rephras\w+|paraphras\w+|"
    r"the (?:original|authored|same) line|in other words|system prompt|openai|smollm|hugging ?face|"
    r"(?:this|the) (?:scene|dialogue|screenplay|script)\b)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[*_`#<>\[\](){}|~\\]|https?:|^[-•]|^\s*\w+(?: \w+)?:\s|[\"“”«»]|^'.*'$")
_ENGLISH = re.compile(r"[A-Za-z0-9 ,.;:!?'’%°\-–—…éè]*")
_AFFIRMED = frozenset(ANTONYMS.values())
_SENTENCE_END = re.compile(r"[.!?…]+(?:\s+|$)")
_PROPER = re.compile(r"\b[A-Z][A-Za-z]*(?:'s)?\b")


def check_wording(
    text: str, authored: AuthoredLine, brief: SceneBrief, heard: Sequence[str], rules: LineRules
) -> Refusal | None:
    """What is wrong with `text` as `authored` said anew, judged by its words; heard: lines already in this scene."""
    return (
        _check_form(text, authored, rules)
        or _check_decency(text)
        or _check_repetition(text, authored, (*brief.said, *heard))
        or _check_names(text, authored, brief)
        or _check_claims(text, authored, brief)
        or _check_manner(text, authored, brief)
        or _check_faithfulness(text, authored, rules)
    )


def check_meaning(similarity: float, rules: LineRules) -> Refusal | None:
    """similarity: cosine of the sentence embeddings of the proposed and the authored line, -1..1."""
    return Refusal.MEANING if similarity < rules.min_similarity else None


def _check_form(text: str, authored: AuthoredLine, rules: LineRules) -> Refusal | None:
    if not text.strip():
        return Refusal.NOTHING_PROPOSED
    if not _ENGLISH.fullmatch(text):
        return Refusal.MARKUP if _MARKUP.search(text) else Refusal.NOT_ENGLISH
    if _META.search(text):
        return Refusal.META_TALK
    if _MARKUP.search(text):
        return Refusal.MARKUP
    if text.rstrip()[-1] not in ".!?…" or not text.lstrip()[0].isupper():
        return Refusal.UNFINISHED
    count, wanted = len(words_of(text)), len(words_of(authored.text))
    if count < rules.min_words:
        return Refusal.TOO_SHORT
    if count > rules.max_words:
        return Refusal.TOO_LONG
    if not rules.min_length_ratio <= count / max(wanted, 1) <= rules.max_length_ratio:
        return Refusal.LENGTH_CHANGED
    return None


def _check_decency(text: str) -> Refusal | None:
    return Refusal.PROFANITY if any(stem(word) in PROFANE or word in PROFANE for word in words_of(text)) else None


def _check_repetition(text: str, authored: AuthoredLine, heard: Iterable[str]) -> Refusal | None:
    mine = expand(words_of(text))
    if mine == expand(words_of(authored.text)) and _bare(text) == _bare(authored.text):
        return Refusal.UNCHANGED
    sentences = [tuple(words_of(part)) for part in _SENTENCE_END.split(text) if part.strip()]
    if (len(set(sentences)) < len(sentences) or _stutters(mine)) and not _stutters(expand(words_of(authored.text))):
        return Refusal.REPEATS
    own_overlap = 0.75
    for line in heard:
        theirs = set(content_stems(line))
        ours = set(content_stems(text))
        if len(theirs | ours) >= 2 and len(theirs & ours) / len(theirs | ours) > own_overlap:
            return Refusal.REPEATS
    return None


def _bare(text: str) -> str:
    return " ".join(words_of(text))


def _stutters(words: Sequence[str]) -> bool:
    """Three words that come twice, or one word three times in a row."""
    triples = Counter(zip(words, words[1:], words[2:], strict=False))
    return any(count > 1 for count in triples.values()) or any(
        a == b for a, b in pairwise(words) if a not in {"that", "had"}
    )


def _name_words(brief: SceneBrief) -> set[str]:
    names = [*brief.names, *(member.name for member in brief.cast), brief.place]
    return {word for name in names for word in words_of(name)}


def _proper_nouns(text: str, known: set[str]) -> set[str]:
    """Lower-cased words that stand for a name: capital inside a sentence, or before a comma, or known as a name."""
    found: set[str] = set()
    for sentence in _SENTENCE_END.split(text):
        stripped = sentence.strip()
        for match in _PROPER.finditer(stripped):
            word = match.group().removesuffix("'s").lower()
            calls = match.start() == 0 and stripped[match.end() : match.end() + 1] == "," and word not in OPENERS
            if word in known or calls or (match.start() > 0 and word != "i" and not word.startswith("i'")):
                found.add(word)
    return found


def _check_names(text: str, authored: AuthoredLine, brief: SceneBrief) -> Refusal | None:
    known = _name_words(brief)
    wanted = _proper_nouns(authored.text, known)
    allowed = known | set(words_of(authored.text)) | {word for fact in brief.facts for word in words_of(fact)}
    found = _proper_nouns(text, known)
    if found - allowed - SMALL_WORDS:
        return Refusal.UNKNOWN_NAME
    if wanted - found - {word for word in words_of(text) if word in wanted}:
        return Refusal.LOST_NAME
    if _numbers(text) != _numbers(authored.text):
        return Refusal.NUMBERS_CHANGED
    return Refusal.SPEAKS_AS_OTHER if _speaks_as_other(text, authored, brief) else None


def _numbers(text: str) -> Counter[str]:
    return Counter(NUMBERS.get(word, word) for word in words_of(text) if word in NUMBERS or word[0].isdigit())


def _speaks_as_other(text: str, authored: AuthoredLine, brief: SceneBrief) -> bool:
    own = {
        word
        for member in brief.cast
        if authored.speaker in {member.character_id, member.name}
        for word in words_of(member.name)
    }
    phrase = " ".join(expand(words_of(text)))
    authored_phrase = " ".join(expand(words_of(authored.text)))
    for name in _name_words(brief) - words_set(brief.place):
        claims = (f"i am {name}", f"my name is {name}", f"this is {name}", f"{name} here")
        if name not in own and any(_holds(phrase, c) and not _holds(authored_phrase, c) for c in claims):
            return True
        calls_self = re.search(rf"\b{name}\s*,|,\s*{name}\b", text, re.IGNORECASE)
        if name in own and calls_self and name not in words_of(authored.text):
            return True
    return False


def words_set(text: str) -> set[str]:
    """Lower-cased words of a text, each once."""
    return set(words_of(text))


def _holds(phrase: str, part: str) -> bool:
    return f" {part} " in f" {phrase} "


def _check_claims(text: str, authored: AuthoredLine, brief: SceneBrief) -> Refusal | None:
    for fact in brief.facts:
        if contradicts(text, fact) and not contradicts(authored.text, fact):
            return Refusal.CONTRADICTS_CANON
    return None


def contradicts(text: str, fact: str) -> bool:
    """Whether a sentence of `text` says of the fact's subject the opposite: one negation or antonym apart."""
    fact_words = expand(words_of(fact))
    fact_topic, fact_sign = _topic_and_sign(fact_words)
    for sentence in _SENTENCE_END.split(text):
        if not sentence.strip():
            continue
        topic, sign = _topic_and_sign(expand(words_of(sentence)))
        shared = topic & fact_topic
        if len(shared) >= 2 and len(shared) >= 0.6 * len(fact_topic) and sign != fact_sign:
            return True
    return False


def _topic_and_sign(words: Sequence[str]) -> tuple[set[str], bool]:
    """What is spoken of, antonyms brought to one of the pair, and whether it is affirmed."""
    sign = sum(word in NEGATIONS for word in words) % 2 == 0
    topic: set[str] = set()
    for word in words:
        if word in ANTONYMS:
            topic.add(ANTONYMS[word])
            sign = not sign
        elif word in _AFFIRMED:
            topic.add(word)
        elif word not in SMALL_WORDS and word not in NEGATIONS:
            topic.add(stem(word))
    return topic, sign


def _check_manner(text: str, authored: AuthoredLine, brief: SceneBrief) -> Refusal | None:
    words = set(words_of(text))
    added = words - set(words_of(authored.text))
    grave = authored.emotion in {"tense", "afraid", "urgent"}
    if (grave and added & CHEERFUL) or (authored.emotion in {"warm", "calm", "awed"} and added & CRUEL):
        return Refusal.TONE
    if text.count("!") > max(authored.text.count("!"), 0 if authored.emotion == "calm" else 1) or "?!" in text:
        return Refusal.TONE
    if grave and text.count("…") + text.count("...") > 1:
        return Refusal.TONE
    manner = next((m.manner.lower() for m in brief.cast if m.character_id == authored.speaker), "")
    if any("'" in word for word in added) and any(hint in manner for hint in FORMAL_MANNERS):
        return Refusal.MANNER
    return None


def _check_faithfulness(text: str, authored: AuthoredLine, rules: LineRules) -> Refusal | None:
    ours, theirs = expand(words_of(text)), expand(words_of(authored.text))
    if sum(word in NEGATIONS for word in ours) % 2 != sum(word in NEGATIONS for word in theirs) % 2:
        return Refusal.NEGATION_CHANGED
    if ("?" in text) != ("?" in authored.text):
        return Refusal.QUESTION_CHANGED
    if rules.same_small_words:
        if _picked(ours, PERSONS) != _picked(theirs, PERSONS):
            return Refusal.PERSON_CHANGED
        for table in (DIRECTIONS, AUXILIARIES):
            if _picked(ours, table) != _picked(theirs, table):
                return Refusal.SENSE_CHANGED
    mine, wanted = Counter(content_stems(text)), Counter(content_stems(authored.text))
    if (wanted & mine).total() < rules.min_kept * wanted.total():
        return Refusal.WORDS_LOST
    if (mine - wanted).total() > rules.max_added:
        return Refusal.WORDS_ADDED
    return None


def _picked(words: Iterable[str], table: dict[str, str]) -> Counter[str]:
    return Counter(table[word] for word in words if word in table)
