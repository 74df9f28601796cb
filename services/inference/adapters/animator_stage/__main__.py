"""A film to look at, and OUT.png beside it: `python -m services.inference.adapters.animator_stage OUT.mp4 [SF2]`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import cv2

from services.inference.adapters.animator_stage.demonstration import sequence, write_sheet
from services.inference.adapters.animator_stage.engine import StageAnimator
from services.inference.adapters.animator_stage.mux import write_mp4
from services.inference.adapters.composer_score import ScoreComposer
from services.inference.adapters.foley_synthesis import SynthesisedFoley
from services.inference.adapters.painter_raymarch import RaymarchPainter
from services.inference.adapters.puppets_sprite import SpritePuppets
from services.inference.adapters.voice_neural import NeuralVoice
from services.inference.domain.chunk import Chunk

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")


def show(film: Path, soundfont: Path) -> None:
    """Render the demonstration with the laptop's engines and say how fast each take went, in processor time."""
    painter, puppets, voice = RaymarchPainter(), SpritePuppets(), NeuralVoice.load()
    animator = StageAnimator(painter, puppets, voice, ScoreComposer(soundfont), SynthesisedFoley())
    orders = sequence(painter.known_sets(), puppets.known_puppets(), voice.known_voices())
    chunks: list[Chunk] = []
    for order in orders:
        before_s = time.process_time()
        animator.prepare(order)
        prepared_s = time.process_time()
        take = list(animator.animate(order, 0))
        spent_s = time.process_time() - prepared_s
        video_bytes = sum(len(frame.data) for chunk in take for frame in chunk.video)
        frames = order.shot.frame_count
        print(
            f"{order.shot.view.set_name:14} {order.shot.camera.kind:12} prepared in {prepared_s - before_s:5.1f} s, "
            f"{frames / spent_s:5.1f} frames/s, {video_bytes * 8 * 24 / frames / 1e6:.2f} Mb/s"
        )
        chunks += take
    write_mp4(chunks, film)
    write_sheet(film, orders, film.with_suffix(".png"))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    cv2.setNumThreads(1)
    show(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else SOUNDFONT)
