"""Painter on signed distance fields, ray-marched in GLSL; sets are YAML files."""

from __future__ import annotations

from services.inference.adapters.painter_raymarch.engine import RaymarchPainter

__all__ = ["RaymarchPainter"]
