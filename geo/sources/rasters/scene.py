"""The files of one date as one raster that is read a block at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
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
    counts: tuple[int, ...]
    """How many bands each has."""
    grid: Grid
    """Where the cells lie."""
    bands: tuple[str, ...]
    """Band names, in the order of the files."""
    limits: Limits
    """How large files and blocks may be."""
    unread: frozenset[Path] = frozenset()
    """Files that are not read, as nobody looks at their bands."""

    def read(self, block: Block) -> Raster:
        """The cells of a block as `read_raster` gives them; NaN where a file does not reach."""
        grid = block.cut(self.grid)
        parts = [
            np.full((count, *grid.shape), np.nan, np.float32)
            if path in self.unread
            else on_grid(path, grid, limits=self.limits, outside_ok=True)
            for path, count in zip(self.paths, self.counts, strict=True)
        ]
        values = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return Raster(grid=grid, bands=self.bands, values=values)

    def for_bands(self, places: Collection[int]) -> RasterFiles:
        """The same, but of files that hold none of the bands at `places` all is NaN, unread.

        A file is read whole or not at all: where it holds data may depend on all its bands.
        """
        ends = np.cumsum(self.counts)
        unread = {
            path
            for path, count, end in zip(self.paths, self.counts, ends, strict=True)
            if not any(end - count <= place < end for place in places)
        }
        return replace(self, unread=frozenset(unread))


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
    files = [describe(path, limits=limits) for path in paths]
    for file in files:
        require_overlap(file.grid, grid, name=file.path.name)
    return RasterFiles(
        paths=tuple(paths),
        counts=tuple(len(file.bands) for file in files),
        grid=grid,
        bands=names,
        limits=limits,
    )


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
