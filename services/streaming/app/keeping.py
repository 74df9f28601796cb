"""A session's journal on its way to the store: entries take effect at once and are stored in order, within a moment.

Knows the film that entries change, the store and the broker; not why anything was decided.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.streaming.app.film import Film
from services.streaming.app.silence import Silence
from services.streaming.app.surroundings import Surroundings
from services.streaming.domain.journal import Entry
from services.streaming.ports import StoredEntry

STORE_AFTER_S = 0.1
"""What is written within so long is stored together."""


class Keeping:
    """`keep()` runs until cancelled; `flush()` afterwards stores the rest."""

    def __init__(self, session_id: str, film: Film, around: Surroundings, silence: Silence) -> None:
        self._session_id = session_id
        self._film = film
        self._around = around
        self._silence = silence
        self._entries: list[StoredEntry] = []
        self._lock = asyncio.Lock()
        self._news = asyncio.Event()

    def stamp(self, entry: Entry) -> StoredEntry:
        """Give an entry its number and let it have its effect; it must be stored by `write` or with an event."""
        stored = self._numbered(entry)
        self._film.apply(entry)
        return stored

    def write(self, entry: Entry) -> None:
        """Decide something: it takes effect now and is stored within a moment, in order."""
        self._add(self.stamp(entry))

    def note(self, entry: Entry) -> None:
        """Store what has had its effect already."""
        self._add(self._numbered(entry))

    async def keep(self) -> None:
        """Store what is written, again and again."""
        while True:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(STORE_AFTER_S)
            await self.flush()

    async def flush(self, last: Sequence[StoredEntry] = (), event_id: str = "") -> None:
        """Store everything written so far; with an event id, its end in the outbox in the same transaction.

        It is done in any case, even if the caller is cancelled; what the store does not take is kept for the next time.
        """
        storing = asyncio.create_task(self._store(last, event_id), name=f"store {self._session_id}")
        await asyncio.shield(storing)

    def _numbered(self, entry: Entry) -> StoredEntry:
        stored = StoredEntry(self._film.next_sequence, self._around.clock.epoch_s(), entry)
        self._film.next_sequence += 1
        return stored

    def _add(self, stored: StoredEntry) -> None:
        self._entries.append(stored)
        self._news.set()

    async def _store(self, last: Sequence[StoredEntry], event_id: str) -> None:
        film, store = self._film, self._around.store
        async with self._lock:
            written, self._entries = self._entries, []
            entries = [*written, *last]
            try:
                if event_id:
                    await store.decide(self._session_id, entries, event_id, film.spec.viewer_id, film.taste)
                else:
                    if entries:
                        await store.append(self._session_id, entries)
                    if self._silence.unsaved:
                        await store.keep_taste(film.spec.viewer_id, film.taste)
                self._silence.unsaved = False
            except BaseException:
                self._entries = [*written, *self._entries]
                raise
            for stored in entries:
                self._around.bus.publish_entry(self._session_id, stored.sequence, stored.recorded_at_s, stored.entry)
