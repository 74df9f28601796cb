"""Canon: what holds, what effects do, and what cannot be said or shown."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from services.streaming.domain.canon import Canon
from services.streaming.domain.story import Appearance, Condition, Effect, Line
from tests.unit.streaming.domain.small_story import DARK, LIT, end, lamp, small_story, start

pytestmark = pytest.mark.unit


def canon_after(*effects: Effect) -> Canon:
    return Canon.of(small_story()).apply(effects)


@pytest.mark.parametrize(
    ("effects", "condition", "holds"),
    [
        ((), Condition("fact", "lit"), False),
        ((Effect("set", "lit", True),), Condition("fact", "lit"), True),
        ((), Condition("fact", "warmth", ">=", 1), True),
        ((), Condition("fact", "warmth", ">", 1), False),
        ((), Condition("fact", "warmth", "<", 2), True),
        ((), Condition("fact", "warmth", "<=", 0), False),
        ((), Condition("fact", "season", "!=", "winter"), True),
        ((Effect("set", "season", "winter"),), Condition("fact", "season", "==", "winter"), True),
        ((), Condition("knows", "ann", "==", "well"), False),
        ((Effect("learns", "ann", "well"),), Condition("knows", "ann", "==", "well"), True),
        ((), Condition("knows", "tale", "==", "well"), True),
        ((Effect("moves", "ann", "yard"),), Condition("at", "ann", "==", "yard"), True),
        ((), Condition("at", "ann", "==", "yard"), False),
        ((Effect("dies", "bob"),), Condition("alive", "bob"), False),
        ((Effect("dies", "bob"),), Condition("alive", "bob", negated=True), True),
        ((Effect("breaks", "fuse"),), Condition("works", "fuse"), False),
        ((Effect("breaks", "fuse"), Effect("repairs", "fuse")), Condition("works", "fuse"), True),
        ((), Condition("suited", "ann"), False),
        ((), Condition("played", "start"), False),
        ((), Condition("reachable", "cellar", "==", "ann"), False),
        ((Effect("set", "lit", True),), Condition("reachable", "cellar", "==", "ann"), True),
    ],
)
def test_a_condition_follows_the_effects(effects: tuple[Effect, ...], condition: Condition, holds: bool) -> None:
    canon = canon_after(*effects)
    assert canon.holds(condition) is holds
    assert canon.holds(replace(condition, negated=not condition.negated)) is not holds


def test_all_conditions_must_hold_and_the_unmet_ones_are_named() -> None:
    canon = canon_after()
    many = (Condition("fact", "warmth", ">=", 1), LIT)
    assert not canon.satisfied(many)
    assert canon.unmet(many) == (LIT,)


def test_adding_stays_within_the_declared_range() -> None:
    assert canon_after(Effect("add", "warmth", 99)).facts["warmth"] == 5
    assert canon_after(Effect("add", "warmth", -99)).facts["warmth"] == 0


def test_applying_leaves_the_old_canon_as_it_was() -> None:
    before = Canon.of(small_story())
    before.apply((Effect("set", "lit", True), Effect("dies", "bob")))
    assert before == Canon.of(small_story())


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="kind of effect"):
        canon_after(Effect("explodes", "bob"))
    with pytest.raises(ValueError, match="kind of condition"):
        canon_after().holds(Condition("feels", "bob"))


def test_a_beat_moves_its_cast_teaches_who_is_present_and_is_remembered() -> None:
    canon = Canon.of(small_story()).after(start())
    assert not canon.knows("bob", "well")
    done = canon.after(lamp(), lamp().choice.options[0])  # type: ignore[union-attr]
    assert done.knows("bob", "well")
    assert done.knows("mind", "well"), "a voice that is everywhere hears what is said"
    assert done.facts["warmth"] == 5
    assert done.played == ("start", "lamp")
    outside = done.after(end())
    assert outside.where["ann"] == "yard"
    assert outside.over


def test_unspoken_lines_teach_nothing() -> None:
    canon = Canon.of(small_story()).after(start())
    assert not canon.after(lamp(), lines=lamp().lines[:1]).knows("bob", "well")


def test_lines_are_said_only_while_their_condition_holds() -> None:
    canon = Canon.of(small_story())
    assert len(canon.spoken(lamp())) == 3
    assert len(canon.apply((Effect("set", "lit", True),)).spoken(lamp())) == 2


def test_a_beats_opening_comes_before_its_lines_and_pictures() -> None:
    beat = lamp(opening=(Effect("set", "lit", True),))
    canon = Canon.of(small_story())
    assert len(canon.spoken(beat)) == 2
    assert canon.marks("house") == ("lights_out",)
    assert canon.entered(beat).marks("house") == ()
    assert canon.marks("yard") == ()


def test_only_open_options_are_offered_and_they_see_the_beats_own_effects() -> None:
    canon = Canon.of(small_story()).after(start())
    assert [option.option_id for option in canon.options(lamp())] == ["keep", "tell"]
    assert canon.options(start()) == ()


def test_suits_are_worn_where_there_is_no_air_and_taken_off_inside() -> None:
    canon = Canon.of(small_story())
    outside = canon.after(end())
    assert outside.suited == {"ann", "bob"}
    assert outside.after(lamp()).suited == frozenset()


class TestContradictions:
    def test_nothing_speaks_against_a_sound_beat(self) -> None:
        assert Canon.of(small_story()).contradictions(start()) == ()

    def test_the_dead_are_not_present_and_do_not_talk(self) -> None:
        canon = canon_after(Effect("dies", "bob"))
        assert canon.contradictions(start()) == ("Bob is dead",)
        alone = start(cast=(Appearance("ann", "left"),), lines=(Line("bob", "Boo.", over="radio"),))
        assert canon.contradictions(alone) == ("line 1: Bob is dead and cannot speak",)
        recorded = replace(alone, lines=(Line("bob", "Boo.", over="recording"),))
        assert canon.contradictions(recorded) == ()

    def test_nobody_is_outside_without_a_suit(self) -> None:
        canon = canon_after(Effect("set", "lit", True), Effect("learns", "bob", "well"))
        bare = end(suits=("ann",))
        assert canon.contradictions(bare) == ("Bob has no suit on in the yard, where nothing can be breathed",)
        assert canon.contradictions(end()) == ()

    def test_air_can_be_lost_through_canon(self) -> None:
        story = small_story()
        house = replace(story.places[0], airless_when=(DARK,))
        canon = Canon.of(replace(story, places=(house, *story.places[1:])))
        assert len(canon.contradictions(start())) == 2
        assert canon.apply((Effect("set", "lit", True),)).contradictions(start()) == ()

    def test_closed_places_cannot_be_reached(self) -> None:
        beat = start(place="cellar")
        assert canon_after().contradictions(beat) == (
            "Ann cannot get to the cellar",
            "Bob cannot get to the cellar",
        )
        assert canon_after(Effect("set", "lit", True)).contradictions(beat) == ()
        nobody = start(place="cellar", cast=(), lines=(Line("tale", "It was dark."),))
        assert canon_after().contradictions(nobody) == ("the cellar is closed",)

    def test_a_closed_place_on_the_way_blocks_it_too(self) -> None:
        story = small_story()
        yard = replace(story.places[1], closed_when=(Condition("fact", "warmth", "==", 1),))
        cellar = replace(story.places[2], closed_when=())
        canon = Canon.of(replace(story, places=(story.places[0], yard, cellar)))
        assert not canon.can_reach("cellar", "ann")
        assert canon.apply((Effect("add", "warmth", 1),)).can_reach("cellar", "ann")

    def test_who_is_not_there_does_not_speak_but_by_radio_that_works(self) -> None:
        alone = start(cast=(Appearance("ann", "left"),), lines=(Line("bob", "Hello."),))
        assert canon_after().contradictions(alone) == ("line 1: Bob is not there to speak",)
        called = replace(alone, lines=(Line("bob", "Hello.", over="radio"),))
        assert canon_after().contradictions(called) == ()
        broken = canon_after(Effect("breaks", "radio"))
        assert broken.contradictions(called) == ("line 1: Bob cannot be heard: the radio is broken",)

    def test_a_voice_that_is_everywhere_can_be_silenced(self) -> None:
        beat = start(lines=(Line("mind", "Good evening."),))
        assert canon_after().contradictions(beat) == ()
        assert canon_after(Effect("breaks", "fuse")).contradictions(beat) == ("line 1: Mind cannot be heard now",)

    @pytest.mark.parametrize("line", [Line("bob", "What of the WELL?"), Line("bob", "I know it.", tells=("well",))])
    def test_nobody_speaks_of_what_nobody_told_them(self, line: Line) -> None:
        beat = start(lines=(line,))
        assert canon_after().contradictions(beat) == ("line 1: Bob speaks of 'well', which nobody told them",)
        assert canon_after(Effect("learns", "bob", "well")).contradictions(beat) == ()

    def test_words_are_matched_whole(self) -> None:
        assert canon_after().contradictions(start(lines=(Line("bob", "Farewell, then."),))) == ()

    def test_what_is_told_in_a_line_may_be_spoken_of_in_the_next(self) -> None:
        told = (Line("ann", "I found it.", tells=("well",)), Line("bob", "The well!"))
        canon = canon_after(Effect("learns", "ann", "well"))
        assert canon.contradictions(start(lines=told)) == ()
        assert len(canon.contradictions(start(lines=tuple(reversed(told))))) == 1

    def test_what_the_beat_itself_teaches_may_be_spoken_of(self) -> None:
        beat = start(lines=(Line("bob", "A well."),), effects=(Effect("learns", "bob", "well"),))
        assert canon_after().contradictions(beat) == ()

    def test_written_lines_are_checked_like_authored_ones(self) -> None:
        written = [replace(line, text="And then the well, of course.") for line in start().lines]
        assert canon_after().contradictions(start(), written) == (
            "line 1: Ann speaks of 'well', which nobody told them",
        )


def test_next_beats_follow_acts_requirements_and_contradictions() -> None:
    canon = Canon.of(small_story())
    assert [beat.beat_id for beat in canon.next_beats()] == ["start"]
    opened = canon.after(start())
    assert [beat.beat_id for beat in opened.next_beats()] == ["lamp"], "the ending wants light"
    lit = opened.after(lamp())
    assert [beat.beat_id for beat in lit.next_beats()] == ["end"]
    assert not lit.ready(lamp()), "a beat that was played is not played again"
    assert lit.after(end()).next_beats() == ()


def test_acts_are_not_jumped_and_not_returned_to() -> None:
    early, late = end(beat_id="late", act=3, purpose="climax", requires=()), lamp(beat_id="early", choice=None)
    story = small_story(start(), early, end(requires=(), purpose="climax", lines=()), late)
    canon = Canon.of(story).after(start())
    assert [beat.beat_id for beat in canon.next_beats()] == ["end", "early"]
    moved = canon.after(story.beat("end"))
    assert moved.act == 2
    assert not moved.due(late)


def test_a_snapshot_survives_json_and_restores_an_equal_canon() -> None:
    story = small_story()
    canon = Canon.of(story).after(start()).after(lamp()).apply((Effect("breaks", "fuse"), Effect("dies", "bob")))
    carried = json.loads(json.dumps(canon.snapshot()))
    assert Canon.restored(story, carried) == canon


def test_canon_is_told_in_sentences() -> None:
    canon = canon_after(Effect("set", "lit", True), Effect("breaks", "fuse"), Effect("dies", "bob"))
    assert canon.sentences() == (
        "The lamp is lit.",
        "Ann is in the house.",
        "Bob is dead.",
        "the fuse is broken.",
    )
    assert canon.knowledge_of("ann") == ()
    assert canon.apply((Effect("learns", "ann", "well"),)).knowledge_of("ann") == ("There is a well.",)
