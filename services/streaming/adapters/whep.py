"""WHEP (draft-ietf-wish-whep): offers answered, candidates trickled, ICE restarted, connections ended and limited.

Knows HTTP and viewers' connections; what a session shows, and who may open it, is asked of `Sessions`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from services.streaming.adapters.http_refusal import Refusal, bearer_of, text_of
from services.streaming.adapters.ice_servers import IceServers
from services.streaming.adapters.viewer_webrtc import FanOut, NothingToSend, WebRtcViewer
from services.streaming.app.rates import RateLimit
from services.streaming.app.session import Session
from services.streaming.app.sessions import HeldElsewhere, Sessions
from services.streaming.domain.ladder import need_bps
from services.streaming.ports import Clock

SIGNALS_PER_S = 20.0
SIGNALS_BURST = 60.0
RETRY_AFTER_S = 5
FRAGMENT_TYPE = "application/trickle-ice-sdpfrag"
SDP_TYPE = "application/sdp"

OnText = Callable[[Session, WebRtcViewer, str, str], Awaitable[None]]
"""Called with what a page said: session, connection, participant, text."""


@dataclass(frozen=True, slots=True)
class ViewerLimits:
    """viewers: on this node. per_session: who watch together. egress_bps: of all film sent, 0 for no limit."""

    viewers: int = 200
    per_session: int = 8
    egress_bps: int = 0


@dataclass(slots=True)
class _Connection:
    session_id: str
    participant: str
    viewer: WebRtcViewer
    etag: str


class Whep:
    """The routes of WHEP, and the connections that they made."""

    def __init__(
        self, sessions: Sessions, clock: Clock, ice_servers: IceServers, limits: ViewerLimits, on_text: OnText
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._ice_servers = ice_servers
        self._limits = limits
        self._on_text = on_text
        self._fan_out = FanOut(clock, tuple(map(need_bps, sessions.around.ladder)))
        self._connections: dict[str, _Connection] = {}
        self._signals = RateLimit(SIGNALS_PER_S, SIGNALS_BURST, clock)

    def routes(self) -> list[web.RouteDef]:
        """What is answered; other methods get 405."""
        return [
            web.options("/whep/{session}", self._options),
            web.post("/whep/{session}", self._post),
            web.options("/whep/{session}/{connection}", self._options_of_connection),
            web.patch("/whep/{session}/{connection}", self._patch),
            web.delete("/whep/{session}/{connection}", self._delete),
        ]

    @property
    def viewers(self) -> tuple[WebRtcViewer, ...]:
        """Connected now, or about to be."""
        return tuple(connection.viewer for connection in self._connections.values())

    async def close(self) -> None:
        """End every connection."""
        for connection_id in list(self._connections):
            await self._hang_up(connection_id)
        await self._fan_out.close()

    # --- the endpoint --------------------------------------------------------------------------------------------

    async def _options(self, request: web.Request) -> web.Response:
        response = web.Response(status=204, headers={"Accept-Post": SDP_TYPE, "Allow": "OPTIONS, POST"})
        if request.headers.get("Authorization"):
            session, participant = await self._admitted(request)
            self._tell_ice_servers(response, participant or session.session_id)
        return response

    async def _post(self, request: web.Request) -> web.Response:
        if request.content_type != SDP_TYPE:
            raise Refusal(415, "unsupported_media_type", f"the offer must be {SDP_TYPE}", "Content-Type")
        self._limit_signals()
        session, participant = await self._admitted(request)
        offer = await text_of(request, "sdp")
        self._make_room(session, participant)
        connection = self._connection_for(session, participant)
        try:
            answer = await connection.viewer.answer(offer)
        except NothingToSend as error:
            raise Refusal(406, "nothing_to_send", str(error), "sdp") from error
        await self._replace(connection)
        headers = {
            "Location": f"/whep/{session.session_id}/{connection.viewer.connection_id}",
            "ETag": connection.etag,
            "Accept-Patch": FRAGMENT_TYPE,
        }
        response = web.Response(status=201, text=answer, content_type=SDP_TYPE, headers=headers)
        self._tell_ice_servers(response, participant or session.session_id)
        return response

    def _tell_ice_servers(self, response: web.Response, name: str) -> None:
        for link in self._ice_servers.links(name, self._clock.epoch_s()):
            response.headers.add("Link", link)

    def _limit_signals(self) -> None:
        wait_s = self._signals.wait_s()
        if wait_s > 0:
            raise Refusal(429, "too_many_signals", "too many connections are being made", "", max(1, round(wait_s)))

    def _make_room(self, session: Session, participant: str) -> None:
        """Who comes back needs no new room. Raises Refusal."""
        others = [c for c in self._connections.values() if (c.session_id, c.participant) != _key(session, participant)]
        if len(others) >= self._limits.viewers:
            raise Refusal(503, "too_many_viewers", "this node carries as many viewers as it may", "", RETRY_AFTER_S)
        if sum(c.session_id == session.session_id for c in others) >= self._limits.per_session:
            raise Refusal(503, "session_full", "as many watch this session together as may", "", RETRY_AFTER_S)
        needs = self._fan_out.needs_bps
        sent_bps = sum(needs[c.viewer.rung] for c in others) + needs[0]
        if self._limits.egress_bps and sent_bps > self._limits.egress_bps:
            raise Refusal(503, "too_much_traffic", "this node sends as much as it may", "", RETRY_AFTER_S)

    def _connection_for(self, session: Session, participant: str) -> _Connection:
        connection_id = secrets.token_hex(8)

        async def on_message(text: str) -> None:
            await self._on_text(session, viewer, participant, text)

        def on_gone() -> None:
            session.detach(viewer)
            self._connections.pop(connection_id, None)

        viewer = WebRtcViewer(
            connection_id,
            self._fan_out,
            session.playout.tick_of,
            on_message,
            on_connected=lambda: session.attach(viewer),
            on_gone=on_gone,
            on_away=lambda: session.detach(viewer),
            on_back=lambda: session.attach(viewer),
        )
        return _Connection(session.session_id, participant, viewer, _new_etag())

    async def _replace(self, connection: _Connection) -> None:
        """A page that comes back takes the place of the connection it lost; others who watch along keep theirs."""
        key = (connection.session_id, connection.participant)
        for connection_id, other in list(self._connections.items()):
            if (other.session_id, other.participant) == key:
                await self._hang_up(connection_id)
        self._connections[connection.viewer.connection_id] = connection

    # --- a connection --------------------------------------------------------------------------------------------

    async def _options_of_connection(self, _: web.Request) -> web.Response:
        return web.Response(status=204, headers={"Accept-Patch": FRAGMENT_TYPE, "Allow": "OPTIONS, PATCH, DELETE"})

    async def _patch(self, request: web.Request) -> web.Response:
        self._limit_signals()
        connection = await self._connection(request)
        if request.content_type != FRAGMENT_TYPE:
            raise Refusal(415, "unsupported_media_type", f"must be {FRAGMENT_TYPE}", "Content-Type")
        fragment = await text_of(request, "candidate")
        wanted = request.headers.get("If-Match", "")
        try:
            if wanted.strip() == "*":
                return await self._restart(connection, fragment)
            # Clients that name no state, as whip-whep does, mean the present one.
            if wanted and connection.etag not in re.findall(r'"[^"]*"', wanted):
                raise Refusal(412, "other_ice_session", "the candidates belong to another ICE session", "If-Match")
            await connection.viewer.add_candidates(fragment)
        except ValueError as error:
            field, _, reason = str(error).partition(": ")
            raise Refusal(400, "invalid_candidate", reason or field, field if reason else "candidate") from error
        return web.Response(status=204, headers={"ETag": connection.etag})

    async def _restart(self, connection: _Connection, fragment: str) -> web.Response:
        answer = await connection.viewer.restart_ice(fragment)
        connection.etag = _new_etag()
        response = web.Response(status=200, text=answer, content_type=FRAGMENT_TYPE)
        response.headers["ETag"] = connection.etag
        self._tell_ice_servers(response, connection.participant or connection.session_id)
        return response

    async def _delete(self, request: web.Request) -> web.Response:
        connection = await self._connection(request)
        await self._hang_up(connection.viewer.connection_id)
        return web.Response(status=200)

    async def _connection(self, request: web.Request) -> _Connection:
        connection = self._connections.get(request.match_info["connection"])
        if connection is None or connection.session_id != request.match_info["session"]:
            raise Refusal(404, "unknown_connection", "there is no such connection")
        if request.headers.get("Authorization"):
            _, participant = await self._admitted(request)
            if participant != connection.participant:
                raise Refusal(404, "unknown_connection", "there is no such connection")
        return connection

    async def _hang_up(self, connection_id: str) -> None:
        connection = self._connections.pop(connection_id, None)
        if connection is not None:
            await connection.viewer.close()

    async def _admitted(self, request: web.Request) -> tuple[Session, str]:
        """Raises Refusal, UnknownSession; HTTPTemporaryRedirect to the node that holds the session."""
        try:
            return await self._sessions.admitted(request.match_info["session"], bearer_of(request))
        except HeldElsewhere as elsewhere:
            raise redirect(request, elsewhere) from elsewhere


def redirect(request: web.Request, elsewhere: HeldElsewhere) -> web.HTTPTemporaryRedirect:
    """307 to the same path of another node, with a ticket: browsers drop the token where the host changes."""
    return web.HTTPTemporaryRedirect(f"{elsewhere.node_url}{request.path}?ticket={elsewhere.ticket}")


def _key(session: Session, participant: str) -> tuple[str, str]:
    return session.session_id, participant


def _new_etag() -> str:
    return f'"{secrets.token_hex(8)}"'
