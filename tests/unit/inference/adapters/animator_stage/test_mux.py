"""Chunks become a film file that plays, untouched."""

from __future__ import annotations

from pathlib import Path

import av

from services.inference.adapters.animator_stage import StageAnimator
from services.inference.adapters.animator_stage.mux import decode_pictures, write_mp4
from services.inference.domain.shot import Rendition, Shot, TakeOrder, View


def test_a_film_holds_every_frame_and_packet(animator: StageAnimator, tmp_path: Path) -> None:
    order = TakeOrder(Shot(View("terrace"), 48), rendition=Rendition(640, 360))
    chunks = list(animator.animate(order, 24))
    film = tmp_path / "film.mp4"
    write_mp4(chunks, film)
    assert len(decode_pictures(film)) == 24
    with av.open(str(film)) as source:
        packets = [bytes(packet) for packet in source.demux(audio=0) if packet.size]
    assert packets == [packet for chunk in chunks for packet in chunk.audio]
