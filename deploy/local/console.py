"""What the stack says: each part's lines under its name, in its colour on a terminal, and in its own log file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

COLOURS = {"broker": 33, "inference": 35, "streaming": 36, "player": 32, "cineloom": 1}
LOG_LIMIT_BYTES = 8 * 1024 * 1024


class Console:
    """colour: None means "when the stream is a terminal". A log file starts anew when it passes LOG_LIMIT_BYTES."""

    def __init__(self, log_folder: Path, stream: TextIO | None = None, colour: bool | None = None) -> None:
        to = sys.stdout if stream is None else stream
        self._stream: TextIO | None = to
        self._colour = to.isatty() if colour is None else colour
        self._folder = log_folder

    def say(self, line: str) -> None:
        """A line of the stack itself."""
        self._print("cineloom", line)

    def heard(self, name: str, line: str) -> None:
        """A line that a part printed."""
        self._log(name, line)
        self._print(name, line)

    def _print(self, name: str, line: str) -> None:
        if self._stream is None:
            return
        tag = f"[{name}]"
        if self._colour:
            tag = f"\x1b[{COLOURS.get(name, 0)}m{tag}\x1b[0m"
        try:
            print(tag, line, file=self._stream, flush=True)
        except BrokenPipeError:
            # Whoever read us has gone; the films go on, and the log files have every line.
            self._stream = None

    def _log(self, name: str, line: str) -> None:
        path = self._folder / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
