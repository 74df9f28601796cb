"""What authors and operators ask of this service at a terminal: `story check`, `screenplay`, `canon`.

A composition root of its own, so that a lint loads neither WebRTC nor Kafka.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.store_sql import SqlStore
from services.streaming.adapters.stories_yaml import StoryFileError, list_stories, load, load_text
from services.streaming.app.film import Film
from services.streaming.domain.canon_words import canon_text
from services.streaming.domain.finding import Finding
from services.streaming.domain.journal import Entry, SessionRecord
from services.streaming.domain.screenplay_text import screenplay
from services.streaming.domain.simulated_film import simulate, told
from services.streaming.domain.story import Story
from services.streaming.domain.story_check import check
from services.streaming.domain.taste import EMPTY, Axis, Taste
from services.streaming.domain.told_film import told_scenes
from services.streaming.ports import StoredEntry, StoredStory
from services.streaming.settings import STORIES, read_settings

WALKS = 60
KNOWN_VARIANCE = 0.05


def main(arguments: Sequence[str]) -> int:
    """Exit code 0; 1 where a story is wrong or a session unknown; 2 for a command that cannot be read."""
    chosen = parser().parse_args(arguments)
    if chosen.verb == "story":
        return _check(chosen.files, chosen.walks, chosen.json)
    try:
        if chosen.verb == "canon":
            print(asyncio.run(_canon(chosen.session, chosen.store, chosen.stories)), end="")
        elif chosen.story is not None:
            print(_simulated(chosen.story, chosen.seed, chosen.likes, chosen.minutes), end="")
        else:
            print(asyncio.run(_recorded(chosen.session, chosen.store, chosen.stories)), end="")
    except (StoryFileError, _CannotTell) as error:
        print(f"cineloom: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The grammar of both commands."""
    top = argparse.ArgumentParser(prog="cineloom")
    verbs = top.add_subparsers(dest="verb", required=True)
    story = verbs.add_parser("story", help="work on a story file").add_subparsers(dest="action", required=True)
    checking = story.add_parser("check", help="lint stories: what cannot be reached, what is never read or sourced")
    checking.add_argument("files", nargs="+", type=Path, metavar="FILE")
    checking.add_argument("--walks", type=int, default=WALKS, help="how often each story is played at random")
    checking.add_argument("--json", action="store_true", help="findings as JSON, one object a line")
    play = verbs.add_parser("screenplay", help="print a film's screenplay")
    play.add_argument("session", nargs="?", default="", help="a session id, as the page's address and the log have it")
    play.add_argument("--story", type=Path, help="instead of a session: simulate a film of this story file")
    play.add_argument("--seed", type=int, default=1, help="of the simulated film")
    play.add_argument("--minutes", type=float, default=0.0, help="planned length of the simulated film")
    play.add_argument(
        "--likes", type=_likes, default={}, metavar="AXIS=VALUE,...", help='e.g. "humour=0.8,theme:robotics=-0.5"'
    )
    facts = verbs.add_parser("canon", help="print what holds in a session now: facts, people, places, what was played")
    facts.add_argument("session", help="a session id")
    for verb in (play, facts):
        verb.add_argument("--store", default=None, help="SQLAlchemy URL; default: the local stack's")
        verb.add_argument("--stories", type=Path, default=STORIES, help="folder of story files")
    return top


def _check(files: Sequence[Path], walks: int, as_json: bool) -> int:
    worst = 0
    for path in files:
        try:
            findings = check(load(path), walks)
        except StoryFileError as error:
            worst = 1
            for wrong in error.errors:
                message = f"{wrong.field}: {wrong.message}"
                finding = Finding("error", "schema", "", wrong.line, message, "mend the entry")
                print(_shown(path, finding, as_json))
            continue
        for finding in findings:
            print(_shown(path, finding, as_json))
        errors = sum(finding.severity == "error" for finding in findings)
        worst = max(worst, int(errors > 0))
        if not as_json:
            print(f"{path}: {errors} errors, {len(findings) - errors} warnings")
    return worst


def _shown(path: Path, finding: Finding, as_json: bool) -> str:
    if as_json:
        return json.dumps({"file": str(path), **asdict(finding)})
    beat = f"{finding.beat_id}: " if finding.beat_id else ""
    return f"{path}:{finding.line}: {finding.severity}: {beat}{finding.message} [{finding.rule}]\n    {finding.remedy}"


def _likes(text: str) -> dict[str, float]:
    likes = {}
    for part in filter(None, text.split(",")):
        axis, separator, value = part.partition("=")
        try:
            likes[axis.strip()] = float(value)
        except ValueError:
            separator = ""
        if not separator or not -1.0 <= likes.get(axis.strip(), 2.0) <= 1.0:
            raise argparse.ArgumentTypeError(f"{part!r} is not AXIS=VALUE with a value from -1 to 1")
    return likes


def _simulated(path: Path, seed: int, likes: dict[str, float], minutes: float) -> str:
    story = load(path)
    taste = Taste({axis: Axis(value, KNOWN_VARIANCE) for axis, value in likes.items()})
    film = simulate(story, taste, seed, minutes)
    wishes = ", ".join(f"{axis} {value:+.1f}" for axis, value in likes.items()) or "nothing known of the viewer"
    length = f"about {film.beats[-1].end_s / 60:.1f} minutes" if film.beats else "nothing"
    return screenplay(story.title, story.logline, told(film, taste), (f"simulated, seed {seed}: {wishes}", length))


class _CannotTell(Exception):
    """Why there is no screenplay to print."""


async def _recorded(session_id: str, store_url: str | None, folder: Path) -> str:
    if not session_id:
        raise _CannotTell("name a session, or a story file with --story")
    record, stored, story = await _session(session_id, store_url, folder)
    return _written(record, [one.entry for one in stored], story)


async def _canon(session_id: str, store_url: str | None, folder: Path) -> str:
    record, stored, story = await _session(session_id, store_url, folder)
    film = Film.replayed(story, record.spec, EMPTY, [(one.sequence, one.entry) for one in stored])
    return canon_text(film.canon)


async def _session(
    session_id: str, store_url: str | None, folder: Path
) -> tuple[SessionRecord, tuple[StoredEntry, ...], Story]:
    store = SqlStore(store_url or read_settings().store_url, SystemClock())
    await store.open()
    try:
        record = await store.session(session_id)
        if record is None:
            raise _CannotTell(f"no session {session_id!r} in this store")
        log = await store.log(session_id)
        made = await store.made_story(record.spec.story_id)
    finally:
        await store.close()
    return record, log, _story_of(record, folder, made)


def _story_of(record: SessionRecord, folder: Path, made: StoredStory | None) -> Story:
    story_id = record.spec.story_id
    if made is not None:
        return load_text(made.text, story_id)
    stories = {story.story_id: story for story in map(load, list_stories(folder))}
    if story_id not in stories:
        raise _CannotTell(f"the session's story {story_id!r} is neither in {folder} nor in the store")
    return stories[story_id]


def _written(record: SessionRecord, entries: Sequence[Entry], story: Story) -> str:
    about = (f"session {record.session_id}, viewer {record.spec.viewer_id}, seed {record.spec.seed}",)
    return screenplay(story.title, story.logline, told_scenes(story, entries), about)
