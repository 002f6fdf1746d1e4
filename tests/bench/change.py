"""Every figure of the change engine by one command: ``python tests/bench/change.py``.

Each bench runs in a process of its own, one after the other, on one thread; ``LAMASSU_TESTDATA``
names the evaluation data. Names of benches as arguments run only those: ``change_oscd change_sar``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

BENCHES = {
    "change_oscd": "Two dates: seven labelled Sentinel-2 pairs (OSCD)",
    "change_placebo": "Two dates: pairs in which nothing changed",
    "change_crops": "Two dates: a small area against its whole scene",
    "change_landsat": "Two dates: Landsat, Taizhou",
    "change_scale": "Two dates: memory and time by size",
    "change_series": "Many dates: steps put into a real series",
    "change_site_score": "Many dates: eight Decembers at two sites, a demonstration",
    "change_sar": "Radar: size of the omnibus test and power of the damage test",
    "change_pits": "The sensor's limit: looting pits at their true coverage",
    "change_judging": "Alerts: placebo, false discoveries, ranking, learning",
}
"""Each bench of the change engine with what it shows."""


def main() -> int:
    """Run them all; the exit code is 1 if one of them failed."""
    wanted = sys.argv[1:] or list(BENCHES)
    unknown = set(wanted) - set(BENCHES)
    if unknown:
        sys.exit(f"there is no {', '.join(sorted(unknown))}; expected {', '.join(BENCHES)}")
    failed = []
    for name in wanted:
        print(f"\n## {BENCHES[name]}\n", flush=True)
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(HERE / f"{name}.py")],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=False,
        )
        print(f"\n({name}, {time.monotonic() - began:.0f} s)", flush=True)
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
