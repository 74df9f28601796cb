"""Finds and ends every process of a POSIX session: a part leads one, and what Ray starts stays in it."""

from __future__ import annotations

import os
import signal
import time

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
