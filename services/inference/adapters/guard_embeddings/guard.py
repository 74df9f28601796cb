"""The embeddings engine: a text is refused when it resembles a category's exemplars more than ordinary talk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import yaml
from numpy.typing import NDArray

from services.inference.adapters.guard_embeddings.wishes import WishReader
from services.inference.adapters.guard_rules.guard import MAX_CHARACTERS, POLICIES, RULES_FILE
from services.inference.adapters.guard_rules.normalise import readings
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.wish_reading import Leaning, WishAxis
from services.inference.domain.writing import Verdict

EXEMPLARS_FILE: Final = Path(__file__).with_name("exemplars.yaml")


class Embedder(Protocol):
    """Rows of length 1, one for each text."""

    fingerprint: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class EmbeddingsGuard:
    """A ridge classifier (Hoerl and Kennard 1970) over embeddings, fitted to the exemplars when it is built.

    THRESHOLD: policy -> by how much a category must outscore ordinary talk for a text to be refused.
    """

    THRESHOLD: Final = {"general": 0.0, "teen": -0.06, "child": -0.12}
    RIDGE: Final = 1.0

    def __init__(
        self, embedder: Embedder, exemplars_file: Path = EXEMPLARS_FILE, rules_file: Path = RULES_FILE
    ) -> None:
        content = exemplars_file.read_bytes()
        exemplars: dict[str, Any] = yaml.safe_load(content)
        rules: dict[str, Any] = yaml.safe_load(rules_file.read_bytes())
        digest = hashlib.sha256(content).hexdigest()[:12]
        self.fingerprint = f"guard-embeddings/1:{digest}:{embedder.fingerprint}"
        self._embedder = embedder
        self._wishes = WishReader(embedder)
        self._reasons = {entry["name"]: " ".join(entry["reason"].split()) for entry in rules["categories"]}
        self._categories = tuple(exemplars["categories"])
        self._weights = _fit([*exemplars["categories"].values(), exemplars["ordinary"]], embedder, self.RIDGE)

    def judge_text(self, text: str, policy: str) -> Verdict:
        """policy: "general" | "teen" | "child". Raises InvalidAsk for another policy."""
        if policy not in POLICIES:
            raise InvalidAsk("policy", f"must be one of {', '.join(POLICIES)}")
        if not text.strip():
            return Verdict(True)
        category, lead = self.worst(text[:MAX_CHARACTERS])
        return Verdict(False, category, (self._reasons[category],)) if lead > self.THRESHOLD[policy] else Verdict(True)

    def read_wish(self, text: str, axes: Sequence[WishAxis]) -> tuple[Leaning, ...]:
        """Raises InvalidAsk."""
        return self._wishes.read(text, axes)

    def worst(self, text: str) -> tuple[str, float]:
        """(category, its score less that of ordinary talk) of the reading that scores worst."""
        texts = readings(text)
        scores = _with_bias(self._embedder.embed((texts[0], texts[-1]))) @ self._weights
        leads = (scores[:, :-1] - scores[:, -1:]).max(axis=0)
        index = int(leads.argmax())
        return self._categories[index], float(leads[index])


def _fit(classes: Sequence[Sequence[str]], embedder: Embedder, ridge: float) -> NDArray[np.float64]:
    """(dimensions + 1, classes) weights that map an embedding to class scores of about 0..1."""
    rows = _with_bias(embedder.embed([text for texts in classes for text in texts]))
    labels = np.repeat(np.arange(len(classes)), [len(texts) for texts in classes])
    targets = np.eye(len(classes))[labels]
    weights = np.linalg.solve(rows.T @ rows + ridge * np.eye(rows.shape[1]), rows.T @ targets)
    return np.asarray(weights, np.float64)


def _with_bias(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.column_stack([rows.astype(np.float64), np.ones(len(rows))])
