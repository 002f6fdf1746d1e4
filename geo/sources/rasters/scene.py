"""The files of one date as one raster that is read a block at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from shapely.geometry import MultiPolygon, Polygon

from geo.grid import Block, Grid, Raster, RasterSource
from geo.sources.rasters.georeference import area_window, grid_at, require_overlap
from geo.sources.rasters.opening import LIMITS, Limits
from geo.sources.rasters.raster import band_names, describe, on_grid
from geo.sources.rasters.resampling import whole_cells_apart


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterFiles(RasterSource):
    """Files of one date on one grid; only the block that is asked for is in memory."""

    paths: tuple[Path, ...]
    """The files, each with some of the bands."""
    grids: tuple[Grid, ...]
    """Where the cells of each file lie."""
    names: tuple[tuple[str, ...], ...]
    """The names of all bands of each file."""
    asked: tuple[tuple[int, ...], ...]
    """Places in each file of the bands that are read."""
    grid: Grid
    """Where the cells lie that are read."""
    limits: Limits
    """How large files and blocks may be."""

    @property
    def bands(self) -> tuple[str, ...]:
        """Band names, in the order of the files."""
        return self._bands(range(len(self.paths)))

    def read(self, block: Block) -> Raster:
        """The cells of a block as `read_raster` gives them; NaN where a file does not reach."""
        return self._on(block.cut(self.grid), range(len(self.paths)))

    def read_for_coarser(self, block: Block, cell_px: int) -> tuple[Raster, Raster]:
        """See `RasterSource`; files whose own cells are the wide ones are read as they are."""
        coarser = self.grid.coarser(cell_px)
        fine = block.finer(cell_px, self.grid.shape).cut(self.grid)
        files = range(len(self.paths))
        wide = [file for file in files if whole_cells_apart(self.grids[file], coarser) is not None]
        others = [file for file in files if file not in wide]
        return self._on(fine, others), self._on(block.cut(coarser), wide)

    def for_bands(self, places: Sequence[int]) -> RasterFiles:
        """See `RasterSource`; files that hold none of these bands are not read."""
        every = [(file, place) for file, asked in enumerate(self.asked) for place in asked]
        kept = {every[place] for place in places}
        asked = (
            tuple(place for place in asked if (file, place) in kept)
            for file, asked in enumerate(self.asked)
        )
        return replace(self, asked=tuple(asked))

    def _bands(self, files: Sequence[int]) -> tuple[str, ...]:
        """The names of the bands that are read from some of the files."""
        return tuple(self.names[file][place] for file in files for place in self.asked[file])

    def _on(self, grid: Grid, files: Sequence[int]) -> Raster:
        """The bands of some of the files on a grid."""
        parts = [np.empty((0, *grid.shape), np.float32)]
        for file in files:
            if asked := self.asked[file]:
                # Where a file holds data may depend on all its bands.
                layers = on_grid(self.paths[file], grid, limits=self.limits, outside_ok=True)
                parts.append(layers if len(asked) == len(layers) else layers[list(asked)])
        values = parts[-1] if len(parts) <= 2 else np.concatenate(parts)
        return Raster(grid=grid, bands=self._bands(files), values=values)


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
    names = iter(band_names(paths, limits=limits))
    grid = onto or grid_at(paths[0], limits=limits)
    files = [describe(path, limits=limits) for path in paths]
    for file in files:
        require_overlap(file.grid, grid, name=file.path.name)
    return RasterFiles(
        paths=tuple(paths),
        grids=tuple(file.grid for file in files),
        names=tuple(tuple(islice(names, len(file.bands))) for file in files),
        asked=tuple(tuple(range(len(file.bands))) for file in files),
        grid=grid,
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
