"""Composer engine for GPUs: stems from MusicGen through transformers, section by section."""

from services.inference.adapters.composer_musicgen.composer import MusicgenComposer, MusicModel

__all__ = ["MusicModel", "MusicgenComposer"]
