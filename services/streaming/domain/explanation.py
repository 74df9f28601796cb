"""Why this beat: one sentence made from the terms that set it apart from the beats that could have come instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.streaming.domain.dramaturgy import Candidate, Standing
from services.streaming.domain.story import Story
from services.streaming.domain.taste import Taste

REASONS_LIMIT = 2
LEAST_ADVANTAGE = 0.02
CURVE_GAIN = 0.1
BREATHER_TENSION = 0.35
PEAK_TENSION = 0.7
LIKED = "you seem to like "

_PLAIN = {
    "variety": "it brings something new",
    "follows": "it follows from what just happened",
    "chosen": "it follows from what was chosen",
    "author": "the author likes it here",
    "mood": "it suits the mood you seem to be in",
    "shared": "it is ready, and you should like it about as well as any other",
    "audience": "viewers before you liked it",
    "recalled": "you liked it when you saw it before",
    "foresight": "it opens the way to scenes that should suit you",
    "exploration": "we do not know yet whether you like this kind of scene",
}
AXIS_WORDS = {
    "science": "science",
    "pace": "a fast pace",
    "style:spectacle": "spectacle",
    "style:open_air": "open landscapes",
    "style:night": "night scenes",
    "tone:tension": "tension",
}


def explain(
    chosen: Candidate,
    terms: Mapping[str, float],
    rivals: Sequence[Mapping[str, float]],
    found: Sequence[Candidate],
    standing: Standing,
    taste: Taste,
) -> str:
    """rivals: the terms of all that were weighed, the chosen one's among them; found: all that could have come."""
    title = chosen.beat.title
    if len(found) == 1:
        return f"“{title}” comes now because it is the only way for the story to go on."
    reasons = [*_liked(terms, rivals, standing.canon.story, taste)]
    shape = _shape_reason(chosen, found, standing)
    if shape:
        reasons.insert(0 if len(rivals) == 1 else len(reasons[:1]), shape)
    told = list(dict.fromkeys(reasons))[:REASONS_LIMIT]
    if not told:
        return f"“{title}” comes now because it fits the story as well as any other scene could."
    return f"“{title}” comes now because {' and '.join(_joined(told))}."


def _joined(reasons: Sequence[str]) -> list[str]:
    """Likes in one breath: "you seem to like wonder and robotics"."""
    likes = [reason.removeprefix(LIKED) for reason in reasons if reason.startswith(LIKED)]
    others = [reason for reason in reasons if not reason.startswith(LIKED)]
    if len(likes) < 2:
        return list(reasons)
    return [LIKED + " and ".join(likes), *others]


def _liked(terms: Mapping[str, float], rivals: Sequence[Mapping[str, float]], story: Story, taste: Taste) -> list[str]:
    advantage = {
        name: value - sum(rival.get(name, 0.0) for rival in rivals) / max(1, len(rivals))
        for name, value in terms.items()
    }
    ordered = sorted(advantage, key=lambda name: -advantage[name])
    return [
        reason
        for name in ordered
        if advantage[name] >= LEAST_ADVANTAGE
        for reason in [_reason(name, terms[name], story, taste)]
        if reason
    ]


def _reason(name: str, value: float, story: Story, taste: Taste) -> str:
    if name in _PLAIN:
        return _PLAIN[name] if value > 0.0 or name == "variety" else ""
    if name in ("curve", "plot", "open"):
        return ""
    axis = name.removeprefix("tone:")
    words = axis_words(name, story)
    if taste.mean(axis) > 0.0:
        return f"{LIKED}{words}" if value > 0.0 else f"it has more of {words} than what else could come"
    return f"it is light on {words}, which you seem to like less" if value > 0.0 else ""


def axis_words(name: str, story: Story) -> str:
    """An axis or term in words: "robotics", "Hob", "a fast pace"."""
    if name in AXIS_WORDS:
        return AXIS_WORDS[name]
    kind, _, subject = name.partition(":")
    if kind == "character":
        character_id = subject.partition("/")[2]
        known = {sheet.character_id: sheet.name for sheet in story.cast}
        return known.get(character_id, character_id)
    return (subject or kind).replace("_", " ")


def _shape_reason(chosen: Candidate, found: Sequence[Candidate], standing: Standing) -> str:
    """What the film's shape asked for, where it kept others from coming."""
    others = [candidate for candidate in found if candidate is not chosen]
    plot = sum(other.plot for other in others) / len(others) - chosen.plot
    curve = sum(other.curve for other in others) / len(others) - chosen.curve
    if max(plot, curve) < CURVE_GAIN:
        return ""
    if plot > curve:
        if chosen.beat.ends or chosen.beat.purpose == "climax":
            return "the film comes to its close"
        late = standing.played_s > standing.shape.end_of(standing.canon.act) * 0.9
        moves_on = late or chosen.on_the_way
        return "the story has to move on" if moves_on else "there is time for it before the story turns"
    if chosen.beat.tension <= BREATHER_TENSION:
        return "the film needs to catch its breath here"
    return "the film builds to a peak here" if chosen.beat.tension >= PEAK_TENSION else "its tension is right for here"
