"""How viewers ask for more or less of each thing that taste knows, as sentences for a model to compare words with.

Sentences speak of the thing itself and hold no denial: whoever compares turns denials round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.streaming.domain.story import Story
from services.streaming.domain.wishes import wishes_in


@dataclass(frozen=True, slots=True)
class WishAxis:
    """more, less: how viewers ask for it, and for its opposite. too_much, too_little: how they complain."""

    name: str
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    too_much: tuple[str, ...] = ()
    too_little: tuple[str, ...] = ()


TONES_ASKED = (
    WishAxis(
        "tension",
        more=(
            "make my heart race",
            "put them in danger",
            "I want suspense and thrills",
            "raise the stakes",
            "scare me",
        ),
        less=("something soothing", "a quiet, restful scene", "let everybody calm down"),
        too_much=("this makes me nervous", "I feel anxious", "my nerves cannot take this", "this is stressful"),
        too_little=("nothing is at stake", "I am not afraid for anyone"),
    ),
    WishAxis(
        "humour",
        more=(
            "make me laugh",
            "tell me a funny joke",
            "comedy and clowning",
            "be silly and playful",
            "that was hilarious",
        ),
        less=("take it seriously", "be solemn", "a serious and grave film"),
        too_much=("the jokes are getting on my nerves", "this is too silly"),
        too_little=("nobody in this has a sense of humour",),
    ),
    WishAxis(
        "wonder",
        more=(
            "show me something beautiful",
            "amaze me",
            "breathtaking, gorgeous views",
            "something strange and magical",
            "the ancient alien temple",
        ),
        less=("keep it ordinary", "something down to earth"),
    ),
    WishAxis(
        "warmth",
        more=(
            "let them care for each other",
            "a tender moment between friends",
            "something heartwarming",
            "give him a hug",
        ),
        less=("let them quarrel", "cold and heartless people"),
        too_much=("this is too sentimental", "so sugary and soppy"),
        too_little=("they are so cold to each other",),
    ),
    WishAxis(
        "darkness",
        more=("make it bleak and hopeless", "I like grim stories", "a tragic end", "people who die"),
        less=("something hopeful", "cheer me up", "a happy, sunny mood", "lighten up"),
        too_much=("this is so gloomy", "how depressing", "it is all so miserable", "this makes me sad"),
    ),
    WishAxis(
        "science",
        more=("explain how it really works", "technical details and jargon", "the science behind it", "real physics"),
        less=("keep it simple", "in plain words"),
        too_much=("this is over my head", "I do not understand the science", "this is like a lecture"),
        too_little=("that is scientifically impossible",),
    ),
    WishAxis(
        "pace",
        more=("get on with it", "hurry up", "speed things up", "move on to the next thing"),
        less=("take your time", "slow down", "stay here for a while", "let me linger"),
        too_much=("you are rushing me", "I cannot keep up", "this goes by in a rush"),
        too_little=("this drags on", "this is boring", "nothing happens"),
    ),
)
_THEMES = {
    "astronomy": ("stars and planets in the night sky", "astronomy", "moons and galaxies"),
    "robotics": ("robots", "the machine that walks and talks", "the android, the droid"),
    "artificial_intelligence": ("artificial intelligence", "a computer that thinks", "the AI and its mind"),
    "space_exploration": ("exploring space", "astronauts and spaceships", "travel to another planet"),
    "cybersecurity": ("hackers and computer security", "breaking codes", "cyber attacks"),
    "conversation": ("people talking with one another", "witty conversation"),
    "friendship": ("friendship", "the two of them making up"),
    "history_of_mars": ("the history of Mars", "what Mars was like long ago"),
    "living_on_mars": ("daily life on Mars", "how people would live on Mars"),
}


def wish_axes(story: Story) -> tuple[WishAxis, ...]:
    """Everything that a viewer of the story may ask for more or less of."""
    themes = tuple(WishAxis(f"theme:{theme}", more=_asked(theme)) for theme in story.themes)
    return TONES_ASKED + themes


def _asked(theme: str) -> tuple[str, ...]:
    return _THEMES.get(theme, (theme.replace("_", " "),))


def read_beyond(text: str, story: Story, leanings: Mapping[str, float]) -> dict[str, float]:
    """What a model read in the words beyond what the plain words have said already."""
    plain = wishes_in(text, story)
    return {axis: value for axis, value in leanings.items() if axis not in plain}
