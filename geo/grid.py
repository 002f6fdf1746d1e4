"""Grids and rasters as values, and lengths and areas on the ellipsoid.

Order is in the names: ``lonlat`` and ``xy`` are (east, north), ``rowcol`` is (down, right), and
bounds are always (west, south, east, north).
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol, TypeVar

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput, GridMismatch, InvalidSetting, NotMetric

WGS84 = CRS.from_epsg(4326)
"""Longitude and latitude, the CRS of every frame in the store."""

STRIP_CELLS = 1 << 23
"""Cells that are gone through at once where a layer is gone through by rows."""

IN_MEMORY_CELLS = 16_000_000
"""Layers of more cells are kept in temporary files that are mapped into memory."""

ELLIPSOID = Geod(ellps="WGS84")
"""Where lengths and areas are measured (Karney 2013, doi:10.1007/s00190-012-0578-z)."""

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Where the cells of a raster lie: coordinate system, placement and size as one value."""

    crs: CRS
    """Coordinate reference system of the cells."""
    transform: Affine
    """Maps (column, row) of a cell's upper left corner to (x, y)."""
    shape: tuple[int, int]
    """Rows, columns."""

    def __post_init__(self) -> None:
        """Refuse a grid without cells or without size."""
        if min(self.shape) < 1:
            raise GridMismatch(
                f"a grid of {self.shape[0]} x {self.shape[1]} cells has no cell",
                expected="at least one row and one column",
            )
        if not (np.isfinite(self.transform[:6]).all() and self.transform.determinant):
            raise GridMismatch(
                "the grid's cells have no size",
                expected="a transform of finite numbers that can be inverted",
                remedy="georeference the raster",
            )

    def xy(
        self, cols: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates of places counted in columns and rows from the upper left corner."""
        t = self.transform
        return t.a * cols + t.b * rows + t.c, t.d * cols + t.e * rows + t.f

    def coarser(self, cell_px: int) -> Grid:
        """The grid of cells that are so many times as wide, from the same corner on.

        The last of them may reach beyond this grid.
        """
        rows, cols = self.shape
        return Grid(
            crs=self.crs,
            transform=self.transform @ Affine.scale(cell_px),
            shape=(-(-rows // cell_px), -(-cols // cell_px)),
        )

    @cached_property
    def bounds(self) -> Bounds:
        """West, south, east, north in the grid's own CRS, also for a turned grid."""
        rows, cols = self.shape
        corners = [self.transform @ xy for xy in ((0, 0), (cols, 0), (0, rows), (cols, rows))]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @cached_property
    def footprint_lonlat(self) -> Polygon:
        """Outline in EPSG:4326, with each edge in 8 pieces so that it bends as the grid does.

        Raises
        ------
        BadInput
            If the outline leaves the Earth, crosses 180 degrees or goes round a pole.
        """
        rows, cols = self.shape
        edge = np.linspace(0, 1, 9)[:-1]
        ring = np.concatenate(
            [
                np.column_stack([edge * cols, 0 * edge]),
                np.column_stack([0 * edge + cols, edge * rows]),
                np.column_stack([cols - edge * cols, 0 * edge + rows]),
                np.column_stack([0 * edge, rows - edge * rows]),
            ]
        )
        return _polygon_lonlat(np.column_stack(self.xy(ring[:, 0], ring[:, 1])), self.crs)

    @cached_property
    def centre_lonlat(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the grid."""
        rows, cols = self.shape
        x, y = self.transform @ (cols / 2, rows / 2)
        lon, lat = transformer(self.crs, WGS84).transform(x, y)
        return float(lon), float(lat)

    @cached_property
    def cell_m(self) -> tuple[float, float]:
        """Width and height of the middle cell in metres, measured on the ellipsoid."""
        rows, cols = self.shape
        row, col = rows / 2, cols / 2
        xs, ys = self.xy(np.array([col, col + 1, col]), np.array([row, row, row + 1]))
        lons, lats = transformer(self.crs, WGS84).transform(xs, ys)
        _, _, lengths = ELLIPSOID.inv([lons[0]] * 2, [lats[0]] * 2, lons[1:], lats[1:])
        return float(lengths[0]), float(lengths[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class Raster:
    """Named bands on one grid."""

    grid: Grid
    """Where the cells lie."""
    bands: tuple[str, ...]
    """Band names, one per layer, such as ``B04``."""
    values: NDArray[np.float32]
    """Shape (bands, rows, columns); NaN where there is no data."""

    def __post_init__(self) -> None:
        """Refuse values that do not fit the grid and the names."""
        wanted = (len(self.bands), *self.grid.shape)
        if self.values.shape != wanted:
            raise GridMismatch(
                f"raster values have the shape {self.values.shape}",
                expected=f"{wanted} (bands, rows, columns)",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A rectangle of the cells of a grid."""

    top: int
    """First row."""
    left: int
    """First column."""
    rows: int
    """Number of rows, at least 1."""
    cols: int
    """Number of columns, at least 1."""

    @classmethod
    def whole(cls, shape: tuple[int, int]) -> Block:
        """All cells of a grid of that shape."""
        return cls(top=0, left=0, rows=shape[0], cols=shape[1])

    @property
    def slices(self) -> tuple[slice, slice]:
        """Its rows and columns in the grid."""
        return slice(self.top, self.top + self.rows), slice(self.left, self.left + self.cols)

    def within(self, outer: Block) -> tuple[slice, slice]:
        """Its rows and columns, counted from the first cell of a block that holds it."""
        top, left = self.top - outer.top, self.left - outer.left
        return slice(top, top + self.rows), slice(left, left + self.cols)

    def grown(self, margin: int, shape: tuple[int, int]) -> Block:
        """The block and the cells around it, as far as a grid of that shape has them."""
        top, left = max(self.top - margin, 0), max(self.left - margin, 0)
        bottom = min(self.top + self.rows + margin, shape[0])
        right = min(self.left + self.cols + margin, shape[1])
        return Block(top=top, left=left, rows=bottom - top, cols=right - left)

    def meeting(self, other: Block) -> Block | None:
        """The cells that both have; None if there are none."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        rows = min(self.top + self.rows, other.top + other.rows) - top
        cols = min(self.left + self.cols, other.left + other.cols) - left
        return Block(top=top, left=left, rows=rows, cols=cols) if min(rows, cols) > 0 else None

    def coarser(self, cell_px: int) -> Block:
        """Those that it touches of the cells that are so many times as wide."""
        top, left = self.top // cell_px, self.left // cell_px
        bottom, right = (
            -(-end // cell_px) for end in (self.top + self.rows, self.left + self.cols)
        )
        return Block(top=top, left=left, rows=bottom - top, cols=right - left)

    def finer(self, cell_px: int, shape: tuple[int, int]) -> Block:
        """The cells of a grid of that shape under a block of cells so many times as wide."""
        top, left = self.top * cell_px, self.left * cell_px
        return Block(
            top=top,
            left=left,
            rows=min(self.rows * cell_px, shape[0] - top),
            cols=min(self.cols * cell_px, shape[1] - left),
        )

    def cut(self, grid: Grid) -> Grid:
        """The part of the grid that it covers."""
        transform = grid.transform @ Affine.translation(self.left, self.top)
        return Grid(crs=grid.crs, transform=transform, shape=(self.rows, self.cols))


class RasterSource(Protocol):
    """A raster that is read a block at a time, as it may not fit into memory."""

    @property
    def grid(self) -> Grid:
        """Where the cells lie."""
        ...

    @property
    def bands(self) -> tuple[str, ...]:
        """Band names, in the order in which they are read."""
        ...

    def read(self, block: Block) -> Raster:
        """The cells of a block, NaN where there is no data; the same at each call."""
        ...

    def read_for_coarser(self, block: Block, cell_px: int) -> tuple[Raster, Raster]:
        """What the means of a block of cells are made of that are so many times as wide.

        Parameters
        ----------
        block : Block
            Of `Grid.coarser`, counted in its cells.
        cell_px : int
            Cells of the grid along the side of a wide cell.

        Returns
        -------
        tuple of Raster
            Bands on the cells under the block, and bands that were taken by the wide cells
            themselves, if the source knows any such. Together they hold each band once.
        """
        fine = self.read(block.finer(cell_px, self.grid.shape))
        nothing = np.empty((0, block.rows, block.cols), np.float32)
        grid = block.cut(self.grid.coarser(cell_px))
        return fine, Raster(grid=grid, bands=(), values=nothing)

    def for_bands(self, places: Sequence[int]) -> RasterSource:
        """The same raster of the bands at these places alone, told in rising order."""
        return _SomeBands(source=self, places=tuple(places))


@dataclass(frozen=True, slots=True, kw_only=True)
class _SomeBands(RasterSource):
    """Some bands of a raster."""

    source: RasterSource
    places: tuple[int, ...]

    @property
    def grid(self) -> Grid:
        """Where the cells lie."""
        return self.source.grid

    @property
    def bands(self) -> tuple[str, ...]:
        """Band names."""
        return tuple(self.source.bands[place] for place in self.places)

    def read(self, block: Block) -> Raster:
        """The cells of a block."""
        whole = self.source.read(block)
        return Raster(grid=whole.grid, bands=self.bands, values=whole.values[list(self.places)])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RasterInMemory(RasterSource):
    """A raster that is there already, read a block at a time."""

    raster: Raster
    """The whole."""

    @property
    def grid(self) -> Grid:
        """Where the cells lie."""
        return self.raster.grid

    @property
    def bands(self) -> tuple[str, ...]:
        """Band names."""
        return self.raster.bands

    def read(self, block: Block) -> Raster:
        """The cells of a block; its values are a view, not a copy."""
        rows, cols = block.slices
        return Raster(
            grid=block.cut(self.grid), bands=self.bands, values=self.raster.values[:, rows, cols]
        )


def strips(shape: tuple[int, int]) -> Iterator[slice]:
    """Rows to go through at once, from the first to the last."""
    rows = max(STRIP_CELLS // shape[1], 1)
    for top in range(0, shape[0], rows):
        yield slice(top, min(top + rows, shape[0]))


def sheet(shape: tuple[int, int], fill: T) -> NDArray[T]:
    """An array filled with one value, of its type.

    A large one is a temporary file, gone with the array. It lies where `tempfile` puts files, and
    has no name there.
    """
    cells = shape[0] * shape[1]
    if cells <= IN_MEMORY_CELLS:
        return np.full(shape, fill, fill.dtype)
    kind = fill.dtype
    with tempfile.TemporaryFile() as file:
        file.truncate(cells * kind.itemsize)
        memory = mmap.mmap(file.fileno(), cells * kind.itemsize)
    array = np.frombuffer(memory, kind).reshape(shape)
    for rows in strips(shape):
        array[rows] = fill
        give_back(array)
    return array


def give_back(array: NDArray[T]) -> None:
    """Let memory forget the pages of an array of `sheet`; what was written stays in its file.

    An array that is no such file is left as it is.
    """
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)


@lru_cache(maxsize=64)
def transformer(source: CRS, target: CRS) -> Transformer:
    """The coordinate operation between two systems, always in (east, north) order."""
    return Transformer.from_crs(source, target, always_xy=True)


def reproject(geometry: BaseGeometry, source: CRS, target: CRS) -> BaseGeometry:
    """`geometry` in the CRS `target`, vertex by vertex; an empty geometry stays empty."""
    if source == target or geometry.is_empty:
        return geometry
    moved: BaseGeometry = shapely.transform(
        geometry,
        transformer(source, target).transform,
        include_z=geometry.has_z,
        interleaved=False,
    )
    return moved


def metric_crs(lonlat: tuple[float, float]) -> CRS:
    """The UTM zone (WGS 84) of a place; polar stereographic beyond 84 N and 80 S.

    Distortion of length stays under 0.1 % inside a zone, which is what a site's surroundings need.

    Raises
    ------
    InvalidSetting
        If the place is not on Earth.
    """
    lon, lat = lonlat
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InvalidSetting(
            f"there is no place at longitude {lon}, latitude {lat}",
            expected="longitude -180 to 180 and latitude -90 to 90",
        )
    if lat > 84:
        return CRS.from_epsg(5041)
    if lat < -80:
        return CRS.from_epsg(5042)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def require_metric(crs: CRS) -> CRS:
    """`crs` itself, if its axes are metres.

    Raises
    ------
    NotMetric
        If a unit of the CRS is not a metre.
    """
    if crs.is_projected and all(axis.unit_conversion_factor == 1.0 for axis in crs.axis_info[:2]):
        return crs
    raise NotMetric(
        f"{crs.name} does not measure in metres",
        expected="a projected CRS in metres, such as UTM",
        remedy="reproject to metric_crs() of the place",
    )


def geodesic_area_m2(geometry_lonlat: BaseGeometry) -> float:
    """Area on the WGS 84 ellipsoid in square metres; 0 for points and lines, holes taken off."""
    # A geodesic area is signed by its winding: shells anticlockwise and holes clockwise.
    area, _ = ELLIPSOID.geometry_area_perimeter(shapely.orient_polygons(geometry_lonlat))
    return abs(float(area))


def geodesic_distance_m(lonlat: tuple[float, float], other: tuple[float, float]) -> float:
    """Length of the shortest line on the WGS 84 ellipsoid between two places, in metres."""
    _, _, length = ELLIPSOID.inv(*lonlat, *other)
    return float(length)


def box_around(lonlat: tuple[float, float], *, half_width_m: float) -> Polygon:
    """A square in EPSG:4326, true to the metre in the place's UTM zone, centred on the place.

    Raises
    ------
    InvalidSetting
        If `half_width_m` is not a positive length.
    BadInput
        If the square leaves the Earth, crosses 180 degrees or goes round a pole.
    """
    if not half_width_m > 0:
        raise InvalidSetting(f"half width {half_width_m} m", expected="a length above 0 m")
    crs = metric_crs(lonlat)
    x, y = transformer(WGS84, crs).transform(*lonlat)
    square = box(x - half_width_m, y - half_width_m, x + half_width_m, y + half_width_m)
    return _polygon_lonlat(shapely.get_coordinates(square), crs)


def _polygon_lonlat(ring: NDArray[np.float64], crs: CRS) -> Polygon:
    """The polygon in EPSG:4326 of a ring in `crs`, shape (vertices, 2); refused where it tears."""
    lons, lats = transformer(crs, WGS84).transform(ring[:, 0], ring[:, 1])
    if not np.isfinite([lons, lats]).all():
        raise BadInput(
            f"an outline from x {ring[0, 0]:.0f}, y {ring[0, 1]:.0f} is not on Earth in {crs.name}",
            expected="coordinates inside the area of the CRS",
            remedy="check the CRS",
        )
    if (np.abs(np.diff(lons, append=lons[0])) > 180).any():
        raise BadInput(
            f"an outline at latitude {lats[0]:.2f} crosses 180 degrees or goes round a pole",
            expected="an area on one side of 180 degrees",
            remedy="split it there",
        )
    return Polygon(np.column_stack([lons, lats]))
