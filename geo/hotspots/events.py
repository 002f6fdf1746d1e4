"""Events as points in metres with their days: what can be used, and what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from geo.errors import BadInput, InvalidSetting
from geo.grid import WGS84, transformer

FEWEST_EVENTS = 30
"""With fewer events nothing is called significant; the limit that the screens announce."""

COARSEST_RADIUS_M = 10_000.0
"""A place known to its town is a point; one known to its province (100 km) is none."""

FARTHEST_M = 4_000_000.0
"""From the centre of the projection: there an equal-area map still measures lengths within 5 %
(Snyder 1987, doi:10.3133/pp1395, ch. 24: the radial scale is cos(c/2) at the angle c)."""

_EXACT_RADIUS_M = 100.0
"""A place known better than this is the place itself and no stand-in."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """Points on an equal-area plane, in the order of their rows."""

    crs: CRS
    """Lambert azimuthal equal-area projection, metres."""
    xy: NDArray[np.float64]
    """Shape (events, 2): east and north in metres."""
    day: NDArray[np.float64]
    """Middle of the days on which it may have happened, in days since 1970; NaN if unknown."""
    doubt_days: NDArray[np.float64]
    """Days from the first to the last on which it may have happened; 0 if known to the day, NaN if
    unknown."""
    radius_m: NDArray[np.float64]
    """Radius within which the true place lies, in metres."""
    row: NDArray[np.int64]
    """Row of the input that each event is."""
    unplaced: int = 0
    """Rows left out because no point is known."""
    too_coarse: int = 0
    """Rows left out because the place is known no better than its province."""
    same_case: int = 0
    """Rows left out because another row of the same case is counted."""

    def __len__(self) -> int:
        """Number of events."""
        return len(self.xy)

    def take(self, chosen: NDArray[np.bool_]) -> Events:
        """The chosen ones, in order; `chosen` has shape (events,)."""
        return Events(
            crs=self.crs,
            xy=self.xy[chosen],
            day=self.day[chosen],
            doubt_days=self.doubt_days[chosen],
            radius_m=self.radius_m[chosen],
            row=self.row[chosen],
        )


def events_of(
    lonlat: NDArray[np.float64],
    *,
    radius_m: NDArray[np.float64],
    date_from: NDArray[np.datetime64],
    date_to: NDArray[np.datetime64],
    case: NDArray[np.str_] | None = None,
    centre_lonlat: tuple[float, float] | None = None,
) -> Events:
    """The events that have a point, each case once, on an equal-area plane.

    Parameters
    ----------
    lonlat
        Shape (rows, 2), EPSG:4326; NaN where no point is known.
    radius_m
        Shape (rows,): how exactly each place is known; NaN where no point is known.
    date_from, date_to
        Shape (rows,), datetime64: first and last possible day; NaT where unknown. If one of them is
        unknown the other stands for both.
    case
        Shape (rows,): rows with the same text are one case, of which the first in time that has a
        point is counted; an empty text is a case of its own.
    centre_lonlat
        Middle of the projection; by default the middle of the points.

    Raises
    ------
    BadInput
        If the arrays do not fit together, a coordinate is not on Earth, a radius is not positive,
        or a last day is before its first.
    InvalidSetting
        If a point lies more than `FARTHEST_M` from the centre.
    """
    begin, end = _days(date_from, date_to)
    _require_rows(lonlat, radius_m, begin, end, case)
    placed = np.isfinite(lonlat).all(axis=1) & ~np.isnan(radius_m)
    fine = placed & (np.nan_to_num(radius_m, nan=np.inf) <= COARSEST_RADIUS_M)
    kept = _first_of_each_case(fine, begin, case)
    crs = _plane(lonlat[kept], centre_lonlat)
    x, y = transformer(WGS84, crs).transform(lonlat[kept, 0], lonlat[kept, 1])
    xy = np.column_stack([x, y]).astype(float).reshape(-1, 2)
    _require_near(xy)
    return Events(
        crs=crs,
        xy=xy,
        day=((begin + end) / 2)[kept],
        doubt_days=(end - begin)[kept],
        radius_m=radius_m[kept].astype(float),
        row=np.flatnonzero(kept),
        unplaced=int((~placed).sum()),
        too_coarse=int((placed & ~fine).sum()),
        same_case=int((fine & ~kept).sum()),
    )


def warnings_on(events: Events) -> tuple[str, ...]:
    """What a reader must know before any figure, in plain sentences, the gravest first."""
    n = len(events)
    if n == 0:
        return ("There is no event with a known point: nothing can be shown.",)
    warnings = []
    if n < FEWEST_EVENTS:
        told = "Only 1 event" if n == 1 else f"Only {n} events"
        warnings.append(
            f"{told}, fewer than {FEWEST_EVENTS}: too few to tell a hot spot from chance. What is "
            "shown is where reports are, and nothing is called significant."
        )
    _, inverse, sizes = np.unique(events.xy, axis=0, return_inverse=True, return_counts=True)
    most = int(sizes.max())
    if most > 1:
        there = inverse.ravel() == sizes.argmax()
        inexact = bool((events.radius_m[there] > _EXACT_RADIUS_M).any())
        meant = (
            "the place is a stand-in, such as the middle of a town, and not where each of them "
            "happened."
            if inexact
            else "it is one place with several reports."
        )
        warnings.append(f"{most} of {n} events share one place: {meant}")
    return tuple(warnings)


def remarks_on(events: Events) -> tuple[str, ...]:
    """What else a reader must know of the events, in plain sentences."""
    undated = int(np.isnan(events.day).sum())
    if not undated:
        return ()
    return (
        f"{undated} of {len(events)} events have no date: they count on the map, but not where "
        "time does.",
    )


def _days(
    date_from: NDArray[np.datetime64], date_to: NDArray[np.datetime64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and last possible day since 1970; NaN where neither is known."""
    known = []
    for dates in (date_from, date_to):
        days = np.asarray(dates).astype("datetime64[D]")
        known.append(np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(float)))
    begin, end = known
    return np.where(np.isnan(begin), end, begin), np.where(np.isnan(end), begin, end)


def _require_rows(
    lonlat: NDArray[np.float64],
    radius_m: NDArray[np.float64],
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
    case: NDArray[np.str_] | None,
) -> None:
    """Refuse arrays that are no table of events."""
    rows = len(lonlat)
    lengths = {len(radius_m), len(begin), len(end), rows if case is None else len(case)}
    if lonlat.shape != (rows, 2) or lengths != {rows}:
        raise BadInput(
            f"places of shape {lonlat.shape} beside columns of {sorted(lengths)} rows",
            expected="one longitude, latitude, radius and pair of days for each row",
        )
    off = np.abs(lonlat) > [180.0, 90.0]
    if off.any():
        lon, lat = lonlat[off.any(axis=1)][0]
        raise BadInput(
            f"there is no place at longitude {lon}, latitude {lat}",
            expected="longitude -180 to 180 and latitude -90 to 90",
        )
    if (radius_m <= 0).any():
        raise BadInput(
            f"a radius of {radius_m[radius_m <= 0][0]} m",
            expected="a length above 0 m, or NaN where no point is known",
        )
    if (end < begin).any():
        raise BadInput(
            f"row {int(np.argmax(end < begin))} ends before it begins",
            expected="the last possible day on or after the first",
        )


def _first_of_each_case(
    usable: NDArray[np.bool_], begin: NDArray[np.float64], case: NDArray[np.str_] | None
) -> NDArray[np.bool_]:
    """The usable rows, of each case only the first in time (undated last, then by row)."""
    if case is None:
        return usable
    rows = np.flatnonzero(usable)
    in_time = rows[np.argsort(begin[rows], kind="stable")]
    named = case[in_time] != ""
    _, first = np.unique(case[in_time][named], return_index=True)
    kept = np.zeros(len(usable), dtype=bool)
    kept[in_time[~named]] = True
    kept[in_time[named][first]] = True
    return kept


def _plane(lonlat: NDArray[np.float64], centre_lonlat: tuple[float, float] | None) -> CRS:
    """The equal-area plane around a centre, or around the middle of the points."""
    lon, lat = centre_lonlat or _middle(lonlat)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InvalidSetting(
            f"there is no place at longitude {lon}, latitude {lat}",
            expected="longitude -180 to 180 and latitude -90 to 90",
        )
    return CRS.from_dict({"proj": "laea", "lon_0": lon, "lat_0": lat, "datum": "WGS84"})


def _middle(lonlat: NDArray[np.float64]) -> tuple[float, float]:
    """The mean direction of the points, which no date line disturbs; 0, 0 if there is none."""
    if not len(lonlat):
        return 0.0, 0.0
    lon, lat = np.radians(lonlat).T
    x, y, z = (
        float(part.mean())
        for part in (np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat))
    )
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))


def _require_near(xy: NDArray[np.float64]) -> None:
    """Refuse points so far from the centre that lengths would be wrong."""
    far = np.hypot(xy[:, 0], xy[:, 1])
    far[~np.isfinite(far)] = np.inf
    if len(far) and far.max() > FARTHEST_M:
        raise InvalidSetting(
            f"{int((far > FARTHEST_M).sum())} events lie more than {FARTHEST_M / 1e3:,.0f} km from "
            "the middle of the map",
            expected="events of one region",
            remedy="choose an area, and look at the others by themselves",
        )
