"""What canon forbids is not shown: closed places, absent and dead people, broken things that are heard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.streaming.domain.canon import Canon
from services.streaming.domain.canon_shots import shown_soundly
from services.streaming.domain.cutting import Manner
from services.streaming.domain.layout import lay_out
from services.streaming.domain.planner import SceneBrief, plan
from services.streaming.domain.story import Appearance, Beat, Cues, ShotHint, SoundHint
from tests.unit.streaming.domain.small_screenplay import said
from tests.unit.streaming.domain.small_story import small_story, start

pytestmark = pytest.mark.unit

STORY = small_story()
CANON = Canon.of(STORY)


def looking_at(*shots: ShotHint, **changes: object) -> Beat:
    return start(shots=shots, **changes)


def test_what_holds_is_shown_as_it_is() -> None:
    beat = looking_at(ShotHint("wide"), ShotHint("close", 1, "ann"), ShotHint("establishing", place="yard"))
    assert shown_soundly(CANON, beat) == (beat, ())


def test_a_closed_place_is_seen_once_it_is_open_and_not_before() -> None:
    beat = looking_at(ShotHint("establishing", place="cellar"))
    mended, reasons = shown_soundly(CANON, beat)
    assert [hint.place for hint in mended.shots] == [""]
    assert reasons == ("shot 1: the cellar is closed, so the house is seen instead",)
    lit = replace(CANON, facts={**CANON.facts, "lit": True})
    assert shown_soundly(lit, beat) == (beat, ())


def test_a_machine_may_look_where_nobody_can_go() -> None:
    beat = looking_at(ShotHint("point_of_view", place="cellar"))
    assert shown_soundly(CANON, beat) == (beat, ())


@pytest.mark.parametrize(
    ("canon", "beat", "reason"),
    [
        (CANON, looking_at(ShotHint("close", 1, "bob"), cast=(Appearance("ann", "left"),)), "Bob is not there"),
        (replace(CANON, dead=frozenset({"bob"})), looking_at(ShotHint("close", 1, "bob")), "Bob is dead"),
        (CANON, looking_at(ShotHint("close", 1, "ann", place="yard")), "Ann is not in the yard"),
    ],
    ids=["absent", "dead", "elsewhere"],
)
def test_nobody_is_looked_at_who_cannot_be_there(canon: Canon, beat: Beat, reason: str) -> None:
    mended, reasons = shown_soundly(canon, beat)
    assert [(hint.framing, hint.subject) for hint in mended.shots] == [("wide", "")]
    assert reasons == (f"shot 1: {reason}, so the whole place is seen instead",)


def test_a_broken_thing_is_not_heard_to_work() -> None:
    beat = start(cues=Cues("calm", sounds=(SoundHint("radio"), SoundHint("steam"))))
    mended, reasons = shown_soundly(replace(CANON, broken=frozenset({"radio"})), beat)
    assert [hint.sound for hint in mended.cues.sounds] == ["steam"]
    assert reasons == ("sound 'radio' is not heard: the radio is broken",)
    assert shown_soundly(CANON, beat) == (beat, ())


def test_a_scene_of_the_mended_beat_shows_and_captions_none_of_it() -> None:
    beat = looking_at(
        ShotHint("close", 0, "bob"),
        cast=(Appearance("ann", "left"),),
        cues=Cues("calm", sounds=(SoundHint("radio"),)),
    )
    canon = replace(CANON, dead=frozenset({"bob"}), broken=frozenset({"radio"}))
    mended, _ = shown_soundly(canon, beat)
    layout = lay_out([said(n, "ann", 12) for n in range(3)], new_place=True, pace=0.0)
    scene = plan(SceneBrief("s1", STORY, mended, canon, layout, Manner(), 5))
    assert {name for planned in scene.shots for name in planned.seen} <= {"ann"}
    assert not [cue for planned in scene.shots for cue in planned.shot.sounds if cue.sound == "radio"]
    assert not [cue for planned in scene.shots for cue in planned.captions if "radio" in cue.text]
