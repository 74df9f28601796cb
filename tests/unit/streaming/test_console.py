"""The commands for authors and operators: what they print, and how they end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from deploy.local import cli
from services.streaming import console
from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.store_sql import SqlStore
from services.streaming.domain.journal import SceneWritten, SessionRecord, SessionSpec, TakeScheduled
from services.streaming.domain.screenplay import PlannedShot, Scene, Shot, SpokenLine, TakeOrder, View
from services.streaming.ports import StoredEntry, StoredStory
from services.streaming.settings import STORIES

pytestmark = pytest.mark.unit

LESSON = STORIES / "true_things.yaml"


def test_a_sound_story_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["story", "check", "--walks", "8", str(LESSON)]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_a_flaw_is_told_with_file_line_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = LESSON.read_text(encoding="utf-8")
    flawed = tmp_path / "flawed.yaml"
    climax = "[gap, heart, hurry >= 4, answer == none]"
    assert climax in text
    flawed.write_text(text.replace(climax, "[gap, not gap]"), encoding="utf-8")
    line = next(number for number, row in enumerate(text.splitlines(), start=1) if "id: end_list" in row)
    assert cli.main(["story", "check", "--walks", "8", str(flawed)]) == 1
    told = capsys.readouterr().out.splitlines()
    dead_ends = [at for at, row in enumerate(told) if row.startswith(f"{flawed}:") and "[dead-end]" in row]
    assert dead_ends
    assert told[dead_ends[0] + 1] == "    loosen what the next beats or the endings require"
    assert any(row.startswith(f"{flawed}:{line}: ") and "end_list" in row for row in told)
    assert told[-1].startswith(f"{flawed}: ")


def test_a_file_that_is_no_story_is_told_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(LESSON.read_text(encoding="utf-8").replace("cites: [sol]", "cites: [soul]", 1))
    assert console.main(["story", "check", "--json", str(broken)]) == 1
    [finding] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert finding["rule"] == "schema"
    assert finding["line"] > 100
    assert "did you mean 'sol'" in finding["message"]


def test_a_simulated_screenplay_is_printed_to_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["screenplay", "--story", str(LESSON), "--seed", "4", "--likes", "humour=0.9,theme:robotics=0.5"]
    assert cli.main(ask) == 0
    first = capsys.readouterr().out
    assert first.rstrip().endswith("THE END")
    assert console.main(ask) == 0
    assert capsys.readouterr().out == first


@pytest.mark.parametrize("likes", ["humour", "humour=2", "humour=much"])
def test_a_like_that_cannot_be_read_is_refused(likes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        console.main(["screenplay", "--story", str(LESSON), "--likes", likes])
    assert exit_.value.code == 2
    assert "AXIS=VALUE" in capsys.readouterr().err


def test_a_recorded_session_is_read_from_the_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'films.db'}"
    asyncio.run(_record(url))
    assert console.main(["screenplay", "abc", "--store", url]) == 0
    assert "The words that this viewer heard." in capsys.readouterr().out
    assert console.main(["screenplay", "made", "--store", url]) == 0
    assert "The words that this viewer heard." in capsys.readouterr().out
    assert console.main(["screenplay", "lost", "--store", url]) == 1
    assert "neither in" in capsys.readouterr().err
    assert console.main(["screenplay", "nobody", "--store", url]) == 1
    assert "no session 'nobody'" in capsys.readouterr().err
    assert console.main(["canon", "abc", "--store", url]) == 0
    told = capsys.readouterr().out
    assert "canon after 0 beats" in told
    assert "May come next" in told
    assert console.main(["canon", "nobody", "--store", url]) == 1


async def _record(url: str) -> None:
    line = SpokenLine("ada", "The words that this viewer heard.", "child", start_frame=12)
    planned = PlannedShot("s0.0", Shot(View("control_room"), 96, lines=(line,)))
    scene = Scene("s0", "the_letter", "Eleven to Nine", "school", "the schoolroom", "calm", 0.2, (planned,))
    store = SqlStore(url, SystemClock())
    await store.open()
    scheduled = TakeScheduled("s0.0", "take", TakeOrder(planned.shot), 0, 0)
    text = LESSON.read_text(encoding="utf-8").replace("story_id: true_things", "story_id: made_1", 1)
    await store.keep_story(StoredStory("made_1", "viewer", "a premise", text, (), 1.0))
    for session_id, story_id in (("abc", "true_things"), ("made", "made_1"), ("lost", "nowhere")):
        await store.create_session(SessionRecord(session_id, SessionSpec(story_id, "viewer"), "0" * 64, 1.0))
        await store.append(session_id, [StoredEntry(0, 1.0, SceneWritten(scene, 0)), StoredEntry(1, 1.0, scheduled)])
    await store.close()
