"""Runs a streaming node: `python -m services.streaming`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
import sys

from aiohttp import web

from services.streaming.adapters.stories_yaml import StoryFileError
from services.streaming.bootstrap import running_node
from services.streaming.ports import ModelUnavailable
from services.streaming.settings import InvalidSetting, Settings, read_settings

SHUTDOWN_S = 3.0


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; either also ends the wait for models."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    serving = asyncio.create_task(_serve(settings))
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


async def _serve(settings: Settings) -> None:
    async with running_node(settings) as node:
        runner = web.AppRunner(node.application, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
            print(f"streaming ready on http://{settings.host}:{settings.port}", flush=True)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()


def _take_all_files() -> None:
    """A viewer takes a socket for each local address and one to send; the usual limit of 1,024 is soon met."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main() -> int:
    """Exit code 1 and one line for what an operator can mend."""
    try:
        settings = read_settings()
        _take_all_files()
        logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
        logging.getLogger("kafka").setLevel(logging.ERROR)
        logging.getLogger("aioice").setLevel(logging.WARNING)
        asyncio.run(serve(settings))
    except (InvalidSetting, StoryFileError, ModelUnavailable, OSError) as error:
        print(f"streaming: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
