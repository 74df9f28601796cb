"""A beat as shots: words and music lie where they lay, whatever the cut; titles, effects and captions by their rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.domain.canon import Canon
from services.streaming.domain.cutting import Manner
from services.streaming.domain.layout import Layout, lay_out
from services.streaming.domain.picture_words import MACHINES
from services.streaming.domain.planner import SceneBrief, ScoreAt, plan, replan, score_after
from services.streaming.domain.screenplay import Scene, Shot
from services.streaming.domain.story import Appearance, Beat, CharacterSheet, Cues, ShotHint, SoundHint
from services.streaming.domain.timebase import SAMPLES_PER_FRAME
from tests.unit.streaming.domain.small_screenplay import layouts, manners, said
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

DIALOGUE = lay_out([said(n, "ann" if n % 2 == 0 else "bob", 12) for n in range(9)], new_place=True, pace=0.0)


def brief(beat: Beat | None = None, layout: Layout = DIALOGUE, **changes: object) -> SceneBrief:
    beat = beat or start()
    story = small_story()
    made = SceneBrief("s1", story, beat, Canon.of(story).entered(beat), layout, Manner(), 5)
    return replace(made, **changes)  # type: ignore[arg-type]


def starts(scene: Scene) -> list[tuple[int, Shot]]:
    """Each shot with the scene's frame at which it begins."""
    found, at = [], 0
    for planned in scene.shots:
        found.append((at, planned.shot))
        at += planned.shot.frame_count
    return found


def words(scene: Scene) -> set[tuple[str, str, int]]:
    """(speaker, text, frame of the scene) of every line wherever it is heard."""
    return {(line.speaker, line.text, at + line.start_frame) for at, shot in starts(scene) for line in shot.lines}


@given(layouts(), manners)
def test_each_line_is_heard_at_its_frame_in_every_shot_that_it_reaches(layout: Layout, manner: Manner) -> None:
    scene = plan(brief(layout=layout, manner=manner))
    assert words(scene) == {(line.said.speaker, line.said.text, line.start_frame) for line in layout.lines}
    for at, shot in starts(scene):
        inside = [line for line in layout.lines if line.start_frame < at + shot.frame_count and line.end_frame > at]
        assert [line.start_frame + at for line in shot.lines] == [line.start_frame for line in inside]


def test_a_line_that_began_before_the_cut_goes_on_behind_it() -> None:
    long_line = lay_out([said(0, "ann", 60)], new_place=False, pace=0.0)
    shots = starts(plan(brief(layout=long_line)))
    assert len(shots) > 2
    assert [line.start_frame for _, shot in shots[1:3] for line in shot.lines] == [
        long_line.lines[0].start_frame - at for at, _ in shots[1:3]
    ]
    assert shots[1][1].lines[0].start_frame < 0


@given(layouts(), manners, st.integers(0, 10**9))
def test_music_goes_on_over_every_cut(layout: Layout, manner: Manner, position: int) -> None:
    at = position
    previous = ScoreAt("calm", "C", 80.0, position, "hero", 0.4, 0.01)
    made = brief(layout=layout, manner=manner, previous=previous)
    intensity = start().cues.intensity[0]
    scene = plan(made)
    for planned in scene.shots:
        [cue] = planned.shot.music
        opens = at == position
        assert (cue.opens_scene, cue.intensity_before) == ((True, 0.4) if opens else (False, 0.0))
        assert cue.start_sample == at
        assert cue.intensity_from == pytest.approx(intensity, abs=1e-4)
        assert (cue.gain_from, cue.gain_to) == (1.0, 1.0)
        at += planned.shot.frame_count * SAMPLES_PER_FRAME
        intensity = cue.intensity_to
    after = score_after(scene)
    assert after is not None
    assert (after.position, after.motif, after.intensity) == (at, "hero", pytest.approx(intensity))
    assert after.continues(previous)


def test_music_goes_on_from_scene_to_scene() -> None:
    first = brief(first=True)
    second = brief(scene_id="s2", previous=score_after(plan(first)))
    assert plan(second).shots[0].shot.music[0].start_sample == DIALOGUE.frame_count * SAMPLES_PER_FRAME
    assert len(plan(second).shots[0].shot.music) == 1


def test_another_score_is_faded_into() -> None:
    tense = brief(start(cues=Cues("tense")), previous=ScoreAt("calm", "C", 80.0, 96_000))
    shots = plan(tense).shots
    rising, leaving = shots[0].shot.music
    assert (rising.mood, rising.key, rising.start_sample) == ("tense", "Dm", 0)
    assert (rising.gain_from, rising.gain_to) == (0.0, 1.0)
    assert (leaving.mood, leaving.start_sample) == ("calm", 96_000)
    assert (leaving.gain_from, leaving.gain_to) == (1.0, 0.0)
    assert [len(planned.shot.music) for planned in shots[1:]] == [1] * (len(shots) - 1)
    assert shots[1].shot.music[0].start_sample == shots[0].shot.frame_count * SAMPLES_PER_FRAME


def test_the_film_does_not_fade_in_and_its_music_comes_to_rest_before_it_is_over() -> None:
    assert plan(brief(first=True)).shots[0].shot.music[0].gain_from == 1.0
    assert {planned.shot.music[0].end_sample for planned in plan(brief(first=True)).shots} == {0}
    scene = plan(brief(end()))
    over = scene.shots[0].shot.music[0].start_sample + scene.frame_count * SAMPLES_PER_FRAME
    assert {over - planned.shot.music[0].end_sample for planned in scene.shots} == {96_000}


def test_whose_theme_is_sung_follows_who_talks_and_what_is_felt() -> None:
    def motif(**changes: object) -> str:
        return plan(brief(replace(start(), **changes))).shots[0].shot.music[0].motif  # type: ignore[arg-type]

    assert motif(mood="calm") == "hero"
    assert motif(mood="wonder") == motif(mood="dread") == "mystery"
    story = small_story()
    speaker = start().lines[0].speaker
    cast = tuple(replace(sheet, everywhere=sheet.character_id == speaker) for sheet in story.cast)
    made = replace(brief(replace(start(), mood="calm")), story=replace(story, cast=cast))
    assert plan(made).shots[0].shot.music[0].motif == "ai"


def test_a_theme_that_changes_is_crossed_over_at_the_same_place_of_the_score() -> None:
    calm = replace(start(), mood="calm")
    previous = ScoreAt("calm", "C", 80.0, 96_000, "mystery", 0.6, 0.0)
    rising, leaving = plan(brief(calm, previous=previous)).shots[0].shot.music
    assert (rising.motif, leaving.motif) == ("hero", "mystery")
    assert rising.start_sample == leaving.start_sample == 96_000
    assert (rising.gain_from, leaving.gain_from, leaving.intensity_from) == (0.0, 1.0, 0.6)


def test_an_ending_of_one_shot_with_another_score_is_still_heard() -> None:
    short = lay_out([said(0, "ann", 2)], new_place=False, pace=0.0)
    made = brief(end(cues=Cues("tense")), short, previous=ScoreAt("calm", "C", 80.0, 96_000), manner=Manner(pace=-1))
    shots = plan(made).shots
    assert any(cue.gain_from > 0.0 or cue.gain_to > 0.0 for planned in shots for cue in planned.shot.music[:1])


@given(layouts(), manners, manners, st.integers(1, 9), st.data())
def test_replan_keeps_what_is_before_the_cut_and_all_words_and_music(
    layout: Layout, before: Manner, after: Manner, revision: int, data: st.DataObject
) -> None:
    made = brief(layout=layout, manner=before)
    scene = plan(made)
    number = data.draw(st.integers(0, len(scene.shots) - 1))
    cut = starts(scene)[number][0]
    again = replan(made, scene, cut, after, revision)
    assert again.shots[:number] == scene.shots[:number]
    assert again.frame_count == scene.frame_count
    assert words(again) == words(scene)
    for at, shot in starts(again):
        assert shot.music[0].start_sample == made.score.position + at * SAMPLES_PER_FRAME
    ids = [planned.shot_id for planned in again.shots]
    assert len(set(ids)) == len(ids)
    assert {planned.shot_id for planned in scene.shots[number:]}.isdisjoint(ids[number:])


@given(layouts(), manners, st.data())
def test_replan_cuts_no_picture_to_itself(layout: Layout, after: Manner, data: st.DataObject) -> None:
    made = brief(layout=layout)
    scene = plan(made)
    number = data.draw(st.integers(0, len(scene.shots) - 1))
    again = replan(made, scene, starts(scene)[number][0], after, 1)
    for left, right in pairwise(again.shots):
        assert (left.shot.view.framing, left.shot.view.subject) != (right.shot.view.framing, right.shot.view.subject)


def test_replan_wants_a_cut() -> None:
    made = brief()
    with pytest.raises(ValueError, match="frame 7"):
        replan(made, plan(made), 7, Manner(), 1)


@given(layouts(), manners)
def test_captions_lie_within_the_scene_and_never_overlap(layout: Layout, manner: Manner) -> None:
    beat = start(cues=Cues("calm", sounds=(SoundHint("door", 1), SoundHint("steps", 2, 0.5))))
    scene = plan(brief(beat, layout, manner=manner))
    cues = [
        (at + cue.start_frame, at + cue.end_frame, cue)
        for (at, _), planned in zip(starts(scene), scene.shots, strict=True)
        for cue in planned.captions
    ]
    assert cues == sorted(cues, key=lambda cue: cue[0])
    for (_, ended, _), (begun, _, _) in pairwise(cues):
        assert ended <= begun
    assert len({cue.cue_id for _, _, cue in cues}) == len(cues)
    told = " ".join(cue.text for _, _, cue in cues)
    assert "[door]" in told
    assert "[steps]" in told


def test_a_scene_without_words_is_still_a_scene() -> None:
    silent = plan(brief(layout=lay_out([], new_place=True, pace=0.0)))
    assert silent.frame_count == 96
    assert [planned.captions for planned in silent.shots] == [()] * len(silent.shots)


def test_each_sound_is_in_the_one_shot_in_which_it_begins() -> None:
    beat = start(cues=Cues("calm", sounds=(SoundHint("door", 3, 0.5, 0.6, -0.4), SoundHint("steps", 0, -5.0))))
    scene = plan(brief(beat))
    heard = {(cue.sound, at + cue.start_frame) for at, shot in starts(scene) for cue in shot.sounds}
    assert heard == {("door", DIALOGUE.lines[3].start_frame + 12), ("steps", 0)}
    assert all(0 <= cue.start_frame < shot.frame_count for _, shot in starts(scene) for cue in shot.sounds)


def test_the_place_before_goes_over_into_the_scenes_own() -> None:
    before = score_after(plan(brief()))
    assert before is not None
    onward = plan(brief(scene_id="s2", previous=before))
    assert [planned.shot.ambience_before for planned in onward.shots] == [""] * len(onward.shots)
    elsewhere = plan(brief(scene_id="s2", previous=replace(before, ambience="cavern")))
    assert [planned.shot.ambience_before for planned in elsewhere.shots] == ["cavern", *[""] * (len(onward.shots) - 1)]
    other_music = plan(brief(scene_id="s2", previous=replace(before, mood="dread")))
    assert other_music.shots[0].shot.ambience_before == before.ambience
    assert plan(brief(first=True)).shots[0].shot.ambience_before == ""


def test_who_walks_in_the_picture_is_heard_at_each_step() -> None:
    beat = start()
    walking = replace(beat, cast=tuple(replace(appearance, pose="walk") for appearance in beat.cast))
    seen = 0
    for planned in plan(brief(walking)).shots:
        walkers = [one for one in planned.shot.staging if one.pose == "walk" and one.puppet not in MACHINES]
        steps = [cue for cue in planned.shot.sounds if cue.sound == "footstep"]
        assert {cue.position for cue in steps} == {walker.position for walker in walkers}
        for walker in walkers:
            falls = [cue.start_frame for cue in steps if cue.position == walker.position]
            assert {after - before for before, after in pairwise(falls)} <= {19, 20}
            assert 0 < falls[0] < falls[-1] < planned.shot.frame_count
            seen += 1
    assert seen
    told = replace(walking, cues=Cues("calm", sounds=(SoundHint("steps", 0),)))
    assert not any(cue.sound == "footstep" for planned in plan(brief(told)).shots for cue in planned.shot.sounds)
    assert not any(cue.sound == "footstep" for planned in plan(brief()).shots for cue in planned.shot.sounds)


def test_a_description_is_heard_and_captioned_by_its_own_name_and_shows_no_mouth() -> None:
    told = said(-1, "Description", 16)
    lines = [said(n, "ann" if n % 2 == 0 else "bob", 12) for n in range(3)]
    scene = plan(brief(layout=lay_out(lines, new_place=True, pace=0.0, description=told)))
    heard = [(at + line.start_frame, line.speaker) for at, shot in starts(scene) for line in shot.lines]
    assert (10, "Description") in heard
    assert not any(staging.speaks == "Description" for _, shot in starts(scene) for staging in shot.staging)
    captions = [cue for planned in scene.shots for cue in planned.captions if cue.speaker == "Description"]
    assert " ".join(cue.text for cue in captions) == told.text
    spoken = [cue for planned in scene.shots for cue in planned.captions if cue.speaker != "Description"]
    assert len(spoken) >= 3


def test_only_the_first_shot_of_a_new_place_names_it() -> None:
    titles = [planned.shot.title for planned in plan(brief(new_place=True)).shots]
    assert titles[0] is not None
    assert (titles[0].kind, titles[0].text) == ("place", "the house")
    assert titles[1:] == [None] * (len(titles) - 1)
    assert plan(brief(new_place=False)).shots[0].shot.title is None


def test_the_film_begins_with_its_title_and_ends_with_the_end() -> None:
    opening = plan(brief(first=True)).shots[0].shot
    assert opening.title is not None
    assert (opening.title.kind, opening.title.text) == ("title", "Small")
    closing = plan(brief(end())).shots[-1].shot
    assert closing.title is not None
    assert (closing.title.kind, closing.title.end_frame) == ("end", closing.frame_count)
    assert all(0 <= t.start_frame < t.end_frame for t in (opening.title, closing.title))


def test_a_scene_comes_by_what_was_played_before_it_and_within_it_there_are_cuts() -> None:
    seen = Canon.of(small_story()).after(start())
    night = start(time_of_day="night")
    scene = plan(brief(night, canon=seen.entered(night)))
    assert [planned.shot.transition for planned in scene.shots] == ["dissolve"] + ["cut"] * (len(scene.shots) - 1)
    assert plan(brief(canon=seen.entered(start()))).shots[0].shot.transition == "cut"


def test_a_day_after_the_dusk_is_seen_at_dusk_and_is_no_other_hour() -> None:
    evening, day = start(beat_id="evening", time_of_day="dusk"), start(beat_id="day", time_of_day="day")
    story = replace(small_story(), beats=(*small_story().beats, evening, day))
    seen = Canon.of(story).after(evening)
    scene = plan(brief(day, story=story, canon=seen.entered(day)))
    assert {planned.shot.view.time_of_day for planned in scene.shots} == {"dusk"}
    assert scene.shots[0].shot.transition == "cut"
    passed = replace(day, time_passes="always")
    assert plan(brief(passed, story=story, canon=seen.entered(passed))).shots[0].shot.view.time_of_day == "day"


def effects_of(scene: Scene) -> list[dict[str, float]]:
    return [{effect.kind: effect.strength for effect in planned.shot.effects} for planned in scene.shots]


def test_weather_is_in_the_air_outside_only() -> None:
    outside = start(place="yard", weather="storm")
    assert all(kinds["dust"] == 0.8 for kinds in effects_of(plan(brief(outside))))
    assert all("dust" not in kinds for kinds in effects_of(plan(brief(start(weather="storm")))))
    assert plan(brief(outside)).shots[0].shot.view.weather == "storm"
    assert plan(brief(start(weather="storm"))).shots[0].shot.view.weather == "storm"


def test_a_hints_effects_come_on_top_of_the_beats_and_win() -> None:
    beat = start(
        cues=Cues("calm", effects=(("fog", 0.2), ("glow", 0.1))),
        shots=(ShotHint("close", 4, "bob", effects=(("fog", 0.9), ("sparks", 0.5))),),
    )
    kinds = effects_of(plan(brief(beat)))
    assert {"fog": 0.9, "glow": 0.1, "sparks": 0.5} in kinds
    assert {"fog": 0.2, "glow": 0.1} in kinds


def test_a_tense_manner_flickers_inside_and_shakes_the_camera() -> None:
    scene = plan(brief(manner=Manner(tension=0.8)))
    assert all(kinds["flicker"] == 0.35 for kinds in effects_of(scene))
    near = [p.shot for p in scene.shots if p.shot.view.framing in ("medium", "close", "over_shoulder")]
    assert near
    assert {shot.camera.kind for shot in near} == {"handheld"}
    assert scene.shots[0].shot.view.mood == "tense"


def test_light_hangs_in_the_air_where_a_mood_wants_it_and_the_place_is_seen_whole() -> None:
    for planned in plan(brief(start(mood="wonder"))).shots:
        whole = planned.shot.view.framing in ("establishing", "wide")
        assert ("shafts" in {effect.kind for effect in planned.shot.effects}) == whole
    assert all("shafts" not in kinds for kinds in effects_of(plan(brief(start(mood="calm")))))


def test_focus_is_pulled_over_shoulders_only_and_not_over_every_one() -> None:
    pulled = {True: 0, False: 0}
    for seed in range(40):
        for planned in plan(brief(seed=seed)).shots:
            over = planned.shot.view.framing == "over_shoulder"
            pulls = "rack_focus" in {effect.kind for effect in planned.shot.effects}
            assert over or not pulls
            if over:
                pulled[pulls] += 1
    assert 0 < pulled[True] < pulled[False]


def test_who_looks_to_the_right_is_seen_from_the_right_and_has_room_to_look_into() -> None:
    looks = {"left": 1, "right": -1}
    seen = {(planned.shot.view.framing, planned.shot.view.subject) for planned in plan(brief()).shots}
    assert {subject for _, subject in seen} >= set(looks)
    for planned in plan(brief()).shots:
        view = planned.shot.view
        if view.framing in ("medium", "close", "over_shoulder"):
            assert view.side == looks[view.subject]
        if view.framing in ("establishing", "insert"):
            assert view.side == 0


def test_over_a_shoulder_means_over_the_listeners() -> None:
    for seed in range(12):
        for planned in plan(replace(brief(), seed=seed)).shots:
            view = planned.shot.view
            other = {"left": "right", "right": "left"}.get(view.subject, "")
            assert view.past == (other if view.framing == "over_shoulder" else "")


def test_the_camera_looks_at_the_height_of_the_eyes() -> None:
    heights = {
        (planned.shot.view.subject, planned.shot.view.eye_height_m)
        for seed in range(6) for planned in plan(replace(brief(), seed=seed)).shots
        if planned.shot.view.framing in ("medium", "close", "over_shoulder")
    }  # fmt: skip
    assert heights == {("left", 1.6), ("right", 1.65)}


def test_an_insert_shows_a_thing_and_not_where_somebody_stands() -> None:
    beat = start(shots=(ShotHint("insert", from_line=2, subject="left"),))
    [insert] = [planned for planned in plan(brief(beat)).shots if planned.shot.view.framing == "insert"]
    assert (insert.shot.view.subject, insert.seen) == ("", ())


def test_the_film_begins_with_a_picture() -> None:
    assert plan(replace(brief(), first=True, new_place=True)).shots[0].shot.transition == "cut"


def test_speakers_face_each_other_and_a_close_shot_shows_one() -> None:
    for planned in plan(brief(start(tension=0.9))).shots:
        facing = {staging.speaks: staging.facing for staging in planned.shot.staging}
        assert {("ann", 1), ("bob", -1)} >= set(facing.items())
        if planned.shot.view.framing == "close":
            assert len(planned.seen) == 1


def test_outside_everyone_who_needs_air_wears_a_suit() -> None:
    story = small_story()
    beat = start(place="yard")
    canon = Canon.of(story).entered(beat)
    puppets = {s.puppet for p in plan(brief(beat, canon=canon)).shots for s in p.shot.staging}
    assert puppets <= {"engineer_suit", "scientist"}
    assert "engineer_suit" in puppets


def test_a_look_elsewhere_shows_nobody() -> None:
    beat = start(shots=(ShotHint("wide", 4, place="yard"),))
    elsewhere = [p for p in plan(brief(beat)).shots if p.shot.view.set_name == "mars_surface"]
    assert len(elsewhere) == 1
    assert elsewhere[0].seen == ()
    assert elsewhere[0].shot.ambience == "wind"


def test_canons_marks_show_on_the_place() -> None:
    assert plan(brief()).shots[0].shot.view.marks == ("lights_out",)


def test_a_caption_names_how_a_far_voice_is_carried() -> None:
    radioed = lay_out([replace(said(0, "ann", 4), over="radio")], new_place=False, pace=0.0)
    [cue] = [cue for planned in plan(brief(layout=radioed)).shots for cue in planned.captions]
    assert cue.speaker == "Ann (radio)"


def test_a_body_is_needed_to_be_seen() -> None:
    story = small_story()
    bodiless = replace(story, cast=(*(replace(s, puppet="") if s.character_id == "bob" else s for s in story.cast),))
    assert isinstance(bodiless.character("bob"), CharacterSheet)
    seen = {name for planned in plan(brief(story=bodiless)).shots for name in planned.seen}
    assert "bob" not in seen


def test_who_makes_a_sound_says_where_it_is_unless_the_author_does() -> None:
    walker = replace(start().cast[0], pose="walk")
    hints = (SoundHint("steps"), SoundHint("steps", pan=0.5), SoundHint("alarm"))
    beat = replace(start(), cast=(walker, *start().cast[1:]), cues=replace(start().cues, sounds=hints))
    cues = [cue for planned in plan(brief(beat)).shots for cue in planned.shot.sounds]
    assert [(cue.sound, cue.pan, cue.position) for cue in cues] == [
        ("steps", 0.0, walker.position), ("steps", 0.5, ""), ("alarm", 0.0, ""),
    ]  # fmt: skip


def sitting(place_set: str) -> list[tuple[str, float]]:
    """Pose and eye height of the left one of two, who is to sit, in close pictures in a set."""
    cast = (Appearance("ann", "left", "sit"), Appearance("bob", "right"))
    made = brief(start(cast=cast, tension=0.9))
    places = tuple(replace(place, set_name=place_set) for place in made.story.places)
    made = replace(made, story=replace(made.story, places=places))
    return [
        (shot.staging[0].pose, shot.view.eye_height_m)
        for shot in (planned.shot for planned in plan(made).shots)
        if shot.view.framing == "close" and shot.view.subject == "left"
    ]


def test_who_sits_is_looked_at_lower_and_nobody_sits_on_air() -> None:
    assert set(sitting("control_room")) == {("sit", 1.17)}
    assert set(sitting("orbit")) == {("stand", 1.6)}
