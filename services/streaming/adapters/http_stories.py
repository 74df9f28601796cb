"""What pages call about stories: make one of a premise, look at one, open the sources of what it states as fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from services.streaming.adapters.http_refusal import Refusal, read_json
from services.streaming.adapters.http_viewers import ID_LIMIT, interests_told
from services.streaming.app.commissions import (
    Commission,
    Commissions,
    InvalidPremise,
    NoSoundStory,
    PremiseRefused,
    WritersBusy,
)
from services.streaming.app.rates import RateLimit
from services.streaming.domain.limits import AGE_BANDS
from services.streaming.domain.story import Story
from services.streaming.ports import Clock, ModelRefused, ModelUnavailable

PREMISES_PER_S = 0.2
PREMISES_BURST = 4.0
RETRY_AFTER_S = 5


class StoryApi:
    """`add_to()` an application that answers Refusal."""

    def __init__(self, stories: Mapping[str, Story], commissions: Commissions, clock: Clock) -> None:
        self._stories = stories
        self._commissions = commissions
        self._rate = RateLimit(PREMISES_PER_S, PREMISES_BURST, clock)

    def add_to(self, application: web.Application) -> None:
        """The routes."""
        application.add_routes(
            [
                web.post("/v1/stories", self._make),
                web.get("/v1/stories/{story}", self._describe),
                web.get("/v1/stories/{story}/facts", self._facts),
            ]
        )

    async def _make(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        premise, age_band, viewer_id = (body.get(key, "") for key in ("premise", "ageBand", "viewerId"))
        if not isinstance(premise, str):
            raise Refusal(400, "invalid_premise", "must be text", "premise")
        if not isinstance(age_band, str) or (age_band or "general") not in AGE_BANDS:
            raise Refusal(400, "invalid_premise", f"ageBand must be one of {', '.join(AGE_BANDS)}", "ageBand")
        if not isinstance(viewer_id, str) or len(viewer_id) > ID_LIMIT or not (viewer_id or "-").isprintable():
            raise Refusal(400, "invalid_premise", f"has at most {ID_LIMIT} printable characters", "viewerId")
        wait_s = self._rate.wait_s()
        if wait_s > 0:
            raise Refusal(429, "too_many_premises", "too many premises at once", "", max(1, round(wait_s)))
        commission = await self._commissioned(premise, age_band or "general", viewer_id)
        return web.json_response(described(commission.story, commission), status=201)

    async def _commissioned(self, premise: str, age_band: str, viewer_id: str) -> Commission:
        try:
            return await self._commissions.make(premise, age_band, viewer_id)
        except InvalidPremise as error:
            raise Refusal(400, "invalid_premise", str(error), "premise") from error
        except PremiseRefused as error:
            raise Refusal(422, "premise_refused", str(error), "premise") from error
        except (WritersBusy, ModelUnavailable) as error:
            message = str(error) if isinstance(error, WritersBusy) else "the writers do not answer"
            raise Refusal(503, "writers_busy", message, "", RETRY_AFTER_S) from error
        except ModelRefused as error:
            raise Refusal(422, "premise_refused", "the writers could make nothing of it", "premise") from error
        except NoSoundStory as error:
            raise Refusal(502, "no_sound_story", "no sound story came of it; word it another way", "premise") from error

    async def _describe(self, request: web.Request) -> web.Response:
        story = await self._story(request)
        return web.json_response(described(story, self._commissions.found(story.story_id)))

    async def _facts(self, request: web.Request) -> web.Response:
        return web.json_response(fact_sheet(await self._story(request)))

    async def _story(self, request: web.Request) -> Story:
        story_id = request.match_info["story"]
        story = self._stories.get(story_id) or await self._commissions.fetch(story_id)
        if story is None:
            raise Refusal(404, "unknown_story", "there is no such story", "story")
        return story


def described(story: Story, commission: Commission | None) -> dict[str, Any]:
    """A story as a page shows it before it plays; it tells no ending."""
    told = {
        "storyId": story.story_id,
        "title": story.title,
        "logline": story.logline,
        "themes": list(story.themes),
        "plannedMinutes": story.planned_minutes.default,
        "leastMinutes": story.planned_minutes.least,
        "mostMinutes": story.planned_minutes.most,
        "language": story.language,
        "cast": [{"name": sheet.name, "role": sheet.role} for sheet in story.cast if not sheet.narrates],
        "places": [place.name for place in story.places],
        "canon": canon_sentences(story),
        "beatCount": len(story.beats),
        "endingCount": len(story.endings),
        "factCount": len(story.sources),
        "interests": interests_told(story),
    }
    if commission is not None:
        told["premise"] = commission.premise
        told["parts"] = [{"text": part.text, "use": part.use, "note": part.note} for part in commission.parts]
    return told


def canon_sentences(story: Story) -> list[str]:
    """What may come to hold in this story, as far as it has sentences for it."""
    return list(dict.fromkeys(sentence for fact in story.facts for _, sentence in fact.sentences))


def fact_sheet(story: Story) -> dict[str, Any]:
    """Every source with the lines that rest on it, and what is invented. A line is matched by its words."""
    facts = []
    for source in story.sources:
        citing = [(beat, line) for beat in story.beats for line in beat.lines if source.source_id in line.cites]
        lines = [text for _, line in citing for text in (line.text, *(variant.text for variant in line.variants))]
        facts.append(
            {
                "id": source.source_id,
                "claim": source.claim,
                "citation": source.citation,
                "url": source.url,
                "scenes": list(dict.fromkeys(beat.title for beat, _ in citing)),
                "lines": lines,
            }
        )
    return {"storyId": story.story_id, "title": story.title, "facts": facts, "fiction": list(story.fiction)}
