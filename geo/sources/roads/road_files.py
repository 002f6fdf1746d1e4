"""Files of surveyed roads, of OpenStreetMap or in its schema, as ways; and the ways kept for later.

What a file is, its bytes say and its ending must agree. Reading happens in a process of its own.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo.errors import BadInput, UnreadableFile
from geo.model import QuarantinedRow
from geo.sources.rasters.opening import sha256_of
from geo.sources.roads.road_child import ChildLimits, read_in_child
from geo.ways import (
    CLASS_OF,
    NOT_ROADS,
    TAG_COLUMNS,
    WAY_COLUMNS,
    direction,
    tidy,
    ways_frame,
    ways_of_tags,
)

USUAL = ChildLimits()
"""What reading a file may cost unless told otherwise."""

MOST_QUARANTINED = 200_000
"""A file with more rows that cannot be used is not worth using."""

ENDINGS = {
    ".pbf": "pbf", ".bz2": "osm.bz2", ".gz": "osm.gz", ".osm": "osm",
    ".gpkg": "gpkg", ".geojson": "geojson", ".json": "geojson",
}  # fmt: skip
"""Endings of names, with the form that they promise."""

BEGINNINGS = (
    ("pbf", 4, b"\x0a\x09OSMHeader"),
    ("gpkg", 0, b"SQLite format 3\0"),
    ("osm.bz2", 0, b"BZh"),
    ("osm.gz", 0, b"\x1f\x8b"),
    ("osm", 0, b"<"),
    ("geojson", 0, b"{"),
)
"""Form of a file, and which bytes it has at which place."""

KEPT_WAYS = b"lamassu ways 1 sha256 "
"""How a file of kept ways begins; the number changes when what follows does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadReading:
    """What was read of a file of roads: read = rows that gave ways + quarantined rows."""

    ways: gpd.GeoDataFrame
    """The ways, a frame of `geo.ways.WAY_COLUMNS`; a row of several lines gave several."""
    quarantined: tuple[QuarantinedRow, ...]
    """Rows that claim to be a road and cannot be used, in the order of the file."""
    read: int
    """Rows that claim to be a road."""
    sha256: str
    """SHA-256 of the file's bytes."""
    notes: tuple[str, ...]
    """What was guessed, assumed or left aside."""


def read_roads(path: Path, *, limits: ChildLimits = USUAL) -> RoadReading:
    """The roads of an OpenStreetMap extract, or of a GeoPackage or GeoJSON with tags as columns.

    Rows without a class of road, areas, and what is understood and is no way through, such as
    ``construction`` (`geo.ways.NOT_ROADS`), are no roads: they are left out and counted in a note.
    A road of an unknown class, or without a line on Earth, is quarantined. Vertices stay as they
    are, so that ways which share a node still meet.

    A pbf that was cut exactly between two of its blocks cannot be told from a smaller extract; its
    ways whose nodes are lost are quarantined.

    Raises
    ------
    UnreadableFile
        If the file is missing, damaged, cut short, of another format than its name says, or takes
        more than `limits`.
    BadInput
        If it holds no road that can be used, or more than `MOST_QUARANTINED` that cannot.
    """
    form = _form(path)
    digest = sha256_of(path)
    reading = read_in_child(path, form=form, limits=limits)
    rows = reading.rows.to_pandas()
    left_out = rows["highway"].isin(NOT_ROADS | {""}) | (rows["area"] == "yes")
    notes = [*map(tidy, reading.notes), *_left_out(rows[left_out])]
    rows = rows[~left_out].reset_index(drop=True)
    bad = ~rows["highway"].isin(CLASS_OF) | (rows["fault"] != "")
    quarantined = _quarantine(path, rows[bad].drop_duplicates("row"))
    good = rows[~bad].reset_index(drop=True)
    if good.empty:
        raise _no_roads(path, quarantined)
    ways = ways_of_tags(good[list(TAG_COLUMNS)], shapely.from_wkb(good["line"].to_numpy()))
    return RoadReading(
        ways=ways,
        quarantined=quarantined,
        read=rows["row"].nunique(),
        sha256=digest,
        notes=(*notes, *_not_understood(good)),
    )


def write_ways(ways: gpd.GeoDataFrame, path: Path) -> None:
    """Keep ways in a file that `read_ways` takes back unchanged: whole or not at all.

    A file of that name is replaced. It is a line with `KEPT_WAYS` and the SHA-256 of the rest; the
    rest is a Parquet table with the lines as WKB. The same ways give the same bytes.

    Raises
    ------
    MissingColumns
        If a column of `geo.ways.WAY_COLUMNS` is missing.
    BadInput
        If the file cannot be written.
    """
    checked = ways_frame({name: ways[name] for name in WAY_COLUMNS if name in ways}, ways.geometry)
    table = pa.Table.from_pandas(pd.DataFrame(checked[list(WAY_COLUMNS)]), preserve_index=False)
    lines = pa.array(shapely.to_wkb(checked.geometry.to_numpy()), type=pa.binary())
    sink = pa.BufferOutputStream()
    pq.write_table(table.append_column("line", lines), sink, compression="zstd")
    body = sink.getvalue()
    try:
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=path.parent) as folder:
            unfinished = Path(folder) / "ways"
            with unfinished.open("wb") as file:
                file.write(_first_line(body))
                file.write(body)
            unfinished.replace(path)
    except OSError as err:
        raise BadInput(
            f"{path} cannot be written ({err.strerror})",
            expected="a folder that exists, may be written to and has room",
        ) from err


def read_ways(path: Path) -> gpd.GeoDataFrame:
    """The ways that `write_ways` kept.

    Raises
    ------
    UnreadableFile
        If the file is missing or is not, to the last bit, what was written.
    """
    try:
        kept = path.read_bytes()
    except OSError as err:
        raise UnreadableFile(
            f"{path} cannot be read ({err.strerror})", expected="a file of kept ways"
        ) from err
    body = memoryview(kept)[len(_first_line(b"")) :]
    if not kept.startswith(_first_line(body)):
        raise UnreadableFile(
            f"{path.name} is not as it was written",
            expected="a file of kept ways",
            remedy="read the original file of roads again",
        )
    table = pq.read_table(pa.BufferReader(body))
    columns = table.drop_columns("line").to_pandas()
    lines = shapely.from_wkb(table["line"].to_numpy())
    return ways_frame({name: columns[name] for name in WAY_COLUMNS}, lines)


def _first_line(body: bytes | memoryview) -> bytes:
    """What stands before the table in a file of kept ways."""
    return KEPT_WAYS + hashlib.sha256(body).hexdigest().encode() + b"\n"


def _form(path: Path) -> str:
    """The form of the file by its first bytes, if its name promises the same.

    Raises
    ------
    UnreadableFile
        If it is missing, empty, of an unknown form or falsely named.
    """
    found = next((form for end, form in ENDINGS.items() if path.name.lower().endswith(end)), "")
    try:
        if not path.is_file():  # a pipe or a device would be waited for
            raise UnreadableFile(f"there is no file {path}", expected="a file of roads")
        with path.open("rb") as file:
            beginning = file.read(4096)
    except (OSError, ValueError) as err:
        if isinstance(err, UnreadableFile):
            raise
        raise UnreadableFile(f"{path} cannot be read ({err})", expected="a file of roads") from err
    if not beginning:
        raise UnreadableFile(f"{path.name} is empty", expected="a file of more than 0 bytes")
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    form = next(
        (
            form
            for form, at, magic in BEGINNINGS
            if (beginning if at else text)[at:].startswith(magic)
        ),
        "",
    )
    if not form or form != found:
        raise UnreadableFile(
            f"{path.name} begins with {beginning[:16]!r}, as no {found or 'file of roads'} does",
            expected=f"one of {', '.join(ENDINGS)}, its content as its name says",
            remedy="give the file its right name, or export it in one of these forms",
        )
    return form


def _left_out(rows: pd.DataFrame) -> list[str]:
    """A note on the rows that are no roads."""
    if rows.empty:
        return []
    kinds = np.where(rows["area"] == "yes", "areas", rows["highway"])
    counted = Counter(kind or "no class" for kind in kinds)
    listed = ", ".join(f"{kind} {count:,}" for kind, count in counted.most_common())
    return [f"{len(rows):,} rows are no roads and were left out ({listed})"]


def _quarantine(path: Path, rows: pd.DataFrame) -> tuple[QuarantinedRow, ...]:
    """The rows that cannot be used, each with its reason."""
    if len(rows) > MOST_QUARANTINED:
        first = _quarantined(rows.iloc[0].to_dict())
        raise BadInput(
            f"{path.name} has {len(rows):,} roads that cannot be used; the first: {first.what}",
            expected=f"at most {MOST_QUARANTINED:,} of them",
            remedy="repair the file",
        )
    return tuple(_quarantined(row) for row in rows.to_dict("records"))


def _quarantined(row: dict[str, Any]) -> QuarantinedRow:
    """One row kept aside."""
    tags = [f"{name}={row[name]}" for name in TAG_COLUMNS if row[name]]
    unknown = f"the class {row['highway'][:80]!r} is not known"
    return QuarantinedRow(
        row_number=int(row["row"]),
        text=tidy(", ".join(tags)),
        what=row["fault"] or unknown,
        expected="a line on Earth" if row["fault"] else "a class of road of OpenStreetMap",
        remedy="correct the row"
        if row["fault"]
        else "correct the tag highway, or leave the row out",
    )


def _no_roads(path: Path, quarantined: Sequence[QuarantinedRow]) -> BadInput:
    why = (
        f"; {len(quarantined):,} cannot be used, the first: {quarantined[0].what}"
        if quarantined
        else ""
    )
    return BadInput(
        f"{path.name} holds no road that can be used{why}",
        expected="lines with a tag highway, or a column highway or fclass",
        remedy="export the roads with their tags from OpenStreetMap data",
    )


def _not_understood(rows: pd.DataFrame) -> list[str]:
    """Notes on values that say something in words that Lamassu does not know."""
    counted = rows["oneway"].value_counts()
    strange = {text: count for text, count in counted.items() if text and np.isnan(direction(text))}
    if not strange:
        return []
    return [
        f"{sum(strange.values()):,} roads have a oneway that is not understood, such as "
        f"{tidy(next(iter(strange)))[:40]!r}: read as if it were not said"
    ]
