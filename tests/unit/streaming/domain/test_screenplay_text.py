"""A film as text: told from a simulated film, and from a session log with replacements, drops and reactions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.streaming.domain.events import Depth, FreeText, Outcome, PreferenceEvent, Receipt
from services.streaming.domain.journal import (
    BeatChosen,
    BeatDropped,
    ChoiceTaken,
    Ended,
    Entry,
    EventDecided,
    Progress,
    SceneWritten,
    TakeScheduled,
)
from services.streaming.domain.screenplay import PlannedShot, Scene, Shot, SpokenLine, TakeOrder, View
from services.streaming.domain.screenplay_text import ToldLine, ToldScene, screenplay
from services.streaming.domain.simulated_film import simulate, told
from services.streaming.domain.taste import EMPTY
from services.streaming.domain.told_film import told_scenes
from tests.unit.streaming.domain.small_story import end, lamp, small_story, start

pytestmark = pytest.mark.unit

STORY = small_story(start(), lamp(), end())


def scene(scene_id: str, beat_id: str, *lines: SpokenLine) -> Scene:
    beat = STORY.beat(beat_id)
    shots = tuple(
        PlannedShot(f"{scene_id}.{number}", Shot(View("corridor"), 96, lines=(line,)))
        for number, line in enumerate(lines)
    )
    return Scene(scene_id, beat_id, beat.title, beat.place, STORY.place(beat.place).name, "calm", 0.3, shots)


def scheduled(written: Scene, first_frame: int) -> TakeScheduled:
    planned = written.shots[0]
    return TakeScheduled(planned.shot_id, "take", TakeOrder(planned.shot), first_frame, 0)


def said(text: str, start_frame: int = 10, voice: str = "woman") -> SpokenLine:
    return SpokenLine("ann", text, voice, start_frame=start_frame)


def test_the_words_are_those_that_were_said_each_once() -> None:
    first = scene("s0", "start", said("Hello there."), said("Hello there.", start_frame=-20), said("Come in."))
    [one] = told_scenes(STORY, [SceneWritten(first, 0), scheduled(first, 0)])
    assert [line.text for line in one.lines] == ["Hello there.", "Come in."]
    assert {line.note for line in one.lines} == {"model"}
    authored = scene("s0", "start", said(STORY.beat("start").lines[0].text))
    [two] = told_scenes(STORY, [SceneWritten(authored, 0), scheduled(authored, 0)])
    assert [line.note for line in two.lines] == [""]


def test_a_scene_written_anew_replaces_the_old_one_and_a_dropped_one_is_not_told() -> None:
    first, again = scene("s0", "start", said("One.")), scene("s0", "start", said("Two."))
    unborn = scene("s1", "lamp", said("Never said."))
    entries: list[Entry] = [
        BeatChosen("start", (), "it opens"),
        SceneWritten(first, 0),
        scheduled(first, 0),
        SceneWritten(again, 0),
        BeatChosen("lamp", (), "because"),
        SceneWritten(unborn, 96),
        BeatDropped("lamp"),
    ]
    [only] = told_scenes(STORY, entries)
    assert [line.text for line in only.lines] == ["Two."]
    assert only.why == "it opens"


def test_reactions_and_choices_stand_with_the_scene_they_were_made_in() -> None:
    first, second = scene("s0", "start", said("One.")), scene("s1", "lamp", said("Two."))
    event = PreferenceEvent("event-01", "s", "v", FreeText("more lamps"), 0.0, 0.0)
    receipt = Receipt("event-01", "s", Outcome.APPLIED, Depth.SHOT, ("camera",), first_frame_index=120)
    option = STORY.beat("lamp").choice.options[0]  # type: ignore[union-attr]
    entries: list[Entry] = [
        SceneWritten(first, 0),
        scheduled(first, 0),
        SceneWritten(second, 96),
        scheduled(second, 96),
        Progress(130),
        EventDecided(event, receipt),
        ChoiceTaken("s1.choice", option.option_id, by_viewer=True),
    ]
    one, two = told_scenes(STORY, entries)
    assert one.reactions == ()
    assert two.reactions == ("the viewer says: “more lamps” -> applied, camera",)
    assert two.choice is not None
    assert (two.choice.taken, two.choice.by_viewer) == (option.label, True)


def test_a_voice_over_the_radio_is_told_so() -> None:
    sheet = STORY.character("ann")
    near = scene("s0", "start", said("Near.", voice=sheet.voice), said("Far.", voice=f"{sheet.voice}+radio"))
    [one] = told_scenes(STORY, [SceneWritten(near, 0), scheduled(near, 0)])
    assert [line.over for line in one.lines] == ["", "radio"]


def test_the_text_says_whether_the_film_ended() -> None:
    last = scene("s0", STORY.endings[0].beat_id, said("Over."))
    log: list[Entry] = [SceneWritten(last, 0), scheduled(last, 0)]
    assert "has not ended" in screenplay("Title", "Line.", told_scenes(STORY, log))
    ended = told_scenes(STORY, [*log, Ended(STORY.endings[0].beat_id, "End")])
    assert screenplay("Title", "Line.", ended).rstrip().endswith("THE END")


def test_headings_names_and_manner_stand_where_a_reader_looks() -> None:
    spoken = (
        ToldLine("Ann", "Come in.", "urgent", "radio"),
        ToldLine("Narrator", "Night fell.", narrated=True),
        ToldLine("Ann", "Again.", note="model"),
    )
    told_one = ToldScene("Door", "the house", False, "night", "storm", "tense", spoken, (("Ann", "left", "sit"),))
    text = screenplay("My Film", "A line.", [told_one, replace(told_one, ends=True)])
    assert "EXT. THE HOUSE - NIGHT, STORM" in text
    assert "ANN (OVER RADIO)" in text
    assert "NARRATOR (V.O.)" in text
    assert "(urgently)" in text
    assert "Ann on the left, sitting." in text
    assert "~ " in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_simulated_film_is_told_and_is_the_same_every_time() -> None:
    film = simulate(STORY, EMPTY, seed=5)
    assert film.ended
    assert [scene.title for scene in told(film, EMPTY)] == [played.beat.title for played in film.beats]
    assert simulate(STORY, EMPTY, seed=5) == film
    assert film.beats[0].start_s == 0.0
    assert film.beats[1].start_s == film.beats[0].end_s
