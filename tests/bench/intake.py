"""What it costs to take in a million seizures from a CSV, from the file to the store.

    python tests/bench/intake.py [--rows 1000000] [--store embedded|postgis] [--stages]

The rows are made up: 20 columns, every hundredth row with a fault and every thousandth twice. The
file is read in its confined child, mapped and parsed, and taken in as one transaction, in a new
store. Peak memory is the sum of the peaks of both processes, which need not fall together; that of
the database server is not in it. With ``--stages`` the parsing is also timed alone.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.sources.confined.limits import COMMAND_LINE  # noqa: E402
from geo.sources.meaning.guess import guess_mapping  # noqa: E402
from geo.sources.meaning.records import Defaults, parts_of  # noqa: E402
from geo.sources.readers.formats import open_raw  # noqa: E402 - not installed
from geo.store import FileKey, open_store  # noqa: E402
from tests.postgres import running_server  # noqa: E402

COLUMNS = (
    "id", "event_type", "date", "date_precision", "country", "place", "lon", "lat", "precision",
    "agency", "object_count", "object_types", "object_classes", "description", "destination",
    "transport_mode", "source", "grade", "case_key", "note",
)  # fmt: skip

MIDDLES = {
    "Iraq": (44.0, 33.0),
    "Syria": (38.5, 35.0),
    "Jordan": (36.5, 31.0),
    "Turkey": (32.0, 39.5),
}
"""Longitude and latitude of a place well inside each country."""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--store", choices=("embedded", "postgis"), default="embedded")
    options.add_argument("--stages", action="store_true")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="lamassu-bench-") as name:
        path = Path(name) / "seizures.csv"
        write_table(path, asked.rows)
        print(f"{asked.rows} rows, {path.stat().st_size / 1e6:.0f} MB")
        with new_store(asked.store, Path(name)) as url:
            take_in(path, url, stages=asked.stages)


def take_in(path: Path, url: str, *, stages: bool) -> None:
    """Import the file and print what each step cost."""
    today = date(2026, 11, 22)
    defaults = Defaults(simulated=True)
    begun = Cost()
    with open_raw(path, limits=COMMAND_LINE) as raw, closing(open_store(url)) as store:
        begun.tell("read in the child")
        (table,) = raw.tables
        mapping = guess_mapping(table, "seizures").mapping
        if stages:
            before = Cost()
            for _ in parts_of(table, mapping, defaults=defaults, today=today, notes=[]):
                pass
            before.tell("parsed, nothing kept")
        notes: list[str] = []
        before = Cost()
        report = store.add_parts(
            "seizures",
            parts_of(table, mapping, defaults=defaults, today=today, notes=notes),
            key=FileKey(file_name=raw.file_name, sha256=raw.sha256),
            author="bench",
            now=datetime.now(UTC),
            notes=lambda: notes,
        )
        before.tell("parsed and taken in")
        if not stages:
            begun.tell("whole import")
        assert report.read == report.accepted + report.quarantined + report.duplicate
        print(report)
        print(*report.notes, sep="\n")
        own, child = peak_mb(resource.RUSAGE_SELF), peak_mb(resource.RUSAGE_CHILDREN)
        print(f"peak {own:.0f} + {child:.0f} MB (this process, its child)")
        before = Cost()
        store.add_parts(
            "seizures", [], key=FileKey(file_name="again.csv", sha256=raw.sha256), author="bench",
            now=datetime.now(UTC),
        )  # fmt: skip
        before.tell("the same file again")


class Cost:
    """Time by the clock and processor time, of this process and of its children, since made."""

    def __init__(self) -> None:
        """Start."""
        self.start = self.now()

    @staticmethod
    def now() -> tuple[float, float, float]:
        """Clock, own processor, processor of children that have ended; seconds."""
        child = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.perf_counter(), time.process_time(), child.ru_utime + child.ru_stime

    def tell(self, what: str) -> None:
        """Print what was used since."""
        wall, own, child = (b - a for a, b in zip(self.start, self.now(), strict=True))
        print(f"{what:24} {wall:6.1f} s, processor {own:5.1f} s + {child:5.1f} s in the child")


def peak_mb(who: int) -> float:
    """Peak resident memory in MB; Linux tells KiB."""
    return resource.getrusage(who).ru_maxrss / 1024


@contextmanager
def new_store(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a new store."""
    if kind == "embedded":
        yield f"sqlite:///{folder / 'store.db'}"
        return
    with running_server() as server:
        yield server.url(server.new_database())


def write_table(path: Path, rows: int) -> None:
    """Make up a table of seizures."""
    draw = random.Random(5)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        last: list[str] = []
        for number in range(rows):
            row = made_row(draw, number)
            if number % 1000 == 999:
                row = last
            elif number % 100 == 99:
                row[6] = "244.5"
            table.writerow(row)
            last = row


def made_row(draw: random.Random, number: int) -> list[str]:
    """One row in the order of `COLUMNS`."""
    day = date(2003, 1, 1) + timedelta(days=draw.randrange(8_000))
    country = draw.choice(list(MIDDLES))
    lon, lat = (middle + draw.uniform(-0.9, 0.9) for middle in MIDDLES[country])
    return [
        f"MADE-{number * 2_654_435_761 % 2**32:08x}", draw.choice(("seizure", "recovery")),
        day.isoformat(), "day", country,
        f"Made place {draw.randrange(5_000)}", f"{lon:.4f}", f"{lat:.4f}", "town",
        draw.choice(("Customs", "Border police")),
        str(draw.randrange(1, 400)), f"{draw.randrange(1, 400)} made clay tablets",
        draw.choice(("writing", "seals|coins", "")),
        f"Made row {number}: the pieces lay under the load of a vehicle at the crossing, wrapped.",
        draw.choice(("made city", "")), "", "made table", "B2", f"CASE-{number}", "",
    ]  # fmt: skip


if __name__ == "__main__":
    main()
