"""The player's answers, asked through the router without a socket."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from services.player.app import Player
from services.player.assets import load_assets
from services.player.settings import Settings

BODY = "<!doctype html>" + "film " * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    page = tmp_path / "page"
    (page / "view").mkdir(parents=True)
    (page / "index.html").write_text(BODY)
    (page / "view" / "wall.js").write_text("export {};")
    (page / "notes.txt").write_text("not for viewers")
    (tmp_path / "settings.py").write_text("SECRET = 1")
    (page / "leak.js").symlink_to(tmp_path / "settings.py")
    return page


@pytest.fixture
def application(folder: Path) -> web.Application:
    settings = Settings(streaming_url="https://films.test/streaming", connect_origins=("https://node-1.test",))
    return Player(settings, load_assets(folder)).application()


async def ask(application: web.Application, path: str, method: str = "GET", **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = make_mocked_request(method, path, headers=named, app=application)
    match = await application.router.resolve(request)
    response = await match.handler(request)
    assert isinstance(response, web.Response)
    return response


def body_of(response: web.Response) -> bytes:
    assert isinstance(response.body, bytes)
    return response.body


async def test_the_root_is_the_page(application: web.Application) -> None:
    response = await ask(application, "/")
    assert (response.status, response.content_type) == (200, "text/html")
    assert body_of(response).decode() == BODY


async def test_modules_are_sent_as_javascript(application: web.Application) -> None:
    response = await ask(application, "/view/wall.js")
    assert (response.status, response.content_type) == (200, "text/javascript")


async def test_the_configuration_names_the_streaming_service(application: web.Application) -> None:
    response = await ask(application, "/config.json")
    assert json.loads(body_of(response)) == {"streaming_url": "https://films.test/streaming"}
    assert response.headers["Cache-Control"] == "no-store"


async def test_it_says_that_it_is_well(application: web.Application) -> None:
    assert body_of(await ask(application, "/healthz")) == b"ok\n"


@pytest.mark.parametrize(
    "path",
    [
        "/../settings.py",
        "/..%2fsettings.py",
        "/view/../../settings.py",
        "//etc/passwd",
        "/%2e%2e/settings.py",
        "/leak.js",
        "/notes.txt",
        "/view",
        "/view/",
        "/none.js",
    ],
)
async def test_nothing_but_the_page_can_be_asked_for(application: web.Application, path: str) -> None:
    response = await ask(application, path)
    assert response.status == 404
    assert b"SECRET" not in body_of(response)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_only_reading_is_allowed(application: web.Application, method: str) -> None:
    response = await ask(application, "/", method)
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/", "/config.json", "/healthz", "/none.js"])
async def test_every_answer_is_locked_down(application: web.Application, path: str) -> None:
    headers = (await ask(application, path)).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["img-src"] == "'self'"
    assert policy["connect-src"] == "'self' https://films.test https://node-1.test"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_an_unchanged_file_is_not_sent_again(application: web.Application) -> None:
    first = await ask(application, "/")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    for known in (tag, f'"old", W/{tag}', "*"):
        again = await ask(application, "/", If_None_Match=known)
        assert (again.status, again.body) == (304, None)
        assert again.headers["ETag"] == tag
        assert "Content-Security-Policy" in again.headers
    assert (await ask(application, "/", If_None_Match='"old"')).status == 200


async def test_a_browser_that_takes_gzip_gets_it(application: web.Application) -> None:
    response = await ask(application, "/", Accept_Encoding="gzip, br")
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body_of(response)).decode() == BODY
    small = await ask(application, "/view/wall.js", Accept_Encoding="gzip")
    assert "Content-Encoding" not in small.headers


def test_a_changed_file_has_another_tag(folder: Path) -> None:
    before = load_assets(folder)["/"].entity_tag
    (folder / "index.html").write_text(BODY + ".")
    assert load_assets(folder)["/"].entity_tag != before


def test_a_folder_without_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_assets(tmp_path)
