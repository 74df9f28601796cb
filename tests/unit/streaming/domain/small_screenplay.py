"""Orders, lines and layouts that the tests of time, cutting and planning share."""

from __future__ import annotations

from hypothesis import strategies as st

from services.streaming.domain.cutting import Manner
from services.streaming.domain.layout import Layout, SaidLine, SpokenWord, lay_out
from services.streaming.domain.screenplay import Shot, TakeOrder, View
from services.streaming.domain.timeline import ScheduledTake


def order(frame_count: int = 96, set_name: str = "corridor") -> TakeOrder:
    return TakeOrder(Shot(View(set_name), frame_count))


def scheduled(first_frame: int, frame_count: int = 96, shot_id: str = "a", take_frame: int = 0) -> ScheduledTake:
    """The rest of a take from take_frame on."""
    whole = order(frame_count, shot_id)
    return ScheduledTake(shot_id, f"take-{shot_id}", whole, first_frame, take_frame, frame_count - take_frame)


def said(index: int, speaker: str, words: int, frames_per_word: int = 8, listener: str = "") -> SaidLine:
    """A line of that many words."""
    texts = [f"word{number}" for number in range(words)]
    timed = tuple(
        SpokenWord(text, float(n * frames_per_word), float((n + 1) * frames_per_word)) for n, text in enumerate(texts)
    )
    return SaidLine(
        index, speaker, " ".join(texts), f"voice-{speaker}", "calm", 1.0, words * frames_per_word, timed, listener
    )


manners = st.builds(
    Manner,
    tension=st.floats(-1, 1),
    pace=st.floats(-1, 1),
    humour=st.floats(-1, 1),
    wonder=st.floats(-1, 1),
)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Scenes of up to fourteen lines between two people."""
    speakers = draw(st.lists(st.sampled_from(["ann", "bob"]), max_size=14))
    words = [draw(st.integers(1, 30)) for _ in speakers]
    speeds = [draw(st.integers(3, 14)) for _ in speakers]
    lines = [
        said(index, speaker, count, speed)
        for index, (speaker, count, speed) in enumerate(zip(speakers, words, speeds, strict=True))
    ]
    return lay_out(lines, draw(st.booleans()), draw(st.floats(-1, 1)))
