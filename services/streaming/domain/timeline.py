"""Which take plays at which frame of a session. Frames are counted from the session's start and never jump back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.streaming.domain.screenplay import TakeOrder


@dataclass(frozen=True, slots=True)
class ScheduledTake:
    """`frame_count` frames of a take, from its frame `take_frame` on, played from session frame `first_frame` on."""

    shot_id: str
    take_id: str
    order: TakeOrder
    first_frame: int
    take_frame: int
    frame_count: int

    @property
    def end_frame(self) -> int:
        """The session frame after the last one played."""
        return self.first_frame + self.frame_count

    def frame_of_take(self, frame: int) -> int:
        """The take's own frame at a session frame."""
        return self.take_frame + frame - self.first_frame


@dataclass(slots=True)
class Timeline:
    """Takes in order; scheduling one drops everything that was to play from its first frame on."""

    takes: list[ScheduledTake] = field(default_factory=list)

    @property
    def end_frame(self) -> int:
        """The first frame for which nothing is scheduled."""
        return self.takes[-1].end_frame if self.takes else 0

    def schedule(self, take: ScheduledTake) -> None:
        """A take later than the timeline's end leaves a gap, in which the film holds."""
        self.truncate(take.first_frame)
        self.takes.append(take)

    def truncate(self, frame: int) -> tuple[ScheduledTake, ...]:
        """Take off everything from a frame on; a take that is cut through keeps its part before the frame.

        Returns what no longer plays at all.
        """
        dropped = tuple(take for take in self.takes if take.first_frame >= frame)
        kept = [take for take in self.takes if take.first_frame < frame]
        if kept and kept[-1].end_frame > frame:
            kept[-1] = replace(kept[-1], frame_count=frame - kept[-1].first_frame)
        self.takes = kept
        return dropped

    def at(self, frame: int) -> ScheduledTake | None:
        """What plays at a frame."""
        return next((take for take in self.takes if take.first_frame <= frame < take.end_frame), None)

    def following(self, frame: int) -> tuple[ScheduledTake, ...]:
        """What begins after a frame, in order."""
        return tuple(take for take in self.takes if take.first_frame > frame)

    def next_cut(self, frame: int) -> int:
        """The first frame after `frame` at which another shot begins (the timeline's end if none does)."""
        current = self.at(frame)
        if current is None:
            return self.end_frame
        cuts = (take.first_frame for take in self.following(frame) if take.shot_id != current.shot_id)
        return next(cuts, self.end_frame)

    def forget_before(self, frame: int) -> None:
        """Drop takes that ended at or before a frame."""
        self.takes = [take for take in self.takes if take.end_frame > frame or take is self.takes[-1]]

    def hold(self, frame: int, frame_count: int) -> None:
        """Make room at `frame`: what plays from there on moves later, by as much of `frame_count` as is not free yet.

        The room belongs to no take, so the timeline has a gap there until the film passes it.
        """
        shift = self._missing_room(frame, frame_count)
        moved: list[ScheduledTake] = []
        for take in self.takes:
            if take.end_frame <= frame:
                moved.append(take)
            elif take.first_frame >= frame:
                moved.append(replace(take, first_frame=take.first_frame + shift))
            else:
                played = frame - take.first_frame
                moved.append(replace(take, frame_count=played))
                moved.append(
                    replace(
                        take,
                        first_frame=frame + shift,
                        take_frame=take.take_frame + played,
                        frame_count=take.frame_count - played,
                    )
                )
        self.takes = moved

    def _missing_room(self, frame: int, frame_count: int) -> int:
        """A gap is room already: a film that waits in one must come to its end."""
        if self.at(frame) is not None:
            return frame_count
        later = min((take.first_frame for take in self.takes if take.first_frame > frame), default=frame + frame_count)
        return max(0, frame + frame_count - later)
