"""The embeddings engine: a text is refused near a category's exemplars, unless ordinary talk is about as near."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import yaml
from numpy.typing import NDArray

from services.inference.adapters.guard_rules.guard import MAX_CHARACTERS, POLICIES, RULES_FILE
from services.inference.adapters.guard_rules.normalise import readings
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.writing import Verdict

EXEMPLARS_FILE: Final = Path(__file__).with_name("exemplars.yaml")


class Embedder(Protocol):
    """Rows of length 1, one for each text."""

    fingerprint: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class EmbeddingsGuard:
    """threshold: policy -> least cosine to a category's nearest exemplar at which a text is refused.
    margin: by how much that exemplar must be nearer than the nearest ordinary one."""

    THRESHOLD: Final = {"general": 0.48, "teen": 0.46, "child": 0.44}
    MARGIN: Final = 0.08

    def __init__(
        self, embedder: Embedder, exemplars_file: Path = EXEMPLARS_FILE, rules_file: Path = RULES_FILE
    ) -> None:
        content = exemplars_file.read_bytes()
        exemplars: dict[str, Any] = yaml.safe_load(content)
        rules: dict[str, Any] = yaml.safe_load(rules_file.read_bytes())
        digest = hashlib.sha256(content).hexdigest()[:12]
        self.fingerprint = f"guard-embeddings/1:{digest}:{embedder.fingerprint}"
        self._embedder = embedder
        self._reasons = {entry["name"]: " ".join(entry["reason"].split()) for entry in rules["categories"]}
        self._rows = {name: embedder.embed(texts) for name, texts in exemplars["categories"].items()}
        self._ordinary = embedder.embed(exemplars["ordinary"])

    def judge_text(self, text: str, policy: str) -> Verdict:
        """policy: "general" | "teen" | "child". Raises InvalidAsk for another policy."""
        if policy not in POLICIES:
            raise InvalidAsk("policy", f"must be one of {', '.join(POLICIES)}")
        if not text.strip():
            return Verdict(True)
        category, nearness, ordinary = self.nearest(text[:MAX_CHARACTERS])
        if nearness >= self.THRESHOLD[policy] and nearness - ordinary >= self.MARGIN:
            return Verdict(False, category, (self._reasons[category],))
        return Verdict(True)

    def nearest(self, text: str) -> tuple[str, float, float]:
        """(category, cosine to its nearest exemplar, cosine to the nearest ordinary one) of the worst reading."""
        texts = readings(text)
        rows = self._embedder.embed((texts[0], texts[-1]))
        found = [
            (float((exemplars @ row).max()), name, float((self._ordinary @ row).max()))
            for row in rows
            for name, exemplars in self._rows.items()
        ]
        nearness, category, ordinary = max(found, key=lambda item: item[0] - item[2])
        return category, nearness, ordinary
