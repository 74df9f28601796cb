"""Wishes in free words, read by the real embedder on the axes that the streaming service describes."""

from __future__ import annotations

from pathlib import Path

import pytest

from services import streaming
from services.inference.adapters.embedder_transformers import SentenceEmbedder
from services.inference.adapters.guard_embeddings.wishes import WishReader
from services.inference.domain.wish_reading import WishAxis
from services.streaming.adapters.stories_yaml import load
from services.streaming.domain.wish_axes import wish_axes

pytestmark = pytest.mark.contract

KNOWN = (
    ("my pulse should be pounding", "tension+"),
    ("I want to bite my nails", "tension+"),
    ("give me goosebumps", "tension+"),
    ("my nerves need a rest", "tension-"),
    ("this is stressing me out", "tension-"),
    ("can we have a quieter bit", "tension-"),
    ("could someone crack a gag", "humour+"),
    ("I'd love to giggle", "humour+"),
    ("more comic relief", "humour+"),
    ("stop clowning around", "humour-"),
    ("not so silly please", "humour-"),
    ("enough jokes", "humour-"),
    ("wow, that view was gorgeous, show me another", "wonder+"),
    ("take my breath away", "wonder+"),
    ("I adore the alien temple", "wonder+"),
    ("let the two of them be nice to one another", "warmth+"),
    ("I want them to comfort each other", "warmth+"),
    ("give that poor man a cuddle", "warmth+"),
    ("it's all so gloomy", "darkness-"),
    ("this is depressing, lighten up", "darkness-"),
    ("can it be less miserable", "darkness-"),
    ("I don't want anybody to die", "darkness-"),
    ("make it more tragic", "darkness+"),
    ("how does that actually work", "science+"),
    ("tell me about the physics of it", "science+"),
    ("I don't understand the technical stuff, skip it", "science-"),
    ("less jargon", "science-"),
    ("this is boring, move along", "pace+"),
    ("hurry up", "pace+"),
    ("it's dragging", "pace+"),
    ("don't rush me", "pace-"),
    ("I'd like to stay here a while", "pace-"),
    ("where is the droid, I like him", "theme:robotics+"),
    ("more of that machine with the funny feet", "theme:robotics+"),
    ("can't get enough of the robots", "theme:robotics+"),
    ("I am sick of robots", "theme:robotics-"),
    ("no more hacking", "theme:cybersecurity-"),
    ("show me the constellations", "theme:astronomy+"),
    ("let us look through a telescope", "theme:astronomy+"),
    ("I want to know what the computer is thinking", "theme:artificial_intelligence+"),
    ("what does it feel like to be a machine mind", "theme:artificial_intelligence+"),
    ("send them to another planet", "theme:space_exploration+"),
    ("hello", ""),
    ("what time is it", ""),
    ("I had pasta for dinner", ""),
    ("my brother is watching too", ""),
    ("nice", ""),
    ("who is that", ""),
    ("the sound is too loud", ""),
    ("I like the red jacket", ""),
    ("is there a pause button", ""),
    ("where can I buy this", ""),
    ("ok", ""),
    ("my cat is asleep on the keyboard", ""),
)
"""What the sentences of the axes were written with an eye on; "" where nothing is wished for."""
UNSEEN = (
    ("I could do with some nail-biting drama", "tension+"),
    ("turn up the suspense", "tension+"),
    ("please stop frightening me", "tension-"),
    ("my heart can't take much more of this", "tension-"),
    ("somebody should slip on a banana skin", "humour+"),
    ("I miss a good laugh", "humour+"),
    ("the gags are wearing thin", "humour-"),
    ("no more slapstick", "humour-"),
    ("those ice caves are stunning", "wonder+"),
    ("I want to be dazzled", "wonder+"),
    ("I wish they would make up and be friends again", "warmth+"),
    ("they should hold hands", "warmth+"),
    ("this romance is so mushy", "warmth-"),
    ("it all feels so hopeless", "darkness-"),
    ("give us a ray of sunshine", "darkness-"),
    ("go full tragedy", "darkness+"),
    ("walk me through the engineering", "science+"),
    ("is that even physically possible, explain it", "science+"),
    ("too many numbers and formulas", "science-"),
    ("can we fast forward a bit", "pace+"),
    ("zzz, I'm falling asleep", "pace+"),
    ("hold on, that went by too fast", "pace-"),
    ("let us just sit and look at the view for a moment", "pace-"),
    ("the little robot is my favourite", "theme:robotics+"),
    ("I don't care about the robot", "theme:robotics-"),
    ("what is on the AI's mind", "theme:artificial_intelligence+"),
    ("let us hear about black holes", "theme:astronomy+"),
    ("will somebody break into the system", "theme:cybersecurity+"),
    ("I dream of flying to Jupiter", "theme:space_exploration+"),
    ("good evening everyone", ""),
    ("what's for dinner", ""),
    ("can you turn up the volume", ""),
    ("my phone is ringing", ""),
    ("which actor is that", ""),
    ("I'm back", ""),
    ("thank you", ""),
    ("it is raining outside my window", ""),
    ("who wrote this", ""),
)
"""Written afterwards; no sentence was changed for them."""


@pytest.fixture(scope="module")
def reader() -> WishReader:
    return WishReader(SentenceEmbedder.packaged_minilm())


@pytest.fixture(scope="module")
def axes() -> tuple[WishAxis, ...]:
    story = load(Path(streaming.__file__).parent / "stories" / "mars_colony_2095.yaml")
    return tuple(WishAxis(axis.name, axis.more, axis.less, axis.too_much, axis.too_little) for axis in wish_axes(story))


def told(reader: WishReader, axes: tuple[WishAxis, ...], text: str) -> set[str]:
    return {f"{one.axis}{'+' if one.value > 0 else '-'}" for one in reader.read(text, axes)}


@pytest.mark.parametrize(("texts", "least_right"), [(KNOWN, 0.85), (UNSEEN, 0.5)], ids=["known", "unseen"])
def test_most_wishes_are_understood_and_none_the_wrong_way_round(
    reader: WishReader, axes: tuple[WishAxis, ...], texts: tuple[tuple[str, str], ...], least_right: float
) -> None:
    read = [(wished, told(reader, axes, text)) for text, wished in texts]
    turned = {"+": "-", "-": "+"}
    assert not [wished for wished, found in read if wished and wished[:-1] + turned[wished[-1]] in found]
    assert sum(found == ({wished} if wished else set()) for wished, found in read) >= least_right * len(texts)


def test_ordinary_talk_teaches_nothing(reader: WishReader, axes: tuple[WishAxis, ...]) -> None:
    assert [text for text, wished in (*KNOWN, *UNSEEN) if not wished and told(reader, axes, text)] == []


def test_a_denial_turns_a_wish_round_and_a_complaint_stays_one(reader: WishReader, axes: tuple[WishAxis, ...]) -> None:
    assert told(reader, axes, "make me laugh") == {"humour+"}
    assert told(reader, axes, "stop trying to make me laugh") == {"humour-"}
    assert told(reader, axes, "you are rushing me") == told(reader, axes, "do not rush me") == {"pace-"}
