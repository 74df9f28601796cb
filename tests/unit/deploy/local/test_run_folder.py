"""The run folder: one supervisor at a time, a state that others can read, and a clean end."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local import stack
from deploy.local.cli import main
from deploy.local.run_folder import AlreadyRunning, PartState, RunFolder, StackState

STATE = StackState(
    supervisor_pid=7,
    player_url="http://127.0.0.1:8080",
    streaming_url="http://127.0.0.1:8081",
    kafka_bootstrap="127.0.0.1:9092",
    inference_target="127.0.0.1:9000",
    temporary="",
    parts={"broker": PartState(12, True, 2, 1.5), "player": PartState(0, False, 0)},
)


def test_second_holder_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    first, second = RunFolder(tmp_path), RunFolder(tmp_path)
    with first.held():
        assert second.is_held()
        with pytest.raises(AlreadyRunning), second.held():
            pass
    assert not second.is_held()
    with second.held():
        assert first.is_held()


def test_state_comes_back_as_it_was_written(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.read() is None
    folder.write(STATE)
    assert folder.read() == STATE
    assert (tmp_path / "cineloom.pid").read_text() == "7\n"
    folder.clear()
    assert folder.read() is None
    assert list(tmp_path.iterdir()) == []


def test_wiping_forgets_the_store_and_the_logs_but_keeps_the_lock(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.held():
        (tmp_path / "cineloom.db").write_bytes(b"films")
        (folder.logs / "streaming.log").write_text("words")
        folder.wipe()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["logs", "stack.lock"]
        assert list(folder.logs.iterdir()) == []
        assert folder.is_held()


def test_status_reads_what_the_supervisor_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = RunFolder(tmp_path)
    with folder.held():
        folder.write(STATE)
        assert main(["status", "--run-folder", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "starting: http://127.0.0.1:8080 (supervisor pid 7)"
    assert said[1].split() == ["broker", "ready", "pid", "12", "restarts", "2"]
    assert said[2].split() == ["player", "down", "pid", "-", "restarts", "0"]


def test_state_that_a_dead_supervisor_left_is_not_taken_for_a_running_stack(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.held():
        folder.write(STATE)
    assert stack.status(tmp_path) is None


def test_only_folders_that_up_made_are_removed(tmp_path: Path) -> None:
    precious = tmp_path / "cineloom-precious"
    precious.mkdir()
    folder = RunFolder(tmp_path / "run")
    with folder.held():
        folder.write(StackState(0, "", "", "", "", str(precious)))
    assert stack.down(tmp_path / "run")
    assert precious.is_dir()


def test_bad_port_base_is_one_line_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--port-base", "80", "--run-folder", str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "--port-base: 80" in line
