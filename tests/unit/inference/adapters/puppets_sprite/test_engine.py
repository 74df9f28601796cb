"""Puppets drawn into plates: where they stand, how they are lit, what is refused, that the same ask is the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite import SpritePuppets
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.plates import Plates
from services.inference.domain.shot import Staging
from services.inference.domain.speech import VISEMES
from services.inference.domain.talk import Stress, Talk
from tests.unit.inference.adapters.puppets_sprite.studio import PLAIN, WEIGHTS, studio

STAND = Staging("person", "centre")
Picture = NDArray[np.uint8]


def drawn(
    puppets: SpritePuppets, staging: Staging = STAND, plates: Plates | None = None, frame: int = 5,
    viseme: str = "rest", weights: dict[str, float] | None = None, tint: tuple[float, float, float] = PLAIN,
) -> tuple[Picture, int, int]:  # fmt: skip
    track = puppets.prepare(staging, plates or studio(), 96, 3)
    return track.draw(frame, weights or WEIGHTS, viseme, tint)


def light(sprite: Picture) -> float:
    solid = sprite[..., 3] == 255
    return float(sprite[..., :3][solid].mean())


def test_feet_stand_on_the_floor_and_height_is_true(puppets: SpritePuppets) -> None:
    rgba, x, y = drawn(puppets)
    solid = np.argwhere((rgba[..., 3] > 200) & (rgba[..., :3].sum(axis=2) > 60))
    pixels_per_m = 240 / 2.2
    feet = y + solid[:, 0].max()
    assert feet == pytest.approx(120 + 0.9 * pixels_per_m, abs=6)
    assert np.ptp(solid[:, 0]) == pytest.approx(1.72 * pixels_per_m, rel=0.06)
    assert x + solid[:, 1].mean() == pytest.approx(100, abs=4)


def test_it_stands_where_its_stage_is(puppets: SpritePuppets) -> None:
    def middle(rgba: Picture, x: int, _: int) -> float:
        return x + float(np.argwhere(rgba[..., 3] == 255)[:, 1].mean())

    aside = middle(*drawn(puppets, plates=studio(floor=(0.4, 0.0, 0.0))))
    assert aside - middle(*drawn(puppets)) == pytest.approx(0.4 * 240 / 2.2, abs=3)
    track = puppets.prepare(STAND, studio(floor=(0.0, 0.0, -3.0)), 48, 1)
    assert track.depth_m(4) == pytest.approx(9.0, abs=0.05)


def test_colour_never_exceeds_its_alpha(cast: SpritePuppets) -> None:
    for name in ("engineer_suit", "ai_hologram"):
        rgba, _, _ = drawn(cast, Staging(name, "centre"))
        assert (rgba[..., :3].max(axis=2).astype(int) <= rgba[..., 3].astype(int) + 1).all()
        assert rgba[..., 3].max() > 100


def test_the_side_towards_the_key_is_brighter(puppets: SpritePuppets) -> None:
    def balance(key_x: float) -> float:
        rgba, _, _ = drawn(puppets, plates=studio(key_from=(key_x, 0.3, 0.2)))
        half = rgba.shape[1] // 2
        return light(rgba[:, :half]) - light(rgba[:, half:])

    assert balance(-0.9) > 4
    assert balance(0.9) < -4


def test_light_groups_and_tint_change_the_light(puppets: SpritePuppets) -> None:
    day, _, _ = drawn(puppets)
    dark, _, _ = drawn(puppets, weights={**WEIGHTS, "key": 0.0, "fill": 0.1})
    alarm, _, _ = drawn(puppets, weights={**WEIGHTS, "key": 0.0, "alarm": 1.0})
    assert light(dark) < 0.5 * light(day)
    solid = alarm[..., 3] == 255
    assert alarm[..., 0][solid].mean() > 2 * alarm[..., 2][solid].mean()
    blue, _, _ = drawn(puppets, tint=(0.5, 0.5, 1.5))
    assert blue[..., 2][solid].mean() > day[..., 2][solid].mean()
    assert blue[..., 0][solid].mean() < day[..., 0][solid].mean()


def test_own_lamps_go_out_with_the_emission_group_only(puppets: SpritePuppets) -> None:
    staging = Staging("machine", "centre")
    unlit = {"key": 0.0, "fill": 0.0, "practicals": 0.0, "alarm": 0.0}
    glowing, _, _ = drawn(puppets, staging, weights={**unlit, "emission": 1.0})
    faint, _, _ = drawn(puppets, staging, weights={**unlit, "emission": 0.0})
    assert glowing[..., 2].max() > faint[..., 2].max() + 40


def test_fog_veils_what_is_far(puppets: SpritePuppets) -> None:
    clear, _, _ = drawn(puppets, plates=studio())
    veiled, _, _ = drawn(puppets, plates=studio(fog=0.4))
    solid = (clear[..., 3] == 255) & (veiled[..., 3] == 255)
    assert veiled[..., :3][solid].std() < 0.6 * clear[..., :3][solid].std()


def test_a_shadow_lies_under_the_feet_but_not_under_a_hologram(puppets: SpritePuppets, cast: SpritePuppets) -> None:
    wide = studio(look_at_m=1.3, span_m=3.6)
    rgba, _, _ = drawn(puppets, plates=wide)
    soft = (rgba[..., 3] > 20) & (rgba[..., 3] < 230) & (rgba[..., :3].max(axis=2) == 0)
    assert soft.sum() > 40
    hologram, _, _ = drawn(cast, Staging("ai_hologram", "centre"), plates=wide)
    assert not ((hologram[..., 3] > 20) & (hologram[..., :3].max(axis=2) == 0)).any()


def test_the_mouth_shape_changes_the_mouth_alone(puppets: SpritePuppets) -> None:
    close = studio(300, 300, 1.6, 0.4)
    rest, _, top = drawn(puppets, plates=close)
    wide, _, _ = drawn(puppets, plates=close, viseme="ai")
    changed = np.argwhere(np.abs(rest.astype(int) - wide).max(axis=2) > 60)
    assert len(changed) > 60
    assert top + np.percentile(changed[:, 0], 10) > 160
    assert len({drawn(puppets, plates=close, viseme=viseme)[0].tobytes() for viseme in VISEMES}) == len(VISEMES)


def test_robots_speak_with_light(cast: SpritePuppets) -> None:
    near = studio(200, 200, 1.25, 0.5)
    staging = Staging("service_robot", "centre")
    silent, _, _ = drawn(cast, staging, near)
    loud, _, _ = drawn(cast, staging, near, viseme="ai")
    assert loud[..., 2].astype(int).sum() > silent[..., 2].astype(int).sum() + 1000


def test_emotions_look_different(puppets: SpritePuppets) -> None:
    close = studio(120, 120, 1.6, 0.4)
    looks = {
        drawn(puppets, replace(STAND, emotion=emotion), close)[0].tobytes()
        for emotion in ("calm", "tense", "afraid", "warm", "amused", "awed", "urgent")
    }
    assert len(looks) == 7


def test_facing_turns_the_figure(puppets: SpritePuppets) -> None:
    close = studio(160, 160, 1.6, 0.5, key_from=(0.0, 0.3, 1.0))

    def features_x(facing: int) -> float:
        rgba, x, y = drawn(puppets, replace(STAND, facing=facing), close)
        row = rgba[: 85 - y].astype(int)
        dark = (row[..., 3] == 255) & (row[..., :3].max(axis=2) < 80)
        return float(np.argwhere(dark)[:, 1].mean()) + x

    assert features_x(-1) + 8 < features_x(0) < features_x(1) - 8


def test_a_near_puppet_at_the_edge_that_faces_inwards_is_seen_from_behind(cast: SpritePuppets) -> None:
    plates = studio(320, 240, 1.5, 0.6, floor=(-0.22, 0.0, 0.0), distance_m=2.0)
    inwards, _, _ = drawn(cast, Staging("engineer", "centre", 1), plates)
    outwards, _, _ = drawn(cast, Staging("engineer", "centre", -1), plates)

    def skin(rgba: Picture) -> int:
        r, g, b, a = (rgba[..., c].astype(int) for c in range(4))
        return int(((a == 255) & (r > g + 25) & (g > b) & (r > 120) & (b > 50)).sum())

    assert skin(inwards) < 0.5 * skin(outwards)


def test_drawing_is_a_function_of_the_frame_alone(small_designs: Path, tmp_path: Path) -> None:
    def frames(puppets: SpritePuppets, order: list[int]) -> dict[int, bytes]:
        track = puppets.prepare(replace(STAND, speaks="x", pose="walk"), studio(), 96, 9)
        return {frame: track.draw(frame, WEIGHTS, "o", PLAIN)[0].tobytes() for frame in order}

    fresh = frames(SpritePuppets(small_designs, tmp_path), [0, 1, 40, 95, 120])
    built = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")}
    kept = frames(SpritePuppets(small_designs, tmp_path), [120, 95, 40, 1, 0])
    assert fresh == kept
    assert len(set(fresh.values())) == 5
    assert built == {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")}
    assert len(built) == 2


def test_a_damaged_cache_file_is_made_again(small_designs: Path, tmp_path: Path) -> None:
    first = drawn(SpritePuppets(small_designs, tmp_path))[0]
    paths = list(tmp_path.glob("*.npz"))
    for path in paths:
        path.write_bytes(path.read_bytes()[:500])
    assert (drawn(SpritePuppets(small_designs, tmp_path))[0] == first).all()
    assert paths
    assert all(path.stat().st_size > 500 for path in paths)


def test_what_is_out_of_the_picture_is_not_drawn(puppets: SpritePuppets) -> None:
    rgba, _, _ = drawn(puppets, plates=studio(floor=(9.0, 0.0, 0.0)))
    assert rgba.size == 0
    close, x, y = drawn(puppets, plates=studio(160, 120, 1.6, 0.3))
    assert min(x, y) >= 0
    assert x + close.shape[1] <= 160
    assert y + close.shape[0] <= 120
    behind, _, _ = drawn(puppets, plates=studio(floor=(0.0, 0.0, 9.0)))
    assert behind.size == 0


@pytest.mark.parametrize(
    ("staging", "field"),
    [
        (replace(STAND, puppet="dragon"), "staging.puppet"),
        (replace(STAND, position="moon"), "staging.position"),
        (replace(STAND, pose="fly"), "staging.pose"),
        (replace(STAND, emotion="hungry"), "staging.emotion"),
    ],
)
def test_an_unknown_name_is_refused_with_those_known(puppets: SpritePuppets, staging: Staging, field: str) -> None:
    with pytest.raises(UnknownName) as caught:
        puppets.prepare(staging, studio(), 48, 0)
    assert caught.value.field == field
    assert caught.value.known


def test_values_out_of_range_are_refused(puppets: SpritePuppets) -> None:
    with pytest.raises(InvalidAsk, match="facing"):
        puppets.prepare(replace(STAND, facing=2), studio(), 48, 0)
    with pytest.raises(InvalidAsk, match="frame_count"):
        puppets.prepare(STAND, studio(), 0, 0)
    track = puppets.prepare(STAND, studio(), 48, 0)
    with pytest.raises(UnknownName, match="viseme"):
        track.draw(0, WEIGHTS, "zz", PLAIN)
    with pytest.raises(InvalidAsk, match="tint"):
        track.draw(0, WEIGHTS, "rest", (1.0, 1.0))


def test_the_fingerprint_follows_the_designs(small_designs: Path, tmp_path: Path) -> None:
    for path in small_designs.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text())
    same = SpritePuppets(tmp_path).fingerprint
    assert same == SpritePuppets(small_designs).fingerprint
    person = tmp_path / "person.yaml"
    person.write_text(person.read_text().replace("1.7", "1.9"))
    assert SpritePuppets(tmp_path).fingerprint != same


@pytest.mark.parametrize("name", ["engineer", "engineer_suit", "scientist"])
def test_who_is_looked_past_leaves_most_of_the_picture_free(cast: SpritePuppets, name: str) -> None:
    width, height = 320, 180
    for across in (-0.36, -0.28):
        plates = studio(width, height, 1.5, 0.7, floor=(across, 0.0, 0.0), distance_m=1.6)
        track = cast.prepare(Staging(name, "centre", 1), plates, 48, 3)
        rgba, x, _ = track.draw(10, WEIGHTS, "rest", PLAIN)
        seen = np.argwhere(rgba[..., 3] > 200)
        assert len(seen) > 300
        head = seen[seen[:, 0] < rgba.shape[0] // 3]
        assert x + head[:, 1].max() < 0.33 * width
        assert track.depth_m(10) < 1.6 * 1.3
        alone = cast.prepare(Staging(name, "centre", -1), plates, 48, 3)
        assert alone.depth_m(10) < track.depth_m(10)


def test_what_is_said_moves_the_hands(cast: SpritePuppets) -> None:
    talk = Talk(((0.0, 3.0),), (Stress(1.0, 1.0, 0.1),))
    silent, speaks = (
        cast.prepare(Staging("scientist", "centre", emotion="warm", speaks="x"), studio(), 96, 3, said)
        for said in (Talk(), talk)
    )
    assert silent.draw(24, WEIGHTS, "rest", PLAIN)[0].tobytes() != speaks.draw(24, WEIGHTS, "rest", PLAIN)[0].tobytes()
    assert silent.draw(90, WEIGHTS, "rest", PLAIN)[0].tobytes() == speaks.draw(90, WEIGHTS, "rest", PLAIN)[0].tobytes()


@pytest.mark.parametrize("name", ["scientist", "engineer_suit"])
def test_a_mouth_drawn_over_the_face_is_as_if_all_had_been_drawn(cast: SpritePuppets, name: str) -> None:
    """Only what the mouth changes is drawn anew; what was drawn before must not show, not in one byte."""
    close = studio(260, 260, cast.height_m(name) * 0.9, 0.52)
    ask = (Staging(name, "centre", 1, emotion="warm", speaks="x"), close, 48, 3)
    whole = cast.prepare(*ask)
    whole._mouth = np.zeros(0, np.int64)  # everything is drawn for every mouth
    track = cast.prepare(*ask)
    for frame in (3, 7, 11):
        for viseme in VISEMES:
            found, expected = (puppet.draw(frame, WEIGHTS, viseme, PLAIN) for puppet in (track, whole))
            assert found[1:] == expected[1:]
            assert found[0].tobytes() == expected[0].tobytes(), (frame, viseme)
    dark = {**WEIGHTS, "key": 0.2}
    assert light(track.draw(11, dark, "ai", PLAIN)[0]) < 0.8 * light(track.draw(11, WEIGHTS, "ai", PLAIN)[0])
