"""Parts that move: bass, pulse, ostinato, percussion. Each writes the notes of one passage."""

from __future__ import annotations

import numpy as np

from services.inference.adapters.composer_score.form import Form, Passage
from services.inference.adapters.composer_score.harmony import nearest, pitches
from services.inference.adapters.composer_score.notes import Note

_ACCENTS_332 = (1.0, 0.55, 0.65, 0.9, 0.55, 0.65, 0.85, 0.6)


def subdivision(beat_s: float, preferred_s: float) -> int:
    """Notes to a beat (1, 2, 4) whose spacing comes nearest to preferred_s on a log scale."""
    return min((1, 2, 4), key=lambda parts: abs(np.log(beat_s / parts / preferred_s)))


def write_bass(form: Form, passage: Passage) -> list[Note]:
    whole = float(passage.beats)
    centre = form.mood.bass_centre
    mood = form.mood.name
    root = nearest(pitches((passage.chord.root,), centre - 7, centre + 7), centre)
    if mood == "tense":
        parts = subdivision(form.beat_s, 2.0 * form.mood.pulse_s)
        eighths = [
            Note("pulse_bass", root, index / parts, 0.8 / parts, 0.85 * _ACCENTS_332[index % 8])
            for index in range(passage.beats * parts)
        ]
        return [*eighths, Note("sub", root, 0.0, whole, 0.4)]
    if mood == "dread":
        return [Note("sub", root, 0.0, whole, 0.7), Note("double_bass", root + 12, 0.0, whole, 0.5)]
    if mood == "warm":
        fifth = nearest(pitches(passage.chord.tones[1:], root + 3, root + 9), root + 7)
        walk = [
            Note("pizzicato", root + 12 if bar % 2 == 0 else fifth + 12, 3.0 * bar, 1.5, 0.6)
            for bar in range(form.bars_per_passage)
        ]
        return [Note("sub", root, 0.0, whole, 0.45), *walk, Note("double_bass", root + 12, 0.0, whole, 0.4)]
    return [Note("sub", root, 0.0, whole, 0.55), Note("double_bass", root + 12, 0.0, whole, 0.5)]


def write_pulse(form: Form, passage: Passage) -> list[Note]:
    """An arpeggio whose figure belongs to the section; in dread only a heart."""
    mood = form.mood.name
    if mood == "dread":
        centre = form.mood.bass_centre
        key = nearest(pitches((form.key.tonic,), centre - 2, centre + 10), centre + 4)
        every = max(1, round(1.7 / form.beat_s))
        return [Note("heartbeat", key, float(beat), 0.5, 0.8) for beat in range(0, passage.beats, every)]
    parts = subdivision(form.beat_s, form.mood.pulse_s)
    count = passage.beats * parts
    ladder = _arpeggio_ladder(form, passage)
    figure = _figure(form, passage.section, len(ladder), form.mood.beats_per_bar * parts)
    chance = form.randomness("pulse", passage.number)
    name = {"calm": "harp", "wonder": "harp", "tense": "pluck", "warm": "piano"}[mood]
    notes: list[Note] = []
    for index in range(count):
        step = figure[index % len(figure)]
        if step is None:
            continue
        arc = 0.75 + 0.25 * np.sin(np.pi * index / count)
        accent = _ACCENTS_332[index % 8] if mood == "tense" else (1.0 if index % parts == 0 else 0.8)
        level = float(0.55 * arc * accent * chance.uniform(0.9, 1.0))
        pan = 0.35 * (-1.0) ** index if mood != "warm" else -0.25
        late_s = float(chance.uniform(0.0, 0.008)) if name != "pluck" else 0.0
        notes.append(Note(name, ladder[step], index / parts, 1.6 / parts, level, pan, late_s))
        if mood == "wonder" and index % 2 == 0:
            notes.append(Note("soft_pluck", ladder[step], index / parts, 1.0 / parts, 0.45 * level, -pan))
    return notes


def _arpeggio_ladder(form: Form, passage: Passage) -> tuple[int, ...]:
    low = {"calm": 60, "wonder": 62, "tense": 50, "warm": 52}[form.mood.name]
    return pitches(passage.chord.tones, low, low + 24)[:6]


def _figure(form: Form, section: int, size: int, count: int) -> tuple[int | None, ...]:
    """Rungs of the ladder, with a few rests in the calmer moods."""
    chance = form.randomness("figure", section)
    up = list(range(size))
    shapes = (up + up[-2:0:-1], [0, 2, 1, 3, 2, 4, 3, 5], [0, 3, 1, 4, 2, 5], [0, 2, 4, 2, 1, 3, 5, 3])
    shape = [min(step, size - 1) for step in shapes[int(chance.integers(len(shapes)))]]
    rest_share = {"calm": 0.3, "wonder": 0.08, "tense": 0.12, "warm": 0.1}[form.mood.name]
    rests = chance.uniform(size=count) < rest_share
    return tuple(None if rests[index] and index else shape[index % len(shape)] for index in range(count))


def write_ostinato(form: Form, passage: Passage) -> list[Note]:
    """Short low strings: root, fifth and the sixth that rubs against it."""
    parts = subdivision(form.beat_s, 1.25 * form.mood.pulse_s)
    chord = passage.chord
    root = nearest(pitches((chord.root,), 40, 53), 45)
    third = nearest(pitches(chord.tones[1:2], root, root + 7), root + 3)
    fifth = nearest(pitches(chord.tones[2:3], root + 4, root + 9), root + 7)
    rub = nearest(pitches(chord.scale, fifth + 1, fifth + 3), fifth + 1)
    shapes = (
        (root, root, fifth, root, root, rub, fifth, third), (root, root, third, root, root, fifth, root, third),
        (root, fifth, root, third, root, fifth, rub, fifth), (root, root, root, third, root, root, fifth, rub),
    )  # fmt: skip
    shape = shapes[int(form.randomness("ostinato", passage.section).integers(len(shapes)))]
    chance = form.randomness("bow", passage.number)
    notes: list[Note] = []
    for index in range(passage.beats * parts):
        level = float(0.7 * _ACCENTS_332[index % 8] * chance.uniform(0.92, 1.0))
        start, key = index / parts, shape[index % 8]
        notes.append(Note("short_strings", key + 12, start, 0.5 / parts, 0.7 * level, -0.3))
        notes.append(Note("short_cello", key, start, 0.55 / parts, level, 0.3))
    return notes


def write_percussion(form: Form, passage: Passage) -> list[Note]:
    mood = form.mood.name
    low = nearest(pitches((form.key.tonic,), 24, 38), 30)
    notes = _approach(form, passage)
    if mood == "tense":
        return notes + _drive(form, passage, low)
    if mood == "dread":
        if passage.in_phrase % 2 == 0:
            notes.append(Note("boom", low, 0.0, 2.0, 0.9))
        notes.append(Note("taiko", 40, 0.75 * passage.beats, 1.0, 0.3, 0.4))
        return notes
    if mood == "wonder":
        drum = nearest(pitches((passage.chord.root,), 38, 52), 43)
        if passage.in_phrase == 0:
            notes.append(Note("boom", low, 0.0, 2.0, 0.7))
        notes += [Note("timpani", drum, 0.0, 2.0, 0.7, 0.2), Note("taiko", 43, 0.5 * passage.beats, 1.0, 0.4, -0.3)]
        return notes
    if passage.in_phrase % 2 == 0:
        notes.append(Note("boom", low, 0.0, 2.0, 0.35))
    if mood == "warm":
        for beat in range(passage.beats):
            notes.append(Note("shaker", 60 + beat % 2, float(beat), 0.2, 0.5 if beat % 3 == 0 else 0.3, 0.35))
    return notes


def _approach(form: Form, passage: Passage) -> list[Note]:
    """What leads into the next phrase: a swell that ends on its first beat."""
    if passage.in_phrase != 3:
        return []
    length = min(float(passage.beats), 4.0 / form.beat_s)
    level = {"calm": 0.25, "wonder": 0.6, "tense": 0.7, "dread": 0.6, "warm": 0.2}[form.mood.name]
    start = passage.beats - length
    notes = [Note("riser", 60, start, length, level)]
    if form.mood.name == "wonder":
        roll_parts = subdivision(form.beat_s, 0.09) * 2
        drum = nearest(pitches((passage.chord.root,), 38, 52), 43)
        count = round(min(length, 2.0) * roll_parts)
        notes += [
            Note("timpani", drum, passage.beats - (count - index) / roll_parts, 0.5, 0.2 + 0.4 * index / count, 0.2)
            for index in range(count)
        ]
    return notes


def _drive(form: Form, passage: Passage, low: int) -> list[Note]:
    """Drums in three-three-two, ticks above, a boom at the head of the phrase."""
    parts = 2 if form.beat_s > 0.34 else 1
    chance = form.randomness("drums", passage.number)
    notes = [Note("boom", low, 0.0, 2.0, 0.9)] if passage.in_phrase % 2 == 0 else []
    for index in range(passage.beats * parts):
        start = index / parts
        if index % 8 in (0, 3, 6):
            notes.append(Note("taiko", 36 if index % 8 else 33, start, 1.0, 0.75 if index % 8 == 0 else 0.55, 0.15))
        elif chance.uniform() < 0.35:
            notes.append(Note("taiko", 45, start, 0.5, float(chance.uniform(0.25, 0.4)), -0.4))
        notes.append(Note("tick", 60 + index % 3, start, 0.1, 0.4 if index % 2 else 0.65, 0.5 - (index % 4) * 0.33))
    if passage.in_phrase == 3:
        fill = 2 * parts
        notes += [
            Note("taiko", 41 - index % 3, passage.beats - (fill - index) / fill, 0.5, 0.45 + 0.3 * index / fill, -0.2)
            for index in range(fill)
        ]
    return notes
