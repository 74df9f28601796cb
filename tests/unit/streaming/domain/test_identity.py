"""A take's name: the same for the same order, another one for any change, blind to noise in sums."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from services.streaming.domain.identity import take_identity
from services.streaming.domain.screenplay import (
    CameraMove,
    Effect,
    GradeKey,
    Leaving,
    MusicCue,
    Rendition,
    Shot,
    SoundCue,
    SpokenLine,
    Staging,
    TakeOrder,
    Title,
    View,
)

pytestmark = pytest.mark.unit

FULL = TakeOrder(
    Shot(
        view=View("corridor", "medium", "left", 1, "dusk", "dust", "tense", "steel", ("lights_out",), 7),
        frame_count=96,
        camera=CameraMove("push_in", 0.4),
        staging=(Staging("engineer", "left", 1, "walk", "afraid", "ann"),),
        lines=(SpokenLine("ann", "Who is there?", "engineer", "afraid", 1.1, -12),),
        music=(MusicCue(3, "tense", "Dm", 92.0, 4_000, 0.2, 0.6, 0.0, 1.0),),
        sounds=(SoundCue("door", 12, 0.5, -0.3),),
        effects=(Effect("fog", 0.3, 0, 24),),
        title=Title("Red Silence", "", "title", 10, 84),
        transition="dip",
        ambience="hum",
        leaving=Leaving(
            View("greenhouse", marks=("breach",)),
            72,
            CameraMove("orbit", 0.5),
            (Staging("engineer", "left", 1),),
            (Effect("fog"),),
            60,
        ),
    ),
    (GradeKey(), GradeKey(48, 0.3, -0.2, 1.1, 1.2, 0.1, 0.2, 0.3, 1.4, 0.5)),
    Rendition(640, 360, "vp8", 800_000),
    calm=True,
)


def changed(value: Any) -> Iterator[tuple[str, Any]]:
    """Every way to change one leaf of a value, with the leaf's name."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            for name, other in changed(getattr(value, field.name)):
                yield f"{field.name}.{name}", dataclasses.replace(value, **{field.name: other})  # type: ignore[type-var]
    elif isinstance(value, tuple):
        yield "less", value[:-1]
        for number, item in enumerate(value):
            for name, other in changed(item):
                yield f"{number}.{name}", (*value[:number], other, *value[number + 1 :])
    elif isinstance(value, bool):
        yield "", not value
    elif isinstance(value, str):
        yield "", f"{value}x"
    else:
        yield "", value + 1


CHANGED = list(changed(FULL))


def test_equal_orders_have_equal_identities() -> None:
    again = dataclasses.replace(FULL, shot=dataclasses.replace(FULL.shot))
    assert take_identity(again, "engine-1") == take_identity(FULL, "engine-1")


def test_it_is_a_sha_256() -> None:
    assert len(bytes.fromhex(take_identity(FULL, "engine-1"))) == 32


@pytest.mark.parametrize(("name", "other"), CHANGED, ids=[name for name, _ in CHANGED])
def test_each_field_counts(name: str, other: TakeOrder) -> None:
    assert take_identity(other, "engine-1") != take_identity(FULL, "engine-1")


def test_no_two_changes_look_alike() -> None:
    names = {take_identity(other, "engine-1") for _, other in CHANGED}
    assert len(names) == len(CHANGED)


def test_another_engine_gives_another_take() -> None:
    assert take_identity(FULL, "engine-2") != take_identity(FULL, "engine-1")


def test_noise_of_float_sums_does_not_count() -> None:
    third = 0.1 + 0.2
    assert third != 0.3
    noisy = dataclasses.replace(FULL, grade=(GradeKey(warmth=third),))
    exact = dataclasses.replace(FULL, grade=(GradeKey(warmth=0.3),))
    assert take_identity(noisy, "engine-1") == take_identity(exact, "engine-1")


def test_negative_zero_and_whole_numbers_have_one_form() -> None:
    forms = [dataclasses.replace(FULL, grade=(GradeKey(warmth=value),)) for value in (0.0, -0.0, 0, -1e-9)]
    assert len({take_identity(form, "engine-1") for form in forms}) == 1
