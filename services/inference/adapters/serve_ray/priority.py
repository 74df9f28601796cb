"""Who gives way where processor time is short: what is needed in seconds to what is shown in a moment."""

from __future__ import annotations

import os
import threading

BEHIND_FRAMES = 7
"""Niceness that writing, painting and speaking ahead adds to what replicas have."""


def let_frames_pass_this_thread() -> None:
    """The calling thread does what a scene will need; frames that are drawn now come first. Linux knows priorities of
    threads."""
    thread = threading.get_native_id()
    own = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, min(19, own + BEHIND_FRAMES))
