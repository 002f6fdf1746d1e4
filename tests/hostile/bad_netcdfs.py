"""Hostile and broken netCDF files, each for a fault that some reader has."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import h5netcdf
import h5py
import numpy as np
from scipy.io import netcdf_file

from tests.hostile.trap import Hostile, Trap


def cube(change: Callable[[h5netcdf.File], None] | None = None) -> bytes:
    """A good cube of two days, 6 x 8 cells, after a change."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.nc"
        with h5netcdf.File(path, "w") as file:
            file.dimensions = {"time": 2, "lat": 6, "lon": 8}
            time = file.create_variable("time", ("time",), "f8", data=[0.0, 10.0])
            time.attrs["units"] = "days since 2014-01-01"
            for name, first, count in (("lat", 36, 6), ("lon", 44, 8)):
                values = first + np.arange(count) / 10
                line = file.create_variable(name, (name,), "f8", data=values)
                line.attrs["units"] = "degrees_north" if name == "lat" else "degrees_east"
            values = np.arange(96, dtype=np.float32).reshape(2, 6, 8)
            file.create_variable("ndvi", ("time", "lat", "lon"), "f4", data=values)
            if change:
                change(file)
        return path.read_bytes()


def hdf(change: Callable[[h5py.File], None]) -> bytes:
    """The good cube after a change by HDF5's own means."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.nc"
        path.write_bytes(cube())
        with h5py.File(path, "r+") as file:
            change(file)
        return path.read_bytes()


def classic() -> bytes:
    """A good classic file."""
    out = io.BytesIO()
    with netcdf_file(out, "w") as file:
        for name, first, count in (("lat", 36, 6), ("lon", 44, 8)):
            file.createDimension(name, count)
            line = file.createVariable(name, "f8", (name,))
            line[:] = first + np.arange(count) / 10
            line.units = "degrees_north" if name == "lat" else "degrees_east"
        file.createVariable("ndvi", "f4", ("lat", "lon"))[:] = 1
        file.flush()
        return out.getvalue()


def attribute(variable: str, name: str, value: object) -> bytes:
    """The good cube with one attribute changed."""

    def change(file: h5netcdf.File) -> None:
        file[variable].attrs[name] = value

    return cube(change)


def values(variable: str, new: object) -> bytes:
    """The good cube with other values of one variable."""

    def change(file: h5py.File) -> None:
        file[variable][...] = new

    return hdf(change)


def replaced(variable: str, make: Callable[[h5py.File, str], None]) -> bytes:
    """The good cube with a dataset made anew, its scales attached."""

    def change(file: h5py.File) -> None:
        del file[variable]
        make(file, variable)
        if variable == "ndvi" and isinstance(file.get(variable, getlink=True), h5py.HardLink):
            for number, name in enumerate(("time", "lat", "lon")):
                file[variable].dims[number].attach_scale(file[name])

    return hdf(change)


def bad_netcdfs(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    good, old = cube(), classic()
    secret, shape = str(trap.secret), (2, 6, 8)

    def external(file: h5py.File, name: str) -> None:
        file.create_dataset(name, shape, "u1", external=[(secret, 0, h5py.h5f.UNLIMITED)])

    def virtual(file: h5py.File, name: str) -> None:
        layout = h5py.VirtualLayout(shape=shape, dtype="f4")
        layout[:] = h5py.VirtualSource(secret, "ndvi", shape=shape)
        file.create_virtual_dataset(name, layout)

    def huge(file: h5py.File, name: str) -> None:
        file.create_dataset(name, (2, 6, 8), "f4", chunks=(1, 1, 1), maxshape=(None, None, None))
        file[name].resize((2, 6, 8))

    def strange_filter(file: h5py.File, name: str) -> None:
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk(shape)
        plan.set_filter(32_015, h5py.h5z.FLAG_OPTIONAL, (1,))
        space = h5py.h5s.create_simple(shape)
        h5py.h5d.create(file.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plan)

    def typed(kind: object) -> Callable[[h5py.File, str], None]:
        return lambda file, name: file.create_dataset(name, shape, kind) and None

    def bomb(rows: int) -> bytes:
        def change(file: h5netcdf.File) -> None:
            file.dimensions["y"], file.dimensions["x"] = rows, rows
            for axis in ("y", "x"):
                line = file.create_variable(axis, (axis,), "f8", data=np.arange(rows) + 4e5)
                line.attrs["standard_name"] = f"projection_{axis}_coordinate"
            file.create_variable("wide", ("y", "x"), "f4", chunks=(1000, 1000), fillvalue=0)

        return cube(change)

    def two_places(file: h5netcdf.File) -> None:
        file.create_variable("latitude", ("lat", "lon"), "f4", data=np.ones((6, 8)))
        file.create_variable("flat", ("lat", "lon"), "f4", data=np.ones((6, 8)))

    def many(file: h5netcdf.File) -> None:
        for i in range(300):
            file.create_variable(f"v{i}", ("time", "lat", "lon"), "f4")

    def mapped(**attributes: object) -> bytes:
        def change(file: h5netcdf.File) -> None:
            line = file.create_variable("crs", (), "i4", data=0)
            for name, value in attributes.items():
                line.attrs[name] = value
            file["ndvi"].attrs["grid_mapping"] = "crs"

        return cube(change)

    files = {
        "values in another file": replaced("ndvi", external),
        "coordinates in another file": replaced(
            "lat", lambda file, name: file.create_dataset(name, (6,), "u1",
                                                          external=[(secret, 0, 6)]) and None),
        "virtual dataset": replaced("ndvi", virtual),
        "link to another file": replaced(
            "ndvi", lambda file, name: file.__setitem__(name, h5py.ExternalLink(secret, "/x"))),
        "link inside": replaced(
            "ndvi", lambda file, name: file.__setitem__(name, h5py.SoftLink("/lat"))),
        "link to nothing": replaced(
            "ndvi", lambda file, name: file.__setitem__(name, h5py.SoftLink("/nothing"))),
        "group in itself": hdf(lambda file: file.__setitem__("again", file["/"])),
        "filter of its own": replaced("ndvi", strange_filter),
        "blocks of one cell": replaced("ndvi", huge),
        "text for values": replaced("ndvi", typed("S10")),
        "records for values": replaced("ndvi", typed([("a", "f4"), ("b", "i2")])),
        "complex values": replaced("ndvi", typed("c8")),
        "text of any length": replaced("ndvi", typed(h5py.string_dtype())),
        "references": replaced("ndvi", typed(h5py.ref_dtype)),
        "ten thousand million cells": bomb(100_000),
        "three hundred bands": cube(many),
        "time in words": attribute("time", "units", "since yesterday"),
        "time of another calendar": attribute("time", "calendar", "360_day"),
        "time without an epoch": attribute("time", "units", "days since 0000-00-00"),
        "time in an array": attribute("time", "units", np.arange(5)),
        "time that is no number": values("time", np.nan),
        "time without an end": values("time", 1e300),
        "time before all time": values("time", -1e9),
        "steps that differ": values("lon", [44, 45, 45.1, 45.2, 45.3, 45.4, 45.5, 45.6]),
        "steps of nothing": values("lon", 44),
        "steps that are no number": values("lat", np.nan),
        "from east to west": values("lon", np.arange(8)[::-1]),
        "off the Earth": values("lon", np.arange(8) * 100),
        "values without an end": values("ndvi", np.inf),
        "scale in words": attribute("ndvi", "scale_factor", "abc"),
        "scale without an end": attribute("ndvi", "scale_factor", np.inf),
        "no data in a list": attribute("ndvi", "missing_value", np.arange(3)),
        "map named by a file": mapped(crs_wkt=f"+init={secret}:1"),
        "map named by an address": mapped(spatial_ref=f"{trap.url}/crs"),
        "map with a grid": mapped(crs_wkt=f"+proj=longlat +nadgrids={secret}"),
        "map of rubbish": mapped(grid_mapping_name="transverse_mercator"),
        "map that is missing": attribute("ndvi", "grid_mapping", "nothing"),
        "map of a megabyte": mapped(crs_wkt="GEOGCS[" * 8_000),
        "some with a time, some without": cube(two_places),
        "without coordinates": hdf(lambda file: file.__delitem__("lat")),
        "without values": hdf(lambda file: file.__delitem__("ndvi")),
        "platform with colours": attribute("ndvi", "platform", "\x1b[31m<script>"),
        "cut short": good[:-3_000],
        "cut in the middle": good[: len(good) // 2],
        "cut in the header": good[:60],
        "header of rubbish": good[:8] + b"\xff" * 88 + good[96:],
        "rubbish in the middle": good[:2_000] + b"\xff" * 500 + good[2_500:],
        "classic, cut short": old[:-50],
        "classic, two thousand million dimensions": old[:8] + b"\0\0\0\x0a\x7f\xff\xff\xff"
        + old[16:],
        "classic, a huge dimension": old.replace(b"lat\0\0\0\0\6", b"lat\0\x7f\xff\xff\xff"),
        "classic, rubbish": old[:40] + b"\xff" * 60 + old[100:],
        "classic of 64 bits": b"CDF\x05" + old[4:],
        "empty": b"",
        "virtual raster": b'<VRTDataset rasterXSize="1" rasterYSize="1"/>',
        "address of a server": f"{trap.url}/opendap".encode(),
    }  # fmt: skip
    return {name: Hostile(name="given.nc", content=content) for name, content in files.items()}
