"""Builds the player from its settings: the composition root."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from services.player.app import Player
from services.player.assets import load_assets
from services.player.settings import Settings

PAGE = Path(__file__).parent / "page"


def build(settings: Settings) -> web.Application:
    """The application with the page's files in memory."""
    return Player(settings, load_assets(PAGE)).application()
