"""What is remembered of a canon is what would be found afresh, and memory stays bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from services import streaming
from services.streaming.adapters.stories_yaml import load
from services.streaming.domain import ahead
from services.streaming.domain.ahead import Memory
from services.streaming.domain.canon import Canon
from services.streaming.domain.draw import draw_int
from services.streaming.domain.outlook import Ways
from services.streaming.domain.story import Story


@pytest.fixture(scope="module")
def story() -> Story:
    return load(Path(streaming.__file__).parent / "stories" / "small_talk.yaml")


@pytest.mark.parametrize("seed", range(3))
def test_memory_tells_what_would_be_found_afresh(story: Story, seed: int) -> None:
    memory, ways, canon = Memory(Ways(story)), Ways(story), Canon.of(story)
    while not canon.over:
        first, again = memory.ahead(canon), memory.ahead(canon)
        assert first is again
        assert first.next_beats == canon.next_beats()
        assert first.to_ending(0) == ways.to_ending(canon)
        beat = first.next_beats[draw_int(seed, "beat", len(canon.played)) % len(first.next_beats)]
        options = canon.options(beat)
        option = options[draw_int(seed, "option", beat.beat_id) % len(options)] if options else None
        after = canon.after(beat, option)
        assert first.after(beat, option).next_beats == after.next_beats()
        canon = after


def test_memory_forgets_the_oldest_canon(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "CANONS_KEPT", 2)
    memory, canon = Memory(Ways(story)), Canon.of(story)
    first = memory.ahead(canon)
    for _ in range(3):
        canon = canon.after(canon.next_beats()[0])
        memory.ahead(canon)
    assert memory.ahead(Canon.of(story)) is not first
