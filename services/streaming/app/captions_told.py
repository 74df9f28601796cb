"""Captions as the page is told them: whatever the film does, never two at once, and none outlives its scene.

Knows the session's frames; not where captions come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from services.streaming.domain.timeline_messages import CaptionCue


class CaptionsTold:
    """A cue that was told with a later end than it has is told again; who is told it twice takes the later one.

    One that will not be shown at all is told again without a length.
    """

    def __init__(self, tell: Callable[[CaptionCue], None]) -> None:
        self._tell = tell
        self._scene_id = ""
        self._standing: dict[str, CaptionCue] = {}

    def begin(self, scene_id: str, first_frame: int) -> None:
        """A shot of a scene begins: what was to begin later in the one before will not come, and what an earlier scene
        left standing is over."""
        for cue in list(self._standing.values()):
            if cue.start_frame >= first_frame or (scene_id != self._scene_id and cue.end_frame > first_frame):
                self._end(cue, first_frame)
        self._standing = {cue.cue_id: cue for cue in self._standing.values() if cue.end_frame > first_frame}
        self._scene_id = scene_id

    def tell(self, cues: Iterable[CaptionCue]) -> None:
        """Cues of a shot, by their start."""
        for cue in cues:
            self._standing.pop(cue.cue_id, None)
            for other in list(self._standing.values()):
                if other.start_frame < cue.start_frame < other.end_frame:
                    self._end(other, cue.start_frame)
            self._tell(cue)
            self._standing[cue.cue_id] = cue

    def _end(self, cue: CaptionCue, frame: int) -> None:
        ended = replace(cue, end_frame=max(cue.start_frame, min(cue.end_frame, frame)))
        self._standing[cue.cue_id] = ended
        self._tell(ended)
