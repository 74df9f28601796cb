"""Takes the presets a score plays out of a SoundFont 2.04 file, so that the rest never reaches memory."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from services.inference.domain.errors import EngineUnavailable

Preset = tuple[int, int]
"""(bank, program)"""

_PHDR = np.dtype([("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "<u4", 3)])
_INST = np.dtype([("name", "S20"), ("bag", "<u2")])
_BAG = np.dtype([("gen", "<u2"), ("mod", "<u2")])
_GEN = np.dtype([("oper", "<u2"), ("amount", "<u2")])
_SHDR = np.dtype(
    [("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"), ("rate", "<u4"),
     ("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2")]
)  # fmt: skip
_OPER_INSTRUMENT, _OPER_SAMPLE = 41, 53
_GUARD_POINTS = 46
"""Zero points demanded after each sample (SoundFont 2.04, 7.10)."""


def extract_presets(path: Path, presets: Iterable[Preset]) -> bytes:
    """A complete SoundFont holding `presets` alone, without modulators. Raises EngineUnavailable."""
    if not path.is_file():
        raise EngineUnavailable(f"soundfont {path} is missing: install the Debian package fluid-soundfont-gm")
    try:
        with path.open("rb") as file:
            return _subset(file, _locate_chunks(file), sorted(set(presets)))
    except (struct.error, ValueError, IndexError, KeyError) as error:
        raise EngineUnavailable(f"soundfont {path} cannot be used: {error}") from error


def _read(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    content = file.read(size)
    if len(content) != size:
        raise ValueError("the file is cut short")
    return content


def _locate_chunks(file: BinaryIO) -> dict[str, tuple[int, int]]:
    """name -> (offset, size) of every leaf chunk."""
    riff, size, kind = struct.unpack("<4sI4s", _read(file, 0, 12))
    if riff != b"RIFF" or kind != b"sfbk":
        raise ValueError("not a SoundFont 2 file")
    end = 8 + size
    found: dict[str, tuple[int, int]] = {}
    at = 12
    while at + 8 <= end:
        name, size = struct.unpack("<4sI", _read(file, at, 8))
        if name == b"LIST":
            at += 12
            continue
        found[name.decode("latin-1")] = (at + 8, size)
        at += 8 + size + size % 2
    return found


def _subset(file: BinaryIO, chunks: Mapping[str, tuple[int, int]], presets: list[Preset]) -> bytes:
    def table(name: str, dtype: np.dtype[np.void]) -> NDArray[np.void]:
        return np.frombuffer(_read(file, *chunks[name]), dtype=dtype)

    phdr, inst, shdr = table("phdr", _PHDR), table("inst", _INST), table("shdr", _SHDR)
    pbag, pgen, ibag, igen = table("pbag", _BAG), table("pgen", _GEN), table("ibag", _BAG), table("igen", _GEN)

    wanted = [_index_of(phdr, preset) for preset in presets]
    instruments: dict[int, int] = {}
    samples: dict[int, int] = {}
    new_phdr, new_pbag, new_pgen = _copy_zones(phdr, wanted, pbag, pgen, _OPER_INSTRUMENT, instruments)
    new_inst, new_ibag, new_igen = _copy_zones(inst, list(instruments), ibag, igen, _OPER_SAMPLE, samples)
    new_shdr, pcm = _copy_samples(file, chunks["smpl"][0], shdr, list(samples))
    empty_modulator = bytes(10)
    pdta = [
        ("phdr", new_phdr.tobytes()), ("pbag", new_pbag), ("pmod", empty_modulator), ("pgen", new_pgen),
        ("inst", new_inst.tobytes()), ("ibag", new_ibag), ("imod", empty_modulator), ("igen", new_igen),
        ("shdr", new_shdr),
    ]  # fmt: skip
    info = _list("INFO", [("ifil", struct.pack("<HH", 2, 1)), ("isng", b"EMU8000\0"), ("INAM", b"score\0")])
    body = b"sfbk" + info + _list("sdta", [("smpl", pcm)]) + _list("pdta", pdta)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _index_of(phdr: NDArray[np.void], preset: Preset) -> int:
    hits = np.flatnonzero((phdr["bank"][:-1] == preset[0]) & (phdr["program"][:-1] == preset[1]))
    if not len(hits):
        raise ValueError(f"no preset {preset[1]} in bank {preset[0]}")
    return int(hits[0])


def _copy_zones(
    headers: NDArray[np.void], wanted: list[int], bags: NDArray[np.void], gens: NDArray[np.void], terminal: int,
    numbering: dict[int, int],
) -> tuple[NDArray[np.void], bytes, bytes]:  # fmt: skip
    """Headers, bags and generators of `wanted`; what the zones end in is renumbered through `numbering`."""
    out_headers = np.concatenate([headers[wanted], headers[-1:]])
    out_bags: list[tuple[int, int]] = []
    out_gens: list[NDArray[np.void]] = []
    gen_count = 0
    for position, index in enumerate(wanted):
        out_headers[position]["bag"] = len(out_bags)
        for bag in range(int(headers[index]["bag"]), int(headers[index + 1]["bag"])):
            zone = gens[int(bags[bag]["gen"]) : int(bags[bag + 1]["gen"])].copy()
            for gen in zone[zone["oper"] == terminal]:
                numbering.setdefault(int(gen["amount"]), len(numbering))
            ends = zone["oper"] == terminal
            zone["amount"][ends] = [numbering[int(amount)] for amount in zone["amount"][ends]]
            out_bags.append((gen_count, 0))
            out_gens.append(zone)
            gen_count += len(zone)
    out_headers[-1]["bag"] = len(out_bags)
    out_bags.append((gen_count, 0))
    out_gens.append(np.zeros(1, _GEN))
    return out_headers, np.array(out_bags, _BAG).tobytes(), np.concatenate(out_gens).tobytes()


def _copy_samples(file: BinaryIO, smpl: int, shdr: NDArray[np.void], wanted: list[int]) -> tuple[bytes, bytes]:
    headers = np.concatenate([shdr[wanted], shdr[-1:]])
    pieces: list[bytes] = []
    position = 0
    for header in headers[:-1]:
        start, end = int(header["start"]), int(header["end"])
        for field in ("loop_start", "loop_end"):
            header[field] = int(header[field]) - start + position
        header["start"], header["end"], header["link"] = position, position + end - start, 0
        pieces.append(_read(file, smpl + 2 * start, 2 * (end - start)) + bytes(2 * _GUARD_POINTS))
        position += end - start + _GUARD_POINTS
    return headers.tobytes(), b"".join(pieces)


def _list(kind: str, parts: list[tuple[str, bytes]]) -> bytes:
    body = kind.encode("ascii")
    for name, data in parts:
        body += name.encode("ascii") + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"LIST" + struct.pack("<I", len(body)) + body
