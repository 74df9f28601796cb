"""The machine's clocks."""

from __future__ import annotations

import time


class SystemClock:
    """ports.Clock."""

    def monotonic_s(self) -> float:
        """Never jumps."""
        return time.monotonic()

    def epoch_s(self) -> float:
        """For what is written down."""
        return time.time()
