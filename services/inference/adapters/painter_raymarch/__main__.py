"""Paints contact sheets: python -m services.inference.adapters.painter_raymarch OUT_DIR [set ...]"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from services.inference.adapters.painter_raymarch.engine import RaymarchPainter
from services.inference.adapters.painter_raymarch.sheets import write_sheet


def main() -> None:
    parser = argparse.ArgumentParser(prog="painter_raymarch", description="Paint contact sheets of the sets.")
    parser.add_argument("folder", type=Path, help="where the PNG files go")
    parser.add_argument("sets", nargs="*", help="names of sets; all when none is given")
    asked = parser.parse_args()
    with RaymarchPainter() as painter:
        for set_name in asked.sets or painter.known_sets():
            began_s = time.perf_counter()
            path = write_sheet(painter, set_name, asked.folder)
            print(f"{path} {time.perf_counter() - began_s:.1f} s")


if __name__ == "__main__":
    main()
