"""KML and KMZ as raw tables: a row for each placemark, its data and its folder as columns.

Read as a stream of XML events, without a document type, entities or links, and without regard to
namespaces, because files with undeclared prefixes are common.

Source: OGC KML 2.3, OGC 12-007r2; ``gx:Track`` is in it as Track.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.parsers import expat

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import BadInput, UnreadableFile
from geo.sources.confined.archives import ending_of, opened, unpack
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.raw import RawReading, RawTable
from geo.sources.readers.raw_writer import RawWriter

DEEPEST = 200
"""How many elements may lie in each other."""

MOST_ALIKE = 500
"""How many data of one placemark may have the same name."""

LONGEST_ELEMENT = 100_000_000
"""Characters of one element's text."""

FIELDS = {
    "name": "name", "description": "description", "Snippet": "snippet", "address": "address",
    "phoneNumber": "phone", "when": "when", "begin": "begin", "end": "end",
}  # fmt: skip
"""Elements of a placemark that hold one cell, with its column."""

SHAPES = frozenset({
    "Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack", "Model",
})  # fmt: skip
"""Elements that hold a shape."""

NO_ROWS = {
    "NetworkLink": "links to other files, which were not followed",
    "GroundOverlay": "pictures on the ground",
    "ScreenOverlay": "pictures on the screen",
    "PhotoOverlay": "photographs in the landscape",
    "Tour": "tours",
}
"""Elements that are no placemarks, in words."""


class _Reader:
    """Turns the events of one document into the rows of a table."""

    def __init__(self, writer: RawWriter) -> None:
        self._writer = writer
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._folders: list[str] = []
        self._cells: dict[str, str] | None = None
        self._data: dict[str, str] = {}
        self._column = ""
        self._shapes: list[list[shapely.Geometry]] = []
        self._rings: list[shapely.LinearRing] = []
        self._track: list[str] = []
        self._broken = ""
        self._said = ""
        self.unclosed = 0
        self.left_out: Counter[str] = Counter()
        self.root = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = tag.rsplit(":", 1)[-1]
        self.root = self.root or name
        self._path.append(name)
        self._text, self._length = [], 0
        if len(self._path) > DEEPEST:
            raise ValueError(f"more than {DEEPEST} elements lie in each other")
        if name in {"Folder", "Document"} and self._cells is None:
            self._folders.append("")
        elif name == "Placemark":
            if self._cells is not None:
                raise ValueError("a placemark lies in another")
            self._cells, self._data, self._shapes, self._broken, self._said = {}, {}, [[]], "", ""
            _put(self._cells, "id", attributes.get("id", ""))
        elif name in {"Data", "SimpleData", "SimpleArrayData"}:
            self._column = attributes.get("name", "")
        elif name in SHAPES and self._shapes:
            self._shapes.append([])
            self._said = self._said or "empty"
            if name in {"Polygon", "Track", "Model"}:
                self._rings, self._track = [], []
        elif name in NO_ROWS:
            self.left_out[NO_ROWS[name]] += 1

    def text(self, text: str) -> None:
        """Some text inside an element."""
        self._length += len(text)
        if self._length > LONGEST_ELEMENT:
            raise ValueError("an element is too long")
        self._text.append(text)

    def end(self, _tag: str) -> None:
        """An element ends."""
        name = self._path.pop()
        parent = self._path[-1] if self._path else ""
        text = "".join(self._text).strip()
        self._text, self._length = [], 0
        if self._cells is None:
            if name == "name" and parent in {"Folder", "Document"}:
                self._folders[-1] = text
            elif name in {"Folder", "Document"}:
                self._folders.pop()
        elif name == "Placemark":
            self._finish()
        elif name in FIELDS and parent in {"Placemark", "TimeStamp", "TimeSpan"}:
            _put(self._cells, FIELDS[name], text)
        elif (name == "value" and parent == "Data") or name == "SimpleData":
            if text:
                _put(self._data, self._column or "data", text)
            else:  # an empty cell of its own: what the balloon tells is not this one's
                self._data.setdefault(self._column or "data", "")
        elif self._shapes:
            self._end_of_shape(name, text)

    def _end_of_shape(self, name: str, text: str) -> None:
        """A part of a shape, or a shape, ends."""
        if name in {"coordinates", "coord", "longitude", "latitude"}:
            self._said = self._said.removeprefix("empty") or f"coordinates={text[:2000]}"
        if name == "coord":
            self._track.append(",".join(text.split()[:2]))
        elif name == "longitude":
            self._track = [text]
        elif name == "latitude":
            self._track = [f"{self._track[0] if self._track else ''},{text}"]
        elif name == "coordinates":
            self._keep_coordinates(text)
        elif name in SHAPES:
            self._keep_shape(name, self._shapes.pop())

    def _keep_coordinates(self, text: str) -> None:
        """Make what the element around these coordinates is made of."""
        around = self._path[-1]
        try:
            xy = _xy(text)
            if around == "Point":
                self._shapes[-1].append(shapely.points(xy[0]) if len(xy) else shapely.Point())
            elif around == "LineString":
                self._shapes[-1].append(shapely.linestrings(xy))
            elif around == "LinearRing":
                self.unclosed += bool(len(xy) and (xy[0] != xy[-1]).any())
                self._rings.append(shapely.linearrings(xy))
        except (ValueError, shapely.errors.ShapelyError) as err:
            self._broken = self._broken or f"its shape is broken ({err})"

    def _keep_shape(self, name: str, parts: list[shapely.Geometry]) -> None:
        """Put a finished shape into the one around it."""
        try:
            if name == "Polygon" and self._rings:
                parts = [shapely.polygons(self._rings[0], self._rings[1:] or None)]
                self._rings = []
            elif name == "LinearRing" and "Polygon" not in self._path and self._rings:
                parts = [shapely.linestrings(shapely.get_coordinates(self._rings.pop()))]
            elif name in {"Track", "Model"} and self._track:
                xy = _xy(" ".join(self._track))
                parts = [shapely.linestrings(xy) if len(xy) > 1 else shapely.points(xy[0])]
        except (ValueError, IndexError, shapely.errors.ShapelyError) as err:
            self._broken = self._broken or f"its shape is broken ({err})"
        self._shapes[-1] += parts

    def _finish(self) -> None:
        """Write the placemark as a row."""
        parts = self._shapes[0]
        folder = {"folder": " / ".join(filter(None, self._folders))}
        cells = _merged(folder | (self._cells or {}), self._data)
        if self._said and not parts:
            self._broken = self._broken or "its shape is empty"
        if self._broken or not parts:
            self._writer.add(cells, shape_text=self._said, fault=self._broken)
        else:
            shape = parts[0] if len(parts) == 1 else _gathered(parts)
            self._writer.add(cells, shape=shapely.to_wkb(shape))
        self._cells, self._shapes = None, []


def read_kml(path: Path, folder: Path, *, limits: FileLimits) -> RawReading:
    """The placemarks of a KML document as one table; columns are its data, and ``folder``.

    A placemark of several shapes has a multiple of them. A ring that does not end where it begins
    is closed, and that is noted. Links, pictures and tours are counted in a note.

    Raises
    ------
    UnreadableFile
        If it is no XML, declares a document type, or lies deeper than `DEEPEST`.
    BadInput
        If it is no KML.
    """
    return RawReading(tables=(_table(path, folder / "table-0.arrow", "", limits=limits),))


def read_kmz(path: Path, folder: Path, *, limits: FileLimits) -> RawReading:
    """The KML documents of a KMZ, a table each; its pictures stay packed.

    Raises
    ------
    UnreadableFile
        If the archive or a document cannot be read.
    """
    with opened(path, limits=limits) as (archive, members):
        documents = [member for member in members if ending_of(member) == ".kml"]
        wanted = {f"document-{i}.kml": member for i, member in enumerate(documents)}
        unpack(archive, wanted, folder, limits=limits)
    tables = []
    for i, member in enumerate(documents):
        document = folder / f"document-{i}.kml"
        name = member.filename if len(documents) > 1 else ""
        tables.append(_table(document, folder / f"table-{i}.arrow", name, limits=limits))
        document.unlink()
    return RawReading(tables=tuple(tables))


def _table(path: Path, file: Path, name: str, *, limits: FileLimits) -> RawTable:
    """The placemarks of one document."""
    writer = RawWriter(file, limits=limits)
    reader = _Reader(writer)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        with path.open("rb") as document:
            parser.ParseFile(document)
    except (expat.ExpatError, ValueError, LookupError) as err:
        if isinstance(err, BadInput):
            raise
        raise UnreadableFile(
            f"the KML is damaged or cut short ({err})",
            expected="a whole KML file",
            remedy="export it again",
        ) from err
    if reader.root != "kml":
        raise BadInput(f"the XML is {reader.root[:40]!r}, no KML", expected="a KML file")
    writer.notes += [f"{count:,} {what}" for what, count in reader.left_out.items()]
    if reader.unclosed:
        writer.notes.append(
            f"{reader.unclosed:,} rings did not end where they began and were closed"
        )
    return writer.finish(name, places=True)


def _put(cells: dict[str, str], column: str, text: str) -> None:
    """Keep a cell; a second one of the same name gets a column of its own."""
    if not text:
        return
    free, number = column, 2
    while free in cells:
        free, number = f"{column} {number}", number + 1
        if number > MOST_ALIKE:
            raise ValueError(f"more than {MOST_ALIKE:,} data of a placemark have one name")
    cells[free] = text


def _merged(own: dict[str, str], data: dict[str, str]) -> dict[str, str]:
    """A placemark's own cells and its data, whose names go before where both say something."""
    cells = {}
    for column, text in own.items():
        if data.get(column, text) == text:
            cells[column] = text
        else:
            cells[f"placemark {column}"] = text
    return {column: text for column, text in (cells | data).items() if text}


def _refuse_doctype(*_declared: object) -> None:
    raise UnreadableFile(
        "the KML declares a document type",
        expected="KML without a document type, which can name other files",
        remedy="export it again from Google Earth or QGIS",
    )


def _xy(text: str) -> NDArray[np.float64]:
    """Positions ``lon,lat[,height]`` with spaces between them."""
    pairs = [position.split(",")[:2] for position in text.split()]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("a position without a comma")
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _gathered(parts: list[shapely.Geometry]) -> shapely.Geometry:
    """Several shapes as one: of the multiple kind if they are of one kind."""
    kinds = {part.geom_type for part in parts}
    if kinds == {"Point"}:
        return shapely.multipoints(parts)
    if kinds == {"LineString"}:
        return shapely.multilinestrings(parts)
    if kinds == {"Polygon"}:
        return shapely.multipolygons(parts)
    return shapely.geometrycollections(parts)
