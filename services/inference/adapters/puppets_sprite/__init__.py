"""Puppets drawn as sprites from solid figures; `engine.SpritePuppets` is the way in."""

from services.inference.adapters.puppets_sprite.engine import SpritePuppets

__all__ = ["SpritePuppets"]
