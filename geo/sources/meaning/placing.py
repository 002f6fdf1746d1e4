"""The places of rows: from shapes, coordinates in any writing, or a confirmed gazetteer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput
from geo.model import Precision
from geo.sources.meaning import coordinates
from geo.sources.meaning.columns import (
    REMEMBERED,
    Coded,
    Findings,
    Reader,
    Rows,
    Texts,
    filled,
    tell,
    texts_of,
    together,
    western_cells,
    where,
)
from geo.sources.meaning.row_places import Shaped, shape_of_text, shaped, shapes_of_wkb
from geo.sources.meaning.vocabulary import ENDS
from geo.sources.meaning.wording import shown

ASSUMED_PRECISION = Precision.TOWN
"""What a point is taken for where nobody says how exactly it is known."""

NAMED = {"seizures": "place", "events": "site_name", "sites": "name", "posts": "name"}
"""Field that names the place of a record, for kinds whose places a gazetteer may know."""

WRITTEN = ("lon", "lat", "coordinates", "mgrs")
"""Fields of places whose figures tell how exactly they are known."""

_DECIMALS = r"[.,٫]\p{Nd}{2}"
_PLAIN = r"^[+-]?\d{1,3}(\.\d{1,15})?$"


@dataclass(frozen=True, slots=True)
class Placed:
    """A place that a person found in the gazetteer for a place that rows only name."""

    lon: float
    """Degrees east (EPSG:4326)."""
    lat: float
    """Degrees north."""
    precision: Precision
    """How exactly it is known."""
    coord_source: str
    """Where it was found."""


@dataclass(slots=True)
class PlacesRead:
    """The places of the rows of a batch."""

    geometry: NDArray[Any]
    """A shape for each row, None where there is no place."""
    precision: Coded
    """How exactly each is known."""
    outlines: dict[int, str]
    """Row to the WKT of its outline."""
    coord_sources: dict[int, str]
    """Row to where its place was found in the gazetteer."""


class PlaceReader:
    """Reads the places of a table, a batch at a time."""

    def __init__(self, kind: str, *, own: bool, placed: Mapping[tuple[str, str], Placed]) -> None:
        self._kind = kind
        self._own = own
        self._placed = placed
        self._known: dict[tuple[Any, ...], object] = {}
        self._shapes = Reader(lambda text: shaped(shape_of_text(text, name="shape"), kind))

    def read(
        self,
        texts: Mapping[str, Texts],
        *,
        shapes: pa.Array | None,
        names: Coded,
        country: Coded,
        precision: Coded,
        findings: Findings,
    ) -> PlacesRead:
        """The places of rows.

        A shape of the file comes first, then a shape in a cell, longitude and latitude, both in one
        cell, a grid reference, UTM, and last what the gazetteer has for the place's name.

        Parameters
        ----------
        texts : mapping of str to array of text
            The cells by field.
        shapes : array of WKB, optional
            The shapes of the file.
        names, country, precision : Coded
            Name of the place, its country, and the precision that the row states.
        """
        rows = findings.rows
        geometry: NDArray[Any] = np.full(rows, None, dtype=object)
        tried = np.zeros(rows, bool)
        outlines: dict[int, str] = {}
        if shapes is not None:
            self._take_shapes(_coded_shapes(shapes, self._kind, findings), geometry, outlines)
            tried |= ~np.asarray(pc.is_null(shapes).to_numpy(zero_copy_only=False), bool)
        if "shape" in texts:
            cells = where(texts["shape"], ~tried)
            self._take_shapes(self._shapes.read(cells, findings), geometry, outlines)
            tried |= filled(cells)
        coarse = self._coarse(texts) & ~tried
        for way in self._ways(texts):
            tried |= way(geometry, ~tried, country, findings)
        sources: dict[int, str] = {}
        given = self._from_gazetteer(
            geometry, ~tried, names=names, country=country, sources=sources, findings=findings
        )
        return PlacesRead(
            geometry=geometry,
            precision=_settled(precision, geometry, tried, given, coarse=coarse, findings=findings),
            outlines=outlines,
            coord_sources=sources,
        )

    def _coarse(self, texts: Mapping[str, Texts]) -> NDArray[np.bool_]:
        """Rows whose figures cannot tell a place as exactly as is assumed of one."""
        columns = [texts[name] for name in WRITTEN if name in texts]
        if self._own or not columns:
            return np.zeros(1, bool)
        fine = [pc.match_substring_regex(cells, _DECIMALS) for cells in columns]
        fine_rows = np.logical_or.reduce([f.to_numpy(zero_copy_only=False) for f in fine])
        rows = np.flatnonzero(~fine_rows & np.logical_or.reduce([filled(c) for c in columns]))
        coarse = np.zeros(len(fine_rows), bool)
        if rows.size:
            found, codes = together(*(texts_of(cells.take(pa.array(rows))) for cells in columns))
            steps = [coordinates.implied_precision_m(*filter(None, said)) or 0.0 for said in found]
            coarse[rows] = np.array(steps)[codes] > (ASSUMED_PRECISION.radius_m or 0.0)
        return coarse

    def _take_shapes(self, found: Coded, geometry: NDArray[Any], outlines: dict[int, str]) -> None:
        """Put shapes into the rows that have one."""
        for row in np.flatnonzero(found.filled()).tolist():
            here: Shaped = found.values[found.codes[row]]
            geometry[row] = here.place
            if here.outline:
                outlines[row] = here.outline

    def _ways(
        self, texts: Mapping[str, Texts]
    ) -> list[Callable[[NDArray[Any], NDArray[np.bool_], Coded, Findings], NDArray[np.bool_]]]:
        """How places are written in this table, in the order in which they are tried."""
        ways: list[Any] = []
        if ENDS[0] in texts:
            ways.append(partial(self._lines, [texts[name] for name in ENDS]))
        if "lon" in texts:
            ways.append(partial(self._points, [texts["lon"], texts["lat"]]))
        for name, parse in (
            ("coordinates", coordinates.lonlat_of),
            ("mgrs", coordinates.from_mgrs),
        ):
            if name in texts:
                ways.append(partial(self._cells, name, [texts[name]], partial(parse, name=name)))
        if "utm_easting" in texts:
            parts = ("utm_easting", "utm_northing", "utm_zone")
            cells = [texts[name] for name in parts]
            ways.append(partial(self._cells, "utm", cells, partial(_from_utm, names=parts)))
        return ways

    def _points(
        self, cells: Sequence[Texts], geometry: NDArray[Any], open_rows: NDArray[np.bool_],
        country: Coded, findings: Findings,
    ) -> NDArray[np.bool_]:  # fmt: skip
        """Points from longitude and latitude in cells of their own."""
        lon, lat = (where(column, open_rows) for column in cells)
        xy = self._lonlat(lon, lat, ("lon", "lat"), country, findings)
        there = ~np.isnan(xy[:, 0])
        geometry[there] = shapely.points(xy[there])
        return filled(lon) | filled(lat)

    def _lines(
        self, cells: Sequence[Texts], geometry: NDArray[Any], open_rows: NDArray[np.bool_],
        country: Coded, findings: Findings,
    ) -> NDArray[np.bool_]:  # fmt: skip
        """Lines between the two ends of a road."""
        ends = [where(column, open_rows) for column in cells]
        there_are = [filled(column) for column in ends]
        some = np.logical_or.reduce(there_are)
        first = self._lonlat(ends[0], ends[1], ENDS[:2], country, findings)
        last = self._lonlat(ends[2], ends[3], ENDS[2:], country, findings)
        for mine, other, names in (
            (first, there_are[2:], ENDS[:2]),
            (last, there_are[:2], ENDS[2:]),
        ):
            lacking = np.isnan(mine[:, 0]) & (other[0] | other[1])
            at = 0 if names == ENDS[:2] else 2
            lacking &= ~(there_are[at] | there_are[at + 1])
            findings.fault(np.flatnonzero(lacking).tolist(), _half(names, "", ""))
        there = ~(np.isnan(first[:, 0]) | np.isnan(last[:, 0]))
        geometry[there] = shapely.linestrings(np.stack([first[there], last[there]], axis=1))
        return np.asarray(some, bool)

    def _lonlat(
        self, lon: Texts, lat: Texts, names: Sequence[str], country: Coded, findings: Findings
    ) -> NDArray[np.float64]:
        """Longitude and latitude of each row, shape (n, 2), NaN where there is none."""
        xy = _plain_lonlat(lon, lat)
        rest = np.flatnonzero((filled(lon) | filled(lat)) & ~_surely_right(xy, country))
        xy[rest] = np.nan
        if not rest.size:
            return xy
        taken = pa.array(rest)
        columns = (texts_of(lon.take(taken)), texts_of(lat.take(taken)))
        found, codes = together(*columns, Coded(country.values, country.codes[rest]))
        values = [self._meaning((*names, *said), partial(_pair, *names, *said)) for said in found]
        _put(values, codes, rest, xy, findings)
        return xy

    def _cells(  # noqa: PLR0917 - bound by `_ways`, then called as every way
        self, name: str, cells: Sequence[Texts], parse: Callable[..., tuple[float, float]],
        geometry: NDArray[Any], open_rows: NDArray[np.bool_], country: Coded, findings: Findings,
    ) -> NDArray[np.bool_]:  # fmt: skip
        """Points from cells that `parse` reads together, given a country."""
        columns = [where(column, open_rows) for column in cells]
        some = np.logical_or.reduce([filled(column) for column in columns[:2]])
        rows = np.flatnonzero(some)
        if not rows.size:
            return np.asarray(some, bool)
        coded = [texts_of(column.take(pa.array(rows))) for column in columns]
        found, codes = together(*coded, Coded(country.values, country.codes[rows]))
        values = [
            self._meaning(
                (name, *said),
                partial(parse, *(part or "" for part in said[:-1]), country=said[-1] or ""),
            )
            for said in found
        ]
        xy = np.full((len(some), 2), np.nan)
        _put(values, codes, rows, xy, findings)
        there = ~np.isnan(xy[:, 0])
        geometry[there] = shapely.points(xy[there])
        return np.asarray(some, bool)

    def _meaning(self, said: tuple[Any, ...], parse: Callable[[], object]) -> object:
        """What some cells mean together, or the fault that they are."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        if said not in self._known:
            try:
                self._known[said] = parse()
            except BadInput as fault:
                # A traceback would keep the whole batch in memory.
                self._known[said] = fault.with_traceback(None)
        return self._known[said]

    def _from_gazetteer(
        self, geometry: NDArray[Any], open_rows: NDArray[np.bool_], *, names: Coded,
        country: Coded, sources: dict[int, str], findings: Findings,
    ) -> dict[int, Precision]:  # fmt: skip
        """Put confirmed places into rows that only name theirs; gives their precision by row."""
        rows = np.flatnonzero(open_rows)
        if not self._placed or not rows.size:
            return {}
        here = (Coded(names.values, names.codes[rows]), Coded(country.values, country.codes[rows]))
        found, codes = together(*here)
        known = [self._placed.get((name or "", land or "")) for name, land in found]
        precisions = {}
        for row, code in zip(rows.tolist(), codes.tolist(), strict=True):
            if place := known[code]:
                geometry[row] = shapely.Point(place.lon, place.lat)
                sources[row] = place.coord_source
                precisions[row] = place.precision
        findings.remark("the place is from the gazetteer, as it was confirmed", list(precisions))
        return precisions


def _pair(lon_name: str, lat_name: str, lon: str | None, lat: str | None, land: str | None) -> Any:  # noqa: ANN401
    """Longitude and latitude of two cells, of which none may be empty."""
    if not (lon and lat):
        raise _half((lon_name, lat_name), lon or "", lat or "")
    return coordinates.lon_lat_of(lon, lat, names=(lon_name, lat_name), country=land or "")


def _from_utm(
    easting: str, northing: str, zone: str, *, names: tuple[str, str, str], country: str
) -> tuple[float, float]:
    """Longitude and latitude of cells with UTM coordinates."""
    return coordinates.from_utm(easting, northing, zone, names=names, country=country)


def _half(names: Sequence[str], lon: str, lat: str) -> BadInput:
    """The fault of a place of which a part is missing."""
    return BadInput(
        f"{names[0]} is {shown(lon)} and {names[1]} is {shown(lat)}",
        expected="all coordinates of a place or none",
        remedy="fill in the missing one or leave them empty",
    )


def _plain_lonlat(lon: Texts, lat: Texts) -> NDArray[np.float64]:
    """Numbers of the rows both of whose cells are plain decimal numbers, NaN elsewhere."""
    lon, lat = western_cells(lon), western_cells(lat)
    plain = pc.and_(pc.match_substring_regex(lon, _PLAIN), pc.match_substring_regex(lat, _PLAIN))
    xy = np.empty((len(lon), 2))
    for axis, cells in enumerate((lon, lat)):
        numbers = pc.if_else(plain, cells, None).cast(pa.float64())
        xy[:, axis] = numbers.to_numpy(zero_copy_only=False)
    return xy


def _surely_right(xy: NDArray[np.float64], country: Coded) -> NDArray[np.bool_]:
    """Rows on Earth that lie in their country, or whose country's bounds are not known."""
    lon, lat = xy.T
    right = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    for code, land in enumerate(country.values):
        boxes = [
            coordinates.COUNTRY_BOUNDS[name]
            for name in (land or "").split("/")
            if name in coordinates.COUNTRY_BOUNDS
        ]
        if boxes:
            inside = [
                (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
                for west, south, east, north in boxes
            ]
            right &= (country.codes != code) | np.logical_or.reduce(inside)
    return np.asarray(right, bool)


def _put(
    values: Sequence[object], codes: Rows, rows: Rows, xy: NDArray[np.float64], findings: Findings
) -> None:
    """Put the values of some rows where they belong, and their faults into `findings`."""
    for row, code in zip(rows.tolist(), codes.tolist(), strict=True):
        value = values[code]
        if isinstance(value, BadInput):
            findings.fault([row], value)
        else:
            xy[row] = value


def _coded_shapes(cells: pa.Array, kind: str, findings: Findings) -> Coded:
    """The shapes of a file, each row's for itself."""
    values: list[object] = []
    for shape in shapes_of_wkb(cells.to_pylist()):
        try:
            values.append(shaped(shape, kind) if isinstance(shape, BaseGeometry) else shape)
        except BadInput as fault:
            values.append(fault)
    codes = np.arange(len(values))
    tell(values, codes, findings)
    return Coded([None if isinstance(value, BadInput) else value for value in values], codes)


def _settled(
    stated: Coded, geometry: NDArray[Any], tried: NDArray[np.bool_],
    given: Mapping[int, Precision], *, coarse: NDArray[np.bool_], findings: Findings,
) -> Coded:  # fmt: skip
    """The precision that agrees with whether there is a place."""
    order = list(Precision)
    has = np.fromiter((place is not None for place in geometry), bool, len(geometry))
    says = stated.filled()
    known = np.array([order.index(value) if value else -1 for value in stated.values])[stated.codes]
    country = order.index(Precision.COUNTRY)
    contradicts = has & says & (known == country) & tried
    findings.fault(np.flatnonzero(contradicts).tolist(), BadInput(
        "precision is 'country' but there are coordinates",
        expected="no coordinates, or exact, vicinity, town or province",
        remedy="say how exactly the coordinates are known",
    ))  # fmt: skip
    lost = ~has & ~tried & says & (known != country)
    assumed = has & ~says & tried
    for remark, rows in (
        ("without coordinates the precision is country", lost),
        (f"no precision is given; the place is taken to be known as {ASSUMED_PRECISION}",
         assumed & ~coarse),
        ("no precision is given, and the figures tell the place to ten kilometres at most; it is"
         f" taken to be known as {Precision.PROVINCE}", assumed & coarse),
    ):  # fmt: skip
        findings.remark(remark, np.flatnonzero(rows).tolist())
    unsaid = np.where(coarse, order.index(Precision.PROVINCE), order.index(ASSUMED_PRECISION))
    settled = np.where(has, np.where(says, known, unsaid), country)
    for row, precision in given.items():
        worst = order.index(precision)
        # Of two precisions the coarser holds; ``country`` only says that there were no coordinates.
        settled[row] = max(worst, known[row]) if known[row] != country else worst
    return Coded([*order], settled.astype(np.int64))
