"""Takes: rendered once each, however many sessions ask, most urgent first, kept in a bounded memory.

Knows the Animator port and time; not which session wants what, nor how a take is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.streaming.app.claims import SOMEONE, Claims
from services.streaming.app.stillness import Stillness
from services.streaming.app.take import Take
from services.streaming.app.take_memory import TakeMemory
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.timebase import FRAMES_PER_CHUNK, FRAMES_PER_SECOND
from services.streaming.ports import Animator, Clock, ModelRefused, ModelUnavailable, TakeShelf

logger = logging.getLogger(__name__)

RETRY_FIRST_S = 0.2
RETRY_MOST_S = 2.0
PREEMPT_SLACK_S = 1.0
GIVE_UP_AFTER_S = 25.0
REFUSAL_AFTER_OUTAGE_S = 5.0
HURRIED_AHEAD_S = 1.5
"""A take that somebody waited for is rendered without a turn until it is so far ahead."""
EXPRESS_WITHIN_S = 1.0
"""What is needed sooner than this does not wait for a render under way to reach the end of its half second."""


@dataclass(slots=True)
class _Job:
    take: Take
    next_frame: int
    needed_at_s: float
    """When the frame `next_frame` is to be played, on the monotonic clock."""
    active: bool = False
    rendering: asyncio.Task[bool] | None = None
    hold: bool = False
    """Whether the chunk that can be looped after the take's end is wanted too."""
    hurry: bool = False
    """Whether somebody waits for the very next picture."""
    passing: bool = False
    """Whether the film goes on meanwhile, so that what is drawn too late is not needed."""

    @property
    def speculative(self) -> bool:
        """Whether nobody needs it yet."""
        return self.needed_at_s == math.inf


@dataclass(slots=True)
class TakeCounts:
    """rendered_chunks: by this library. wanted: times a take was wanted; of these hits were there, shared were under
    way, recalled came from the shelf, and the others had to be rendered."""

    rendered_chunks: int = 0
    wanted: int = 0
    shared: int = 0
    hits: int = 0
    recalled: int = 0
    failures: int = 0
    preempted: int = 0
    prepare_failures: int = 0


class TakeLibrary:
    """Start with `start()`, end with `close()`. streams: renders under way at once, beside one for what cannot wait.

    on_want: told of each take that is wanted, and by whom. on_chunk: told of each half second that was rendered, and
    whether on a guess.
    """

    def __init__(
        self, animator: Animator, clock: Clock, streams: int, limit_bytes: int, shelf: TakeShelf | None = None
    ) -> None:
        self._animator = animator
        self._clock = clock
        self._streams = streams
        self.memory = TakeMemory(limit_bytes, shelf)
        self.stillness = Stillness(animator)
        self._recalling: dict[str, asyncio.Task[None]] = {}
        self._jobs: dict[str, _Job] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self._bells: list[asyncio.Event] = []
        self._news = asyncio.Condition()
        self._workers: list[asyncio.Task[None]] = []
        self._forking: set[asyncio.Task[None]] = set()
        self._claims = Claims()
        self._in_turn = 0
        self._preparing: OrderedDict[str, TakeOrder] = OrderedDict()
        self._prepared: OrderedDict[str, None] = OrderedDict()
        self.on_want: list[Callable[[str, str], None]] = []
        self.on_chunk: list[Callable[[str, bool], None]] = []
        self.counts = TakeCounts()

    def start(self) -> None:
        """Begin to render what is wanted."""
        self._workers = [asyncio.create_task(self._render_forever()) for _ in range(self._streams)]
        self._workers.append(asyncio.create_task(self._render_forever(EXPRESS_WITHIN_S)))
        self._workers.append(asyncio.create_task(self._prepare_forever()))

    async def close(self) -> None:
        """Stop rendering."""
        workers = [*self._workers, *self._forking, *self._recalling.values()]
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await self.stillness.close()
        self._workers = []
        await self.memory.close()

    @property
    def waiting(self) -> int:
        """Renders not yet done."""
        return len(self._jobs)

    @property
    def has_room(self) -> bool:
        """Whether a render on a guess holds nothing up: nothing that is needed waits for its turn, and beside the guess
        another turn is free for what comes."""
        needed = [job for job in self._jobs.values() if not job.speculative]
        return all(job.active for job in needed) and len(needed) < max(1, self._streams - 1)

    def rendering(self, take_id: str) -> bool:
        """Whether a render of the take is under way or waits for its turn."""
        return take_id in self._jobs or take_id in self._recalling

    def take(self, take_id: str) -> Take | None:
        """The take, if anything of it is known."""
        take = self.memory.get(take_id)
        if take is not None and take.refused and take.refused_until_s <= self._clock.monotonic_s():
            take.refused, take.refused_until_s = "", math.inf
        return take

    def want(
        self,
        take_id: str,
        order: TakeOrder,
        from_frame: int,
        needed_at_s: float,
        fork: bool = False,
        by: str = SOMEONE,
        passing: bool = False,
    ) -> Take:
        """Have the take rendered from a frame on, that frame by a time; one render serves all who want it.

        fork: somebody waits for that frame; a chunk that begins with exactly it is made unless the take can be entered
        there already. passing: the film goes on meanwhile, and what of a fork comes too late for its time is left out.
        by: who wants it until they release it. needed_at_s: infinity for what is rendered on a guess; it gives way to
        everything.
        """
        self._claims.claim(take_id, by)
        for told in self.on_want:
            told(take_id, by)
        take = self.memory.obtain(take_id, order)
        self.counts.wanted += 1
        if not fork and take_id not in self._jobs and take.missing_from(from_frame) is not None:
            if take_id in self._recalling:
                self.counts.shared += 1
                return take
            if self.memory.shelved(take_id):
                self._recall(take, from_frame, needed_at_s)
                return take
        return self._order_missing(take, from_frame, needed_at_s, fork, passing)

    def _recall(self, take: Take, from_frame: int, needed_at_s: float) -> None:
        recalling = self._recalled(take, from_frame, needed_at_s)
        task = asyncio.create_task(recalling, name=f"recall {take.take_id[:12]}")
        self._recalling[take.take_id] = task

    async def _recalled(self, take: Take, from_frame: int, needed_at_s: float) -> None:
        try:
            self.counts.recalled += await self.memory.recall(take)
        finally:
            del self._recalling[take.take_id]
        if self._claims.claimants(take.take_id) and take.missing_from(from_frame) is not None:
            self._order_missing(take, from_frame, needed_at_s, fork=False)
        self.memory.make_room(self._jobs)
        await self._tell()

    def _order_missing(
        self, take: Take, from_frame: int, needed_at_s: float, fork: bool, passing: bool = False
    ) -> Take:
        take_id = take.take_id
        needs_fork = fork and from_frame % FRAMES_PER_CHUNK and not take.can_be_entered(from_frame)
        missing = from_frame if needs_fork else take.missing_from(from_frame)
        if missing is None:
            self.counts.hits += 1
            return take
        needed_at_s += (missing - from_frame) / FRAMES_PER_SECOND
        job = self._jobs.get(take_id)
        if job is None:
            waited_for = fork and missing == from_frame
            job = _Job(take, missing, needed_at_s, hurry=waited_for, passing=waited_for and passing)
            if waited_for:
                self._begin_at_once(job)
            else:
                self._push(job)
            return take
        self.counts.shared += 1
        if job.active and missing <= job.next_frame:
            # the render under way has come further: what it draws next is due as much later
            due_s = needed_at_s + (job.next_frame - missing) / FRAMES_PER_SECOND
            job.needed_at_s = min(job.needed_at_s, due_s)
        if not job.active and (missing < job.next_frame or needed_at_s < job.needed_at_s):
            job.next_frame = min(missing, job.next_frame)
            job.needed_at_s = min(needed_at_s, job.needed_at_s)
            self._push(job)
        return take

    def want_hold(self, take_id: str, needed_at_s: float) -> None:
        """Have the chunk that is looped after the take's end rendered, by a time; a take nobody knows has none.

        It costs half a second of rendering, so it is asked for only where what follows may come late.
        """
        take = self.memory.get(take_id)
        if take is None or take.hold is not None or take.refused:
            return
        job = self._jobs.get(take_id)
        if job is not None:
            job.hold = True
            return
        self._push(_Job(take, take.order.shot.frame_count, needed_at_s, hold=True))

    def drop(self, take_id: str, by: str = SOMEONE) -> None:
        """Somebody does not want the rest of the take any more; if nobody else does, a render of it is broken off."""
        if not self._claims.release(take_id, by):
            return
        job = self._jobs.pop(take_id, None)
        if job is not None and job.rendering is not None:
            job.rendering.cancel()

    def claimed_by(self, by: str) -> frozenset[str]:
        """The takes that somebody wants."""
        return self._claims.held_by(by)

    def drop_all(self, by: str) -> None:
        """Somebody wants nothing any more."""
        for take_id in self._claims.held_by(by):
            self.drop(take_id, by)

    def forget(self, take_ids: Iterable[str]) -> None:
        """Keep nothing of some takes, in memory or outside."""
        self.memory.forget(take_ids)

    def prepare(self, take_id: str, order: TakeOrder) -> None:
        """Have plates, voices and puppets of a take made ready in spare time."""
        if take_id not in self._prepared and take_id not in self._preparing:
            self._preparing[take_id] = order

    async def prepared(self, order: TakeOrder, timeout_s: float) -> bool:
        """Have plates, voices and puppets of a take made ready now; False if the time is up or a model cannot."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._animator.prepare(order)
        except TimeoutError:
            return False
        except (ModelUnavailable, ModelRefused) as error:
            self.counts.prepare_failures += 1
            logger.warning("a take could not be prepared: %s", error)
            return False
        return True

    async def starts_at(self, take: Take, frame: int, timeout_s: float) -> bool:
        """Wait until the take can be entered with a key frame at a frame; False if the time is up or it is refused."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(lambda: take.can_be_entered(frame) or bool(take.refused))
        return take.can_be_entered(frame)

    async def changes(self, timeout_s: float) -> None:
        """Wait until something more is rendered of any take, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait()

    async def rendered_on_a_guess(self, take_id: str, order: TakeOrder, by: str, timeout_s: float) -> None:
        """Wait until the whole take is there, as far as nothing that is needed is in the way.

        Raises TimeoutError, and ModelUnavailable where the take is refused.
        """
        take = self.want(take_id, order, 0, math.inf, by=by)
        async with asyncio.timeout(timeout_s), self._news:
            await self._news.wait_for(lambda: take.missing_from(0) is None or bool(take.refused))
        if take.refused:
            raise ModelUnavailable(take.refused)

    def _push(self, job: _Job) -> None:
        self._jobs[job.take.take_id] = job
        heapq.heappush(self._heap, (job.needed_at_s, next(self._order), job.take.take_id))
        for bell in self._bells:
            bell.set()

    def _begin_at_once(self, job: _Job) -> None:
        """Beside the renders that wait for their turn: there is one for each viewer who has just acted, at most."""
        job.active = True
        self._jobs[job.take.take_id] = job
        task = asyncio.create_task(self._render(job), name=f"fork {job.take.take_id[:12]}")
        self._forking.add(task)
        task.add_done_callback(self._forking.discard)

    def _pop(self, within_s: float) -> _Job | None:
        latest_s = self._clock.monotonic_s() + within_s
        while self._heap and self._heap[0][0] <= latest_s:
            needed_at_s, _, take_id = heapq.heappop(self._heap)
            job = self._jobs.get(take_id)
            if job is not None and not job.active and job.needed_at_s == needed_at_s:
                return job
        return None

    async def _render_forever(self, within_s: float = math.inf) -> None:
        bell = asyncio.Event()
        self._bells.append(bell)
        while True:
            job = self._pop(within_s)
            if job is None:
                bell.clear()
                # what waits in the queue becomes urgent by waiting
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(within_s / 4 if self._heap and within_s < math.inf else None):
                        await bell.wait()
                continue
            job.active = True
            self._in_turn += 1
            try:
                await self._render(job)
            finally:
                self._in_turn -= 1

    async def _render(self, job: _Job) -> None:
        take = job.take
        delay_s = RETRY_FIRST_S
        began_s = self._clock.monotonic_s()
        while self._jobs.get(take.take_id) is job:
            try:
                if await self._unless_dropped(job):
                    await self._finish(job)
                return
            except ModelUnavailable as error:
                self.counts.failures += 1
                if self._clock.monotonic_s() - began_s > GIVE_UP_AFTER_S:
                    # The film goes on without it; who comes later may find the animator well again.
                    take.refused_until_s = self._clock.monotonic_s() + REFUSAL_AFTER_OUTAGE_S
                    await self._refuse(take, f"not rendered in {GIVE_UP_AFTER_S:.0f} s: {error}")
                    return
                logger.warning("take %s: the animator is unavailable, trying again: %s", take.take_id[:12], error)
                await asyncio.sleep(delay_s)
                delay_s = min(RETRY_MOST_S, 2 * delay_s)
            except ModelRefused as error:
                await self._refuse(take, str(error))
                return

    async def _refuse(self, take: Take, reason: str) -> None:
        """Nobody will get the take; those who want it go on without it."""
        take.refused = reason
        self._jobs.pop(take.take_id, None)
        logger.error("take %s was refused: %s", take.take_id[:12], reason)
        await self._tell()

    async def _unless_dropped(self, job: _Job) -> bool:
        """`_render_once`, or False as soon as the job is dropped."""
        # a job that gave way may have its next turn before this one has returned
        rendering = job.rendering = asyncio.create_task(self._render_once(job))
        try:
            await asyncio.wait([rendering])
        except asyncio.CancelledError:
            rendering.cancel()
            await asyncio.gather(rendering, return_exceptions=True)
            raise
        return False if rendering.cancelled() else rendering.result()

    async def _render_once(self, job: _Job) -> bool:
        """True when the take is whole, False when it was dropped or gave way to a more urgent one."""
        take = job.take
        if job.next_frame >= take.order.shot.frame_count:
            return True
        hurry = job.hurry
        due_in_s = job.needed_at_s - self._clock.monotonic_s() if hurry and job.passing else None
        chunks = self._animator.animate(take.order, take.take_id, job.next_frame, hurry, due_in_s)
        async with contextlib.aclosing(chunks) as stream:
            async for chunk in stream:
                take.add(chunk)
                if not chunk.whole:
                    await self._tell()
                    if self._jobs.get(take.take_id) is not job:
                        return False
                    continue
                job.hurry = False
                if not job.speculative and not take.order.rendition.two_tracks:
                    self.stillness.prepare(take.order, take.take_id)
                self.counts.rendered_chunks += 1
                for told in self.on_chunk:
                    told(take.take_id, job.speculative)
                following = (chunk.index + 1) * FRAMES_PER_CHUNK
                job.needed_at_s += (following - job.next_frame) / FRAMES_PER_SECOND
                job.next_frame = following
                await self._tell()
                if self._jobs.get(take.take_id) is not job:
                    return False
                if job.next_frame < take.order.shot.frame_count and self._gives_way(job, hurry):
                    self.counts.preempted += not hurry
                    job.active = False
                    self._push(job)
                    return False
        if job.next_frame < take.order.shot.frame_count:
            raise ModelUnavailable("the animator ended the take early")
        return True

    def _gives_way(self, job: _Job, hurried: bool) -> bool:
        if hurried:
            ahead = job.needed_at_s - self._clock.monotonic_s() > HURRIED_AHEAD_S
            return ahead and (self._in_turn >= self._streams or any(not other.active for other in self._jobs.values()))
        urgent = min((other.needed_at_s for other in self._jobs.values() if not other.active), default=None)
        return urgent is not None and urgent + PREEMPT_SLACK_S < job.needed_at_s

    async def _finish(self, job: _Job) -> None:
        take = job.take
        if job.hold and take.hold is None:
            take.hold = await self._animator.hold(take.order, take.take_id)
        if self._jobs.get(take.take_id) is job:
            del self._jobs[take.take_id]
        self.memory.make_room(self._jobs)
        await self._tell()

    async def _prepare_forever(self) -> None:
        while True:
            if not self._preparing:
                await asyncio.sleep(0.1)
                continue
            take_id, order = self._preparing.popitem(last=False)
            try:
                await self._animator.prepare(order)
            except (ModelUnavailable, ModelRefused) as error:
                # The render of the take meets the same trouble and answers for it; this was only ahead of time.
                self.counts.prepare_failures += 1
                logger.warning("take %s could not be prepared: %s", take_id[:12], error)
            self._prepared[take_id] = None
            while len(self._prepared) > 512:
                self._prepared.popitem(last=False)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
