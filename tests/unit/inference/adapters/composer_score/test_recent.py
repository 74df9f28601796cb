"""The bounded cache drops what was used longest ago."""

from __future__ import annotations

import numpy as np

from services.inference.adapters.composer_score.recent import Recent


def test_the_oldest_goes_first_and_the_limit_holds() -> None:
    recent: Recent[int, np.float32] = Recent(limit_bytes=1000)
    for name in range(3):
        recent.put(name, np.zeros(100, np.float32))
        recent.get(0)
    assert recent.get(1) is None
    assert recent.get(0) is not None
    assert recent.get(2) is not None
    assert recent.held_bytes <= 1000


def test_putting_again_counts_once() -> None:
    recent: Recent[str, np.float32] = Recent(limit_bytes=1000)
    for _ in range(5):
        recent.put("same", np.zeros(50, np.float32))
    assert recent.held_bytes == 200
