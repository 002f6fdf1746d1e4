"""One block of two dates, as every map of change gets it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.change.bands import Roles
from geo.change.radiometry import Layers

Window = tuple[slice, slice]
"""Rows and columns of an array."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """Two dates on one grid and one scale of values: a block of a scene with its halo.

    The halo are the cells around `core` that maps may look at. At the scene's edge there is none.
    """

    before: Layers
    """Shape (bands, rows, columns), finite everywhere; only bands that see the ground."""
    after: Layers
    """As `before`: moved into its place and matched to its values."""
    valid: NDArray[np.bool_]
    """Shape (rows, columns); cells that are clear on both dates. What stands in the others is the
    value of a neighbour."""
    green: NDArray[np.bool_]
    """Shape (rows, columns); cells that plants cover on the later date, by its own values."""
    roles: Roles
    """The part that each band of `before` and `after` plays; there are no bands of codes here."""
    core: Window
    """Rows and columns of the block without its halo."""
    near: Window
    """Rows and columns of the core and of those cells of the halo whose maps decide its score."""
    cell_px: int = 1
    """Cells of the scene along the side of a cell; lengths that maps look at are so many fewer."""

    def inner(self, layer: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values of a layer on the valid cells of the core, shape (cells,).

        Statistics of a scene are made of these: each cell is in the core of one block only.
        """
        values: NDArray[np.float32] = layer[self.core][self.valid[self.core]]
        return values

    def trimmed(self, margin_px: int) -> Pair:
        """The block with at most so many cells around those of `near`."""
        rows, cols = (
            slice(max(axis.start - margin_px, 0), min(axis.stop + margin_px, length))
            for axis, length in zip(self.near, self.valid.shape, strict=True)
        )
        return replace(
            self,
            before=self.before[:, rows, cols],
            after=self.after[:, rows, cols],
            valid=self.valid[rows, cols],
            green=self.green[rows, cols],
            core=counted_from((rows, cols), self.core),
            near=counted_from((rows, cols), self.near),
        )


def counted_from(window: Window, part: Window) -> Window:
    """Rows and columns of a part of a window, counted from the window's first."""
    rows, cols = (
        slice(own.start - first.start, own.stop - first.start)
        for own, first in zip(part, window, strict=True)
    )
    return rows, cols
