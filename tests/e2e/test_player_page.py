"""The page in real Chromium against the fake streaming service: what a viewer does, and what the screen shows."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Browser, BrowserContext, Page, expect

from loadtests.chromium import chromium
from services.player.bootstrap import build
from services.player.settings import Settings
from tests.fakes.streaming_server import Session, StreamingServer

pytestmark = pytest.mark.e2e

PATIENCE_S = 30.0


class Services:
    """The fake streaming service and the real player, in a thread with its own loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.streaming = StreamingServer()
        self.call(self.streaming.start())
        self._runner = web.AppRunner(build(Settings(streaming_url=self.streaming.url)))
        self.url = self.call(self._serve())

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    @property
    def session(self) -> Session:
        return list(self.streaming.sessions.values())[-1]

    def stop(self) -> None:
        self.call(self.streaming.stop())
        self.call(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    async def _serve(self) -> str:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def services() -> Iterator[Services]:
    services = Services()
    yield services
    services.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE_S * 1000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, services: Services) -> Iterator[Page]:
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: "Content Security Policy" in message.text and troubles.append(message.text))
    page.goto(services.url)
    yield page
    assert troubles == []


def film(page: Page, name: str) -> Any:
    return page.evaluate(f"window.cineloom.{name}")


def until(page: Page, condition: str) -> Any:
    """Polls from here: the page's policy forbids the evaluation that Playwright's own waiting uses."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if value := page.evaluate(condition):
            return value
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def play(page: Page, story: str = "red-silence") -> None:
    page.get_by_test_id(f"story-{story}").click()
    page.get_by_test_id("play").click()
    until(page, "window.cineloom.framesShown > 12")
    until(page, "window.cineloom.captions.length + window.cineloom.shots.length > 1")


def sent(services: Services, kind: str) -> list[dict[str, Any]]:
    return [event for event in services.session.events if kind in event]


def until_sent(page: Page, services: Services, kind: str, count: int = 1) -> dict[str, Any]:
    end_s = time.monotonic() + PATIENCE_S
    while len(sent(services, kind)) < count:
        assert time.monotonic() < end_s, f"no {kind} was sent"
        page.wait_for_timeout(50)
    return sent(services, kind)[-1]


def test_a_film_plays_with_captions_from_the_wall(page: Page, services: Services) -> None:
    expect(page.get_by_test_id("badge")).to_be_visible()
    page.get_by_test_id("age-teen").check(force=True)
    play(page)
    assert services.session.wish["storyId"] == "red-silence"
    assert services.session.wish["ageBand"] == "teen"
    assert services.session.wish["captions"] is True
    assert film(page, "connectionState") == "live"
    assert film(page, "ttffS") > 0
    assert film(page, "lastRtpTimestamp") is not None
    until(page, "window.cineloom.captions.length > 0")
    expect(page.get_by_test_id("caption")).to_be_visible()
    page.get_by_test_id("captions-toggle").click()
    expect(page.get_by_test_id("caption")).to_be_hidden()
    expect(page.get_by_test_id("badge")).to_be_visible()
    until(page, "window.cineloom.shots.length > 0")
    assert "candidate:" in "".join(services.session.fragments) or services.session.fragments


def test_a_viewer_says_how_long_the_film_shall_be(page: Page, services: Services) -> None:
    lengths = page.get_by_test_id("length")
    page.get_by_test_id("story-red-silence").click()
    expect(lengths).to_have_attribute("aria-valuetext", "14 minutes")
    lengths.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(lengths).to_have_attribute("aria-valuetext", "16 minutes")
    page.keyboard.press("End")
    expect(lengths).to_have_attribute("aria-valuetext", "30 minutes")
    page.get_by_test_id("play").click()
    until(page, "window.cineloom.framesShown > 12")
    assert services.session.wish["plannedMinutes"] == 30


def test_a_viewer_says_what_the_film_shall_have_more_of(page: Page, services: Services) -> None:
    page.get_by_test_id("story-red-silence").click()
    page.get_by_test_id("interest-humour").focus()
    page.keyboard.press("Space")
    page.get_by_test_id("interest-theme:trust").click()
    expect(page.get_by_test_id("interest-theme:trust")).to_be_checked()
    page.get_by_test_id("play").click()
    until(page, "window.cineloom.framesShown > 12")
    assert services.session.wish["interests"] == ["theme:trust", "humour"]


def test_what_was_asked_of_one_story_is_not_asked_of_another(page: Page, services: Services) -> None:
    page.get_by_test_id("story-red-silence").click()
    page.get_by_test_id("interest-humour").check()
    page.locator("#cards button:not([data-story-id=red-silence])").first.click()
    expect(page.get_by_test_id("interests")).to_be_hidden()
    page.get_by_test_id("play").click()
    until(page, "window.cineloom.framesShown > 12")
    assert "interests" not in services.session.wish


def test_a_story_of_one_length_has_that(page: Page, services: Services) -> None:
    page.get_by_test_id("story-red-silence").click()
    page.get_by_test_id("length").press("End")
    others = page.locator("#cards button:not([data-story-id=red-silence])")
    others.first.click()
    expect(page.locator("#length")).to_be_hidden()
    page.get_by_test_id("play").click()
    until(page, "window.cineloom.framesShown > 12")
    assert "plannedMinutes" not in services.session.wish


MUTED = "document.getElementById('film').muted"
TAPS_END_WITH_THEIR_PAGE = """
let tapped = false;
addEventListener('pointerdown', () => { tapped = true; }, true);
const activation = { get hasBeenActive() { return tapped; }, get isActive() { return tapped; } };
Object.defineProperty(navigator, 'userActivation', { value: activation });
"""
"""Chromium sometimes lets a tap count for the same page after a reload; here it never does."""
TAPS_ALONE_ARE_HEARD = """
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (this.muted) return play.call(this);
  return Promise.reject(new DOMException('only what is tapped', 'NotAllowedError'));
};
"""


def test_who_presses_play_hears_the_film(page: Page, services: Services) -> None:
    play(page)
    assert not page.evaluate(MUTED)
    expect(page.get_by_test_id("mute")).to_have_attribute("aria-label", "Sound off")
    page.wait_for_timeout(1500)
    expect(page.get_by_test_id("sound")).to_be_hidden()
    assert sent(services, "volume") == []
    page.keyboard.press("m")
    assert page.evaluate(MUTED)
    assert until_sent(page, services, "volume")["volume"]["level"] == 0
    page.keyboard.press("m")
    assert not page.evaluate(MUTED)
    assert until_sent(page, services, "volume", 2)["volume"]["level"] == 1
    # as loud as it was: nothing to tell, now or when the next film begins
    page.evaluate("document.getElementById('volume').dispatchEvent(new Event('input'))")
    page.get_by_test_id("leave").click()
    play(page)
    page.wait_for_timeout(1000)
    assert sent(services, "volume") == []


def test_who_muted_a_film_begins_the_next_in_silence_and_is_not_asked(page: Page, services: Services) -> None:
    play(page)
    page.keyboard.press("m")
    assert until_sent(page, services, "volume")
    page.get_by_test_id("leave").click()
    play(page)
    assert page.evaluate(MUTED)
    page.wait_for_timeout(1500)
    expect(page.get_by_test_id("sound")).to_be_hidden()
    page.get_by_test_id("mute").click()
    assert not page.evaluate(MUTED)


def test_sound_is_one_tap_away_where_nothing_was_tapped_yet(page: Page, services: Services) -> None:
    play(page)
    page.add_init_script(TAPS_END_WITH_THEIR_PAGE)
    page.reload()
    until(page, "window.cineloom && window.cineloom.framesShown > 12")
    assert page.evaluate(MUTED)
    page.get_by_test_id("sound").click()
    assert not page.evaluate(MUTED)
    expect(page.get_by_test_id("sound")).to_be_hidden()
    page.wait_for_timeout(800)
    assert sent(services, "volume") == []


def test_sound_is_one_tap_away_where_the_browser_forbids_it(context: BrowserContext, services: Services) -> None:
    context.add_init_script(TAPS_ALONE_ARE_HEARD)
    page = context.new_page()
    page.goto(services.url)
    play(page)
    assert page.evaluate(MUTED)
    page.get_by_test_id("sound").click()
    assert not page.evaluate(MUTED)
    assert sent(services, "volume") == []


def test_an_emotion_is_answered_on_the_screen(page: Page, services: Services) -> None:
    play(page)
    page.get_by_test_id("emoji-love").click()
    until(page, "window.cineloom.receipts.some((receipt) => receipt.shownAfterS !== null)")
    receipt = film(page, "receipts")[0]
    assert (receipt["outcome"], receipt["depth"], receipt["label"]) == ("APPLIED", "GRADE", "Love")
    assert receipt["shownAfterS"] > 0
    expect(page.get_by_test_id("toast").first).to_contain_text("The storm answers you")
    shown = until_sent(page, services, "shown")["shown"]
    assert shown["eventId"] == receipt["eventId"]
    assert shown["rtpTimestamp"] == receipt["shownRtp"]
    page.keyboard.press("2")
    assert until_sent(page, services, "emoji", 2)["emoji"] == {"name": "wow"}
    page.get_by_test_id("curious-toggle").click()
    expect(page.get_by_test_id("curious")).to_contain_text("seen after")
    hops = page.get_by_test_id("event-hops").last.locator("div")
    assert [hop.get_attribute("data-hop") for hop in hops.all()] == [
        "received",
        "consumed",
        "rendered",
        "decided",
        "sent",
        "shown",
    ]
    times_ms = [int(text.removesuffix(" ms")) for text in hops.locator("dd").all_inner_texts()]
    assert times_ms[2] - times_ms[1] == pytest.approx(200, abs=1)
    assert times_ms[-1] == pytest.approx(receipt["shownAfterS"] * 1000, abs=1)


def test_a_dial_is_sent_once_it_rests(page: Page, services: Services) -> None:
    play(page)
    page.get_by_test_id("shape").click()
    dial = page.get_by_test_id("dial-tension")
    for value in (10, 40, 65):
        dial.fill(str(value))
    assert until_sent(page, services, "dial")["dial"] == {"name": "tension", "value": 0.65}
    page.wait_for_timeout(600)
    assert len(sent(services, "dial")) == 1


def test_words_are_heard_or_refused_with_a_reason(page: Page, services: Services) -> None:
    play(page)
    page.get_by_test_id("say").fill("Let the ghost speak")
    page.get_by_test_id("say-send").click()
    expect(page.locator("#say-help")).to_contain_text("no ghosts")
    expect(page.get_by_test_id("say")).to_have_attribute("aria-invalid", "true")
    page.get_by_test_id("say").fill("x" * 281)
    page.get_by_test_id("say-send").click()
    expect(page.locator("#say-help")).to_contain_text("1 characters too long")
    page.get_by_test_id("say").fill("More wind, k?")
    page.keyboard.press("Enter")
    assert until_sent(page, services, "freeText", 2)["freeText"] == {"text": "More wind, k?"}
    expect(page.get_by_test_id("say")).to_have_value("")
    assert sent(services, "pause") == []


def test_a_choice_is_made_or_makes_itself(page: Page, services: Services) -> None:
    play(page)
    services.call(services.streaming.offer_choice(services.session))
    page.get_by_test_id("option-climb").click()
    assert until_sent(page, services, "choice")["choice"] == {"choiceId": "mast", "optionId": "climb"}
    expect(page.get_by_test_id("choice")).to_be_hidden()
    services.call(services.streaming.offer_choice(services.session, countdown_s=1))
    expect(page.get_by_test_id("option-listen")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("choice")).to_be_hidden()
    assert len(sent(services, "choice")) == 1


def test_why_this_scene_is_answered(page: Page, services: Services) -> None:
    play(page)
    until(page, "window.cineloom.shots.length > 0")
    page.keyboard.press("w")
    expect(page.get_by_test_id("why-card")).to_contain_text("Ilse gets to be right")
    expect(page.get_by_test_id("why-card")).to_contain_text("−0.17")
    page.keyboard.press("w")
    expect(page.get_by_test_id("why-card")).to_be_hidden()


def test_pause_freezes_the_film_and_play_goes_on(page: Page, services: Services) -> None:
    play(page)
    page.keyboard.press("k")
    until_sent(page, services, "pause")
    page.wait_for_timeout(700)
    before = film(page, "framesShown")
    page.wait_for_timeout(700)
    assert film(page, "framesShown") == before
    page.keyboard.press(" ")
    until_sent(page, services, "resume")
    until(page, f"window.cineloom.framesShown > {before} + 12")
    assert film(page, "stalls") == 0


def test_keys_skip_and_rewind_and_the_controls_step_back(page: Page, services: Services) -> None:
    play(page)
    page.keyboard.press("ArrowRight")
    until_sent(page, services, "skip")
    page.keyboard.press("ArrowLeft")
    until_sent(page, services, "rewind")
    expect(page.locator("#stage")).to_have_attribute("data-idle", "true")
    page.mouse.move(300, 300)
    expect(page.locator("#stage")).to_have_attribute("data-idle", "false")
    page.keyboard.press("?")
    expect(page.get_by_test_id("help-dialog")).to_be_visible()


def test_a_cut_connection_is_made_anew_and_nothing_is_lost(page: Page, services: Services) -> None:
    play(page)
    session_id = film(page, "sessionId")
    services.streaming.whep_down = True
    services.call(services.streaming.drop(services.session))
    until(page, "window.cineloom.connectionState === 'reconnecting'")
    page.keyboard.press("4")
    expect(page.get_by_test_id("connection")).to_be_visible()
    services.streaming.whep_down = False
    until(page, "window.cineloom.connectionState === 'live'")
    assert film(page, "sessionId") == session_id
    assert services.session.connections >= 2
    assert until_sent(page, services, "emoji")["emoji"] == {"name": "tense"}
    expect(page.get_by_test_id("connection")).to_be_hidden()


def test_a_silent_connection_is_restarted_and_then_made_anew(page: Page, services: Services) -> None:
    play(page)
    services.session.silent = True
    until(page, "window.cineloom.connectionState === 'reconnecting'")
    assert (film(page, "restarts"), services.session.restarts) == (1, 1)
    services.session.silent = False
    until(page, "window.cineloom.connectionState === 'live'")


def test_a_link_lets_others_watch_along_and_votes_are_shown(page: Page, services: Services, browser: Browser) -> None:
    play(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_test_id("invite").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("invite-copy")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("invite-status")).to_contain_text("Copied")
    link = page.get_by_test_id("invite-link").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.keyboard.press("Escape")
    session_id = film(page, "sessionId")
    page.get_by_test_id("leave").click()
    own = page.evaluate("({...localStorage})")
    guest = browser.new_context().new_page()
    guest.goto(link)
    until(guest, "window.cineloom?.framesShown > 5")
    assert film(guest, "sessionId") == session_id
    assert "#" not in guest.url
    assert "cineloom.viewer" not in guest.evaluate("({...localStorage})")
    expect(guest.get_by_test_id("invite")).to_be_hidden()
    services.call(services.streaming.offer_choice(services.session))
    services.session.say("choiceVotes", choiceId="mast", votes=[{"optionId": "climb", "count": 1}], watching=2)
    expect(guest.get_by_test_id("choice-votes")).to_have_text("1 of 2 have voted. Most votes win.")
    expect(guest.get_by_test_id("option-climb")).to_contain_text("1 vote")
    for option in ("climb", "listen"):
        guest.get_by_test_id(f"option-{option}").click()
        expect(guest.get_by_test_id(f"option-{option}")).to_have_attribute("aria-pressed", "true")
    guest.get_by_test_id("leave").click()
    expect(guest.get_by_test_id("resume")).to_be_hidden()
    guest.goto(link.replace("/9.", "/8."))
    expect(guest.get_by_test_id("toast").last).to_contain_text("no longer good")
    assert page.evaluate("({...localStorage})") == own
    guest.context.close()


def test_a_reload_returns_to_the_same_session(page: Page, services: Services) -> None:
    play(page)
    session_id, viewer_id = film(page, "sessionId"), film(page, "viewerId")
    page.reload()
    until(page, "window.cineloom && window.cineloom.framesShown > 5")
    assert (film(page, "sessionId"), film(page, "viewerId")) == (session_id, viewer_id)
    assert len(services.streaming.sessions) == 1


def test_a_film_that_was_left_can_be_resumed(page: Page, services: Services) -> None:
    play(page)
    session_id = film(page, "sessionId")
    page.get_by_test_id("leave").click()
    expect(page.get_by_test_id("resume")).to_be_visible()
    assert services.session.connection is None or services.session.connections == 1
    page.get_by_test_id("resume").click()
    until(page, "window.cineloom.framesShown > 5")
    assert film(page, "sessionId") == session_id


def test_the_end_is_shown_and_not_resumed(page: Page, services: Services) -> None:
    play(page)
    services.call(services.streaming.end(services.session, "Heard"))
    expect(page.get_by_test_id("finale")).to_contain_text("Heard")
    page.reload()
    expect(page.get_by_test_id("play")).to_be_visible()
    expect(page.get_by_test_id("resume")).to_be_hidden()


def test_refusals_are_said_plainly_and_a_full_house_is_waited_for(page: Page, services: Services) -> None:
    refusal = {"code": "AGE", "message": "This story is not shown to children.", "field": "ageBand"}
    services.streaming.refusal = (422, refusal, "")
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("failure")).to_contain_text("not shown to children")
    services.streaming.refusal = (503, {"code": "FULL", "message": "Full."}, "1")
    page.get_by_test_id("failure-again").click()
    expect(page.get_by_test_id("connection")).to_contain_text("Every seat is taken")
    services.streaming.refusal = None
    until(page, "window.cineloom.framesShown > 3")


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_nothing_sticks_out_sideways(page: Page, services: Services, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    page.get_by_test_id("story-red-silence").wait_for()
    wide = "Math.max(...['wall', 'stage'].map((id) => document.getElementById(id).scrollWidth)) - innerWidth"
    assert page.evaluate(wide) <= 0
    play(page)
    page.mouse.move(100, 100)
    assert page.evaluate(wide) <= 0
    for test_id in ("emoji-sad", "say-send", "fullscreen", "why", "leave"):
        box = page.get_by_test_id(test_id).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_a_premise_becomes_a_film_and_says_what_it_could_not_use(page: Page, services: Services) -> None:
    page.get_by_test_id("premise-make").click()
    expect(page.get_by_test_id("premise-trouble")).not_to_be_empty()
    assert services.streaming.premises == []
    page.get_by_test_id("age-child").check(force=True)
    page.get_by_test_id("premise-text").fill("A dragon with a violin on Mars")
    page.get_by_test_id("premise-text").press("Enter")
    expect(page.get_by_test_id("premise-status")).to_be_visible()
    expect(page.get_by_test_id("premise-card")).to_be_visible()
    expect(page.get_by_test_id("premise-title")).to_have_text("What Coldwell Heard")
    expect(page.get_by_test_id("premise-verdict")).to_have_text("It could not use “dragon”.")
    expect(page.get_by_test_id("premise-parts").locator("li").first).to_contain_text("figures of legend")
    assert services.streaming.premises[0]["premise"] == "A dragon with a violin on Mars"
    assert services.streaming.premises[0]["ageBand"] == "child"
    page.get_by_test_id("premise-play").click()
    until(page, "window.cineloom.framesShown > 12")
    assert services.session.wish["storyId"] == "made_cafe"
    page.get_by_test_id("leave").click()
    page.reload()
    expect(page.get_by_test_id("story-made_cafe")).to_be_visible()


def test_a_refused_premise_is_told_and_can_be_worded_again(page: Page, services: Services) -> None:
    error = {"code": "premise_refused", "message": "This is not for children.", "field": "premise"}
    services.streaming.refusal = (422, error, "")
    page.get_by_test_id("premise-text").fill("something that may not be told")
    page.get_by_test_id("premise-make").click()
    expect(page.get_by_test_id("premise-trouble")).to_have_text("This is not for children.")
    expect(page.get_by_test_id("premise-text")).to_be_focused()
    services.streaming.refusal = None
    page.get_by_test_id("premise-make").click()
    expect(page.get_by_test_id("premise-card")).to_be_visible()


def test_a_fact_is_marked_where_it_is_said_and_its_source_can_be_opened(page: Page, services: Services) -> None:
    page.get_by_test_id("story-red-silence").click()
    page.get_by_test_id("marquee-truth").click()
    sheet = page.get_by_test_id("facts")
    expect(sheet.get_by_test_id("fact-sol").locator("a")).to_have_attribute(
        "href", "https://doi.org/10.1016/S0032-0633(99)00092-6"
    )
    expect(sheet.get_by_test_id("fact-odd").locator("a")).to_have_count(0)
    expect(sheet).to_contain_text("Mara, Ilse and Tock are invented.")
    page.keyboard.press("Escape")
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("caption-fact")).to_be_visible()
    page.get_by_test_id("facts-toggle").click()
    expect(sheet.get_by_test_id("fact-sol")).to_contain_text("You have heard it.")
    page.keyboard.press("Escape")
    page.get_by_test_id("leave").click()
    page.get_by_test_id("story-under-the-ice").click()
    expect(page.get_by_test_id("marquee-truth")).to_be_hidden()
