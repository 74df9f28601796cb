"""Serves one made film to a page, by this project's delivery or by aiortc's own: `film_server MODE HOST PORT`.

GET / is the page that watches, POST /offer answers it, GET /state tells which rung of the ladder it gets.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from pathlib import Path

from aiohttp import web

from loadtests.delivery.made_film import BEST, TAKE_SECONDS, MadeAnimator, MadeFilm, made_takes
from loadtests.delivery.media import made_take
from loadtests.delivery.senders import AiortcPackets, Player
from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.viewer_webrtc import FanOut, WebRtcViewer
from services.streaming.domain.ladder import ladder_from, need_bps

CACHE = Path(".cache/delivery")
PAGE = Path(__file__).parent / "watching.html"
HOURS_S = 36_000.0


class FanOutServer:
    """This project's: the real playout, the real ladder."""

    def __init__(self) -> None:
        self.film = MadeFilm(MadeAnimator(made_takes(CACHE)))
        self._fan_out = FanOut(SystemClock(), tuple(map(need_bps, ladder_from(BEST))))
        self._viewers: list[WebRtcViewer] = []

    def start(self) -> None:
        self.film.start()

    async def answer(self, sdp: str) -> str:
        async def on_message(_: str) -> None:
            return

        playout = self.film.playout
        viewer = WebRtcViewer(
            "v", self._fan_out, playout.tick_of, on_message,
            on_connected=lambda: playout.attach(viewer), on_gone=lambda: playout.detach(viewer),
            on_away=lambda: playout.detach(viewer), on_back=lambda: playout.attach(viewer),
        )  # fmt: skip
        self._viewers.append(viewer)
        return await viewer.answer(sdp)

    def state(self) -> dict[str, object]:
        if not self._viewers:
            return {}
        film = self._viewers[-1].film
        control, stream = film.bandwidth, film.streams[0] if film.streams else None
        return {
            "rung": control.rung, "switches": control.switches, "failed_probes": control.failed_probes,
            "estimate_bps": control.estimate_bps, "round_trip_s": control.round_trip_s, "splices": film.splices,
            "key_frame_waits": film.key_frame_waits, "skipped": film.skipped, "holds": self.film.playout.counts.holds,
            "resent": stream.resent if stream else 0, "packets": stream.packets if stream else 0,
            "refused": stream.resends_refused if stream else 0,
        }  # fmt: skip


class AiortcServer:
    """aiortc's own path for packets that are encoded already: one rendition, whatever the line carries."""

    def __init__(self) -> None:
        take = made_take(BEST, TAKE_SECONDS, CACHE)
        self._sender = AiortcPackets()
        self._player = Player(self._sender, take)
        self._playing: asyncio.Task[dict[str, float]] | None = None

    def start(self) -> None:
        self._playing = asyncio.get_running_loop().create_task(self._player.play(HOURS_S))

    async def answer(self, sdp: str) -> str:
        return await self._sender.answer(sdp)

    def state(self) -> dict[str, object]:
        return {"dropped": self._sender.dropped}


async def main(mode: str, host: str, port: int) -> None:
    server = FanOutServer() if mode == "fan-out" else AiortcServer()
    server.start()
    began_s = time.monotonic()

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE.read_text(encoding="utf-8"), content_type="text/html")

    async def offered(request: web.Request) -> web.Response:
        return web.Response(text=await server.answer(await request.text()), status=201)

    async def state(_: web.Request) -> web.Response:
        return web.json_response({"at_s": time.monotonic() - began_s, **server.state()})

    application = web.Application()
    application.add_routes([web.get("/", page), web.post("/offer", offered), web.get("/state", state)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
