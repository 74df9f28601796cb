"""The MP4 is read back: every picture and packet is there at its time, captions say what they said."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from loadtests.delivery.media import made_take
from services.streaming.adapters.film_mp4 import SILENT_PACKET, Mp4Film, spans, web_vtt
from services.streaming.domain.screenplay import Caption, Rendition

RENDITION = Rendition(160, 90, "h264", 200_000)
CAPTIONS = [Caption("c1", "Ann", "Hello <you> & me", 12, 36), Caption("c2", "", "wind", 30, 44, sound=True)]


@pytest.fixture(scope="module")
def chunks(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    return made_take(RENDITION, 2, tmp_path_factory.mktemp("takes")).chunks


def written(path: Path, chunks, *, burn: bool = False) -> None:  # type: ignore[no-untyped-def]
    with Mp4Film(path, burn_captions=burn) as film:
        for caption in CAPTIONS:
            film.caption(caption)
        for number, chunk in enumerate(chunks):
            for offset, packet in enumerate(chunk.audio):
                if (number, offset) != (2, 7):
                    film.sound(packet, number * 25 + offset)
            for offset, frame in enumerate(chunk.video):
                film.picture(frame, number * 12 + offset)


def test_pictures_sound_and_captions_are_there(tmp_path: Path, chunks) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "film.mp4"
    written(path, chunks)
    with av.open(str(path)) as film:
        pictures = list(film.decode(video=0))
        assert len(pictures) == 48
        assert [round(float(frame.time) * 24) for frame in pictures] == list(range(48))
        assert (pictures[0].width, pictures[0].height) == (160, 90)
    with av.open(str(path)) as film:
        packets = [bytes(p) for p in film.demux(film.streams.audio[0]) if p.size]
        assert len(packets) == 100
        assert packets[57] == SILENT_PACKET
        assert packets[58] == chunks[2].audio[8]
    with av.open(str(path)) as film:
        texts = [
            (round(float(p.pts * p.time_base), 2), bytes(p)[2:].decode())
            for p in film.demux(film.streams.subtitles[0])
            if p.size
        ]
        assert (0.5, "Ann: Hello <you> & me") in texts
        assert (1.25, "[wind]") in texts
    vtt = path.with_suffix(".vtt").read_text(encoding="utf-8")
    assert vtt.startswith("WEBVTT\n\n00:00:00.500 --> 00:00:01.250\nAnn: Hello &lt;you> &amp; me\n")
    assert not list(tmp_path.glob("*.part"))


def test_what_was_not_finished_leaves_nothing(tmp_path: Path, chunks) -> None:  # type: ignore[no-untyped-def]
    film = Mp4Film(tmp_path / "film.mp4")
    film.picture(chunks[0].video[0], 0)
    film.__exit__(RuntimeError, RuntimeError("the animator went away"), None)
    assert list(tmp_path.iterdir()) == []


def test_a_caption_ends_where_the_next_begins() -> None:
    assert spans(CAPTIONS) == [(0, 500, ""), (500, 1250, "Ann: Hello <you> & me"), (1250, 1833, "[wind]")]
    assert web_vtt([]) == "WEBVTT\n"


def test_burned_captions_are_in_the_pictures_and_nowhere_else(tmp_path: Path, chunks) -> None:  # type: ignore[no-untyped-def]
    written(tmp_path / "plain.mp4", chunks)
    written(tmp_path / "burned.mp4", chunks, burn=True)
    with av.open(str(tmp_path / "plain.mp4")) as plain, av.open(str(tmp_path / "burned.mp4")) as burned:
        assert not burned.streams.subtitles
        assert len(burned.streams.audio) == 1
        before = [frame.to_ndarray(format="gray") for frame in plain.decode(video=0)]
        after = [(round(float(frame.time) * 24), frame.to_ndarray(format="gray")) for frame in burned.decode(video=0)]
    assert [number for number, _ in after] == list(range(48))
    changed = [
        float(np.abs(drawn.astype(int) - old)[65:86, 40:120].mean())
        for (_, drawn), old in zip(after, before, strict=True)
    ]
    said = {number for number, value in enumerate(changed) if value > 12.0}
    assert said == set(range(12, 44))
    assert (
        max(float(np.abs(drawn.astype(int) - old)[:60].mean()) for (_, drawn), old in zip(after, before, strict=True))
        < 4.0
    )
    assert (tmp_path / "burned.vtt").exists()
