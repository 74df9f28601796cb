"""The name of a take: SHA-256 over everything that determines its bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from services.streaming.domain.screenplay import TakeOrder


def take_identity(order: TakeOrder, engine_fingerprint: str) -> str:
    """Equal orders to equal engines have equal identities; numbers are rounded to 1e-6 so that sums agree."""
    canonical = json.dumps(
        {"order": _canonical(asdict(order)), "engine": engine_fingerprint}, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, float):
        rounded = round(value, 6)
        return int(rounded) if rounded == int(rounded) else rounded
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return value
