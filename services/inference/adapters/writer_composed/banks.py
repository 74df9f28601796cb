"""Reads the banks from the YAML files beside this module. A line is written "who emotion radio >listener fact | text".

A wrong bank is a fault of the package, so it raises InvalidBank with file and entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from services.inference.domain.premise_reading import Category, Entry, Vocabulary
from services.inference.domain.story_banks import (
    Banks,
    BeatTemplate,
    LineTemplate,
    NameLists,
    Reference,
    Setting,
    SettingPlace,
    Stop,
    Structure,
    Subject,
    TrueThing,
)
from services.inference.domain.story_manners import Manner

FOLDER: Final = Path(__file__).parent
EMOTIONS: Final = ("calm", "tense", "afraid", "warm", "amused", "awed", "urgent")
_OWN_KEYS: Final = ("beat", "at", "look", "themes", "tone", "cast", "lines")
_OPEN_AIR: Final = ("ice", "fortress")


class InvalidBank(ValueError):
    """A bank file that cannot be used; the message names file and entry."""


def load_banks(folder: Path = FOLDER) -> Banks:
    """Raises InvalidBank."""
    names = ("words", "settings", "subjects", "manners")
    words, places, subjects, manners = (_yaml(folder / f"{name}.yaml") for name in names)
    files = sorted((folder / "structures").glob("*.yaml"))
    structures = {path.stem: _yaml(path) for path in files}
    try:
        return Banks(
            structures={name: _structure(data, name) for name, data in structures.items()},
            settings={data["id"]: _setting(data) for data in places["settings"]},
            subjects={data["id"]: _subject(data) for data in subjects["subjects"]},
            references={name: Reference(**data) for name, data in places["references"].items()},
            names=_names(words),
            vocabulary=_vocabulary(words, structures, places["settings"], subjects["subjects"]),
            manners={part: tuple(_manner(data, part) for data in known) for part, known in manners.items()},
        )
    except (KeyError, TypeError) as error:
        raise InvalidBank(f"{folder.name}: {error!r}") from error


def _yaml(path: Path) -> dict[str, Any]:
    data = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise InvalidBank(f"{path.name}: must be a mapping")
    return data


def _structure(data: Mapping[str, Any], name: str) -> Structure:
    return Structure(
        structure_id=data["structure"],
        genre=data["genre"],
        logline=data["logline"],
        titles=tuple(data["titles"]),
        facts=tuple(data["facts"]),
        beats=tuple(_beat(beat, name) for beat in data["beats"]),
        marks=tuple(data.get("marks", ())),
        child=bool(data.get("child", False)),
    )


def _beat(data: Mapping[str, Any], name: str) -> BeatTemplate:
    time, weather, mood, tension = data["look"]
    entry = {key: value for key, value in data.items() if key not in _OWN_KEYS}
    entry |= {"time": time, "mood": mood, "tension": tension} | ({} if weather == "clear" else {"weather": weather})
    entry["cues"] = {"music": mood, "intensity": [round(0.2 + 0.5 * tension, 2), round(0.3 + 0.6 * tension, 2)]}
    return BeatTemplate(
        beat_id=data["beat"],
        place=data["at"],
        entry=entry,
        themes=data["themes"],
        tone=data.get("tone", {}),
        cast=data.get("cast", {}),
        lines=tuple(_line(text, f"{name}.{data['beat']}") for text in data["lines"]),
    )


def _line(text: str, where: str) -> LineTemplate:
    head, bar, said = text.partition("|")
    speaker, *marks = head.split()
    if not bar or not said.strip():
        raise InvalidBank(f'{where}: {text!r} is no line; write "who emotion >listener | text"')
    emotion, listener, over, flags = "calm", "", "", set()
    for mark in marks:
        if mark in EMOTIONS:
            emotion = mark
        elif mark.startswith(">"):
            listener = mark[1:]
        elif mark == "radio":
            over = mark
        elif mark in ("fact", "echo"):
            flags.add(mark)
        else:
            raise InvalidBank(f"{where}: unknown word {mark!r} before the bar in {text!r}")
    texts = tuple(part.strip() for part in said.split("||"))
    return LineTemplate(speaker, texts, emotion, listener, over, "fact" in flags, "echo" in flags)


def _setting(data: Mapping[str, Any]) -> Setting:
    return Setting(
        setting_id=data["id"],
        theme=data["theme"],
        palette=data["palette"],
        stations=tuple(data["stations"]),
        slots=data["slots"],
        places={role: SettingPlace(*place) for role, place in data["places"].items()},
        stops=tuple(
            Stop(stop["name"], stop["at"], (TrueThing(*stop["a"]), TrueThing(*stop["b"]))) for stop in data["stops"]
        ),
        open_air=data["id"] in _OPEN_AIR,
    )


def _subject(data: Mapping[str, Any]) -> Subject:
    return Subject(data["id"], data["theme"], data["stranger"], data["slots"])


def _manner(data: Mapping[str, Any], part: str) -> Manner:
    unknown = {emotion for turns in ("opens", "closes") for emotion in data.get(turns, {})} - set(EMOTIONS)
    if unknown:
        raise InvalidBank(f"manners.{part}.{data['id']}: no emotion is called {sorted(unknown)[0]!r}")
    known = {"id", "told", "contracts", "splits", "words", "opens", "closes", "calls"}
    if set(data) - known:
        raise InvalidBank(f"manners.{part}.{data['id']}: unknown key {sorted(set(data) - known)[0]!r}")
    return Manner(manner_id=data["id"], **{key: value for key, value in data.items() if key != "id"})


def _names(words: Mapping[str, Any]) -> NameLists:
    return NameLists(
        her=tuple(words["names_her"]),
        him=tuple(words["names_him"]),
        child=tuple(words["names_child"]),
        machine=tuple(words["names_machine"]),
        voice=tuple(words["names_voice"]),
        other_her=tuple(words["names_other_her"]),
        other_him=tuple(words["names_other_him"]),
        keepsakes=tuple(words["keepsakes"]),
        goal=(words["default_goal"][0], words["default_goal"][1]),
        spare_job=words["spare_job"],
    )


def _vocabulary(
    words: Mapping[str, Any], structures: Mapping[str, Any], settings: list[Any], subjects: list[Any]
) -> Vocabulary:
    keywords = words["structure_keywords"]
    return Vocabulary(
        structures=tuple(
            Entry(name, tuple(data["about"]), tuple(keywords.get(name, ())), _finds_something(data))
            for name, data in structures.items()
        ),
        settings=tuple(_entry(data) for data in settings),
        subjects=tuple(_entry(data) for data in subjects),
        roles={job: tuple(names) for job, names in words["roles"].items()},
        people=tuple(words["people"]),
        machines=tuple(words["machines"]),
        her=frozenset(words["her"]),
        him=frozenset(words["him"]),
        tones={tone: tuple(names) for tone, names in words["tones"].items()},
        weather=tuple(words["weather"]),
        goal_verbs=frozenset(words["goal_verbs"]),
        generic=frozenset(str(word) for word in words["generic"]),
        categories=tuple(
            Category(name, tuple(data["about"]), data["reason"]) for name, data in words["categories"].items()
        ),
    )


def _finds_something(data: Mapping[str, Any]) -> bool:
    return any(line.startswith("stranger") for beat in data["beats"] for line in beat["lines"])


def _entry(data: Mapping[str, Any]) -> Entry:
    return Entry(data["id"], tuple(data["about"]), tuple(data["keywords"]))
