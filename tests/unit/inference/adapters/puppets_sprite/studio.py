"""A tiny place to stand puppets in: one stage, a grey plate, a camera straight ahead."""

from __future__ import annotations

import numpy as np

from services.inference.domain.plates import Camera, Plates, Stage, Vector

WEIGHTS = {"key": 1.0, "fill": 1.0, "practicals": 1.0, "alarm": 0.0, "emission": 1.0}
PLAIN = (1.0, 1.0, 1.0)
PERSON = """
title: Test person
figure: person
body: {height: 1.7}
materials:
  skin: {kind: skin, colour: "#d6976f"}
  suit: {kind: cloth, colour: "#c2561d"}
  boots: {colour: "#3c3e44"}
  soles: {colour: "#1c1d20"}
"""
MACHINE = """
title: Test machine
figure: free
motion: hover
materials:
  shell: {colour: "#c0c0c0"}
  lamp: {colour: "#40c0ff", glow: 2.0}
bones:
  root: {at: [0, 0, 0]}
  body: {at: [0, 1, 0], parent: root}
parts:
  - {material: shell, bone: body, cell: 0.04, forms: [{ellipsoid: [0, 1, 0], size: 0.3}]}
  - {material: lamp, bone: body, cell: 0.02, forms: [{ellipsoid: [0, 1, 0.3], size: 0.06}]}
"""


def studio(
    width: int = 200,
    height: int = 240,
    look_at_m: float = 0.9,
    span_m: float = 2.2,
    floor: Vector = (0.0, 0.0, 0.0),
    key_from: Vector = (-0.7, 0.5, 0.5),
    distance_m: float = 6.0,
    fog: float = 0.0,
) -> Plates:
    """span_m metres fill the picture's height at the origin."""
    stage = Stage(
        floor,
        {"key": (0.8, 0.8, 0.8), "fill": (0.15, 0.15, 0.15), "alarm": (0.6, 0.02, 0.02)},
        {"key": key_from, "fill": (0.0, 1.0, 0.0), "alarm": (0.0, 1.0, 0.3)},
    )
    camera = Camera((0.0, look_at_m, distance_m), (1, 0, 0), (0, 1, 0), (0, 0, -1), height / span_m * distance_m)
    return Plates(
        "studio",
        {"fill": np.zeros((height, width, 3), np.uint8)},
        {"fill": 1.0},
        np.full((height, width), 20, np.float32),
        np.zeros((height, width, 3), np.int8),
        {},
        camera,
        {"centre": stage},
        (0.5, 0.4, 0.3),
        fog,
    )
