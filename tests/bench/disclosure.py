"""What redaction costs: ``python tests/bench/disclosure.py [rows]``.

A million made-up seizures among 2,000 made-up sites of every sensitivity, for each role; and texts
that are made to be slow for the patterns of `geo.scrub`, in two lengths: the time must double.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import geopandas as gpd  # noqa: E402 - the path comes first
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import shapely  # noqa: E402

from geo.access import Role, Viewer  # noqa: E402
from geo.disclosure import for_viewer, site_index  # noqa: E402
from geo.frames import frame_of  # noqa: E402
from geo.model import Sensitivity  # noqa: E402
from geo.scrub import without_places, without_secrets  # noqa: E402

ROWS, SITES = 1_000_000, 2_000

SLOW = (
    "1", "1 ", "1.1 ", "36.1,", "-", "/a", "a/", "'/", "N 1 ", "1:1:", "\u00b0", "1\u00b0",
    "0101000000", "http://", "://a", "POINT(", "coordinates[", "lat ", "E1", "38S", "38SKF1",
    "123456 ", "///a.b.", "token=", "pass", "\\\\", "-----BEGIN PRIVATE KEY-----", "\u0661", " ",
    "(", "geohash", "A+",
)  # fmt: skip
"""What is repeated to make texts on which a careless pattern takes quadratic time."""


def seizures(rows: int) -> gpd.GeoDataFrame:
    """Made-up seizures, each with a description and a source of its own."""
    random = np.random.default_rng(1)
    words = np.array(["seized", "at", "night", "by", "customs", "of", "a", "town", "with", "coins"])
    described = [" ".join(words[row]) for row in random.integers(0, len(words), (rows, 12))]
    frame = frame_of(
        "seizures",
        {
            "id": [f"SZ{n:07d}" for n in range(rows)],
            "geometry": shapely.points(random.uniform(38, 48, rows), random.uniform(30, 37, rows)),
            "precision": ["exact"] * rows,
            "event_type": ["seizure"] * rows,
            "country": ["Iraq"] * rows,
            "marking": ["TLP:CLEAR"] * rows,
            "description": described,
            "source_url": [f"https://example.org/2015/{n}" for n in range(rows)],
            "place": [f"town {n % 500}" for n in range(rows)],
        },
    )
    return frame.assign(
        version=1, recorded_at=pd.Timestamp("2026-11-22", tz="UTC"), import_id="IM-1"
    )


def sites() -> gpd.GeoDataFrame:
    """Made-up sites of every sensitivity."""
    random = np.random.default_rng(2)
    return frame_of(
        "sites",
        {
            "id": [f"S{n}" for n in range(SITES)],
            "geometry": shapely.points(
                random.uniform(38, 48, SITES), random.uniform(30, 37, SITES)
            ),
            "precision": ["exact"] * SITES,
            "name": [f"Tell Azgan {n}" for n in range(SITES)],
            "country": ["Iraq"] * SITES,
            "marking": ["TLP:CLEAR"] * SITES,
            "sensitivity": random.choice([s.value for s in Sensitivity], SITES).tolist(),
        },
    )


def main() -> None:
    """Print the time for each role, and the slowest growth of the patterns."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    frame, index = seizures(rows), site_index(sites())
    for role in Role:
        start = time.perf_counter()
        shown = for_viewer(frame, Viewer(role=role), kind="seizures", sites=index)
        taken = time.perf_counter() - start
        print(f"{role.value:<14} {len(shown):>9,} of {rows:,} seizures in {taken:6.2f} s")
    for clear in (without_places, without_secrets):
        growth = []
        for piece in SLOW:
            short, long = (piece * (length // len(piece)) for length in (40_000, 160_000))
            times = []
            for text in (short, long):
                start = time.process_time()
                clear(text)
                times.append(time.process_time() - start)
            growth.append((times[1] / max(times[0], 1e-3), times[1], piece))
        worst, longest = max(growth), max(growth, key=lambda row: row[1])
        print(
            f"{clear.__name__}: 4 times the text takes at most {worst[0]:.1f} times as long "
            f"({worst[2]!r}); 160,000 characters at most {longest[1]:.2f} s ({longest[2]!r})"
        )


if __name__ == "__main__":
    main()
