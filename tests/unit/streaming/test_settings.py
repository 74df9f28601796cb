"""What the environment may say of takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.streaming.settings import InvalidSetting, read_settings

pytestmark = pytest.mark.unit


def test_takes_are_kept_in_memory_alone_unless_a_folder_is_named() -> None:
    assert read_settings({}).take_folder is None
    assert read_settings({"CINELOOM_TAKE_FOLDER": ""}).take_folder is None
    named = read_settings({"CINELOOM_TAKE_FOLDER": "/var/takes", "CINELOOM_TAKE_FOLDER_MB": "64"})
    assert (named.take_folder, named.take_folder_bytes) == (Path("/var/takes"), 64 * 1024 * 1024)


@pytest.mark.parametrize("value", ["0", "many", "-5"])
def test_a_folder_has_a_limit(value: str) -> None:
    with pytest.raises(InvalidSetting, match="CINELOOM_TAKE_FOLDER_MB"):
        read_settings({"CINELOOM_TAKE_FOLDER_MB": value})
