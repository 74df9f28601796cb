"""The phoneme alphabet shared by all speakers: its sounds in Piper's alphabet and the mouth shapes they take."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import yaml

PHONES_FILE = "phones.yaml"
NEXT_SHAPE = "next"
VOWELS = "AIOQWYaɑɒæʌɐeɛiɪᵻəᵊɚɜoɔuʊˈˌ"


@dataclass(frozen=True, slots=True)
class Phone:
    """espeak: symbols of Piper's alphabet. shapes: mouth shapes in equal parts, NEXT_SHAPE for the following one."""

    espeak: str
    shapes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhoneTable:
    """phones by symbol; pauses: punctuation and space, with what Piper's alphabet writes for each."""

    phones: dict[str, Phone]
    pauses: dict[str, str]

    @classmethod
    def load(cls) -> PhoneTable:
        table = yaml.safe_load(phones_text())
        phones = {symbol: Phone(row["espeak"], tuple(row["shapes"])) for symbol, row in table["phones"].items()}
        return cls(phones, dict(table["pauses"]))

    def knows(self, symbol: str) -> bool:
        return symbol in self.phones or symbol in self.pauses

    def espeak_line(self, symbols: str) -> tuple[str, ...]:
        """Piper's writing of each symbol; "" where its sound is part of a neighbour's (the r of "bird")."""
        padded = f" {symbols} "
        return tuple(self._espeak(*padded[index : index + 3]) for index in range(len(symbols)))

    def _espeak(self, before: str, symbol: str, after: str) -> str:
        if symbol in self.pauses:
            return self.pauses[symbol]
        if symbol == "ɹ" and before in "ɜə" and after not in VOWELS:
            return ""
        if symbol == "ə" and after == "ɹ":
            return "ɚ"
        if symbol == "i" and before in "ˈˌ":
            return "iː"
        return self.phones[symbol].espeak

    def is_pause(self, symbol: str) -> bool:
        return symbol in self.pauses

    def shapes(self, symbol: str) -> tuple[str, ...]:
        return self.phones[symbol].shapes


def phones_text() -> str:
    return resources.files(__package__).joinpath(PHONES_FILE).read_text(encoding="utf-8")
