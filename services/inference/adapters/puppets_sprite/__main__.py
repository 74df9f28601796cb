"""Sheets for looking at the cast, and what drawing it costs.

`python -m services.inference.adapters.puppets_sprite OUT_DIR [PUPPET ...]` writes the sheets,
`python -m services.inference.adapters.puppets_sprite --measure [PUPPET ...]` prints CPU milliseconds of one thread.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.engine import SpritePuppets
from services.inference.adapters.puppets_sprite.motion import POSES
from services.inference.adapters.puppets_sprite.stance import EMOTIONS
from services.inference.domain.plates import Camera, Plates, Stage
from services.inference.domain.shot import Staging
from services.inference.domain.speech import VISEMES
from services.inference.domain.tone import tone

Picture = NDArray[np.uint8]
WEIGHTS = {"key": 1.0, "fill": 1.0, "practicals": 1.0, "alarm": 0.0, "emission": 1.0}


def neutral_plates(width: int, height: int, look_at_m: float, span_m: float) -> Plates:
    """A grey studio: `span_m` metres fill the height around `look_at_m` above the floor, six metres away."""
    distance = max(1.6, 3.2 * span_m)
    ramp = np.linspace(0.05, 0.16, height, dtype=np.float32)[:, None, None] * np.array([0.8, 0.9, 1.0], np.float32)
    picture = np.clip(np.sqrt(np.broadcast_to(ramp, (height, width, 3))) * 255, 0, 255).astype(np.uint8)
    stage = Stage(
        (0.0, 0.0, 0.0),
        {
            "key": (0.9, 0.82, 0.7), "fill": (0.22, 0.27, 0.34), "practicals": (0.12, 0.18, 0.27),
            "alarm": (0.9, 0.1, 0.06),
        },
        {
            "key": (-0.55, 0.62, 0.6), "fill": (0.4, 0.75, 0.5), "practicals": (0.75, 0.35, -0.6),
            "alarm": (0.3, 0.8, 0.2),
        },
    )  # fmt: skip
    camera = Camera((0.0, look_at_m, distance), (1, 0, 0), (0, 1, 0), (0, 0, -1), height / span_m * distance)
    return Plates(
        "neutral", {"fill": picture}, {"fill": 1.0}, np.full((height, width), 20, np.float32),
        np.zeros((height, width, 3), np.int8), {}, camera, {"centre": stage}, (0.0, 0.0, 0.0), 0.0,
    )  # fmt: skip


def snapshot(
    puppets: SpritePuppets, staging: Staging, plates: Plates, frame: int = 20, viseme: str = "rest", count: int = 96
) -> Picture:
    """(height, width, 3) RGB of the puppet over the neutral plate."""
    track = puppets.prepare(staging, plates, count, 7)
    rgba, x, y = track.draw(frame, WEIGHTS, viseme, (1.0, 1.0, 1.0))
    back = np.array(tone(np.square(plates.groups["fill"].astype(np.float32) / np.float32(255))))
    h, w = rgba.shape[:2]
    under = back[y : y + h, x : x + w].astype(np.float32)
    mixed = under * (1 - rgba[..., 3:].astype(np.float32) / 255) + rgba[..., :3]
    back[y : y + h, x : x + w] = np.clip(mixed, 0, 255).astype(np.uint8)
    return np.asarray(back)


def save(path: Path, rows: list[list[Picture]]) -> None:
    """One PNG of rows of pictures."""
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows], axis=0)
    cv2.imwrite(str(path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


def sheets(out: Path, names: list[str]) -> None:
    """Writes every sheet; `names` limits them to these puppets."""
    puppets = SpritePuppets(cache=out / "cache")
    known = [name for name in puppets.known_puppets() if not names or name in names]
    for facing in (0, 1):
        line_up = neutral_plates(270, 560, 1.08, 2.6)
        cast = [snapshot(puppets, Staging(name, "centre", facing), line_up) for name in known]
        half = (len(cast) + 1) // 2
        save(out / f"cast_{facing}.png", [cast[:half], [*cast[half:], cast[-1]][:half]])
    for name in known:
        tall = puppets.height_m(name)
        long = puppets.length_m(name)
        near = neutral_plates(400, 400, *((tall * 0.6, long * 1.3) if long > 2.5 else (tall * 0.915, 0.46)))
        body = neutral_plates(240, 480, tall * 0.5, max(tall * 1.22, long * 2.4))
        faces = [
            [snapshot(puppets, Staging(name, "centre", facing, emotion=e), near) for e in EMOTIONS[:6]]
            for facing in (0, 1)
        ]
        save(out / f"{name}_emotions.png", faces)
        mouths = [snapshot(puppets, Staging(name, "centre", emotion="calm"), near, viseme=v) for v in VISEMES]
        save(out / f"{name}_visemes.png", [mouths[:5], mouths[5:]])
        save(
            out / f"{name}_poses.png",
            [[snapshot(puppets, Staging(name, "centre", f, p), body, 40) for p in POSES] for f in (0, 1)],
        )
        wide = neutral_plates(240, 480, tall * 0.5, max(tall * 1.6, long * 2.6))
        strip = [snapshot(puppets, Staging(name, "centre", 1, "walk"), wide, 34 + 5 * n) for n in range(8)]
        save(out / f"{name}_walk.png", [strip])


def measure(names: list[str]) -> None:
    """Prints what preparing and drawing costs in plates for a picture of 854x480, in CPU time of this thread."""
    with tempfile.TemporaryDirectory() as folder:
        warm = SpritePuppets(cache=Path(folder))
        for name in names or warm.known_puppets():
            tall = warm.height_m(name)
            for framing, look_at, span in (("wide", 0.5, 5.0), ("medium", 0.72, 1.45), ("close", 0.91, 0.72)):
                plates = neutral_plates(990, 556, tall * look_at, span)
                staging = Staging(name, "centre", speaks="x")
                warm.prepare(staging, plates, 96, 3).draw(0, WEIGHTS, "rest", (1.0, 1.0, 1.0))
                fresh, kept = SpritePuppets(cache=Path(folder) / framing / name), SpritePuppets(cache=Path(folder))
                made = _cost(partial(fresh.prepare, staging, plates, 96, 3))
                loaded = _cost(partial(kept.prepare, staging, plates, 96, 3))
                track = warm.prepare(staging, plates, 96, 3)
                draws = sorted(_cost(partial(track.draw, n, WEIGHTS, "ai", (1.0, 1.0, 1.0))) for n in range(48))
                rgba = track.draw(0, WEIGHTS, "rest", (1.0, 1.0, 1.0))[0]
                print(
                    f"{name:16} {framing:7} prepare {made:6.0f}  from disk {loaded:5.1f}  "
                    f"draw median {draws[24]:5.2f} best {draws[0]:5.2f}  {int((rgba[..., 3] > 0).sum()):6d} px"
                )


def _cost(act: Callable[[], object]) -> float:
    begun = time.thread_time()
    act()
    return (time.thread_time() - begun) * 1e3


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    cv2.setNumThreads(1)
    if sys.argv[1] == "--measure":
        measure(sys.argv[2:])
        sys.exit()
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    sheets(folder, sys.argv[2:])
