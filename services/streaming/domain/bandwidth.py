"""Which rendition a viewer's line carries, from what the viewer reports. Knows no RTCP and no clock: time is given.

Rungs of a ladder are counted from 0, the best; a rung needs so many bits a second, sound and headers included.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

LOSS_LIMIT = 0.10
"""More loss than this is taken for a full line (draft-ietf-rmcat-gcc, section 6); less may be a bad radio link."""
QUEUE_LIMIT_S = 0.25
REPORTS_TO_BELIEVE = 2
BELIEVE_AFTER_S = 0.6
WINDOW_S = 1.0
WINDOW_MOST_S = 3.0
ENOUGH_PACKETS = 20
"""Browsers report up to five times a second and after each loss: one packet of three says nothing of the line."""
UNLIKELY = 3.5
"""Standard deviations of what chance alone loses."""
QUEUE_WINDOW_S = 0.5
SETTLE_S = 1.5
ESTIMATE_FALL = 0.97
ESTIMATE_SHARE = 0.85
SUSPICION_S = 1.5
SUSPECT_LOSS = 0.04
SUSPECT_QUEUE_S = 0.08
EMPTY_WITHIN_S = 30.0
"""The line's own delay is the least of so long: by then any queue was empty once."""
FIRST_CLIMB_AFTER_S = 2.0
MOST_CLIMB_AFTER_S = 4.0
NEXT_CLIMB_AFTER_S = 1.0
PROBE_S = 1.0
PROBE_VERDICT_S = 0.6
PROBE_OVER = 1.1
PROBE_LOSS = 0.08
PROBE_DELAY_S = 0.12
SURVIVED_S = 10.0


class _Losses:
    """Packets lost of those expected, over the last second or as far back as there are enough."""

    def __init__(self) -> None:
        self._counts: deque[tuple[float, int, int]] = deque()

    def add(self, at_s: float, lost: int, expected: int) -> None:
        self._counts.append((at_s, lost, expected))
        while self._counts and self._counts[0][0] <= at_s - WINDOW_MOST_S:
            self._counts.popleft()

    def clear(self) -> None:
        self._counts.clear()

    def recent(self, since_s: float = -math.inf) -> tuple[float, int]:
        """(share, packets expected), of nothing before `since_s`."""
        lost = expected = 0
        newest_s = self._counts[-1][0] if self._counts else 0.0
        for at_s, some_lost, some_expected in reversed(self._counts):
            if at_s <= since_s or (at_s <= newest_s - WINDOW_S and expected >= ENOUGH_PACKETS):
                break
            lost += some_lost
            expected += some_expected
        return (lost / expected if expected else 0.0), expected

    def exceed(self, usual: float, by: float, since_s: float = -math.inf) -> bool:
        """Whether more is lost than usual, by that much at least and by more than chance explains."""
        share, expected = self.recent(since_s)
        if expected < ENOUGH_PACKETS:
            return False
        likely = max(usual, 1.0 / expected)
        return share > usual + max(by, UNLIKELY * math.sqrt(likely / expected))


class BandwidthControl:
    """Goes down at once when the line is full; goes up only after it carried the better rung's rate as padding.

    After an attempt that failed it waits twice as long for the next one, up to 4 s: a line that got wide again is to be
    found within 10 s, and a trial ends as soon as enough speaks against it.
    """

    def __init__(self, needs_bps: Sequence[int]) -> None:
        self._needs = tuple(needs_bps)
        self.rung = 0
        self.switches = 0
        self.failed_probes = 0
        self._bad_reports = 0
        self._bad_since_s = 0.0
        self._ignore_until_s = 0.0
        self._quiet_since_s = 0.0
        self._climb_after_s = FIRST_CLIMB_AFTER_S
        self._climbed_at_s = -SURVIVED_S
        self._losses = _Losses()
        self._usual_loss = 0.0
        self._usual_at_s = 0.0
        self._round_trip_s = 0.0
        self._least: deque[tuple[float, float]] = deque()
        self._queues: deque[tuple[float, float]] = deque()
        self._estimate_bps = 0
        self._suspected_until_s = -SUSPICION_S
        self._strained_at_s = -SUSPICION_S
        self._probe_from_s = 0.0
        self._probe_until_s: float | None = None
        self._probe_failed = False
        self._probe_reports = 0

    @property
    def round_trip_s(self) -> float:
        """The last one, 0 until one is known."""
        return self._round_trip_s

    @property
    def estimate_bps(self) -> int:
        """What the viewer thinks that its line carries, 0 as long as it has not said."""
        return self._estimate_bps

    def on_report(self, at_s: float, lost: int, expected: int, round_trip_s: float | None) -> None:
        """lost of expected: packets since the last report."""
        self._losses.add(at_s, lost, expected)
        queue_s = self._standing_queue_s(at_s, round_trip_s)
        if self._probing(at_s):
            self._judge_probe(queue_s)
            return
        if at_s < self._ignore_until_s:
            return
        if queue_s > SUSPECT_QUEUE_S or self._losses.exceed(self._usual_loss, SUSPECT_LOSS):
            self._strained_at_s = at_s
        if queue_s > QUEUE_LIMIT_S or self._losses.exceed(0.0, LOSS_LIMIT):
            self._bad_since_s = self._bad_since_s if self._bad_reports else at_s
            self._bad_reports += 1
            self._quiet_since_s = at_s
            if self._bad_reports >= REPORTS_TO_BELIEVE and at_s - self._bad_since_s >= BELIEVE_AFTER_S:
                self._go_down(at_s)
                return
        else:
            self._bad_reports = 0
            self._learn_usual_loss(at_s)
        self._weigh(at_s)

    def _learn_usual_loss(self, at_s: float) -> None:
        share, expected = self._losses.recent()
        if expected >= ENOUGH_PACKETS and at_s - self._usual_at_s >= WINDOW_S:
            self._usual_at_s = at_s
            self._usual_loss += 0.2 * (share - self._usual_loss)

    def on_estimate(self, at_s: float, bitrate_bps: int) -> None:
        """The viewer's own estimate. It falls for many reasons, so it is believed only together with a report of
        loss or of a growing queue, which then needs no second one."""
        falls = bitrate_bps < ESTIMATE_FALL * self._estimate_bps
        self._estimate_bps = bitrate_bps
        if falls and bitrate_bps < self._needs[self.rung] * ESTIMATE_SHARE and at_s >= self._ignore_until_s:
            self._suspected_until_s = at_s + SUSPICION_S
            if not self._probing(at_s):
                self._weigh(at_s)

    def _weigh(self, at_s: float) -> None:
        if at_s <= self._suspected_until_s and at_s - self._strained_at_s < SUSPICION_S:
            self._suspected_until_s = at_s - SUSPICION_S
            self._quiet_since_s = at_s
            self._go_down(at_s)

    def on_silence_ended(self, at_s: float) -> None:
        """The viewer was not heard for a while; what it reports of that time says nothing of the line's rate."""
        self._ignore_until_s = max(self._ignore_until_s, at_s + SETTLE_S)
        self._bad_reports = 0
        self._losses.clear()
        self._queues.clear()
        self._probe_until_s = None
        self._quiet_since_s = at_s
        self._climb_after_s = FIRST_CLIMB_AFTER_S

    def padding_bps(self, at_s: float) -> int:
        """What is to be sent besides the film now, to learn whether the line carries the next better rung."""
        if self.rung == 0:
            return 0
        if self._probe_until_s is None:
            if at_s - self._quiet_since_s < self._climb_after_s or at_s < self._ignore_until_s:
                return 0
            self._probe_from_s, self._probe_until_s = at_s, at_s + PROBE_S
            self._probe_failed, self._probe_reports = False, 0
        if at_s >= self._probe_until_s + PROBE_VERDICT_S:
            self._end_probe(at_s)
            return 0
        if at_s >= self._probe_until_s or self._probe_failed:
            return 0
        return int(self._needs[self.rung - 1] * PROBE_OVER) - self._needs[self.rung]

    def _probing(self, at_s: float) -> bool:
        return self._probe_until_s is not None and at_s < self._probe_until_s + PROBE_VERDICT_S

    def _judge_probe(self, queue_s: float) -> None:
        self._probe_reports += 1
        lossy = self._losses.exceed(self._usual_loss, PROBE_LOSS, self._probe_from_s)
        self._probe_failed |= lossy or queue_s > PROBE_DELAY_S

    def _end_probe(self, at_s: float) -> None:
        self._probe_until_s = None
        self._quiet_since_s = at_s
        if self._probe_failed or not self._probe_reports:
            self.failed_probes += 1
            self._climb_after_s = min(MOST_CLIMB_AFTER_S, 2 * self._climb_after_s)
            return
        self._climb_after_s = NEXT_CLIMB_AFTER_S
        self._climbed_at_s = at_s
        self._change(at_s, self.rung - 1)

    def _go_down(self, at_s: float) -> None:
        if at_s - self._climbed_at_s < SURVIVED_S:
            self._climb_after_s = MOST_CLIMB_AFTER_S
        self._change(at_s, min(self.rung + 1, len(self._needs) - 1))

    def _change(self, at_s: float, rung: int) -> None:
        self._bad_reports = 0
        self._losses.clear()
        if rung != self.rung:
            self.rung = rung
            self.switches += 1
            self._ignore_until_s = at_s + SETTLE_S

    def _standing_queue_s(self, at_s: float, round_trip_s: float | None) -> float:
        """What never drained for half a second: padding and key frames come in bursts, which every line queues."""
        if round_trip_s is not None:
            self._round_trip_s = round_trip_s
            while self._least and self._least[-1][1] >= round_trip_s:
                self._least.pop()
            self._least.append((at_s, round_trip_s))
            while self._least[0][0] < at_s - EMPTY_WITHIN_S:
                self._least.popleft()
            self._queues.append((at_s, round_trip_s - self._least[0][1]))
        while self._queues and self._queues[0][0] <= at_s - QUEUE_WINDOW_S:
            self._queues.popleft()
        return min((queue_s for _, queue_s in self._queues), default=0.0)
