"""Rain on a pane of glass before the camera: drops that gather, hang, and run. A function of the frame."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage import kernels_air
from services.inference.adapters.animator_stage.noise import smooth

_DROPS: Final = 150
_LIFE_FRAMES: Final = (50, 170)
_RADIUS: Final = (0.0045, 0.021)
_RUNNERS: Final = 0.3
_RUN_FROM: Final = 0.62
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
    rows = np.zeros((max(round(_DROPS * strength), 1), 4), np.float32)
    for number in range(len(rows)):
        own = np.random.default_rng([abs(seed), 811, number]).random(2)
        life = int(_LIFE_FRAMES[0] + own[0] * (_LIFE_FRAMES[1] - _LIFE_FRAMES[0]))
        cycle, age = divmod(frame + int(own[1] * life), life)
        x, y, size, runs = np.random.default_rng([abs(seed), 812, number, cycle]).random(4)
        share = age / life
        radius = (_RADIUS[0] + (_RADIUS[1] - _RADIUS[0]) * size**2.4) * height
        fallen = 0.0
        if runs < _RUNNERS and share > _RUN_FROM:
            fallen = ((share - _RUN_FROM) / (1.0 - _RUN_FROM)) ** 2 * (1.2 - y)
        shown = smooth(age / 4.0) * (1.0 if runs < _RUNNERS else smooth((1.0 - share) / 0.2))
        rows[number] = (x * width, (y + fallen) * height, radius * (0.6 + 0.4 * shown), shown)
    return rows
