"""Composes a story from a premise that was read: a structure's beats in a setting, about a subject, with a cast.

The result is a plain document by the schema of story files; whoever plays it checks it as it checks those.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.inference.domain.premise import StoryAsk
from services.inference.domain.premise_reading import Reading
from services.inference.domain.story_banks import (
    Banks,
    BeatTemplate,
    Ideas,
    LineTemplate,
    Setting,
    Structure,
    Subject,
    TrueThing,
)
from services.inference.domain.story_manners import Manners, Said
from services.inference.domain.story_slots import fill, fill_name, with_article

Choose = Callable[[Sequence[str]], int]
"""Picks one of several ways to say a thing."""

MINUTES = {"least": 8, "most": 14, "default": 9}
STATEMENTS_LIMIT = 60
TONE_BOOST = 0.2
ALL_STOPS = 6
_FIGURE = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|"
    r"percent)\b",
    re.IGNORECASE,
)
_WAYS = {
    "home": ("passage",),
    "passage": ("threshold", "rest", "vehicle"),
    "threshold": ("outside",),
    "vehicle": ("outside",),
    "outside": ("below", "above"),
    "below": ("heart",),
}
_INSIDE = ("home", "passage", "threshold", "rest", "vehicle", "below", "heart")
_NO_AIR = ("outside", "below", "heart", "above")
_MOODS = ("calm", "warm", "wonder", "tense", "dread")
_KEYS = (("D", "G", "Bb", "Dm", "Gm"), ("C", "F", "A", "Em", "Am"), ("F", "Bb", "Eb", "Cm", "Fm"))
_TEMPI = (76, 82, 68, 104, 60)
_MANNERS = {
    "narrator": "Unhurried and exact. Short sentences.",
    "stranger": "Very few words, very plain, each one weighed.",
}
"""Of the parts that have one manner in every story."""


@dataclass(slots=True)
class Composition:
    """One story in the making: the slots it has, what it cites, how many lines it says."""

    slots: dict[str, str]
    structure: Structure
    setting: Setting
    subject: Subject
    names: Mapping[str, str]
    manners: Manners
    cited: dict[str, dict[str, str]] = field(default_factory=dict)
    lines: int = 0


def compose(ask: StoryAsk, reading: Reading, banks: Banks, ideas: Ideas, choose: Choose) -> tuple[dict[str, Any], int]:
    """(document, its number of lines). Same arguments, same document."""
    chance = random.Random(ask.seed)
    structure, setting = _fitting(reading, banks)
    subject = banks.subjects[reading.subject]
    slots: dict[str, str] = {}
    manners = Manners(banks.manners, structure.child, ask.seed, slots)
    names = _names(reading, structure, subject, banks, chance)
    making = Composition(slots, structure, setting, subject, names, manners)
    slots.update(_slots(making, reading, ideas, banks, chance))
    titles = [fill_name(title, making.slots) for title in structure.titles]
    title = ideas.title or titles[choose(titles) if len(titles) > 1 else 0]
    beats = [_beat(template, making, reading, ask, choose, banks) for template in structure.beats]
    themes = list(dict.fromkeys(_theme_names(making).values()))
    document = {
        "story_id": ask.story_id,
        "title": title[:80],
        "logline": (ideas.logline or fill(structure.logline, making.slots))[:300],
        "premise": ask.premise,
        "language": "en",
        "themes": themes,
        "planned_minutes": MINUTES,
        "fiction": [fill("The people, the places and the events of this film are invented.", making.slots)],
        "style": {"palette": setting.palette, "music": _music(chance), "genre": structure.genre},
        "cast": _cast(making, reading, beats),
        "places": _places(making, beats),
        "facts": [_filled(entry, making.slots) for entry in structure.facts],
        "marks": [dict(mark) for mark in structure.marks],
        "beats": beats,
    }
    if making.cited:
        document["sources"] = list(making.cited.values())
    return document, making.lines


def _fitting(reading: Reading, banks: Banks) -> tuple[Structure, Setting]:
    """A tour goes where there are enough stops to make."""
    structure, setting = banks.structures[reading.structure], banks.settings[reading.setting]
    if any(beat.place.startswith("stop") for beat in structure.beats) and len(setting.stops) < ALL_STOPS:
        setting = banks.settings["planets"]
    return structure, setting


def _names(
    reading: Reading, structure: Structure, subject: Subject, banks: Banks, chance: random.Random
) -> dict[str, str]:
    names = banks.names
    her = reading.hero_is_her if reading.hero_is_her is not None else chance.random() < 0.5
    hero_list = names.child if structure.child else names.her if her else names.him
    mate_list = names.him if her else names.her
    other_is_her = her if reading.kin else not her
    other_list = names.other_her if other_is_her else names.other_him
    return {
        "narrator": "Narrator",
        "hero": reading.hero_name or chance.choice(hero_list),
        "mate": chance.choice(mate_list),
        "machine": chance.choice(names.machine),
        "voice": chance.choice(names.voice),
        "other": chance.choice(other_list),
        "stranger": subject.stranger,
        "her": "yes" if her else "",
        "other_her": "yes" if other_is_her else "",
    }


def _slots(making: Composition, reading: Reading, ideas: Ideas, banks: Banks, chance: random.Random) -> dict[str, str]:
    setting, subject = making.setting, making.subject
    slots = {**setting.slots, **subject.slots}
    slots["station"] = chance.choice(setting.stations)
    slots["keepsake"] = reading.keepsake or chance.choice(banks.names.keepsakes)
    slots["goal"], slots["goal_thing"] = (reading.goal, reading.goal_thing) if reading.goal else banks.names.goal
    slots.update(ideas.slots)
    slots |= {part: making.names[part].split()[0] for part in ("hero", "mate", "machine", "voice", "other")}
    job = ideas.slots.get("hero_job") or reading.hero_job or setting.slots["hero_job"]
    slots |= {"hero_job": job, "hero_a_job": with_article(job)}
    if set(job.split()) & set(slots["mate_job"].split()):
        slots["mate_job"] = banks.names.spare_job
    grown = "madam" if making.names["her"] else "sir"
    slots["hero_honour"] = "young friend" if making.structure.child else grown
    slots["guide_hp"] = "his" if making.names["her"] else "her"
    for role, place in setting.places.items():
        slots[role] = place.name
    slots.setdefault("above", "above")
    for number, stop in enumerate(setting.stops[:ALL_STOPS], start=1):
        slots[f"stop{number}"] = stop.name
        slots[f"stop{number}_a"], slots[f"stop{number}_b"] = (fact.say for fact in stop.facts)
    for number in range(1, 4):
        slots[f"fact{number}"] = setting.stops[number - 1].facts[0].say
    return slots


def _theme_names(making: Composition) -> dict[str, str]:
    return {
        "main": making.subject.theme if making.structure.has_stranger else making.setting.theme,
        "world": making.setting.theme,
        "machine": "robotics",
        "people": "friendship",
    }


def _beat(
    template: BeatTemplate, making: Composition, reading: Reading, ask: StoryAsk, choose: Choose, banks: Banks
) -> dict[str, Any]:
    entry = _filled(template.entry, making.slots)
    if "title" in entry:
        entry["title"] = entry["title"][:STATEMENTS_LIMIT]
    airless = _airless(making, template.place)
    gone = {"other"} if airless else set()
    names = _theme_names(making)
    themes: dict[str, float] = {}
    for role, weight in template.themes.items():
        themes[names[role]] = max(weight, themes.get(names[role], 0.0))
    tone = dict(template.tone)
    for axis in reading.tones:
        tone[axis] = round(min(1.0, tone.get(axis, 0.0) + TONE_BOOST), 2)
    if ask.age_band == "child":
        tone.pop("darkness", None)
    return {
        "id": template.beat_id,
        **entry,
        "place": template.place,
        "themes": themes,
        "tone": tone,
        "science_depth": 0.7 if any(line.fact for line in template.lines) else 0.3,
        "cast": {part: spot for part, spot in template.cast.items() if part not in gone},
        "lines": [_line(line, making, gone, choose, banks) for line in template.lines],
    }


def _airless(making: Composition, place: str) -> bool:
    role = _role_of(making, place)
    return not making.setting.open_air and role in _NO_AIR


def _role_of(making: Composition, place: str) -> str:
    if place.startswith("stop"):
        return making.setting.stops[int(place.removeprefix("stop")) - 1].at
    return place


def _line(template: LineTemplate, making: Composition, gone: set[str], choose: Choose, banks: Banks) -> dict[str, Any]:
    texts = [fill(text, making.slots) for text in template.texts]
    text = texts[0]
    if len(texts) > 1:
        text = texts[choose(texts)]
    if not (template.fact or template.echo):
        text = making.manners.spoken(Said(text, template.speaker, template.emotion, template.listener))
    making.lines += 1
    line: dict[str, Any] = {"who": template.speaker, "say": text, "emotion": template.emotion}
    if template.listener:
        line["to"] = template.listener
    if template.over or template.speaker in gone:
        line["over"] = template.over or "radio"
    if template.echo:
        line["may_vary"] = False
    if template.fact:
        line["cites"] = [_cite(text, making, banks)]
    elif _FIGURE.search(text):
        line["made_up"] = True
    return line


def _cite(text: str, making: Composition, banks: Banks) -> str:
    """The source of a true thing, declared when it is first cited."""
    known = _true_things(making)
    reference = known[text]
    source_id = f"{reference}_{sorted(known).index(text) + 1}"
    cited = banks.references[reference]
    making.cited.setdefault(source_id, {"id": source_id, "claim": text, "citation": cited.citation, "url": cited.url})
    return source_id


def _true_things(making: Composition) -> dict[str, str]:
    facts: list[TrueThing] = [fact for stop in making.setting.stops for fact in stop.facts]
    return {fact.say: fact.reference for fact in facts}


def _filled(value: Any, slots: Mapping[str, str]) -> Any:
    """Every text in a nested entry with its slots filled; conditions and effects have none."""
    if isinstance(value, str):
        return fill_name(value, slots) if "{" in value else value
    if isinstance(value, Mapping):
        return {key: _raised(key, _filled(item, slots)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, slots) for item in value]
    return value


def _raised(key: Any, value: Any) -> Any:
    """What is read as a sentence begins with a capital."""
    if key in ("label", "prompt", "consequence", "title") and isinstance(value, str):
        return value[:1].upper() + value[1:]
    return value


def _cast(making: Composition, reading: Reading, beats: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    used = {line["who"] for beat in beats for line in beat["lines"]} | {part for beat in beats for part in beat["cast"]}
    used |= {line["to"] for beat in beats for line in beat["lines"] if "to" in line}
    her = bool(making.names["her"])
    bodies: dict[str, dict[str, Any]] = {
        "narrator": {"role": "narrator", "voice": "narrator", "needs_air": False},
        "hero": {"role": making.slots["hero_job"], "starts_at": "home", **_body(her, making.structure.child)},
        "mate": {"role": making.slots["mate_job"], "starts_at": "home", **_body(not her, False)},
        "machine": {
            "role": "service robot",
            "voice": "robot",
            "puppet": "service_robot",
            "starts_at": "passage",
            "needs_air": False,
        },
        "voice": {
            "role": "machine mind",
            "voice": "colony_ai",
            "puppet": "ai_hologram",
            "needs_air": False,
            "everywhere": True,
        },
        "other": {
            "role": reading.kin or "one of the people here",
            "voice": "woman" if making.names["other_her"] else "man",
            "puppet": "colonist_woman" if making.names["other_her"] else "colonist_man",
            "starts_at": "rest",
        },
        "stranger": {
            "role": "what was found",
            "voice": "alien",
            "puppet": "alien_presence",
            "starts_at": "heart",
            "needs_air": False,
        },
    }
    sheets = []
    for part, body in bodies.items():
        if part not in used and part != "narrator":
            continue
        name = making.names[part]
        words = [word for word in name.split() if word[:1].isupper()]
        called = [words[0]] if len(name.split()) > 1 else []
        sheet = {"id": part, "name": name, "manner": making.manners.told(part) or _MANNERS[part], **body}
        sheets.append(sheet | {"called": called} if called else sheet)
    return sheets


def _body(her: bool, child: bool) -> dict[str, str]:
    if child:
        return {"voice": "child", "puppet": "child"}
    kind = "engineer" if her else "scientist"
    return {"voice": kind, "puppet": kind, "puppet_outside": f"{kind}_suit"}


def _places(making: Composition, beats: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    setting, slots = making.setting, making.slots
    used = {beat["place"] for beat in beats}
    stops = sorted(place for place in used if place.startswith("stop"))
    kept = [role for role in setting.places if role in used or role in ("home", "passage", "threshold", "outside")]
    kept += ["heart"] if "heart" not in kept and making.structure.has_stranger else []
    kept += ["below"] if "heart" in kept and "below" not in kept else []
    places = []
    for role in kept:
        place = setting.places[role]
        ways = [way for way in _WAYS.get(role, ()) if way in kept]
        ways += stops if role == "threshold" else []
        places.append(_place(role, role, place.name, making, ways, slots))
    for stop in stops:
        told = setting.stops[int(stop.removeprefix("stop")) - 1]
        places.append(_place(stop, told.at, told.name, making, [], slots))
    return places


def _place(
    place_id: str, role: str, name: str, making: Composition, ways: list[str], slots: Mapping[str, str]
) -> dict[str, Any]:
    place = making.setting.places[role]
    return {
        "id": place_id,
        "name": fill_name(name, slots),
        "set": place.set_name,
        "inside": role in _INSIDE,
        "breathable": making.setting.open_air or role not in _NO_AIR,
        "ambience": place.set_name,
        "description": fill_name(place.description, slots),
        "reachable_from": ways,
    }


def _music(chance: random.Random) -> list[dict[str, Any]]:
    keys = chance.choice(_KEYS)
    shift = chance.randrange(-6, 7, 2)
    return [
        {"mood": mood, "key": key, "tempo_bpm": tempo + shift}
        for mood, key, tempo in zip(_MOODS, keys, _TEMPI, strict=True)
    ]
