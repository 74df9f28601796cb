"""Engines that live in another deployment, as the ports that the Animator's engine asks. Call from threads only."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from ray.exceptions import RayError, RayTaskError
from ray.serve.handle import DeploymentHandle

from services.inference.domain.errors import EngineUnavailable, InferenceError
from services.inference.domain.music import Score, Stem
from services.inference.domain.plates import Plates
from services.inference.domain.shot import View
from services.inference.domain.speech import Speech

AnyHandle: TypeAlias = "DeploymentHandle[Any]"

PAINT_TIMEOUT_S = 60.0
SPEAK_TIMEOUT_S = 30.0
COMPOSE_TIMEOUT_S = 30.0


def asked(response: Any, timeout_s: float, engine: str) -> Any:
    """The answer of a deployment. Raises the engine's own error, or EngineUnavailable where it cannot be reached."""
    try:
        return response.result(timeout_s=timeout_s)
    except RayTaskError as error:
        if isinstance(error.cause, InferenceError):
            raise error.cause from None
        raise EngineUnavailable(f"the {engine} failed") from error
    except (RayError, TimeoutError) as error:
        raise EngineUnavailable(f"the {engine} does not answer: {type(error).__name__}") from error


class RemotePainter:
    """ports.Painter in the deployment behind the handle."""

    def __init__(self, handle: AnyHandle, fingerprint: str, sets: tuple[str, ...]) -> None:
        self.fingerprint = fingerprint
        self._handle = handle
        self._sets = sets

    def known_sets(self) -> tuple[str, ...]:
        """As the engine told when this was made."""
        return self._sets

    def paint(self, view: View, width: int, height: int) -> Plates:
        """The arrays are read straight from the object store and must not be written to."""
        plates: Plates = asked(self._handle.paint.remote(view, width, height), PAINT_TIMEOUT_S, "painter")
        return plates


class RemoteVoice:
    """ports.Voice in the deployment behind the handle."""

    def __init__(self, handle: AnyHandle, fingerprint: str, voices: tuple[str, ...]) -> None:
        self.fingerprint = fingerprint
        self._handle = handle
        self._voices = voices

    def known_voices(self) -> tuple[str, ...]:
        """As the engine told when this was made."""
        return self._voices

    def speak(self, text: str, voice: str, emotion: str, pace: float) -> Speech:
        """The whole line."""
        speech: Speech = asked(self._handle.speak.remote(text, voice, emotion, pace), SPEAK_TIMEOUT_S, "voice")
        return speech


class RemoteComposer:
    """ports.Composer in the deployment behind the handle."""

    def __init__(self, handle: AnyHandle, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._handle = handle

    def compose(
        self, score: Score, start_sample: int, sample_count: int, intensity: NDArray[np.float32]
    ) -> tuple[Stem, ...]:
        """The window as one stem: whoever asks here sums them anyway."""
        response = self._handle.mix.remote(score, start_sample, sample_count, intensity)
        return (Stem("mix", asked(response, COMPOSE_TIMEOUT_S, "composer")),)
