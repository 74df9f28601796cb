"""Lineup files: what they give, and how each mistake in one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.inference.lineup import KINDS, EngineChoice, LineupError, read_lineup

WHOLE = "lineup: small\nengines:\n" + "".join(f"  {kind}: {{engine: some}}\n" for kind in KINDS)


def written(folder: Path, text: str) -> Path:
    path = folder / "lineup.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_service_has_its_engine_and_options(tmp_path: Path) -> None:
    lineup = read_lineup(written(tmp_path, WHOLE.replace("guard: {engine: some}", "guard: {engine: strict, level: 3}")))
    assert lineup.name == "small"
    assert lineup.choice("guard") == EngineChoice("guard", "strict", {"level": 3})
    assert lineup.choice("voice") == EngineChoice("voice", "some", {})


def test_nameless_lineup_is_called_after_its_file(tmp_path: Path) -> None:
    assert read_lineup(written(tmp_path, WHOLE.removeprefix("lineup: small\n"))).name == "lineup"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("engines: [", "lineup.yaml"),
        ("lineup: x", "'engines' is missing"),
        ("- engines", "'engines' is missing"),
        (WHOLE + "  smells: {engine: some}\n", "unknown services ['smells']"),
        (WHOLE.replace("  voice: {engine: some}\n", ""), "missing services ['voice']"),
        (WHOLE.replace("voice: {engine: some}", "voice: neural"), "engines.voice needs 'engine'"),
        (WHOLE.replace("voice: {engine: some}", "voice: {engine: 3}"), "engines.voice needs 'engine'"),
    ],
)
def test_mistake_names_file_and_entry(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LineupError) as told:
        read_lineup(written(tmp_path, text))
    assert "lineup.yaml" in str(told.value)
    assert said in str(told.value)


def test_missing_file_is_a_lineup_error(tmp_path: Path) -> None:
    with pytest.raises(LineupError, match=r"absent\.yaml"):
        read_lineup(tmp_path / "absent.yaml")


def test_only_what_says_so_may_download(tmp_path: Path) -> None:
    assert not read_lineup(written(tmp_path, WHOLE)).may_download
    hub = WHOLE.replace("writer: {engine: some}", "writer: {engine: chat, local_files_only: false}")
    assert read_lineup(written(tmp_path, hub)).may_download


def test_options_are_typed() -> None:
    choice = EngineChoice("painter", "x", {"image": "a/b", "steps": 4, "guidance": 0.5, "local_files_only": True})
    assert choice.text("image") == "a/b"
    assert choice.count("steps", 28) == 4
    assert choice.count("absent", 28) == 28
    assert choice.number("guidance", 5.0) == 0.5
    assert choice.flag("local_files_only", default=False) is True


@pytest.mark.parametrize(
    ("options", "ask", "said"),
    [
        ({}, lambda choice: choice.text("image"), "engines.painter.image"),
        ({"image": 3}, lambda choice: choice.text("image"), "engines.painter.image"),
        ({"steps": 0}, lambda choice: choice.count("steps", 1), "engines.painter.steps"),
        ({"steps": 2.5}, lambda choice: choice.count("steps", 1), "engines.painter.steps"),
        ({"steps": True}, lambda choice: choice.count("steps", 1), "engines.painter.steps"),
        ({"guidance": "much"}, lambda choice: choice.number("guidance", 1.0), "engines.painter.guidance"),
        ({"local": "yes"}, lambda choice: choice.flag("local", default=True), "engines.painter.local"),
    ],
)
def test_option_of_the_wrong_kind_is_named(options: dict[str, object], ask: object, said: str) -> None:
    with pytest.raises(LineupError, match=said):
        ask(EngineChoice("painter", "x", options))  # type: ignore[operator]
