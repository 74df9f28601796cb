"""The recording holds what was received, and keeps its time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from loadtests.watch.observations import Observations
from loadtests.watch.pictures import Pictures
from loadtests.watch.recording import SILENT_PACKET, FilmRecorder


def _encoded(count: int) -> list[bytes]:
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
    encoder.framerate = 24
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "12"}
    units: list[bytes] = []
    for index in range(count):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), index * 8, np.uint8), "rgb24")
        frame.pts = index
        units.extend(bytes(packet) for packet in encoder.encode(frame))
    return [*units, *(bytes(packet) for packet in encoder.encode(None))]


def _record(path: Path, units: list[bytes], connection_of: Any = lambda _: 0) -> None:
    recorder = FilmRecorder(path)
    for index, unit in enumerate(units):
        connection = connection_of(index)
        media_s = (index - (12 if connection else 0)) / 24
        at_s = 3.0 + index / 24 + (2.0 if connection else 0.0)
        recorder.picture(at_s, connection, media_s, unit)
        recorder.sound(at_s, connection, round(media_s / 0.04) * 0.04, SILENT_PACKET)
    assert recorder.finish() == path


def _times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(video=0)]


def test_every_picture_is_there_and_decodes(tmp_path: Path) -> None:
    _record(tmp_path / "film.mp4", _encoded(24))
    times = _times(tmp_path / "film.mp4")
    assert len(times) == 24
    assert np.diff(times) == pytest.approx(1 / 24, abs=0.001)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["film.mp4"]


def test_a_lost_connection_is_as_long_as_it_was(tmp_path: Path) -> None:
    _record(tmp_path / "film.mp4", _encoded(24), connection_of=lambda index: int(index >= 12))
    times = _times(tmp_path / "film.mp4")
    assert times[12] - times[11] == pytest.approx(2.0 + 1 / 24, abs=0.001)


def test_missing_sound_is_filled_with_silence(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    recorder = FilmRecorder(path)
    for index, unit in enumerate(_encoded(24)):
        recorder.picture(index / 24, 0, index / 24, unit)
    recorder.sound(0.0, 0, 0.0, SILENT_PACKET)
    recorder.sound(0.9, 0, 0.9, SILENT_PACKET)
    recorder.finish()
    with av.open(str(path)) as container:
        assert sum(packet.size > 0 for packet in container.demux(audio=0)) == 46


def test_without_a_picture_there_is_no_recording(tmp_path: Path) -> None:
    assert FilmRecorder(tmp_path / "film.mp4").finish() is None
    assert list(tmp_path.iterdir()) == []


def test_of_each_picture_the_small_one_is_kept_and_some_thumbnails() -> None:
    seen = Observations()
    pictures = Pictures(seen, every_s=0.5)
    for index in range(24):
        planes = np.full((90, 160, 3), 40 if index < 12 else 200, np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, "rgb24").reformat(format="yuv420p")
        frame.pts = index * 3750
        pictures.take(frame, 0, 1.0 + index / 24)
    assert seen.pictures[0].luma.shape == (36, 64)
    assert seen.pictures[0].chroma.shape == (2, 9, 16)
    assert seen.pictures[23].luma.mean() - seen.pictures[0].luma.mean() > 100
    assert [thumbnail.at_s for thumbnail in seen.thumbnails] == [1.0, 1.5]
    assert abs(float(seen.thumbnails[1].rgb.mean()) - 200) < 3
    assert seen.pictures[12].media_s == 0.5
