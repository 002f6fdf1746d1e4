"""FlatGeobuf and the shapes of Shapefiles by GDAL, which has these two drivers and no others here.

Source: the FlatGeobuf specification, version 3, for its first bytes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from geo.errors import UnreadableFile
from geo.grid import WGS84
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.raw import RawReading
from geo.sources.readers.raw_writer import BATCH_ROWS, RawWriter, cell_text, printable
from geo.sources.readers.shapes import crs_named

BROKEN = (DataSourceError, DataLayerError, pa.ArrowException, ValueError, IndexError)
"""What pyogrio raises on files that it cannot read."""


def read_flatgeobuf(path: Path, folder: Path, *, limits: FileLimits) -> RawReading:
    """The rows of a FlatGeobuf in the order of the file.

    Raises
    ------
    UnreadableFile
        If it is damaged, or has another number of rows than it says.
    BadInput
        If its CRS is not known.
    """
    writer = RawWriter(folder / "table-0.arrow", limits=limits)
    notes: list[str] = []
    try:
        info = _info(path)
        for batch in batches(path, notes, info):
            _add(writer, batch, info["geometry_name"] or "wkb_geometry")
    except BROKEN as err:
        if isinstance(err, UnreadableFile):
            raise
        raise damaged("FlatGeobuf", err) from err
    if writer.rows != info["features"]:
        raise damaged("FlatGeobuf", f"{writer.rows:,} of {info['features']:,} rows were found")
    crs = crs_named(info["crs"], what="the file") if info["crs"] else WGS84
    if not info["crs"]:
        notes.append("the file names no coordinate system: read as longitude and latitude")
    writer.notes += notes
    return RawReading(tables=(writer.finish(info["layer_name"], places=True, crs=crs),))


def batches(
    path: Path, notes: list[str], info: dict[str, Any], *, shapes_only: bool = False
) -> Iterator[pa.RecordBatch]:
    """The rows of the only layer by GDAL; what GDAL warns of comes into `notes`."""
    # The driver's own way, in GDAL 3.12, gives offsets that are wrong where a shape is null.
    pyogrio.set_gdal_config_options({"OGR_FLATGEOBUF_STREAM_BASE_IMPL": True})
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pyogrio.open_arrow(
            path,
            columns=[] if shapes_only else list(info["fields"]),
            return_fids=shapes_only,
            batch_size=BATCH_ROWS,
            use_pyarrow=True,
        ) as (_, reader):
            yield from reader
        notes += sorted({printable(str(each.message))[:200] for each in warned})[:20]


def _info(path: Path) -> dict[str, Any]:
    """What the file says of itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they come again when the rows are read
        return dict(pyogrio.read_info(path, force_feature_count=True))


def damaged(form: str, err: object) -> UnreadableFile:
    """The error for a file that GDAL cannot read."""
    return UnreadableFile(
        f"the {form} is damaged or cut short ({err})",
        expected=f"a whole {form}",
        remedy="export it again",
    )


def _add(writer: RawWriter, batch: pa.RecordBatch, geometry: str) -> None:
    """Write the rows of a batch."""
    names = [name for name in batch.schema.names if name != geometry]
    writer.columns(names)
    columns = [_values(batch.column(name)) for name in names]
    shapes = batch.column(geometry).to_pylist()
    for i, shape in enumerate(shapes):
        cells = {name: cell_text(column[i]) for name, column in zip(names, columns, strict=True)}
        writer.add(cells, shape=shape)


def _values(column: pa.Array) -> list[Any]:
    """The values of a column; bytes that are no text stay visible as such."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        content = column.cast(pa.large_binary()).to_pylist()
        return [
            each if each is None else each.decode("utf-8", "surrogateescape") for each in content
        ]
    if pa.types.is_binary(column.type):
        return [None if each is None else f"{len(each):,} bytes" for each in column.to_pylist()]
    values: list[Any] = column.to_pylist()
    return values
