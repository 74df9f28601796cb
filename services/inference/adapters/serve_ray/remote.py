"""Engines that live in another deployment, as the ports that the Animator's engine asks. Call from threads only."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from ray import serve
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from services.inference.adapters.serve_ray.errors import cause_of
from services.inference.domain.errors import EngineUnavailable, InferenceError
from services.inference.domain.music import Score, Stem
from services.inference.domain.plates import LEAST_SPARE, Plates, Spare
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
        cause = cause_of(error)
        if isinstance(cause, InferenceError):
            raise cause from None
        raise InferenceError(f"the {engine} failed; its log says why") from error
    except (RayError, RayServeException, TimeoutError) as error:
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

    def paint(self, view: View, width: int, height: int, spare: Spare = LEAST_SPARE) -> Plates:
        """The arrays are read straight from the object store and must not be written to."""
        plates: Plates = asked(self._handle.paint.remote(view, width, height, spare), PAINT_TIMEOUT_S, "painter")
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


async def reach_painter() -> RemotePainter:
    """Waits until the painter's deployment runs."""
    handle = _handle("Painter")
    fingerprint, sets = await handle.describe.remote()
    return RemotePainter(handle, fingerprint, sets)


async def reach_voice() -> RemoteVoice:
    """Waits until the voice's deployment runs."""
    handle = _handle("Voice")
    fingerprint, voices = await handle.describe.remote()
    return RemoteVoice(handle, fingerprint, voices)


async def reach_composer() -> RemoteComposer:
    """Waits until the composer's deployment runs."""
    handle = _handle("Composer")
    return RemoteComposer(handle, await handle.describe.remote())


def _handle(deployment: str) -> AnyHandle:
    """Applications are named after their one deployment. It need not exist yet: the applications start together."""
    return serve.get_deployment_handle(deployment, deployment.lower(), _check_exists=False)
