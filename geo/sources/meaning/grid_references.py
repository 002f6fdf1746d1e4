"""Places in metres: the zones of UTM and the squares of the military grid, on WGS 84."""

from __future__ import annotations

import re
from functools import lru_cache

import pyproj

BANDS = "CDEFGHJKLMNPQRSTUVWX"
"""Letters of the bands of latitude, from 80 degrees south; each is 8 degrees high, X is 12."""

MGRS = re.compile(
    r"(\d{1,2})\s*([C-HJ-NP-X])\s*([A-HJ-NP-Z])([A-HJ-NP-V])\s*(?:(\d{1,5})\s+(\d{1,5})|(\d{0,10}))",
    re.ASCII,
)
"""A reference of the military grid in capitals."""

_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
"""Letters of the columns of 100 km, for zones 1, 2 and 3 and so on."""

_ROWS = "ABCDEFGHJKLMNPQRSTUV"
"""Letters of the rows of 100 km; in even zones they begin five letters on."""

_LEAST_NORTHING = dict(zip(
    BANDS,
    (1.1e6, 2.0e6, 2.8e6, 3.7e6, 4.6e6, 5.5e6, 6.4e6, 7.3e6, 8.2e6, 9.1e6,
     0.0, 0.8e6, 1.7e6, 2.6e6, 3.5e6, 4.4e6, 5.3e6, 6.2e6, 7.0e6, 7.9e6),
    strict=True,
))  # fmt: skip
"""Least northing in a band, in metres, rounded down; as in GEOTRANS (DMA TM 8358.1)."""

_SLACK = 0.01
"""Degrees by which a place may lie beside its band, as the corner of a square may."""


def lonlat_of_utm(
    easting_m: float, northing_m: float, zone: int, *, south: bool
) -> tuple[float, float]:
    """Longitude and latitude of a place in a zone of UTM, in degrees.

    Raises
    ------
    ValueError
        If there is no such zone or place: zones are 1 to 60, eastings 100 to 900 km, northings 0 to
        10,000 km.
    """
    if not 1 <= zone <= 60 or not 1e5 <= easting_m < 9e5 or not 0 <= northing_m <= 1e7:
        raise ValueError("no place of a zone")
    lon, lat = _from_zone(zone, south).transform(easting_m, northing_m)
    if not abs(lat) <= 84.5:
        raise ValueError("beyond the zones")
    return float(lon), float(lat)


def lonlat_of_zone(
    easting_m: float, northing_m: float, zone: int, letter: str
) -> tuple[float, float]:
    """Longitude and latitude where the zone has a letter: a band, or N or S for the hemisphere.

    ``38S`` is band S, 32 to 40 degrees north, if the northing lies in it, and else the south: by
    the other reading such a place would be in the sea around the Antarctic.

    Raises
    ------
    ValueError
        If there is no such place, or it does not lie in its band.
    """
    if letter == "N":
        return lonlat_of_utm(easting_m, northing_m, zone, south=False)
    if letter not in BANDS:
        raise ValueError("no band")
    low, high = _band_edges(letter)
    lonlat = lonlat_of_utm(easting_m, northing_m, zone, south=letter < "N")
    if low - _SLACK <= lonlat[1] <= high + _SLACK:
        return lonlat
    if letter == "S":
        return lonlat_of_utm(easting_m, northing_m, zone, south=True)
    raise ValueError("not in its band")


def lonlat_of_mgrs(reference: re.Match[str]) -> tuple[float, float, float]:
    """Longitude, latitude and side in metres of the square that `MGRS` matched; its middle.

    Raises
    ------
    ValueError
        If there is no such square.
    """
    zone, band, column, row = int(reference[1]), reference[2], reference[3], reference[4]
    east, north = reference[5] or "", reference[6] or ""
    if reference[7]:
        half = len(reference[7]) // 2
        east, north = reference[7][:half], reference[7][half:]
    columns = _COLUMNS[(zone - 1) % 3]
    if len(east) != len(north) or column not in columns:
        raise ValueError("no square")
    side = 10.0 ** (5 - len(east))
    first_row = _ROWS.index(row) - (5 if zone % 2 == 0 else 0)
    easting = (columns.index(column) + 1) * 1e5 + (int(east or 0) + 0.5) * side
    northing = first_row % 20 * 1e5
    while northing < _LEAST_NORTHING[band]:
        northing += 2e6
    northing += (int(north or 0) + 0.5) * side
    lon, lat = lonlat_of_utm(easting, northing, zone, south=band < "N")
    low, high = _band_edges(band)
    slack = _SLACK + side / 2 / 110_000
    if not low - slack <= lat <= high + slack:
        raise ValueError("not in its band")
    return lon, lat, side


def _band_edges(band: str) -> tuple[float, float]:
    """Southern and northern edge of a band in degrees."""
    south = -80.0 + 8 * BANDS.index(band)
    return south, south + (12.0 if band == "X" else 8.0)


@lru_cache(maxsize=120)
def _from_zone(zone: int, south: bool) -> pyproj.Transformer:
    """From a zone of UTM to degrees."""
    code = (32_700 if south else 32_600) + zone
    return pyproj.Transformer.from_crs(f"EPSG:{code}", "EPSG:4326", always_xy=True)
