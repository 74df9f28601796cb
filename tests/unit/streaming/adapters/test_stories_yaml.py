"""The story loader: a sound file becomes values, an unsound one becomes errors with lines and remedies."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from services.streaming.adapters import yaml_reading
from services.streaming.adapters.stories_yaml import StoryError, StoryFileError, list_stories, load
from services.streaming.domain.story import Condition, Effect, Story

pytestmark = pytest.mark.unit

TEXT = """\
story_id: small
title: Small
logline: A lamp is lit.
premise: Two people find a well.
themes: [robotics]
planned_minutes: {least: 1, most: 3, default: 2}
style:
  palette: amber
  music: [{mood: calm, key: Bb, tempo_bpm: 70}]
cast:
  - {id: tale, name: Tale, role: narrator, manner: dry, voice: narrator}
  - {id: ann, name: Ann, role: guest, manner: dry, voice: engineer, puppet: engineer, starts_at: house}
places:
  - {id: house, name: the house, set: corridor, inside: true, ambience: room, description: A house.}
facts:
  - {name: lit, type: bool, initial: false, sentences: {true: The lamp is lit.}}
  - {name: warmth, type: int, values: [0, 5], initial: 1}
topics: [{id: well, sentence: There is a well., words: [well]}]
things: [{id: radio, name: the radio, carries: radio}]
marks: [{mark: lights_out, when: [not lit], places: [house]}]
beats:
  - id: start
    act: 1
    purpose: opening
    title: Start
    place: house
    cast: {ann: left operate}
    themes: {robotics: 0.5}
    effects: [lit = true, ann learns well]
    shots: [{framing: close, subject: ann, effects: {glow: 0.5}}]
    cues: {music: calm, intensity: [0.1, 0.2], sounds: [{sound: door, after_s: 0.5}]}
    lines:
      - who: ann
        say: >-
          Good evening
          to you.
        variants: {science_high: It is 18 degrees.}
      - {who: tale, say: She lied., when: [warmth >= 1], may_vary: false}
    choice:
      prompt: Stay?
      options:
        - {id: stay, label: Stay, effects: [warmth += 1], default: true}
        - {id: go, label: Go, effects: [warmth -= 1], when: [lit]}
  - {id: end, act: 1, purpose: ending, title: End, place: house, requires: [lit], lines: [{who: tale, say: The end.}]}
"""


def read(folder: Path, text: str) -> Story:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def errors(folder: Path, text: str) -> tuple[StoryError, ...]:
    with pytest.raises(StoryFileError) as refused:
        read(folder, text)
    return refused.value.errors


def test_a_sound_file_becomes_values(tmp_path: Path) -> None:
    story = read(tmp_path, TEXT)
    start = story.beat("start")
    assert story.planned_minutes.default == 2
    assert story.style.music[0].key == "Bb"
    assert story.fact("lit").sentences == ((True, "The lamp is lit."),)
    assert story.fact("warmth").values == (0, 5)
    assert start.effects == (Effect("set", "lit", True), Effect("learns", "ann", "well"))
    assert start.cast[0].pose == "operate"
    assert start.lines[0].text == "Good evening to you."
    assert start.lines[0].text_for(1.0, 0.5) == "It is 18 degrees."
    assert start.lines[1].requires == (Condition("fact", "warmth", ">=", 1),)
    assert start.lines[1].may_vary is False
    assert start.shots[0].effects == (("glow", 0.5),)
    assert start.cues.intensity == (0.1, 0.2)
    assert start.cues.sounds[0].after_s == 0.5
    assert start.choice is not None
    assert [option.default for option in start.choice.options] == [True, False]
    assert start.suits is None
    assert (start.source_line, start.lines[1].source_line) == (22, 38)
    assert story.beat("end").requires == (Condition("fact", "lit", "==", True),)


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ("title: Small", "titel: Small", 2, "story.titel", "did you mean 'title'?"),
        ("title: Small\n", "", 1, "story.title", "is missing"),
        ("title: Small", "title: Small\ntitle: Again", 3, "story.title", "is given twice"),
        ("title: Small", "title: [Small]", 2, "story.title", "must be text"),
        ("story_id: small", "story_id: Small One", 1, "story.story_id", "lower case"),
        ("default: 2}", "default: 9}", 6, "planned_minutes.default", "between least and most"),
        ("palette: amber", "palette: ambre", 8, "style.palette", "did you mean 'amber'?"),
        ("palette: amber", "palette: amber\n  genre: comedie", 9, "style.genre", "did you mean 'comedy'?"),
        ("key: Bb", "key: H", 9, "style.music[0].key", "must be a key"),
        ("tempo_bpm: 70", "tempo_bpm: fast", 9, "style.music[0].tempo_bpm", "number from 30 to 200"),
        ("voice: engineer", "voice: enginer", 12, "cast.ann.voice", "did you mean 'engineer'?"),
        ("starts_at: house", "starts_at: hous", 12, "cast.ann.starts_at", "did you mean 'house'?"),
        (", starts_at: house", "", 12, "cast.ann.starts_at", "is missing"),
        ("set: corridor", "set: coridor", 14, "places.house.set", "did you mean 'corridor'?"),
        ("inside: true", "inside: yes", 14, "places.house.inside", "must be true or false"),
        ("values: [0, 5]", "values: [5, 0]", 17, "facts.warmth.values", "least and the greatest"),
        ("values: [0, 5], initial: 1", "values: [0, 5], initial: 9", 17, "facts.warmth.initial", "between 0 and 5"),
        ("mark: lights_out", "mark: lights_on", 20, "story.marks[0].mark", "did you mean 'lights_out'?"),
        ("act: 1\n    purpose: o", "act: 7\n    purpose: o", 23, "beats.start.act", "must lie from 1 to 3"),
        ("act: 1\n    purpose: o", "act: 1.5\n    purpose: o", 23, "beats.start.act", "whole number"),
        ("ann: left operate", "anne: left", 27, "beats.start.cast.anne", "did you mean 'ann'?"),
        ("ann: left operate", "ann: up", 27, "beats.start.cast.ann", "unknown position 'up'"),
        ("ann: left operate", "ann: left fly", 27, "beats.start.cast.ann", "unknown pose 'fly'"),
        ("{robotics: 0.5}", "{robotic: 0.5}", 28, "beats.start.themes", "did you mean 'robotics'?"),
        ("{robotics: 0.5}", "{robotics: 2}", 28, "beats.start.themes.robotics", "must lie from 0 to 1"),
        ("lit = true", "lit = 3", 29, "beats.start.effects[0]", "true or false"),
        ("learns well", "learns wel", 29, "beats.start.effects[1]", "did you mean 'well'?"),
        ("subject: ann", "subject: bob", 30, "beats.start.shots[0].subject", "unknown 'bob'"),
        ("framing: close", "framing: close, from_line: 5", 30, "beats.start.shots[0].from_line", "from 0 to 1"),
        ("intensity: [0.1, 0.2]", "intensity: [0.1]", 31, "beats.start.cues.intensity", "two numbers"),
        ("sound: door", "sound: bang", 31, "beats.start.cues.sounds[0].sound", "unknown 'bang'"),
        ("science_high", "science_deep", 37, "beats.start.lines[0].variants", "unknown variant"),
        ("warmth >= 1", "warmth >= hot", 38, "beats.start.lines[1].when[0]", "whole number"),
        (", default: true}", "}", 41, "beats.start.choice.options", "exactly one option"),
        ("id: go,", "id: stay,", 41, "beats.start.choice.options", "must differ in their id"),
        ("requires: [lit]", "requires: lit", 44, "beats.end.requires", "must be a list"),
        ("{id: end,", "{id: start,", 43, "story.beats[1]", "declared twice"),
        ("lines: [{who: tale, say: The end.}]", "lines: []", 43, "beats.end.lines", "at least one line"),
    ],
)
def test_each_flaw_is_told_with_its_line_and_a_remedy(
    tmp_path: Path, old: str, new: str, line: int, field: str, message: str
) -> None:
    assert old in TEXT
    [error] = [error for error in errors(tmp_path, TEXT.replace(old, new, 1)) if message in error.message]
    assert error.field == field
    assert error.path == "small.yaml"
    assert abs(error.line - line) <= 2
    assert str(error).startswith(f"small.yaml:{error.line}: {field}: ")


def test_error_lines_are_exact(tmp_path: Path) -> None:
    broken = TEXT.replace("voice: engineer", "voice: enginer").replace("lit = true", "lit = maybe")
    broken = broken.replace("warmth >= 1", "warm >= 1")
    found = errors(tmp_path, broken)
    lines = broken.splitlines()
    assert len(found) == 3, "all errors are told, not only the first"
    marks = ("enginer", "maybe", "warm >= 1")
    assert [[mark in lines[e.line - 1] for mark in marks] for e in found] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: [1, 2\n", 3, "is not YAML"),
        ("a: b: c\n", 1, "is not YAML"),
        ("", 1, "is empty"),
        ("a: 1\n---\nb: 1\n", 2, "is not YAML"),
        ("a: &x [1]\nb: *x\n", 1, "anchors and aliases"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "tags are not allowed"),
        ("[" * 30, 1, "nested deeper"),
        ("a: 1\nb: \x07\n", 2, "U+0007"),
        ("- just\n- a list\n", 1, "must be a mapping"),
        ("a: " + "x" * 1_000_001, 1, "is larger than"),
    ],
)
def test_what_is_no_plain_document_is_refused(tmp_path: Path, text: str, line: int, message: str) -> None:
    error = errors(tmp_path, text)[0]
    assert message in error.message
    assert error.line == line


def test_a_document_of_too_many_nodes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reading, "MOST_NODES", 20)
    [error] = errors(tmp_path, "- x\n" * 30)
    assert (error.line, error.message) == (20, "has more than 20 nodes")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_bytes(b"title: a\nlogline: \xff\n")
    with pytest.raises(StoryFileError, match=r"small\.yaml:2: document: is not UTF-8"):
        load(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoryFileError, match="cannot be read"):
        load(tmp_path / "none.yaml")


def test_stories_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "notes.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [path.name for path in list_stories(tmp_path)] == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize("seed", range(60))
def test_a_mangled_file_is_read_or_refused_and_never_crashes_the_loader(tmp_path: Path, seed: int) -> None:
    random, text = Random(seed), TEXT
    for _ in range(3):
        value = random.choice(list(re.finditer(r"[\w.]+|\[[^\]\n]*\]|\{[^}\n]*\}", text)))
        wrong = random.choice(["[]", "{}", "null", "''", "-5", "1e309", "nan", "{a: 1}", "x", "true", "[[]]", "? x"])
        text = text[: value.start()] + wrong + text[value.end() :]
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    found = _errors_or_none(path)
    assert all(1 <= error.line <= text.count("\n") + 1 for error in found)


def _errors_or_none(path: Path) -> tuple[StoryError, ...]:
    try:
        load(path)
    except StoryFileError as refused:
        return refused.errors
    return ()


def test_a_lexicon_says_how_words_are_said_and_has_no_brackets(tmp_path: Path) -> None:
    story = read(tmp_path, TEXT + "lexicon: {Okoro: /okˈɔɹO/, ISRU: in situ}\n")
    assert story.lexicon == {"Okoro": "/okˈɔɹO/", "ISRU": "in situ"}
    with pytest.raises(StoryFileError, match=r"lexicon\.Okoro"):
        read(tmp_path, TEXT + "lexicon: {Okoro: 'a](b'}\n")
