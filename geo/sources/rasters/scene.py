"""The files of one date as one raster that is read a block at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from shapely.geometry import MultiPolygon, Polygon

from geo.grid import Block, Grid, Raster
from geo.sources.rasters.georeference import area_window, grid_at, require_overlap
from geo.sources.rasters.opening import LIMITS, Limits
from geo.sources.rasters.raster import band_names, describe, on_grid


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterFiles:
    """Files of one date on one grid; only the block that is asked for is in memory."""

    paths: tuple[Path, ...]
    """The files, each with some of the bands."""
    grid: Grid
    """Where the cells lie."""
    bands: tuple[str, ...]
    """Band names, in the order of the files."""
    limits: Limits
    """How large files and blocks may be."""

    def read(self, block: Block) -> Raster:
        """The cells of a block as `read_raster` gives them; NaN where a file does not reach."""
        grid = block.cut(self.grid)
        parts = [on_grid(path, grid, limits=self.limits, outside_ok=True) for path in self.paths]
        values = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return Raster(grid=grid, bands=self.bands, values=values)


def open_scene(
    paths: Sequence[Path], *, onto: Grid | None = None, limits: Limits = LIMITS
) -> RasterFiles:
    """The bands of one scene from one or more files, read later, block by block.

    Parameters are those of `read_raster`. Each file is checked whole first: its blocks are there,
    and it overlaps the grid.

    Raises
    ------
    UnreadableFile, GridMismatch, BandMismatch
        If a file cannot be used, does not overlap the grid, or repeats a band of another.
    """
    names = band_names(paths, limits=limits)
    grid = onto or grid_at(paths[0], limits=limits)
    for path in paths:
        own = describe(path, limits=limits).grid
        require_overlap(own, grid, name=path.name)
    return RasterFiles(paths=tuple(paths), grid=grid, bands=names, limits=limits)


def block_around(grid: Grid, area_lonlat: Polygon | MultiPolygon, *, margin_m: float) -> Block:
    """The cells of a grid that an area touches, and those around it.

    Raises
    ------
    GridMismatch
        If the area lies outside the grid.
    """
    margin = int(np.ceil(margin_m / min(grid.cell_m)))
    window = area_window(grid, area_lonlat)
    block = Block(top=window.row_off, left=window.col_off, rows=window.height, cols=window.width)
    return block.grown(margin, grid.shape)
