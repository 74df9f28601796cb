"""The painter's production path over models with random weights: the pictures mean nothing, the plates must hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from services.inference.adapters.painter_diffusers.painter import DiffusersPainter, PainterModels
from services.inference.adapters.painter_diffusers.prompt import load_sets, prompt_for
from services.inference.adapters.painter_diffusers.relight import scene_linear
from services.inference.domain.errors import EngineUnavailable, InvalidAsk, UnknownName
from services.inference.domain.plates import LIGHT_GROUPS, Plates, Spare
from services.inference.domain.shot import View
from services.inference.domain.tone import tone

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def painter(models: PainterModels) -> DiffusersPainter:
    return DiffusersPainter(models)


@pytest.fixture(scope="module")
def plates(painter: DiffusersPainter) -> Plates:
    return painter.paint(View("corridor", seed=5), 96, 64)


def test_plates_have_the_overscanned_size_and_the_agreed_types(plates: Plates) -> None:
    size = Spare().plate_size(96, 64)[::-1]
    assert set(plates.groups) == set(LIGHT_GROUPS) == set(plates.scale)
    assert all(light.shape == (*size, 3) and light.dtype == np.uint8 for light in plates.groups.values())
    assert plates.depth.shape == size
    assert plates.depth.dtype == np.float32
    assert np.isfinite(plates.depth).all()
    assert (plates.depth > 0).all()
    assert plates.normals.shape == (*size, 3)
    assert plates.normals.dtype == np.int8
    assert {"sky", "floor", "screens", "glow"} <= set(plates.masks)
    assert all(mask.shape == size and mask.dtype == np.uint8 for mask in plates.masks.values())


def test_all_groups_at_full_weight_show_the_painted_picture(painter: DiffusersPainter) -> None:
    view = View("corridor", seed=5)
    shown = tone(
        np.sum(
            [
                plates.scale[name] * (light.astype(np.float32) / 255) ** 2
                for plates in (painter.paint(view, 96, 64),)
                for name, light in plates.groups.items()
            ],
            axis=0,
            dtype=np.float32,
        )
    )
    painted = painter._image.paint(prompt_for(view, load_sets()), *reversed(shown.shape[:2]), view.seed)
    difference = np.abs(shown.astype(int) - painted.astype(int))
    assert difference.mean() < 2.5
    assert np.quantile(difference, 0.99) <= 10


def test_every_stage_is_lit_and_stands_in_front_of_the_camera(plates: Plates) -> None:
    assert set(plates.stages) == {"left", "centre", "right", "far"}
    for stage in plates.stages.values():
        offset = np.subtract(stage.floor, plates.camera.position)
        assert float(offset @ np.array(plates.camera.forward)) > 0.5
        assert set(stage.irradiance) == set(LIGHT_GROUPS)
        assert all(np.isclose(np.linalg.norm(direction), 1, atol=1e-3) for direction in stage.direction.values())
    assert sum(sum(light) for light in plates.stages["centre"].irradiance.values()) > 0


def test_same_view_same_plates_and_another_seed_another_picture(painter: DiffusersPainter, plates: Plates) -> None:
    again = painter.paint(View("corridor", seed=5), 96, 64)
    other = painter.paint(View("corridor", seed=6), 96, 64)
    assert again.identity == plates.identity
    assert all((again.groups[name] == plates.groups[name]).all() for name in LIGHT_GROUPS)
    assert other.identity != plates.identity
    assert (other.groups["key"] != plates.groups["key"]).any()


def test_refuses_what_it_cannot_paint(painter: DiffusersPainter) -> None:
    with pytest.raises(UnknownName, match=r"view\.set_name"):
        painter.paint(View("ballroom"), 96, 64)
    with pytest.raises(InvalidAsk, match="size"):
        painter.paint(View("corridor"), 8, 64)
    with pytest.raises(InvalidAsk, match=r"view\.seed"):
        painter.paint(View("corridor", seed=-1), 96, 64)


def test_missing_weights_or_device_make_the_engine_unavailable(models: PainterModels, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="painter model"):
        DiffusersPainter(PainterModels(str(tmp_path / "none"), models.depth, "cpu", local_files_only=True))
    with pytest.raises(EngineUnavailable, match="depth model"):
        DiffusersPainter(PainterModels(models.image, str(tmp_path / "none"), "cpu", local_files_only=True))


def test_a_machine_without_cuda_is_said_so(models: PainterModels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(EngineUnavailable, match="CUDA"):
        DiffusersPainter(PainterModels(models.image, models.depth, "cuda", local_files_only=True))


def test_weights_that_need_unpickling_are_not_loaded(models: PainterModels, tmp_path: Path) -> None:
    folder = tmp_path / "depth"
    folder.mkdir()
    for file in Path(models.depth).iterdir():
        if file.suffix == ".json":
            (folder / file.name).write_bytes(file.read_bytes())
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(EngineUnavailable):
        DiffusersPainter(PainterModels(models.image, str(folder), "cpu", local_files_only=True))


def test_linear_light_is_the_inverse_of_the_films_tone_curve() -> None:
    steps = np.repeat(np.arange(0, 250, dtype=np.uint8)[:, None, None], 3, axis=2)
    assert np.abs(tone(scene_linear(steps)).astype(int) - steps).max() <= 1
