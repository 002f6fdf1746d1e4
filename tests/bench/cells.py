"""What it costs to read a cell of each kind: ``python tests/bench/cells.py``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from geo.columns import columns_of  # noqa: E402 - the path comes first
from geo.matching.museum_marks import marks_in  # noqa: E402
from geo.sources.meaning import cells, coordinates, dates, quantities  # noqa: E402

CELLS = 200_000


def cost_us(read: Callable[[str], object], texts: Sequence[str]) -> float:
    """Microseconds of the processor for a cell; texts are distinct, so nothing is remembered."""
    start = time.process_time()
    for text in texts:
        read(text)
    return (time.process_time() - start) / len(texts) * 1e6


def main() -> None:
    """Print one line a kind of cell."""
    columns = {column.name: column for column in columns_of("seizures")}
    lonlat = coordinates.lon_lat_of
    names = ("lon", "lat")
    dmy = dates.DateStyle(order="dmy")
    numbers = range(CELLS)
    kinds: dict[str, tuple[Callable[[str], object], list[str]]] = {
        "plain decimal": (
            lambda text: cells.number(text, name="score"),
            [f"{n / 1000:.3f}" for n in numbers],
        ),
        "decimal comma": (
            lambda text: cells.number(text, name="score"),
            [f"{n},5" for n in numbers],
        ),
        "whole number": (cells.parser_of(columns["object_count"]), [str(n) for n in numbers]),
        "quantity in words": (quantities.quantity, [f"about {n} coins" for n in numbers[:20_000]]),
        "lon and lat, plain": (
            lambda text: lonlat(text, "33.3", names=names, country="Iraq"),
            [f"44.{n:06}" for n in numbers],
        ),
        "lon and lat, degrees": (
            lambda text: lonlat(text, "33°20'N", names=names, country="Iraq"),
            [f"44°{n % 60}'{n % 59}.{n}\"E" for n in numbers[:20_000]],
        ),
        "military grid": (
            coordinates.from_mgrs,
            [f"38SMB{n:05}{n:05}" for n in numbers[:20_000]],
        ),
        "ISO day": (
            lambda text: dates.period_of(text, name="date"),
            [f"{1500 + n // 336}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}" for n in numbers],
        ),
        "day, month, year": (
            lambda text: dates.period_of(text, name="date", style=dmy),
            [f"{n % 28 + 1}/{n // 28 % 12 + 1}/{1500 + n // 336}" for n in numbers[:20_000]],
        ),
        "code": (cells.parser_of(columns["event_type"]), ["seizure", "Return", "ضبط"] * 60_000),
        "marks in 110 letters": (marks_in, [f"{n} pieces of stone " + "x" * 90 for n in numbers]),
    }
    print(f"{'cell':24}{'us':>8}{'s a million':>14}")
    for kind, (read, texts) in kinds.items():
        us = cost_us(read, texts)
        print(f"{kind:24}{us:8.2f}{us:14.1f}")


if __name__ == "__main__":
    main()
