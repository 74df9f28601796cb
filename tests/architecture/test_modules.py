"""How modules are named, opened and sized, and who reads the environment."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    path
    for folder in ("services", "deploy", "loadtests", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
PRODUCT = [path for path in MODULES if path.relative_to(ROOT).parts[0] == "services"]
PAGE_MODULES = sorted((ROOT / "services" / "player" / "page").rglob("*.js"))

LINES_LIMIT = 600
OPENING_LINES_LIMIT = 8
NAMELESS = {"utils", "util", "common", "helpers", "helper", "base", "manager", "constants", "misc"}
MACHINE_PATHS = re.compile(r"""["'/ ](?:/root/|/home/\w+/|/Users/|/work/)""")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_there_is_something_to_look_at() -> None:
    assert {name_of(path).split("/")[1] for path in PRODUCT} >= {"inference", "streaming", "player", "libs"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_opens_with_its_job(path: Path) -> None:
    tree = tree_of(path)
    if not tree.body:
        return
    opening = ast.get_docstring(tree)
    assert opening, "a module opens with a docstring"
    assert len(opening.splitlines()) <= OPENING_LINES_LIMIT


@pytest.mark.parametrize("path", [*MODULES, *PAGE_MODULES], ids=name_of)
def test_module_is_of_readable_size(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_LIMIT


def test_names_say_what_is_inside() -> None:
    nameless = [name_of(path) for path in (*MODULES, *PAGE_MODULES) if {path.stem, path.parent.name} & NAMELESS]
    assert nameless == []


def test_only_settings_read_the_environment() -> None:
    """Setting a variable for a child or a library is another matter."""
    readers = [name_of(path) for path in PRODUCT if path.name != "settings.py" and reads_environment(tree_of(path))]
    assert readers == []


def reads_environment(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "getenv":
            return True
        if isinstance(node, ast.Attribute) and node.attr == "get" and names_environ(node.value):
            return True
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and names_environ(node.value):
            return True
    return False


def names_environ(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "environ"


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("import os\nos.environ['A']", True),
        ("import os\nos.environ.get('A')", True),
        ("import os\nos.getenv('A')", True),
        ("import os\nos.environ['A'] = '1'", False),
        ("import os\nos.environ.setdefault('A', '1')", False),
    ],
)
def test_reading_is_told_from_writing(source: str, reads: bool) -> None:
    assert reads_environment(ast.parse(source)) is reads


def test_no_path_of_one_machine_is_written_down() -> None:
    kinds = {".py", ".js", ".yaml", ".yml", ".toml", ".md", ".sh", ".proto", ".html", ".css"}
    folders = ("services", "deploy", "helm", "proto", "loadtests", "requirements")
    found = [
        name_of(path)
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in kinds and MACHINE_PATHS.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_locks_name_no_place_to_download_from() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        lines = lock.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == [], lock.name
