"""Renders a session's film again: `python -m services.streaming.replay SESSION --out film.mp4`.

Needs the store that holds the session's log and the model services; not the broker, and no running node.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from services.streaming.bootstrap import replaying
from services.streaming.ports import ModelRefused, ModelUnavailable
from services.streaming.settings import InvalidSetting, read_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 where it cannot be done; 2 where it was done by another engine, so that takes differ."""
    parser = argparse.ArgumentParser(prog="cineloom replay", description="Renders a session's film again, to MP4.")
    parser.add_argument("session", help="id of the session")
    parser.add_argument("--out", type=Path, help="the MP4; captions go beside it as WebVTT (SESSION.mp4)")
    parser.add_argument("--burn-captions", action="store_true", help="set captions into the picture")
    chosen = parser.parse_args(arguments)
    path = chosen.out or Path(f"{chosen.session}.mp4")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        counts = asyncio.run(
            replaying(read_settings(), chosen.session, path, _progress, burn_captions=chosen.burn_captions)
        )
    except (InvalidSetting, ModelUnavailable, ModelRefused, KeyError, ValueError, OSError) as error:
        reason = f"there is no session {error}" if isinstance(error, KeyError) else error
        print(f"cineloom replay: {reason}", file=sys.stderr)
        return 1
    print(f"{path}: {counts.takes} takes, {counts.equal} with the identity that the log names")
    for take_id in counts.different:
        print(f"  another engine renders take {take_id[:12]} now", file=sys.stderr)
    return 2 if counts.different else 0


def _progress(done: int, whole: int) -> None:
    print(f"\rtake {done} of {whole}", end="\n" if done == whole else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
