"""The page as files: everything it names exists here, nothing comes from elsewhere, and its modules do their part."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.player.assets import load_assets
from services.player.bootstrap import PAGE

HTML = (PAGE / "index.html").read_text()
MODULES = sorted(PAGE.rglob("*.js"))
SUITES = sorted(Path(__file__).parent.glob("*.test.mjs"))
PROMISED_TEST_IDS = [
    "play",
    "film",
    "sound",
    "say",
    "say-send",
    "why",
    "captions-toggle",
    "caption",
    "badge",
    "leave",
    "curious",
    "skip",
    "rewind",
    "pause",
    "mute",
    "volume",
]


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.stem)
def test_modules(suite: Path) -> None:
    node = shutil.which("node")
    assert node, "Node 20 is needed for the page's own tests"
    run = subprocess.run([node, "--test", str(suite)], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PAGE).as_posix())
def test_imports_name_files_of_the_page_and_run_one_way(module: Path) -> None:
    layer = module.relative_to(PAGE).parts[0]
    allowed = {"domain": {"domain"}, "adapters": {"adapters"}, "view": {"view", "domain"}}
    for target in re.findall(r"from '([^']+)'", module.read_text()):
        assert target.startswith("."), f"{target} is not a file of the page"
        path = (module.parent / target).resolve()
        assert path.is_file(), target
        if layer in allowed:
            assert path.relative_to(PAGE.resolve()).parts[0] in allowed[layer], target


@pytest.mark.parametrize("path", sorted(set(re.findall(r'(?:href|src)="(/[^"#]*)', HTML))))
def test_the_page_names_files_that_are_served(path: str) -> None:
    assert path in load_assets(PAGE)


def test_every_element_that_a_module_asks_for_is_in_the_page() -> None:
    ids = set(re.findall(r'\bid="([^"]+)"', HTML))
    for module in MODULES:
        asked = set(re.findall(r"byId\('([^']+)'\)", module.read_text()))
        assert asked <= ids, (module.name, asked - ids)


def test_every_icon_that_is_used_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (PAGE / "icons.svg").read_text()))
    used = set(re.findall(r"/icons\.svg#([\w-]+)", HTML))
    assert used <= drawn, used - drawn
    assert {f"emoji-{name}" for name in ("love", "wow", "laugh", "tense", "bored", "sad")} <= drawn


def test_nothing_comes_from_elsewhere_and_nothing_needs_a_looser_policy() -> None:
    for file in (path for path in PAGE.rglob("*") if path.is_file()):
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", text), file.name
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), file.name
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*src)", HTML)


@pytest.mark.parametrize("test_id", PROMISED_TEST_IDS)
def test_promised_test_ids_are_there_once(test_id: str) -> None:
    assert HTML.count(f'data-testid="{test_id}"') == 1


def test_every_button_has_a_name_and_every_field_a_label() -> None:
    named_later = {"pause", "mute"}
    for attributes, content in re.findall(r"<button([^>]*)>(.*?)</button>", HTML, re.DOTALL):
        words = re.sub(r"<[^>]+>", "", content).strip()
        identity = re.search(r'id="([^"]+)"', attributes)
        assert words or "aria-label=" in attributes or (identity and identity[1] in named_later), attributes
    for field in re.findall(r'<input id="([^"]+)"([^>]*)', HTML):
        assert (
            "aria-label=" in field[1]
            or f'for="{field[0]}"' in HTML
            or re.search(rf'<label[^>]*><input id="{field[0]}"', HTML)
        )
