"""A GeoTIFF of a stranger, decoded once from end to end where it can do no harm.

`geo.sources.rasters.opening` looks at what a file declares; only decoding shows what its blocks do.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import rasterio
from rasterio.io import DatasetReader

from geo.errors import UnreadableFile
from geo.sources.confined.child import in_child
from geo.sources.confined.limits import FileLimits
from geo.sources.rasters.opening import ONLY_THIS_FILE, Limits, opened, require_whole

LARGEST_BLOCK = 400_000_000
"""Bytes of one block when unpacked; those of a usual GeoTIFF have less than a million."""


def check_raster(path: Path, *, limits: FileLimits) -> None:
    """Nothing, if the GeoTIFF stands alone, is as large as it may be, and all of it decodes.

    Size, number of bands and other files behind it are looked at before a block is; then every
    block of its bands, masks and overviews is decoded, in a process of its own.

    Raises
    ------
    UnreadableFile
        If it is no GeoTIFF, damaged, draws in other files, or costs more than `limits`.
    """
    with tempfile.TemporaryDirectory(prefix="lamassu-raster-") as folder:
        in_child(
            "raster",
            path,
            Path(folder),
            options={},
            limits=limits,
            drivers=("GTiff",),
            keep_name=True,
        )


def decode(path: Path, folder: Path, *, limits: FileLimits) -> int:  # noqa: ARG001 - a task's shape
    """The number of blocks of the GeoTIFF, all of which were decoded.

    Runs in a child only.

    Raises
    ------
    UnreadableFile
        As `check_raster`.
    """
    blocks, levels = 0, 0
    with opened(path, limits=Limits(pixels=limits.pixels, bands=limits.bands)) as dataset:
        require_whole(dataset, path)
        _require_small_blocks(dataset, path)
        levels = len(dataset.overviews(1))
        for _, window in dataset.block_windows(1):
            dataset.read(window=window)
            dataset.read_masks(window=window)
            blocks += 1
        for level in range(levels):
            with (
                rasterio.Env(**ONLY_THIS_FILE),
                rasterio.open(path.resolve(), driver="GTiff", overview_level=level) as overview,
            ):
                _require_small_blocks(overview, path)
                for _, window in overview.block_windows(1):
                    overview.read(window=window)
                    blocks += 1
    return blocks


def _require_small_blocks(dataset: DatasetReader, path: Path) -> None:
    """Refuse blocks that would fill the memory one by one."""
    for (rows, cols), kind in zip(dataset.block_shapes, dataset.dtypes, strict=True):
        size = rows * cols * np.dtype(kind).itemsize * dataset.count
        if size > LARGEST_BLOCK:
            raise UnreadableFile(
                f"{path.name} has blocks of {rows:,} x {cols:,} cells in {dataset.count} bands",
                expected=f"blocks of at most {LARGEST_BLOCK:,} bytes",
                remedy="write it anew with tiles, for example with gdal_translate -co TILED=YES",
            )
