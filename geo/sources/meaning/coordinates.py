"""Places as people write them: decimal degrees, degrees and minutes, UTM, military grid."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NoReturn

from geo.errors import BadInput
from geo.grid import Bounds
from geo.sources.meaning.degrees import (
    LONGEST,
    degrees_in,
    halves_of,
    pair_in,
    prepared,
    without_labels,
)
from geo.sources.meaning.grid_references import MGRS, lonlat_of_mgrs, lonlat_of_utm, lonlat_of_zone
from geo.sources.meaning.numerals import number_in, western, whole_in
from geo.sources.meaning.wording import shown

COUNTRY_BOUNDS: dict[str, Bounds] = {
    "Iraq": (38, 29, 49, 38),
    "Syria": (35, 32, 43, 38),
    "Turkey": (25, 35, 45, 43),
    "Türkiye": (25, 35, 45, 43),
    "Iran": (44, 25, 64, 40),
    "Jordan": (34, 29, 40, 34),
    "Lebanon": (35, 33, 37, 35),
    "Kuwait": (46, 28, 49, 31),
    "Saudi Arabia": (34, 16, 56, 33),
    "Israel": (34, 29, 36, 34),
    "Egypt": (24, 21, 37, 32),
    "Qatar": (50, 24, 52, 27),
    "Bahrain": (50, 25, 51, 27),
    "United Arab Emirates": (51, 22, 57, 27),
}
"""Countries of the region, rounded outward to whole degrees; only to find swapped coordinates."""

DEGREE_M = 60 * 1852.0
"""Metres in a degree of latitude: a minute is a nautical mile."""

_PLAIN = re.compile(r"[+-]?\d{1,3}(?:\.\d*)?", re.ASCII)
_ZONE_FIRST = re.compile(
    r"(\d{1,2})\s*([c-hj-np-x])\s+(0?\d{6}(?:\.\d+)?)\s*m?\s*e?\s+(\d{1,8}(?:\.\d+)?)\s*m?\s*n?",
    re.ASCII,
)
_ZONE_LAST = re.compile(
    r"(0?\d{6}(?:\.\d+)?)\s*m?\s*e?\s+(\d{1,8}(?:\.\d+)?)\s*m?\s*n?\s+(\d{1,2})\s*([c-hj-np-x])",
    re.ASCII,
)
_ZONE = re.compile(r"(?:utm)?\s*(?:zone)?\s*(\d{1,2})\s*([c-hj-np-x]?)|(?:epsg:)?32([67])(\d\d)")


def lon_lat_of(
    lon_text: str, lat_text: str, *, names: tuple[str, str], country: str = ""
) -> tuple[float, float]:
    """Longitude and latitude of two cells, each in decimal degrees or in degrees and minutes.

    A decimal comma, digits of any script, degree signs and letters or words for the four quarters
    (English, Arabic) are understood.

    Raises
    ------
    BadInput
        If a text is no number of degrees, if there is no such place on Earth, or if the two look
        swapped: the latitude is beyond 90 degrees where the longitude is not, or the place lies
        outside `country` and its mirror image inside, or a letter says so.
    """
    if _PLAIN.fullmatch(lon_text) and _PLAIN.fullmatch(lat_text):
        lon, lat = float(lon_text), float(lat_text)
    else:
        lon, lon_axis = _ordinate(lon_text, names[0])
        lat, lat_axis = _ordinate(lat_text, names[1])
        if lon_axis == "lat" or lat_axis == "lon":
            _swapped(_given(lon_text, lat_text, names), "longitude east or west, latitude north or "
                     "south")  # fmt: skip
    if abs(lon) > 180 or abs(lat) > 90:
        given = _given(lon_text, lat_text, names)
        if 90 < abs(lat) <= 180 and abs(lon) <= 90:
            _swapped(given, "latitude -90 to 90")
        raise BadInput(
            given,
            expected="longitude -180 to 180 and latitude -90 to 90, in degrees",
            remedy="correct them or leave both empty",
        )
    if country and _looks_swapped(lon, lat, country):
        _swapped(_given(lon_text, lat_text, names), f"a place in {country}")
    return lon, lat


def lonlat_of(text: str, *, name: str, country: str = "") -> tuple[float, float]:
    """Longitude and latitude of a cell that holds both; latitude comes first where nothing says.

    Understood are what `lon_lat_of` understands, parted by a comma, a semicolon or a space, with or
    without the labels ``lat`` and ``lon``; UTM with its zone; the military grid;
    ``POINT (lon lat)`` and links to maps.

    Raises
    ------
    BadInput
        If the text is no place, may be two, or looks as if the longitude stood first.
    """
    if _reference(text):
        return from_mgrs(text, name=name, country=country)
    plain = prepared(text)
    metres = _utm_parts(plain)
    try:
        if metres:
            return lonlat_of_zone(*metres)
        lon, lat, sure = pair_in(plain)
    except ValueError as err:
        raise _no_place(text, name) from err
    if abs(lon) > 180 or abs(lat) > 90:
        if not sure and abs(lat) <= 180 and abs(lon) <= 90:
            _swapped(f"{name} is {shown(text)}", "latitude, then longitude")
        raise _no_place(text, name)
    if not sure and country and _looks_swapped(lon, lat, country):
        _swapped(f"{name} is {shown(text)}", f"latitude, then longitude of a place in {country}")
    return lon, lat


def from_utm(
    easting: str,
    northing: str,
    zone: str,
    *,
    names: tuple[str, str, str] = ("easting", "northing", "zone"),
    country: str = "",
) -> tuple[float, float]:
    """Longitude and latitude of a place in UTM (WGS 84), from cells with metres and the zone.

    The zone is a number with the letter of its band or hemisphere, as ``38S`` or ``38N``, or an
    EPSG code; see `geo.sources.meaning.grid_references.lonlat_of_zone`. A number alone is enough if
    the country lies in the north.

    Raises
    ------
    BadInput
        If the cells are no place.
    """
    given = " and ".join(
        f"{name} is {shown(cell)}"
        for name, cell in zip(names, (easting, northing, zone), strict=True)
    )
    found = _ZONE.fullmatch(prepared(zone))
    east, north = (_metres(cell) for cell in (easting, northing))
    if not found or east is None or north is None:
        raise BadInput(
            given,
            expected="metres of easting and northing and a zone such as 38N",
            remedy="correct them or leave them empty",
        )
    letter = (found[2] or "").upper() or ("N" if _bounds_of(country) else "")
    if not letter and not found[3]:
        raise BadInput(
            given,
            expected="a zone with its hemisphere",
            remedy="write the zone as 38N, or with the letter of its band",
        )
    try:
        if found[3]:
            return lonlat_of_utm(east, north, int(found[4]), south=found[3] == "7")
        return lonlat_of_zone(east, north, int(found[1]), letter)
    except ValueError as err:
        raise BadInput(
            given,
            expected="an easting of 100,000 to 900,000 m and a northing of 0 to 10,000,000 m that "
            "lie in the zone",
            remedy="correct them or leave them empty",
        ) from err


def from_mgrs(
    text: str,
    *,
    name: str = "mgrs",
    country: str = "",  # noqa: ARG001 - every reader of places is called alike
) -> tuple[float, float]:
    """Longitude and latitude of the middle of a square of the military grid (MGRS, WGS 84).

    Spaces do not matter; 0 to 5 figures each way name squares of 100 km to 1 m. The grid at the
    poles is not read.

    Raises
    ------
    BadInput
        If there is no such square.
    """
    reference = _reference(text)
    fault = BadInput(
        f"{name} is {shown(text)}",
        expected="a square of the military grid, such as 38SMC 4312 8765",
        remedy="correct it or leave it empty",
    )
    if not reference:
        raise fault
    try:
        lon, lat, _ = lonlat_of_mgrs(reference)
    except ValueError as err:
        raise fault from err
    return lon, lat


def implied_precision_m(*texts: str) -> float | None:
    """The finest step in metres that the digits of a place can tell; None if they are no place.

    Of several cells or numbers the finest counts, as spreadsheets drop zeros at the end: ``44.4``
    and ``33.3125`` are known to 11 m, ``33°20'N`` to a minute.
    """
    return min((step for text in texts for step in _steps(text)), default=None)


def _reference(text: str) -> re.Match[str] | None:
    """The military grid reference that a text is."""
    plain = " ".join(western(text[:LONGEST]).upper().split())
    return MGRS.fullmatch(plain.removeprefix("MGRS").lstrip(": "))


def _ordinate(text: str, name: str) -> tuple[float, str]:
    """Degrees of one cell, and ``lon`` or ``lat`` if a letter says which they are."""
    try:
        degrees, axis, _ = degrees_in(prepared(text))
    except ValueError as err:
        raise BadInput(
            f"{name} is {shown(text)}",
            expected="a number of degrees, such as 33.3125 or 33°18'45\"N",
            remedy="correct it or leave it empty",
        ) from err
    if not math.isfinite(degrees):
        raise BadInput(
            f"{name} is {shown(text)}",
            expected="a finite number",
            remedy="correct it or leave it empty",
        )
    return degrees, axis


def _utm_parts(plain: str) -> tuple[float, float, int, str] | None:
    """Easting, northing, zone and letter of a text with all of them."""
    bare = re.sub(r"\b(?:utm|zone|wgs ?84|[en]\s*[:=])|[,;:]", " ", plain)
    bare = " ".join(re.sub(r"\b[en] (?=0?\d{6})", " ", bare).split())
    found = _ZONE_FIRST.fullmatch(bare)
    if found:
        return float(found[3]), float(found[4]), int(found[1]), found[2].upper()
    found = _ZONE_LAST.fullmatch(bare)
    if found:
        return float(found[1]), float(found[2]), int(found[3]), found[4].upper()
    return None


def _metres(cell: str) -> float | None:
    """The metres that a cell gives, also in groups of thousands."""
    plain = re.sub(r"\s*m?\s*[en]?$", "", prepared(cell))
    whole = whole_in(plain)
    return number_in(plain) if whole is None else float(whole)


def _steps(text: str) -> Iterator[float]:
    """The steps in metres of the last figures of all numbers of degrees in a text."""
    reference = _reference(text)
    if reference:
        figures = len(reference[5] or "") or len(reference[7] or "") // 2
        yield 10.0 ** (5 - figures)
        return
    plain = prepared(text)
    if _utm_parts(plain) or re.fullmatch(r"\d{6,8}(?:\.\d+)?", plain):
        yield 1.0
        return
    plain = without_labels(plain)
    try:
        yield degrees_in(plain)[2] * DEGREE_M
    except ValueError:
        try:
            yield from (degrees_in(half)[2] * DEGREE_M for half in halves_of(plain))
        except ValueError:
            return


@lru_cache(maxsize=1000)
def _bounds_of(country: str) -> tuple[Bounds, ...]:
    """The boxes of the countries that are named, separated by ``/``."""
    return tuple(COUNTRY_BOUNDS[name] for name in country.split("/") if name in COUNTRY_BOUNDS)


def _looks_swapped(lon: float, lat: float, country: str) -> bool:
    """Whether a place lies outside its country and its mirror image inside."""
    boxes = _bounds_of(country)
    return any(_within(lat, lon, box) for box in boxes) and not any(
        _within(lon, lat, box) for box in boxes
    )


def _within(lon: float, lat: float, bounds: Bounds) -> bool:
    """Whether a place lies in a box."""
    west, south, east, north = bounds
    return west <= lon <= east and south <= lat <= north


def _given(lon_text: str, lat_text: str, names: tuple[str, str]) -> str:
    """Both cells with their names."""
    return f"{names[0]} is {shown(lon_text)} and {names[1]} is {shown(lat_text)}"


def _swapped(given: str, expected: str) -> NoReturn:
    """Tell that longitude and latitude look exchanged."""
    raise BadInput(
        given,
        expected=expected,
        remedy="longitude and latitude look swapped: exchange them",
    )


def _no_place(text: str, name: str) -> BadInput:
    """The fault of a cell that holds no place."""
    return BadInput(
        f"{name} is {shown(text)}",
        expected="latitude and longitude, such as 36.1, 43.3 or 36°06'N 43°18'E, UTM with its "
        "zone, or a military grid reference",
        remedy="correct it or leave it empty",
    )
