"""Records corrected by hand: fields as a person typed them, the version before kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import geopandas as gpd
from shapely.geometry import Point

from geo.columns import Column, Form, columns_of
from geo.errors import BadInput, InvalidSetting
from geo.sources.meaning.cells import lonlat, parser_of, period
from geo.store import Store


def correct(
    store: Store,
    kind: str,
    record_id: str,
    changes: Mapping[str, str],
    *,
    author: str,
    reason: str,
    now: datetime,
    dataset_id: str | None = None,
) -> gpd.GeoDataFrame:
    """A new version of a record with fields as a person typed them; the one before stays.

    `changes` maps a column, or ``lon`` and ``lat`` together, to its text; an empty text empties it.
    Dates may be a year, a month or a day.

    Raises
    ------
    NotFound
        If there is no such record.
    BadInput
        If a value cannot be what its column holds, or there is no such column.
    """
    columns = {column.name: column for column in columns_of(kind)}
    values: dict[str, object] = {}
    for name, text in changes.items():
        if name in {"lon", "lat"}:
            continue
        if name not in columns or columns[name].form is Form.PLACE:
            known = ", ".join(["lon", "lat", *(each for each in columns if each != "geometry")])
            raise InvalidSetting(f"{kind} have no field {name!r}", expected=f"one of {known}")
        values[name] = _typed(columns[name], text.strip())
    if "lon" in changes or "lat" in changes:
        values["geometry"] = _typed_place(changes.get("lon", ""), changes.get("lat", ""))
    return store.correct(
        kind,
        record_id,
        values,
        author=author,
        reason=reason,
        now=now,
        dataset_id=dataset_id,
    )


def _typed(column: Column, text: str) -> object:
    """The value that a text means in a column."""
    if not text:
        return "" if column.form in (Form.TEXT, Form.CODE, Form.CODES, Form.TEXTS) else None
    if column.form is Form.MOMENT:
        return _typed_moment(text, name=column.name)
    if column.form is Form.DAY:
        days = period(text, name=column.name)
        return days.last if column.name == "date_to" else days.first
    return parser_of(column)(text)


def _typed_place(lon_text: str, lat_text: str) -> Point | None:
    """The point that two texts mean; None if both are empty."""
    lon, lat = lon_text.strip(), lat_text.strip()
    return Point(lonlat(lon, lat, names=("lon", "lat"), country="")) if lon or lat else None


def _typed_moment(text: str, *, name: str) -> datetime:
    """The time that a text means; UTC where it does not say another zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as err:
        raise BadInput(
            f"{name} is {text!r}",
            expected="a time such as 2015-03-07T07:50+00:00",
            remedy="write the time so",
        ) from err
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
