"""Builds the streaming service from its settings; the only place where its objects meet."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import grpc.aio
from aiohttp import web

from services.streaming.adapters.bus_kafka import KafkaBus
from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.film_mp4 import Mp4Film
from services.streaming.adapters.http_stories import StoryApi
from services.streaming.adapters.http_viewers import ViewerApi
from services.streaming.adapters.ice_servers import IceServers
from services.streaming.adapters.inference_grpc import CHANNEL_OPTIONS, models_on
from services.streaming.adapters.metrics_prometheus import NodeMetrics
from services.streaming.adapters.shelf_files import TakeFiles
from services.streaming.adapters.store_sql import SqlStore
from services.streaming.adapters.stories_yaml import list_stories, load, read_made
from services.streaming.adapters.whep import ViewerLimits
from services.streaming.app.commissions import Commissions
from services.streaming.app.rehearsal import openings, rehearse
from services.streaming.app.replay import Cut, Replay, ReplayCounts
from services.streaming.app.sessions import Sessions
from services.streaming.app.shared_scenes import SharedScenes
from services.streaming.app.shared_voice import SharedVoice
from services.streaming.app.speculation import Speculation
from services.streaming.app.surroundings import SessionPolicy, Surroundings
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.ladder import ladder_from
from services.streaming.domain.screenplay import Rendition
from services.streaming.domain.story import Story
from services.streaming.ports import Models, ModelUnavailable
from services.streaming.settings import Settings

logger = logging.getLogger(__name__)

MODEL_WAIT_S = 180.0
MODEL_RETRY_S = 0.5
REHEARSE_LOOK_S = 2.0
REHEARSE_AFTER_S = 15.0
"""So long who opens the page at once has the machine to themselves."""
MADE_STORIES_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Node:
    """A running streaming node."""

    application: web.Application
    sessions: Sessions
    api: ViewerApi


@asynccontextmanager
async def running_node(settings: Settings) -> AsyncIterator[Node]:
    """A node with its first story rehearsed, ready for viewers; everything is closed on the way out.

    Raises StoryError for a broken story file and ModelUnavailable when the models do not answer in time.
    """
    clock = SystemClock()
    stories = {story.story_id: story for story in map(load, list_stories(settings.story_folder))}
    store = SqlStore(settings.store_url, clock)
    await store.open()
    bus = KafkaBus(settings.kafka_bootstrap, clock, own_broker=settings.kafka_own_broker)
    channel = grpc.aio.insecure_channel(settings.inference_target, options=CHANNEL_OPTIONS)
    models = models_on(channel)
    voice = SharedVoice(models.voice)
    models = replace(models, voice=voice)
    shelf = await _shelf(settings)
    takes = TakeLibrary(models.animator, clock, settings.render_streams, settings.take_memory_bytes, shelf)
    around = Surroundings(
        models=models,
        takes=takes,
        store=store,
        bus=bus,
        clock=clock,
        scenes=SharedScenes(),
        policy=SessionPolicy(
            horizon_s=settings.horizon_s, words_limit_s=settings.words_limit_s, guesses=settings.speculation > 1
        ),
        ladder=ladder_from(
            Rendition(settings.width, settings.height, "h264", settings.bitrate_bps), settings.renditions_limit
        ),
        fingerprint=await _fingerprint(models),
        speculation=Speculation(takes, clock) if settings.speculation else None,
    )
    commissions = Commissions(stories, around, read_made)
    node_url = settings.public_url or f"http://{settings.host}:{settings.port}"
    sessions = Sessions(stories, around, settings.sessions_limit, node_url, commissions.fetch)
    ice_servers = IceServers(settings.ice_servers, settings.turn_urls, settings.turn_secret, settings.turn_ttl_s)
    limits = ViewerLimits(settings.viewers_limit, settings.viewers_per_session, settings.egress_limit_bps)
    api = ViewerApi(sessions, clock, settings.origins, ice_servers, limits)
    metrics = NodeMetrics(sessions, api, bus, commissions)
    rehearsing: asyncio.Task[None] | None = None
    listening = asyncio.create_task(around.audiences.keep_looking(store, stories), name="learn from the audience")
    try:
        bus.start()
        takes.start()
        sessions.start()
        if around.speculation is not None:
            around.speculation.start()
        shipped = tuple(stories.values())
        await rehearse(shipped, around)
        rehearsing = asyncio.create_task(_rehearse(shipped[1:], around, sessions), name="rehearse the other stories")
        await commissions.restore()
        application = api.application()
        StoryApi(stories, commissions, clock).add_to(application)
        yield Node(_with_probes(application, metrics), sessions, api)
    finally:
        aside = [task for task in (listening, rehearsing) if task is not None]
        for task in aside:
            task.cancel()
        await asyncio.gather(*aside, return_exceptions=True)
        await api.close()
        await sessions.close()
        await commissions.close()
        if around.speculation is not None:
            await around.speculation.close()
        await takes.close()
        await voice.close()
        await bus.close()
        await channel.close(None)
        await store.close()


async def _shelf(settings: Settings) -> TakeFiles | None:
    """The folder for takes that memory has no room for, if there is one."""
    if settings.take_folder is None:
        return None
    shelf = TakeFiles(settings.take_folder, settings.take_folder_bytes)
    await shelf.open()
    return shelf


async def _rehearse(stories: Sequence[Story], around: Surroundings, sessions: Sessions) -> None:
    """While nobody watches; an opening that is not there yet is made when it is asked for."""
    await asyncio.sleep(REHEARSE_AFTER_S)
    while around.speculation is not None:
        watched = any(session.playout.viewers for session in sessions.live)
        around.speculation.propose("openings", () if watched else openings(stories, around))
        await asyncio.sleep(REHEARSE_LOOK_S)


async def replaying(
    settings: Settings, session_id: str, path: Path, on_take: Callable[[int, int], None], *, burn_captions: bool = False
) -> ReplayCounts:
    """Render a session's film again into an MP4.

    Raises KeyError for an unknown session, ValueError where nothing of it was shown, its story is not there any more,
    or captions are to be burned in and there is no font.
    """
    clock = SystemClock()
    store = SqlStore(settings.store_url, clock)
    await store.open()
    channel = grpc.aio.insecure_channel(settings.inference_target, options=CHANNEL_OPTIONS)
    try:
        record = await store.session(session_id)
        if record is None:
            raise KeyError(session_id)
        story = await _story_of(record.spec.story_id, settings, store)
        cut = Cut.of(story, record.spec, ((kept.sequence, kept.entry) for kept in await store.log(session_id)))
        models = models_on(channel)
        replay = Replay(models.animator, await _fingerprint(models), on_take)
        if not cut.takes:
            raise ValueError("nothing of this session was shown")
        with Mp4Film(path, burn_captions=burn_captions) as film:
            await replay.play(cut, film)
        return replay.counts
    finally:
        await channel.close(None)
        await store.close()


async def _story_of(story_id: str, settings: Settings, store: SqlStore) -> Story:
    stories = {story.story_id: story for story in map(load, list_stories(settings.story_folder))}
    if story_id not in stories:
        made = await store.made_stories(MADE_STORIES_LIMIT)
        its_own = (kept for kept in made if kept.story_id == story_id)
        stories.update({kept.story_id: read_made(kept.text, kept.story_id) for kept in its_own})
    if story_id not in stories:
        raise ValueError(f"the story {story_id} is not there any more")
    return stories[story_id]


async def _fingerprint(models: Models) -> str:
    """The engine's fingerprint, as soon as the models answer."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + MODEL_WAIT_S
    while True:
        try:
            return await models.animator.fingerprint()
        except ModelUnavailable as error:
            if loop.time() > deadline_s:
                raise
            logger.debug("waiting for the models: %s", error)
            await asyncio.sleep(MODEL_RETRY_S)


def _with_probes(application: web.Application, metrics: NodeMetrics) -> web.Application:
    async def healthy(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def figures(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), content_type="text/plain", charset="utf-8")

    application.router.add_get("/healthz", healthy)
    application.router.add_get("/readyz", healthy)
    application.router.add_get("/metrics", figures)
    return application
