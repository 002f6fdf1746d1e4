"""Maps of change, one a file, all of the same interface.

A map is a module with ``HALO_PX: int`` and ``fit(sample) -> Fitted``: what it must know of the
whole scene, from blocks spread over it. The layer of a block follows from that, the block and its
halo alone, so that it is the same wherever the block is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.pair import Pair


class Fitted(Protocol):
    """A map that knows its scene."""

    def layer(self, pair: Pair) -> NDArray[np.float32]:
        """Change of each cell of `pair.near`, finite; higher is more, 0 where invalid.

        Right as far as the pair reaches `HALO_PX` cells beyond them.
        """
        ...


class Map(Protocol):
    """A module that makes a map."""

    HALO_PX: int
    """Cells around a block that its layer depends on."""

    def fit(self, sample: Sequence[Pair]) -> Fitted:
        """The map for the scene that the sample is of; deterministic."""
        ...
