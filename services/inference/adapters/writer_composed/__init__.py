"""Stories composed from banks of structures, settings and subjects."""

from services.inference.adapters.writer_composed.banks import load_banks
from services.inference.adapters.writer_composed.storyteller import ComposedStoryteller

__all__ = ["ComposedStoryteller", "load_banks"]
