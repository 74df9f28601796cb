"""Ray Serve is imported once, here, because its import warns of a deprecation, which only a test may let pass."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ray.serve  # noqa: F401
