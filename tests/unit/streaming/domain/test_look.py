"""How the look bends over frames: keys say exactly what `at` says, pulses fade, dials glide, nothing leaves its range."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.streaming.domain.look import NEUTRAL, RAMP_FRAMES, Change, Look
from services.streaming.domain.screenplay import GradeKey

pytestmark = pytest.mark.unit

VALUES = [field.name for field in fields(GradeKey) if field.name != "frame"]
RANGES = {
    "exposure_stops": (-1.5, 1.5), "warmth": (-1.0, 1.0), "saturation": (0.3, 1.7), "contrast": (0.6, 1.5),
    "alarm": (0.0, 1.0), "flicker": (0.0, 1.0), "weather": (0.0, 1.0), "camera_energy": (0.0, 2.0),
    "music_intensity": (-1.0, 1.0),
}  # fmt: skip

changes = st.builds(
    Change,
    name=st.sampled_from(["dial:tension", "dial:pace", "emoji:1", "emoji:2"]),
    first_frame=st.integers(0, 300),
    delta=st.lists(st.tuples(st.sampled_from(VALUES), st.floats(-1.2, 1.2)), min_size=1, max_size=4).map(tuple),
    hold_frames=st.sampled_from([-1, 0, 3, 40, 96]),
    fade_frames=st.sampled_from([6, 48]),
)


@st.composite
def looks(draw: st.DrawFn) -> Look:
    look = Look()
    for change in sorted(draw(st.lists(changes, max_size=5)), key=lambda change: change.first_frame):
        look = look.with_change(change)
    return look


def interpolated(keys: tuple[GradeKey, ...], frame: int, name: str) -> float:
    """As an engine does it: linear between keys, held beyond them."""
    before = [key for key in keys if key.frame <= frame]
    after = [key for key in keys if key.frame >= frame]
    left, right = (before or after)[-1 if before else 0], (after or before)[0 if after else -1]
    if left.frame == right.frame:
        return float(getattr(left, name))
    share = (frame - left.frame) / (right.frame - left.frame)
    return float(getattr(left, name) + share * (getattr(right, name) - getattr(left, name)))


@given(looks(), st.integers(0, 400), st.integers(48, 192))
def test_keys_interpolate_to_what_at_says(look: Look, first_frame: int, frame_count: int) -> None:
    keys = look.keys(first_frame, frame_count)
    assert [key.frame for key in keys] == sorted({key.frame for key in keys})
    assert keys[0].frame == 0
    for frame in range(frame_count):
        wanted = look.at(first_frame + frame)
        for name in VALUES:
            assert interpolated(keys, frame, name) == pytest.approx(getattr(wanted, name), abs=2e-3), (frame, name)


@given(looks(), st.integers(0, 600))
def test_no_value_leaves_its_range(look: Look, frame: int) -> None:
    key = look.at(frame)
    for name, (low, high) in RANGES.items():
        assert low <= getattr(key, name) <= high


def test_a_neutral_look_is_a_single_neutral_key() -> None:
    assert Look().keys(480, 96) == (NEUTRAL,)


def test_a_spent_pulse_leaves_a_single_neutral_key() -> None:
    look = Look().with_change(Change("emoji:1", 0, (("warmth", 0.5),), hold_frames=10, fade_frames=20))
    assert look.keys(30, 96) == (NEUTRAL,)


def test_a_lasting_change_is_a_single_key_once_it_is_there() -> None:
    look = Look().with_change(Change("dial:pace", 0, (("warmth", 0.5),)))
    assert look.keys(RAMP_FRAMES, 96) == (GradeKey(warmth=0.5),)


def test_a_pulse_rises_within_a_quarter_second_and_fades() -> None:
    look = Look().with_change(Change("emoji:1", 100, (("warmth", 0.6),), hold_frames=96, fade_frames=48))
    assert look.at(99).warmth == 0.0
    assert 0.0 < look.at(100).warmth < 0.6
    assert look.at(100 + RAMP_FRAMES - 1).warmth == 0.6
    assert look.at(196).warmth == 0.6
    assert look.at(220).warmth == pytest.approx(0.3)
    assert look.at(244).warmth == 0.0


def test_a_dial_that_is_turned_further_never_passes_through_neutral() -> None:
    look = Look().with_change(Change("dial:tension", 0, (("warmth", -0.4),)))
    look = look.with_change(Change("dial:tension", 200, (("warmth", -0.5),)))
    glide = [look.at(frame).warmth for frame in range(190, 220)]
    assert glide[0] == -0.4
    assert glide[-1] == -0.5
    assert glide == sorted(glide, reverse=True)


def test_a_dial_that_is_dragged_glides_all_the_way() -> None:
    look = Look()
    for number in range(8):
        look = look.with_change(Change("dial:tension", 4 * number, (("warmth", 0.1 * (number + 1)),)))
    values = [look.at(frame).warmth for frame in range(60)]
    steps = [after - before for before, after in zip(values, values[1:], strict=False)]
    assert values[-1] == pytest.approx(0.8)
    assert min(steps) > -0.03
    assert max(steps) < 0.15


def test_only_the_newest_setting_of_a_dial_lasts() -> None:
    look = Look().with_change(Change("dial:pace", 0, (("camera_energy", 0.6),)))
    look = look.with_change(Change("dial:pace", 50, (("camera_energy", 0.2),)))
    assert look.at(200).camera_energy == pytest.approx(1.2)
    look = look.with_change(Change("emoji:1", 300, (("warmth", 0.1),), hold_frames=5))
    assert len(look.changes) == 2


def test_changes_of_other_names_add_up() -> None:
    look = Look().with_change(Change("dial:pace", 0, (("warmth", 0.3),)))
    look = look.with_change(Change("emoji:1", 0, (("warmth", 0.2), ("contrast", 0.1)), hold_frames=96))
    assert look.at(20).warmth == pytest.approx(0.5)
    assert look.at(20).contrast == pytest.approx(1.1)


WOW = (("exposure_stops", 0.35), ("saturation", 0.25))


def pulse(first_frame: int, name: str = "emoji:1") -> Look:
    return Look().with_change(Change(name, first_frame, WOW, hold_frames=96))


def test_a_pulse_that_has_been_seen_ends_with_its_shot() -> None:
    assert pulse(100).settled(148) == Look()


def test_a_pulse_just_before_a_cut_is_seen_in_the_next_shot_and_alike_for_all() -> None:
    shots = {pulse(first, f"emoji:{first}").settled(140).keys(140, 192) for first in (95, 110, 139)}
    (keys,) = shots
    assert interpolated(keys, 0, "exposure_stops") == pytest.approx(0.35)
    assert interpolated(keys, 191, "exposure_stops") == 0.0


def test_the_same_pulse_twice_is_one_in_the_next_shot() -> None:
    twice = pulse(110, "emoji:1").with_change(Change("emoji:2", 120, WOW, hold_frames=96))
    assert twice.settled(140).keys(140, 96) == pulse(110).settled(140).keys(140, 96)


def test_a_short_pulse_that_a_shot_took_over_is_not_cut_off_by_the_next_change() -> None:
    short = Look((Change("emoji:1", 110, (("warmth", 1.0),), hold_frames=3, fade_frames=6),))
    later = short.with_change(Change("emoji:2", 125, (("alarm", 1.0),), hold_frames=96))
    assert short.settled(112).at(124) != NEUTRAL
    assert later.settled(112).at(124) == short.settled(112).at(124)


def test_a_change_within_the_shot_stays_as_it_is() -> None:
    look = pulse(151)
    assert look.settled(140).keys(140, 96) == look.keys(140, 96)


@pytest.mark.parametrize(("value", "stands_at"), [(0.05, 0.0), (0.2, 0.5), (-0.6, -0.5), (0.9, 1.0)])
def test_a_dial_stands_at_a_step_from_the_next_shot_on(value: float, stands_at: float) -> None:
    look = Look().with_change(Change("dial:pace", 100, (("warmth", 0.6),), strength=value))
    assert look.at(130).warmth == pytest.approx(0.6 * value)
    assert [key.warmth for key in look.settled(130).keys(130, 96)] == [pytest.approx(0.6 * stands_at)]


def test_a_dial_that_was_turned_on_leaves_nothing_of_the_old_place_in_the_next_shot() -> None:
    first = Look().with_change(Change("dial:pace", 100, (("warmth", 0.6),), strength=1.0))
    look = first.with_change(Change("dial:pace", 120, (("warmth", 0.6),), strength=-0.5))
    assert [key.warmth for key in look.settled(130).keys(130, 48)] == [pytest.approx(-0.3)]


@given(look=looks(), base=st.integers(0, 400), into=st.integers(1, 150), change=changes)
def test_a_fork_goes_on_where_the_shot_was(look: Look, base: int, into: int, change: Change) -> None:
    at = base + into
    begun = Look(tuple(one for one in look.changes if one.first_frame < at))
    # what has faded to its very last step is left off; it would be seen by nobody
    assume(not any(one.spent(at) and not one.spent(at - 1) for one in begun.changes))
    forked = begun.with_change(replace(change, first_frame=at))
    before, after = (one.settled(base).at(at - 1) for one in (begun, forked))
    assert all(getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-4) for name in VALUES)
