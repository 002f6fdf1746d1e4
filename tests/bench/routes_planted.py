"""Planted truth: how well the exposure of posts is found again, and whether intervals hold.

Run ``python tests/bench/routes_planted.py [WORLDS]``. Each world has its own map, smugglers who
choose exits by cost, pull and contacts, and seizures thinned by detection and reporting that the
estimator is not told. The estimator gets a prior from a wrong map: other costs, a wrong spread of
the exit choice, wrong pulls, looting seen in part. One setting, the shipped default, in all worlds.
Beside it: the raw counts of located seizures, the prior alone, and the plain mean of these two.

Three laws: "worlds" as described; "heavy tails", where pulls and detection come from Student's t
with 2 degrees of freedom; "silent posts", where three in ten posts never report and the estimator
takes their silence for a count of none. A fourth table gives the estimator a proxy of detection
that correlates .7 with the truth, as ETIS has its proxies. All data are simulated.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.routes.exposure import Detection, Evidence, Prior, estimate  # noqa: E402 - not installed
from geo.routes.flows import exit_choice, intensity_draws, prior_flows, pull_draws  # noqa: E402

SIDE_KM = 800.0
"""Side of the square country, about that of Iraq."""

SPEED_KMH = 50.0
"""Of the way, rests and detours within it."""

PRIOR_DRAWS = 200
"""Draws of the prior in each world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One planted truth and what the estimator is given of it."""

    share: NDArray[np.float64]
    """True share of the smugglers at each post."""
    prior: Prior
    """From the wrong map."""
    evidence: Evidence
    """The recorded seizures."""
    detection: Detection
    """Kinds and countries only, unless a proxy is given."""
    log_catch: NDArray[np.float64]
    """True log of detection x reporting."""


def plant(rng: np.random.Generator, *, law: str = "worlds") -> World:
    """A world at random."""
    posts = int(np.exp(rng.uniform(np.log(10), np.log(61))))
    origins, countries = int(rng.integers(8, 41)), int(rng.integers(3, 7))
    records = np.exp(rng.uniform(np.log(30), np.log(601)))
    heavy = law == "heavy tails"

    cost_h = true_costs(rng, posts, origins)
    looting = rng.gamma(0.7, size=origins) * 5
    pull = rng.standard_t(2, posts) if heavy else rng.standard_normal(posts)
    spread_h = np.exp(rng.uniform(np.log(1.0), np.log(4.0)))
    contacts = rng.uniform(0, 0.15)
    by_cost = looting @ exit_choice(cost_h * 3600, spread_s=spread_h * 3600, log_pull=pull)
    by_pull = np.exp(pull) / np.exp(pull).sum()
    wanted = (1 - contacts) * by_cost / by_cost.sum() + contacts * by_pull

    kind, country = rng.integers(0, 4, posts), rng.integers(0, countries, posts)
    catch = catches(rng, kind, country, heavy=heavy)
    if law == "silent posts":
        catch = np.where(rng.random(posts) < 0.3, 0.0, catch)
    smugglers = rng.multinomial(int(records / (wanted @ catch)), wanted)
    recorded = rng.binomial(smugglers, catch)
    located = rng.binomial(recorded, 2 / 3)
    members = np.arange(countries)[:, None] == country
    members = members[members.any(axis=1)]
    return World(
        share=smugglers / smugglers.sum(),
        prior=wrong_prior(rng, cost_h, looting, pull, spread_h),
        evidence=Evidence(
            located=located,
            group_members=members,
            group_counts=members @ (recorded - located),
            group_at_post=np.ones(len(members), dtype=bool),
        ),
        detection=replace(Detection.unknown(posts), kind=kind, reporter=country),
        log_catch=np.log(np.maximum(catch, 1e-3)),
    )


def true_costs(rng: np.random.Generator, posts: int, origins: int) -> NDArray[np.float64]:
    """Hours of each origin to each post: posts on the edge of a square, origins within it."""
    side, along = rng.integers(0, 4, posts), rng.uniform(0, SIDE_KM, posts)
    edge = np.where(side % 2 == 0, 0.0, SIDE_KM)
    post_xy = np.where((side < 2)[:, None], np.c_[along, edge], np.c_[edge, along])
    origin_xy = rng.uniform(0, SIDE_KM, (origins, 2))
    straight = np.linalg.norm(origin_xy[:, None] - post_xy, axis=2)
    return straight * 1.3 * np.exp(0.15 * rng.standard_normal(straight.shape)) / SPEED_KMH


def catches(
    rng: np.random.Generator,
    kind: NDArray[np.int64],
    country: NDArray[np.int64],
    *,
    heavy: bool,
) -> NDArray[np.float64]:
    """Probability that a smuggler is caught and it is recorded: detection over a tenfold range.

    Half of the range of its logarithm goes with the kind of post, half with the post; reporting is
    between 30 % and all, by country.
    """
    within = 0.5 * (rng.random(4)[kind] + rng.random(kind.size))
    detection = 0.03 * 10**within
    if heavy:
        detection = np.minimum(0.08 * np.exp(0.5 * rng.standard_t(2, kind.size)), 0.9)
    return detection * rng.uniform(0.3, 1.0, 6)[country]


def wrong_prior(
    rng: np.random.Generator,
    cost_h: NDArray[np.float64],
    looting: NDArray[np.float64],
    pull: NDArray[np.float64],
    spread_h: float,
) -> Prior:
    """What an analyst makes of a wrong map, wrong pulls and looting seen in part."""
    posts = pull.size
    mapped_h = cost_h * np.exp(0.15 * rng.standard_normal(cost_h.shape))
    seen = rng.poisson(looting * np.exp(0.5 * rng.standard_normal(looting.size)))
    believed_h = spread_h * np.exp(0.6 * rng.standard_normal())
    spreads_s = 3600 * believed_h * np.exp(0.3 * rng.standard_normal(PRIOR_DRAWS))
    believed_pull = 0.5 * pull + 0.7 * rng.standard_normal(posts)
    choice = exit_choice(
        np.broadcast_to(mapped_h * 3600, (PRIOR_DRAWS, *mapped_h.shape)),
        spread_s=spreads_s[:, None],
    )
    flows = prior_flows(
        intensity_draws(seen, draws=PRIOR_DRAWS, seed=int(rng.integers(1 << 31))),
        choice,
        log_pull=pull_draws(believed_pull, 0.5, draws=PRIOR_DRAWS, seed=int(rng.integers(1 << 31))),
    )
    return Prior(share_draws=flows.share_draws)


def with_proxy(world: World, rng: np.random.Generator) -> World:
    """The world with a stated log rate that correlates .7 with the truth."""
    truth = world.log_catch - world.log_catch.mean()
    proxy = 0.5 * truth + 0.5 * truth.std() * rng.standard_normal(truth.size)
    return replace(world, detection=replace(world.detection, log_rate=proxy))


def measure(world: World, seed: int) -> dict[str, float]:
    """How well the truth of one world is found again."""
    found = estimate(world.prior, world.evidence, detection=world.detection, seed=seed)
    counts = world.evidence.located.astype(float)
    covered = (found.low <= world.share) & (world.share <= found.high)
    true_top = set(np.argsort(-world.share)[:5].tolist())

    def top(score: NDArray[np.float64]) -> float:
        return len(true_top & set(np.argsort(-score, kind="stable")[:5].tolist())) / 5

    return {
        "Spearman": agreement(found.share, world.share),
        "of counts": agreement(counts, world.share),
        "of prior": agreement(found.prior_share, world.share),
        "of mean": agreement(counts / max(counts.sum(), 1) + found.prior_share, world.share),
        "top 5": top(found.share),
        "by counts": top(counts),
        "by prior": top(found.prior_share),
        "coverage": float(covered.mean()),
        "above .1 %": float(covered[world.share > 1e-3].mean()),
        "prior's": float(
            np.mean((found.prior_low <= world.share) & (world.share <= found.prior_high))
        ),
        "width": float(np.median(np.log(found.high / found.low))),
        "prior width": float(np.median(np.log(found.prior_high / found.prior_low))),
        "data": found.overall_data_share,
        "rhat": found.rhat,
        "posts": counts.size,
        "records": found.used,
    }


def agreement(score: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Spearman's correlation; 0 where the score is constant."""
    return float(spearmanr(score, truth).statistic) if np.ptp(score) > 0 else 0.0


def main() -> None:
    """Print one table a law."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    for law in ("worlds", "with a proxy", "heavy tails", "silent posts"):
        start, rows = time.process_time(), []
        for number in range(worlds):
            rng = np.random.default_rng([number, 2026])
            world = plant(rng, law=law)
            world = with_proxy(world, rng) if law == "with a proxy" else world
            rows.append(measure(world, number))
        print_table(law, rows, (time.process_time() - start) / worlds)


def print_table(law: str, rows: list[dict[str, float]], cpu_s: float) -> None:
    """Mean over worlds, worst tenth and best tenth; coverage is over all posts of all worlds."""
    weight = np.array([row["posts"] for row in rows])
    print(f"\n{law}: {len(rows)} worlds, {cpu_s:.2f} CPU s each")
    print(f"{'':12}{'mean':>8}{'10 %':>8}{'90 %':>8}{'pooled':>8}")
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        low, high = np.quantile(values, [0.1, 0.9])
        pooled = np.average(values, weights=weight)
        print(f"{name:12}{values.mean():8.3f}{low:8.3f}{high:8.3f}{pooled:8.3f}")
    peers = ("of counts", "of prior", "of mean")
    lost = sum(row["Spearman"] < max(row[peer] for peer in peers) for row in rows)
    print(f"worlds in which one of the three peers ranks better: {lost}", flush=True)


if __name__ == "__main__":
    main()
