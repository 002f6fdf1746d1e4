"""What the text of one cell means: a value of its column, or why it is none.

Every function raises `BadInput` that says the value, what was expected and what to do.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial

import numpy as np
import shapely

from geo.errors import BadInput
from geo.frames import SEPARATOR, Column, Form
from geo.grid import Bounds
from geo.model import DatePrecision

EARLIEST, LATEST = date(1500, 1, 1), date(2199, 12, 31)
"""The days between which a date is believed."""

LIMITS = {
    "buffer_m": 1e6,
    "great_circle_km": 20_038.0,
    "route_km": 40_075.0,
    "object_count": 1e9,
}
"""Greatest believable values; none may be below 0. Lengths: half and whole way round the Earth."""

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

WRITTEN_DATE = "YYYY, YYYY-MM or YYYY-MM-DD"

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"([+-]?\d{1,15})(\.0*)?")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_GRADE = re.compile(r"[A-F][1-6]")
_SHOWN = 60
"""Characters of a value that a message repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days that a written date covers."""

    first: date
    """First day."""
    last: date
    """Last day."""
    precision: DatePrecision
    """Day, month or year."""


def parser_of(column: Column) -> Callable[[str], object]:
    """The function that reads the cells of a column; they are not empty and have no outer space."""
    special: dict[str, Callable[[str], object]] = {"grade": grade, "footprint_wkt": footprint_wkt}
    if column.name in special:
        return special[column.name]
    match column.form:
        case Form.TEXT:
            return str
        case Form.NUMBER | Form.COUNT:
            read = number if column.form is Form.NUMBER else count
            return partial(read, name=column.name)
        case Form.FLAG:
            return partial(flag, name=column.name)
        case Form.CODE | Form.CODES:
            read_code = code if column.form is Form.CODE else codes
            # Few values, many rows.
            return lru_cache(maxsize=1000)(
                partial(read_code, name=column.name, allowed=column.codes)
            )
        case _:
            raise NotImplementedError(f"no table has a column of {column.form}")


def shown(value: str) -> str:
    """A value as a message repeats it: quoted, on one line, cut where it is long."""
    more = f" and {len(value) - _SHOWN} more characters" if len(value) > _SHOWN else ""
    return f"{value[:_SHOWN]!r}{more}"


def number(text: str, *, name: str) -> float:
    """A finite number within the limits of its column."""
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if math.isnan(value):
        comma = re.fullmatch(r"[+-]?\d+,\d+", text)
        raise BadInput(
            f"{name} is {shown(text)}",
            expected="a number",
            remedy="write a decimal point, not a comma"
            if comma
            else "correct it or leave it empty",
        )
    return _limited(value, text, name)


def count(text: str, *, name: str) -> int:
    """A whole number within the limits of its column."""
    whole = _WHOLE.fullmatch(text)
    if not whole:
        raise BadInput(
            f"{name} is {shown(text)}",
            expected="a whole number of at most 15 digits",
            remedy="correct it or leave it empty",
        )
    return int(_limited(int(whole[1]), text, name))


def flag(text: str, *, name: str) -> bool:
    """True or False."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.casefold() not in words:
        raise BadInput(
            f"{name} is {shown(text)}", expected="true or false", remedy="write one of the two"
        )
    return words[text.casefold()]


def code(text: str, *, name: str, allowed: tuple[str, ...]) -> str:
    """A value of a closed set, found whatever the case of its letters."""
    known = {value.casefold(): value for value in allowed if value}
    found = known.get(" ".join(text.casefold().split()))
    if found is None and (name, text.casefold()) == ("marking", "tlp:white"):
        return "TLP:CLEAR"
    if found is None:
        near = difflib.get_close_matches(text.casefold()[:100], known, n=1)
        raise BadInput(
            f"{name} is {shown(text)}",
            expected=f"one of {', '.join(known.values())}",
            remedy=f"did you mean {known[near[0]]}?" if near else "use one of these words",
        )
    return found


def codes(text: str, *, name: str, allowed: tuple[str, ...]) -> str:
    """Several values of a closed set, each once, separated by ``|`` or ``;`` in the cell."""
    parts = [part.strip() for part in re.split(r"[|;]", text)]
    found = [code(part, name=name, allowed=allowed) for part in parts if part]
    return SEPARATOR.join(dict.fromkeys(found))


def grade(text: str) -> str:
    """An Admiralty grade."""
    if not _GRADE.fullmatch(text.upper()):
        raise BadInput(
            f"grade is {shown(text)}",
            expected="an Admiralty grade, A to F and 1 to 6, such as B2",
            remedy="write F6 if it cannot be judged",
        )
    return text.upper()


@lru_cache(maxsize=10_000)
def period(text: str, *, name: str) -> Period:
    """The days that a year, a month or a day covers."""
    parts = _DATE.fullmatch(text)
    fault = BadInput(
        f"{name} is {shown(text)}",
        expected=f"a date as {WRITTEN_DATE} between {EARLIEST.year} and {LATEST.year}",
        remedy="write the date so, as far as it is known",
    )
    if not parts:
        raise fault
    year, month, day = (int(part) if part else None for part in parts.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError as err:
        raise fault from err
    if not EARLIEST <= first <= LATEST:
        raise fault
    if day:
        return Period(first=first, last=first, precision=DatePrecision.DAY)
    if month:
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return Period(first=first, last=last, precision=DatePrecision.MONTH)
    return Period(first=first, last=date(first.year, 12, 31), precision=DatePrecision.YEAR)


def lonlat(
    lon_text: str, lat_text: str, *, names: tuple[str, str], country: str
) -> tuple[float, float]:
    """A place on Earth that does not look as if its coordinates were swapped.

    They look so if the latitude is beyond 90 degrees where the longitude is not, or if the place
    lies outside `country` and its mirror image inside.
    """
    lon, lat = number(lon_text, name=names[0]), number(lat_text, name=names[1])
    given = f"{names[0]} is {shown(lon_text)} and {names[1]} is {shown(lat_text)}"
    if 90 < abs(lat) <= 180 and abs(lon) <= 90:
        raise BadInput(
            given,
            expected="latitude -90 to 90",
            remedy="longitude and latitude look swapped: exchange them",
        )
    if abs(lon) > 180 or abs(lat) > 90:
        raise BadInput(
            given,
            expected="longitude -180 to 180 and latitude -90 to 90, in degrees",
            remedy="correct them or leave both empty",
        )
    bounds = [COUNTRY_BOUNDS[name] for name in country.split("/") if name in COUNTRY_BOUNDS]
    if any(_within(lat, lon, box) for box in bounds) and not any(
        _within(lon, lat, box) for box in bounds
    ):
        raise BadInput(
            given,
            expected=f"a place in {country}",
            remedy="longitude and latitude look swapped: exchange them",
        )
    return lon, lat


def footprint_wkt(text: str) -> str:
    """The WKT of a polygon on Earth."""
    fault = BadInput(
        f"footprint_wkt is {shown(text)}",
        expected="a valid POLYGON or MULTIPOLYGON in WKT, in degrees of longitude and latitude",
        remedy="correct it or leave it empty",
    )
    try:
        shape = shapely.from_wkt(text)
    except shapely.errors.GEOSException as err:
        raise fault from err
    inside = (np.abs(shapely.get_coordinates(shape)) <= [180.0, 90.0]).all()
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not inside:
        raise fault
    if not shape.is_valid:
        raise fault
    return text


def _limited(value: float, text: str, name: str) -> float:
    """`value` if it is believable in its column."""
    low, high = (0.0, LIMITS[name]) if name in LIMITS else (-math.inf, math.inf)
    if not (low <= value <= high and math.isfinite(value)):
        raise BadInput(
            f"{name} is {shown(text)}",
            expected=f"{low:,.0f} to {high:,.0f}" if name in LIMITS else "a finite number",
            remedy="correct it or leave it empty",
        )
    return value


def _within(lon: float, lat: float, bounds: Bounds) -> bool:
    """Whether a place lies in a box."""
    west, south, east, north = bounds
    return west <= lon <= east and south <= lat <= north
