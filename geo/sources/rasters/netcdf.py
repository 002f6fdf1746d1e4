"""netCDF cubes as scenes: a GeoTIFF for each time step, made in a process of its own."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from geo.sources.confined.child import in_child, plain_file
from geo.sources.confined.limits import FileLimits


@contextlib.contextmanager
def scenes_of_cube(path: Path, *, limits: FileLimits) -> Iterator[list[Path]]:
    """GeoTIFFs of the cube, one for each time step, in their order; they last as long as the block.

    Their bands are named as the variables and hold float32, NaN where there is no data, with scale
    and offset applied; rows run from north to south; the time is in the tag `LAMASSU_ACQUIRED_AT`.

    Raises
    ------
    UnreadableFile
        If the file is damaged, draws in other files, or costs more than `limits`.
    GridMismatch
        If it has no regular grid, or one without a place on Earth.
    BadInput
        If it holds no variables over y and x, or its times cannot be told.
    """
    with tempfile.TemporaryDirectory(prefix="lamassu-cube-") as folder:
        names = in_child(
            "netcdf", path, Path(folder), options={}, limits=limits, drivers=("GTiff",)
        )
        yield [plain_file(Path(folder) / Path(str(name)).name) for name in names]


def scenes_of_netcdf(path: Path, folder: Path, *, limits: FileLimits) -> list[str]:
    """Names of the GeoTIFFs of `scenes_of_cube`, written into `folder`.

    Runs in a child only.
    """
    from geo.sources.rasters.netcdf_cube import write_scenes  # noqa: PLC0415 - HDF5 is for the child only

    return write_scenes(path, folder, limits=limits)
