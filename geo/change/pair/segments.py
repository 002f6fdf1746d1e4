"""Segments of a picture, nested: larger ones are made of smaller ones.

The graph-based method of Felzenszwalb and Huttenlocher (2004), "Efficient graph-based image
segmentation", doi:10.1023/B:VISI.0000022288.19776.77, section 4, among eight neighbours. Steps from
cell to cell are sorted by counting, and equal ones by their place, so that every machine draws the
same segments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

LEVELS_A_UNIT = 4096
"""How finely the steps between cells are told apart, in parts of a unit of the picture."""

MOST_LEVELS = 65_534
"""Larger steps count as equal; it is the last number but one of 16 bits."""

BEYOND = 65_535
"""Stands for a step over the edge of the picture."""


def nested_segments(
    picture: NDArray[np.float32], *, scale: float, least_cells: Sequence[int]
) -> NDArray[np.intp]:
    """Number of the segment of each cell, once for each least size.

    Parameters
    ----------
    picture : array, shape (rows, columns, layers)
        At most 2**29 cells. Steps between neighbours of up to 16 units are told apart; one to or
        from a NaN counts as wider than those.
    scale : float
        Preference for large segments, in units of the picture: a single cell joins a neighbour
        across any step below it.
    least_cells : sequence of int
        Least sizes, growing. Segments that are too small join the neighbour across the least step.

    Returns
    -------
    array, shape (sizes, rows, columns)
        Numbers from 0 in order of the segments' first cells, row by row.
    """
    sizes = np.array(least_cells, np.int64)
    return _nested(np.ascontiguousarray(picture, np.float32), float(scale), sizes)


@njit(cache=True, nogil=True)
def _nested(
    picture: NDArray[np.float32], scale: float, sizes: NDArray[np.int64]
) -> NDArray[np.intp]:
    """See `nested_segments`."""
    rows, cols, _ = picture.shape
    onward = np.array([1, cols, cols + 1, cols - 1])
    steps, ends = _sorted_steps(picture)
    parents = np.arange(rows * cols).astype(np.int32)
    cells = np.ones(rows * cols, np.int32)
    widest = np.zeros(rows * cols)
    level = open_steps = 0
    for place in range(steps.size):
        while place >= ends[level]:
            level += 1
        one, other = _roots(parents, steps[place], onward)
        if one == other:
            continue
        width = level / LEVELS_A_UNIT
        if width < min(widest[one] + scale / cells[one], widest[other] + scale / cells[other]):
            widest[_joined(parents, cells, one, other)] = width
        else:
            steps[open_steps] = steps[place]
            open_steps += 1
    found = np.empty((sizes.size, rows, cols), np.intp)
    for number in range(sizes.size):
        still = 0
        for place in range(open_steps):
            one, other = _roots(parents, steps[place], onward)
            if one == other:
                continue
            if min(cells[one], cells[other]) < sizes[number]:
                _joined(parents, cells, one, other)
            else:
                steps[still] = steps[place]
                still += 1
        open_steps = still
        _number(found[number], parents)
    return found


@njit(cache=True, nogil=True)
def _sorted_steps(
    picture: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Steps from each cell to four of its neighbours, from the least on; how many up to each level.

    Step ``4 * cell + way`` goes right, down, down and right, or down and left.
    """
    rows, cols, layers = picture.shape
    ways = ((0, 1), (1, 0), (1, 1), (1, -1))
    levels = np.empty(4 * rows * cols, np.uint16)
    ends = np.zeros(BEYOND + 1, np.int64)
    for row in range(rows):
        for col in range(cols):
            for way, (down, right) in enumerate(ways):
                level = BEYOND
                if row + down < rows and 0 <= col + right < cols:
                    square = 0.0
                    for layer in range(layers):
                        apart = picture[row + down, col + right, layer] - picture[row, col, layer]
                        square += apart * apart
                    width = np.sqrt(square) * LEVELS_A_UNIT
                    # What is no number is below nothing, and must not become a place in an array.
                    level = int(width + 0.5) if width < MOST_LEVELS else MOST_LEVELS
                    ends[level] += 1
                levels[4 * (row * cols + col) + way] = level
    begins = np.cumsum(ends) - ends
    steps = np.empty(ends.sum(), np.int32)
    for step in range(levels.size):
        level = levels[step]
        if level != BEYOND:
            steps[begins[level]] = step
            begins[level] += 1
    return steps, begins


@njit(cache=True, nogil=True)
def _roots(parents: NDArray[np.int32], step: int, onward: NDArray[np.int64]) -> tuple[int, int]:
    """The segments at both ends of a step."""
    cell = step // 4
    return _root(parents, cell), _root(parents, cell + onward[step % 4])


@njit(cache=True, nogil=True)
def _root(parents: NDArray[np.int32], cell: int) -> int:
    """The cell that stands for a cell's segment; the way there is shortened."""
    while parents[cell] != cell:
        parents[cell] = parents[parents[cell]]
        cell = parents[cell]
    return cell


@njit(cache=True, nogil=True)
def _joined(parents: NDArray[np.int32], cells: NDArray[np.int32], one: int, other: int) -> int:
    """The cell that stands for both segments from now on."""
    if cells[one] < cells[other]:
        one, other = other, one
    parents[other] = one
    cells[one] += cells[other]
    return one


@njit(cache=True, nogil=True)
def _number(found: NDArray[np.intp], parents: NDArray[np.int32]) -> None:
    """Write the number of each cell's segment into `found`, in order of their first cells."""
    numbers = np.full(parents.size, -1, np.int32)
    known = 0
    flat = found.ravel()
    for cell in range(parents.size):
        root = _root(parents, cell)
        if numbers[root] < 0:
            numbers[root] = known
            known += 1
        flat[cell] = numbers[root]
