"""The painter as its callers see it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.painter_raymarch.encoding import decode
from services.inference.adapters.painter_raymarch.engine import SETS_FOLDER, RaymarchPainter, plate_identity
from services.inference.domain.errors import EngineUnavailable, InvalidAsk, UnknownName
from services.inference.domain.plates import LEAST_SPARE, LIGHT_GROUPS, Plates, Spare
from services.inference.domain.shot import View

pytestmark = pytest.mark.unit

WIDE = View("corridor", framing="wide")
SIZE = (192, 108)


@pytest.fixture(scope="module")
def plates(painter: RaymarchPainter) -> Plates:
    return painter.paint(WIDE, *SIZE)


def light(plates: Plates, group: str) -> float:
    return float(decode(plates.groups[group], plates.scale[group]).mean())


def test_shapes_and_types(plates: Plates) -> None:
    shape = (round(108 * 1.16), round(192 * 1.16))
    assert set(plates.groups) == set(plates.scale) == set(LIGHT_GROUPS)
    for pixels in plates.groups.values():
        assert pixels.shape == (*shape, 3)
        assert pixels.dtype == np.uint8
    assert plates.depth.shape == shape
    assert plates.depth.dtype == np.float32
    assert plates.normals.shape == (*shape, 3)
    assert plates.normals.dtype == np.int8
    assert {"screens", "glow", "floor"} <= set(plates.masks)
    for mask in plates.masks.values():
        assert mask.shape == shape
        assert mask.dtype == np.uint8


def test_same_view_same_bytes(painter: RaymarchPainter, plates: Plates) -> None:
    painter.paint(replace(WIDE, framing="establishing"), 96, 64)
    again = painter.paint(WIDE, *SIZE)
    assert again.identity == plates.identity
    for group in LIGHT_GROUPS:
        assert again.groups[group].tobytes() == plates.groups[group].tobytes()
    assert again.depth.tobytes() == plates.depth.tobytes()
    assert again.stages == plates.stages


def test_depth_and_camera_lead_back_to_the_floor(plates: Plates) -> None:
    camera, depth = plates.camera, plates.depth
    height, width = depth.shape
    on_floor = np.argwhere(plates.masks["floor"] == 255)
    assert len(on_floor) > 500
    y, x = on_floor[:, 0], on_floor[:, 1]
    z = depth[y, x]
    right = (x + 0.5 - width / 2) * z / camera.focal_px
    up = (height / 2 - y - 0.5) * z / camera.focal_px
    world_y = camera.position[1] + right * camera.right[1] + up * camera.up[1] + z * camera.forward[1]
    assert np.abs(np.median(world_y) - 0.03) < 0.02
    assert (plates.normals[y, x, 1] > 60).all()


def test_people_are_lit_by_the_sets_own_lights(plates: Plates) -> None:
    centre = plates.stages["centre"]
    assert set(centre.irradiance) == set(centre.direction) == set(LIGHT_GROUPS)
    assert min(centre.irradiance["key"]) > 0.05
    assert centre.direction["key"][1] > 0.5
    red, green, _ = centre.irradiance["alarm"]
    assert red > 4 * green
    for direction in centre.direction.values():
        assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-5)


def test_light_weakens_along_the_corridor_from_the_door_lamp(plates: Plates) -> None:
    assert sum(plates.stages["door"].irradiance["practicals"]) > 1.4 * sum(
        plates.stages["centre"].irradiance["practicals"]
    )


def test_lights_out_leaves_the_alarm(painter: RaymarchPainter, plates: Plates) -> None:
    dark = painter.paint(replace(WIDE, marks=("lights_out",)), *SIZE)
    assert light(dark, "practicals") < 0.05 * light(plates, "practicals")
    assert light(dark, "key") < 0.05 * light(plates, "key")
    assert light(dark, "alarm") == pytest.approx(light(plates, "alarm"), rel=0.05)
    assert light(dark, "emission") < 0.1 * light(plates, "emission")


def test_symbols_change_the_screens_only(painter: RaymarchPainter, plates: Plates) -> None:
    signs = painter.paint(replace(WIDE, marks=("symbols_on_screens",)), *SIZE)
    changed = np.abs(signs.groups["emission"].astype(int) - plates.groups["emission"].astype(int)).max(axis=2) > 40
    assert changed.sum() > 20
    near_screens = plates.masks["screens"] > 0
    assert changed[near_screens].sum() > 0.8 * changed.sum()
    assert np.array_equal(signs.depth, plates.depth)


def test_breach_changes_the_place(painter: RaymarchPainter, plates: Plates) -> None:
    broken = painter.paint(replace(WIDE, marks=("breach",)), *SIZE)
    assert (np.abs(broken.depth - plates.depth) > 0.1).mean() > 0.01
    assert light(broken, "key") != pytest.approx(light(plates, "key"), rel=0.01)


def test_dust_inside_reddens_the_floor(painter: RaymarchPainter, plates: Plates) -> None:
    dusty = painter.paint(replace(WIDE, marks=("dust_inside",)), *SIZE)
    floor = plates.masks["floor"] == 255

    def warmth(p: Plates) -> float:
        red, _, blue = decode(p.groups["key"], p.scale["key"])[floor].mean(axis=0)
        return float(red / blue)

    assert warmth(dusty) > 1.4 * warmth(plates)


def test_close_ups_keep_size_and_lose_detail_behind(painter: RaymarchPainter) -> None:
    close = painter.paint(View("corridor", "close", "centre", 1), *SIZE)
    assert close.depth.shape == (125, 223)
    sharp = painter.paint(View("corridor", "wide"), *SIZE)

    def detail(p: Plates) -> float:
        key = np.sqrt(decode(p.groups["key"], p.scale["key"]))
        return float(np.abs(np.diff(key, axis=1)).mean() / key.mean())

    assert detail(close) < detail(sharp)


def test_a_set_under_the_sky(painter: RaymarchPainter) -> None:
    day = painter.paint(View("mars_surface", "wide"), *SIZE)
    sky = day.masks["sky"] == 255
    assert 0.1 < sky.mean() < 0.8
    assert (day.depth[sky] == 1e4).all()
    assert decode(day.groups["key"], day.scale["key"])[sky].max() < 1e-3
    assert decode(day.groups["emission"], day.scale["emission"])[sky].mean() > 0.02
    assert day.fog_extinction_per_m > 0
    night = painter.paint(View("mars_surface", "wide", time_of_day="night"), *SIZE)
    assert light(night, "key") < 0.3 * light(day, "key")
    assert sum(night.stages["centre"].irradiance["key"]) < 0.3 * sum(day.stages["centre"].irradiance["key"])


def test_an_aurora_lights_the_sky_green_and_nothing_on_board(painter: RaymarchPainter) -> None:
    view = View("orbit", "establishing")
    dark, green = (painter.paint(replace(view, marks=marks), *SIZE) for marks in ((), ("aurora",)))
    sky = dark.masks["sky"] == 255
    before, after = (decode(p.groups["emission"], p.scale["emission"]) for p in (dark, green))
    gained = (after - before)[sky].mean(axis=0)
    assert gained[1] > 0.004
    assert gained[1] > 2.0 * max(gained[0], gained[2])
    assert light(green, "practicals") == pytest.approx(light(dark, "practicals"), rel=0.02)


def test_screens_show_what_the_story_looks_at(painter: RaymarchPainter) -> None:
    view = View("control_room", "insert")
    marks = ((), *((f"{what}_on_screens",) for what in ("face", "smile", "parachute", "dot")))
    shown = [painter.paint(replace(view, marks=one), *SIZE) for one in marks]
    pictures = [decode(p.groups["emission"], p.scale["emission"]) for p in shown]
    glowing = np.maximum.reduce(pictures).max(axis=2) > 0.02
    assert glowing.mean() > 0.1
    for one, other in combinations(pictures, 2):
        assert np.abs(one - other)[glowing].mean() > 0.02
    colour = [picture[glowing].mean(axis=0) for picture in pictures[1:3]]
    assert colour[0][0] / colour[0][2] < 1.3
    assert colour[1][0] / colour[1][2] > 1.6


def test_a_storm_is_seen_through_the_windows_and_leaves_the_room_as_it_is(painter: RaymarchPainter) -> None:
    clear, storm = (
        painter.paint(View("control_room", "wide", weather=weather), *SIZE) for weather in ("clear", "storm")
    )
    window = clear.masks["windows"] == 255
    assert 0.005 < window.mean() < 0.3
    assert (storm.masks["windows"] == clear.masks["windows"]).all()

    def lit(plates: Plates) -> NDArray[np.float32]:
        groups = [decode(plates.groups[name], plates.scale[name]) for name in ("key", "fill", "emission")]
        return np.asarray(sum(groups), dtype=np.float32)

    outside = np.abs(lit(storm)[window] / lit(clear)[window] - 1.0).mean()
    lamps = [decode(p.groups["practicals"], p.scale["practicals"])[clear.depth < 8.0].mean() for p in (clear, storm)]
    assert outside > 0.1
    assert lamps[1] == pytest.approx(lamps[0], rel=0.02)
    assert "windows" not in painter.paint(View("airlock", "wide", weather="storm"), *SIZE).masks


def test_threads_share_the_painter(painter: RaymarchPainter, plates: Plates) -> None:
    views = [WIDE, replace(WIDE, mood="dread"), WIDE, replace(WIDE, mood="warm")]
    with ThreadPoolExecutor(4) as pool:
        painted = list(pool.map(lambda view: painter.paint(view, *SIZE), views))
    assert painted[0].groups["key"].tobytes() == painted[2].groups["key"].tobytes() == plates.groups["key"].tobytes()
    assert painted[1].groups["key"].tobytes() != plates.groups["key"].tobytes()


def test_air_is_lit_under_lamps_and_not_where_there_are_none(painter: RaymarchPainter) -> None:
    room = painter.paint(View("control_room", "wide"), *SIZE)
    assert room.masks["lamp_shafts"].mean() > 10.0
    assert np.ptp(room.masks["lamp_shafts"]) > 60
    hall = painter.paint(View("alien_hall", "wide"), *SIZE)
    assert hall.masks["shafts"].mean() > 10.0
    assert "lamp_shafts" not in hall.masks


def test_a_set_that_is_warmed_is_left_off_at_once_and_finished_later(painter: RaymarchPainter) -> None:
    asked: list[bool] = []

    def after(times: int) -> bool:
        asked.append(True)
        return len(asked) <= times

    assert not painter.warm("dunes", lambda: after(2))
    assert len(asked) == 3
    assert painter.warm("dunes")
    asked.clear()
    assert painter.warm("dunes", lambda: after(1))
    assert len(asked) == 1
    with pytest.raises(UnknownName):
        painter.warm("atlantis")


def test_more_is_painted_round_the_same_picture_where_the_camera_needs_it(
    painter: RaymarchPainter, plates: Plates
) -> None:
    wider = painter.paint(WIDE, *SIZE, Spare(across=1.5))
    rows, columns = plates.depth.shape
    assert wider.depth.shape == (rows, 288)
    assert wider.camera == plates.camera
    edge = (288 - columns) // 2
    middle = wider.depth[:, edge : edge + columns]
    assert np.median(np.abs(middle - plates.depth) / plates.depth) < 0.02


@pytest.mark.parametrize(("spare", "field"), [(Spare(0.9), "spare.across"), (Spare(up=9.0), "spare.up")])
def test_spare_out_of_range(painter: RaymarchPainter, spare: Spare, field: str) -> None:
    with pytest.raises(InvalidAsk) as caught:
        painter.paint(WIDE, *SIZE, spare)
    assert caught.value.field == field


@pytest.mark.parametrize(("width", "height", "field"), [(63, 100, "width"), (100, 63, "height"), (4097, 100, "width")])
def test_sizes_out_of_range(painter: RaymarchPainter, width: int, height: int, field: str) -> None:
    with pytest.raises(InvalidAsk) as caught:
        painter.paint(WIDE, width, height)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("view", "field"),
    [
        (View("atlantis"), "view.set_name"),
        (replace(WIDE, framing="extreme"), "view.framing"),
        (replace(WIDE, subject="bridge"), "view.subject"),
        (replace(WIDE, mood="sulky"), "view.mood"),
        (replace(WIDE, weather="rain"), "view.weather"),
        (replace(WIDE, time_of_day="noon"), "view.time_of_day"),
    ],
)
def test_unknown_names(painter: RaymarchPainter, view: View, field: str) -> None:
    with pytest.raises(UnknownName) as caught:
        painter.paint(view, *SIZE)
    assert caught.value.field == field
    assert caught.value.known


def test_identity_follows_the_ask(plates: Plates, painter: RaymarchPainter) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", plates.identity)
    same = plate_identity(WIDE, *SIZE, LEAST_SPARE, painter.fingerprint)
    assert plates.identity == same
    others = [
        plate_identity(replace(WIDE, seed=1), *SIZE, LEAST_SPARE, painter.fingerprint),
        plate_identity(WIDE, 193, 108, LEAST_SPARE, painter.fingerprint),
        plate_identity(WIDE, *SIZE, LEAST_SPARE, "raymarch-other"),
        plate_identity(WIDE, *SIZE, Spare(up=1.5), painter.fingerprint),
    ]
    assert len({same, *others}) == 5
    both = [
        plate_identity(replace(WIDE, marks=m), 64, 64, LEAST_SPARE, "f")
        for m in (("breach", "dust_inside"), ("dust_inside", "breach"))
    ]
    assert both[0] == both[1]


def test_fingerprint_follows_the_set_files(painter: RaymarchPainter, tmp_path: Path) -> None:
    text = (SETS_FOLDER / "airlock.yaml").read_text(encoding="utf-8")
    prints = []
    for change in ("", "# another\n"):
        (tmp_path / "airlock.yaml").write_text(text + change, encoding="utf-8")
        with RaymarchPainter(tmp_path) as other:
            assert other.known_sets() == ("airlock",)
            prints.append(other.fingerprint)
    assert len({*prints, painter.fingerprint}) == 3


def test_a_closed_painter_says_so(tmp_path: Path) -> None:
    text = (SETS_FOLDER / "airlock.yaml").read_text(encoding="utf-8")
    (tmp_path / "airlock.yaml").write_text(text, encoding="utf-8")
    engine = RaymarchPainter(tmp_path)
    engine.close()
    engine.close()
    with pytest.raises(EngineUnavailable):
        engine.paint(View("airlock"), *SIZE)


def test_no_egl_tells_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_settings: object) -> None:
        raise RuntimeError("libEGL.so.1 not found")

    monkeypatch.setattr(moderngl, "create_context", refuse)
    with pytest.raises(EngineUnavailable, match="apt-get install libegl1"):
        RaymarchPainter()
