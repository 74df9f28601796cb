"""Captions as the page is told them: whatever the film does, never two at once, and none outlives its scene.

Knows the session's frames; not where captions come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from services.streaming.domain.timeline_messages import CaptionCue


class CaptionsTold:
    """A cue that was told with a later end than it has is told again; who is told it twice takes the later one."""

    def __init__(self, tell: Callable[[CaptionCue], None]) -> None:
        self._tell = tell
        self._scene_id = ""
        self._last: CaptionCue | None = None

    def begin(self, scene_id: str, first_frame: int) -> None:
        """A shot of a scene begins: what an earlier scene left standing is over."""
        if scene_id != self._scene_id:
            self._end_last(first_frame)
        self._scene_id = scene_id

    def tell(self, cues: Iterable[CaptionCue]) -> None:
        """Cues of a shot, by their start."""
        for cue in cues:
            if self._last is None or self._last.cue_id != cue.cue_id:
                self._end_last(cue.start_frame)
            self._tell(cue)
            self._last = cue

    def _end_last(self, frame: int) -> None:
        last = self._last
        if last is not None and last.start_frame < frame < last.end_frame:
            self._last = replace(last, end_frame=frame)
            self._tell(self._last)
