"""What a viewer must never be shown, whatever they like: hard limits, never weighed against taste.

A beat that is beyond them is to the director as if it did not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.streaming.domain.story import Beat, Story

AGE_BANDS = ("general", "teen", "child")


@dataclass(frozen=True, slots=True)
class Limits:
    """most_darkness, most_tension: 0..1; more than that is not shown. calm: no flashes, which the picture keeps."""

    most_darkness: float = 1.0
    most_tension: float = 1.0
    calm: bool = False

    @classmethod
    def of(cls, age_band: str, calm: bool = False, no_horror: bool = False) -> Limits:
        """age_band: "general", "teen" or "child". no_horror: nothing that is both dark and frightening."""
        darkness, tension = {"child": (0.6, 0.95), "teen": (0.8, 1.0)}.get(age_band, (1.0, 1.0))
        return cls(min(darkness, 0.6) if no_horror else darkness, tension, calm)

    def allow(self, beat: Beat) -> bool:
        """Whether the beat may be shown."""
        return not self.reasons(beat)

    def reasons(self, beat: Beat) -> tuple[str, ...]:
        """Why it may not."""
        told = []
        if beat.tone.get("darkness", 0.0) > self.most_darkness:
            told.append(f"“{beat.title}” is too dark for this viewer")
        if max(beat.tension, beat.tone.get("tension", 0.0)) > self.most_tension:
            told.append(f"“{beat.title}” is too frightening for this viewer")
        return tuple(told)

    def forbidden(self, story: Story) -> tuple[str, ...]:
        """Ids of the beats that may not be shown."""
        return tuple(beat.beat_id for beat in story.beats if not self.allow(beat))


NO_LIMITS = Limits()
