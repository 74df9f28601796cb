"""Gives memory that an engine freed back to the system; the C library keeps it otherwise."""

from __future__ import annotations

import ctypes
import gc


def give_back_freed_memory() -> None:
    """Some milliseconds. Does nothing where the C library is not glibc."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
