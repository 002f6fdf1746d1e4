"""Which records are events of a study, and which places could have had one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.grid import WGS84, Bounds, transformer
from geo.model import Audience, Precision, SeizureType, SiteEventType
from geo.pipeline.shown import records
from geo.query import Query, select
from geo.store import Store

if TYPE_CHECKING:
    from geo.hotspots import Events

_VAGUE = {Precision.PROVINCE, Precision.COUNTRY}
"""How a place may not be known if it is to be a point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is studied."""

    table: str
    event_types: tuple[str, ...]
    """Types that count."""
    supports: tuple[str, ...]
    """Tables whose places could have had such an event."""
    word: str
    """One and many of them."""
    words: str


KINDS: dict[str, Kind] = {
    "seizures": Kind(
        table="seizures",
        event_types=tuple(kind.value for kind in SeizureType if kind is not SeizureType.RETURN),
        supports=("posts", "roads", "sites"),
        word="seizure",
        words="seizures",
    ),
    "looting": Kind(
        table="events",
        event_types=(SiteEventType.LOOTING.value,),
        supports=("sites",),
        word="looting event",
        words="looting events",
    ),
}
"""What can be studied: seizures (a return is a later event of its case) and looting at sites."""


def counted_rows(
    frame: gpd.GeoDataFrame,
    subject: Kind,
    query: Query,
    area: Bounds,
    include_simulated: bool,
) -> tuple[gpd.GeoDataFrame, tuple[tuple[str, int], ...]]:
    """The rows that could be events of this kind, and how many others there were and why."""
    asked = select(frame, query)
    if subject.table == "events":
        asked = asked[asked["event_type"].isin(subject.event_types)]
    wrong_type = ~asked["event_type"].isin(subject.event_types)
    aggregate = ~wrong_type & (asked["event_note"] == "aggregate")
    invented = ~wrong_type & ~aggregate & asked["simulated"] & (not include_simulated)
    lon, lat = _lonlat(asked).T
    west, south, east, north = area
    # A row without a place is not outside: it is told apart further on.
    beyond = (lon < west) | (lon > east) | (lat < south) | (lat > north)
    outside = ~wrong_type & ~aggregate & ~invented & beyond
    left_out = (
        ("return of objects, a later event of its case", int(wrong_type.sum())),
        ("sum of several cases in one row", int(aggregate.sum())),
        ("simulated", int(invented.sum())),
        ("outside the area", int(outside.sum())),
    )
    return asked[~(wrong_type | aggregate | invented | outside)].reset_index(drop=True), left_out


def _lonlat(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """The point of each row, the middle of a cell that stands for it; NaN where there is none."""
    lonlat = np.full((len(frame), 2), np.nan)
    places = frame.geometry.to_numpy()
    placed = ~(shapely.is_missing(places) | shapely.is_empty(places))
    lonlat[placed] = shapely.get_coordinates(shapely.point_on_surface(places[placed]))
    return lonlat


def as_events(frame: gpd.GeoDataFrame, centre: tuple[float, float]) -> Events:
    """The rows as points in metres with their days."""
    from geo.hotspots import events_of  # noqa: PLC0415 - its libraries are slow to load

    radius = [Precision(word).radius_m for word in frame["precision"]]
    return events_of(
        _lonlat(frame),
        radius_m=np.array(radius, dtype=float),
        date_from=frame["date_from"].to_numpy(),
        date_to=frame["date_to"].to_numpy(),
        case=frame["case_key"].to_numpy(dtype=str) if "case_key" in frame else None,
        centre_lonlat=centre,
    )


def known_places(
    store: Store, subject: Kind, audience: Audience, area: Bounds, include_simulated: bool
) -> gpd.GeoDataFrame:
    """Named places in the area where such an event could have been recorded."""
    parts = [_places_of(records(store, kind, audience), kind) for kind in subject.supports]
    places = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=WGS84)
    west, south, east, north = area
    x, y = places.geometry.x, places.geometry.y
    inside = x.between(west, east) & y.between(south, north)
    return places[inside & (include_simulated | ~places["simulated"])].reset_index(drop=True)


def _places_of(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Name, marking and point of each place of a kind known to its town or better."""
    placed = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
    if kind == "roads":
        ends = [
            (row.from_name, row.to_name, shapely.get_coordinates(row.geometry)[[0, -1]])
            for row in placed.itertuples()
        ]
        names = [name for start, end, _ in ends for name in (start, end)]
        lonlat = np.concatenate([both for _, _, both in ends]) if ends else np.empty((0, 2))
        marking, invented = (
            np.repeat(placed[name], 2).tolist() for name in ("marking", "simulated")
        )
    else:
        fine = [Precision(word) not in _VAGUE for word in placed["precision"]]
        placed = placed[np.array(fine, dtype=bool)]
        names, lonlat = placed["name"].tolist(), _lonlat(placed)
        marking, invented = placed["marking"].tolist(), placed["simulated"].tolist()
    return gpd.GeoDataFrame(
        {
            "name": pd.Series(names, dtype="str"),
            "marking": pd.Series(marking, dtype="str"),
            "simulated": pd.Series(invented, dtype="bool"),
        },
        geometry=shapely.points(lonlat),
        crs=WGS84,
    )


def onto(places: gpd.GeoDataFrame, events: Events) -> NDArray[np.float64]:
    """The places on the plane of the events, shape (places, 2)."""
    x, y = transformer(WGS84, events.crs).transform(places.geometry.x, places.geometry.y)
    return np.column_stack([x, y]).astype(float).reshape(-1, 2)
