"""How long it takes to hold objects against a long list of stolen ones, and what is found.

    python tests/bench/stolen.py        10 and 1,000 objects against 50,000 entries

All records are made up. Every tenth object is an entry of the list: half of them with its number,
half by words only, measured anew by hand.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.frames import frame_of
from geo.matching.stolen import matches
from tests.bench.duplicates import KINDS, THINGS

ENTRIES = 50_000


def listed(count: int) -> gpd.GeoDataFrame:
    """A made-up list; entry n is described by words, sizes and a number of its own."""
    draw = np.random.default_rng(1)
    kinds = [KINDS[n] for n in draw.integers(0, len(KINDS), count)]
    things = [THINGS[n] for n in draw.integers(0, len(THINGS), count)]
    tall, wide = draw.integers(10, 400, count), draw.integers(5, 300, count)
    return frame_of(
        "stolen",
        {
            "id": [f"L{n}" for n in range(count)],
            "object_type": things,
            "materials": kinds,
            "measurements": [f"{a} mm x {b} mm" for a, b in zip(tall, wide, strict=True)],
            "description": [f"scene{n % 9_000} with figure{n % 301}" for n in range(count)],
            "inscriptions": [f"ZZ {n + 100}" for n in range(count)],
            "likeness": [f"{int.from_bytes(draw.bytes(8)):016x}" for _ in range(count)],
        },
    )


def pieces(entries: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    """Made-up objects; object 10 n is entry n, the others are of things that the list has not."""
    rows = []
    for number in range(count):
        entry = entries.iloc[number // 10]
        same = number % 10 == 0
        rows.append(
            {
                "id": f"O{number}",
                "seizure_id": "S",
                "object_type": entry["object_type"] if same else f"thing{number}",
                "materials": entry["materials"],
                "measurements": entry["measurements"] if same else f"{number % 300 + 500} mm",
                "description": entry["description"] if same else f"view{number}",
                "inscriptions": entry["inscriptions"] if same and number % 20 == 0 else "",
            }
        )
    return frame_of("objects", {name: [row[name] for row in rows] for name in rows[0]})


def main() -> None:
    """Print a table."""
    entries = listed(ENTRIES)
    print("objects | entries | seconds | peak MB | planted found first | other pairs shown")
    for count in (10, 1_000):
        began = time.perf_counter()
        found = matches(pieces(entries, count), entries)
        seconds = time.perf_counter() - began
        first = found.drop_duplicates("object")
        right = first["object"] == 10 * first["stolen"]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(
            f"{count:7,} | {ENTRIES:,}  | {seconds:7.1f} | {peak:7.0f} |"
            f" {right.sum():4} of {-(-count // 10):4}        | {len(found) - right.sum():,}"
        )


if __name__ == "__main__":
    main()
