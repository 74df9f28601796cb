"""Animator engine that stages painted plates and puppets and renders them on a CPU."""

from services.inference.adapters.animator_stage.engine import StageAnimator
from services.inference.adapters.animator_stage.settings import StageSettings

__all__ = ["StageAnimator", "StageSettings"]
