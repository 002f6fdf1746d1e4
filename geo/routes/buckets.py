"""Exact costs by Dijkstra's algorithm with buckets: steady on every surface, mazes among them.

The queue is a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990, doi:10.1145/77600.77615): as the
least cost only grows, a cell lies in the bucket of the highest bit in which its cost differs from
the last one settled. It needs no width, so that neither contrast nor offsets can slow it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.routes.moves import MOVES, Ground, climb_factor, mean_over_four

BUCKETS = 65
"""One for each bit of a float64, and one for costs equal to the last."""

CHUNK_CELLS = 256
"""Cells that one piece of a bucket holds."""

SPARE_CHUNKS = 2 * BUCKETS
"""More than one step of the algorithm can take."""


def settle(
    cost_s: NDArray[np.float64], ground: Ground, *, stops: NDArray[np.int64], from_s: float = 0.0
) -> None:
    """Lower `cost_s`, in place, to the least cost of reaching each cell.

    Parameters
    ----------
    cost_s : array of float64, (rows, columns), contiguous
        The cost of some path to each cell, inf where none is known. It is changed in place, for
        a copy would double the memory.
    ground : Ground
        What is crossed.
    stops : array of int, flat indices
        Work ends when all of them are final; costs above theirs may then still be too high.
        Empty: everything is worked out.
    from_s : float
        No cost below it can be lowered, nor be used to lower another.
    """
    flat = cost_s.ravel()
    open_cells = np.flatnonzero((flat >= from_s) & (flat < np.inf))
    queue = _empty_queue(2 * SPARE_CHUNKS + open_cells.size // CHUNK_CELLS)
    _file(flat, open_cells, len(open_cells), -1.0, *queue)
    while not _run(cost_s, ground, stops, queue):
        # The arrays are not grown in the kernel: one that is bound anew there is slow to reach.
        queue = _grown(queue)


class Queue(NamedTuple):
    """Cells in buckets, each bucket a chain of chunks."""

    cells: NDArray[np.int64]
    """(chunks, CHUNK_CELLS) flat indices."""
    filled: NDArray[np.int64]
    """Number of cells in each chunk."""
    following: NDArray[np.int64]
    """The chunk after each one in its chain, or -1."""
    heads: NDArray[np.int64]
    """First chunk of each bucket, or -1."""
    state: NDArray[np.int64]
    """First free chunk, free chunks, bits of the last cost settled, stops known to be final."""


def _empty_queue(chunks: int) -> Queue:
    """A queue with `chunks` free chunks."""
    following = np.arange(1, chunks + 1)
    following[-1] = -1
    return Queue(
        cells=np.empty((chunks, CHUNK_CELLS), np.int64),
        filled=np.zeros(chunks, np.int64),
        following=following,
        heads=np.full(BUCKETS, -1),
        state=np.array([0, chunks, 0, 0]),
    )


def _grown(queue: Queue) -> Queue:
    """The queue with twice the chunks."""
    chunks = len(queue.filled)
    added = np.arange(chunks + 1, 2 * chunks + 1)
    added[-1] = queue.state[0]
    return Queue(
        cells=np.concatenate([queue.cells, np.empty_like(queue.cells)]),
        filled=np.concatenate([queue.filled, np.zeros_like(queue.filled)]),
        following=np.concatenate([queue.following, added]),
        heads=queue.heads,
        state=np.array([chunks, queue.state[1] + chunks, *queue.state[2:]]),
    )


@njit(cache=True, nogil=True, inline="always")
def _bucket(cost: float, last_bits: int) -> int:
    """Number of the bucket: the length in bits of what differs between a cost and the last."""
    differs = np.float64(cost).view(np.int64) ^ last_bits
    length = np.int64(0)
    # An integer of at most 53 bits is an exact float, whose exponent is the length.
    if differs >> 53:
        differs >>= 11
        length = np.int64(11)
    if differs:
        length += (np.float64(differs).view(np.int64) >> 52) - 1022
    return int(length)


@njit(cache=True, nogil=True)
def _file(  # noqa: PLR0917 - a kernel takes its arrays one by one
    cost_s: NDArray[np.float64],
    some: NDArray[np.int64],
    count: int,
    above_s: float,
    cells: NDArray[np.int64],
    filled: NDArray[np.int64],
    following: NDArray[np.int64],
    heads: NDArray[np.int64],
    state: NDArray[np.int64],
) -> None:
    """Put the first `count` of some cells into their buckets, if they cost more than `above_s`.

    It takes many at once because each call counts references to its arrays.
    """
    for k in range(count):
        cost = cost_s[some[k]]
        if not cost > above_s:
            continue
        bucket = _bucket(cost, state[2])
        chunk = heads[bucket]
        if chunk < 0 or filled[chunk] == CHUNK_CELLS:
            fresh = state[0]
            state[0] = following[fresh]
            state[1] -= 1
            following[fresh] = chunk
            heads[bucket] = chunk = fresh
        cells[chunk, filled[chunk]] = some[k]
        filled[chunk] += 1


@njit(cache=True, nogil=True)
def _run(  # noqa: PLR0912 - a call for each cell would count references to its arrays
    cost_s: NDArray[np.float64], ground: Ground, stops: NDArray[np.int64], queue: Queue
) -> bool:
    """Settle cells until done (True) or out of free chunks (False)."""
    # Taken out of their tuples once: to do so in the loop counts references each time.
    cells, filled, following, heads, state = queue
    friction, elevation_m, lengths_m, level_s, towards = ground
    weighs, climbs = friction.size > 0, elevation_m.size > 0
    layer = friction if weighs else elevation_m
    rows, cols = cost_s.shape
    flat = cost_s.ravel()
    fresh = np.empty(level_s.size, np.int64)
    while state[1] > SPARE_CHUNKS:
        chunk = heads[0]
        if chunk < 0:
            if not _advance(flat, cells, filled, following, heads, state):
                return True
            if stops.size and _stopped(flat, stops, state):
                return True
            continue
        filled[chunk] -= 1
        cell = cells[chunk, filled[chunk]]
        if filled[chunk] == 0:
            heads[0] = following[chunk]
            following[chunk] = state[0]
            state[0] = chunk
            state[1] += 1
        row, col = cell // cols, cell % cols
        here = cost_s[row, col]
        count = 0
        for move in range(level_s.size):
            to_row, to_col = row + MOVES[move, 0], col + MOVES[move, 1]
            if to_row < 0 or to_col < 0 or to_row >= rows or to_col >= cols:
                continue
            old = cost_s[to_row, to_col]
            if old <= here:
                continue
            mean = (np.float64(layer[row, col]) + np.float64(layer[to_row, to_col])) * 0.5
            if move >= 8:
                mean = mean_over_four(layer, row, col, move)
            if not weighs and not np.isnan(mean):
                mean = np.float64(1.0)
            step = mean * level_s[move]
            # Climbing only adds to it; a blocked move is NaN, which is below nothing.
            if climbs and here + step < old:
                rise_m = np.float64(elevation_m[to_row, to_col]) - elevation_m[row, col]
                step *= climb_factor(rise_m, lengths_m[move], towards)
            new = here + step
            if new < old:
                cost_s[to_row, to_col] = new
                # A cell that stays in its bucket is there already.
                if old == np.inf or _bucket(old, state[2]) != _bucket(new, state[2]):
                    fresh[count] = to_row * cols + to_col
                    count += 1
        if count:
            _file(flat, fresh, count, -1.0, cells, filled, following, heads, state)
    return False


@njit(cache=True, nogil=True)
def _advance(  # noqa: PLR0917 - as above
    cost_s: NDArray[np.float64],
    cells: NDArray[np.int64],
    filled: NDArray[np.int64],
    following: NDArray[np.int64],
    heads: NDArray[np.int64],
    state: NDArray[np.int64],
) -> bool:
    """Spread the lowest bucket over those below it; False if there is none."""
    lowest = 1
    while lowest < BUCKETS and heads[lowest] < 0:
        lowest += 1
    if lowest == BUCKETS:
        return False
    settled = np.int64(state[2]).view(np.float64)
    least = np.inf
    chunk = heads[lowest]
    while chunk >= 0:
        for k in range(filled[chunk]):
            cost = cost_s[cells[chunk, k]]
            # What is settled has been lowered since, and has left a copy here.
            if settled < cost < least:
                least = cost
        chunk = following[chunk]
    chunk = heads[lowest]
    heads[lowest] = -1
    if least < np.inf:
        state[2] = np.float64(least).view(np.int64)
    while chunk >= 0:
        some = cells[chunk]
        _file(cost_s, some, filled[chunk], settled, cells, filled, following, heads, state)
        filled[chunk] = 0
        rest = following[chunk]
        following[chunk] = state[0]
        state[0] = chunk
        state[1] += 1
        chunk = rest
    return True


@njit(cache=True, nogil=True)
def _stopped(
    cost_s: NDArray[np.float64], stops: NDArray[np.int64], state: NDArray[np.int64]
) -> bool:
    """Whether every stop is final: no cost below the last one can change."""
    last = np.int64(state[2]).view(np.float64)
    while state[3] < stops.size and cost_s[stops[state[3]]] <= last:
        state[3] += 1
    return bool(state[3] == stops.size)
