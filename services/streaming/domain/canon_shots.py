"""What of a beat's shots and sounds canon forbids, and the beat without it: a scene shows nothing that does not hold.

Lines and people are `Canon.contradictions`; this is about what is only looked at or heard. Knows no picture.
"""

from __future__ import annotations

from dataclasses import replace

from services.streaming.domain.canon import Canon
from services.streaming.domain.story import Beat, ShotHint, SoundHint


def shown_soundly(canon: Canon, beat: Beat) -> tuple[Beat, tuple[str, ...]]:
    """The beat with what contradicts canon taken out of its shots and sounds, and why each was; canon: as the first
    picture shows it."""
    reasons: list[str] = []
    shots = tuple(_shot(canon, beat, number, hint, reasons) for number, hint in enumerate(beat.shots, start=1))
    sounds = tuple(hint for hint in beat.cues.sounds if _audible(canon, hint, reasons))
    if not reasons:
        return beat, ()
    return replace(beat, shots=shots, cues=replace(beat.cues, sounds=sounds)), tuple(reasons)


def _shot(canon: Canon, beat: Beat, number: int, hint: ShotHint, reasons: list[str]) -> ShotHint:
    """The shot in the beat's own place, of nobody, where what it wants to show is not there to be seen.

    What is shown from a point of view may be closed: machines look where nobody can go.
    """
    where = hint.place or beat.place
    if where != beat.place and hint.framing != "point_of_view" and canon.closed(where):
        name, own = canon.story.place(where).name, canon.story.place(beat.place).name
        reasons.append(f"shot {number}: {name} is closed, so {own} is seen instead")
        hint = replace(hint, place="", subject="")
    missing = _missing(canon, beat, hint)
    if missing:
        reasons.append(f"shot {number}: {missing}, so the whole place is seen instead")
        hint = replace(hint, subject="", framing="wide")
    return hint


def _missing(canon: Canon, beat: Beat, hint: ShotHint) -> str:
    """Why the one whom the shot is about cannot be in the picture; nothing where they can, or where it is of nobody."""
    people = {sheet.character_id: sheet for sheet in canon.story.cast}
    sheet = people.get(hint.subject)
    if sheet is None:
        return ""
    if hint.subject in canon.dead:
        return f"{sheet.name} is dead"
    if hint.place and hint.place != beat.place:
        return f"{sheet.name} is not in {canon.story.place(hint.place).name}"
    return "" if hint.subject in beat.present or sheet.everywhere else f"{sheet.name} is not there"


def _audible(canon: Canon, hint: SoundHint, reasons: list[str]) -> bool:
    """Whether nothing that would make the sound is broken."""
    broken = [thing for thing in canon.story.things if thing.thing_id in canon.broken]
    silent = next((thing for thing in broken if hint.sound in (thing.carries, thing.thing_id)), None)
    if silent is not None:
        reasons.append(f"sound {hint.sound!r} is not heard: {silent.name} is broken")
    return silent is None
