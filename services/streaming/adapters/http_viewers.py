"""What viewers' pages call: stories, sessions, events, and WHEP (draft-ietf-wish-whep) for the film itself."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import web
from cineloom.session.v1 import session_pb2
from google.protobuf import json_format

from services.streaming.adapters.page_messages import AskWhy, Shown, event_from_json, page_message
from services.streaming.adapters.viewer_webrtc import BadOffer, WebRtcViewer
from services.streaming.adapters.wire import entry_to_message, spec_from_message
from services.streaming.app.rates import RateLimit
from services.streaming.app.session import Session
from services.streaming.app.sessions import Sessions, TooManySessions, UnknownSession, UnknownStory
from services.streaming.domain import timeline_messages as page
from services.streaming.domain.captions_vtt import captions_of_log, webvtt
from services.streaming.domain.events import InvalidEvent, PreferenceEvent
from services.streaming.domain.story import Story
from services.streaming.ports import Clock

logger = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 64 * 1024
EVENTS_PER_S = 15.0
EVENTS_BURST = 40.0
SIGNALS_PER_S = 20.0
SIGNALS_BURST = 60.0
AGE_BANDS = ("general", "teen", "child")
ID_LIMIT = 64

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """A request that is answered with an error; field names what is wrong, where something is."""

    def __init__(self, status: int, code: str, message: str, field: str = "", retry_after_s: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.retry_after_s = retry_after_s


class ViewerApi:
    """origins: pages that may call; "*" for any. public_url: how pages reach this node, "" to answer relatively."""

    def __init__(self, sessions: Sessions, clock: Clock, origins: Sequence[str], ice_servers: Sequence[str]) -> None:
        self._sessions = sessions
        self._clock = clock
        self._origins = tuple(origins)
        self._ice_servers = tuple(ice_servers)
        self._viewers: dict[str, tuple[str, WebRtcViewer]] = {}
        self._event_rates: WeakKeyDictionary[Session, RateLimit] = WeakKeyDictionary()
        self._signals = RateLimit(SIGNALS_PER_S, SIGNALS_BURST, clock)
        self.shown_after_s: list[float] = []

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(client_max_size=BODY_LIMIT_BYTES, middlewares=[self._cors, self._errors])
        application.add_routes(
            [
                web.get("/v1/stories", self._stories),
                web.post("/v1/sessions", self._create),
                web.get("/v1/sessions/{session}", self._state),
                web.get("/v1/sessions/{session}/log", self._log),
                web.get("/v1/sessions/{session}/captions.vtt", self._captions),
                web.post("/v1/sessions/{session}/events", self._event),
                web.options("/whep/{session}", self._whep_options),
                web.post("/whep/{session}", self._whep_post),
                web.patch("/whep/{session}/{connection}", self._whep_patch),
                web.delete("/whep/{session}/{connection}", self._whep_delete),
            ]
        )
        return application

    @property
    def connections(self) -> tuple[WebRtcViewer, ...]:
        """Viewers connected now."""
        return tuple(viewer for _, viewer in self._viewers.values())

    async def close(self) -> None:
        """End every connection."""
        for connection_id in list(self._viewers):
            await self._hang_up(connection_id)

    # --- stories and sessions ------------------------------------------------------------------------------------

    async def _stories(self, _: web.Request) -> web.Response:
        return web.json_response({"stories": [_summary(story) for story in self._sessions.stories.values()]})

    async def _create(self, request: web.Request) -> web.Response:
        body = await _json(request)
        try:
            spec = json_format.ParseDict(body, session_pb2.SessionSpec())
        except json_format.ParseError as error:
            raise Refusal(400, "invalid_session", str(error)[:200], "body") from error
        if not spec.story_id:
            raise Refusal(400, "invalid_session", "storyId is missing", "storyId")
        if len(spec.viewer_id) > ID_LIMIT or not (spec.viewer_id or "-").isprintable():
            raise Refusal(400, "invalid_session", f"viewerId has at most {ID_LIMIT} printable characters", "viewerId")
        spec.age_band = spec.age_band or "general"
        if spec.age_band not in AGE_BANDS:
            raise Refusal(400, "invalid_session", f"ageBand must be one of {', '.join(AGE_BANDS)}", "ageBand")
        grant = await self._sessions.create(spec_from_message(spec))
        answer = session_pb2.SessionGrant(
            session_id=grant.session.session_id,
            viewer_id=grant.session.film.spec.viewer_id,
            token=grant.token,
            whep_url=f"{request.scheme}://{request.host}/whep/{grant.session.session_id}",
        )
        return web.json_response(json_format.MessageToDict(answer), status=201)

    async def _state(self, request: web.Request) -> web.Response:
        session = await self._authorised(request)
        return web.json_response(
            {
                "sessionId": session.session_id,
                "storyId": session.film.story.story_id,
                "state": session.state,
                "frameIndex": session.playout.frame,
            }
        )

    async def _log(self, request: web.Request) -> web.Response:
        session = await self._authorised(request)
        await session.flush()
        entries = [
            json_format.MessageToDict(
                entry_to_message(session.session_id, stored.sequence, stored.recorded_at_s, stored.entry)
            )
            for stored in await self._sessions.around.store.log(session.session_id)
        ]
        return web.json_response({"entries": entries})

    async def _captions(self, request: web.Request) -> web.Response:
        session = await self._authorised(request)
        await session.flush()
        log = await self._sessions.around.store.log(session.session_id)
        text = webvtt(captions_of_log(stored.entry for stored in log), session.film.story.language)
        return web.Response(text=text, content_type="text/vtt", charset="utf-8")

    # --- events --------------------------------------------------------------------------------------------------

    async def _event(self, request: web.Request) -> web.Response:
        session = await self._authorised(request)
        event = event_from_json(
            await _json(request), session.session_id, session.film.spec.viewer_id, self._clock.epoch_s()
        )
        self._limit_events(session)
        await self._sessions.accept(event)
        return web.json_response({"eventId": event.event_id}, status=202)

    def _limit_events(self, session: Session) -> None:
        rate = self._event_rates.setdefault(session, RateLimit(EVENTS_PER_S, EVENTS_BURST, self._clock))
        wait_s = rate.wait_s()
        if wait_s > 0:
            raise Refusal(429, "too_many_events", "too many events; some were not taken", "", max(1, round(wait_s)))

    async def _on_page_text(self, session: Session, viewer: WebRtcViewer, text: str) -> None:
        try:
            said = page_message(text, session.session_id, session.film.spec.viewer_id, self._clock.epoch_s())
            if isinstance(said, AskWhy):
                viewer.tell(why(session, said.event_id))
            elif isinstance(said, Shown):
                self.shown_after_s.append(said.shown_after_s)
                del self.shown_after_s[:-1000]
            else:
                self._limit_events(session)
                await self._take(viewer, said)
        except InvalidEvent as error:
            viewer.tell(page.Error("invalid_event", error.reason, error.field))
        except Refusal as error:
            viewer.tell(page.Error(error.code, str(error), error.field))

    async def _take(self, viewer: WebRtcViewer, event: PreferenceEvent) -> None:
        await self._sessions.accept(event)
        viewer.tell(page.Ack(event.event_id))

    # --- WHEP ----------------------------------------------------------------------------------------------------

    async def _whep_options(self, _: web.Request) -> web.Response:
        return web.Response(status=204, headers={"Accept-Post": "application/sdp"})

    async def _whep_post(self, request: web.Request) -> web.Response:
        if request.content_type != "application/sdp":
            raise Refusal(415, "unsupported_media_type", "the offer must be application/sdp", "Content-Type")
        if self._signals.wait_s() > 0:
            raise Refusal(429, "too_many_offers", "too many connections are being made", "", 1)
        session = await self._authorised(request)
        offer = await _text(request, "sdp")
        viewer = self._viewer(session)
        answer = await viewer.answer(offer)
        for connection_id, (session_id, _) in list(self._viewers.items()):
            if session_id == session.session_id:
                # A page that comes back takes the place of the connection it lost.
                await self._hang_up(connection_id)
        self._viewers[viewer.connection_id] = (session.session_id, viewer)
        headers = {
            "Location": f"/whep/{session.session_id}/{viewer.connection_id}",
            "ETag": f'"{viewer.connection_id}"',
            "Accept-Patch": "application/trickle-ice-sdpfrag",
        }
        response = web.Response(status=201, text=answer, content_type="application/sdp", headers=headers)
        for server in self._ice_servers:
            response.headers.add("Link", f'<{server}>; rel="ice-server"')
        return response

    def _viewer(self, session: Session) -> WebRtcViewer:
        connection_id = secrets.token_hex(8)

        async def on_message(text: str) -> None:
            await self._on_page_text(session, viewer, text)

        viewer = WebRtcViewer(
            connection_id,
            session.playout.tick_of,
            on_message,
            on_connected=lambda: session.attach(viewer),
            on_gone=lambda: self._on_gone(session, viewer),
        )
        return viewer

    def _on_gone(self, session: Session, viewer: WebRtcViewer) -> None:
        session.detach(viewer)
        self._viewers.pop(viewer.connection_id, None)

    async def _whep_patch(self, request: web.Request) -> web.Response:
        viewer = await self._connection(request)
        if request.content_type != "application/trickle-ice-sdpfrag":
            raise Refusal(415, "unsupported_media_type", "must be application/trickle-ice-sdpfrag", "Content-Type")
        if request.headers.get("If-Match") == "*":
            raise Refusal(422, "ice_restart_unsupported", "ask for a new connection instead of an ICE restart")
        try:
            await viewer.add_candidates(await _text(request, "candidate"))
        except ValueError as error:
            raise Refusal(400, "invalid_candidate", str(error), "candidate") from error
        return web.Response(status=204)

    async def _whep_delete(self, request: web.Request) -> web.Response:
        viewer = await self._connection(request)
        await self._hang_up(viewer.connection_id)
        return web.Response(status=200)

    async def _connection(self, request: web.Request) -> WebRtcViewer:
        session_id = request.match_info["session"]
        held, viewer = self._viewers.get(request.match_info["connection"], ("", None))
        if viewer is None or held != session_id:
            raise Refusal(404, "unknown_connection", "there is no such connection")
        if request.headers.get("Authorization"):
            await self._authorised(request)
        return viewer

    async def _hang_up(self, connection_id: str) -> None:
        _, viewer = self._viewers.pop(connection_id, ("", None))
        if viewer is not None:
            await viewer.close()

    # --- shared --------------------------------------------------------------------------------------------------

    async def _authorised(self, request: web.Request) -> Session:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(401, "unauthorised", "the session's token is missing", "Authorization")
        return await self._sessions.authorised(request.match_info["session"], token.strip())

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as error:
            return _refused(error)
        except InvalidEvent as error:
            return _refused(Refusal(400, "invalid_event", error.reason, error.field))
        except BadOffer as error:
            return _refused(Refusal(400, "invalid_offer", str(error)[:300], "sdp"))
        except UnknownStory as error:
            return _refused(Refusal(404, "unknown_story", f"there is no story {error}", "storyId"))
        except UnknownSession:
            return _refused(Refusal(404, "unknown_session", "there is no such session, or the token is not its own"))
        except TooManySessions as error:
            return _refused(Refusal(503, "too_many_sessions", str(error), "", error.retry_after_s))
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return _refused(Refusal(error.status, "http_error", error.reason))

    @web.middleware
    async def _cors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin", "")
        preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = web.Response(status=204) if preflight else await handler(request)
        if origin and ("*" in self._origins or origin in self._origins):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"
            response.headers["Access-Control-Expose-Headers"] = (
                "Location, ETag, Link, Retry-After, Accept-Patch, Accept-Post"
            )
            if preflight:
                response.headers["Access-Control-Allow-Methods"] = "GET, POST, PATCH, DELETE, OPTIONS"
                response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, If-Match"
                response.headers["Access-Control-Max-Age"] = "600"
                response.headers["Accept-Post"] = "application/sdp"
        return response


def why(session: Session, event_id: str) -> page.Why:
    """The answer to "why this scene?", from the terms that decided, or to "why this change?" from its receipt."""
    receipt = session.film.why.get(event_id) if event_id else None
    if receipt is not None:
        changed = ", ".join(receipt.changed) or "nothing on the screen"
        return page.Why(f"You see {changed}, because {receipt.why}.", ())
    plan = session.film.playing(session.playout.frame)
    if plan is None:
        return page.Why("The film is about to begin.", ())
    return page.Why(plan.why or "It is what the story asks for next.", plan.terms)


def _summary(story: Story) -> dict[str, Any]:
    return {
        "storyId": story.story_id,
        "title": story.title,
        "logline": story.logline,
        "themes": list(story.themes),
        "plannedMinutes": story.planned_minutes.default,
        "language": story.language,
    }


def _refused(error: Refusal) -> web.Response:
    body: dict[str, Any] = {"code": error.code, "message": str(error)}
    if error.field:
        body["field"] = error.field
    response = web.json_response({"error": body}, status=error.status)
    if error.retry_after_s:
        response.headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _text(request: web.Request, field: str) -> str:
    try:
        return await request.text()
    except (UnicodeDecodeError, LookupError) as error:
        raise Refusal(400, "invalid_text", "the body is no text in the encoding that it names", field) from error


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        value = json.loads(await _text(request, "body"))
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "invalid_json", "the body is not JSON", "body") from error
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_json", "the body must be a JSON object", "body")
    return value
