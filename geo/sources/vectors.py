"""Frames as vector files for other programs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from geo.errors import BadInput


def write_geopackage(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Write each frame as a layer of a new GeoPackage, EPSG:4326, whole or not at all.

    A file of that name is replaced. An empty frame gives an empty layer with its columns.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=path.parent) as folder:
            unfinished = Path(folder) / "export.gpkg"
            for number, (layer, frame) in enumerate(layers.items()):
                pyogrio.write_dataframe(
                    frame,
                    unfinished,
                    layer=layer,
                    driver="GPKG",
                    geometry_type="Unknown",
                    append=number > 0,
                )
            unfinished.replace(path)
    except (OSError, DataSourceError, DataLayerError) as err:
        raise BadInput(
            f"{path} cannot be written ({err})",
            expected="a folder that exists, may be written to and has room",
        ) from err
