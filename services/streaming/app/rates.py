"""A token bucket: how often something may be done."""

from __future__ import annotations

from services.streaming.ports import Clock


class RateLimit:
    """per_s: allowed in the long run; burst: allowed at once."""

    def __init__(self, per_s: float, burst: float, clock: Clock) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._left = burst
        self._at_s = clock.monotonic_s()

    def wait_s(self) -> float:
        """0 and one use taken, or how long to wait with nothing taken."""
        now_s = self._clock.monotonic_s()
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left >= 1.0:
            self._left -= 1.0
            return 0.0
        return (1.0 - self._left) / self._per_s
