"""Parts that hold: pad, strings, choir, brass. Each writes the notes of one passage."""

from __future__ import annotations

from services.inference.adapters.composer_score.form import Form, Passage
from services.inference.adapters.composer_score.harmony import nearest, pitches
from services.inference.adapters.composer_score.notes import Note
from services.inference.adapters.composer_score.parts_moving import write_ostinato


def write_pad(form: Form, passage: Passage) -> list[Note]:
    whole = float(passage.beats)
    voices = passage.voices
    mood = form.mood.name
    if mood == "dread":
        root = nearest(pitches((passage.chord.root,), 30, 47), 38)
        high = nearest(pitches(passage.chord.tones, 66, 84), 76)
        colour = nearest(pitches((passage.chord.tones[-1],), 54, 72), 62)
        return [
            Note("drone", root, 0.0, whole, 0.8),
            Note("drone", nearest(pitches(passage.chord.tones[1:], root + 4, root + 13), root + 7), 0.0, whole, 0.5),
            Note("dark_pad", colour, 0.0, whole, 0.4, 0.3),
            Note("glass_pad", high, 0.25 * whole, 0.75 * whole, 0.25, -0.4),
        ]
    if mood == "tense":
        held = [Note("dark_pad", key, 0.0, whole, 0.62) for key in voices[:3]]
        pedal = form.key.tonic + 72
        return [*held, Note("glass_pad", pedal, 0.0, whole, 0.2, 0.5)]
    notes = [Note("warm_pad", key, 0.0, whole, 0.6 - 0.04 * index) for index, key in enumerate(voices)]
    if mood == "wonder":
        notes += [Note("shimmer_pad", key + 12, 0.0, whole, 0.5) for key in voices[2:]]
    elif mood == "calm":
        notes.append(Note("glass_pad", voices[3] + 12, 0.0, whole, 0.4))
    return notes


def write_strings(form: Form, passage: Passage) -> list[Note]:
    whole = float(passage.beats)
    voices = passage.voices
    mood = form.mood.name
    if mood == "tense":
        return write_ostinato(form, passage)
    if mood == "dread":
        top = nearest(pitches(passage.chord.tones, 68, 80), 73)
        cluster = [Note("tremolo", top + step, 0.0, whole, 0.3 - 0.06 * step, 0.4 - 0.8 * step) for step in (0, 1)]
        low = nearest(pitches((passage.chord.root,), 36, 50), 42)
        return [*cluster, Note("cello", low, 0.0, whole, 0.5, 0.2)]
    if mood == "calm":
        return [
            Note("slow_strings", voices[2] + 12, 0.0, whole, 0.45, -0.25),
            Note("slow_strings", voices[3] + 12, 0.0, whole, 0.5, 0.25),
            Note("cello", voices[1], 0.0, whole, 0.4, 0.3),
        ]
    if mood == "wonder":
        high = [
            Note("slow_strings", key + 12, 0.0, whole, 0.55, pan) for key, pan in zip(voices[1:], _FAN, strict=True)
        ]
        return [
            *high,
            Note("tremolo", voices[3] + 24, 0.0, whole, 0.22, -0.2),
            Note("cello", voices[0], 0.0, whole, 0.5),
        ]
    return [*_inner_motion(passage), Note("cello", voices[0], 0.0, whole, 0.55, 0.3)]


_FAN = (0.3, 0.0, -0.3)


def _inner_motion(passage: Passage) -> list[Note]:
    """Full strings whose top voice walks towards the next chord in the last third."""
    whole = float(passage.beats)
    top = passage.voices[3] + 12
    goal = nearest(pitches(passage.next_chord.tones, top - 7, top + 7), top + 1)
    ladder = pitches(passage.chord.scale, top - 7, top + 7)
    approach = nearest(ladder, (top + goal) / 2 + (1.0 if goal > top else -1.0))
    held = [
        Note("slow_strings", key + 12, 0.0, whole, 0.5, pan)
        for key, pan in zip(passage.voices[1:3], _FAN, strict=False)
    ]
    return [
        *held,
        Note("slow_strings", top, 0.0, whole * 2 / 3, 0.6, -0.3),
        Note("slow_strings", approach, whole * 2 / 3, whole / 3, 0.5, -0.3),
    ]


def write_choir(form: Form, passage: Passage) -> list[Note]:
    whole = float(passage.beats)
    mood = form.mood.name
    voices = passage.voices
    if passage.in_section == 1 and passage.in_phrase < 2:
        return []
    if mood == "dread":
        low = [Note("choir_ahh", key, 0.0, whole, 0.5, pan) for key, pan in zip(voices[1:4], _FAN, strict=True)]
        return [*low, Note("choir_ahh", voices[3] + 1, 0.5 * whole, 0.5 * whole, 0.25, 0.5)]
    if mood == "tense":
        return [Note("choir_ahh", key, 0.0, whole, 0.55, pan) for key, pan in zip(voices[1:4], _FAN, strict=True)]
    name = "choir_ahh" if mood == "wonder" else "choir_ooh"
    lift = 12 if mood == "wonder" else 0
    return [Note(name, key + lift, 0.0, whole, 0.55, pan) for key, pan in zip(voices[1:4], _FAN, strict=True)]


def write_brass(form: Form, passage: Passage) -> list[Note]:
    """Long swells; a blow at the head of a phrase where the mood is dark."""
    whole = float(passage.beats)
    mood = form.mood.name
    chord = passage.chord
    if passage.in_section == 1 and passage.in_phrase < 3:
        return []
    root = nearest(pitches((chord.root,), 34, 46), 40)
    fifth = nearest(pitches(chord.tones[1:], root + 5, root + 9), root + 7)
    if mood == "dread":
        if passage.in_phrase % 2:
            return [Note("trombone", root, 0.0, whole, 0.5, 0.2)]
        return [Note("braam", root - 12, 0.0, 0.6 * whole, 0.8), Note("trombone", root, 0.0, 0.6 * whole, 0.6, -0.2)]
    if mood == "tense":
        swell = [
            Note("trombone", root, 0.0, 0.75 * whole, 0.6, 0.25),
            Note("horn", fifth, 0.0, 0.75 * whole, 0.55, -0.25),
        ]
        if passage.in_phrase == 3:
            swell += _stabs(passage, root, fifth)
        return swell
    guide = nearest(pitches(chord.tones[1:2], 52, 67), 59)
    if mood == "wonder":
        return [
            Note("horn", guide, 0.0, whole, 0.6, -0.3), Note("horn", guide - 12 + (fifth - root), 0.0, whole, 0.5, 0.3),
            Note("trombone", root, 0.0, whole, 0.45, 0.1),
        ]  # fmt: skip
    if mood == "warm":
        step = nearest(pitches(chord.tones[2:], 50, 69), guide)
        return [Note("horn", guide, 0.0, whole / 2, 0.5, -0.2), Note("horn", step, whole / 2, whole / 2, 0.45, -0.2)]
    return [Note("horn", guide, 0.0, whole, 0.4, -0.2)] if passage.in_phrase % 2 == 0 else []


def _stabs(passage: Passage, root: int, fifth: int) -> list[Note]:
    """Three-three-two over the last four beats of the phrase."""
    start = float(passage.beats - 4)
    return [
        Note(name, key, start + onset, 0.45, 0.75, pan)
        for onset in (0.0, 1.5, 3.0)
        for name, key, pan in (("trombone", root, 0.25), ("horn", fifth, -0.25))
    ]
