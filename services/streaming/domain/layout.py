"""When each line of a scene is spoken: lines laid one after the other on the scene's own frame axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import ceil

from services.streaming.domain.screenplay import Caption
from services.streaming.domain.timebase import FRAMES_PER_SECOND, up_to_grid

LEAD_FRAMES = 26
PLACE_LEAD_FRAMES = 44
TAIL_FRAMES = 30
DESCRIPTION_LEAD_FRAMES = 10
GAP_FRAMES = 8
TURN_GAP_FRAMES = 13
CAPTION_LIMIT = 76
CAPTION_LINGER_FRAMES = 14
READING_SPEED_CPS = 19.0
LATE_FRAMES = 18


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of a line; frames count from the line's start and may have fractions."""

    text: str
    start_frame: float
    end_frame: float


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A line as it will be heard. index: its number in the beat; over: "" or how it is carried ("radio"). aloud: the
    text as the Voice is asked for it, where the story's lexicon changes something."""

    index: int
    speaker: str
    text: str
    voice: str
    emotion: str
    pace: float
    frame_count: int
    words: tuple[SpokenWord, ...] = ()
    listener: str = ""
    over: str = ""
    source: str = "authored"
    aloud: str = ""


@dataclass(frozen=True, slots=True)
class LaidLine:
    """A line at its place in the scene."""

    said: SaidLine
    start_frame: int

    @property
    def end_frame(self) -> int:
        """The frame after the line's last sound."""
        return self.start_frame + self.said.frame_count


@dataclass(frozen=True, slots=True)
class Layout:
    """The scene's lines and its length, a multiple of a chunk. description: what is seen, told before anyone speaks."""

    lines: tuple[LaidLine, ...]
    frame_count: int
    description: LaidLine | None = None

    @property
    def heard(self) -> tuple[LaidLine, ...]:
        """All that is said in it, in order."""
        return (self.description, *self.lines) if self.description is not None else self.lines

    def start_of(self, index: int) -> int:
        """Frame at which line `index` of the beat (or the next one that is said) begins; the end if none does."""
        return next((line.start_frame for line in self.lines if line.said.index >= index), self.frame_count)


def lay_out(
    said: Sequence[SaidLine], new_place: bool, pace: float, least_frames: int = 96, description: SaidLine | None = None
) -> Layout:
    """pace: -1 slow .. +1 fast widens or narrows the pauses, never the words. description: dialogue waits for it."""
    stretch = 1.0 - 0.35 * pace
    at = round((PLACE_LEAD_FRAMES if new_place else LEAD_FRAMES) * stretch)
    told = LaidLine(description, DESCRIPTION_LEAD_FRAMES) if description is not None else None
    if told is not None:
        at = max(at, told.end_frame + TURN_GAP_FRAMES, _read_by([told]))
    lines: list[LaidLine] = []
    for line in said:
        if lines:
            turn = lines[-1].said.speaker != line.speaker
            at += round((TURN_GAP_FRAMES if turn else GAP_FRAMES) * stretch)
        lines.append(LaidLine(line, at))
        at += line.frame_count
    end = max(at + round(TAIL_FRAMES * stretch), _read_by(lines))
    return Layout(tuple(lines), up_to_grid(max(end, least_frames)), told)


def _read_by(lines: Sequence[LaidLine]) -> int:
    """The frame by which the last caption can have been read, which none may outlive."""
    cues = without_overlap([cue for line in lines for cue in captions_of(line, "", "")])
    return cues[-1].end_frame if cues else 0


def captions_of(line: LaidLine, cue_prefix: str, speaker_name: str) -> tuple[Caption, ...]:
    """The line's words as captions on the scene's axis: short, one after the other, never overlapping."""
    words = line.said.words or (SpokenWord(line.said.text, 0.0, float(line.said.frame_count)),)
    groups = _grouped(words)
    captions = []
    for number, group in enumerate(groups):
        start = line.start_frame + round(group[0].start_frame)
        text = " ".join(word.text for word in group)
        following = groups[number + 1][0].start_frame if number + 1 < len(groups) else None
        spoken_end = line.start_frame + round(group[-1].end_frame)
        readable_end = start + round(len(text) / READING_SPEED_CPS * FRAMES_PER_SECOND)
        end = max(spoken_end + CAPTION_LINGER_FRAMES, readable_end)
        if following is not None:
            end = line.start_frame + round(following)
        captions.append(Caption(f"{cue_prefix}.{number}", speaker_name, text, start, max(end, start + 1)))
    return tuple(captions)


def without_overlap(captions: Sequence[Caption], until: int | None = None) -> tuple[Caption, ...]:
    """Captions in order of their start, each ended before the next begins. until: the frame after the scene's last,
    in which the last must have begun.

    A sound that is heard while someone speaks goes in front of the words, so that neither is cut short; sounds that
    are heard together share a caption.
    """
    spoken = sorted((cue for cue in captions if not cue.sound), key=lambda cue: cue.start_frame)
    sounds = sorted((cue for cue in captions if cue.sound), key=lambda cue: cue.start_frame)
    free: list[Caption] = []
    for sound in reversed(sounds):
        at = next((n for n, cue in enumerate(spoken) if _meet(cue, sound)), None)
        if at is not None:
            spoken[at] = replace(spoken[at], text=f"{sound.text} {spoken[at].text}")
        elif free and _meet(free[-1], sound):
            free[-1] = replace(sound, text=f"{sound.text} {free[-1].text}", end_frame=free[-1].end_frame)
        else:
            free.append(sound)
    return _readable(sorted([*spoken, *free], key=lambda cue: cue.start_frame), until)


def _readable(ordered: Sequence[Caption], until: int | None) -> tuple[Caption, ...]:
    """One after the other, each long enough to be read: one that is not keeps the next waiting, up to LATE_FRAMES."""
    kept: list[Caption] = []
    free_from = 0
    for cue, following in zip_longest(ordered, ordered[1:]):
        start = max(cue.start_frame, free_from)
        needed = start + ceil(len(cue.text) / READING_SPEED_CPS * FRAMES_PER_SECOND)
        end = max(cue.end_frame, needed)
        if following is None:
            end = end if until is None else max(min(end, until), start + 1)
        else:
            if until is not None:
                needed = min(needed, until - 1)
            end = max(min(end, following.start_frame), min(needed, following.start_frame + LATE_FRAMES), start + 1)
        if end > start:
            kept.append(replace(cue, start_frame=start, end_frame=end))
        free_from = end
    return tuple(kept)


def _meet(cue: Caption, sound: Caption) -> bool:
    return cue.start_frame < sound.end_frame and sound.start_frame < cue.end_frame


def _grouped(words: Sequence[SpokenWord]) -> list[list[SpokenWord]]:
    groups: list[list[SpokenWord]] = [[]]
    for word in words:
        length = sum(len(w.text) + 1 for w in groups[-1]) + len(word.text)
        ended = bool(groups[-1]) and groups[-1][-1].text.endswith((".", "!", "?", "…")) and length > CAPTION_LIMIT // 2
        if groups[-1] and (length > CAPTION_LIMIT or ended):
            groups.append([])
        groups[-1].append(word)
    return groups
