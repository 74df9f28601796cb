"""Makes a story of a premise: reads it by sentence embeddings, composes it, lets a model choose or think."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.inference.domain.errors import InvalidAsk
from services.inference.domain.premise import PREMISE_LIMIT, SHORTEST_PREMISE, MadeStory, StoryAsk
from services.inference.domain.premise_reading import read
from services.inference.domain.story_banks import Banks, Ideas
from services.inference.domain.story_composing import compose

CHOOSING_SHARE = 0.25
"""Of the deadline: what is left of it is for the composing itself and for who called."""


class Embedder(Protocol):
    """Unit vectors of sentences."""

    fingerprint: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class Judge(Protocol):
    """A small model: which of several texts sounds most natural; None when there is no time to say."""

    fingerprint: str

    def most_natural(self, texts: Sequence[str], within_s: float) -> int | None: ...


class Thinker(Protocol):
    """A large model: what the thing that is found could be, for just this premise."""

    fingerprint: str

    def ideas(self, premise: str, needed: Sequence[str], seed: int, within_s: float) -> Ideas: ...


class ComposedStoryteller:
    """judge, thinker: models that help, as far as the deadline lets them; without them the seed decides."""

    def __init__(
        self, banks: Banks, embedder: Embedder, judge: Judge | None = None, thinker: Thinker | None = None
    ) -> None:
        helpers = [helper.fingerprint for helper in (judge, thinker) if helper is not None]
        self.fingerprint = ":".join(["composed/2", embedder.fingerprint, *helpers])
        self._banks = banks
        self._embedder = embedder
        phrases = _bank_phrases(banks)
        self._known = dict(zip(phrases, embedder.embed(phrases), strict=True))
        self._judge = judge
        self._thinker = thinker

    def write_story(self, ask: StoryAsk, deadline_s: float) -> MadeStory:
        """Raises InvalidAsk for a premise that says too little or too much."""
        premise = " ".join(ask.premise.split())
        if len(premise) < SHORTEST_PREMISE:
            raise InvalidAsk("premise", f"must have at least {SHORTEST_PREMISE} characters")
        if len(premise) > PREMISE_LIMIT:
            raise InvalidAsk("premise", f"must have at most {PREMISE_LIMIT} characters")
        if not 0 < deadline_s <= PREMISE_LIMIT:
            raise InvalidAsk("deadline_s", f"must be above 0 and at most {PREMISE_LIMIT} seconds")
        until_s = time.monotonic() + CHOOSING_SHARE * deadline_s
        reading = read(premise, self._banks.vocabulary, self._nearness)
        ideas = Ideas()
        if self._thinker is not None:
            needed = tuple(self._banks.subjects[reading.subject].slots)
            ideas = self._thinker.ideas(premise, needed, ask.seed, until_s - time.monotonic())
        chooser = _Chooser(self._judge, ask.seed, until_s)
        asked = StoryAsk(premise, ask.story_id, ask.seed, ask.age_band)
        document, lines = compose(asked, reading, self._banks, ideas, chooser.choose)
        return MadeStory(document, reading.parts, chooser.judged + len(ideas.slots), lines)

    def _nearness(self, texts: Sequence[str], others: Sequence[str]) -> Sequence[Sequence[float]]:
        if not texts:
            return []
        near = self._vectors(texts) @ self._vectors(others).T
        return [[float(value) for value in row] for row in near]

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The banks' phrases are the same for every premise, and were embedded once."""
        new = [text for text in texts if text not in self._known]
        fresh = dict(zip(new, self._embedder.embed(new), strict=True)) if new else {}
        return np.stack([self._known[text] if text in self._known else fresh[text] for text in texts])


class _Chooser:
    """Asks the judge while there is time, and draws from the seed when there is none."""

    def __init__(self, judge: Judge | None, seed: int, until_s: float) -> None:
        self._judge, self._seed, self._until_s = judge, seed, until_s
        self._asked = self.judged = 0

    def choose(self, texts: Sequence[str]) -> int:
        self._asked += 1
        left_s = self._until_s - time.monotonic()
        picked = self._judge.most_natural(texts, left_s) if self._judge is not None and left_s > 0 else None
        if picked is not None:
            self.judged += 1
            return picked
        return (self._seed * 31 + self._asked * 7) % len(texts)


def _bank_phrases(banks: Banks) -> list[str]:
    words = banks.vocabulary
    about = [entry.about for entry in (*words.structures, *words.settings, *words.subjects)]
    about += [category.about for category in words.categories]
    return list(dict.fromkeys(phrase for phrases in about for phrase in phrases))
