"""Placing 15 checks of 400 over 3,000 routes, beside the proven optimum.

    python tests/bench/routes_checks.py [--seconds 120] [--seeds 3]

Routes are simulated with a very uneven use of the candidates; the peer is HiGHS until it proves its
optimum or is out of time. The figures say nothing about any place.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.routes.checks import optimal_cover, place_checks  # noqa: E402 - run, not installed

ROUTES, CANDIDATES, CHECKS = 3_000, 400, 15


def main() -> None:
    """Print one line for each seed and catch probability."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=120.0)
    options.add_argument("--seeds", type=int, default=3)
    chosen = options.parse_args()
    print(
        "seed  p    list   exchanged  optimum  proven  short of it "
        "| CPU s: choice  +0.9 s, gap  HiGHS"
    )
    for seed in range(chosen.seeds):
        passes, weight = simulated(seed)
        for probability in (1.0, 0.3):
            fixed = {"count": CHECKS, "catch_probability": probability}
            begin = time.process_time()
            quick = place_checks(passes, weight, prove_s=0, **fixed)
            chose = time.process_time()
            bounded = place_checks(passes, weight, prove_s=0.9, **fixed)
            bound = time.process_time()
            best = optimal_cover(passes, weight, time_limit_s=chosen.seconds, **fixed)
            solved = time.process_time()
            print(
                f"{seed:4}  {probability:.1f}  {quick.catch[-1]:.4f}  {quick.best_catch:.4f}    "
                f"{best.catch:.4f}   {best.proven!s:6}  {1 - quick.best_catch / best.bound:10.4%}  "
                f"|        {chose - begin:6.3f}  {bound - chose:5.2f}  {bounded.gap:7.3%} "
                f"{solved - bound:6.1f}"
            )


def simulated(seed: int) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Routes that each pass 3 to 14 candidates, some candidates far more often than others."""
    rng = np.random.default_rng(seed)
    use = rng.pareto(1.5, CANDIDATES) + 0.05
    passes = np.zeros((ROUTES, CANDIDATES), dtype=bool)
    for route in passes:
        route[rng.choice(CANDIDATES, rng.integers(3, 15), replace=False, p=use / use.sum())] = True
    weight = rng.random(ROUTES)
    return sparse.csr_array(passes), weight / weight.sum()


if __name__ == "__main__":
    main()
