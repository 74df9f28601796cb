"""A streaming node whose films are made up: real sessions, signalling and delivery; models, broker and store are fakes.

`python -m loadtests.delivery.made_node` prints its URL and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import sys
from pathlib import Path

from aiohttp import web

from loadtests.delivery.made_film import BEST, MadeAnimator, made_takes
from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.http_viewers import ViewerApi
from services.streaming.app.sessions import Sessions
from services.streaming.app.shared_scenes import SharedScenes
from services.streaming.app.surroundings import SessionPolicy, Surroundings
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.ladder import ladder_from
from services.streaming.ports import Models
from tests.fakes.streaming import FakeModels, MemoryBus, MemoryStore
from tests.unit.streaming.app.studio import evening

CACHE = Path(".cache/delivery")
SESSIONS_LIMIT = 200


async def main(port: int) -> None:
    clock = SystemClock()
    fakes = FakeModels().all()
    models = Models(fakes.writer, fakes.voice, MadeAnimator(made_takes(CACHE), chunk_s=0.1), fakes.guard)
    store, bus = MemoryStore(clock), MemoryBus(clock)
    takes = TakeLibrary(models.animator, clock, 4, 256 * 1024 * 1024)
    around = Surroundings(models, takes, store, bus, clock, SharedScenes(), SessionPolicy(), ladder_from(BEST), "made")
    sessions = Sessions({"small": evening()}, around, SESSIONS_LIMIT)
    api = ViewerApi(sessions, clock, ("*",))
    application = api.application()

    async def state(_: web.Request) -> web.Response:
        counts = [session.playout.counts for session in sessions.live]
        return web.json_response(
            {
                "tasks": len(asyncio.all_tasks()),
                "viewers": len(api.connections),
                "malformed": sum(viewer.malformed for viewer in api.connections),
                "late_ticks": sum(count.late_ticks for count in counts),
                "holds": sum(count.holds for count in counts),
                "failed_sessions": sum(session.failed for session in sessions.live),
            }
        )

    application.router.add_get("/state", state)
    bus.start()
    takes.start()
    sessions.start()
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
