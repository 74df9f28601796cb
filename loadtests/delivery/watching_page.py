"""Opens a page in headless Chromium and prints what it noted as JSON lines: `watching_page URL SECONDS`."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from playwright.async_api import async_playwright

from loadtests.chromium import ARGUMENTS, CHROMIUM

SHOWN_ADDRESSES = "--disable-features=WebRtcHideLocalIpsWithMdns"


async def main(url: str, seconds: float) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, SHOWN_ADDRESSES])
        try:
            page = await browser.new_page()
            await page.goto(url, wait_until="commit")
            await page.wait_for_function("window.shown?.length > 0", timeout=60_000)
            # The page's clock and this one's, so that times can be told on the clock of who asked.
            before_s = time.time()
            now_s = await page.evaluate("performance.now() / 1000")
            print(json.dumps({"started": True, "epoch_s": (before_s + time.time()) / 2 - now_s}), flush=True)
            await asyncio.sleep(seconds)
            shown, figures = await page.evaluate("window.shown"), await page.evaluate("window.figures()")
            print(json.dumps({"shown": shown, "figures": figures}), flush=True)
        finally:
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
