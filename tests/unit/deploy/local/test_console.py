"""The console: names before lines, colours on request, a log for each part that does not grow for ever."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from deploy.local import console as console_module
from deploy.local.console import Console


class Gone(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_lines_come_under_their_names_and_into_their_logs(tmp_path: Path) -> None:
    stream = io.StringIO()
    console = Console(tmp_path, stream)
    console.heard("streaming", "a viewer came")
    console.say("stopping")
    assert stream.getvalue() == "[streaming] a viewer came\n[cineloom] stopping\n"
    assert (tmp_path / "streaming.log").read_text() == "a viewer came\n"
    assert not (tmp_path / "cineloom.log").exists()


def test_colours_surround_the_name_alone(tmp_path: Path) -> None:
    stream = io.StringIO()
    Console(tmp_path, stream, colour=True).heard("player", "hello")
    assert stream.getvalue() == "\x1b[32m[player]\x1b[0m hello\n"


def test_logs_go_on_when_nobody_reads_the_output(tmp_path: Path) -> None:
    console = Console(tmp_path, Gone(), colour=False)
    console.heard("player", "one")
    console.heard("player", "two")
    assert (tmp_path / "player.log").read_text() == "one\ntwo\n"


def test_log_starts_anew_when_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_module, "LOG_LIMIT_BYTES", 10)
    console = Console(tmp_path, io.StringIO())
    for line in ("first long line", "second", "third"):
        console.heard("broker", line)
    assert (tmp_path / "broker.log").read_text() == "second\nthird\n"
    assert (tmp_path / "broker.log.1").read_text() == "first long line\n"
