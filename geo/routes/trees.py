"""Kernels of the search for cheapest ways: in buckets, in a heap, and the way back."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from geo.routes.noise import compiled, factor_place

BUCKET_LIMIT = 65_536
"""Most buckets kept. Costs of greater contrast go to the heap, which needs none."""

WORK_PER_NODE = 8
"""Nodes taken and buckets opened, per node, after which the heap takes over: on roads about 1.2 are
seen, and a graph made to defeat the buckets would else take exponential time."""


@compiled
def grow_tree(  # noqa: PLR0917 - kernels take positions only
    indptr: NDArray[np.int64],
    head: NDArray[np.int32],
    link: NDArray[np.int32],
    cost: NDArray[np.float64],
    width: float,
    top: float,
    stream: np.uint64,
    factors: NDArray[np.float64],
    origin: int,
    exits: NDArray[np.int64],
    tree_cost: NDArray[np.float64],
    incoming: NDArray[np.int32],
) -> None:
    """Fill `tree_cost` and `incoming` with the cheapest ways from `origin`.

    The cost of an edge is ``cost * factors[place of its link in the stream]``, made when the edge
    is first looked at: the way back along a link leads to a settled node and is not looked at.
    `width` and `top`: of the buckets, and the greatest finite cost times the greatest factor. With
    `exits` the search ends when all are settled; what is dearer than the dearest is then unsettled.
    """
    if top < width * (BUCKET_LIMIT - 4) and grow_in_buckets(
        indptr, head, link, cost, width, top, stream, factors, origin, exits, tree_cost, incoming
    ):
        return
    grow_in_heap(indptr, head, link, cost, stream, factors, origin, exits, tree_cost, incoming)


@compiled
def grow_in_buckets(  # noqa: PLR0912, PLR0915, PLR0917 - one loop, all of it hot
    indptr: NDArray[np.int64],
    head: NDArray[np.int32],
    link: NDArray[np.int32],
    cost: NDArray[np.float64],
    width: float,
    top: float,
    stream: np.uint64,
    factors: NDArray[np.float64],
    origin: int,
    exits: NDArray[np.int64],
    tree_cost: NDArray[np.float64],
    incoming: NDArray[np.int32],
) -> bool:
    """As grow_tree; False, with nothing settled, when buckets are the wrong tool for the costs."""
    nodes = indptr.size - 1
    ring = 4
    while ring < top / width + 3:
        ring *= 2
    first = np.full(ring, -1, dtype=np.int32)
    # Entries of the buckets are chains through one pool; used ones are taken again while warm.
    pool = 2 * nodes + 64
    entry_node = np.empty(pool, dtype=np.int32)
    entry_next = np.empty(pool, dtype=np.int32)
    entry_node[0] = origin
    entry_next[0] = -1
    first[0] = 0
    free, fresh, waiting = -1, 1, 1
    tree_cost[:] = np.inf
    incoming[:] = -1
    tree_cost[origin] = 0.0
    now, settled, work = 0, 0, 0
    per_s = 1.0 / width
    while waiting > 0:
        slot = now & (ring - 1)
        while first[slot] >= 0:
            entry = first[slot]
            first[slot] = entry_next[entry]
            entry_next[entry] = free
            free = entry
            waiting -= 1
            node = entry_node[entry]
            here = tree_cost[node]
            if np.int64(here * per_s) != now:
                continue
            work += 1
            if work > WORK_PER_NODE * nodes + 64:
                return False
            for edge in range(indptr[node], indptr[node + 1]):
                other = head[edge]
                before = tree_cost[other]
                if before <= here:
                    continue
                there = here + cost[edge] * factors[factor_place(stream, link[edge], factors.size)]
                if not there < before:
                    continue
                tree_cost[other] = there
                incoming[other] = edge
                bucket = np.int64(there * per_s)
                if before < np.inf and np.int64(before * per_s) == bucket and bucket != now:
                    continue
                if free >= 0:
                    entry = free
                    free = entry_next[entry]
                elif fresh < pool:
                    entry = fresh
                    fresh += 1
                else:
                    return False
                entry_node[entry] = other
                entry_next[entry] = first[bucket & (ring - 1)]
                first[bucket & (ring - 1)] = entry
                waiting += 1
        while settled < exits.size and tree_cost[exits[settled]] * per_s < now + 1:
            settled += 1
        if settled == exits.size and settled > 0:
            return True
        now += 1
        work += 1
        if work > WORK_PER_NODE * nodes + 64:
            return False
    return True


@compiled
def grow_in_heap(  # noqa: PLR0917 - kernels take positions only
    indptr: NDArray[np.int64],
    head: NDArray[np.int32],
    link: NDArray[np.int32],
    cost: NDArray[np.float64],
    stream: np.uint64,
    factors: NDArray[np.float64],
    origin: int,
    exits: NDArray[np.int64],
    tree_cost: NDArray[np.float64],
    incoming: NDArray[np.int32],
) -> None:
    """As grow_tree, whatever the costs."""
    tree_cost[:] = np.inf
    incoming[:] = -1
    tree_cost[origin] = 0.0
    settled = 0
    heap = [(0.0, np.int64(origin))]
    while len(heap) > 0:
        here, node = heappop(heap)
        if here > tree_cost[node]:
            continue
        # Strictly, so that what lies as far as the last exit by free edges is settled too.
        while settled < exits.size and tree_cost[exits[settled]] < here:
            settled += 1
        if settled == exits.size and settled > 0:
            return
        for edge in range(indptr[node], indptr[node + 1]):
            other = head[edge]
            if tree_cost[other] <= here:
                continue
            there = here + cost[edge] * factors[factor_place(stream, link[edge], factors.size)]
            if there < tree_cost[other]:
                tree_cost[other] = there
                incoming[other] = edge
                heappush(heap, (there, np.int64(other)))


@compiled
def path_stack(
    tail: NDArray[np.int32], incoming: NDArray[np.int32], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Number of edges of the way to each of `ends`, and those edges in travel order, end by end."""
    lengths = np.zeros(ends.size, dtype=np.int64)
    for i in range(ends.size):
        edge = incoming[ends[i]]
        while edge >= 0:
            lengths[i] += 1
            edge = incoming[tail[edge]]
    edges = np.empty(lengths.sum(), dtype=np.int32)
    last = -1
    for i in range(ends.size):
        last += lengths[i]
        place = last
        edge = incoming[ends[i]]
        while edge >= 0:
            edges[place] = edge
            place -= 1
            edge = incoming[tail[edge]]
    return lengths, edges
