"""A played film's captions as WebVTT, from its session log. Knows neither store nor page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from services.streaming.domain.journal import Entry, Held, Progress, SceneWritten, TakeScheduled
from services.streaming.domain.screenplay import Caption, PlannedShot
from services.streaming.domain.timebase import FRAMES_PER_SECOND
from services.streaming.domain.timeline import ScheduledTake, Timeline

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def captions_of_log(entries: Iterable[Entry]) -> tuple[Caption, ...]:
    """What was shown, on the session's frames, in order and never two at once: as far as the film has played."""
    timeline, shots, played_to = Timeline(), dict[str, PlannedShot](), 0
    for entry in entries:
        match entry:
            case SceneWritten(scene, _):
                shots.update((planned.shot_id, planned) for planned in scene.shots)
            case TakeScheduled(shot_id, take_id, order, first_frame, take_frame):
                count = order.shot.frame_count - take_frame
                timeline.schedule(ScheduledTake(shot_id, take_id, order, first_frame, take_frame, count))
            case Held(frame, frame_count, _):
                timeline.hold(frame, frame_count)
            case Progress(frame):
                played_to = max(played_to, frame)
            case _:
                pass
    shown: dict[str, Caption] = {}
    for take in timeline.takes:
        planned = shots.get(take.shot_id)
        for cue in _shown_in(take, planned.captions if planned is not None else (), played_to):
            # A shot that forks or holds goes on with the caption that is up.
            shown.setdefault(f"{take.shot_id} {cue.cue_id}", cue)
    return _one_at_a_time(sorted(shown.values(), key=lambda cue: cue.start_frame))


def _shown_in(take: ScheduledTake, cues: Sequence[Caption], played_to: int) -> list[Caption]:
    base = take.first_frame - take.take_frame
    moved = [
        replace(cue, start_frame=base + cue.start_frame, end_frame=min(base + cue.end_frame, played_to)) for cue in cues
    ]
    return [
        cue for cue in moved if take.first_frame <= cue.start_frame < take.end_frame and cue.start_frame < cue.end_frame
    ]


def _one_at_a_time(cues: Sequence[Caption]) -> tuple[Caption, ...]:
    ended = [
        replace(cue, end_frame=min(cue.end_frame, following.start_frame)) if following is not None else cue
        for cue, following in zip_longest(cues, cues[1:])
    ]
    return tuple(cue for cue in ended if cue.end_frame > cue.start_frame)


def webvtt(cues: Iterable[Caption], language: str = "en") -> str:
    """A WebVTT file (W3C, 2019): who speaks as a voice span, sounds in italics, two lines at most."""
    blocks = [f"WEBVTT\nKind: captions\nLanguage: {language}"]
    for cue in cues:
        times = f"{_time(cue.start_frame)} --> {_time(cue.end_frame)}"
        blocks.append(f"{cue.cue_id}\n{times}\n{_payload(cue)}")
    return "\n\n".join(blocks) + "\n"


def _payload(cue: Caption) -> str:
    text = " ".join(cue.text.split()).translate(_ESCAPED)
    if cue.sound:
        return f"<i>{text}</i>"
    speaker = " ".join(cue.speaker.split()).translate(_ESCAPED)
    return f"<v {speaker}>{text}</v>" if speaker else text


def _time(frame: int) -> str:
    milliseconds = round(frame * 1000 / FRAMES_PER_SECOND)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
