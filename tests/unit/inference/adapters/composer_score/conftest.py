"""A soundfont of one looped wave under every preset the score plays, so that tests need no installed package."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from services.inference.adapters.composer_score.composer import ScoreComposer
from services.inference.adapters.composer_score.instruments import INSTRUMENTS, Sampled

_PERIOD = 100
_PERIODS = 40


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def build_soundfont(presets: list[tuple[int, int]]) -> bytes:
    """Two instruments with a sample of their own each; the presets use the second one."""
    phase = 2.0 * np.pi * np.arange(_PERIOD * _PERIODS) / _PERIOD
    waves = [np.zeros(len(phase)), 0.5 * np.sin(phase) + 0.2 * np.sin(3.0 * phase)]
    smpl = b"".join((12_000 * wave).astype("<i2").tobytes() + bytes(92) for wave in waves)
    stride = len(phase) + 46
    phdr = b"".join(
        struct.pack("<20sHHHIII", b"preset", program, bank, number, 0, 0, 0)
        for number, (bank, program) in enumerate(presets)
    ) + struct.pack("<20sHHHIII", b"EOP", 0, 0, len(presets), 0, 0, 0)
    pbag = b"".join(struct.pack("<HH", number, 0) for number in range(len(presets) + 1))
    pgen = struct.pack("<HH", 41, 1) * len(presets) + bytes(4)
    inst = b"".join(struct.pack("<20sH", name, bag) for name, bag in ((b"mute", 0), (b"wave", 1), (b"EOI", 2)))
    ibag = b"".join(struct.pack("<HH", gen, 0) for gen in (0, 2, 4))
    igen = struct.pack("<HHHHHHHHHH", 54, 1, 53, 0, 54, 1, 53, 1, 0, 0)
    shdr = b"".join(
        struct.pack(
            "<20sIIIIIBbHH", b"s", at, at + len(phase), at + _PERIOD, at + len(phase) - _PERIOD, 48_000, 71, 0, 0, 1
        )
        for at in (0, stride)
    ) + struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    tables = (
        (b"phdr", phdr), (b"pbag", pbag), (b"pmod", bytes(10)), (b"pgen", pgen), (b"inst", inst), (b"ibag", ibag),
        (b"imod", bytes(10)), (b"igen", igen), (b"shdr", shdr),
    )  # fmt: skip
    body = b"sfbk" + _chunk(b"LIST", b"INFO" + _chunk(b"ifil", struct.pack("<HH", 2, 1)))
    body += _chunk(b"LIST", b"sdta" + _chunk(b"smpl", smpl))
    body += _chunk(b"LIST", b"pdta" + b"".join(_chunk(name, data) for name, data in tables))
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture(scope="session")
def soundfont(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("soundfont") / "tiny.sf2"
    presets = {(each.bank, each.program) for each in INSTRUMENTS.values() if isinstance(each, Sampled)}
    path.write_bytes(build_soundfont([*sorted(presets), (7, 7)]))
    return path


@pytest.fixture(scope="session")
def composer(soundfont: Path) -> ScoreComposer:
    return ScoreComposer(soundfont)
