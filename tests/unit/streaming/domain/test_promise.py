"""What an option promises is what only it leads to."""

from __future__ import annotations

import pytest

from services.streaming.domain.canon import Canon
from services.streaming.domain.promise import NO_PROMISE, promises
from services.streaming.domain.story import Choice, Condition, Effect, Option
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

LIT, DARK = (Condition("fact", "lit", "==", True, negated=dark) for dark in (False, True))
IN, OUT = Option("in", "Go in", (Effect("set", "lit", True),)), Option("out", "Stay out", (), default=True)


def canon_at_choice() -> Canon:
    asked = start(choice=Choice("Go in?", (IN, OUT)))
    machines = start(beat_id="machines", act=2, purpose="setup", themes={"robotics": 1.0}, requires=(LIT,))
    people = start(beat_id="people", act=2, purpose="setup", themes={"family": 1.0}, requires=(DARK,))
    either = start(beat_id="either", act=2, purpose="setup", themes={"robotics": 1.0, "family": 1.0})
    story = small_story(asked, machines, people, either, end(act=3), themes=("robotics", "family"))
    return Canon.of(story).after(story.beat("start"))


def test_options_promise_the_opposite_of_each_other_where_there_are_two() -> None:
    found = promises(canon_at_choice(), (IN, OUT))
    inside, outside = found["in"], found["out"]
    assert inside.flavour["theme:robotics"] == pytest.approx(1.0)
    assert inside.flavour["theme:family"] == pytest.approx(-1.0)
    assert outside.flavour == {axis: -weight for axis, weight in inside.flavour.items()}
    assert (inside.opens, inside.instead) == (("machines",), ("people",))
    assert (outside.opens, outside.instead) == (("people",), ("machines",))


def test_what_follows_whatever_is_chosen_is_no_promise() -> None:
    same = Option("also", "Also", (Effect("set", "season", "winter"),))
    assert promises(canon_at_choice(), (OUT, same)) == {"out": NO_PROMISE, "also": NO_PROMISE}
    only = promises(canon_at_choice(), (IN,))["in"]
    assert (only.flavour, only.instead) == ({}, ())
    assert promises(canon_at_choice(), ()) == {}
