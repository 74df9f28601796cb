"""Serves the viewer's page until SIGTERM or SIGINT; requests in flight are finished first."""

from __future__ import annotations

import logging
import sys

from aiohttp import web

from services.player.bootstrap import build
from services.player.settings import InvalidSetting, Settings

SHUTDOWN_TIMEOUT_S = 5.0


def main() -> int:
    """Exit status: 0 after a signal, 2 when a setting cannot be used."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.read()
    except InvalidSetting as refusal:
        print(f"player: {refusal}", file=sys.stderr)
        return 2
    web.run_app(
        build(settings),
        host=settings.host,
        port=settings.port,
        shutdown_timeout=SHUTDOWN_TIMEOUT_S,
        access_log=None,
        print=lambda line: logging.getLogger("player").info("%s", str(line).splitlines()[0].strip("= ")),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
