"""Clusters in space and time (ST-DBSCAN), and whether chance makes clusters as large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from geo.errors import InvalidSetting
from geo.hotspots.events import FEWEST_EVENTS, Events

MOST_PAIRS = 4_000_000
"""Pairs of near events that are held at once, about 300 MB; more are refused."""

MOST_TESTED = 3_000
"""Events up to which clusters are tested against chance: each test repeats the whole search."""

SIGNIFICANCE = 0.05
"""A cluster is called significant if chance makes one as large at most so often."""

_REACH = 1 + 1e-9
"""A hair more than the reach, as rounding must not part what is exactly so far; decided later."""

_ANY_DISTANCE = 0.5
"""Distance of all neighbours in the graph: whether they are near has been decided before."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """Groups of events that are near each other in space and in time, the largest first."""

    label: NDArray[np.int64]
    """Shape (events,): number of the cluster from 0; -1 for none."""
    size: NDArray[np.int64]
    """Shape (clusters,): events in each."""
    first_day: NDArray[np.float64]
    """Shape (clusters,): middle day of its first event, in days since 1970."""
    last_day: NDArray[np.float64]
    """Shape (clusters,): middle day of its last event."""
    p: NDArray[np.float64]
    """Shape (clusters,): chance of a cluster as large anywhere if the dates were dealt at random
    among the places; NaN where it was not tested."""
    significant: NDArray[np.bool_]
    """Shape (clusters,): where `p` is at most `SIGNIFICANCE`."""
    dated: int
    """Events dated well enough to be looked at."""
    loosely_dated: int
    """Events left out: no date, or one that may be off by more than `reach_days`."""
    permutations: int
    """Deals of the dates; 0 where nothing was tested."""
    reach_m: float
    """Two events within this distance are near in space."""
    reach_days: float
    """Two events within this time are near in time."""


def space_time_clusters(
    events: Events,
    *,
    reach_m: float,
    reach_days: float,
    fewest: int = 3,
    permutations: int = 199,
    seed: int,
) -> Clusters:
    """Clusters of events, each joined to others by neighbours near in space and in time.

    An event with `fewest` events within reach, itself among them, founds a cluster; all that such
    events reach belongs to it. Two clusters never share an event.

    Parameters
    ----------
    events
        The events; those without a date, or with one that may be off by more than `reach_days`,
        belong to no cluster.
    reach_m, reach_days
        What counts as near; both ends included.
    fewest
        Events that make a cluster, 2 or more.
    permutations
        Deals of the dates among the places, to see how large chance makes the largest cluster; 0
        for no test. Nothing is tested with fewer than `FEWEST_EVENTS` or more than `MOST_TESTED`.
    seed
        Of the deals.

    Raises
    ------
    InvalidSetting
        If a setting is out of range, or if there are more than `MOST_PAIRS` pairs of near events.

    Notes
    -----
    ST-DBSCAN (Birant and Kut 2007, doi:10.1016/j.datak.2006.01.013) without its third, non-spatial
    measure: DBSCAN by scikit-learn on the graph of neighbours. The deal of dates is that of the
    space-time permutation (Kulldorff et al. 2005, doi:10.1371/journal.pmed.0020059): it keeps how
    many events each place and each day has, and asks only whether they come together.
    """
    _require(reach_m, reach_days, fewest, permutations)
    used = dated_within(events, reach_days)
    xy, day = _dated(events, reach_days)
    near = _Near(reach_m=reach_m, reach_days=reach_days, fewest=fewest)
    found = near.labels(xy, day)
    size = np.bincount(found[found >= 0]).astype(np.int64)
    order = np.argsort(-size, kind="stable")
    rank = np.empty(len(order) + 1, dtype=np.int64)
    rank[order], rank[-1] = np.arange(len(order)), -1
    label = np.full(len(events), -1, dtype=np.int64)
    label[used] = rank[found]
    deals = permutations if FEWEST_EVENTS <= len(day) <= MOST_TESTED else 0
    p = _chances(near, xy, day, size[order], deals=deals, seed=seed)
    spans = [day[label[used] == number] for number in range(len(size))]
    return Clusters(
        label=label,
        size=size[order],
        first_day=np.array([span.min() for span in spans], dtype=float),
        last_day=np.array([span.max() for span in spans], dtype=float),
        p=p,
        significant=np.asarray(p <= SIGNIFICANCE, dtype=bool),
        dated=int(used.sum()),
        loosely_dated=int((~used).sum()),
        permutations=deals,
        reach_m=float(reach_m),
        reach_days=float(reach_days),
    )


def too_dense(events: Events, *, reach_m: float, reach_days: float) -> bool:
    """Whether `space_time_clusters` would refuse the events for their many near pairs.

    Raises
    ------
    InvalidSetting
        If a reach is not above 0.
    """
    _require(reach_m, reach_days, fewest=2, permutations=0)
    xy, day = _dated(events, reach_days)
    near = _Near(reach_m=reach_m, reach_days=reach_days, fewest=2)
    return near.candidates(_nodes(xy, day)[0]) > MOST_PAIRS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """What counts as near, and how many make a cluster."""

    reach_m: float
    reach_days: float
    fewest: int

    def labels(self, xy: NDArray[np.float64], day: NDArray[np.float64]) -> NDArray[np.int64]:
        """The cluster of each event, -1 for none."""
        if not len(day):
            return np.empty(0, dtype=np.int64)
        from sklearn.cluster import DBSCAN  # noqa: PLC0415 - slow to load

        nodes, member, weight = _nodes(xy, day)
        graph = self._graph(nodes)
        search = DBSCAN(eps=1.0, min_samples=self.fewest, metric="precomputed")
        found = search.fit(graph, sample_weight=weight.astype(float)).labels_
        return np.asarray(found, dtype=np.int64)[member]

    def _graph(self, nodes: NDArray[np.float64]) -> csr_array:
        """Shape (nodes, nodes): an entry for each pair that is near, and for each node itself."""
        pairs = self.pairs(nodes)
        own = np.arange(len(nodes), dtype=np.int32)
        rows = np.concatenate([own, pairs[:, 0], pairs[:, 1]])
        cols = np.concatenate([own, pairs[:, 1], pairs[:, 0]])
        near = np.full(len(rows), _ANY_DISTANCE, dtype=np.float32)
        return csr_array((near, (rows, cols)), shape=(len(nodes), len(nodes)))

    def candidates(self, nodes: NDArray[np.float64]) -> int:
        """Pairs of nodes that are near along each axis: no fewer than those that are near."""
        if not len(nodes):
            return 0
        tree = self._tree(nodes)
        return int(tree.count_neighbors(tree, _REACH, p=np.inf) - len(nodes)) // 2

    def pairs(self, nodes: NDArray[np.float64]) -> NDArray[np.int32]:
        """Each pair of nodes near in space and time, shape (pairs, 2)."""
        candidates = self.candidates(nodes)
        if candidates > MOST_PAIRS:
            raise InvalidSetting(
                f"{candidates:,} pairs of events near each other within {self.reach_m / 1e3:g} km "
                f"and {self.reach_days:g} days",
                expected=f"at most {MOST_PAIRS:,}",
                remedy="shorten the reach in space or in time, or choose a shorter period",
            )
        found = self._tree(nodes).query_pairs(_REACH, p=np.inf, output_type="ndarray")
        pairs = found.astype(np.int32)
        one, other = pairs.T
        apart_m = np.hypot(*(nodes[one, axis] - nodes[other, axis] for axis in (0, 1)))
        apart_days = np.abs(nodes[one, 2] - nodes[other, 2])
        return np.asarray(pairs[(apart_m <= self.reach_m) & (apart_days <= self.reach_days)])

    def _tree(self, nodes: NDArray[np.float64]) -> cKDTree:
        """The nodes with the reach as the unit of each axis."""
        return cKDTree(nodes / [self.reach_m, self.reach_m, self.reach_days])


def _nodes(
    xy: NDArray[np.float64], day: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Each place with its day once, the node of each event, and how many events each node is.

    Towns hold many events of one day, and pairs grow with the square of what is not joined.
    """
    nodes, member, weight = np.unique(
        np.column_stack([xy, day]), axis=0, return_inverse=True, return_counts=True
    )
    return nodes, member.ravel(), weight


def _dated(events: Events, reach_days: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places and days of the events that are dated well enough."""
    used = dated_within(events, reach_days)
    return events.xy[used], events.day[used]


def dated_within(events: Events, reach_days: float) -> NDArray[np.bool_]:
    """Where the date is known, and off by no more than `reach_days`; shape (events,)."""
    return np.asarray(~(np.isnan(events.day) | (events.doubt_days > reach_days)), dtype=bool)


def _require(reach_m: float, reach_days: float, fewest: int, permutations: int) -> None:
    """Refuse settings that mean nothing."""
    lengths = np.array([reach_m, reach_days], dtype=float)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise InvalidSetting(
            f"a reach of {reach_m} m and {reach_days} days", expected="both above 0"
        )
    if fewest < 2 or permutations < 0:
        raise InvalidSetting(
            f"clusters of {fewest} events, {permutations} deals of the dates",
            expected="at least 2 events, and 0 deals or more",
        )


def _chances(
    near: _Near,
    xy: NDArray[np.float64],
    day: NDArray[np.float64],
    size: NDArray[np.int64],
    *,
    deals: int,
    seed: int,
) -> NDArray[np.float64]:
    """Chance that the largest cluster of dealt dates is as large as each of these."""
    if not deals or not len(size):
        return np.full(len(size), np.nan)
    rng = np.random.default_rng(seed)
    largest = np.empty(deals)
    for deal in range(deals):
        label = near.labels(xy, rng.permutation(day))
        largest[deal] = np.bincount(label + 1)[1:].max(initial=0)
    reached = (largest >= size[:, np.newaxis]).sum(axis=1)
    return np.asarray((1 + reached) / (1 + deals), dtype=float)
