"""The node's figures in Prometheus' text format, read off the living objects at each scrape."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.streaming.adapters.bus_kafka import KafkaBus
from services.streaming.adapters.http_viewers import ViewerApi
from services.streaming.app.commissions import Commissions
from services.streaming.app.sessions import Sessions


class NodeMetrics(Collector):
    """One scrape: `text()`."""

    def __init__(self, sessions: Sessions, api: ViewerApi, bus: KafkaBus, commissions: Commissions) -> None:
        self._commissions = commissions
        self._sessions = sessions
        self._api = api
        self._bus = bus
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """All figures."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """Called by the registry."""
        yield from self._viewing()
        yield from self._delivering()
        yield from self._rendering()
        yield from self._events()
        yield from self._words()
        yield from self._stories()

    def _viewing(self) -> Iterable[Metric]:
        live = self._sessions.live
        yield GaugeMetricFamily("cineloom_sessions", "Sessions held by this node.", len(live))
        yield GaugeMetricFamily("cineloom_viewers", "Connected viewers.", len(self._api.connections))
        counts = [session.playout.counts for session in live]
        yield CounterMetricFamily("cineloom_frames_played", "Frames played.", sum(count.frames for count in counts))
        yield CounterMetricFamily(
            "cineloom_holds",
            "Times the film held on a picture because the next one was late.",
            sum(count.holds for count in counts),
        )
        yield CounterMetricFamily(
            "cineloom_held_chunks", "Half seconds spent holding.", sum(count.held_chunks for count in counts)
        )
        dropped = sum(viewer.dropped for viewer in self._api.connections)
        yield GaugeMetricFamily("cineloom_viewer_dropped_packets", "Packets that connected viewers missed.", dropped)

    def _delivering(self) -> Iterable[Metric]:
        films = [viewer.film for viewer in self._api.connections]
        streams = [stream for film in films for stream in film.streams]
        for name, text, value in (
            ("sent_packets", "RTP packets sent to connected viewers.", sum(one.packets for one in streams)),
            ("sent_bytes", "RTP bytes sent to connected viewers.", sum(one.sent_bytes for one in streams)),
            ("resent_packets", "Packets sent again to connected viewers.", sum(one.resent for one in streams)),
            ("key_frame_splices", "Key frames given on demand.", sum(film.splices for film in films)),
            ("malformed_packets", "Packets that could not be read.", sum(v.malformed for v in self._api.connections)),
            ("ice_restarts", "Connections moved by an ICE restart.", sum(v.restarts for v in self._api.connections)),
        ):
            yield GaugeMetricFamily(f"cineloom_viewers_{name}", text, value)
        rungs = GaugeMetricFamily("cineloom_viewers_by_rung", "Connected viewers by rung.", labels=["rung"])
        for rung in range(3):
            rungs.add_metric([str(rung)], sum(viewer.rung == rung for viewer in self._api.connections))
        yield rungs
        yield GaugeMetricFamily("cineloom_tasks", "Tasks of this process's event loop.", len(asyncio.all_tasks()))

    def _rendering(self) -> Iterable[Metric]:
        takes = self._sessions.around.takes
        yield GaugeMetricFamily("cineloom_takes_waiting", "Takes being rendered or waiting.", takes.waiting)
        for name, value in (
            ("rendered_chunks", takes.counts.rendered_chunks),
            ("wanted", takes.counts.wanted),
            ("hits", takes.counts.hits),
            ("shared", takes.counts.shared),
            ("recalled", takes.counts.recalled),
            ("failures", takes.counts.failures),
            ("preempted", takes.counts.preempted),
            ("spilled", takes.memory.counts.spilled),
            ("recall_failures", takes.memory.counts.recall_failures),
            ("forgotten", takes.memory.counts.forgotten),
            ("without_sound_to_hold", takes.stillness.failures),
        ):
            yield CounterMetricFamily(f"cineloom_takes_{name}", f"Takes: {name.replace('_', ' ')}.", value)

        yield GaugeMetricFamily("cineloom_take_memory_bytes", "Takes in memory.", takes.memory.size_bytes)
        yield GaugeMetricFamily("cineloom_take_shelf_bytes", "Takes on disk.", takes.memory.shelf_bytes)
        yield from self._sharing()
        yield from self._speculating()

    def _sharing(self) -> Iterable[Metric]:
        scenes = self._sessions.around.scenes.counts
        for name, text, value in (
            ("scenes_asked", "Scenes that films asked for.", scenes.asked),
            ("scenes_shared", "Scenes whose words were there or being written.", scenes.shared),
            ("scenes_handed_over", "Writings that went on after who began them had gone.", scenes.handed_over),
            ("beats_chosen", "Beats chosen.", scenes.choices),
            ("beats_preferred", "Beats chosen because their scene existed.", scenes.preferred),
            ("liking_lost", "Liking that preferring scenes that existed is expected to have cost.", scenes.liking_lost),
        ):
            yield CounterMetricFamily(f"cineloom_{name}", text, value)

    def _speculating(self) -> Iterable[Metric]:
        speculation = self._sessions.around.speculation
        if speculation is None:
            return
        counts = speculation.counts
        for name, text, value in (
            ("begun", "Guesses that were begun.", counts.begun),
            ("made", "Guesses that were made.", counts.made),
            ("stopped", "Guesses given up because the machine was full.", counts.stopped),
            ("superseded", "Guesses given up because no film could need them any more.", counts.superseded),
            ("failed", "Guesses that a model could not make.", counts.failed),
            ("hits", "Made guesses that came true.", counts.hits),
            ("rendered_seconds", "Film rendered on a guess.", counts.rendered_s),
        ):
            yield CounterMetricFamily(f"cineloom_speculation_{name}", text, value)
        # these two go down when what was given up is needed after all
        yield GaugeMetricFamily("cineloom_speculation_misses", "Made guesses that nobody needed.", counts.misses)
        yield GaugeMetricFamily("cineloom_speculation_wasted_seconds", "Of that, never shown.", counts.wasted_s)
        yield GaugeMetricFamily("cineloom_speculation_hit_rate", "Of the guesses that are settled.", counts.hit_rate)

    def _events(self) -> Iterable[Metric]:
        receipts = CounterMetricFamily("cineloom_receipts", "Receipts by outcome.", labels=["outcome"])
        totals: dict[str, int] = {}
        for session in self._sessions.live:
            for outcome, count in session.counts.receipts.items():
                totals[outcome] = totals.get(outcome, 0) + count
        for outcome, count in sorted(totals.items()):
            receipts.add_metric([outcome], count)
        yield receipts
        yield CounterMetricFamily("cineloom_events_redelivered", "Events given again.", self._sessions.redelivered)
        yield CounterMetricFamily("cineloom_poison_messages", "Values that were no event.", self._bus.poison)
        yield GaugeMetricFamily("cineloom_broker_available", "1 when the broker answers.", float(self._bus.available))
        yield CounterMetricFamily("cineloom_records_dropped", "Records not sent to Kafka.", self._bus.dropped)

    def _words(self) -> Iterable[Metric]:
        words = self._sessions.words
        lines = CounterMetricFamily("cineloom_lines", "Lines by source.", labels=["source"])
        lines.add_metric(["model"], words.model_lines)
        lines.add_metric(["authored"], words.authored_lines)
        yield lines
        yield GaugeMetricFamily(
            "cineloom_model_lines_share",
            "Share of the lines asked of a model that it put in words.",
            words.accepted_share,
        )
        refusals = CounterMetricFamily("cineloom_line_refusals", "Model lines refused, by reason.", labels=["reason"])
        for reason, count in sorted(words.refusals.items()):
            refusals.add_metric([reason], count)
        yield refusals

    def _stories(self) -> Iterable[Metric]:
        counts = self._commissions.counts
        yield CounterMetricFamily("cineloom_stories_made", "Stories made from premises.", counts.made)
        refused = CounterMetricFamily("cineloom_premises_refused", "Premises without a story.", labels=["reason"])
        for reason, count in sorted(counts.refused.items()):
            refused.add_metric([reason], count)
        yield refused
        lines = CounterMetricFamily("cineloom_story_lines", "Lines of made stories, by source.", labels=["source"])
        lines.add_metric(["model"], counts.model_lines)
        lines.add_metric(["composed"], counts.lines - counts.model_lines)
        yield lines
