"""What the film knows of a viewer, over HTTP: read, correct, forget, take along, erase; by the session's token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from google.protobuf import json_format

from services.streaming.adapters.http_refusal import Refusal, read_json
from services.streaming.adapters.wire import entry_to_message, spec_to_message, taste_to_message
from services.streaming.app.session import Session
from services.streaming.app.viewers import Keepsake, Teacher, Viewers
from services.streaming.domain.canon_words import canon_text
from services.streaming.domain.explanation import axis_words
from services.streaming.domain.flavour import OVERALL
from services.streaming.domain.story import Story
from services.streaming.domain.taste import Axis, Taste, certainty

CORRECTIONS_LIMIT = 64
LIKE_STRENGTH = 0.15
CERTAIN = 0.45
SURE_DEVIATIONS = 3.0
"""So many standard deviations from indifference is sure too, however little the axis varies among people."""

Authorise = Callable[[web.Request], Awaitable[Session]]


class TasteApi:
    """authorise: the session whose token the request carries; raises what the service answers otherwise."""

    def __init__(self, viewers: Viewers, authorise: Authorise) -> None:
        self._viewers = viewers
        self._authorise = authorise

    def routes(self) -> list[web.RouteDef]:
        """What is answered here."""
        return [
            web.get("/v1/sessions/{session}/taste", self._read),
            web.patch("/v1/sessions/{session}/taste", self._correct),
            web.delete("/v1/sessions/{session}/taste/{axis}", self._forget),
            web.get("/v1/sessions/{session}/viewer", self._export),
            web.delete("/v1/sessions/{session}/viewer", self._erase),
            web.get("/v1/sessions/{session}/canon", self._canon),
        ]

    async def _read(self, request: web.Request) -> web.Response:
        session = await self._authorise(request)
        return web.json_response(await self._told(session, await self._viewers.taste(session)))

    async def _correct(self, request: web.Request) -> web.Response:
        session = await self._authorise(request)
        taste = await self._viewers.correct(session, _corrections(await read_json(request)))
        return web.json_response(await self._told(session, taste))

    async def _forget(self, request: web.Request) -> web.Response:
        session = await self._authorise(request)
        taste = await self._viewers.forget(session, request.match_info["axis"])
        return web.json_response(await self._told(session, taste))

    async def _export(self, request: web.Request) -> web.Response:
        session = await self._authorise(request)
        kept = await self._viewers.keepsake(session)
        headers = {"Content-Disposition": 'attachment; filename="cineloom-viewer.json"', "Cache-Control": "no-store"}
        return web.json_response(_exported(kept), headers=headers)

    async def _erase(self, request: web.Request) -> web.Response:
        session = await self._authorise(request)
        erased = await self._viewers.erase(session)
        return web.json_response({"erasedRecords": erased.records, "topicsThatExpire": list(erased.expiring)})

    async def _canon(self, request: web.Request) -> web.Response:
        session = await self._authorise(request)
        return web.Response(text=canon_text(session.film.canon))

    async def _told(self, session: Session, taste: Taste) -> dict[str, Any]:
        story = session.film.story
        teachers = await self._viewers.teachers(session, taste)
        mood = session.film.mood.at(session.playout.frame)
        known = {name: axis for name, axis in taste.axes.items() if name != OVERALL}
        ordered = sorted(known, key=lambda name: -abs(known[name].mean) * (0.2 + certainty(name, known[name])))
        return {
            "viewerId": session.film.spec.viewer_id,
            "axes": [axis_told(name, known[name], story, teachers) for name in ordered],
            "mood": {"valence": round(mood.valence, 3), "arousal": round(mood.arousal, 3)},
            "limits": {
                "ageBand": session.film.spec.age_band,
                "calm": session.film.calm,
                "noHorror": session.film.spec.no_horror,
            },
        }


def axis_told(name: str, axis: Axis, story: Story, teachers: Mapping[str, Teacher]) -> dict[str, Any]:
    """One like in numbers and in words, with the events that made it."""
    words = axis_words(name, story)
    taught = [
        {"eventId": event_id}
        if event_id not in teachers
        else {
            "eventId": event_id,
            "kind": teachers[event_id].kind,
            "said": teachers[event_id].said,
            "actedAtS": teachers[event_id].acted_at_s,
        }
        for event_id in axis.taught_by
    ]
    return {
        "name": name,
        "label": words,
        "mean": round(axis.mean, 3),
        "standardDeviation": round(axis.variance**0.5, 3),
        "certainty": round(certainty(name, axis), 3),
        "words": _believed(axis, certainty(name, axis), words),
        "taughtBy": taught,
    }


def _believed(axis: Axis, sure_of_it: float, words: str) -> str:
    if sure_of_it < 0.05 or abs(axis.mean) < LIKE_STRENGTH:
        return f"It is not clear yet how you like {words}."
    sure = sure_of_it >= CERTAIN or abs(axis.mean) >= SURE_DEVIATIONS * axis.variance**0.5
    return f"You {'like' if sure else 'seem to like'} {words}{'' if axis.mean > 0 else ' less'}."


def _corrections(body: Mapping[str, Any]) -> dict[str, float]:
    """Raises Refusal naming the field."""
    axes = body.get("axes")
    if not isinstance(axes, list) or not 1 <= len(axes) <= CORRECTIONS_LIMIT:
        raise Refusal(400, "invalid_taste", f"axes must be a list of 1 to {CORRECTIONS_LIMIT} corrections", "axes")
    found: dict[str, float] = {}
    for at, one in enumerate(axes):
        name, value = (one.get("name"), one.get("value")) if isinstance(one, dict) else (None, None)
        if not isinstance(name, str) or not name:
            raise Refusal(400, "invalid_taste", "name must be the name of a like", f"axes[{at}].name")
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1.0 <= value <= 1.0:
            raise Refusal(400, "invalid_taste", "value must lie between -1 and 1", f"axes[{at}].value")
        found[name] = float(value)
    return found


def _exported(kept: Keepsake) -> dict[str, Any]:
    return {
        "viewerId": kept.viewer_id,
        "taste": json_format.MessageToDict(taste_to_message(kept.viewer_id, kept.taste, kept.taste.known_at_s)),
        "sessions": [
            {
                "sessionId": record.session_id,
                "createdAtS": record.created_at_s,
                "spec": json_format.MessageToDict(spec_to_message(record.spec)),
                "log": [
                    json_format.MessageToDict(
                        entry_to_message(record.session_id, stored.sequence, stored.recorded_at_s, stored.entry)
                    )
                    for stored in log
                ],
            }
            for record, log in kept.sessions
        ],
    }
