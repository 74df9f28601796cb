"""The peer: espeak-ng, the formant synthesiser that every Debian has."""

from __future__ import annotations

import io
import subprocess
import wave

import numpy as np
from numpy.typing import NDArray


def espeak(text: str) -> tuple[NDArray[np.float32], int]:
    """(mono pcm, rate) in its American English voice. Raises FileNotFoundError without espeak-ng."""
    command = ["espeak-ng", "-v", "en-us", "--stdout", text]
    answer = subprocess.run(command, check=True, capture_output=True, timeout=60)
    # The header of a stream does not know its length.
    with wave.open(io.BytesIO(answer.stdout)) as sound:
        rate_hz = sound.getframerate()
    pcm = np.frombuffer(answer.stdout[44:], "<i2").astype(np.float32) / 32_768.0
    return pcm, rate_hz
