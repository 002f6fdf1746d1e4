"""Eight processes that each commit five hundred imports to one store, and the sums afterwards.

    python tests/bench/writers.py [--writers 8] [--commits 500] [--store embedded|postgis]

Each import brings two new sites and a quarantined row, and a note in the audit follows it. On the
first refusal, wrong sum or broken link of the audit this ends with an error.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from tests.bench.kills import new_store  # noqa: E402 - not installed
from tests.geo.store import children, killing  # noqa: E402
from tests.geo.store.files import breaks  # noqa: E402


def main() -> None:
    """Write, add up and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--writers", type=int, default=8)
    options.add_argument("--commits", type=int, default=500)
    options.add_argument("--store", choices=("embedded", "postgis"), default="embedded")
    asked = options.parse_args()
    total = asked.writers * asked.commits
    with new_store(asked.store) as url:
        with closing(children.opened(url)) as store:
            before = store.revision()
        context = killing.new_context()
        processes = [
            context.Process(target=children.write_many, args=(url, writer, asked.commits))
            for writer in range(asked.writers)
        ]
        start = time.perf_counter()
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        took = time.perf_counter() - start
        failed = [process.exitcode for process in processes if process.exitcode]
        assert not failed, f"writers ended with {failed}"
        with closing(children.opened(url)) as store:
            imports = store.imports()
            assert len({record.import_id for record in imports}) == total
            assert sum(record.accepted for record in imports) == 2 * total
            assert sum(record.quarantined for record in imports) == total
            assert len(store.read("sites")) == 2 * total
            assert store.revision() - before == total
            assert store.integrity() == ()
            assert store.audit_head().number == 2 * total
            assert breaks(store) == []
    print(
        f"{asked.store}: {asked.writers} writers x {asked.commits} commits, 0 failed, sums exact,"
        " the audit whole;"
    )
    print(f"{took:.0f} s, {total / took:.0f} commits a second")


if __name__ == "__main__":
    main()
