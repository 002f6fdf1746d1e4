"""netCDF cubes, hostile until proved plain, written as a GeoTIFF for each time step.

Runs in a child process only. Read is what the CF conventions describe: variables over y and x, with
or without time, on one regular grid of longitude and latitude or of a projection that is named.
netCDF-4 is HDF5, in which a dataset may lie in another file; such a file is refused before a value
is read.

Source: CF Metadata Conventions 1.11, sections 2.5, 4, 5.6 and 8.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import h5netcdf
import h5py
import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError
from rasterio.errors import RasterioError
from scipy.io import netcdf_file

from geo.errors import BadInput, GridMismatch, UnreadableFile
from geo.grid import WGS84
from geo.sources.confined.limits import FileLimits
from geo.sources.rasters.georeference import grid_of
from geo.sources.rasters.opening import Limits, opened
from geo.sources.rasters.voids import TOO_LARGE, is_void

X_NAMES = frozenset({"x", "lon", "longitude", "easting", "xc"})
Y_NAMES = frozenset({"y", "lat", "latitude", "northing", "yc"})
"""Names of coordinates that are known without attributes."""

STRIP_CELLS = 4_000_000
"""Cells that are read at once."""

PLAIN_FILTERS = frozenset({1, 2, 3, 32000})
"""HDF5 filters that come with the library: deflate, shuffle, fletcher32, LZF."""

SINCE = re.compile(
    r"\s*(day|hour|hr|minute|min|second|sec|s)s?\s+since\s+(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d*)?)?)?\s*(?:Z|UTC|GMT|\+?00:?00)?\s*",
    re.IGNORECASE,
)
"""Units of a time coordinate."""

SECONDS = {"day": 86_400, "hour": 3_600, "hr": 3_600, "minute": 60, "min": 60}
"""Seconds of a unit of time; any other unit of `SINCE` is the second."""

BROKEN = (
    OSError, RuntimeError, ValueError, TypeError, AttributeError, LookupError, RasterioError,
)  # fmt: skip
"""What the libraries raise on files that they cannot read."""

CALENDARS = frozenset({"", "standard", "gregorian", "proleptic_gregorian"})
"""Calendars in which a date is a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    """A variable, of either kind of netCDF."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    attributes: Mapping[str, Any]
    values: Callable[[tuple[Any, ...]], NDArray[Any]]
    """What an index gives, as it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cube:
    """Bands of one grid."""

    bands: tuple[_Variable, ...]
    crs: CRS
    transform: Affine
    rows: int
    cols: int
    flipped: bool
    """Whether the first row is the southernmost."""
    times: tuple[datetime | None, ...]
    """The time of each step; one None if the file knows no time."""
    steps: bool
    """Whether the bands have a dimension of time."""
    sensor: str


def write_scenes(path: Path, folder: Path, *, limits: FileLimits) -> list[str]:
    """Names of the GeoTIFFs that `netcdf.scenes_of_cube` promises, now in `folder`."""
    with ExitStack() as stack:
        try:
            cube = _cube(_variables(path, stack), limits)
            names = [_write(cube, step, folder) for step in range(len(cube.times))]
        except BROKEN as err:
            if isinstance(err, BadInput):
                raise
            raise UnreadableFile(
                f"the netCDF file is damaged or cut short ({err})",
                expected="a whole netCDF file",
                remedy="download it again",
            ) from err
        most = Limits(pixels=limits.pixels, bands=limits.bands)
        with opened(folder / names[0], limits=most) as dataset:
            grid_of(dataset, path)
        return names


def _variables(path: Path, stack: ExitStack) -> dict[str, _Variable]:
    """The variables of the file's first level."""
    with path.open("rb") as file:
        beginning = file.read(4)
    if beginning in (b"CDF\x01", b"CDF\x02"):
        # Values that are views of the file's memory outlive the file, which warns when it closes.
        classic = stack.enter_context(netcdf_file(path, "r", mmap=False))
        return {name: _classic(name, each) for name, each in classic.variables.items()}
    if beginning != b"\x89HDF":
        raise UnreadableFile(
            f"the file begins with {beginning!r}, as no netCDF file does",
            expected="netCDF-3 or netCDF-4",
            remedy="convert it to netCDF-4 or GeoTIFF",
        )
    with h5py.File(path, "r") as raw:
        _require_alone(raw)
    cube = stack.enter_context(h5netcdf.File(path, "r"))
    return {
        name: _Variable(
            name=name, dims=tuple(each.dimensions), shape=tuple(each.shape),
            attributes={key: _plain(value) for key, value in each.attrs.items()},
            values=each.__getitem__,
        )
        for name, each in cube.variables.items()
    }  # fmt: skip


def _classic(name: str, each: Any) -> _Variable:  # noqa: ANN401 - scipy ships no types
    """A variable of a classic file."""
    return _Variable(
        name=name,
        dims=tuple(each.dimensions),
        shape=tuple(each.shape),
        attributes={key: _plain(value) for key, value in each._attributes.items()},  # noqa: SLF001
        values=each.__getitem__,
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - attributes are anything
    """An attribute as text or number."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray) and value.size == 1:
        return _plain(value.ravel()[0])
    return value


def _require_alone(file: h5py.File) -> None:
    """Refuse what leads out of the file, or needs code that does not come with HDF5."""
    for name in file:
        link = file.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise _leads_away(name, "is a link")
        each = file[name]
        if not isinstance(each, h5py.Dataset):
            continue
        plan = each.id.get_create_plist()
        if each.is_virtual or plan.get_external_count():
            raise _leads_away(name, "lies in another file")
        filters = {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
        if not filters <= PLAIN_FILTERS:
            raise _leads_away(name, "is packed with a filter of its own")


def _leads_away(name: str, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"the variable {name[:80]!r} {why}",
        expected="a netCDF file that stands alone, packed with deflate or not at all",
        remedy="copy it with nccopy -d 4",
    )


def _cube(variables: Mapping[str, _Variable], limits: FileLimits) -> _Cube:
    """The bands and their grid, checked before a band is read."""
    x = _coordinate(variables, X_NAMES, ("projection_x_coordinate", "longitude"), "X")
    y = _coordinate(variables, Y_NAMES, ("projection_y_coordinate", "latitude"), "Y")
    bands = [v for v in variables.values() if v.dims[-2:] == (y.dims[0], x.dims[0])]
    bands = [
        v for v in bands if len(v.dims) in (2, 3) and v.attributes.get("grid_mapping_name") is None
    ]
    if not bands:
        raise BadInput("no variable lies over y and x", expected="variables (time, y, x)")
    dims = {v.dims[:-2] for v in bands}
    if len(dims) > 1:
        raise BadInput(
            "some variables have a time and some have none",
            expected="variables of one shape",
            remedy="split the file, for example with ncks -v",
        )
    (leading,) = dims
    rows, cols = bands[0].shape[-2:]
    times = _times(variables, leading)
    _require_modest(rows, cols, len(bands), len(times), limits)
    transform, flipped = _placement(x, y)
    first = bands[0].attributes
    return _Cube(
        bands=tuple(bands), crs=_crs(variables, first, x), transform=transform, rows=rows,
        cols=cols, flipped=flipped, times=times, steps=bool(leading),
        sensor=str(first.get("platform", ""))[:80],
    )  # fmt: skip


def _coordinate(
    variables: Mapping[str, _Variable], names: frozenset[str], standard: tuple[str, str], axis: str
) -> _Variable:
    """The coordinate along one axis of the grid."""
    lines = [v for v in variables.values() if len(v.dims) == 1 and v.dims[0] == v.name]
    for wanted in (
        [v for v in lines if v.attributes.get("standard_name") in standard],
        [v for v in lines if str(v.attributes.get("axis", "")).upper() == axis],
        [v for v in lines if v.name.lower() in names],
    ):
        if len(wanted) == 1:
            return wanted[0]
    raise GridMismatch(
        f"no coordinate along {axis.lower()} can be told",
        expected="one-dimensional coordinates x and y, or lon and lat",
        remedy="put the cube on a regular grid, for example with gdalwarp",
    )


def _placement(x: _Variable, y: _Variable) -> tuple[Affine, bool]:
    """Where the cells lie, and whether the first row is the southernmost."""
    steps, firsts = [], []
    for axis in (x, y):
        centres = np.asarray(axis.values((slice(None),)), dtype=np.float64)
        if len(centres) < 2 or not np.isfinite(centres).all():
            raise GridMismatch(f"the coordinate {axis.name[:40]!r} has no step", expected="a grid")
        step = (centres[-1] - centres[0]) / (len(centres) - 1)
        if step == 0 or np.abs(np.diff(centres) - step).max() > 0.01 * abs(step):
            raise GridMismatch(
                f"the steps of the coordinate {axis.name[:40]!r} differ",
                expected="a regular grid",
                remedy="put the cube on a regular grid, for example with gdalwarp",
            )
        steps.append(step)
        firsts.append(centres[0])
    (dx, dy), (x0, y0) = steps, firsts
    if dx < 0:
        raise GridMismatch("columns run from east to west", expected="columns from west to east")
    flipped = dy > 0
    top = y0 + dy * (y.shape[0] - 1) if flipped else y0
    height = abs(dy)
    return Affine(dx, 0, x0 - dx / 2, 0, -height, top + height / 2), flipped


def _crs(variables: Mapping[str, _Variable], band: Mapping[str, Any], x: _Variable) -> CRS:
    """The CRS by the grid mapping; longitude and latitude if that is what the coordinates are."""
    name = str(band.get("grid_mapping", "")).split(":")[0].strip()
    mapping = variables[name].attributes if name in variables else {}
    try:
        for key in ("crs_wkt", "spatial_ref"):
            if isinstance(mapping.get(key), str):
                return CRS.from_wkt(mapping[key])
        if mapping.get("grid_mapping_name") not in (None, "latitude_longitude"):
            return CRS.from_cf(dict(mapping))
    except (ProjError, KeyError, ValueError) as err:
        raise GridMismatch(
            f"the grid mapping {name[:40]!r} is not understood ({err})",
            expected="a CF grid mapping",
        ) from err
    units = str(x.attributes.get("units", "")).lower()
    if units.startswith("degree") or x.name.lower() in {"lon", "longitude"}:
        return WGS84
    raise GridMismatch(
        "the cube names no coordinate system",
        expected="a grid_mapping with crs_wkt, or longitude and latitude",
        remedy="assign the CRS it was made in",
    )


def _times(
    variables: Mapping[str, _Variable], leading: tuple[str, ...]
) -> tuple[datetime | None, ...]:
    """The time of each step, UTC."""
    if not leading:
        return (None,)
    time = variables.get(leading[0])
    units = str(time.attributes.get("units", "")) if time else ""
    calendar = str(time.attributes.get("calendar", "")) if time else ""
    match = SINCE.fullmatch(units)
    if time is None or not match or calendar.lower() not in CALENDARS:
        raise BadInput(
            f"the first dimension, {leading[0][:40]!r}, has the units {units[:60]!r} and the "
            f"calendar {calendar[:40]!r}",
            expected="a time such as days since 1970-01-01 in the standard calendar",
            remedy="convert the time, or write one file for each date",
        )
    counts = np.asarray(time.values((slice(None),)), dtype=np.float64)
    seconds = counts * SECONDS.get(match[1].lower(), 1)
    if not (np.isfinite(seconds).all() and (np.abs(seconds) < 1e12).all()):
        raise BadInput("a time is no number", expected="a time for each step")
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[1:])
        epoch = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return tuple(epoch + timedelta(seconds=float(s)) for s in seconds)
    except (ValueError, OverflowError) as err:
        raise BadInput(f"the times {units[:60]!r} are none ({err})", expected="dates") from err


def _require_modest(rows: int, cols: int, bands: int, steps: int, limits: FileLimits) -> None:
    """Refuse more cells than `limits` allow, by what the file declares."""
    size = rows * cols * bands * steps * 4
    for count, most, what in (
        (rows * cols, limits.pixels, "cells"),
        (bands, limits.bands, "bands"),
        (steps, limits.members, "time steps"),
        (size, limits.unpacked_bytes, "bytes of values"),
    ):
        if not 1 <= count <= most:
            raise UnreadableFile(
                f"the cube has {count:,} {what}",
                expected=f"1 to {most:,} {what}",
                remedy="cut it to the area, the bands and the time of interest",
            )


def _write(cube: _Cube, step: int, folder: Path) -> str:
    """Write one scene; its file's name."""
    when = cube.times[step]
    name = f"scene-{step + 1:04d}{when:-%Y%m%d}.tif" if when else f"scene-{step + 1:04d}.tif"
    profile = {
        "driver": "GTiff", "count": len(cube.bands), "height": cube.rows, "width": cube.cols,
        "dtype": "float32", "crs": cube.crs.to_wkt(), "transform": cube.transform,
        "nodata": np.nan, "tiled": True, "blockxsize": 256, "blockysize": 256,
        "compress": "deflate", "predictor": 3, "bigtiff": "if_safer",
    }  # fmt: skip
    strip = max(STRIP_CELLS // cube.cols // 256, 1) * 256
    with rasterio.open(folder / name, "w", **profile) as dataset:
        for number, band in enumerate(cube.bands, start=1):
            for top in range(0, cube.rows, strip):
                values = _values(cube, band, step, top, min(top + strip, cube.rows))
                dataset.write(
                    values, number,
                    window=rasterio.windows.Window(0, top, cube.cols, values.shape[0]),
                )  # fmt: skip
        dataset.descriptions = tuple(band.name[:40] for band in cube.bands)
        tags = {"LAMASSU_SENSOR": cube.sensor} if cube.sensor else {}
        if when:
            tags["LAMASSU_ACQUIRED_AT"] = when.isoformat(timespec="seconds")
            tags["TIFFTAG_DATETIME"] = f"{when:%Y:%m:%d %H:%M:%S}"
        dataset.update_tags(**tags)
    return name


def _values(cube: _Cube, band: _Variable, step: int, top: int, bottom: int) -> NDArray[np.float32]:
    """Rows `top` to `bottom`, counted from the north, of one band at one time."""
    rows = slice(cube.rows - bottom, cube.rows - top) if cube.flipped else slice(top, bottom)
    index = (step, rows, slice(None)) if cube.steps else (rows, slice(None))
    stored = np.asarray(band.values(index))
    if stored.dtype.kind not in "iuf":
        raise BadInput(f"the variable {band.name[:40]!r} holds no numbers", expected="numbers")
    values = stored.astype(np.float64)
    values[is_void(stored)] = np.nan
    for key in ("_FillValue", "missing_value"):
        if isinstance(band.attributes.get(key), int | float | np.number):
            values[stored == band.attributes[key]] = np.nan
    scale, offset = (
        float(band.attributes.get(key, default))
        for key, default in (("scale_factor", 1.0), ("add_offset", 0.0))
    )
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (values * scale + offset).astype(np.float32)
    scaled[~(np.abs(scaled) < TOO_LARGE)] = np.nan
    return scaled[::-1] if cube.flipped else scaled
