"""Exact costs by sweeping square tiles to and fro until none can lower another.

Every value is the float64 sum along a real path and only falls; at the end no move lowers any. As
rounding keeps order, the values are those of Dijkstra's algorithm, bit for bit. The sweeps are
those of Zhao (2005, doi:10.1090/S0025-5718-04-01678-3), run to the end within a tile that stays in
the cache; a tile is visited again when a cell beside it has fallen, the cheapest first.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.routes.moves import CROSSED, EASIEST_SLOPE, MOVES, STEEPENING, Ground

SIDE = 64
"""Cells along a tile. This, the window and the limit are the same for every input."""

HALO = 2
"""Cells around a tile that its moves may come from."""

WIDE = SIDE + 2 * HALO
"""Cells along a tile with its halo."""

WINDOW_TILES = 0.25
"""Tiles are taken together whose costs differ by less than this many crossings of a tile."""

MOST_VISITS = 16
"""Visits a tile, on average, after which the surface is taken for a maze."""

ONE = np.uint64(1)
"""An unsigned index less a signed number is a float."""

INCOMING = np.array([(2, 4, 5, 8, 9, 12, 13, 0, 1), (3, 6, 7, 10, 11, 14, 15, 0, 1)])
"""Moves that reach a row from those above it, and from those below; then those along it."""

STEEPEST_EXPONENT = 600.0
"""Relief of a tile up to which the exponentials of its slopes stay within float64."""

EXPONENTIAL = np.array([1 / math.factorial(k) for k in range(14)])
"""Taylor's series, whose rest is below the rounding of float64 up to half of ln 2."""

TO_INTEGER = 1.5 * 2**52
"""What rounds a small float to an integer, which then stands in its last bits."""

LN_2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""Its first 32 bits, so that small multiples of it are exact, and the rest: fdlibm, e_exp.c."""


class Bench(NamedTuple):
    """What one visit works on; made once, so that nothing is allocated for each."""

    cost_s: NDArray[np.float64]
    """(WIDE * WIDE,): costs of the tile and its halo, row by row."""
    half: NDArray[np.float64]
    """(WIDE * WIDE,): half of the friction there, NaN on barriers."""
    climb: NDArray[np.float64]
    """(lengths, WIDE * WIDE): exponentials of the elevation over each length."""
    descent: NDArray[np.float64]
    """One over `climb`."""
    weight: NDArray[np.float64]
    """(3, WIDE): cost of a move into each cell of a row; of the two moves along it."""
    pull: NDArray[np.bool_]
    """(2, WIDE): whether the row above, or below, has news for a row."""
    close: NDArray[np.bool_]
    """(WIDE,): whether a row has news for itself."""
    changed: NDArray[np.bool_]
    """(WIDE,): whether a row has fallen in this visit."""
    lowest: NDArray[np.float64]
    """(3, 3): least cost that has fallen next to each neighbouring tile."""


def sweep(
    cost_s: NDArray[np.float64],
    ground: Ground,
    *,
    sources: NDArray[np.int64],
    stops: NDArray[np.int64],
) -> float:
    """Lower `cost_s`, in place, to the least cost of reaching each cell; inf when that is done.

    Parameters
    ----------
    cost_s : array of float64, (rows, columns), contiguous
        Costs at the sources, inf elsewhere. Changed in place, for a copy would double the memory.
    sources : array of int, flat indices
        The cells whose cost is given.
    ground : Ground
        What is crossed.
    stops : array of int, flat indices
        Work ends when all of them are final; costs above theirs may then still be too high.
        Empty: everything is worked out.

    Returns
    -------
    float
        Inf; or, where the surface is a maze (or steeper than float64 allows), the cost below
        which all is final. Every finite value is then still the cost of some path.
    """
    rows, cols = (-(-size // SIDE) for size in cost_s.shape)
    key = np.full((rows, cols), np.inf)
    for row, col in zip(*np.unravel_index(sources, cost_s.shape), strict=True):
        # A source in a corner is news to the tiles beside it, too.
        near = slice(max(row - HALO, 0) // SIDE, (row + HALO) // SIDE + 1)
        near_cols = slice(max(col - HALO, 0) // SIDE, (col + HALO) // SIDE + 1)
        key[near, near_cols] = np.minimum(key[near, near_cols], cost_s[row, col])
    lengths, kinds = np.unique(ground.lengths_m, return_inverse=True)
    climbing = (len(lengths) if ground.elevation_m.size else 0, WIDE * WIDE)
    bench = Bench(
        cost_s=np.empty(WIDE * WIDE),
        half=np.empty(WIDE * WIDE),
        climb=np.empty(climbing),
        descent=np.empty(climbing),
        weight=np.empty((3, WIDE)),
        pull=np.empty((2, WIDE), np.bool_),
        close=np.empty(WIDE, np.bool_),
        changed=np.empty(WIDE, np.bool_),
        lowest=np.empty((3, 3)),
    )
    window_s = WINDOW_TILES * SIDE * _typical_step_s(ground)
    settled_s: float = _sweep(cost_s, ground, lengths, kinds, stops, key, window_s, bench)
    return settled_s


def _typical_step_s(ground: Ground) -> float:
    """Cost of a move along a row on ground of median friction."""
    if not ground.friction.size:
        return float(ground.level_s[0])
    rows, cols = ground.friction.shape
    sample = ground.friction[:: max(rows // 256, 1), :: max(cols // 256, 1)]
    known = sample[np.isfinite(sample)]
    return float(ground.level_s[0] * (np.median(known) if known.size else 1.0))


@njit(cache=True, nogil=True)
def _sweep(  # noqa: PLR0912, PLR0917 - a kernel is one piece and takes its arrays one by one
    cost_s: NDArray[np.float64],
    ground: Ground,
    lengths_m: NDArray[np.float64],
    kinds: NDArray[np.int64],
    stops: NDArray[np.int64],
    key: NDArray[np.float64],
    window_s: float,
    bench: Bench,
) -> float:
    """Visit tiles until none has news; `key` is the least cost that is news to each."""
    visits, seen = 0, np.zeros(key.shape, np.bool_)
    while True:
        least = np.inf
        for row in range(key.shape[0]):
            for col in range(key.shape[1]):
                least = min(least, key[row, col])
        if least == np.inf or least >= _farthest(cost_s, stops):
            return np.inf
        for row in range(key.shape[0]):
            for col in range(key.shape[1]):
                if not key[row, col] <= least + window_s:
                    continue
                steep = _load(cost_s, ground, lengths_m, row * SIDE, col * SIDE, bench)
                visits += 1
                if steep or visits > 64 + MOST_VISITS * seen.sum():
                    return least
                key[row, col] = np.inf
                if seen[row, col]:
                    _enter(ground.level_s, bench)
                else:
                    bench.close[:] = True
                seen[row, col] = True
                _relax(ground.level_s, kinds, bench)
                _store(cost_s, row * SIDE, col * SIDE, bench)
                for down in range(-1, 2):
                    for right in range(-1, 2):
                        news = bench.lowest[down + 1, right + 1]
                        if news < np.inf:
                            key[row + down, col + right] = min(key[row + down, col + right], news)


@njit(cache=True, nogil=True)
def _farthest(cost_s: NDArray[np.float64], stops: NDArray[np.int64]) -> float:
    """Highest cost of the stops; inf if there is none."""
    if not stops.size:
        return np.inf
    farthest = 0.0
    for stop in stops:
        farthest = max(farthest, cost_s[stop // cost_s.shape[1], stop % cost_s.shape[1]])
    return farthest


@njit(cache=True, nogil=True, error_model="numpy")
def _load(  # noqa: PLR0917 - a kernel takes its arrays one by one
    cost_s: NDArray[np.float64],
    ground: Ground,
    lengths_m: NDArray[np.float64],
    top: int,
    left: int,
    bench: Bench,
) -> bool:
    """Copy a tile and its halo to the bench; whether it is too steep for its exponentials."""
    layer = ground.friction if ground.friction.size else ground.elevation_m
    weighs = ground.friction.size > 0
    inside, half, climb, descent = bench.cost_s, bench.half, bench.climb, bench.descent
    rows, cols = cost_s.shape
    first_row, last_row = max(top - HALO, 0), min(top + SIDE + HALO, rows)
    first_col, last_col = max(left - HALO, 0), min(left + SIDE + HALO, cols)
    first = np.uint64(first_col)
    if (last_row - first_row) * (last_col - first_col) < inside.size:
        inside[:], half[:] = np.inf, np.nan
    for row in range(first_row, last_row):
        start = np.uint64((row - top + HALO) * WIDE + first_col - left + HALO)
        for col in range(np.uint64(last_col - first_col)):
            inside[start + col] = cost_s[row, first + col]
            half[start + col] = np.float64(layer[row, first + col]) * 0.5
    if not climb.shape[0]:
        return False
    elevation_m, sense = ground.elevation_m, -STEEPENING if ground.towards else STEEPENING
    low, high = np.inf, -np.inf
    for row in range(first_row, last_row):
        for col in range(first_col, last_col):
            low, high = min(low, elevation_m[row, col]), max(high, elevation_m[row, col])
    middle = (low + high) * 0.5
    if (high - middle) * STEEPENING > STEEPEST_EXPONENT * lengths_m.min():
        return True
    for row in range(first_row, last_row):
        start = np.uint64((row - top + HALO) * WIDE + first_col - left + HALO)
        cells = np.uint64(last_col - first_col)
        if not weighs:
            for col in range(cells):
                half[start + col] = half[start + col] * 0.0 + 0.5
        for kind in range(climb.shape[0]):
            scale = sense / lengths_m[kind]
            for col in range(cells):
                rise = np.float64(elevation_m[row, first + col]) - middle
                factor = _exp(rise * scale)
                climb[kind, start + col], descent[kind, start + col] = factor, 1.0 / factor
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _exp(x: float) -> float:
    """Exponential of a number up to `STEEPEST_EXPONENT`, without the call that bars vectors."""
    shifted = x / math.log(2) + TO_INTEGER
    power = shifted - TO_INTEGER
    rest = (x - power * LN_2[0]) - power * LN_2[1]
    series = EXPONENTIAL[13]
    for k in range(12, -1, -1):
        series = series * rest + EXPONENTIAL[k]
    exponent = (np.float64(shifted).view(np.int64) + 1023) << 52
    value: float = series * np.int64(exponent).view(np.float64)
    return value


@njit(cache=True, nogil=True)
def _enter(level_s: NDArray[np.float64], bench: Bench) -> None:
    """Note the rows that a move along them from the halo lowers."""
    cost, half = bench.cost_s, bench.half
    for i in range(HALO, HALO + SIDE):
        bench.close[i] = False
        for move, beside, edge in ((0, HALO - 1, HALO), (1, HALO + SIDE, HALO + SIDE - 1)):
            source, end = i * WIDE + beside, i * WIDE + edge
            step = (half[source] + half[end]) * level_s[move]
            # Level ground is a lower bound, and a row closed in vain does no harm.
            if cost[source] + step < cost[end]:
                bench.close[i] = True


@njit(cache=True, nogil=True)
def _relax(  # noqa: PLR0912, PLR0915 - a call for each row would count references to its arrays
    level_s: NDArray[np.float64], kinds: NDArray[np.int64], bench: Bench
) -> None:
    """Lower the costs within a tile until no move lowers any."""
    cost, half, climb, descent, weight, pull, close, changed, _ = bench
    reach = 1 if level_s.size == 8 else 2
    climbs = climb.shape[0] > 0
    easy, hard = math.exp(STEEPENING * EASIEST_SLOPE), math.exp(-STEEPENING * EASIEST_SLOPE)
    pull[:], changed[:] = True, False
    passes, direction = 2, 0
    while passes:
        passes -= 1
        for k in range(SIDE):
            i = HALO + k if direction == 0 else HALO + SIDE - 1 - k
            if not (close[i] or pull[direction, i]):
                continue
            lower = close[i]
            # Unsigned, since a signed index is looked at for its sign, and nothing is vectorised.
            row, cells = np.uint64(i * WIDE + HALO), np.uint64(SIDE)
            for stage in range(INCOMING.shape[1]):
                move = INCOMING[direction, stage]
                along = move < 2
                if (along and not lower) or move >= level_s.size:
                    continue
                if not along and not pull[direction, i]:
                    continue
                down, right = MOVES[move, 0], MOVES[move, 1]
                source = np.uint64((i - down) * WIDE + HALO - right)
                w, step_s = (move if along else 2), level_s[move]
                if move < 8:
                    for j in range(cells):
                        weight[w, j] = (half[source + j] + half[row + j]) * step_s
                else:
                    by_row, by_col = CROSSED[move, 0], CROSSED[move, 1]
                    near = np.uint64((i - down + by_row) * WIDE + HALO - right + by_col)
                    far = np.uint64((i - by_row) * WIDE + HALO - by_col)
                    for j in range(cells):
                        here, there = (
                            half[source + j] + half[near + j],
                            half[far + j] + half[row + j],
                        )
                        weight[w, j] = (here + there) * 0.5 * step_s
                if climbs:
                    kind = kinds[move]
                    for j in range(cells):
                        up = hard * (climb[kind, row + j] * descent[kind, source + j])
                        fall = easy * (climb[kind, source + j] * descent[kind, row + j])
                        weight[w, j] *= max(fall, up)
                if not along:
                    fell = 0
                    for j in range(cells):
                        new, old = cost[source + j] + weight[2, j], cost[row + j]
                        fell += new < old
                        cost[row + j] = min(old, new)
                    lower |= fell > 0
            pull[direction, i] = close[i] = False
            if not lower:
                continue
            # Two chains in one loop, as each waits for its own last sum.
            eastward, westward = cost[i * WIDE + HALO - 1], cost[i * WIDE + HALO + SIDE]
            for j in range(cells):
                new, old = eastward + weight[0, j], cost[row + j]
                eastward = cost[row + j] = min(old, new)
                back = cells - j - ONE
                new, old = westward + weight[1, back], cost[row + back]
                westward = cost[row + back] = min(old, new)
            changed[i], passes = True, max(passes, 1)
            for beside in range(1, reach + 1):
                pull[0, i + beside] = pull[1, i - beside] = True
        direction = 1 - direction


@njit(cache=True, nogil=True)
def _store(cost_s: NDArray[np.float64], top: int, left: int, bench: Bench) -> None:
    """Copy back what has fallen, and note the least of it next to each neighbouring tile."""
    inside, changed, lowest = bench.cost_s, bench.changed, bench.lowest
    rows, cols = min(SIDE, cost_s.shape[0] - top), min(SIDE, cost_s.shape[1] - left)
    lowest[:] = np.inf
    for i in range(rows):
        if not changed[i + HALO]:
            continue
        down = (i >= SIDE - HALO) - (i < HALO)
        for j in range(cols):
            if down or j < HALO or j >= SIDE - HALO:
                new = inside[(i + HALO) * WIDE + j + HALO]
                if new < cost_s[top + i, left + j]:
                    right = (j >= SIDE - HALO) - (j < HALO)
                    lowest[1 + down, 1] = min(lowest[1 + down, 1], new)
                    lowest[1, 1 + right] = min(lowest[1, 1 + right], new)
                    lowest[1 + down, 1 + right] = min(lowest[1 + down, 1 + right], new)
        start, first = np.uint64((i + HALO) * WIDE + HALO), np.uint64(left)
        for j in range(np.uint64(cols)):
            cost_s[top + i, first + j] = inside[start + j]
    lowest[1, 1] = np.inf
    if top == 0:
        lowest[0] = np.inf
    if left == 0:
        lowest[:, 0] = np.inf
    if top + SIDE >= cost_s.shape[0]:
        lowest[2] = np.inf
    if left + SIDE >= cost_s.shape[1]:
        lowest[:, 2] = np.inf
