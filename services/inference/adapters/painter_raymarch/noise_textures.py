"""Tileable noise, made once from a seed: broad, fine, scratches and blotches in one picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = 512


def spectral_noise(size: int, slope: float, seed: int) -> NDArray[np.float32]:
    """(size, size) float32 tileable noise in 0..1 (mean 0.5) whose amplitude falls as frequency ** -slope / 2 * 2."""
    rng = np.random.default_rng(seed)
    white = np.fft.rfft2(rng.standard_normal((size, size)))
    fy, fx = np.fft.fftfreq(size)[:, None] * size, np.fft.rfftfreq(size)[None, :] * size
    frequency = np.hypot(fx, fy)
    frequency[0, 0] = 1
    shaped = white * frequency ** (-slope * 0.85)
    shaped[0, 0] = 0
    noise = np.fft.irfft2(shaped, s=(size, size))
    noise /= noise.std() * 5.2
    return np.clip(noise + 0.5, 0, 1).astype(np.float32)


def _scratches(seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    canvas = np.zeros((SIZE * 2, SIZE * 2), dtype=np.uint8)
    for _ in range(150):
        x, y = rng.integers(0, SIZE * 2, 2)
        angle, length = rng.normal(0.4, 0.9), rng.exponential(60) + 8
        end = (int(x + np.cos(angle) * length), int(y + np.sin(angle) * length))
        cv2.line(canvas, (int(x), int(y)), end, int(rng.integers(70, 255)), 1, cv2.LINE_AA)
    quarters = [canvas[:SIZE, :SIZE], canvas[SIZE:, :SIZE], canvas[:SIZE, SIZE:], canvas[SIZE:, SIZE:]]
    return np.asarray(np.maximum.reduce(quarters) / 255, dtype=np.float32)


def noise_picture() -> NDArray[np.uint8]:
    """(512, 512, 4) uint8: broad noise, fine noise, scratches, blotches."""
    broad = spectral_noise(SIZE, 1.75, 11)
    fine = spectral_noise(SIZE, 0.95, 12)
    warped = spectral_noise(SIZE, 1.5, 13)
    blotches = np.clip((1 - np.abs(warped * 2 - 1)) ** 3 * 0.7 + spectral_noise(SIZE, 1.3, 14) * 0.45, 0, 1)
    picture = np.stack([broad, fine, np.maximum(_scratches(15), fine * 0.35), blotches], axis=-1)
    return (picture * 255 + 0.5).astype(np.uint8)
