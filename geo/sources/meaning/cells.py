"""What the text of one cell means: a value of its column, or why it is none.

Every function raises `BadInput` that says the value, what was expected and what to do.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache, partial

import numpy as np
import shapely

from geo.columns import SEPARATOR, Column, Form
from geo.errors import BadInput
from geo.sources.meaning.code_words import meaning
from geo.sources.meaning.coordinates import COUNTRY_BOUNDS, lon_lat_of
from geo.sources.meaning.dates import ISO, DateStyle, Period, period_of
from geo.sources.meaning.numerals import is_doubtful, number_in, western, whole_in
from geo.sources.meaning.wording import shown
from geo.words import fold

__all__ = ["COUNTRY_BOUNDS", "LIMITS", "Period", "code", "codes", "count", "flag", "footprint_wkt",
           "grade", "lonlat", "number", "parser_of", "period", "shown"]  # fmt: skip

LIMITS = {
    "buffer_m": 1e6,
    "great_circle_km": 20_038.0,
    "route_km": 40_075.0,
    "object_count": 1e9,
    "quantity": 1e9,
    "p": 1.0,
    "q": 1.0,
    "placebo_rate": 1.0,
}
"""Greatest believable values; none may be below 0. Lengths: half and whole way round the Earth."""

_GRADE = re.compile(r"([A-F])[\s/-]?([1-6])")
_FLAGS = {
    **dict.fromkeys(("true", "yes", "1", "y", "t", "نعم", "صح", "oui", "بله", "evet"), True),
    **dict.fromkeys(
        ("false", "no", "0", "n", "f", "لا", "كلا", "خطا", "non", "خير", "hayir"), False
    ),
}


def parser_of(column: Column, *, style: DateStyle | None = None) -> Callable[[str], object]:
    """The function that reads the cells of a column; they are not empty and have no outer space.

    It gives the same for the same text. A day is the last one that its text covers in a column
    ``date_to``, and the first in any other; `style` says how dates are written.
    """
    special: dict[str, Callable[[str], object]] = {"grade": grade, "footprint_wkt": footprint_wkt}
    if column.name in special:
        return special[column.name]
    match column.form:
        case Form.TEXT | Form.TEXTS:
            return str if column.form is Form.TEXT else texts
        case Form.NUMBER | Form.COUNT:
            read = number if column.form is Form.NUMBER else count
            return partial(read, name=column.name)
        case Form.FLAG:
            return partial(flag, name=column.name)
        case Form.DAY:
            return partial(_day, name=column.name, style=style or ISO)
        case Form.CODE | Form.CODES:
            read_code = code if column.form is Form.CODE else codes
            # Few values, many rows.
            return lru_cache(maxsize=1000)(
                partial(read_code, name=column.name, allowed=column.codes)
            )
        case _:
            raise NotImplementedError(f"no table has a column of {column.form}")


def number(text: str, *, name: str) -> float:
    """A finite number within the limits of its column.

    Raises
    ------
    BadInput
        Also if the text may be a number of thousands or one with decimals, as ``1,234``.
    """
    value = number_in(text)
    if value is None:
        raise BadInput(
            f"{name} is {shown(text)}",
            expected="a number",
            remedy="write a decimal point, and no mark between thousands"
            if is_doubtful(text)
            else "correct it or leave it empty",
        )
    return _limited(value, text, name)


def count(text: str, *, name: str) -> int:
    """A whole number within the limits of its column; groups of thousands may be marked."""
    whole = whole_in(text)
    if whole is None:
        raise BadInput(
            f"{name} is {shown(text)}",
            expected="a whole number of at most 15 digits",
            remedy="correct it or leave it empty",
        )
    return int(_limited(whole, text, name))


def flag(text: str, *, name: str) -> bool:
    """True or False, also in Arabic, Persian, French and Turkish."""
    value = _FLAGS.get(fold(text))
    if value is None:
        raise BadInput(
            f"{name} is {shown(text)}", expected="true or false", remedy="write one of the two"
        )
    return value


def code(text: str, *, name: str, allowed: tuple[str, ...]) -> str:
    """A value of a closed set, by itself or by a word of `code_words` for it."""
    known = {value.casefold(): value for value in allowed if value}
    found = known.get(" ".join(text.casefold().split()))
    if found is None:
        found = meaning(text[:200], allowed)
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


def texts(text: str) -> str:
    """Several texts, separated by ``|`` or ``;`` in the cell."""
    parts = [part.strip() for part in re.split(r"[|;]", text)]
    return SEPARATOR.join(part for part in parts if part)


def grade(text: str) -> str:
    """An Admiralty grade, such as ``B2``; ``b-2`` and ``B ٢`` are read."""
    found = _GRADE.fullmatch(western(text[:10]).upper()) if len(text) <= 10 else None
    if not found:
        raise BadInput(
            f"grade is {shown(text)}",
            expected="an Admiralty grade, A to F and 1 to 6, such as B2",
            remedy="write F6 if it cannot be judged",
        )
    return found[1] + found[2]


def period(text: str, *, name: str) -> Period:
    """The days that a date covers whose order, if it is in figures, is year, month, day."""
    return period_of(text, name=name, style=ISO)


def lonlat(
    lon_text: str, lat_text: str, *, names: tuple[str, str], country: str
) -> tuple[float, float]:
    """A place on Earth that does not look as if its coordinates were swapped."""
    return lon_lat_of(lon_text, lat_text, names=names, country=country)


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


def _day(text: str, *, name: str, style: DateStyle) -> date:
    """The first day that a date covers, or the last where an end is asked for."""
    days = period_of(text, name=name, style=style)
    return days.last if name == "date_to" else days.first
