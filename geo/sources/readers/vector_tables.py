"""Files of maps as raw tables: cells as text, shapes as WKB in longitude and latitude.

Runs in a child process only. GeoJSON, KML and GeoPackage are read without GDAL, which would follow
links, run views and lose a file for one bad ring; a Shapefile and a FlatGeobuf need it.
"""

from __future__ import annotations

from pathlib import Path

from geo.errors import InvalidSetting
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.raw import RawReading


def read(path: Path, folder: Path, *, limits: FileLimits, form: str) -> RawReading:
    """The layers of a file of the format `form`, a name of `geo.sources.readers.formats.FORMATS`.

    Each row of the file is a row of a table, counted from 1 in the order of the file. A row whose
    shape cannot be used has a `fault` and keeps its cells; a row without a shape has a null place.

    Raises
    ------
    UnreadableFile
        If the file is damaged, cut short or costs more than `limits`.
    BadInput
        If it has no layer that can be read, or a coordinate reference system that is not known.
    """
    # One parser a child: what is not needed is not loaded.
    if form == "GeoJSON":
        from geo.sources.readers.geojson_tables import read_geojson  # noqa: PLC0415

        return read_geojson(path, folder, limits=limits)
    if form in {"KML", "KMZ"}:
        from geo.sources.readers.kml_tables import read_kml, read_kmz  # noqa: PLC0415

        return (read_kml if form == "KML" else read_kmz)(path, folder, limits=limits)
    if form == "GeoPackage":
        from geo.sources.readers.geopackage_tables import read_geopackage  # noqa: PLC0415

        return read_geopackage(path, folder, limits=limits)
    if form == "Shapefile":
        from geo.sources.readers.shapefile_tables import read_shapefiles  # noqa: PLC0415

        return read_shapefiles(path, folder, limits=limits)
    if form == "FlatGeobuf":
        from geo.sources.readers.flatgeobuf_tables import read_flatgeobuf  # noqa: PLC0415

        return read_flatgeobuf(path, folder, limits=limits)
    raise InvalidSetting(f"the format {form[:40]!r}", expected="one that holds shapes")
