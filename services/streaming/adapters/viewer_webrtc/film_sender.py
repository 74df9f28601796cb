"""The film on its way to one viewer: both streams on one clock, repairs, key frames on demand, the rung it carries."""

from __future__ import annotations

import logging
from collections.abc import Callable

from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtp import RtcpReceiverInfo

from services.streaming.adapters.viewer_webrtc.datagram_path import DatagramPath
from services.streaming.adapters.viewer_webrtc.fan_out import FanOut
from services.streaming.adapters.viewer_webrtc.media_sender import MediaSender, Reports
from services.streaming.adapters.viewer_webrtc.rtp_stream import NTP_EPOCH_S, RtpStream
from services.streaming.domain.bandwidth import BandwidthControl
from services.streaming.domain.timebase import (
    FRAMES_PER_CHUNK,
    FRAMES_PER_SECOND,
    RTP_TICKS_PER_FRAME,
    SAMPLE_RATE_HZ,
)
from services.streaming.ports import VideoFrame

logger = logging.getLogger(__name__)

VIDEO_HZ = 90_000
REPORT_EVERY_S = 1.0
REPORT_OFTEN_S = 0.2
SILENCE_LIMIT_S = 2.5
KEY_FRAME_EVERY_S = 0.3
SPLICE_WITHIN_S = 0.2
SPLICE_LIMIT_BYTES = 60_000
SPLICE_LATEST_IN_CHUNK = 9
OWED_LIMIT_S = 0.4
PACE_OVER = 2.5
CLOCK_JUMP_S = 0.25
CLOCK_DRIFT = 0.01
ROUND_TRIP_LIMIT_S = 10.0


class FilmSender(Reports):
    """on_silent, on_heard: the viewer's reports stop, or come again."""

    def __init__(
        self, fan_out: FanOut, on_first_frame: Callable[[], None], on_silent: Callable[[], None],
        on_heard: Callable[[], None],
    ) -> None:  # fmt: skip
        self._fan_out = fan_out
        self._on_first_frame = on_first_frame
        self._on_silent = on_silent
        self._on_heard = on_heard
        self.bandwidth = BandwidthControl(fan_out.needs_bps)
        self.video: MediaSender | None = None
        self.audio: MediaSender | None = None
        self.bed: MediaSender | None = None
        self._path: DatagramPath | None = None
        self._waits_for_key = True
        self._since_key: list[tuple[VideoFrame, float]] = []
        self._key_asked_at_s = -KEY_FRAME_EVERY_S
        self._epoch_s: float | None = None
        self._reported_at_s = -REPORT_EVERY_S
        self._padded_at_s = 0.0
        self._heard_at_s: float | None = None
        self._sent_at_s = 0.0
        self._silent = False
        self._owed_bytes = 0.0
        self._highest: int | None = None
        self._lost = 0
        self.connected = False
        self.skipped = 0
        self.splices = 0
        self.key_frame_waits = 0

    def make_stream(self, clock_hz: int) -> Callable[[int, int], RtpStream]:
        """For a MediaSender: its stream on this node's buffer."""
        return lambda ssrc, rtx: RtpStream(self._fan_out.scratch, ssrc, rtx, clock_hz, self._fan_out.random)

    def path_of(self, transport: RTCDtlsTransport) -> DatagramPath:
        """The way that both streams share; they are bundled."""
        if self._path is None or self._path.transport is not transport:
            self._path = DatagramPath(transport)
        return self._path

    def close(self) -> None:
        """Give the way's socket back."""
        if self._path is not None:
            self._path.close()

    @property
    def streams(self) -> tuple[RtpStream, ...]:
        """Those that were opened."""
        senders = (self.video, self.audio, self.bed)
        return tuple(sender.stream for sender in senders if sender is not None and sender.stream is not None)

    @property
    def dropped(self) -> int:
        """Packets and frames that this viewer was too slow for."""
        return self.skipped + sum(stream.dropped for stream in self.streams)

    @property
    def started(self) -> bool:
        """Whether a picture is on its way."""
        return self._epoch_s is not None

    def rtp_timestamp(self, tick: int) -> int | None:
        """Of a video tick, None before the first picture."""
        stream = self.video.stream if self.video is not None else None
        if stream is None or not self.started:
            return None
        return (stream.origin + tick * RTP_TICKS_PER_FRAME) & 0xFFFFFFFF

    # --- the film ------------------------------------------------------------------------------------------------

    def send_video(self, frame: VideoFrame, tick: float) -> None:
        """One access unit; nothing that cannot be decoded is sent."""
        stream = self.video.stream if self.video is not None else None
        if stream is None or not stream.is_open:
            return
        if frame.key_frame:
            self._waits_for_key = False
            self._since_key = []
        self._since_key.append((frame, tick))
        now_s = self._fan_out.clock.monotonic_s()
        if self._waits_for_key or self._owes_too_much(frame, now_s):
            self.skipped += 1
            return
        self._sent_at_s = now_s
        first = self._epoch_s is None
        self._keep_time(now_s - tick / FRAMES_PER_SECOND)
        self._put(stream, frame, round(tick * RTP_TICKS_PER_FRAME))
        if first:
            self._on_first_frame()

    def send_audio(self, packet: bytes, sample_tick: int) -> None:
        """One Opus packet."""
        self._send_sound(self.audio, packet, sample_tick)

    def send_bed(self, packet: bytes, sample_tick: int) -> None:
        """One Opus packet of the second track."""
        self._send_sound(self.bed, packet, sample_tick)

    def _send_sound(self, sender: MediaSender | None, packet: bytes, sample_tick: int) -> None:
        if sender is not None and sender.stream is not None:
            sender.stream.send_single(packet, sample_tick)

    def _owes_too_much(self, frame: VideoFrame, now_s: float) -> bool:
        """On a narrow line, until the lower rung is rendered: the rest of a half second that it does not carry."""
        if self.bandwidth.rung == 0:
            self._owed_bytes = 0.0
            return False
        rate = self._fan_out.needs_bps[self.bandwidth.rung] / 8
        self._owed_bytes = max(0.0, self._owed_bytes - (now_s - self._sent_at_s) * rate)
        if not frame.key_frame and self._owed_bytes > OWED_LIMIT_S * rate:
            self._waits_for_key = True
            return True
        self._owed_bytes += len(frame.data)
        return False

    def _put(self, stream: RtpStream, frame: VideoFrame, timestamp: int) -> None:
        if not stream.send_frame(self._fan_out.packets.of(frame.data), timestamp):
            self._wait_for_key(stream)
        elif stream.waiting_packets:
            self._fan_out.pace(stream, self._pace_bps)

    @property
    def _pace_bps(self) -> float:
        known_bps = self.bandwidth.estimate_bps
        return PACE_OVER * max(known_bps, self._fan_out.needs_bps[self.bandwidth.rung]) if known_bps else 0.0

    def _wait_for_key(self, stream: RtpStream) -> None:
        stream.clear()
        self._waits_for_key = True

    def _keep_time(self, epoch_s: float) -> None:
        """When tick 0 was due: both streams' sender reports say the same, however unevenly packets leave."""
        if self._epoch_s is None or abs(epoch_s - self._epoch_s) > CLOCK_JUMP_S or epoch_s < self._epoch_s:
            self._epoch_s = epoch_s
        else:
            self._epoch_s += CLOCK_DRIFT * (epoch_s - self._epoch_s)

    # --- what the viewer says ------------------------------------------------------------------------------------

    def on_report(self, info: RtcpReceiverInfo) -> None:
        """Loss and round trip since the last report of the pictures."""
        now_s = self._hear()
        if self._highest is None:
            expected, lost = 0, 0
        else:
            expected = info.highest_sequence - self._highest
            lost = info.packets_lost - self._lost
        self._highest, self._lost = info.highest_sequence, info.packets_lost
        expected = max(0, expected)
        self.bandwidth.on_report(now_s, min(max(0, lost), expected), expected, self._round_trip_s(info))

    def on_lost(self, sequences: list[int]) -> None:
        """Packets that are worth it are sent again."""
        now_s = self._hear()
        stream = self.video.stream if self.video is not None else None
        if stream is None:
            return
        rate_bps = self._fan_out.needs_bps[self.bandwidth.rung]
        for sequence in sequences:
            stream.resend(sequence, now_s, rate_bps)

    def on_key_frame_wanted(self) -> None:
        """The half second so far is sent again at once, if that is quicker than to wait for the next key frame."""
        now_s = self._hear()
        stream = self.video.stream if self.video is not None else None
        if stream is None or now_s - self._key_asked_at_s < max(KEY_FRAME_EVERY_S, self.bandwidth.round_trip_s):
            return
        self._key_asked_at_s = now_s
        again = self._since_key
        if not again or not again[0][0].key_frame:
            return
        size = sum(len(frame.data) for frame, _ in again)
        known_bps = self.bandwidth.estimate_bps
        limit = known_bps / 8 * SPLICE_WITHIN_S if known_bps else SPLICE_LIMIT_BYTES
        if len(again) > SPLICE_LATEST_IN_CHUNK or size > limit:
            self.key_frame_waits += 1
            self._wait_for_key(stream)
            return
        self.splices += 1
        self._waits_for_key = False
        stream.clear()
        # Timestamps between the last tick and the next one: the decoder catches up within a frame's time.
        last = round(again[-1][1] * RTP_TICKS_PER_FRAME)
        step = RTP_TICKS_PER_FRAME // (FRAMES_PER_CHUNK + 1)
        for number, (frame, _) in enumerate(again):
            self._put(stream, frame, last + step * (number + 1))

    def on_bandwidth(self, bitrate_bps: int) -> None:
        """The viewer's estimate."""
        self.bandwidth.on_estimate(self._hear(), bitrate_bps)

    def _hear(self) -> float:
        now_s = self._fan_out.clock.monotonic_s()
        self._heard_at_s = now_s
        if self._silent:
            self._silent = False
            self.bandwidth.on_silence_ended(now_s)
            self._on_heard()
        return now_s

    def _round_trip_s(self, info: RtcpReceiverInfo) -> float | None:
        if not info.lsr:
            return None
        now = int((self._fan_out.clock.epoch_s() + NTP_EPOCH_S) * 65_536) & 0xFFFFFFFF
        round_trip_s = ((now - info.lsr - info.dlsr) & 0xFFFFFFFF) / 65_536
        return round_trip_s if round_trip_s < ROUND_TRIP_LIMIT_S else None

    # --- rounds --------------------------------------------------------------------------------------------------

    def look_after(self, now_s: float) -> None:
        """Four times a second: reports, padding for a probe, and whether the viewer is still heard."""
        self._notice_silence(now_s)
        self._pad(now_s)
        # A viewer's reports tell of the line as it was at the last of ours: a trial is over in a second.
        every_s = REPORT_EVERY_S if self.bandwidth.rung == 0 else REPORT_OFTEN_S
        if self._epoch_s is not None and now_s - self._reported_at_s >= every_s:
            self._reported_at_s = now_s
            self._report()

    def _notice_silence(self, now_s: float) -> None:
        if self._heard_at_s is None or self._silent:
            return
        sending = now_s - self._sent_at_s < SILENCE_LIMIT_S / 2
        if sending and now_s - self._heard_at_s > SILENCE_LIMIT_S:
            self._silent = True
            self._on_silent()

    def _pad(self, now_s: float) -> None:
        since_s, self._padded_at_s = min(0.5, now_s - self._padded_at_s), now_s
        if self.bandwidth.rung == 0:
            return
        stream = self.video.stream if self.video is not None else None
        padding_bps = self.bandwidth.padding_bps(now_s)
        if stream is not None and padding_bps and not self._silent:
            stream.pad(int(padding_bps / 8 * since_s))

    def _report(self) -> None:
        clock = self._fan_out.clock
        ntp_s = clock.epoch_s() + NTP_EPOCH_S
        media_s = clock.monotonic_s() - (self._epoch_s or 0.0)
        clocks = ((self.video, VIDEO_HZ), (self.audio, SAMPLE_RATE_HZ), (self.bed, SAMPLE_RATE_HZ))
        for sender, hertz in clocks:
            if sender is not None and sender.stream is not None:
                sender.send_report(int(ntp_s * (1 << 32)), round(media_s * hertz))
