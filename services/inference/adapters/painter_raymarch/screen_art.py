"""What screens show and what the buried civilisation carved: two atlases of 4 x 4 pictures, drawn once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

CELL = 256
Canvas = NDArray[np.uint8]
CYAN, AMBER, GREEN, WHITE, RED, BLUE = (
    (70, 220, 255), (255, 170, 50), (90, 255, 140), (220, 240, 255), (255, 70, 50), (40, 110, 255),
)  # fmt: skip


def _text(canvas: Canvas, text: str, x: int, y: int, colour: tuple[int, int, int], size: float = 0.42) -> None:
    cv2.putText(canvas, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)


def _dim(colour: tuple[int, int, int], amount: float) -> tuple[int, int, int]:
    return (int(colour[0] * amount), int(colour[1] * amount), int(colour[2] * amount))


def _heading(canvas: Canvas, title: str, colour: tuple[int, int, int]) -> None:
    canvas[:] = _dim(colour, 0.09)
    cv2.rectangle(canvas, (6, 6), (249, 30), _dim(colour, 0.55), -1)
    _text(canvas, title, 13, 23, WHITE, 0.46)
    cv2.rectangle(canvas, (6, 6), (249, 249), _dim(colour, 0.6), 1)


def _graph(canvas: Canvas, rng: np.random.Generator, colour: tuple[int, int, int]) -> None:
    for y in range(60, 245, 23):
        cv2.line(canvas, (12, y), (243, y), _dim(colour, 0.22), 1)
    for shade, scale in ((0.5, 18), (1.0, 26)):
        walk = np.cumsum(rng.normal(0, 1, 116))
        walk = (walk - walk.mean()) / (walk.std() + 1e-6) * scale
        points = np.stack([12 + np.arange(116) * 2, 145 - walk], axis=-1).astype(np.int32)
        cv2.polylines(canvas, [points.reshape(-1, 1, 2)], False, _dim(colour, shade), 2, cv2.LINE_AA)
    _text(canvas, f"{rng.uniform(1, 99):5.2f} kPa", 16, 240, WHITE)


def _radar(canvas: Canvas, rng: np.random.Generator, colour: tuple[int, int, int]) -> None:
    for radius in (30, 60, 92):
        cv2.circle(canvas, (128, 141), radius, _dim(colour, 0.5), 1, cv2.LINE_AA)
    cv2.ellipse(canvas, (128, 141), (92, 92), 0, -70, -25, _dim(colour, 0.4), -1, cv2.LINE_AA)
    for angle in range(0, 360, 30):
        a = np.deg2rad(angle)
        cv2.line(canvas, (128, 141), (int(128 + 92 * np.cos(a)), int(141 + 92 * np.sin(a))), _dim(colour, 0.2), 1)
    for _ in range(7):
        x, y = rng.normal(128, 40), rng.normal(141, 40)
        cv2.circle(canvas, (int(x), int(y)), 4, AMBER, -1, cv2.LINE_AA)


def _lines(canvas: Canvas, rng: np.random.Generator, colour: tuple[int, int, int]) -> None:
    words = ("O2 PARTIAL", "SEAL 04", "UPLINK", "COOLANT", "DRILL TQ", "CO2 SCRUB", "HAB TEMP", "POWER BUS", "SEISMIC")
    for row, word in enumerate(words):
        y = 54 + row * 22
        _text(canvas, word, 14, y, _dim(colour, 0.95), 0.4)
        cv2.rectangle(canvas, (122, y - 9), (122 + int(rng.uniform(20, 75)), y - 1), AMBER if row == 4 else colour, -1)
        _text(canvas, f"{rng.uniform(0, 100):4.1f}", 205, y, WHITE, 0.38)


def _map(canvas: Canvas, rng: np.random.Generator, colour: tuple[int, int, int]) -> None:
    field = cv2.GaussianBlur(rng.standard_normal((206, 236)).astype(np.float32), (0, 0), 17)
    field = (field - field.min()) / np.ptp(field)
    for level in np.linspace(0.15, 0.9, 10):
        edges = cv2.findContours((field > level).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
        cv2.drawContours(canvas, edges, -1, _dim(colour, 0.3 + 0.6 * level), 1, cv2.LINE_AA, offset=(10, 38))
    for _ in range(3):
        x, y = int(rng.uniform(40, 215)), int(rng.uniform(60, 220))
        cv2.drawMarker(canvas, (x, y), RED, cv2.MARKER_CROSS, 14, 2)
        _text(canvas, f"S-{rng.integers(1, 30):02d}", x + 9, y - 5, WHITE, 0.36)


def _bars(canvas: Canvas, rng: np.random.Generator, colour: tuple[int, int, int]) -> None:
    for i in range(15):
        top = int(rng.uniform(60, 205))
        shade = AMBER if i % 6 == 4 else colour
        for y in range(235, top, -9):
            lit = _dim(shade, 0.45 + 0.55 * (235 - y) / 175)
            cv2.rectangle(canvas, (16 + i * 15, y - 6), (26 + i * 15, y), lit, -1)


def _plan(canvas: Canvas, rng: np.random.Generator, colour: tuple[int, int, int]) -> None:
    centres = [(128, 140), (60, 90), (196, 90), (60, 195), (196, 195)]
    for x, y in centres[1:]:
        cv2.line(canvas, centres[0], (x, y), _dim(colour, 0.7), 5, cv2.LINE_AA)
    for i, (x, y) in enumerate(centres):
        radius = 36 if i == 0 else 25
        cv2.circle(canvas, (x, y), radius, _dim(colour, 0.25), -1, cv2.LINE_AA)
        cv2.circle(canvas, (x, y), radius, RED if i == int(rng.integers(1, 5)) else colour, 2, cv2.LINE_AA)
        _text(canvas, f"H{i}", x - 9, y + 5, WHITE, 0.42)


def _pulse(canvas: Canvas, rng: np.random.Generator, colour: tuple[int, int, int]) -> None:
    for row in range(4):
        y = 72 + row * 48
        x = np.arange(230)
        beat = np.exp(-(((np.mod(x + rng.uniform(0, 50), 58) - 29) / 3.0) ** 2)) * 30
        points = np.stack([13 + x, y - beat + 5 * np.sin(x / 9 + row)], axis=-1).astype(np.int32)
        cv2.polylines(canvas, [points.reshape(-1, 1, 2)], False, colour if row % 2 else GREEN, 2, cv2.LINE_AA)


def screen_atlas() -> Canvas:
    """(1024, 1024, 3) uint8 RGB; picture k is at row k // 4, column k % 4."""
    rng = np.random.default_rng(21)
    drawings = (
        ("LIFE SUPPORT", _lines, CYAN), ("RADAR", _radar, GREEN), ("PRESSURE", _graph, CYAN), ("TERRAIN", _map, AMBER),
        ("POWER", _bars, CYAN), ("HABITAT", _plan, CYAN), ("CREW", _pulse, GREEN), ("DRILL", _graph, AMBER),
        ("SEISMIC", _pulse, AMBER), ("UPLINK", _bars, BLUE), ("SURVEY", _map, CYAN), ("SYSTEMS", _lines, AMBER),
        ("THERMAL", _graph, RED), ("DEPTH", _bars, GREEN), ("SECTOR 7", _plan, AMBER), ("TRAFFIC", _radar, CYAN),
    )  # fmt: skip
    atlas = np.zeros((CELL * 4, CELL * 4, 3), dtype=np.uint8)
    for k, (title, draw, colour) in enumerate(drawings):
        cell = np.zeros((CELL, CELL, 3), dtype=np.uint8)
        _heading(cell, title, colour)
        draw(cell, rng, colour)
        atlas[(k // 4) * CELL : (k // 4 + 1) * CELL, (k % 4) * CELL : (k % 4 + 1) * CELL] = cell
    return atlas


def _sign(rng: np.random.Generator) -> Canvas:
    """One carved sign: a ring broken by spokes, arcs and dots on a hidden grid, mirrored like a seal."""
    cell = np.zeros((CELL, CELL), dtype=np.uint8)
    centre = (128, 128)
    radius = int(rng.integers(78, 100))
    start = int(rng.integers(0, 360))
    cv2.ellipse(cell, centre, (radius, radius), start, 0, int(rng.integers(200, 330)), 255, 7, cv2.LINE_AA)
    inner = int(radius * rng.uniform(0.4, 0.68))
    cv2.ellipse(cell, centre, (inner, inner), start + 90, 0, int(rng.integers(120, 300)), 255, 6, cv2.LINE_AA)
    for _ in range(int(rng.integers(2, 5))):
        a = np.deg2rad(rng.integers(0, 12) * 30)
        p, q = rng.uniform(0.1, 0.5) * radius, rng.uniform(0.8, 1.2) * radius
        ends = [(int(128 + r * np.cos(a)), int(128 + r * np.sin(a))) for r in (p, q)]
        cv2.line(cell, ends[0], ends[1], 255, 7, cv2.LINE_AA)
        cv2.circle(cell, ends[1], 9, 255, -1, cv2.LINE_AA)
    for _ in range(int(rng.integers(2, 5))):
        a = np.deg2rad(rng.integers(0, 12) * 30 + 15)
        r = radius * rng.uniform(0.5, 1.18)
        cv2.circle(cell, (int(128 + r * np.cos(a)), int(128 + r * np.sin(a))), 7, 255, -1, cv2.LINE_AA)
    cv2.circle(cell, centre, int(rng.integers(8, 20)), 255, 6, cv2.LINE_AA)
    return cell if rng.random() < 0.4 else np.maximum(cell, cell[:, ::-1])


def glyph_atlas() -> Canvas:
    """(1024, 1024) uint8 coverage with a soft halo around every stroke."""
    rng = np.random.default_rng(33)
    atlas = np.zeros((CELL * 4, CELL * 4), dtype=np.uint8)
    for k in range(16):
        atlas[(k // 4) * CELL : (k // 4 + 1) * CELL, (k % 4) * CELL : (k % 4 + 1) * CELL] = _sign(rng)
    halo = cv2.GaussianBlur(atlas, (0, 0), 9)
    return np.clip(atlas.astype(np.float32) * 0.9 + halo * 0.38, 0, 255).astype(np.uint8)
