"""Reads wishes with an embedder; the axes' sentences come again with every text and are embedded once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from services.inference.domain.wish_reading import Leaning, WishAxis, read_wish

SENTENCES_KEPT: Final = 2048


class Embedder(Protocol):
    """Rows of length 1, one for each text."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class WishReader:
    """Keeps the vectors of the newest sentences; for one thread at a time."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def read(self, text: str, axes: Sequence[WishAxis]) -> tuple[Leaning, ...]:
        """Raises InvalidAsk."""
        return read_wish(text, axes, self._nearness)

    def _nearness(self, texts: Sequence[str], others: Sequence[str]) -> Sequence[Sequence[float]]:
        near = self._embedder.embed(texts) @ self._sentences(others).T
        return [[float(value) for value in row] for row in near]

    def _sentences(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        rows = np.stack([self._known[sentence] for sentence in sentences])
        for sentence in sentences:
            self._known.move_to_end(sentence)
        while len(self._known) > SENTENCES_KEPT:
            self._known.popitem(last=False)
        return rows
