"""Cuts of a scene's files on the grid of a site, unpacked where it can do no harm.

The tiles were packed by anyone. They are unpacked and interpolated in a process of its own, which
gets one file with all cuts in it and has neither network nor other files; what it leaves behind are
plain numbers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from affine import Affine
from pyproj import CRS
from shapely.geometry import Polygon

from geo.errors import GridMismatch, LamassuError, UnreadableFile
from geo.grid import Block, Grid, Raster
from geo.sources.confined.child import in_child, plain_file
from geo.sources.confined.limits import FileLimits
from geo.sources.rasters.georeference import around, outline_xy, window_of
from geo.sources.rasters.opening import Limits, opened, require_whole
from geo.sources.rasters.raster import on_grid
from geo.sources.rasters.resampling import coarsening
from geo.sources.stac import directory as tiff
from geo.sources.stac.cutting import cut
from geo.sources.stac.directory import Directory, grid_of_directory, read_directory
from geo.sources.stac.remote import RemoteFile

VALUES = "values.f32"
"""File in which the child leaves the numbers."""

MASK = 4
"""Bit of a picture's kind that says that it is the mask of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The tiles of one file around a place."""

    bands: tuple[str, ...]
    """Names of its bands."""
    content: bytes
    """A GeoTIFF."""


def cut_around(file: RemoteFile, grid: Grid, *, band: str, nodata: float | None) -> Cut:
    """The tiles of a remote GeoTIFF from which a grid can be filled.

    A file of one band gets the name `band`; the bands of one with several are numbered after it.

    Raises
    ------
    GridMismatch
        If the file has no place on Earth, or does not reach into the grid.
    UnreadableFile, Unreachable
        If it is no GeoTIFF of the usual kind, or the server does not give it.
    """
    directory = read_directory(file)
    _require_picture(directory)
    source = grid_of_directory(directory)
    # What `on_grid` will ask for: two more cells on each side of what the interpolation needs.
    margin = 2 + 3 * coarsening(source, grid)
    window = window_of(source, grid.crs, Polygon(outline_xy(grid)), margin=margin)
    if window is None:
        raise GridMismatch(
            f"its picture, {around(source)}, does not reach the site, {around(grid)}",
            expected="a scene over the site",
        )
    block = Block(top=window.row_off, left=window.col_off, rows=window.height, cols=window.width)
    samples = directory.number(tiff.SAMPLES, 1)
    names = (band,) if samples == 1 else tuple(f"{band}_{i}" for i in range(1, samples + 1))
    return Cut(bands=names, content=cut(directory, block, bands=names, nodata=nodata))


def _require_picture(directory: Directory) -> None:
    """Refuse what is a small copy or a mask, and a picture whose mask is a second one."""
    if directory.number(tiff.SUBFILE, 0) & 0b101:
        raise UnreadableFile(
            "its first picture is a small copy or a mask", expected="a cloud-optimised GeoTIFF"
        )
    if directory.following:
        second = read_directory(directory.file, at=directory.following)
        if second.number(tiff.SUBFILE, 0) & MASK:
            raise UnreadableFile(
                "it keeps its mask as a second picture", expected="a value that stands for no data"
            )


def read_cuts(cuts: Sequence[Cut], grid: Grid, *, limits: FileLimits) -> Raster:
    """The bands of all cuts on a grid, NaN where there is no data; numbers are as stored.

    Codes of clouds (``SCL``, ``QA_PIXEL``) are taken from the nearest cell, others interpolated.

    Raises
    ------
    UnreadableFile
        If a cut cannot be unpacked, or costs more than `limits`.
    GridMismatch
        If it does not reach into the grid.
    """
    names = tuple(name for one in cuts for name in one.bands)
    with tempfile.TemporaryDirectory(prefix="lamassu-cuts-") as place:
        together, folder = Path(place) / "cuts", Path(place) / "out"
        folder.mkdir()
        with together.open("wb") as file:
            file.writelines(one.content for one in cuts)
        in_child(
            "cuts",
            together,
            folder,
            options={
                "lengths": [len(one.content) for one in cuts],
                "bands": [one.bands[0] for one in cuts],
                "crs": grid.crs.to_wkt(),
                "transform": list(grid.transform[:6]),
                "shape": list(grid.shape),
            },
            limits=limits,
            drivers=("GTiff",),
            name="the scene",
        )
        stored = plain_file(folder / VALUES)
        wanted = (len(names), *grid.shape)
        if stored.stat().st_size != 4 * int(np.prod(wanted)):
            raise UnreadableFile("the scene's reader left something else than its numbers")
        values = np.fromfile(stored, np.float32).reshape(wanted)
    return Raster(grid=grid, bands=names, values=values)


def put_on_grid(
    path: Path,
    folder: Path,
    *,
    limits: FileLimits,
    lengths: Sequence[int],
    bands: Sequence[str],
    crs: str,
    transform: Sequence[float],
    shape: Sequence[int],
) -> int:
    """The number of bands, whose numbers are in a file of `folder`.

    Runs in a child only. `path` holds one GeoTIFF after the other, of these lengths.

    Raises
    ------
    UnreadableFile, GridMismatch
        As `read_cuts`, with the name of the band.
    """
    rows, cols = shape
    grid = Grid(crs=CRS.from_wkt(crs), transform=Affine(*transform[:6]), shape=(rows, cols))
    most = Limits(pixels=limits.pixels, bands=limits.bands)
    count = 0
    with path.open("rb") as together, (folder / VALUES).open("wb") as values:
        for name, length in zip(bands, lengths, strict=True):
            alone = folder / f"{name}.tif"
            alone.write_bytes(together.read(length))
            try:
                with opened(alone, limits=most) as dataset:
                    require_whole(dataset, alone)
                layers = on_grid(alone, grid, limits=most)
            except LamassuError as err:
                raise type(err)(
                    f"band {name}: {err.what}", expected=err.expected, remedy=err.remedy
                ) from err
            layers.astype("<f4").tofile(values)
            count += len(layers)
            alone.unlink()
    return count
