"""Starts the parts as soon as what they need is ready, restarts what dies, and stops all in reverse order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from deploy.local.child import Child
from deploy.local.console import Console
from deploy.local.parts import Part
from deploy.local.readiness import wait_until_ready
from deploy.local.restarts import RestartPolicy, Restarts
from deploy.local.run_folder import PartState, RunFolder, StackState
from deploy.local.settings import REPOSITORY

STARTS_LIMIT = 2


class StackFailed(RuntimeError):
    """A part cannot be kept running; the message names it and gives its last words."""


@dataclass(slots=True)
class _Kept:
    part: Part
    restarts: Restarts
    first_ready: asyncio.Event = field(default_factory=asyncio.Event)
    child: Child | None = None
    ready: bool = False
    started_at: float = 0.0
    failed_starts: int = 0


class Supervisor:
    """environment: what every part inherits. state: what others are told; its `parts` are kept current here."""

    def __init__(
        self,
        parts: Sequence[Part],
        environment: dict[str, str],
        folder: RunFolder,
        console: Console,
        state: StackState,
        policy: RestartPolicy | None = None,
    ) -> None:
        self._kept = {part.name: _Kept(part, Restarts(policy or RestartPolicy())) for part in parts}
        self._environment = environment
        self._folder = folder
        self._console = console
        self._state = state

    async def run(self, stopped: asyncio.Event) -> None:
        """Until `stopped` is set. Raises StackFailed; either way nothing is left running."""
        self._tell()
        keeping = {asyncio.create_task(self._keep(kept), name=kept.part.name) for kept in self._kept.values()}
        announcing = asyncio.create_task(self._announce(time.monotonic()), name="announce")
        stopping = asyncio.create_task(stopped.wait(), name="stop")
        try:
            done, _ = await asyncio.wait({*keeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in done & keeping:
                task.result()
        finally:
            tasks = (*keeping, announcing, stopping)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._stop_all()

    async def _announce(self, began_s: float) -> None:
        for kept in self._kept.values():
            await kept.first_ready.wait()
        self._state = replace(self._state, ready=True)
        self._tell()
        self._console.say(f"Everything came up in {time.monotonic() - began_s:.1f} s; Ctrl-C stops it.")
        self._console.say(f"Cineloom is ready: {self._state.player_url}")

    async def _keep(self, kept: _Kept) -> None:
        """Never returns; raises StackFailed."""
        for name in kept.part.needs:
            await self._kept[name].first_ready.wait()
        while True:
            await self._live_once(kept)
            delay_s = kept.restarts.after_death(time.monotonic())
            self._tell()
            if delay_s is None:
                raise StackFailed(f"{kept.part.name} died too often; {self._last_words(kept)}")
            await asyncio.sleep(delay_s)

    async def _live_once(self, kept: _Kept) -> None:
        began_s = time.monotonic()
        kept.started_at = time.time()
        try:
            child = await Child.start(kept.part, self._environment, REPOSITORY, self._console.heard)
        except OSError as error:
            raise StackFailed(f"{kept.part.name} cannot be started: {error}") from error
        kept.child = child
        self._tell()
        ended = asyncio.create_task(child.ended(), name=f"{kept.part.name} end")
        ready = asyncio.create_task(wait_until_ready(kept.part.readiness, child.said))
        try:
            await asyncio.wait({ended, ready}, timeout=kept.part.ready_limit_s, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and not ended.done():
                kept.ready = True
                kept.first_ready.set()
                self._console.say(f"{kept.part.name} is ready after {time.monotonic() - began_s:.1f} s")
                self._tell()
            elif not ended.done():
                self._console.say(f"{kept.part.name} is not ready after {kept.part.ready_limit_s:.0f} s; stopping it")
                await child.stop(kept.part.stop_limit_s)
            code = await ended
        finally:
            ready.cancel()
            ended.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)
        kept.child, kept.ready = None, False
        self._console.say(f"{kept.part.name} ended with {code}")
        if code > 0 and not kept.first_ready.is_set():
            # A machine under load deserves a second try; a setting that is wrong stays wrong.
            kept.failed_starts += 1
            if kept.failed_starts < STARTS_LIMIT:
                return
            raise StackFailed(f"{kept.part.name} did not start; {self._last_words(kept, child)}")

    async def _stop_all(self) -> None:
        for kept in reversed(self._kept.values()):
            if kept.child is not None:
                await kept.child.stop(kept.part.stop_limit_s)
                kept.child, kept.ready = None, False

    def _last_words(self, kept: _Kept, child: Child | None = None) -> str:
        lines = [line for line in (child.last_lines if child else ()) if line]
        log = self._folder.logs / f"{kept.part.name}.log"
        return f"its last words: {lines[-1]} (more in {log})" if lines else f"see {log}"

    def _tell(self) -> None:
        parts = {
            name: PartState(kept.child.pid if kept.child else 0, kept.ready, kept.restarts.count, kept.started_at)
            for name, kept in self._kept.items()
        }
        self._state = replace(self._state, parts=parts)
        self._folder.write(self._state)
