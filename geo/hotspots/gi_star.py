"""Local Gi*: cells whose neighbourhood holds more events than the map as a whole would give it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from geo.errors import BadInput, InvalidSetting
from geo.hotspots.cells import Cells
from geo.hotspots.events import FEWEST_EVENTS

QUEEN = 1.5
"""Reach of the neighbourhood in widths of a cell: the eight cells around, and the cell itself."""

DRAWS = 100_000
"""Neighbourhoods drawn for each size: the smallest p is 1e-5, enough for one cell in 5,000 to pass
a false discovery rate of 5 % alone."""

FALSE_DISCOVERY_RATE = 0.05
"""Share of the hot cells that may be hot by chance."""

_BLOCK = 1_000_000
"""Values shuffled at once; bounds memory."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalGi:
    """Gi* of each cell, all of shape (cells,)."""

    z: NDArray[np.float64]
    """Standardised Gi*: standard deviations above what the whole map would give."""
    p: NDArray[np.float64]
    """Chance of so much or more in the neighbourhood if the cells' counts were dealt at random; NaN
    with fewer than `FEWEST_EVENTS` events."""
    q: NDArray[np.float64]
    """`p` adjusted by Benjamini and Hochberg over all cells; NaN with `p`."""
    hot: NDArray[np.bool_]
    """Where `q` is at most the false discovery rate; nowhere with fewer than `FEWEST_EVENTS`."""
    neighbours: NDArray[np.int64]
    """Cells of the neighbourhood, the cell itself among them."""
    reach_m: float
    """Distance between the middles of two neighbours at most."""


def local_gi_star(
    counts: NDArray[np.int64],
    cells: Cells,
    *,
    reach_m: float | None = None,
    draws: int = DRAWS,
    seed: int,
    false_discovery_rate: float = FALSE_DISCOVERY_RATE,
) -> LocalGi:
    """Gi* of the counts with a permutation test of each cell, corrected for their number.

    Parameters
    ----------
    counts
        Shape (cells,): events in each cell with support. Cells without support are not among them:
        a desert's zeros would make every town hot.
    cells
        Their cells.
    reach_m
        Neighbours are cells whose middles are at most so far apart; by default `QUEEN` cells.
    draws
        Neighbourhoods drawn for each size of a neighbourhood.
    seed
        Of the draws; the same seed gives the same result.
    false_discovery_rate
        Share of the hot cells that may be hot by chance.

    Raises
    ------
    BadInput
        If `counts` do not fit the cells or are negative.
    InvalidSetting
        If the reach is shorter than a cell, or `draws` or the rate are out of range.

    Notes
    -----
    Ord and Getis (1995, doi:10.1111/j.1538-4632.1995.tb00912.x); z by esda. The permutation deals
    all counts anew, the cell's own among them, which is the hypothesis that z is standardised by.
    (esda's conditional permutation holds the cell's own count fixed, so that its p is silent about
    that count.) Every cell is tested, also those without an event: leaving cells out because of
    their counts would make the correction too mild. Benjamini and Hochberg (1995,
    doi:10.1111/j.2517-6161.1995.tb02031.x) holds under the positive dependence of neighbours.
    """
    reach = QUEEN * cells.cell_m if reach_m is None else reach_m
    _require(counts, cells, reach, draws, false_discovery_rate)
    weights = _neighbourhoods(cells, reach)
    sizes = np.diff(weights.indptr).astype(np.int64)
    total = int(counts.sum())
    p = q = np.full(len(cells), np.nan)
    hot = np.zeros(len(cells), dtype=bool)
    if total >= FEWEST_EVENTS:
        p = _chances(counts, weights @ counts, sizes, draws=draws, seed=seed)
        q = _adjusted(p)
        hot = q <= false_discovery_rate
    return LocalGi(z=_z(counts, weights), p=p, q=q, hot=hot, neighbours=sizes, reach_m=float(reach))


def _require(
    counts: NDArray[np.int64], cells: Cells, reach_m: float, draws: int, rate: float
) -> None:
    """Refuse what cannot be tested."""
    if counts.shape != (len(cells),) or (counts < 0).any():
        raise BadInput(
            f"counts of shape {counts.shape} for {len(cells)} cells",
            expected="a number of events, 0 or more, for each cell",
        )
    if not (np.isfinite(reach_m) and reach_m >= cells.cell_m):
        raise InvalidSetting(
            f"a reach of {reach_m} m", expected=f"at least the {cells.cell_m:g} m of one cell"
        )
    if draws < 1 or not 0 < rate < 1:
        raise InvalidSetting(
            f"{draws} draws, a false discovery rate of {rate}",
            expected="at least one draw, and a rate between 0 and 1",
        )


def _neighbourhoods(cells: Cells, reach_m: float) -> csr_array:
    """Shape (cells, cells): 1 for the cell itself and each neighbour."""
    own = np.arange(len(cells))
    # A hair more than the reach: rounding must not part two cells at exactly that distance.
    pairs = (
        cKDTree(cells.xy).query_pairs(reach_m * (1 + 1e-9), output_type="ndarray")
        if len(cells)
        else np.empty((0, 2), dtype=np.intp)
    )
    rows = np.concatenate([own, pairs[:, 0], pairs[:, 1]])
    cols = np.concatenate([own, pairs[:, 1], pairs[:, 0]])
    shape = (len(cells), len(cells))
    return csr_array((np.ones(len(rows), dtype=np.int64), (rows, cols)), shape=shape)


def _z(counts: NDArray[np.int64], weights: csr_array) -> NDArray[np.float64]:
    """Standardised Gi*; 0 where every cell holds the same, as nothing then stands out."""
    if not len(counts) or (counts == counts[0]).all():
        return np.zeros(len(counts))
    from esda.getisord import G_Local  # noqa: PLC0415 - slow to load
    from libpysal.graph import Graph  # noqa: PLC0415

    graph = Graph.from_sparse(weights.astype(float).tocoo())
    with np.errstate(divide="ignore", invalid="ignore"):
        found = G_Local(counts.astype(float), graph, transform="B", star=None, permutations=0)
    # A neighbourhood of the whole map has no variance.
    z = np.asarray(found.Zs, dtype=float)
    return np.where(np.isfinite(z), z, 0.0)


def _chances(
    counts: NDArray[np.int64],
    sums: NDArray[np.int64],
    sizes: NDArray[np.int64],
    *,
    draws: int,
    seed: int,
) -> NDArray[np.float64]:
    """Chance of each neighbourhood's sum or more among random ones of the same size."""
    rng = np.random.default_rng(seed)
    p = np.empty(len(counts))
    for size in np.unique(sizes):
        drawn = np.sort(_random_sums(counts, int(size), draws, rng))
        here = sizes == size
        reached = len(drawn) - np.searchsorted(drawn, sums[here], side="left")
        p[here] = (1 + reached) / (1 + len(drawn))
    return p


def _random_sums(
    counts: NDArray[np.int64], size: int, draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Sums of `size` counts drawn without replacement, shape (draws,) or a few more."""
    cells = len(counts)
    each = cells // size
    rounds = -(-draws // each)
    block = max(1, _BLOCK // cells)
    sums = []
    for start in range(0, rounds, block):
        shuffled = rng.permuted(np.tile(counts, (min(block, rounds - start), 1)), axis=1)
        sums.append(shuffled[:, : each * size].reshape(-1, size).sum(axis=1))
    return np.concatenate(sums)


def _adjusted(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """False discovery rate at which each cell would just be hot (Benjamini and Hochberg)."""
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate(np.minimum(p[order] * len(p) / ranks, 1.0))
    return q
