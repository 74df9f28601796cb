"""What may be tuned in the stage animator without changing code."""

from __future__ import annotations

from dataclasses import dataclass

_INTER = "/usr/share/fonts/opentype/inter"


@dataclass(frozen=True, slots=True)
class StageSettings:
    """light_fonts, text_fonts: font files tried in order for large and small type.

    plates_kept, tracks_kept, sets_kept, speeches_kept, music_windows_kept: bounds of the caches; the least recently
    used goes.
    deadline_s: seconds that drawing a chunk may take before the next is drawn simpler (and says so); None never
    simplifies, so that the same order gives the same bytes however busy the machine is.
    music_gain_db, ambience_gain_db, sound_gain_db: what is added to the engines' own levels; speech_lufs: loudness each
    line is brought to.
    """

    light_fonts: tuple[str, ...] = (
        f"{_INTER}/InterDisplay-Light.otf",
        f"{_INTER}/Inter-Light.otf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans-ExtraLight.ttf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    )
    text_fonts: tuple[str, ...] = (
        f"{_INTER}/Inter-Medium.otf",
        f"{_INTER}/Inter-Regular.otf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    )
    plates_kept: int = 12
    tracks_kept: int = 24
    sets_kept: int = 6
    speeches_kept: int = 64
    music_windows_kept: int = 96
    deadline_s: float | None = None
    speech_lufs: float = -14.8
    music_gain_db: float = 0.0
    ambience_gain_db: float = 0.0
    sound_gain_db: float = 0.0
