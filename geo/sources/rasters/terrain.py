"""Heights from any GeoTIFF of a digital elevation model, in metres, on a square metric grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.io import DatasetReader
from rasterio.windows import Window
from shapely.geometry import MultiPolygon, Polygon

from geo.errors import BadInput, GridMismatch, InvalidSetting, NoValidPixels, UnreadableFile
from geo.grid import Grid, Raster, transformer
from geo.sources.rasters.georeference import around, colrow, cut, grid_of, outline_xy, window_of
from geo.sources.rasters.interpolation import averaged, between, grid_over, pieces
from geo.sources.rasters.opening import Limits, opened, require_room, require_whole
from geo.sources.rasters.voids import is_void

DEM_LIMITS = Limits(pixels=20_000_000_000, bands=64, values=200_000_000)
"""A DEM is read in windows, so it may be large; what comes out of it may not."""

MOST_BLOCKS = 400_000
"""Blocks of a file that are looked for; a one-degree tile in single rows has 3,600."""

LOWEST_M, HIGHEST_M = -12_000.0, 9_000.0
"""Heights that the Earth has, with its sea floor: from the Challenger Deep to Mount Everest."""

LOWEST_LAND_M = -500.0
"""Land begins above this: the shore of the Dead Sea is at about -430 m."""

MOST_STRANGE = 0.1
"""Share of heights that the Earth does not have above which a file holds something else."""

SAMPLE_BLOCKS = 48
"""Blocks that are looked at to describe a file."""

EDGE_CELLS = 512
"""Cells along the edge of a piece that is read and interpolated at once."""

COARSEST = 2_048
"""How many times wider than the file's a cell may be."""

MOST_CELLS_AT_ONCE = 64_000_000
"""Cells of the file that a piece may need; of square cells it needs a sixtieth."""

FOOT_M, US_FOOT_M = 0.3048, 1200 / 3937
"""International foot (1959) and United States survey foot (Mendenhall Order, 1893), in metres."""

METRES_PER_UNIT: dict[str, float] = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), 1.0),
    **dict.fromkeys(("ft", "foot", "feet", "international foot", "international feet"), FOOT_M),
    **dict.fromkeys(
        ("us-ft", "ftus", "us ft", "us foot", "us feet", "us survey foot", "us survey feet",
         "u.s. survey foot", "foot_us", "us_survey_foot"),
        US_FOOT_M,
    ),
}  # fmt: skip
"""Units of heights by the names that files give them, in small letters."""

UNIT_TAGS = ("UNITTYPE", "UNITS", "VERTICAL_UNITS", "VERTICAL_UNIT", "ELEVATION_UNITS")
"""Tags that name the unit of heights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerrainInfo:
    """What a GeoTIFF of heights says of itself."""

    path: Path
    """The file."""
    grid: Grid
    """Where its cells lie."""
    unit: str
    """Unit of the heights in the file: ``m`` or ``ft``."""
    unit_stated: bool
    """False if the file is silent about the unit, and metres are assumed."""
    metres_per_unit: float
    """1, or the length of the foot that the file means."""
    cell_m: float
    """Width of the middle cell in metres."""
    simulated: bool
    """True if the heights are invented."""


def describe_terrain(path: Path, *, limits: Limits = DEM_LIMITS) -> TerrainInfo:
    """What the GeoTIFF of heights says of itself, after a check that all its blocks are there.

    Some of its blocks, spread over the file, are looked at: they must hold heights.

    Raises
    ------
    UnreadableFile
        If the file is missing, damaged, cut short, or no GeoTIFF.
    GridMismatch
        If it has no place on Earth.
    BadInput
        If it is a picture, has several bands, a unit that is no length, or values that no heights
        are.
    """
    with opened(path, limits=limits) as dataset:
        _require_few_blocks(dataset, path)
        require_whole(dataset, path)
        source = _source_of(dataset, path)
        for window in _sample(dataset, source.band):
            source.heights(window)
        _require_heights(source.tally, path)
        tags = {key.upper(): str(value) for key, value in dataset.tags().items()}
        return TerrainInfo(
            path=path,
            grid=source.grid,
            unit="m" if source.metres_per_unit == 1.0 else "ft",
            unit_stated=bool(_stated_unit(dataset, source.band)),
            metres_per_unit=source.metres_per_unit,
            cell_m=source.grid.cell_m[0],
            simulated=tags.get("LAMASSU_SIMULATED", "").upper() == "YES",
        )


def read_terrain(
    path: Path,
    *,
    area_lonlat: Polygon | MultiPolygon,
    crs: CRS,
    cell_m: float,
    limits: Limits = DEM_LIMITS,
) -> Raster:
    """Heights over the box around an area, on square cells of `cell_m` in `crs`.

    Parameters
    ----------
    area_lonlat : Polygon or MultiPolygon, EPSG:4326
    crs : CRS
        In metres. The grid's lines are multiples of `cell_m` in it.
    cell_m : float
        Width and height of a cell in `crs`.

    Returns
    -------
    Raster
        One band, ``elevation_m``, float32. Values are interpolated bilinearly; where a cell is
        coarser than the file's, between averages of the file's cells. NaN is unknown: outside the
        file; where the file declares no data or holds one of `voids.VOIDS` or what no height can be
        (below `LOWEST_M`, above `HIGHEST_M`); and where the middle of a cell, or more than half of
        what it is made from, is such. No hole is filled. The file is read in windows, so memory
        does not grow with it.

    Raises
    ------
    UnreadableFile, GridMismatch, BadInput
        As `describe_terrain`, and if the area lies outside the file or needs too many cells.
    NotMetric, InvalidSetting
        If `crs` is not in metres, or `cell_m` is no length.
    NoValidPixels
        If no height in the area is known.
    """
    grid = grid_over(area_lonlat, crs=crs, cell_m=cell_m)
    require_room(grid, 1, limits)
    with opened(path, limits=limits) as dataset:
        source = _source_of(dataset, path)
        window = window_of(source.grid, crs, Polygon(outline_xy(grid)), margin=0)
        if window is None:
            west, south, east, north = area_lonlat.bounds
            raise GridMismatch(
                f"the area (longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to "
                f"{north:.4f}) lies outside the heights of {path.name}, {around(source.grid)}",
                expected="heights that cover the area",
                remedy="import a DEM of the area",
            )
        factor = _factor(cut(source.grid, window), grid)
        heights = np.full(grid.shape, np.nan, np.float32)
        for piece in pieces(grid, edge=max(EDGE_CELLS // factor, 1)):
            rows, cols = piece.toslices()
            heights[rows, cols] = _piece(source, cut(grid, piece), factor)
    _require_heights(source.tally, path)
    if not np.isfinite(heights).any():
        raise NoValidPixels(
            f"{path.name} knows no height {around(grid)}",
            expected="at least one cell with data",
            remedy="import a DEM of the area",
        )
    return Raster(grid=grid, bands=("elevation_m",), values=heights[np.newaxis])


@dataclass(slots=True)
class _Tally:
    """What kind of numbers were met; grows from window to window."""

    known: int = 0
    """Cells with data."""
    on_land: int = 0
    """Of them, from `LOWEST_LAND_M` to `HIGHEST_M`."""
    strange: int = 0
    """Of them, below `LOWEST_M` or above `HIGHEST_M`."""
    least: float = np.inf
    """Lowest value in metres."""
    most: float = -np.inf
    """Highest value in metres."""

    def add(self, heights: NDArray[np.float64]) -> None:
        """Take in known heights, in metres."""
        if heights.size:
            self.known += heights.size
            self.on_land += int(((heights >= LOWEST_LAND_M) & (heights <= HIGHEST_M)).sum())
            self.strange += int(((heights < LOWEST_M) | (heights > HIGHEST_M)).sum())
            self.least = min(self.least, float(heights.min()))
            self.most = max(self.most, float(heights.max()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """An open file of heights."""

    dataset: DatasetReader
    """The file."""
    band: int
    """Band with the heights."""
    metres_per_unit: float
    """What a stored 1 means, after scale and offset."""
    grid: Grid
    """Where the cells lie."""
    tally: _Tally
    """The numbers that were met so far."""

    def heights(self, window: Window) -> NDArray[np.float32]:
        """Heights of a window in metres; NaN where they are unknown or what no height can be."""
        if window.width * window.height > MOST_CELLS_AT_ONCE:
            raise BadInput(
                f"the cells of {Path(self.dataset.name).name} are too narrow or too skewed",
                expected="cells about as high as they are wide",
                remedy="warp the DEM to square cells",
            )
        stored = self.dataset.read(self.band, window=window)
        unknown = is_void(stored) | ~np.isfinite(stored)
        if MaskFlags.all_valid not in self.dataset.mask_flag_enums[self.band - 1]:
            unknown |= self.dataset.read_masks(self.band, window=window) == 0
        scale, offset = (s[self.band - 1] for s in (self.dataset.scales, self.dataset.offsets))
        with np.errstate(over="ignore", invalid="ignore"):
            heights = (stored.astype(np.float64) * scale + offset) * self.metres_per_unit
        self.tally.add(heights[~unknown])
        unknown |= ~((heights >= LOWEST_M) & (heights <= HIGHEST_M))
        heights[unknown] = np.nan
        known: NDArray[np.float32] = heights.astype(np.float32)
        return known


def _source_of(dataset: DatasetReader, path: Path) -> _Source:
    """The open file as one of heights; refused if it can be none."""
    band = _band_of_heights(dataset, path)
    return _Source(
        dataset=dataset,
        band=band,
        metres_per_unit=_metres_per_unit(_stated_unit(dataset, band), path),
        grid=grid_of(dataset, path),
        tally=_Tally(),
    )


def _metres_per_unit(stated: str, path: Path) -> float:
    """Length of the stated unit; metres if none is stated."""
    metres = METRES_PER_UNIT.get(stated.lower(), 1.0 if not stated else None)
    if metres is None:
        raise BadInput(
            f"the values of {path.name} are in {stated[:40]!r}",
            expected="heights in metres or feet",
            remedy="choose a DEM: a slope, an aspect or a picture holds no heights",
        )
    return metres


def _stated_unit(dataset: DatasetReader, band: int) -> str:
    """Unit of the heights by the band, its tags, the file's tags or the vertical axis; else empty.

    GDAL gives the unit of a compound CRS as the band's, unless the band has one of its own.
    """
    tags = {key.upper(): value for key, value in (dataset.tags() | dataset.tags(band)).items()}
    named = [dataset.units[band - 1] or "", *(tags.get(name, "") for name in UNIT_TAGS)]
    if unit := next((text.strip() for text in named if text.strip()), ""):
        return unit
    try:
        axes = CRS.from_wkt(dataset.crs.to_wkt()).axis_info if dataset.crs else []
    except ProjError:
        return ""  # a CRS without a place is refused by its own check
    return next((str(axis.unit_name) for axis in axes if axis.direction == "up"), "")


def _band_of_heights(dataset: DatasetReader, path: Path) -> int:
    """Number of the only band."""
    bands = [band for band, kind in zip(dataset.indexes, dataset.colorinterp, strict=True)
             if kind is not ColorInterp.alpha]  # fmt: skip
    dtype = dataset.dtypes[bands[0] - 1] if bands else "no"
    if len(bands) != 1 or dtype in ("uint8", "int8"):
        raise BadInput(
            f"{path.name} has {len(bands)} bands of {dtype} numbers",
            expected="one band of heights, int16 or wider",
            remedy="choose a DEM, or write its heights to a file of their own",
        )
    return int(bands[0])


def _require_few_blocks(dataset: DatasetReader, path: Path) -> None:
    """Refuse a file that is cut so small that looking for its blocks would take minutes."""
    height, width = dataset.block_shapes[0]
    blocks = -(-dataset.height // height) * -(-dataset.width // width)
    if blocks > MOST_BLOCKS:
        raise UnreadableFile(
            f"{path.name} is cut into {blocks:,} blocks",
            expected=f"at most {MOST_BLOCKS:,}",
            remedy="write it with larger tiles, for example of 512 x 512 cells",
        )


def _require_heights(tally: _Tally, path: Path) -> None:
    """Refuse numbers that are no heights; none at all is no proof."""
    if not tally.known:
        return
    if tally.strange > MOST_STRANGE * tally.known or not tally.on_land:
        raise BadInput(
            f"{path.name} holds values from {tally.least:g} to {tally.most:g} m",
            expected=f"heights, from {LOWEST_LAND_M:g} to {HIGHEST_M:g} m on land",
            remedy="choose a DEM, and let its metadata tell the unit if it is feet, and no data",
        )


def _sample(dataset: DatasetReader, band: int) -> Iterator[Window]:
    """Some blocks, evenly spread over the file; of a large block its upper left part."""
    height, width = dataset.block_shapes[band - 1]
    rows, cols = -(-dataset.height // height), -(-dataset.width // width)
    whole = Window(0, 0, dataset.width, dataset.height)
    for k in np.unique(np.linspace(0, rows * cols - 1, SAMPLE_BLOCKS).astype(int)):
        row, col = divmod(int(k), cols)
        block = Window(col * width, row * height, min(width, EDGE_CELLS), min(height, EDGE_CELLS))
        yield block.intersection(whole)


def _factor(source: Grid, grid: Grid) -> int:
    """How many cells of the file, along each edge, are averaged before they are interpolated."""
    factor = int(min(want / have for want, have in zip(grid.cell_m, source.cell_m, strict=True)))
    if factor > COARSEST:
        raise InvalidSetting(
            f"a cell of {grid.cell_m[0]:g} m over heights that are {source.cell_m[0]:g} m apart",
            expected=f"at most {COARSEST:,} times as wide",
        )
    return max(factor, 1)


def _piece(source: _Source, want: Grid, factor: int) -> NDArray[np.float32]:
    """Heights on a piece of the grid, interpolated between averages of `factor` x `factor` cells.

    The middle of each cell is placed in the file by itself: GDAL's warp, as rasterio calls it, is
    off by up to an eighth of a cell, which is 60 m of height on the real DEM, and differs by piece.
    """
    rows, cols = np.indices(want.shape, dtype=np.float64) + 0.5
    xs, ys = transformer(want.crs, source.grid.crs).transform(*want.xy(cols, rows))
    col, row = colrow(source.grid, np.column_stack([xs.ravel(), ys.ravel()])).T
    height, width = source.grid.shape
    inside = (col >= 0) & (col <= width) & (row >= 0) & (row <= height)  # False for infinity too
    if not inside.any():
        return np.full(want.shape, np.nan, np.float32)
    row, col = row[inside] / factor - 0.5, col[inside] / factor - 0.5
    top, left = max(int(np.floor(row.min())), 0), max(int(np.floor(col.min())), 0)
    bottom = min(int(row.max()) + 2, -(-height // factor))
    right = min(int(col.max()) + 2, -(-width // factor))
    known = _means(source, (top, bottom, left, right), factor)
    heights = np.full(inside.shape, np.nan, np.float32)
    heights[inside] = between(known, row - top, col - left)
    return heights.reshape(want.shape)


def _means(
    source: _Source, box_rowcol: tuple[int, int, int, int], factor: int
) -> NDArray[np.float32]:
    """Means over `factor` x `factor` cells of the file, of which the box tells which to make.

    The box counts means: its first row, the row after its last, and the same for columns.
    """
    rows, cols = source.grid.shape
    top, bottom, left, right = (edge * factor for edge in box_rowcol)
    window = Window(left, top, min(right, cols) - left, min(bottom, rows) - top)
    return averaged(source.heights(window), factor)
