"""The ladder of renditions: the same take in fewer bits, for lines that do not carry the best one."""

from __future__ import annotations

from dataclasses import replace

from services.streaming.domain.screenplay import Rendition

STEPS = ((1.0, 1.0), (0.75, 0.5), (0.5, 0.25))
"""(share of width and height, share of the bitrate) of each rung."""
SOUND_BPS = 96_000
HEADERS_BPS = 24_000
HEADERS_SHARE = 1.06
LEAST_WIDTH = 160
LEAST_BITRATE_BPS = 100_000


def ladder_from(best: Rendition, most: int = len(STEPS)) -> tuple[Rendition, ...]:
    """The best rendition and those below it, `most` at the most and as far as they make sense; sizes are even, as
    4:2:0 wants them."""
    rungs = [best]
    for size, rate in STEPS[1:]:
        width, height = _even(best.width * size), _even(best.height * size)
        bitrate_bps = round(best.bitrate_bps * rate)
        if width >= LEAST_WIDTH and bitrate_bps >= LEAST_BITRATE_BPS:
            rungs.append(replace(best, width=width, height=height, bitrate_bps=bitrate_bps))
    return tuple(rungs[:most])


def need_bps(rendition: Rendition) -> int:
    """What a rendition takes on the line: pictures, sound, and the headers of both."""
    return round(rendition.bitrate_bps * HEADERS_SHARE) + SOUND_BPS + HEADERS_BPS


def _even(size: float) -> int:
    return 2 * round(size / 2)
