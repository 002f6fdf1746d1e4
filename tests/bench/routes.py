"""Every figure of the routes, one table after the other.

    python tests/bench/routes.py

Runs routes_cost.py, routes_network.py, routes_checks.py and routes_planted.py, each in a process of
its own and on one thread of linear algebra; about 20 minutes on two cores. Peers are named in each
table and run in the same minutes. GRASS and scikit-fmm are left out, and said to be, where absent.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PARTS = (
    ("routes_cost.py",),
    ("routes_network.py",),
    ("routes_checks.py",),
    ("routes_planted.py", "60"),
)
"""The benchmarks and what they are called with."""


def main() -> int:
    """Run all; the greatest of their exit codes."""
    codes = []
    for name, *words in PARTS:
        print(f"\n=== {name} {' '.join(words)}", flush=True)
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name(name)), *words],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=False,
        )
        codes.append(done.returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
