"""Finds and ends every process of a POSIX session: a part leads one, and what Ray starts stays in it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

POLL_S = 0.05


def members(session_id: int) -> list[int]:
    """Process ids in the session, zombies left out."""
    found = []
    for pid in psutil.pids():
        try:
            if os.getsid(pid) == session_id and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue
    return found


def kill(session_id: int, patience_s: float = 5.0) -> list[int]:
    """SIGKILL to all members until none is left; those that outlive `patience_s`."""
    deadline_s = time.monotonic() + patience_s
    while left := members(session_id):
        for pid in left:
            signal_quietly(pid, signal.SIGKILL)
        if time.monotonic() > deadline_s:
            return left
        time.sleep(POLL_S)
    return []


def signal_quietly(pid: int, number: int) -> bool:
    """False when the process has gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def be_nice(session: int, niceness: int) -> None:
    """Set how nice a session is as a whole. On a desktop's Linux each session has the same share of the processor,
    and how nice its processes are counts among themselves only (sched(7), "The autogroup feature")."""
    # a kernel without autogroups, or one that refuses: processes are as nice as they are themselves
    with contextlib.suppress(OSError):
        Path(f"/proc/{session}/autogroup").write_text(str(niceness), encoding="ascii")
