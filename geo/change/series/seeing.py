"""Which cells of a scene show the ground as it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.change.clouds import clear, qa_bits
from geo.grid import Raster

DARK, SNOW = 2, 11
"""Scene classes of Sen2Cor: dark features, which mostly are shadows of relief; snow or ice."""

SNOW_BIT = 1 << 5
"""Snow in QA_PIXEL of Landsat collection 2."""


def ground_shown(raster: Raster) -> NDArray[np.bool_]:
    """Cells free of cloud, shadow and snow, shape (rows, columns).

    Over many dates a cell can wait for a better one, so what only may show the ground is left out
    as well. Without a band of codes every cell with data counts.
    """
    shown = clear(raster)
    for name, layer in zip(raster.bands, raster.values, strict=True):
        if name.upper() == "SCL":
            shown &= ~np.isin(layer, (DARK, SNOW))
        elif name.upper() == "QA_PIXEL":
            shown &= (qa_bits(layer) & SNOW_BIT) == 0
    return shown
