"""A film that was watched is rendered again from its log by the real engines: the same takes, the same pictures."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Browser

from deploy.local.settings import REPOSITORY
from loadtests.chromium import chromium
from tests.e2e.film_page import PICTURE_SHAPE, FilmPage, Picture, ask, watching
from tests.stack import Stack, command

pytestmark = pytest.mark.e2e

FRAMES_PER_SECOND = 24
WATCHED_S = 5.0
REPLAY_LIMIT_S = 300.0
# A browser and FFmpeg scale and convert colours each in their way; the same picture stays the same but for that.
LEAST_ALIKE = 0.95
MOSTLY_ALIKE = 0.99
PLAIN_LEVELS = 2.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_a_film_is_rendered_again_as_it_was_watched(stack: Stack, browser: Browser, tmp_path: Path) -> None:
    with watching(browser, stack.player_url) as viewer:
        viewer.play()
        viewer.watch(WATCHED_S)
        event = viewer.react("tense")
        viewer.until(lambda: viewer.receipts(event))
        viewer.watch(WATCHED_S)
        session, frame, pictures = viewer.session, viewer.frame, viewer.pictures()
        captions = {text for _, text in viewer.shown_captions() if text}
        viewer.wake()
        viewer.page.get_by_test_id("leave").click()
        until_left(viewer, stack, session)
    film = tmp_path / "film.mp4"
    replay = subprocess.run(
        command("replay", session["sessionId"], "--out", str(film), run_folder=stack.run_folder),
        cwd=REPOSITORY, capture_output=True, text=True, timeout=REPLAY_LIMIT_S, check=False,
    )  # fmt: skip
    assert replay.returncode == 0, replay.stdout + replay.stderr
    print(f"\n{replay.stdout.strip()}")
    again = frames_of(film)
    assert len(again) >= frame
    alike = [likeness(again[number], picture) for number, picture in pictures.items() if picture.std() > PLAIN_LEVELS]
    print(f"{len(alike)} pictures, alike by {statistics.median(alike):.4f}, at least {min(alike):.4f}")
    assert len(alike) >= WATCHED_S
    # A picture that had to be drawn simpler to keep time is whole in the replay.
    assert statistics.median(alike) > MOSTLY_ALIKE
    assert sum(value > LEAST_ALIKE for value in alike) >= 0.9 * len(alike)
    spoken = film.with_suffix(".vtt").read_text(encoding="utf-8")
    assert all(text in spoken for text in captions)


def likeness(one: Picture, other: Picture) -> float:
    """Correlation of all levels: 1 for pictures that differ in brightness and contrast alone."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def until_left(viewer: FilmPage, stack: Stack, session: dict[str, str]) -> None:
    """The film's place is written down when nobody watches any more."""
    url = f"{stack.streaming_url}/v1/sessions/{session['sessionId']}"
    viewer.until(lambda: '"ready"' in ask(url, token=session["token"])[1])
    viewer.watch(0.5)


def frames_of(film: Path) -> dict[int, Picture]:
    """Small pictures by frame, as the page keeps them."""
    height, width, _ = PICTURE_SHAPE
    with av.open(str(film)) as opened:
        return {
            round(float(frame.time) * FRAMES_PER_SECOND): frame.reformat(width, height, "rgb24", interpolation="AREA")
            .to_ndarray()
            .astype(np.float32)
            for frame in opened.decode(video=0)
        }
