"""What the environment sets, and how a wrong value is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.inference.settings import Settings, read_settings


def test_defaults_name_files_that_exist() -> None:
    settings = read_settings({})
    assert settings == Settings()
    assert settings.lineup.is_file()
    assert settings.serve_config.is_file()


def test_environment_sets_each_value(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "CINELOOM_LINEUP": str(tmp_path / "l.yaml"),
            "CINELOOM_SERVE_CONFIG": str(tmp_path / "s.yaml"),
            "CINELOOM_CACHE": str(tmp_path / "cache"),
            "CINELOOM_PLATES_BYTES": "0",
            "CINELOOM_INFERENCE_GRPC_PORT": "9100",
            "CINELOOM_INFERENCE_HTTP_PORT": "9101",
            "CINELOOM_RAY_ADDRESS": "ray://head:10001",
            "CINELOOM_RAY_FOLDER": str(tmp_path / "ray"),
            "CINELOOM_OBJECT_STORE_BYTES": "268435456",
        }
    )
    assert settings == Settings(
        lineup=tmp_path / "l.yaml",
        serve_config=tmp_path / "s.yaml",
        cache=tmp_path / "cache",
        plates_bytes=0,
        grpc_port=9100,
        http_port=9101,
        ray_address="ray://head:10001",
        ray_folder=str(tmp_path / "ray"),
        object_store_bytes=268_435_456,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CINELOOM_INFERENCE_GRPC_PORT", "nine"),
        ("CINELOOM_INFERENCE_GRPC_PORT", "0"),
        ("CINELOOM_INFERENCE_HTTP_PORT", "70000"),
        ("CINELOOM_OBJECT_STORE_BYTES", "1000"),
        ("CINELOOM_PLATES_BYTES", "-1"),
    ],
)
def test_wrong_number_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_settings({name: value})
