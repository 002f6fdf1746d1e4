"""How long it takes to find planted duplicates among many records, and how many are found.

    python tests/bench/duplicates.py            10,000 and 100,000 against as many
    python tests/bench/duplicates.py 20000      another number

All records are made up.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
from shapely.geometry import Point

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.frames import frame_of
from geo.matching.duplicates import likely_duplicates

THINGS = (
    "tablet", "seal", "bowl", "statue", "coin", "bead", "pendant", "vase", "relief", "figurine",
    "mask", "lamp", "jar", "plaque",
)  # fmt: skip
KINDS = (
    "clay", "gold", "silver", "bronze", "stone", "glass", "ivory", "alabaster", "basalt", "copper",
    "terracotta", "shell",
)  # fmt: skip
PLANTED = 1_000


def made(count: int, *, prefix: str, seed: int) -> gpd.GeoDataFrame:
    """Made-up seizures over twenty years in sixty made-up towns of six countries."""
    draw = np.random.default_rng(seed)
    towns = np.random.default_rng(0).uniform((36, 29), (48, 37), (60, 2))
    town = draw.integers(0, 60, count)
    day = [date(2004, 1, 1) + timedelta(days=int(n)) for n in draw.integers(0, 7300, count)]
    number = draw.geometric(0.03, count)
    words = [
        ", ".join(
            f"{draw.choice(KINDS)} {draw.choice(THINGS)}s" for _ in range(draw.integers(1, 4))
        )
        for _ in range(count)
    ]
    return frame_of(
        "seizures",
        {
            "id": [f"{prefix}{n}" for n in range(count)],
            "event_type": ["seizure"] * count,
            "country": [f"Country {n % 6}" for n in town],
            "place": [f"Town {n}" for n in town],
            "geometry": [Point(towns[n]) for n in town],
            "precision": ["town"] * count,
            "date_from": day,
            "date_to": day,
            "object_count": number.tolist(),
            "object_types": words,
            "agency": [f"Customs of Country {n % 6}" for n in town],
        },
    )


def told_again(frame: gpd.GeoDataFrame, *, seed: int) -> gpd.GeoDataFrame:
    """The same events as another paper tells them: days later, fewer words, about as many."""
    draw = np.random.default_rng(seed)
    later = np.array(draw.integers(0, 5, len(frame)), dtype="timedelta64[D]")
    return frame.assign(
        id=[f"again {name}" for name in frame["id"]],
        date_from=frame["date_from"] + later,
        date_to=frame["date_to"] + later,
        object_types=[
            text.split(", ")[0].replace("tablets", "tablet") for text in frame["object_types"]
        ],
        object_count=(frame["object_count"] * draw.uniform(0.95, 1.05, len(frame)))
        .round()
        .astype("Int64"),
        count_qualifier="about",
        agency="",
    )


def main() -> None:
    """Print a table."""
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    print(
        "records against as many | seconds | peak MB | pairs proposed | planted found, first of all"
    )
    for size in sizes:
        mine, theirs = made(size, prefix="A", seed=1), made(size, prefix="B", seed=2)
        planted = told_again(theirs.head(PLANTED), seed=3)
        mine = frame_of(
            "seizures",
            {name: [*mine[name], *planted[name]] for name in mine.columns},
        )
        began = time.perf_counter()
        pairs = likely_duplicates(mine, theirs)
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        right = pairs[pairs["first"] - size == pairs["second"]]
        best = pairs.drop_duplicates("first")
        first = best[best["first"] - size == best["second"]]
        print(
            f"{size:23,} | {seconds:7.1f} | {peak:7.0f} | {len(pairs):14,} | "
            f"{len(right)} and {len(first)} of {PLANTED}"
        )


if __name__ == "__main__":
    main()
