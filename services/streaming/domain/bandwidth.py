"""Which rendition a viewer's line carries, from what the viewer reports. Knows no RTCP and no clock: time is given.

Rungs of a ladder are counted from 0, the best; a rung needs so many bits a second, sound and headers included.
"""

from __future__ import annotations

from collections.abc import Sequence

LOSS_LIMIT = 0.10
"""More loss than this is taken for a full line (draft-ietf-rmcat-gcc, section 6); less may be a bad radio link."""
QUEUE_LIMIT_S = 0.25
REPORTS_TO_BELIEVE = 2
SETTLE_S = 1.5
ESTIMATE_FALL = 0.97
ESTIMATE_SHARE = 0.85
SUSPICION_S = 1.5
SUSPECT_LOSS = 0.04
SUSPECT_QUEUE_S = 0.08
ROUND_TRIPS_KEPT = 64
FIRST_CLIMB_AFTER_S = 2.0
MOST_CLIMB_AFTER_S = 5.0
NEXT_CLIMB_AFTER_S = 1.0
PROBE_S = 1.2
PROBE_VERDICT_S = 0.8
PROBE_OVER = 1.1
PROBE_LOSS = 0.08
PROBE_DELAY_S = 0.12
SURVIVED_S = 10.0


class BandwidthControl:
    """Goes down at once when the line is full; goes up only after it carried the better rung's rate as padding.

    After an attempt that failed it waits twice as long for the next one, up to 5 s: a line that got wide again is to be
    found within 10 s, and a trial ends at the first report that speaks against it.
    """

    def __init__(self, needs_bps: Sequence[int]) -> None:
        self._needs = tuple(needs_bps)
        self.rung = 0
        self.switches = 0
        self.failed_probes = 0
        self._bad_reports = 0
        self._ignore_until_s = 0.0
        self._quiet_since_s = 0.0
        self._climb_after_s = FIRST_CLIMB_AFTER_S
        self._climbed_at_s = -SURVIVED_S
        self._usual_loss = 0.0
        self._round_trips: list[float] = []
        self._estimate_bps = 0
        self._suspected_until_s = -SUSPICION_S
        self._strained_at_s = -SUSPICION_S
        self._probe_until_s: float | None = None
        self._probe_failed = False
        self._probe_reports = 0

    @property
    def round_trip_s(self) -> float:
        """The last one, 0 until one is known."""
        return self._round_trips[-1] if self._round_trips else 0.0

    @property
    def estimate_bps(self) -> int:
        """What the viewer thinks that its line carries, 0 as long as it has not said."""
        return self._estimate_bps

    def on_report(self, at_s: float, lost_share: float, round_trip_s: float | None) -> None:
        """lost_share: 0..1 of what was sent since the last report."""
        if round_trip_s is not None:
            self._round_trips.append(round_trip_s)
            del self._round_trips[:-ROUND_TRIPS_KEPT]
        queue_s = self._queue_s(round_trip_s)
        if self._probing(at_s):
            self._judge_probe(lost_share, queue_s)
            return
        if at_s < self._ignore_until_s:
            return
        if lost_share > self._usual_loss + SUSPECT_LOSS or queue_s > SUSPECT_QUEUE_S:
            self._strained_at_s = at_s
        if lost_share > LOSS_LIMIT or queue_s > QUEUE_LIMIT_S:
            self._bad_reports += 1
            self._quiet_since_s = at_s
            if self._bad_reports >= REPORTS_TO_BELIEVE:
                self._go_down(at_s)
                return
        else:
            self._bad_reports = 0
            self._usual_loss += 0.2 * (lost_share - self._usual_loss)
        self._weigh(at_s)

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
            self._probe_until_s, self._probe_failed, self._probe_reports = at_s + PROBE_S, False, 0
        if at_s >= self._probe_until_s + PROBE_VERDICT_S:
            self._end_probe(at_s)
            return 0
        if at_s >= self._probe_until_s or self._probe_failed:
            return 0
        return int(self._needs[self.rung - 1] * PROBE_OVER) - self._needs[self.rung]

    def _probing(self, at_s: float) -> bool:
        return self._probe_until_s is not None and at_s < self._probe_until_s + PROBE_VERDICT_S

    def _judge_probe(self, lost_share: float, queue_s: float) -> None:
        self._probe_reports += 1
        self._probe_failed |= lost_share > self._usual_loss + PROBE_LOSS or queue_s > PROBE_DELAY_S

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
        if rung != self.rung:
            self.rung = rung
            self.switches += 1
            self._ignore_until_s = at_s + SETTLE_S

    def _queue_s(self, round_trip_s: float | None) -> float:
        return 0.0 if round_trip_s is None else round_trip_s - min(self._round_trips)
