"""Foley engine that synthesises ambiences and sounds; it needs no recordings."""

from __future__ import annotations

from services.inference.adapters.foley_synthesis.foley import SynthesisedFoley

__all__ = ["SynthesisedFoley"]
