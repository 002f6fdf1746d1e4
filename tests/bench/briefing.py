"""How long a printed page takes, beside the plainest map of the same rows.

    python tests/bench/briefing.py [--rounds 5]

The peer is geopandas' own plot of the same borders and points, saved by matplotlib in the same
format and size: what drawing takes without anything that makes a page of a map.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.model import Audience  # noqa: E402 - the project is run, not installed
from geo.pipeline import installation, page  # noqa: E402
from geo.query import Query  # noqa: E402
from geo.settings import Settings  # noqa: E402
from geo.snapshot import Snapshot  # noqa: E402
from layers.briefing import save  # noqa: E402


def main() -> None:
    """Print medians of both, by subject and format."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = f"sqlite:///{home / 'lamassu.sqlite'}"
        settings = Settings(home=home, store_url=url, online_basemap=False)
        store = installation.open_installation(settings, now=now)
        for subject in ("region", "Hatra"):
            snapshot = page.snapshot_of(
                store, subject, audience=Audience.PUBLIC, query=Query(), now=now
            )
            rows = sum(len(frame) for frame in snapshot.frames.values())
            for file_format in ("pdf", "png"):
                ours = median_s(partial(save, snapshot, file_format), rounds)
                peer = median_s(partial(plain, snapshot, file_format), rounds)
                print(
                    f"{subject:7} {file_format}  {rows:4} rows  page {ours:.2f} s, "
                    f"plain plot {peer:.2f} s, ratio {ours / peer:.1f}"
                )
        store.close()


def plain(snapshot: Snapshot, file_format: str) -> bytes:
    """Borders and points as geopandas plots them, A4 landscape."""
    figure = Figure(figsize=(11.7, 8.3))
    axes = figure.subplots()
    snapshot.borders.boundary.plot(ax=axes)
    for frame in snapshot.frames.values():
        if frame.geometry.notna().any():
            frame.plot(ax=axes)
    content = BytesIO()
    figure.savefig(content, format=file_format, dpi=300)
    return content.getvalue()


def median_s(work: Callable[[], object], rounds: int) -> float:
    """Median seconds of `rounds` calls after one that is not counted."""
    work()
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
