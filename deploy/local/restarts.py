"""When a part of the stack that died is started again, and when that is given up."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """deaths_limit within window_s is one death too many; delays double from first_delay_s up to delay_limit_s."""

    deaths_limit: int = 5
    window_s: float = 60.0
    first_delay_s: float = 0.2
    delay_limit_s: float = 5.0


class Restarts:
    """One part's deaths, by a monotonic clock."""

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._deaths_s: deque[float] = deque(maxlen=policy.deaths_limit)
        self.count = 0

    def after_death(self, now_s: float) -> float | None:
        """Seconds to wait before it starts again; None: it dies too often to go on."""
        self._deaths_s.append(now_s)
        recent = sum(1 for death_s in self._deaths_s if now_s - death_s < self._policy.window_s)
        if recent >= self._policy.deaths_limit:
            return None
        self.count += 1
        return min(self._policy.first_delay_s * 2.0 ** (recent - 1), self._policy.delay_limit_s)
