"""Locks taper, hug what they lie on, differ from each other, and are the same every time."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from services.inference.adapters.puppets_sprite.design import load_all
from services.inference.adapters.puppets_sprite.engine import DESIGNS
from services.inference.adapters.puppets_sprite.locks import PIECES, Locks, strands

ROW = Locks(70.0, 290.0, 12, (30.0, 0.0), (-20.0, 0.05), (-90.0, 0.0), vary=0.9)
HEADS = ("engineer", "scientist", "child", "colonist_man", "colonist_woman")
GROWN = ("engineer", "scientist", "child")
"""Whose hair is loose enough to be made of locks; the others' is combed flat."""


def test_a_lock_is_one_piece_after_the_other_and_ends_thinner_than_its_middle() -> None:
    found = strands(ROW)
    assert len(found) == ROW.count * PIECES
    for number in range(ROW.count):
        lock = found[number * PIECES : (number + 1) * PIECES]
        for (_, end, radii), (start, _, following) in itertools.pairwise(lock):
            assert end == start
            assert radii[1] == following[0]
        assert lock[-1][2][1] < 0.5 * lock[PIECES // 2][2][0]
        assert lock[-1][1][1] < lock[0][0][1]


def test_locks_of_a_row_differ_in_length_and_are_the_same_every_time() -> None:
    ends = [piece[1][1] for piece in strands(ROW)[PIECES - 1 :: PIECES]]
    assert np.std(ends) > 0.0025
    assert strands(ROW) == strands(replace(ROW))
    even = [piece[1][1] for piece in strands(replace(ROW, vary=0.0))[PIECES - 1 :: PIECES]]
    assert np.std(even) < 1e-9


def test_swept_locks_run_side_by_side_over_the_head_and_stay_on_it() -> None:
    row = Locks(-40.0, 40.0, 5, (30.0, 0.0), (85.0, 0.0), (150.0, 0.0), vary=0.0, swept=1.0)
    found = strands(row)
    for number in range(row.count):
        lock = found[number * PIECES : (number + 1) * PIECES]
        assert lock[0][0][2] > 0.02 > -0.05 > lock[-1][1][2]
        assert np.ptp([piece[0][0] for piece in lock]) < 1e-9
        for start, _, _ in lock:
            assert np.linalg.norm((np.array(start) - row.centre) / row.radii) == pytest.approx(1.0, abs=1e-6)


def test_a_row_may_begin_gathered_at_a_parting_and_change_from_its_first_lock_to_its_last() -> None:
    row = Locks(
        -80.0, -20.0, 4, (80.0, 0.0), (30.0, 0.0), (-60.0, 0.0), vary=0.0, last_top=(40.0, 0.0), last_end=(10.0, 0.0),
        parting=30.0, gather=1.0,
    )  # fmt: skip
    found = strands(row)
    starts = np.array([piece[0] for piece in found[::PIECES]]) - row.centre
    ends = np.array([piece[1] for piece in found[PIECES - 1 :: PIECES]]) - row.centre
    around = np.degrees(np.arctan2(starts[:, 0] / row.radii[0], starts[:, 2] / row.radii[2]))
    assert around == pytest.approx(30.0, abs=1e-6)
    assert np.degrees(np.arcsin(starts[[0, -1], 1] / row.radii[1])) == pytest.approx([80.0, 40.0])
    assert ends[-1, 1] > 0.0 > ends[0, 1]
    assert np.degrees(np.arctan2(ends[0, 0] / row.radii[0], ends[0, 2] / row.radii[2])) == pytest.approx(-80.0)


def test_every_head_has_its_own_hair() -> None:
    designs = load_all(DESIGNS)
    shapes = {}
    for name in HEADS:
        forms = [form for part in designs[name].parts if part.material == "hair" for form in part.forms]
        assert (sum(form.kind == "limb" for form in forms) > 60) == (name in GROWN), name
        points = np.array([form.to if form.kind == "limb" else form.at for form in forms])
        shapes[name] = np.concatenate([points.min(axis=0), points.max(axis=0), [len(forms) / 5000]])
    for one, other in itertools.combinations(HEADS, 2):
        assert np.abs(shapes[one] - shapes[other]).max() > 0.008, (one, other)
