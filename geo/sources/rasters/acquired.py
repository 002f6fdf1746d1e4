"""When a picture was taken and by what, by the tags and the name of its file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

DATE_TAGS = (
    "LAMASSU_ACQUIRED_AT", "ACQUISITION_DATE", "ACQUISITION_DATETIME", "DATE_ACQUIRED",
    "SENSING_TIME", "PRODUCT_START_TIME", "DATATAKE_1_DATATAKE_SENSING_START", "DATETIME", "DATE",
)  # fmt: skip
"""Tags that hold the time of the picture; ``TIFFTAG_DATETIME`` is that of the file, so not here."""

SENSOR_TAGS = ("LAMASSU_SENSOR", "SENSOR", "SPACECRAFT_NAME", "SPACECRAFT_ID", "PLATFORM")
"""Tags that name the sensor or its satellite."""

PRODUCTS = (
    (re.compile(r"S2([A-D])_MSIL[12][AC]_(\d{8}T\d{6})"), "Sentinel-2{}"),
    (re.compile(r"S1([A-D])_\w{2}_\w{4}_\w{4}_(\d{8}T\d{6})"), "Sentinel-1{}"),
    (re.compile(r"L[COTEM]0?([4-9])_L\w{3}_\d{6}_(\d{8})"), "Landsat {}"),
)
"""Product names of the agencies: the first date is that of the picture, a later one of the file."""


def acquired(tags: Mapping[str, str], name: str) -> tuple[datetime | None, str]:
    """Time of the picture in UTC, None if it is not told, and its sensor, empty if it is not.

    What a tag says stands before what the name says.

    Parameters
    ----------
    tags : mapping
        The file's tags, their names in capitals.
    name : str
        The file's name.
    """
    when, sensor = _product(name)
    return _acquired_at(tags) or when, _first(tags, SENSOR_TAGS) or sensor


def _acquired_at(tags: Mapping[str, str]) -> datetime | None:
    """Time of the picture by its tags, UTC."""
    return next((when for tag in DATE_TAGS if (when := _parsed(tags.get(tag, "")))), None)


def _product(name: str) -> tuple[datetime | None, str]:
    """Time and sensor by the file's name; no time if it holds none, or several."""
    for pattern, sensor in PRODUCTS:
        if match := pattern.match(name):
            return _parsed(match[2]), sensor.replace("{}", match[1])
    moments = set(re.findall(r"(?<!\d)(?:19|20)\d{6}T\d{6}(?!\d)", name))
    if len(moments) == 1 and (when := _parsed(next(iter(moments)))):
        return when, ""
    days = set(
        re.findall(r"(?<!\d)(?:19|20)\d{6}(?!\d)|(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)", name)
    )
    return (_parsed(days.pop()) if len(days) == 1 else None), ""


def _parsed(text: str) -> datetime | None:
    """An ISO 8601 date or time as UTC; None if it is none, or none that has a place in UTC."""
    try:
        when = datetime.fromisoformat(text.strip())
        return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _first(tags: Mapping[str, str], names: Sequence[str]) -> str:
    return next((tags[name] for name in names if tags.get(name)), "")
