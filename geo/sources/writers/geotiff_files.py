"""Numbers as GeoTIFF files, each written whole or not at all."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # GDAL's own errors, which the public ones do not cover
from rasterio.errors import RasterioError
from rasterio.windows import Window

from geo.errors import BadInput, GridMismatch
from geo.grid import Block, Grid, give_back
from geo.sources.rasters.opening import ONLY_THIS_FILE
from geo.sources.writers.whole import whole_file

STRIP_ROWS = 256
"""Rows that are written at once: those of a tile of the file."""


def write_geotiff(
    path: Path,
    values: NDArray[np.float32] | NDArray[np.float64] | NDArray[np.uint8] | NDArray[np.uint16],
    *,
    grid: Grid,
    bands: Sequence[str],
    nodata: float | None,
    tags: Mapping[str, str],
) -> None:
    """Write `values`, shape (bands, rows, columns), as a tiled GeoTIFF: wholly or not at all.

    The same arguments give the same bytes. A file of that name is replaced.

    Raises
    ------
    GridMismatch
        If the values do not fit the grid and the names.
    BadInput
        If the file cannot be written.
    """
    if values.shape != (len(bands), *grid.shape):
        raise GridMismatch(
            f"values of shape {values.shape} for {path.name}",
            expected=f"{(len(bands), *grid.shape)} (bands, rows, columns)",
        )
    _write(
        path, [(0, values)], dtype=values.dtype, grid=grid, bands=bands, nodata=nodata, tags=tags
    )


def write_layer(
    path: Path,
    layer: NDArray[np.float32] | NDArray[np.uint8],
    *,
    place: Block,
    grid: Grid,
    band: str,
    nodata: float,
    tags: Mapping[str, str],
) -> None:
    """Write a layer of a part of a grid as a GeoTIFF of the whole grid, no data around it.

    As `write_geotiff`, but by rows, so that a layer which is a file itself need not fit in memory.

    Raises
    ------
    GridMismatch
        If the layer has not the shape of its place.
    BadInput
        If the file cannot be written.
    """
    if layer.shape != (place.rows, place.cols):
        raise GridMismatch(
            f"a layer of shape {layer.shape} for {path.name}",
            expected=f"{place.rows} x {place.cols} cells",
        )

    strips = _strips(layer, place=place, grid=grid, nodata=nodata)
    _write(path, strips, dtype=layer.dtype, grid=grid, bands=(band,), nodata=nodata, tags=tags)


def _strips(
    layer: NDArray[Any], *, place: Block, grid: Grid, nodata: float
) -> Iterator[tuple[int, NDArray[Any]]]:
    """The whole grid in strips, each with its first row: the layer in its place, no data around."""
    for top in range(0, grid.shape[0], STRIP_ROWS):
        rows = min(STRIP_ROWS, grid.shape[0] - top)
        strip = np.full((1, rows, grid.shape[1]), nodata, layer.dtype)
        part = Block(top=top, left=0, rows=rows, cols=grid.shape[1])
        if shared := place.meeting(part):
            inside, outside = shared.within(part), shared.within(place)
            strip[0][inside] = layer[outside]
            give_back(layer)
        yield top, strip


def _write(
    path: Path,
    strips: Iterable[tuple[int, NDArray[Any]]],
    *,
    dtype: np.dtype[Any],
    grid: Grid,
    bands: Sequence[str],
    nodata: float | None,
    tags: Mapping[str, str],
) -> None:
    """Write strips, each with its first row, one after the other: wholly or not at all."""
    profile = {
        "driver": "GTiff", "count": len(bands), "height": grid.shape[0], "width": grid.shape[1],
        "dtype": dtype.name, "crs": grid.crs.to_wkt(), "transform": grid.transform,
        "nodata": nodata, "tiled": True, "blockxsize": 256, "blockysize": 256,
        "compress": "deflate", "predictor": 3 if dtype.kind == "f" else 2,
        "bigtiff": "if_safer",
    }  # fmt: skip
    try:
        with whole_file(path, suffix=".tif") as unfinished, rasterio.Env(**ONLY_THIS_FILE):
            written: dict[Window, int] = {}
            with rasterio.open(unfinished, "w", **profile) as dataset:
                for top, values in strips:
                    dataset.write(values, window=_rows(values, top))
                    written |= _prints(values, top)
                dataset.descriptions = tuple(bands)
                dataset.update_tags(**tags)
            _require_written(unfinished, written)
    except (RasterioError, CPLE_BaseError) as err:
        raise BadInput(
            f"{path} cannot be written ({err})",
            expected="a folder that exists, may be written to and has room",
        ) from err


def _rows(values: NDArray[Any], top: int) -> Window:
    """Where values of shape (bands, rows, columns) lie whose first row is `top`."""
    return Window(0, top, values.shape[2], values.shape[1])


def _prints(values: NDArray[Any], top: int) -> dict[Window, int]:
    """A checksum of each strip of values, by its place."""
    parts = {
        top + row: values[:, row : row + STRIP_ROWS]
        for row in range(0, values.shape[1], STRIP_ROWS)
    }
    return {_rows(part, row): crc32(np.ascontiguousarray(part).data) for row, part in parts.items()}


def _require_written(path: Path, written: Mapping[Window, int]) -> None:
    """Refuse a file that does not hold what was written: GDAL is silent where closing it fails.

    Raises
    ------
    OSError
        If it does not.
    """
    with rasterio.open(path) as dataset:
        for window, told in written.items():
            if crc32(dataset.read(window=window)) != told:
                raise OSError(errno.EIO, "it does not read back as it was written")
