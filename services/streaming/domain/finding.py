"""What a lint of a story found: where, what, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """severity: "error" (a viewer would meet it) or "warning". line: in the story's file, 0 when it is about it all."""

    severity: str
    rule: str
    beat_id: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.line}: {self.beat_id}" if self.beat_id else str(self.line)
        return f"{self.severity}: {where}: {self.message} [{self.rule}]; {self.remedy}"
