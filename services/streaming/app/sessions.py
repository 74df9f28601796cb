"""The sessions of this node: made, found again after a restart, fed with events, and put away when nobody watches."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace

from services.streaming.app.film import Film
from services.streaming.app.reacting import Reactor
from services.streaming.app.rehearsal import opening_key
from services.streaming.app.session import Session
from services.streaming.app.surroundings import Surroundings
from services.streaming.app.tickets import guest_token, hash_of, is_invitation, participant_of, ticket
from services.streaming.app.word_counts import WordCounts
from services.streaming.domain.dramaturgy import can_be_told
from services.streaming.domain.draw import draw_int
from services.streaming.domain.events import PreferenceEvent, check_event
from services.streaming.domain.interests import asked_for, interests_in
from services.streaming.domain.journal import SessionRecord, SessionSpec, Started
from services.streaming.domain.limits import Limits
from services.streaming.domain.story import Story
from services.streaming.domain.taste import Taste

logger = logging.getLogger(__name__)

REDELIVER_AFTER_S = 1.5
REDELIVER_EVERY_S = 1.0
IDLE_LIMIT_S = 900.0
ENDED_LIMIT_S = 30.0
SPARE_AFTER_S = 10.0
"""Where there is no room left, a session that nobody has watched for so long gives its place to a new one; its viewer
finds it again."""
"""A film that is over needs no place kept; who asks for its log or captions brings it back."""
HOLD_S = 6.0
"""How long after a node was heard of last its sessions go to who asks for them."""


class UnknownSession(Exception):
    """No such session, or the token is not its own; the two are not told apart."""


class UnknownStory(Exception):
    """No story of that id."""


class UnknownInterest(ValueError):
    """Something was asked for that no scene of the story differs in."""


class UnsuitableStory(Exception):
    """The story has no film within the viewer's limits; its title."""


class TooManySessions(Exception):
    """The node carries as many as it may; retry_after_s says when to try again."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("this node carries as many viewers as it may")
        self.retry_after_s = retry_after_s


class HeldElsewhere(Exception):
    """Another node holds the session; ticket: opens it there."""

    def __init__(self, node_url: str, ticket: str) -> None:
        super().__init__(f"held by {node_url}")
        self.node_url = node_url
        self.ticket = ticket


@dataclass(slots=True)
class _Live:
    session: Session
    reactor: Reactor
    reacting: asyncio.Task[None]
    idle_since_s: float


@dataclass(frozen=True, slots=True)
class Grant:
    """token: shown once, only its hash is kept."""

    session: Session
    token: str


class Sessions:
    """Start with `start()`, end with `close()`."""

    def __init__(
        self,
        stories: MutableMapping[str, Story],
        around: Surroundings,
        limit: int,
        node_url: str = "",
        find_story: Callable[[str], Awaitable[Story | None]] | None = None,
    ) -> None:
        """node_url: how pages reach this node; every node that shares the store has another one.

        find_story: looks for a story that is not among `stories`, such as one that was made on another node.
        """
        self._node_url = node_url
        self._find_story = find_story
        self.stories = stories
        self.around = around
        self._limit = limit
        self._live: dict[str, _Live] = {}
        self._opening: dict[str, asyncio.Task[Session | None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.redelivered = 0
        self._ended_words = WordCounts()

    def start(self) -> None:
        """Begin to look after events that found no answer and sessions that nobody watches."""
        self._tasks = [
            asyncio.create_task(self._redeliver()),
            asyncio.create_task(self._put_away()),
            asyncio.create_task(self._keep_hold()),
        ]

    async def close(self) -> None:
        """Close every session; each can be found again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        held = list(self._live)
        for session_id in held:
            await self._close(session_id)
        await self.around.store.release(held, self._node_url)

    @property
    def live(self) -> tuple[Session, ...]:
        """Sessions that this node holds now."""
        return tuple(live.session for live in self._live.values())

    @property
    def words(self) -> WordCounts:
        """Whose words were spoken, in sessions that ended and in those that go on."""
        return self._ended_words.with_live(live.session.counts for live in self._live.values())

    async def create(self, spec: SessionSpec) -> Grant:
        """Raises UnknownStory, UnsuitableStory, UnknownInterest, TooManySessions."""
        story = await self._story(spec.story_id)
        if story is None:
            raise UnknownStory(spec.story_id)
        if not can_be_told(story, Limits.of(spec.age_band, spec.calm, spec.no_horror)):
            raise UnsuitableStory(story.title)
        for axis in spec.interests:
            if axis not in interests_in(story):
                raise UnknownInterest(axis)
        if len(self._live) >= self._limit and not await self._make_room():
            raise TooManySessions(retry_after_s=10)
        session_id = secrets.token_hex(8)
        token = secrets.token_urlsafe(24)
        viewer_id = spec.viewer_id or secrets.token_hex(8)
        taste = await self.around.store.taste(viewer_id)
        # Viewers of whom nothing is known begin alike, and share what is rendered until they react.
        seed = spec.seed or draw_int(0, session_id if taste.axes else story.story_id) >> 33
        spec = replace(spec, viewer_id=viewer_id, seed=seed)
        record = SessionRecord(session_id, spec, hash_of(token), self.around.clock.epoch_s())
        await self.around.store.create_session(record)
        await self._claim(record)
        if spec.interests:
            taste = await self._interested(record, taste)
        session = self._open(record, Film.begun(story, spec, taste, self.around.audiences.appeal(story)))
        session.write(Started(spec, story.story_id, self.around.rendition))
        session.start()
        if self.around.speculation is not None:
            self.around.speculation.used(opening_key(story.story_id))
        return Grant(session, token)

    async def _interested(self, record: SessionRecord, taste: Taste) -> Taste:
        """The taste with what the viewer has just said; kept, for a film that is brought back begins from it."""
        interests = dict.fromkeys(record.spec.interests)
        taste = asked_for(taste.at(record.created_at_s), interests, f"asked@{record.session_id}")
        await self.around.keep_taste(record.spec.viewer_id, taste)
        return taste

    async def admitted(self, session_id: str, token: str) -> tuple[Session, str]:
        """The session, brought back from the store if no node holds it, and who asks: "" its own viewer, else a guest.

        Raises UnknownSession, HeldElsewhere.
        """
        live = self._live.get(session_id)
        record = live.session.record if live is not None else await self.around.store.session(session_id)
        now_s = self.around.clock.epoch_s()
        participant = participant_of(token, record.token_hash, now_s) if record is not None else None
        if record is None or participant is None:
            raise UnknownSession(session_id)
        if live is None:
            holder = await self._claim(record)
            if holder != self._node_url:
                raise HeldElsewhere(holder, ticket(record.token_hash, participant, now_s))
        return await self._found(record), participant

    async def invited(self, session_id: str, invitation: str) -> tuple[str, str] | None:
        """(id, token) of a new guest, None for what is no invitation to the session; any node may be asked."""
        live = self._live.get(session_id)
        record = live.session.record if live is not None else await self.around.store.session(session_id)
        if record is None or not is_invitation(invitation, record.token_hash, self.around.clock.epoch_s()):
            return None
        return guest_token(record.token_hash)

    async def _story(self, story_id: str) -> Story | None:
        story = self.stories.get(story_id)
        if story is None and self._find_story is not None:
            story = await self._find_story(story_id)
        return story

    async def authorised(self, session_id: str, token: str) -> Session:
        """The session, for who holds its token or a guest's. Raises UnknownSession, HeldElsewhere."""
        session, _ = await self.admitted(session_id, token)
        return session

    async def _claim(self, record: SessionRecord) -> str:
        now_s = self.around.clock.epoch_s()
        return await self.around.store.claim(record.session_id, self._node_url, now_s + HOLD_S, now_s)

    async def _keep_hold(self) -> None:
        """Say every two seconds that this node holds its sessions; one that another node took is let go."""
        while True:
            await asyncio.sleep(HOLD_S / 3)
            held = tuple(self._live)
            try:
                kept = await self.around.store.renew(held, self._node_url, self.around.clock.epoch_s() + HOLD_S)
            except Exception:
                # A store that is away for a moment must not end the sessions; their journals wait for it too.
                logger.exception("the hold on this node's sessions could not be renewed")
                continue
            for session_id in held:
                if session_id not in kept and session_id in self._live:
                    logger.warning("session %s is held by another node now", session_id)
                    await self._close(session_id)

    async def accept(self, event: PreferenceEvent) -> bool:
        """Make an event safe and send it on its way; False when it was known already. Raises InvalidEvent."""
        check_event(event)
        new = await self.around.store.accept_event(event)
        if new and not await self.around.bus.publish_event(event):
            # The outbox has it. While the broker is away the film still answers: the event takes the short way.
            await self._deliver(event, self.around.clock.epoch_s())
        return new

    async def _found(self, record: SessionRecord) -> Session:
        live = self._live.get(record.session_id)
        if live is not None and not live.session.failed:
            return live.session
        opening = self._opening.get(record.session_id)
        if opening is None:
            opening = asyncio.create_task(self._reopen(record))
            self._opening[record.session_id] = opening
            opening.add_done_callback(lambda _: self._opening.pop(record.session_id, None))
        session = await asyncio.shield(opening)
        if session is None:
            raise UnknownSession(record.session_id)
        return session

    async def _reopen(self, record: SessionRecord) -> Session | None:
        if record.session_id in self._live:
            await self._close(record.session_id)
        story = await self._story(record.spec.story_id)
        if story is None:
            return None
        taste = await self.around.store.taste(record.spec.viewer_id)
        log = await self.around.store.log(record.session_id)
        entries = ((stored.sequence, stored.entry) for stored in log)
        film = Film.replayed(story, record.spec, taste, entries, self.around.audiences.appeal(story))
        session = self._open(record, film)
        session.start()
        logger.info("session %s goes on at frame %d", record.session_id, session.playout.frame)
        for event in await self.around.store.undecided(record.session_id):
            self.redelivered += 1
            await self._deliver(event, self.around.clock.epoch_s())
        return session

    def _open(self, record: SessionRecord, film: Film) -> Session:
        session = Session(record, film, self.around)
        reactor = Reactor(session)
        task = asyncio.create_task(reactor.run(), name=f"react {record.session_id}")
        task.add_done_callback(lambda done: _report(done, session))
        self._live[record.session_id] = _Live(session, reactor, task, self.around.clock.monotonic_s())
        self.around.bus.follow(record.session_id, reactor.offer)
        return session

    async def drop(self, session_id: str) -> None:
        """End a session here, as far as it is one of this node's."""
        if session_id in self._live:
            await self._close(session_id)

    async def _close(self, session_id: str) -> None:
        live = self._live.pop(session_id)
        self.around.bus.unfollow(session_id)
        live.reacting.cancel()
        await asyncio.gather(live.reacting, return_exceptions=True)
        await live.session.close()
        self._ended_words.add(live.session.counts)

    async def _deliver(self, event: PreferenceEvent, at_s: float) -> None:
        live = self._live.get(event.session_id)
        if live is not None:
            await live.reactor.offer(event, at_s)

    async def _redeliver(self) -> None:
        """Events that the broker lost or never had get to their session all the same; doubles are dropped there."""
        while True:
            await asyncio.sleep(REDELIVER_EVERY_S)
            for event in await self.around.store.undecided(older_than_s=REDELIVER_AFTER_S):
                if event.session_id in self._live:
                    self.redelivered += 1
                    await self._deliver(event, self.around.clock.epoch_s())

    async def _put_away(self) -> None:
        while True:
            await asyncio.sleep(5.0)
            now_s = self.around.clock.monotonic_s()
            for session_id, live in list(self._live.items()):
                if live.session.playout.viewers:
                    live.idle_since_s = now_s
                elif now_s - live.idle_since_s > (ENDED_LIMIT_S if live.session.film.ended else IDLE_LIMIT_S):
                    await self._let_go(session_id)

    async def _make_room(self) -> bool:
        """Let go of the session that nobody has watched for the longest time."""
        now_s = self.around.clock.monotonic_s()
        idle = {
            session_id: live.idle_since_s
            for session_id, live in self._live.items()
            if not live.session.playout.viewers and now_s - live.idle_since_s > SPARE_AFTER_S
        }
        if not idle:
            return False
        await self._let_go(min(idle, key=idle.__getitem__))
        return True

    async def _let_go(self, session_id: str) -> None:
        if session_id not in self._live:
            return
        await self._close(session_id)
        await self.around.store.release((session_id,), self._node_url)


def _report(task: asyncio.Task[None], session: Session) -> None:
    failure = None if task.cancelled() else task.exception()
    if failure is not None:
        session.failed = True
        logger.error("session %s: events are not answered any more", session.session_id, exc_info=failure)
