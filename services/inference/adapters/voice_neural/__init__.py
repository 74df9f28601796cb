"""Voice engine for CPUs: neural speakers that ship inside packages, shaped into a cast of distinct voices."""

from services.inference.adapters.voice_neural.engine import NeuralVoice

__all__ = ["NeuralVoice"]
