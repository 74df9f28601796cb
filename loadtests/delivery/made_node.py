"""A streaming node whose films are made up: real sessions, signalling and delivery; models and broker are fakes.

`python -m loadtests.delivery.made_node` prints its URL and serves until it is killed. `--store` has it keep sessions in
a database, so that the next one goes on with them; else they are gone with it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
from pathlib import Path

from aiohttp import web

from loadtests.delivery.made_film import BEST, MadeAnimator, made_takes
from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.http_viewers import ViewerApi
from services.streaming.adapters.ice_servers import IceServers
from services.streaming.adapters.store_sql import SqlStore
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


class Troubles(logging.Handler):
    """Counts what was logged as an error: tracebacks, and tasks whose failure nobody saw."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """One more."""
        self.count += 1


async def main(host: str, port: int, store_url: str, ice_servers: IceServers) -> None:
    clock = SystemClock()
    troubles = Troubles(logging.ERROR)
    logging.getLogger().addHandler(troubles)
    fakes = FakeModels().all()
    models = Models(fakes.writer, fakes.voice, MadeAnimator(made_takes(CACHE), chunk_s=0.1), fakes.guard, fakes.painter)
    store, bus = SqlStore(store_url, clock) if store_url else MemoryStore(clock), MemoryBus(clock)
    if isinstance(store, SqlStore):
        await store.open()
    takes = TakeLibrary(models.animator, clock, 4, 256 * 1024 * 1024)
    around = Surroundings(models, takes, store, bus, clock, SharedScenes(), SessionPolicy(), ladder_from(BEST), "made")
    sessions = Sessions({"small": evening()}, around, SESSIONS_LIMIT)
    api = ViewerApi(sessions, clock, ("*",), ice_servers)
    application = api.application()

    async def state(_: web.Request) -> web.Response:
        counts = [session.playout.counts for session in sessions.live]
        return web.json_response(
            {
                "tasks": len(asyncio.all_tasks()),
                "viewers": len(api.connections),
                "restarts": sum(viewer.restarts for viewer in api.connections),
                "malformed": sum(viewer.malformed for viewer in api.connections),
                "late_ticks": sum(count.late_ticks for count in counts),
                "holds": sum(count.holds for count in counts),
                "errors_logged": troubles.count,
                "failed_sessions": sum(session.failed for session in sessions.live),
            }
        )

    application.router.add_get("/state", state)
    bus.start()
    takes.start()
    sessions.start()
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    url = f"http://{host}:{runner.addresses[0][1]}"
    print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for one that is free")
    parser.add_argument("--store", default="", help="SQLAlchemy URL")
    parser.add_argument("--turn", default="", help="URL of a TURN server")
    parser.add_argument("--turn-secret", default="", help="shared with it")
    chosen = parser.parse_args()
    servers = IceServers((), (chosen.turn,) if chosen.turn else (), chosen.turn_secret)
    asyncio.run(main(chosen.host, chosen.port, chosen.store, servers))
