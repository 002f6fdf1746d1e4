"""Frames as vector files for other programs.

Sources: OGC GeoPackage 1.3, OGC 12-128r17; RFC 7946, The GeoJSON Format (2016).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.geometry import mapping

from geo.errors import BadInput
from geo.grid import WGS84
from geo.sources.writers.table_files import cells
from geo.sources.writers.whole import whole_file

_LAST_CHANGE = "OGR_CURRENT_DATE"
"""Setting of GDAL: the moment that a GeoPackage says it was changed at."""

_VERSION = {"VERSION": "1.3"}
"""What programs of before 2023 read without a warning."""


def write_geopackage(
    path: Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    about: Mapping[str, str] | None = None,
    moment: datetime | None = None,
) -> None:
    """Write each frame as a layer of a new GeoPackage, EPSG:4326, whole or not at all.

    A file of that name is replaced. An empty frame gives an empty layer with its columns. A column
    of days becomes one of dates. Shapes are written bit for bit.

    Parameters
    ----------
    about : mapping, optional
        Names and words of a last layer ``about`` without shapes; as one line, they are also the
        description of each layer, which a GIS shows.
    moment : datetime, optional
        The time at which the file says it was written, UTC; the clock's unless told. With it, the
        same frames give the same bytes.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    words = {"DESCRIPTION": "; ".join(f"{k}: {v}" for k, v in about.items())} if about else {}
    try:
        with whole_file(path, suffix=".gpkg") as unfinished, _dated(moment):
            for number, (layer, frame) in enumerate(layers.items()):
                pyogrio.write_arrow(
                    _arrow_table(frame),
                    unfinished,
                    layer=layer,
                    driver="GPKG",
                    geometry_name="geometry",
                    geometry_type=_geometry_type(frame),
                    crs=frame.crs.to_string(),
                    append=number > 0,
                    dataset_options=_VERSION,
                    layer_options=words,
                )
            if about:
                pyogrio.write_dataframe(
                    pd.DataFrame({"name": list(about), "words": list(about.values())}),
                    unfinished,
                    layer="about",
                    driver="GPKG",
                    append=bool(layers),
                    dataset_options=_VERSION,
                )
    except (DataSourceError, DataLayerError) as err:
        raise BadInput(
            f"{path} cannot be written ({err})",
            expected="a folder that exists, may be written to and has room",
        ) from err


def write_geojson(
    path: Path, frame: gpd.GeoDataFrame, *, name: str, about: Mapping[str, str] | None = None
) -> None:
    """Write a frame as a GeoJSON FeatureCollection, whole or not at all; the same bytes each time.

    Text stays text, numbers and flags are JSON's own, days and moments are text as ISO 8601 has
    them; what is missing is null. Coordinates read back bit for bit. `about` is a member
    ``lamassu`` of the collection, which programs that do not know it pass over.

    Raises
    ------
    BadInput
        If the frame is not in EPSG:4326, or the file cannot be written.
    """
    if frame.crs is None or not frame.crs.equals(WGS84, ignore_axis_order=True):
        raise BadInput("the rows are not in EPSG:4326", expected="longitude and latitude")
    head = {"type": "FeatureCollection", "name": name} | ({"lamassu": about} if about else {})
    with (
        whole_file(path, suffix=".geojson") as unfinished,
        unfinished.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.write(f'{_json(head)[:-1]}, "features": [')
        file.writelines(_features(frame))
        file.write("\n]}\n")


def _features(frame: gpd.GeoDataFrame) -> Iterator[str]:
    """Each row as text of a feature, on a line of its own."""
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    columns = {str(name): _json_values(table[name]) for name in table}
    before = "\n"
    for row, shape in enumerate(frame.geometry):
        feature = {
            "type": "Feature",
            "properties": {name: values[row] for name, values in columns.items()},
            "geometry": None if shape is None else mapping(shape),
        }
        yield before + _json(feature)
        before = ",\n"


def _json_values(column: pd.Series) -> list[Any]:
    """The cells of a column as JSON takes them."""
    if column.dtype.kind == "M" or isinstance(column.dtype, pd.StringDtype):
        missing = column.isna().to_numpy()
        (texts,) = cells(pd.DataFrame({"column": column})).values()
        return [None if gone else text for text, gone in zip(texts, missing, strict=True)]
    values = column.astype(object)
    return list(values.where(column.notna(), None).tolist())


def _json(document: object) -> str:
    """JSON on one line."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def _arrow_table(frame: gpd.GeoDataFrame) -> pa.Table:
    """The frame as Arrow, its shapes as WKB, its days as dates; what is missing is null."""
    wkb: NDArray[np.object_] = shapely.to_wkb(frame.geometry.to_numpy(), include_srid=False)
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    columns = pa.Table.from_pandas(attributes, preserve_index=False).replace_schema_metadata(None)
    for number, field in enumerate(columns.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is None:
            days = columns.column(number).cast(pa.date32())
            columns = columns.set_column(number, field.name, days)
        elif pa.types.is_null(field.type):
            columns = columns.set_column(
                number, field.name, columns.column(number).cast(pa.string())
            )
    return columns.append_column("geometry", pa.array(wkb, type=pa.binary()))


def _geometry_type(frame: gpd.GeoDataFrame) -> str:
    """The one type of all shapes, for programs that want to know it beforehand; else Unknown."""
    kinds = set(frame.geometry.geom_type.dropna())
    if len(kinds) != 1 or frame.geometry.has_z.any():
        return "Unknown"
    return str(kinds.pop()).replace("LinearRing", "LineString")


@contextmanager
def _dated(moment: datetime | None) -> Iterator[None]:
    """While a file is written, GDAL's clock stands at `moment`, if one is given."""
    if moment is None:
        yield
        return
    pyogrio.set_gdal_config_options({_LAST_CHANGE: f"{moment:%Y-%m-%dT%H:%M:%S.000Z}"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_LAST_CHANGE: None})
