"""The rules engine: form, hidden characters, personal data and category patterns, for one of three policies."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from services.inference.adapters.guard_rules.normalise import compatible, has_hidden_characters, readings
from services.inference.adapters.guard_rules.personal_data import holds_personal_data
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.wish_reading import Leaning, WishAxis
from services.inference.domain.writing import Verdict

POLICIES: Final = ("general", "teen", "child")
MAX_CHARACTERS: Final = 280
RULES_FILE: Final = Path(__file__).with_name("rules.yaml")

_WORD: Final = re.compile(r"[a-z]+")
_DIGEST_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Category:
    """patterns: policy -> expressions that refuse under it; digests: words refused under every policy."""

    name: str
    reason: str
    patterns: dict[str, tuple[re.Pattern[str], ...]]
    digests: frozenset[str]

    def holds(self, text: str, policy: str) -> bool:
        if any(pattern.search(text) for pattern in self.patterns[policy]):
            return True
        return bool(self.digests) and any(
            hashlib.sha256(word.encode()).hexdigest()[:_DIGEST_LENGTH] in self.digests for word in _WORD.findall(text)
        )


class RulesGuard:
    """Judges by the first category, in the order of the file, that a reading of the text falls under."""

    def __init__(self, rules_file: Path = RULES_FILE) -> None:
        content = rules_file.read_bytes()
        rules: dict[str, Any] = yaml.safe_load(content)
        self.fingerprint = f"guard-rules/1:{hashlib.sha256(content).hexdigest()[:12]}"
        self._idioms = _bounded(rules["idioms"])
        self._categories = tuple(_category(entry) for entry in rules["categories"])

    def judge_text(self, text: str, policy: str) -> Verdict:
        """policy: "general" | "teen" | "child". Raises InvalidAsk for another policy, and for nothing else."""
        if policy not in POLICIES:
            raise InvalidAsk("policy", f"must be one of {', '.join(POLICIES)}")
        if len(text) > MAX_CHARACTERS:
            return Verdict(False, "length", (f"Please say it in at most {MAX_CHARACTERS} characters.",))
        if has_hidden_characters(text):
            return Verdict(False, "characters", ("The text holds characters that cannot be shown. Please retype it.",))
        if holds_personal_data(compatible(text)):
            reason = "Please leave out addresses, telephone and card numbers: the film does not need them."
            return Verdict(False, "personal_data", (reason,))
        return self._judge_readings(readings(text), policy)

    def read_wish(self, text: str, axes: Sequence[WishAxis]) -> tuple[Leaning, ...]:
        """Nothing: rules know what must not be said, not what was meant."""
        return ()

    def _judge_readings(self, texts: Sequence[str], policy: str) -> Verdict:
        plain = [self._without_idioms(text) for text in texts]
        for category in self._categories:
            if any(category.holds(text, policy) for text in plain):
                return Verdict(False, category.name, (category.reason,))
        return Verdict(True)

    def _without_idioms(self, text: str) -> str:
        for idiom in self._idioms:
            text = idiom.sub(" … ", text)
        return text


def _bounded(expressions: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?<![a-z0-9])(?:{expression})(?![a-z0-9])") for expression in expressions)


def _category(entry: dict[str, Any]) -> Category:
    """Each policy holds its own patterns and those of the freer ones."""
    held: tuple[re.Pattern[str], ...] = tuple(re.compile(expression) for expression in entry.get("unbounded", ()))
    patterns: dict[str, tuple[re.Pattern[str], ...]] = {}
    for policy in POLICIES:
        held += _bounded(entry.get(policy, ()))
        patterns[policy] = held
    digests = frozenset(entry.get("word_digests", ()))
    return Category(entry["name"], " ".join(entry["reason"].split()), patterns, digests)
