"""Radar pictures as layers that a watch over many dates can follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.change.sar.backscatter import backscatter, to_decibels
from geo.change.sar.results import RadarParameters
from geo.change.sar.speckle import lee
from geo.grid import Raster


def in_decibels(
    raster: Raster, *, parameters: RadarParameters | None = None
) -> tuple[Raster, NDArray[np.bool_]]:
    """The radar bands filtered after Lee and in decibels, and the cells with data in all of them.

    Bands are named after their polarisations, whatever the raster calls them, so that pictures of
    different units and makers are of one kind. Clouds do not matter to radar: every cell with data
    is seen. Give a watch the pictures of one orbit only.

    Raises
    ------
    BandMismatch, NoValidPixels
        As `backscatter`.
    """
    settings = parameters or RadarParameters()
    seen = backscatter(raster)
    damped = lee(seen.power, looks=settings.looks, radius_px=settings.filter_radius_px)
    decibels = to_decibels(damped)
    return (
        Raster(grid=raster.grid, bands=seen.polarisations, values=decibels),
        np.asarray(np.isfinite(decibels).all(axis=0)),
    )
