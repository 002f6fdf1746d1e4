"""Ways: roads as the route model reads them, whatever file or table they came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import BadInput, MissingColumns
from geo.grid import ELLIPSOID, WGS84
from geo.model import RoadMode

WAY_COLUMNS: dict[str, str] = {
    "way_id": "str",
    "road_class": "str",
    "ref": "str",
    "name": "str",
    "surface": "str",
    "maxspeed_kmh": "float64",
    "oneway": "int8",
    "bridge": "bool",
    "access": "str",
    "length_km": "float64",
    "schematic": "bool",
    "inferred": "bool",
}
"""Columns of a frame of ways and their dtypes; its geometry is one LineString a row, EPSG:4326.

`road_class` is a value of OpenStreetMap's key ``highway`` without ``_link``; `maxspeed_kmh` is NaN
where no limit is known; `oneway` is 1 along the line, -1 against it, 0 both ways; `length_km` is a
stated length and NaN where the line itself is to be measured; `schematic` says that the line is a
straight link between two places and no course, `inferred` that even the link is a conclusion.
"""

CLASSES = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
    "living_street", "service", "track", "path",
)  # fmt: skip
"""Classes of roads from the fastest to the slowest."""


TAG_COLUMNS = (
    "way_id", "highway", "ref", "name", "surface", "maxspeed", "oneway", "junction", "bridge",
    "access",
)  # fmt: skip
"""Columns of a frame of tags: text as OpenStreetMap or Geofabrik writes it, empty where unsaid."""

CLASS_OF: dict[str, str] = {
    **{name: name for name in CLASSES},
    **{
        f"{name}_link": name
        for name in ("motorway", "trunk", "primary", "secondary", "tertiary", "residential")
    },
    # A road whose class nobody has determined, in OpenStreetMap and in Geofabrik's files.
    "road": "unclassified",
    "unknown": "unclassified",
    **{f"track_grade{grade}": "track" for grade in range(1, 6)},
    # Carry feet and no cars; on a map of smuggling they are ways of walkers and pack animals.
    **dict.fromkeys(("footway", "bridleway", "cycleway", "steps", "pedestrian"), "path"),
}
"""Class of each value of ``highway`` (or Geofabrik's ``fclass``) that carries vehicles or feet."""

NOT_ROADS = frozenset(
    {
        "construction", "proposed", "planned", "abandoned", "disused", "dismantled", "demolished",
        "razed", "removed", "no", "platform", "rest_area", "services", "service_area", "bus_stop",
        "busway", "bus_guideway", "corridor", "elevator", "escape", "emergency_bay", "raceway",
        "toll_gantry", "traffic_island", "crossing", "street_lamp", "ladder", "via_ferrata",
    }
)  # fmt: skip
"""Values of ``highway`` that are understood and are no way through: left out, and counted."""

FASTEST_KMH = 200.0
"""A higher limit is a slip of the pen: the highest that any state posts is 160 km/h."""

LONGEST_TEXT = 255
"""Characters of a name or another text; OpenStreetMap allows no more."""

_SPEED = re.compile(
    r"(\d{1,4}(?:[.,]\d{1,2})?)\s*(km/h|kmh|kph|km/hr|mph|knots|kn)?", re.IGNORECASE
)
_KMH = {"mph": 1.609344, "knots": 1.852, "kn": 1.852}
_ALONG = frozenset({"yes", "true", "1", "f"})
_AGAINST = frozenset({"-1", "reverse", "t"})
_BOTH = frozenset({"no", "false", "0", "b", "reversible", "alternating"})
_NO_BRIDGE = frozenset({"", "no", "false", "0", "f"})


def ways_frame(columns: dict[str, object], lines: object) -> gpd.GeoDataFrame:
    """A frame of ways from its columns (each of one length) and its LineStrings in EPSG:4326.

    Raises
    ------
    MissingColumns
        If a column of `WAY_COLUMNS` is missing.
    """
    missing = [name for name in WAY_COLUMNS if name not in columns]
    if missing:
        raise MissingColumns(
            f"a frame of ways lacks {', '.join(missing)}",
            expected=f"the columns {', '.join(WAY_COLUMNS)}",
        )
    series = {
        name: pd.Series(columns[name], dtype=dtype).reset_index(drop=True)
        for name, dtype in WAY_COLUMNS.items()
    }
    return gpd.GeoDataFrame(series, geometry=gpd.GeoSeries(lines, crs=WGS84), crs=WGS84)


def ways_of_links(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The cited road links (kind ``roads``) as schematic ways; railways are left out.

    A link without a place, or without length, is left out too. Its length is the one that its
    source gives by waypoints, if that is at least the straight line's; otherwise NaN.
    """
    held = roads[roads["mode"] == RoadMode.ROAD.value]
    held = held[~(shapely.is_missing(held.geometry) | shapely.is_empty(held.geometry))]
    held = held[shapely.length(held.geometry) > 0].reset_index(drop=True)
    stated = held["route_km"].to_numpy(dtype=float)
    straight = held["great_circle_km"].to_numpy(dtype=float)
    return ways_frame(
        {
            "way_id": held["id"],
            "road_class": held["road_class"].where(held["road_class"].isin(CLASSES), "primary"),
            "ref": held["road_ref"],
            "name": held["from_name"] + " – " + held["to_name"],
            "surface": [""] * len(held),
            "maxspeed_kmh": np.full(len(held), np.nan),
            "oneway": np.zeros(len(held), dtype=np.int8),
            "bridge": np.zeros(len(held), dtype=bool),
            "access": [""] * len(held),
            # Waypoints that end short of a town's centre give less than the straight line.
            "length_km": np.where(stated >= straight, stated, np.nan),
            "schematic": np.ones(len(held), dtype=bool),
            "inferred": held["evidence_grade"] == "C",
        },
        held.geometry.array,
    )


def ways_of_tags(tags: pd.DataFrame, lines: object) -> gpd.GeoDataFrame:
    """Surveyed ways from their tags, in the order of `tags`.

    Parameters
    ----------
    tags : DataFrame
        The columns `TAG_COLUMNS`, text; `highway` holds keys of `CLASS_OF` only.
    lines : array of LineString, EPSG:4326
        One for each row.

    Raises
    ------
    BadInput
        If a value of `highway` names no road.
    """
    classes = _mapped(tags["highway"], road_class, "object")
    unknown = [name for name, kind in zip(tags["highway"], classes, strict=True) if not kind]
    if unknown:
        raise BadInput(f"{unknown[0]!r} is no class of road", expected=f"one of {sorted(CLASS_OF)}")
    stated = _mapped(tags["oneway"], direction, "float64")
    one_way = (tags["highway"] == "motorway") | (tags["junction"] == "roundabout")
    plain = {name: _mapped(tags[name], tidy, "object") for name in ("ref", "name")}
    return ways_frame(
        {
            "way_id": tags["way_id"],
            "road_class": classes,
            **plain,
            "surface": _mapped(tags["surface"], _code, "object"),
            "maxspeed_kmh": _mapped(tags["maxspeed"], speed_kmh, "float64"),
            "oneway": np.where(np.isnan(stated), one_way, stated).astype(np.int8),
            "bridge": _mapped(tags["bridge"], is_bridge, "bool"),
            "access": _mapped(tags["access"], _code, "object"),
            "length_km": np.full(len(tags), np.nan),
            "schematic": np.zeros(len(tags), dtype=bool),
            "inferred": np.zeros(len(tags), dtype=bool),
        },
        lines,
    )


def road_class(highway: str) -> str:
    """The class of a value of ``highway`` or ``fclass``; empty if it carries no one or is unknown.

    >>> road_class("trunk_link"), road_class("steps"), road_class("construction")
    ('trunk', 'path', '')
    """
    return CLASS_OF.get(_code(highway), "")


def speed_kmh(maxspeed: str) -> float:
    """A speed limit in km/h; NaN where the text gives no number.

    That is so of ``none``, ``walk``, ``signals`` and of country codes such as ``IQ:urban``. Without
    a unit it is km/h. Of several (``80;60``) the lowest counts. What is not above 0 and at most
    `FASTEST_KMH` is no limit but a slip, and NaN; Geofabrik writes 0 for unknown.

    Source: https://wiki.openstreetmap.org/wiki/Key:maxspeed.

    >>> speed_kmh("50"), round(speed_kmh("30 mph"), 1), speed_kmh("none")
    (50.0, 48.3, nan)
    """
    limits = []
    for part in re.split(r"[;|]", maxspeed):
        if not (match := _SPEED.fullmatch(part.strip())):
            return np.nan
        limit = float(match[1].replace(",", ".")) * _KMH.get((match[2] or "").lower(), 1.0)
        limits.append(limit)
    return min(limits) if 0 < min(limits) <= max(limits) <= FASTEST_KMH else np.nan


def direction(oneway: str) -> float:
    """1 along the line, -1 against it, 0 both ways; NaN where the text is empty or not understood.

    Reads OpenStreetMap's yes, no, 1, -1, true, false, reverse (a lane that changes its direction
    by the hour counts as both ways) and Geofabrik's F, T and B.

    Source: https://wiki.openstreetmap.org/wiki/Key:oneway.
    """
    code = _code(oneway).removesuffix(".0")
    if code in _ALONG:
        return 1.0
    if code in _AGAINST:
        return -1.0
    return 0.0 if code in _BOTH else np.nan


def is_bridge(bridge: str) -> bool:
    """Whether the text says so: everything but an empty text and a no does."""
    return _code(bridge).removesuffix(".0") not in _NO_BRIDGE


def tidy(text: str) -> str:
    """`text` as Unicode NFC on one line, without control characters, cut to `LONGEST_TEXT`."""
    plain = unicodedata.normalize("NFC", text)
    if not plain.isprintable():
        plain = "".join(c if c.isprintable() or c == "\u200c" else " " for c in plain)
    return " ".join(plain.split())[:LONGEST_TEXT]


def way_lengths_km(ways: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Length of each way in kilometres: the stated one, else that of its line on the ellipsoid."""
    coordinates, way = shapely.get_coordinates(ways.geometry.array, return_index=True)
    inside = way[1:] == way[:-1]
    lons, lats = coordinates.T
    _, _, pieces_m = ELLIPSOID.inv(
        lons[:-1][inside], lats[:-1][inside], lons[1:][inside], lats[1:][inside]
    )
    measured = np.bincount(way[1:][inside], weights=pieces_m, minlength=len(ways)) / 1000
    stated = ways["length_km"].to_numpy(dtype=float)
    return np.where(np.isnan(stated), measured, stated)


def _code(text: str) -> str:
    """A tag's value in the form in which it is compared."""
    return tidy(text).lower()


def _mapped(column: pd.Series, meaning: Callable[[str], object], dtype: str) -> NDArray[Any]:
    """`meaning` of each cell, asked once for each different text."""
    codes, texts = pd.factorize(column)
    meanings: NDArray[Any] = np.array([meaning(text) for text in texts], dtype=dtype)
    chosen: NDArray[Any] = meanings[codes]
    return chosen
