"""Five hundred imports killed at random moments, and one at every step: what is left each time.

    python tests/bench/kills.py [--kills 500] [--rows 320] [--store embedded|postgis] [--seed 7]

Each file is a part of new, known, changed and quarantined rows, three times over. After each kill
the store is opened anew, the file must be in whole or not at all, and is imported once more. On the
first fault this ends with an error. The seed fixes the moments but not what runs beside.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from tests.geo.store import children, killing  # noqa: E402 - not installed
from tests.postgres import running_server  # noqa: E402


def main() -> None:
    """Kill, look and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=500)
    options.add_argument("--rows", type=int, default=320)
    options.add_argument("--store", choices=("embedded", "postgis"), default="embedded")
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    start = time.perf_counter()
    with new_store(asked.store) as url:
        with closing(children.opened(url)) as store:
            children.import_ground(store)
        context = killing.new_context()
        whole_s = [killing.duration_s(context, url, f"W{n}", asked.rows) for n in range(5)]
        draw = random.Random(asked.seed)
        moments_s = [draw.uniform(0, 1.1 * sorted(whole_s)[2]) for _ in range(asked.kills)]
        tell("at random", killing.kill_at_times(context, url, moments_s, asked.rows))
        last = killing.count_steps(url, asked.rows)
        tell("at every step", killing.kill_at_steps(context, url, range(1, last + 1), asked.rows))
        with closing(children.opened(url)) as store:
            faults = store.integrity()
            files = asked.kills + last + 6
            assert faults == (), faults
            assert len(store.imports()) == files + 1
            assert len(store.read("sites")) == children.PARTS * (asked.rows * files + 2)
    print(f"0 lost, 0 doubled, 0 half, integrity whole; {time.perf_counter() - start:.0f} s in all")


def tell(what: str, tally: killing.Tally) -> None:
    """Print a line on a series of kills."""
    kills = tally.positions.total()
    print(
        f"{what:14} {kills} kills at {len(tally.positions)} positions; the file was in after"
        f" {tally.left_in}; slowest start {max(tally.restarts_s):.2f} s"
    )


@contextmanager
def new_store(kind: str) -> Iterator[str]:
    """The URL of a new store."""
    if kind == "postgis":
        with running_server() as server:
            yield server.url(server.new_database())
        return
    with tempfile.TemporaryDirectory(prefix="lamassu-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'store.db'}"


if __name__ == "__main__":
    main()
