"""Composer engine that writes an endless orchestral-electronic score bar by bar from a seed."""

from __future__ import annotations

from services.inference.adapters.composer_score.composer import ScoreComposer

__all__ = ["ScoreComposer"]
