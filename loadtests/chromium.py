"""Headless Chromium, started alike by every measure and every test of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
)


@contextmanager
def chromium(more: Sequence[str] = (), executable: str = CHROMIUM) -> Iterator[Browser]:
    """more: further arguments. executable: Chromium, or what starts it somewhere else."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, *more])
        try:
            yield browser
        finally:
            browser.close()
