"""Change that stands out from its surroundings.

The difference of two dates is measured against its own mean in square rings around each cell, near
and far, so that what the whole neighbourhood did (haze, season, rain) is no change. After the idea
of Kondmann et al. (2021), SiROC, doi:10.1109/TGRS.2021.3130842.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.change.pair.pair import Pair

RING_RADII_PX = (2, 6, 12, 24, 40)
"""Half width of the hole of each ring, in cells."""

RING_WIDTH_PX = 8
"""Thickness of each ring, in cells."""

HALO_PX = max(RING_RADII_PX) + RING_WIDTH_PX
"""Half width of the largest ring."""

LEAST_OF_RING = 0.1
"""Share of a ring that must be valid; a corner of the picture sees a quarter of one."""


def ring_contrast(differences: Sequence[NDArray[np.float32]], pair: Pair) -> NDArray[np.float32]:
    """Mean over layers and rings of the absolute difference to the ring's mean; 0 where invalid.

    Rings of which less than `LEAST_OF_RING` is valid are left out, as outside a small picture.

    Parameters
    ----------
    differences : sequence of array, shape (rows, columns)
        Of the cells of the pair, finite where valid.

    Returns
    -------
    array
        Of the cells of `pair.near`; the rings look beyond them.
    """
    near, valid = pair.near, pair.valid[pair.near]
    corner = near[0].start, near[1].start
    rings = tuple(
        (radius // pair.cell_px, (radius + RING_WIDTH_PX) // pair.cell_px)
        for radius in RING_RADII_PX
    )
    # Compiled code is made anew for each kind of array, and that takes seconds.
    everywhere = np.require(pair.valid, requirements=["C", "W"])
    counts = _sums(everywhere.astype(np.float32), everywhere, rings[-1][1])
    shares, known = _shares(counts, corner, valid.shape, rings)
    total = np.zeros(valid.shape)
    for difference in differences:
        sums = _sums(np.require(difference, requirements=["C", "W"]), everywhere, rings[-1][1])
        _add_contrast(total, sums, (difference[near].copy(), shares), corner, rings)
    contrast = np.where(valid, total, 0) / np.maximum(known * len(differences), 1)
    return contrast.astype(np.float32)


@njit(cache=True, nogil=True)
def _sums(layer: NDArray[np.float32], valid: NDArray[np.bool_], margin: int) -> NDArray[np.float64]:
    """The table of sums over all valid cells above and to the left, with a margin around it.

    With it a square of any size costs the same (Crow 1984, doi:10.1145/800031.808600).
    """
    rows, cols = layer.shape
    sums = np.zeros((rows + 2 * margin + 1, cols + 2 * margin + 1))
    for row in range(rows):
        above = sums[row + margin, margin + 1 :]
        below = sums[row + margin + 1, margin + 1 :]
        values, known = layer[row], valid[row]
        along = 0.0
        for col in range(cols):
            along += values[col] if known[col] else 0.0
            below[col] = above[col] + along
        # Loops where a slice could be assigned, as in `geo.change.windows`.
        for col in range(cols, below.size):
            below[col] = below[cols - 1]
    for row in range(rows + margin + 1, len(sums)):
        for col in range(sums.shape[1]):
            sums[row, col] = sums[rows + margin, col]
    return sums


@njit(cache=True, nogil=True)
def _fill_ring(
    found: NDArray[np.float64],
    sums: NDArray[np.float64],
    place: tuple[int, int],
    ring: tuple[int, int],
) -> None:
    """Put the sums over the rings of neighbours in a row, from `place` on, into `found`, in place.

    A ring are the cells farther than its first radius and no farther than its second.
    """
    (row, left), (hole, wide), many = place, ring, found.size
    above, below = sums[row - wide], sums[row + wide + 1]
    ul, ur = above[left - wide :][:many], above[left + wide + 1 :][:many]
    ll, lr = below[left - wide :][:many], below[left + wide + 1 :][:many]
    above, below = sums[row - hole], sums[row + hole + 1]
    hul, hur = above[left - hole :][:many], above[left + hole + 1 :][:many]
    hll, hlr = below[left - hole :][:many], below[left + hole + 1 :][:many]
    for col in range(many):
        square = (lr[col] - ll[col]) - (ur[col] - ul[col])
        found[col] = square - ((hlr[col] - hll[col]) - (hur[col] - hul[col]))


@njit(cache=True, nogil=True)
def _shares(
    counts: NDArray[np.float64],
    corner: tuple[int, int],
    shape: tuple[int, int],
    rings: tuple[tuple[int, int], ...],
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """What a cell of each ring has of its mean, 0 if they are too few; how many rings are not."""
    shares = np.zeros((shape[0], len(rings), shape[1]))
    known = np.zeros(shape, np.float32)
    margin = rings[-1][1]
    for row in range(shape[0]):
        for number, (hole, wide) in enumerate(rings):
            least = LEAST_OF_RING * ((2 * wide + 1) ** 2 - (2 * hole + 1) ** 2)
            share = shares[row, number]
            _fill_ring(share, counts, (corner[0] + row + margin, corner[1] + margin), (hole, wide))
            for col in range(shape[1]):
                enough = share[col] >= least
                share[col] = 1 / share[col] if enough else 0.0
                known[row, col] += enough
    return shares, known


@njit(cache=True, nogil=True)
def _add_contrast(
    total: NDArray[np.float64],
    sums: NDArray[np.float64],
    layer_and_shares: tuple[NDArray[np.float32], NDArray[np.float64]],
    corner: tuple[int, int],
    rings: tuple[tuple[int, int], ...],
) -> None:
    """Add to `total`, in place, the absolute differences of a layer to the means of its rings."""
    layer, shares = layer_and_shares
    ring = np.empty(layer.shape[1])
    margin = rings[-1][1]
    for row in range(layer.shape[0]):
        values, found = layer[row], total[row]
        for number, (hole, wide) in enumerate(rings):
            share = shares[row, number]
            _fill_ring(ring, sums, (corner[0] + row + margin, corner[1] + margin), (hole, wide))
            for col in range(ring.size):
                contrast = abs(values[col] - ring[col] * share[col])
                found[col] += contrast if share[col] > 0 else 0.0
