"""A session's canon as a page of text: what holds, who is where and knows what, what was played. Knows no session."""

from __future__ import annotations

from collections.abc import Iterator

from services.streaming.domain.canon import Canon
from services.streaming.domain.story import CharacterSheet


def canon_text(canon: Canon) -> str:
    """The canon, in lines that end with a newline."""
    return "\n".join(_lines(canon)) + "\n"


def _lines(canon: Canon) -> Iterator[str]:
    story = canon.story
    yield f"{story.title}: canon after {len(canon.played)} beats, act {canon.act}{', over' if canon.over else ''}"
    yield ""
    yield "Facts"
    for fact in story.facts:
        sentence = next((text for value, text in fact.sentences if value == canon.facts[fact.name]), "")
        yield f"  {fact.name:<16} {_value(canon.facts[fact.name]):<10} {sentence}".rstrip()
    yield ""
    yield "People"
    for sheet in story.cast:
        if not sheet.narrates:
            yield f"  {sheet.name:<16} {_whereabouts(canon, sheet)}"
            yield from (
                f"    knows: {topic.sentence}"
                for topic in story.topics
                if canon.knows(sheet.character_id, topic.topic_id)
            )
    if story.things:
        yield ""
        yield "Things"
        for thing in story.things:
            yield f"  {thing.name:<16} {'broken' if thing.thing_id in canon.broken else 'works'}"
    shut = [place.name for place in story.places if canon.closed(place.place_id)]
    airless = [place.name for place in story.places if canon.airless(place.place_id)]
    yield ""
    yield "Places"
    yield f"  closed: {', '.join(shut) or 'none'}"
    yield f"  without air: {', '.join(airless) or 'none'}"
    yield ""
    yield "Played"
    yield from (
        f"  {number:>2}. {story.beat(beat_id).title} ({beat_id}, act {story.beat(beat_id).act})"
        for number, beat_id in enumerate(canon.played, start=1)
    )
    yield ""
    yield "May come next"
    yield from (f"  {beat.title} ({beat.beat_id})" for beat in canon.next_beats())


def _value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _whereabouts(canon: Canon, sheet: CharacterSheet) -> str:
    if sheet.character_id in canon.dead:
        return "dead"
    if sheet.everywhere:
        return "everywhere"
    place_id = canon.where.get(sheet.character_id)
    told = canon.story.place(place_id).name if place_id else "nowhere yet"
    return f"{told}, in a suit" if sheet.character_id in canon.suited else told
