"""The designs of the voices and what each emotion does to one, read from `voices.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import yaml

from services.inference.adapters.voice_neural.chain import Effect, Room, Slap, read_effect
from services.inference.adapters.voice_neural.speakers import Manner

DESIGNS_FILE = "voices.yaml"


@dataclass(frozen=True, slots=True)
class VoiceDesign:
    """A voice: the speaker it is made from, how that one speaks, and what the sound goes through.

    designed_for: the speaker that `voices.yaml` names, also when another one stands in.
    """

    name: str
    speaker: str
    pitch_hz: float
    pitch_span: float
    formant: float
    pace: float
    breath: float
    chain: tuple[Effect, ...]
    designed_for: str = ""

    def with_speaker(self, speaker: str, formant_ratio: float) -> VoiceDesign:
        """The same voice by another speaker, whose resonances are `formant_ratio` times those of the first."""
        return replace(self, speaker=speaker, formant=self.formant / formant_ratio)

    def through(self, carrier: VoiceDesign) -> VoiceDesign:
        """The same voice, heard through what the carrier's sound goes through; a carrier's microphone is near, so that
        the room around who speaks is not heard."""
        own = tuple(effect for effect in self.chain if not isinstance(effect, Room | Slap))
        return replace(self, name=f"{self.name}+{carrier.name}", chain=(*own, *carrier.chain))


@dataclass(frozen=True, slots=True)
class Emotion:
    """Factors on pace, pitch, pitch_span and pause; dB on level and brightness; breath and tremor to add."""

    pace: float
    pitch: float
    pitch_span: float
    pause: float
    level_db: float
    bright_db: float
    breath: float
    tremor: float


@dataclass(frozen=True, slots=True)
class Designs:
    voices: dict[str, VoiceDesign]
    emotions: dict[str, Emotion]

    @classmethod
    def load(cls) -> Designs:
        table = yaml.safe_load(designs_text())
        voices = {name: _read_voice(name, row) for name, row in table["voices"].items()}
        return cls(voices, {name: Emotion(**row) for name, row in table["emotions"].items()})


def designs_text() -> str:
    return resources.files(__package__).joinpath(DESIGNS_FILE).read_text(encoding="utf-8")


def manner_of(design: VoiceDesign, emotion: Emotion, pace: float) -> Manner:
    """How `design` speaks in `emotion`, `pace` times as fast."""
    return Manner(
        pace=design.pace * emotion.pace * pace,
        pitch_hz=design.pitch_hz * emotion.pitch,
        pitch_span=design.pitch_span * emotion.pitch_span,
        formant=design.formant,
        tremor=emotion.tremor,
        breath=min(1.0, design.breath + emotion.breath),
    )


def _read_voice(name: str, row: dict[str, Any]) -> VoiceDesign:
    chain = tuple(read_effect(effect) for effect in row["chain"])
    return VoiceDesign(
        name=name,
        speaker=row["speaker"],
        pitch_hz=float(row["pitch_hz"]),
        pitch_span=float(row["pitch_span"]),
        formant=float(row["formant"]),
        pace=float(row["pace"]),
        breath=float(row.get("breath", 0.0)),
        chain=chain,
        designed_for=row["speaker"],
    )
