"""Rain on a pane of glass before the camera: drops that gather, hang, and run. A function of the frame."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage import kernels_air

_DROPS: Final = 150
_LIFE_FRAMES: Final = (50, 170)
_RADIUS: Final = (0.0045, 0.021)
_RUNNERS: Final = 0.3
_RUN_FROM: Final = 0.62
_CYCLES: Final = 16
_BEHIND_BLUR: Final = 0.0032


def rain_on_glass(picture: NDArray[np.uint8], strength: float, frame: int, seed: int) -> None:
    """Lay drops over an I420 picture (height * 3 / 2, width); what is behind the wet pane goes a little soft."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    sigma = _BEHIND_BLUR * height * strength
    if sigma >= 0.3:
        picture[:height] = cv2.GaussianBlur(picture[:height], (0, 0), sigma)
    kernels_air.refract(picture, picture.copy(), drops(strength, frame, seed, width, height))


def drops(strength: float, frame: int, seed: int, width: int, height: int) -> NDArray[np.float32]:
    """(n, 4) float32 rows for `kernels_air.refract`."""
    count = max(round(_DROPS * strength), 1)
    own, fallen_as = _dice(seed)
    own = own[:count]
    life = np.floor(_LIFE_FRAMES[0] + own[:, 0] * (_LIFE_FRAMES[1] - _LIFE_FRAMES[0]))
    cycle, age = np.divmod(frame + np.floor(own[:, 1] * life), life)
    x, y, size, runs = fallen_as[np.arange(count), cycle.astype(np.int64) % _CYCLES].T
    share = age / life
    running = (runs < _RUNNERS) & (share > _RUN_FROM)
    fallen = np.where(running, ((share - _RUN_FROM) / (1.0 - _RUN_FROM)) ** 2 * (1.2 - y), 0.0)
    shown = _smooth(age / 4.0) * np.where(runs < _RUNNERS, 1.0, _smooth((1.0 - share) / 0.2))
    radius = (_RADIUS[0] + (_RADIUS[1] - _RADIUS[0]) * size**2.4) * height * (0.6 + 0.4 * shown)
    return np.asarray(np.stack([x * width, (y + fallen) * height, radius, shown], axis=1), dtype=np.float32)


@lru_cache(maxsize=8)
def _dice(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each drop's own chances, and those of each time it falls."""
    generator = np.random.default_rng([abs(seed), 811])
    return generator.random((_DROPS, 2)), generator.random((_DROPS, _CYCLES, 4))


def _smooth(value: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(value, 0.0, 1.0)
    return np.asarray(held * held * (3.0 - 2.0 * held))
