"""One painter for all tests of this folder: its GL context is the slow part."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import pytest

from services.inference.adapters.painter_raymarch.engine import RaymarchPainter


@pytest.fixture(scope="session")
def painter() -> Iterator[RaymarchPainter]:
    cv2.setNumThreads(1)
    with RaymarchPainter() as engine:
        yield engine
