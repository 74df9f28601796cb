"""A story of two people, a house and a yard without air: small enough to know by heart."""

from __future__ import annotations

from dataclasses import replace

from services.streaming.domain.story import (
    Appearance,
    Beat,
    CharacterSheet,
    Choice,
    Condition,
    Effect,
    FactDeclaration,
    Line,
    LineVariant,
    MarkRule,
    MoodMusic,
    Option,
    Place,
    PlannedMinutes,
    Story,
    Style,
    Thing,
    Topic,
)

LIT = Condition("fact", "lit", "==", True)
DARK = Condition("fact", "lit", "==", True, negated=True)
BOTH = (Appearance("ann", "left"), Appearance("bob", "right"))


def start(**changes: object) -> Beat:
    beat = Beat(
        beat_id="start",
        act=1,
        purpose="opening",
        title="Start",
        place="house",
        cast=BOTH,
        themes={"robotics": 0.5},
        lines=(Line("ann", "Good evening, Bob, and welcome to this house of ours."),),
    )
    return replace(beat, **changes)  # type: ignore[arg-type]


def lamp(**changes: object) -> Beat:
    beat = Beat(
        beat_id="lamp",
        act=1,
        purpose="setup",
        title="Lamp",
        place="house",
        cast=BOTH,
        themes={"robotics": 0.5},
        lines=(
            Line(
                "ann",
                "The lamp works again.",
                variants=(LineVariant("science", "high", "The filament glows at 2,700 kelvin."),),
            ),
            Line("ann", "I found the well.", tells=("well",)),
            Line("bob", "A well, here?", requires=(DARK,)),
        ),
        effects=(Effect("set", "lit", True), Effect("add", "warmth", 2), Effect("learns", "ann", "well")),
        choice=Choice(
            "Keep it?",
            (
                Option("keep", "Keep it", (Effect("add", "warmth", 9),), default=True),
                Option("tell", "Tell all", (Effect("add", "warmth", -9),), requires=(LIT,)),
                Option("never", "Never open", (Effect("dies", "bob"),), requires=(DARK,)),
            ),
        ),
    )
    return replace(beat, **changes)  # type: ignore[arg-type]


def end(**changes: object) -> Beat:
    beat = Beat(
        beat_id="end",
        act=2,
        purpose="ending",
        title="End",
        place="yard",
        cast=BOTH,
        themes={"robotics": 0.5},
        requires=(LIT,),
        lines=(Line("bob", "The well was worth every cold morning of it, Ann."),),
    )
    return replace(beat, **changes)  # type: ignore[arg-type]


def small_story(*beats: Beat, **changes: object) -> Story:
    story = Story(
        story_id="small",
        title="Small",
        logline="A lamp is lit.",
        premise="Two people find a well.",
        language="en",
        themes=("robotics",),
        tone_axes=("warmth",),
        planned_minutes=PlannedMinutes(1, 3, 2),
        style=Style("plain", (MoodMusic("calm", "C", 80.0), MoodMusic("tense", "Dm", 90.0))),
        cast=(
            CharacterSheet("tale", "Tale", "narrator", "", "narrator", needs_air=False),
            CharacterSheet("ann", "Ann", "guest", "dry", "engineer", "engineer", "engineer_suit", starts_at="house"),
            CharacterSheet("bob", "Bob", "host", "kind", "scientist", "scientist", starts_at="house"),
            CharacterSheet(
                "mind",
                "Mind",
                "house",
                "cool",
                "colony_ai",
                needs_air=False,
                everywhere=True,
                silent_when=(Condition("works", "fuse", negated=True),),
            ),
        ),
        places=(
            Place("house", "the house", "corridor", True, "room", "A house."),
            Place("yard", "the yard", "mars_surface", False, "wind", "A yard.", ("house",), breathable=False),
            Place("cellar", "the cellar", "cavern", True, "drip", "A cellar.", ("yard",), closed_when=(DARK,)),
        ),
        facts=(
            FactDeclaration("lit", "bool", False, (), ((True, "The lamp is lit."),)),
            FactDeclaration("warmth", "int", 1, (0, 5)),
            FactDeclaration("season", "enum", "spring", ("spring", "winter")),
        ),
        topics=(Topic("well", "There is a well.", ("well",)),),
        things=(Thing("fuse", "the fuse"), Thing("radio", "the radio", carries="radio")),
        marks=(MarkRule("lights_out", (DARK,), ("house",)),),
        beats=beats or (start(), lamp(), end()),
    )
    return replace(story, **changes)  # type: ignore[arg-type]
