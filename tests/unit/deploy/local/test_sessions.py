"""How nice a session is as a whole."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.local import sessions

pytestmark = pytest.mark.unit


def test_a_session_gives_way_as_a_whole_and_ours_does_not() -> None:
    own = Path("/proc/self/autogroup")
    before = own.read_text(encoding="ascii") if own.exists() else ""
    sleeper = subprocess.Popen(["sleep", "30"], start_new_session=True)
    try:
        sessions.be_nice(sleeper.pid, 5)
        if before:
            assert Path(f"/proc/{sleeper.pid}/autogroup").read_text(encoding="ascii").split()[-1] == "5"
            assert own.read_text(encoding="ascii") == before
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_session_that_is_gone_is_left_alone() -> None:
    gone = subprocess.Popen(["true"], start_new_session=True)
    gone.wait()
    sessions.be_nice(gone.pid, 5)
