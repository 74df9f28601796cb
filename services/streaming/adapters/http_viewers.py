"""What viewers' pages call: stories, sessions, guests and events; the film itself comes over WHEP."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import web
from cineloom.session.v1 import session_pb2
from google.protobuf import json_format

from services.streaming.adapters.http_refusal import Refusal, bearer_of, read_json, refused
from services.streaming.adapters.http_taste import TasteApi
from services.streaming.adapters.ice_servers import IceServers
from services.streaming.adapters.page_messages import AskWhy, Levelling, Shown, event_from_json, page_message
from services.streaming.adapters.viewer_webrtc import BadOffer, WebRtcViewer
from services.streaming.adapters.whep import ViewerLimits, Whep, redirect
from services.streaming.adapters.wire import entry_to_message, spec_from_message
from services.streaming.app.commissions import MADE_PREFIX
from services.streaming.app.rates import RateLimit
from services.streaming.app.session import Session
from services.streaming.app.sessions import (
    HeldElsewhere,
    Sessions,
    TooManySessions,
    UnknownInterest,
    UnknownSession,
    UnknownStory,
    UnsuitableStory,
)
from services.streaming.app.tickets import guest_token, invitation
from services.streaming.app.viewers import UnknownAxis, Viewers
from services.streaming.domain import timeline_messages as page
from services.streaming.domain.captions_vtt import captions_of_log, webvtt
from services.streaming.domain.events import InvalidEvent, PreferenceEvent
from services.streaming.domain.explanation import axis_words
from services.streaming.domain.interests import interests_in
from services.streaming.domain.limits import AGE_BANDS
from services.streaming.domain.story import Story
from services.streaming.ports import Clock

logger = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 64 * 1024
EVENTS_PER_S = 15.0
EVENTS_BURST = 40.0
ID_LIMIT = 64

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ViewerApi:
    """origins: pages that may call; "*" for any."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        origins: Sequence[str],
        ice_servers: IceServers | None = None,
        limits: ViewerLimits | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._origins = tuple(origins)
        self._whep = Whep(sessions, clock, ice_servers or IceServers(), limits or ViewerLimits(), self._on_page_text)
        self._event_rates: WeakKeyDictionary[Session, RateLimit] = WeakKeyDictionary()
        self._taste = TasteApi(Viewers(sessions), self._owned)
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
                *self._taste.routes(),
                web.post("/v1/sessions/{session}/events", self._event),
                web.post("/v1/sessions/{session}/invitations", self._invite),
                web.post("/v1/sessions/{session}/guests", self._guest),
                *self._whep.routes(),
            ]
        )
        return application

    @property
    def connections(self) -> tuple[WebRtcViewer, ...]:
        """Viewers connected now."""
        return self._whep.viewers

    async def close(self) -> None:
        """End every connection."""
        await self._whep.close()

    # --- stories and sessions ------------------------------------------------------------------------------------

    async def _stories(self, _: web.Request) -> web.Response:
        return web.json_response({"stories": [_summary(story) for story in self._shown()]})

    def _shown(self) -> list[Story]:
        """Stories that anybody may see; one that was made of somebody's premise is that viewer's own."""
        stories = self._sessions.stories.values()
        return [story for story in stories if not story.story_id.startswith(MADE_PREFIX)]

    async def _create(self, request: web.Request) -> web.Response:
        body = await read_json(request)
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
        self._check_length(spec)
        try:
            grant = await self._sessions.create(spec_from_message(spec))
        except UnknownInterest as error:
            reason = f"the story has nothing to give for {str(error)[:80]!r}"
            raise Refusal(400, "unknown_interest", reason, "interests") from error
        answer = session_pb2.SessionGrant(
            session_id=grant.session.session_id,
            viewer_id=grant.session.film.spec.viewer_id,
            token=grant.token,
            whep_url=f"{request.scheme}://{request.host}/whep/{grant.session.session_id}",
        )
        return web.json_response(json_format.MessageToDict(answer), status=201)

    def _check_length(self, spec: session_pb2.SessionSpec) -> None:
        story = self._sessions.stories.get(spec.story_id)
        if story is None or not spec.planned_minutes:
            return
        least, most = story.planned_minutes.least, story.planned_minutes.most
        if not least <= spec.planned_minutes <= most:
            reason = f"plannedMinutes must lie between {least:g} and {most:g} for this story"
            raise Refusal(400, "invalid_session", reason, "plannedMinutes")

    async def _state(self, request: web.Request) -> web.Response:
        session = await self._authorised(request)
        return web.json_response(
            {
                "sessionId": session.session_id,
                "storyId": session.film.story.story_id,
                "title": session.film.story.title,
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

    async def _invite(self, request: web.Request) -> web.Response:
        session = await self._hosted(request)
        text = invitation(session.record.token_hash, self._clock.epoch_s())
        return web.json_response({"sessionId": session.session_id, "invitation": text}, status=201)

    async def _guest(self, request: web.Request) -> web.Response:
        """A guest's own token, for the session's viewer or for who was invited."""
        session_id = request.match_info["session"]
        guest = await self._sessions.invited(session_id, bearer_of(request))
        guest_id, token = guest or guest_token((await self._hosted(request)).record.token_hash)
        url = f"{request.scheme}://{request.host}/whep/{session_id}"
        grant = {"sessionId": session_id, "viewerId": guest_id, "token": token, "whepUrl": url}
        return web.json_response(grant, status=201)

    async def _hosted(self, request: web.Request) -> Session:
        session, participant = await self._admitted(request)
        if participant:
            raise Refusal(403, "guests_cannot_invite", "only the session's own viewer invites others")
        return session

    async def _captions(self, request: web.Request) -> web.Response:
        session, _ = await self._admitted(request)
        await session.flush()
        log = await self._sessions.around.store.log(session.session_id)
        text = webvtt(captions_of_log(stored.entry for stored in log), session.film.story.language)
        return web.Response(text=text, content_type="text/vtt", charset="utf-8")

    # --- events --------------------------------------------------------------------------------------------------

    async def _event(self, request: web.Request) -> web.Response:
        session, participant = await self._admitted(request)
        event = event_from_json(
            await read_json(request), session.session_id, _viewer_id(session, participant), self._clock.epoch_s()
        )
        self._limit_events(session)
        await self._sessions.accept(event)
        return web.json_response({"eventId": event.event_id}, status=202)

    def _limit_events(self, session: Session) -> None:
        rate = self._event_rates.setdefault(session, RateLimit(EVENTS_PER_S, EVENTS_BURST, self._clock))
        wait_s = rate.wait_s()
        if wait_s > 0:
            raise Refusal(429, "too_many_events", "too many events; some were not taken", "", max(1, round(wait_s)))

    async def _on_page_text(self, session: Session, viewer: WebRtcViewer, participant: str, text: str) -> None:
        try:
            said = page_message(text, session.session_id, _viewer_id(session, participant), self._clock.epoch_s())
            if isinstance(said, AskWhy):
                viewer.tell(why(session, said.event_id))
            elif isinstance(said, Levelling):
                viewer.level_itself(said.two_tracks)
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

    # --- shared --------------------------------------------------------------------------------------------------

    async def _authorised(self, request: web.Request) -> Session:
        session, _ = await self._admitted(request)
        return session

    async def _owned(self, request: web.Request) -> Session:
        """For what is the viewer's own matter: no guest gets it."""
        session, guest = await self._admitted(request)
        if guest:
            raise Refusal(403, "not_yours", "only the viewer whose film it is may do that", "Authorization")
        return session

    async def _admitted(self, request: web.Request) -> tuple[Session, str]:
        try:
            return await self._sessions.admitted(request.match_info["session"], bearer_of(request))
        except HeldElsewhere as elsewhere:
            raise redirect(request, elsewhere) from elsewhere

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as error:
            return refused(error)
        except InvalidEvent as error:
            return refused(Refusal(400, "invalid_event", error.reason, error.field))
        except BadOffer as error:
            return refused(Refusal(400, "invalid_offer", str(error)[:300], "sdp"))
        except UnknownStory as error:
            return refused(Refusal(404, "unknown_story", f"there is no story {error}", "storyId"))
        except UnknownSession:
            return refused(Refusal(404, "unknown_session", "there is no such session, or the token is not its own"))
        except UnsuitableStory as error:
            reason = f"“{error}” cannot be told within what this viewer may be shown"
            return refused(Refusal(422, "unsuitable_story", reason, "ageBand"))
        except UnknownAxis as error:
            return refused(Refusal(404, "unknown_axis", f"nothing is known of {str(error)[:80]!r}", "axis"))
        except TooManySessions as error:
            return refused(Refusal(503, "too_many_sessions", str(error), "", error.retry_after_s))
        except web.HTTPException as error:
            if error.status < 400:
                if error.status >= 300:
                    return web.Response(status=error.status, headers={"Location": error.headers["Location"]})
                raise
            response = refused(Refusal(error.status, "http_error", error.reason))
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
            return response

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


def _viewer_id(session: Session, participant: str) -> str:
    return participant or session.film.spec.viewer_id


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


def interests_told(story: Story) -> list[dict[str, str]]:
    """What a viewer may ask for more of in the story, named for the page."""
    return [{"name": axis, "label": axis_words(axis, story)} for axis in interests_in(story)]


def _summary(story: Story) -> dict[str, Any]:
    return {
        "storyId": story.story_id,
        "title": story.title,
        "logline": story.logline,
        "themes": list(story.themes),
        "plannedMinutes": story.planned_minutes.default,
        "leastMinutes": story.planned_minutes.least,
        "mostMinutes": story.planned_minutes.most,
        "language": story.language,
        "factCount": len(story.sources),
        "interests": interests_told(story),
    }
