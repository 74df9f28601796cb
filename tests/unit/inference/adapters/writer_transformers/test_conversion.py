"""Conversion of a GGUF of random weights: verified first, then complete or not there at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.inference.adapters.embedder_transformers import file_sha256
from services.inference.adapters.writer_transformers import conversion
from services.inference.adapters.writer_transformers.__main__ import main
from services.inference.adapters.writer_transformers.conversion import convert_gguf, convert_smollm2, smollm2_folder
from services.inference.domain.errors import EngineUnavailable


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF of a test")
    return path


def test_an_unexpected_file_is_refused_before_it_is_read(gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="SHA-256"):
        convert_gguf(gguf, "0" * 64, tmp_path / "cache" / "model")
    assert not (tmp_path / "cache").exists()


def test_a_failed_conversion_leaves_nothing(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: Path, folder: Path) -> None:
        (folder / "half").write_text("x")
        raise MemoryError

    monkeypatch.setattr(conversion, "_save_dense", fail)
    with pytest.raises(MemoryError):
        convert_gguf(gguf, file_sha256(gguf), tmp_path / "cache" / "model")
    assert list((tmp_path / "cache").iterdir()) == []


def test_it_is_done_once(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Path] = []

    def save(source: Path, folder: Path) -> None:
        runs.append(source)
        (folder / "model.safetensors").write_text("weights")

    monkeypatch.setattr(conversion, "_save_dense", save)
    target = tmp_path / "cache" / "model"
    for _ in range(2):
        assert convert_gguf(gguf, file_sha256(gguf), target) == target
    assert runs == [gguf]
    assert (target / "model.safetensors").read_text() == "weights"
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_two_conversions_at_once_leave_one_result(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "cache" / "model"

    def overtaken(source: Path, folder: Path) -> None:
        (folder / "model.safetensors").write_text("mine")
        target.mkdir()
        (target / "model.safetensors").write_text("theirs")

    monkeypatch.setattr(conversion, "_save_dense", overtaken)
    assert convert_gguf(gguf, file_sha256(gguf), target) == target
    assert (target / "model.safetensors").read_text() == "theirs"
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_the_command_says_where_the_model_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    smollm2_folder(tmp_path).mkdir()
    assert main([str(tmp_path)]) == 0
    assert str(convert_smollm2(tmp_path)) in capsys.readouterr().out


def test_the_command_fails_when_the_package_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(conversion, "SMOLLM2_PACKAGE", "no_such_package")
    assert main([str(tmp_path)]) == 1
    assert "no_such_package" in capsys.readouterr().err
