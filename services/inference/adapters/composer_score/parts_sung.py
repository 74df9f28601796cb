"""Parts that sing: the theme in its variations, and the bells that answer it."""

from __future__ import annotations

from services.inference.adapters.composer_score.form import PHRASES_PER_SECTION, Form, Passage
from services.inference.adapters.composer_score.harmony import nearest, pitches
from services.inference.adapters.composer_score.motif import invent_motif, sing, vary
from services.inference.adapters.composer_score.notes import Note
from services.inference.domain.music import MOTIFS

_LEADS = {
    "calm": (("piano",), ("piano", "vibraphone")),
    "wonder": (("grand_piano", "celesta"), ("flute", "celesta"), ("horn",)),
    "tense": (("cello",), ("horn",)),
    "dread": (("cello",), ("clarinet",)),
    "warm": (("piano",), ("flute",), ("clarinet",), ("piano", "cello")),
}
_SIGNATURES = {"hero": ("horn", "piano"), "ai": ("celesta", "vibraphone"), "mystery": ("cello", "clarinet")}
"""Who sings a motif wherever it comes: the first alone and the second beside it, in turn with the mood's own leads."""
_LEVELS = {"calm": 0.5, "wonder": 0.7, "tense": 0.65, "dread": 0.55, "warm": 0.6}
_TRANSPOSED = {"celesta": 12, "vibraphone": 0, "horn": -12, "cello": -12, "clarinet": -12}


def variation_of(form: Form, phrase: int) -> str:
    """The theme opens each section; what follows is drawn once for the section."""
    section, in_section = divmod(phrase, PHRASES_PER_SECTION)
    if in_section == 0:
        return "theme"
    mood = form.mood.name
    chance = form.randomness("variations", section)
    middle = [str(name) for name in chance.permutation(("sequence", "inversion", "fragment"))]
    quiet = "echo" if mood in ("calm", "warm", "wonder") else "rest"
    return ("theme", quiet, middle[0], "theme" if mood in ("wonder", "warm") else middle[1])[in_section]


def write_melody(form: Form, passage: Passage) -> list[Note]:
    mood = form.mood.name
    motif = invent_motif(form.randomness("motif"), form.mood.beats_per_bar, MOTIFS.index(form.score.motif))
    cell = vary(motif, variation_of(form, passage.phrase), passage.in_phrase)
    if cell is None:
        return []
    leads = _LEADS[mood]
    start = int(form.randomness("leads").integers(len(leads)))
    names = leads[(start + passage.phrase) % len(leads)]
    signature = _SIGNATURES.get(form.score.motif)
    if signature is not None and passage.phrase % 2 == 0:
        names = signature if passage.in_section % 4 else signature[:1]
    climax = passage.in_section == 3
    chance = form.randomness("melody", passage.number)
    notes: list[Note] = []
    for sung in sing(cell[0], cell[1], passage.chord, form.mood.melody_centre):
        late_s = float(chance.uniform(0.0, 0.018))
        level = _LEVELS[mood] * float(chance.uniform(0.88, 1.0)) * (1.1 if sung.length >= 0.25 else 0.9)
        for index, name in enumerate(names):
            key = sung.key + (_TRANSPOSED.get(name, 0) if mood in ("calm", "wonder", "warm") else 0)
            length = sung.length * passage.beats * 1.04
            share = 1.0 if index == 0 else 0.6
            notes.append(Note(name, key, sung.start * passage.beats, length, level * share, 0.08 - 0.2 * index, late_s))
        if climax and mood == "wonder" and names[0] != "horn":
            length = sung.length * passage.beats
            notes.append(Note("horn", sung.key - 12, sung.start * passage.beats, length, 0.6, -0.25, late_s))
    return notes


def write_bells(form: Form, passage: Passage) -> list[Note]:
    mood = form.mood.name
    chance = form.randomness("bells", passage.number)
    tones = passage.chord.tones
    if mood in ("tense", "dread"):
        if passage.in_phrase % (2 if mood == "dread" else 4):
            return []
        toll = nearest(pitches((form.key.tonic,), 52, 66), 58)
        return [Note("tubular_bell", toll, 0.0, 4.0, 0.5, 0.3)]
    high = pitches(tones, 79, 96)
    names = {"calm": ("celesta", "vibraphone"), "wonder": ("glockenspiel", "celesta"), "warm": ("celesta", "harp")}[
        mood
    ]
    slots = passage.beats * 2
    count = min(slots - 1, {"calm": 2, "wonder": 5, "warm": 3}[mood])
    onsets = sorted(int(slot) for slot in chance.choice(slots, count, replace=False))
    notes: list[Note] = []
    step = int(chance.integers(len(high)))
    for slot in onsets:
        step = min(max(step + int(chance.choice((-2, -1, 1, 2))), 0), len(high) - 1)
        name = names[int(chance.integers(2))]
        key = high[step] if name != "vibraphone" else high[step] - 12
        pan = float(chance.uniform(-0.6, 0.6))
        notes.append(Note(name, key, slot / 2.0, 1.5, float(chance.uniform(0.25, 0.5)), pan, 0.01))
    return notes
