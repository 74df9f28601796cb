"""A story's own lexicon put into a line for the Voice: names and words as the author wants them said."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NEVER_IN_A_LINE = str.maketrans("[]()", "    ")


def said_aloud(text: str, lexicon: Mapping[str, str]) -> str:
    """The line with each word of the lexicon marked as `[word](how)`; `how` is other words, or /phonemes/.

    The longest entry wins; letters count as written. A line that already has such marks loses them first.
    """
    if not lexicon:
        return text
    plain = text.translate(_NEVER_IN_A_LINE) if re.search(r"\]\(", text) else text
    words = "|".join(re.escape(word) for word in sorted(lexicon, key=len, reverse=True))
    return re.sub(rf"(?<![\w-])({words})(?![\w-])", lambda found: f"[{found[1]}]({lexicon[found[1]]})", plain)
