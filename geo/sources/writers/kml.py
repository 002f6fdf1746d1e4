"""Frames as KML for Google Earth.

A balloon of Google Earth shows HTML, so text is made inert twice: for HTML, then for XML. Nothing
in the file refers to anything outside it.

Source: OGC KML 2.3, OGC 12-007r2.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput, InvalidSetting, MissingColumns
from geo.grid import WGS84
from geo.sources.writers.table_files import NOT_XML, cells
from geo.sources.writers.whole import whole_file
from geo.ways import tidy

STEPS = 10
"""Widths and opacities that are told apart."""

WIDEST = 10.0
"""Width in pixels of a line whose share is 1; a line of share 0 has 1."""

FAINTEST = 0.25
"""Opacity where certainty is 0, so that a line can still be seen."""

_KML_OWN = frozenset({"name", "description"})
"""Columns that a placemark has of its own: without data of that name, readers would take those."""

_FILL = "40"
"""Opacity of areas, of ff: what lies below them can be seen."""

UNKNOWN_COLOUR = "#808080"
"""Colour of what has no share: nothing is known, which is not a share of 0."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Style of a placemark, in steps of share and certainty; -1 is unknown."""

    share: int
    certainty: int

    @property
    def id(self) -> str:
        """Name of the style in the document."""
        return f"look-{self.share}-{self.certainty}".replace("--1", "-unknown")


def write_kml(
    frame: gpd.GeoDataFrame,
    path: Path,
    *,
    name: str,
    name_column: str | None = None,
    description_columns: Sequence[str] = (),
    share_column: str | None = None,
    certainty_column: str | None = None,
    colour: str = "#c0392b",
) -> None:
    """Write points and lines as the placemarks of a new KML file, whole or not at all.

    A file of that name is replaced. The same frame gives the same bytes. A row without a place is
    a placemark without a place.

    Parameters
    ----------
    frame : GeoDataFrame
        Points, lines and multiples of them, in any CRS.
    name : str
        Title of the document.
    name_column, description_columns : str
        Columns that are shown as a placemark's name, and below it; the latter are kept as data too.
    share_column, certainty_column : str, optional
        Columns from 0 to 1 that make a line wide and opaque. NaN is drawn grey, or faintest.
    colour : str
        Colour of lines and points, as ``#rrggbb``.

    Raises
    ------
    MissingColumns
        If a named column is missing.
    InvalidSetting
        If `colour` is none.
    BadInput
        If the frame has no CRS or holds polygons, or the file cannot be written.
    """
    named = [name_column, share_column, certainty_column, *description_columns]
    missing = [column for column in named if column is not None and column not in frame]
    if missing:
        raise MissingColumns(f"there is no column {', '.join(missing)}")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise InvalidSetting(f"the colour {colour!r}", expected="#rrggbb")
    places = _lonlat(frame)
    looks = [
        _Look(share, certainty)
        for share, certainty in zip(
            _steps(frame, share_column), _steps(frame, certainty_column), strict=True
        )
    ]
    names = _cells(frame, name_column)
    columns = {tidy(column): _cells(frame, column) for column in description_columns}
    with (
        whole_file(path, suffix=".kml") as unfinished,
        unfinished.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.writelines(_head(name, sorted(set(looks), key=lambda look: look.id), colour))
        for i, place in enumerate(places):
            data = {column: values[i] for column, values in columns.items() if values[i]}
            file.writelines(_placemark(names[i], data, looks[i], place))
        file.write("</Document>\n</kml>\n")


def write_records(
    frame: gpd.GeoDataFrame,
    path: Path,
    *,
    name: str,
    titles: Sequence[str],
    folders: Sequence[str],
    about: Mapping[str, str],
    colour: str = "#c0392b",
) -> None:
    """Write rows with all that they hold as a new KML file, whole or not at all.

    Every cell that is not empty is kept as data, as `table_files.cells` writes it, and
    told in the balloon. Coordinates read back bit for bit. Days ``date_from`` and ``date_to`` set
    the time slider. The same rows give the same bytes.

    Parameters
    ----------
    frame : GeoDataFrame
        Shapes of any kind in EPSG:4326, or none.
    name : str
        Title of the document.
    titles, folders : sequence of str
        Name of each row's placemark, and of the folder that it lies in; folders come in the order
        of their names.
    about : mapping
        What is said of the whole document, such as its marking.
    colour : str
        Colour of points, lines and areas, as ``#rrggbb``.

    Raises
    ------
    BadInput
        If the frame is not in EPSG:4326, or the file cannot be written.
    """
    if frame.crs is None or not frame.crs.equals(WGS84, ignore_axis_order=True):
        raise BadInput("the rows are not in EPSG:4326", expected="longitude and latitude")
    columns = cells(pd.DataFrame(frame.drop(columns=frame.geometry.name)))
    places = list(frame.geometry)
    look = _Look(STEPS, STEPS)
    told = "".join(f"<b>{_inert(key)}</b>: {_inert(words)}<br/>" for key, words in about.items())
    with (
        whole_file(path, suffix=".kml") as unfinished,
        unfinished.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.writelines(_head(name, [look], colour, told=told))
        for folder, rows in sorted(_rows_by_folder(folders).items()):
            file.write(f"<Folder><name>{_label(tidy(folder))}</name>\n")
            for row in rows:
                data = {
                    key: values[row]
                    for key, values in columns.items()
                    if values[row] or key in _KML_OWN
                }
                file.writelines(
                    _placemark(tidy(titles[row]), data, look, places[row], dated=True, exact=True)
                )
            file.write("</Folder>\n")
        file.write("</Document>\n</kml>\n")


def _rows_by_folder(folders: Sequence[str]) -> dict[str, list[int]]:
    """Positions of the rows of each folder."""
    rows: dict[str, list[int]] = {}
    for row, folder in enumerate(folders):
        rows.setdefault(folder, []).append(row)
    return rows


def _lonlat(frame: gpd.GeoDataFrame) -> list[BaseGeometry | None]:
    """The geometries in EPSG:4326."""
    if frame.crs is None:
        raise BadInput("the rows have no CRS", expected="a frame with a CRS")
    kinds = set(frame.geometry.geom_type.dropna()) - {
        "Point", "MultiPoint", "LineString", "MultiLineString", "LinearRing",
    }  # fmt: skip
    if kinds:
        raise BadInput(f"the rows hold {', '.join(sorted(kinds))}", expected="points and lines")
    return list(frame.geometry.to_crs(WGS84))


def _steps(frame: gpd.GeoDataFrame, column: str | None) -> list[int]:
    """Values of a column in whole steps from 0 to `STEPS`; -1 unknown; full without a column."""
    if column is None:
        return [STEPS] * len(frame)
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    steps = np.clip(np.nan_to_num(np.ceil(values * STEPS), nan=-1.0), -1, STEPS)
    return [int(step) for step in np.where(np.isnan(values), -1, np.maximum(steps, 0))]


def _cells(frame: gpd.GeoDataFrame, column: str | None) -> list[str]:
    """Cells of a column as text on one line; empty where there is none."""
    return [_text(value) for value in frame[column]] if column else [""] * len(frame)


def _text(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
        return ""
    if isinstance(value, bool | np.bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else tidy(str(value))


def _head(name: str, looks: list[_Look], colour: str, *, told: str = "") -> Iterator[str]:
    """The document's beginning with its styles."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n'
    yield f"<Document>\n<name>{_label(tidy(name))}</name>\n"
    if told:
        yield f"<description>{_xml(told)}</description>\n"
    for look in looks:
        share, certainty = (max(step, 0) / STEPS for step in (look.share, look.certainty))
        paint = UNKNOWN_COLOUR if look.share < 0 else colour
        alpha = round(255 * (FAINTEST + (1 - FAINTEST) * certainty))
        # KML writes colours as alpha, blue, green, red.
        abgr = f"{alpha:02x}{paint[5:7]}{paint[3:5]}{paint[1:3]}".lower()
        yield (
            f'<Style id="{look.id}">'
            f"<IconStyle><color>{abgr}</color><scale>{0.6 + 0.8 * share:.2f}</scale></IconStyle>"
            f"<LineStyle><color>{abgr}</color><width>{1 + (WIDEST - 1) * share:.1f}</width>"
            f"</LineStyle><PolyStyle><color>{_FILL}{abgr[2:]}</color></PolyStyle>"
            "<BalloonStyle><text>$[description]</text></BalloonStyle></Style>\n"
        )


def _placemark(
    name: str,
    data: dict[str, str],
    look: _Look,
    place: BaseGeometry | None,
    *,
    dated: bool = False,
    exact: bool = False,
) -> Iterator[str]:
    """One row."""
    shown = "".join(
        f"<b>{_inert(key.replace('_', ' ') if exact else key)}</b>: {_inert(value)}<br/>"
        for key, value in data.items()
        if value
    )
    yield f"<Placemark><name>{_label(name)}</name>"
    yield f"<description>{_xml(shown)}</description>"
    if dated:
        yield _time_span(data.get("date_from", ""), data.get("date_to", ""))
    yield f"<styleUrl>#{look.id}</styleUrl><ExtendedData>"
    for key, value in data.items():
        yield f"<Data name={quoteattr(key)}><value>{_xml(value)}</value></Data>"
    yield f"</ExtendedData>{_geometry(place, exact=exact)}</Placemark>\n"


def _time_span(begin: str, end: str) -> str:
    """The days between which a row is shown; empty if it has none."""
    days = (f"<begin>{begin}</begin>" if begin else "") + (f"<end>{end}</end>" if end else "")
    return f"<TimeSpan>{days}</TimeSpan>" if days else ""


def _geometry(place: BaseGeometry | None, *, exact: bool) -> str:
    """A geometry; empty if there is none, or none that has a place."""
    if place is None or place.is_empty or not np.isfinite(shapely.get_coordinates(place)).all():
        return ""
    parts = [_simple(part, exact=exact) for part in shapely.get_parts(place)]
    return parts[0] if len(parts) == 1 else f"<MultiGeometry>{''.join(parts)}</MultiGeometry>"


def _simple(part: BaseGeometry, *, exact: bool) -> str:
    """One point, line or area."""
    if part.geom_type == "Polygon":
        inner = [_ring("inner", ring, exact=exact) for ring in part.interiors]
        return f"<Polygon>{_ring('outer', part.exterior, exact=exact)}{''.join(inner)}</Polygon>"
    if part.geom_type == "Point":
        return f"<Point>{_coordinates(part, exact=exact)}</Point>"
    return f"<LineString><tessellate>1</tessellate>{_coordinates(part, exact=exact)}</LineString>"


def _ring(side: str, ring: BaseGeometry, *, exact: bool) -> str:
    """One boundary of an area."""
    at = _coordinates(ring, exact=exact)
    return f"<{side}BoundaryIs><LinearRing>{at}</LinearRing></{side}BoundaryIs>"


def _coordinates(part: BaseGeometry, *, exact: bool) -> str:
    """Vertices, longitude first: to a centimetre, or as they are."""
    vertices = shapely.get_coordinates(part).tolist()
    written = "{0!r},{1!r}" if exact else "{0:.7f},{1:.7f}"
    return f"<coordinates>{' '.join(written.format(*vertex) for vertex in vertices)}</coordinates>"


def _xml(text: str) -> str:
    """Text in an element, of which XML's reader gives the same back.

    A character that XML cannot hold becomes U+FFFD; a carriage return would become a line feed.
    """
    return NOT_XML.sub("\ufffd", escape(text)).replace("\r", "&#13;")


def _inert(text: str) -> str:
    """Text that HTML shows as it is, and in which no entity of Google Earth is replaced."""
    return html.escape(text).replace("$[", "$&#91;").replace("\n", "<br/>")


def _label(text: str) -> str:
    """A name, which some programs show as text and some as HTML: the same in both."""
    return escape(text.replace("<", "‹").replace(">", "›").replace("$[", "$ ["))
