"""Scripts in YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loadtests.watch.script import InvalidScript, load_script, read_script


def test_the_default_script_does_everything_a_viewer_can() -> None:
    script = load_script()
    kinds = {act.kind for act in script.acts}
    assert {"emoji", "dial", "freeText", "skip", "rewind", "pause", "resume"} <= kinds
    assert {act.body["dial"]["name"] for act in script.acts if act.kind == "dial"} >= {"tension", "pace"}
    assert script.choose is not None
    assert max(act.at_s for act in script.acts) < 119
    assert [act.at_s for act in script.acts] == sorted(act.at_s for act in script.acts)


def test_a_burst_is_its_acts_one_by_one() -> None:
    script = read_script({"acts": [{"at_s": 3, "act": {"emoji": {"name": "wow"}}, "repeat": 3, "every_s": 0.5}]})
    assert [act.at_s for act in script.acts] == [3.0, 3.5, 4.0]


def test_until_leaves_out_what_comes_later() -> None:
    script = read_script({"acts": [{"at_s": 3, "act": "skip"}, {"at_s": 9, "act": "skip"}], "choices": {"option": 1}})
    assert [act.at_s for act in script.until(5).acts] == [3.0]
    assert script.until(5).choose == 1


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "acts"),
        ({"acts": [{"at_s": 1, "act": "applaud"}]}, r"acts\[0\].act: 'applaud'"),
        ({"acts": [{"at_s": -1, "act": "skip"}]}, r"acts\[0\].at_s"),
        ({"acts": [{"act": "skip"}]}, r"acts\[0\].at_s"),
        ({"acts": [{"at_s": 1, "act": {"skip": {}, "pause": {}}}]}, "one act"),
        ({"acts": [{"at_s": 1, "act": "skip", "when": 2}]}, "unknown when"),
        ({"acts": [{"at_s": 1, "act": "skip", "repeat": 0}]}, "repeat"),
        ({"acts": [{"at_s": 1, "act": {"dial": 3}}]}, "dial: must be a mapping"),
        ({"acts": [], "choices": {"after_s": 1}}, "option"),
    ],
)
def test_a_wrong_script_names_what_is_wrong(document: Any, named: str) -> None:
    with pytest.raises(InvalidScript, match=named):
        read_script(document)


def test_what_is_no_yaml_is_an_invalid_script(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("acts: [", encoding="utf-8")
    with pytest.raises(InvalidScript, match=r"broken\.yaml"):
        load_script(path)
