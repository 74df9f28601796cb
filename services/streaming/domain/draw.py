"""Random numbers that follow from a session's seed and the name of what is drawn, so that a replay draws the same."""

from __future__ import annotations

import hashlib


def draw_unit(seed: int, *names: object) -> float:
    """A number in [0, 1) that depends on the seed and the names alone."""
    return draw_int(seed, *names) / 2.0**64


def draw_int(seed: int, *names: object) -> int:
    """A number in [0, 2**64)."""
    key = "\x1f".join([str(seed), *(str(name) for name in names)])
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
