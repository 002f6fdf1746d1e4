"""Drawn input for property tests."""

from __future__ import annotations

from datetime import UTC, date, datetime

import geopandas as gpd
from hypothesis import strategies as st
from shapely.geometry import Point

from geo.columns import RECORDS, Column, Form, columns_of
from geo.frames import frame_of

TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
"""Any text that a store can hold."""

GOOD_CELLS = {
    "id": ["A", "B", "C", "D"], "event_type": ["looting", "seizure", "return"], "kind": ["land"],
    "country": ["Iraq", "العراق"], "name": ["Hatra", "e\u0301"], "site_name": ["Umma"],
    "mode": ["road"], "from_node": ["a"], "to_node": ["b"], "lon": ["44.1"],
    "lat": ["33.2"], "date": ["2014", "2015-03-07", ""], "precision": ["exact", ""],
    "marking": ["TLP:RED", "TLP:WHITE", ""], "grade": ["B2", ""], "note": ["a\nb", 'say "x"', ","],
}  # fmt: skip
"""What a careful sender puts into a column."""

STRANGE_CELLS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
    st.sampled_from(
        ["", " ", '"', '""', "138.2", "NaN", "inf", "1e400", "-5", "2014-13", "2031", "country",
         "=1+1", "\x07", "\0", "a\r\nb", "a,b", "A\tB"]
    ),
)  # fmt: skip
"""What else may stand in a cell."""


@st.composite
def frames(draw: st.DrawFn) -> tuple[str, gpd.GeoDataFrame]:
    """A kind and a frame of it; few ids, so that they repeat."""
    kind = draw(st.sampled_from(list(RECORDS)))
    rows = draw(st.integers(0, 6))
    columns = {
        column.name: draw(st.lists(_cells(column), min_size=rows, max_size=rows))
        for column in columns_of(kind)
    }
    return kind, frame_of(kind, columns)


@st.composite
def messy_tables(draw: st.DrawFn, kind: str) -> tuple[str, str]:
    """A kind and the text of a table for it, with good rows, bad rows and anything between."""
    required = [column.name for column in columns_of(kind) if column.required]
    ends = ["from_lon", "from_lat", "to_lon", "to_lat"] if kind == "roads" else ["lon", "lat"]
    header = [*required, *ends, "date", "precision", "marking", "grade", "note"]
    good = st.tuples(*(st.sampled_from(GOOD_CELLS.get(name, [""])) for name in header))
    spoilt = st.tuples(good, st.integers(0, len(header) - 1), STRANGE_CELLS).map(
        lambda drawn: (*drawn[0][: drawn[1]], drawn[2], *drawn[0][drawn[1] + 1 :])
    )
    ragged = st.lists(STRANGE_CELLS, max_size=len(header) + 1).map(tuple)
    rows = draw(st.lists(st.one_of(good, good, spoilt, ragged), max_size=8))
    separator = draw(st.sampled_from([",", ";", "\t"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoted = draw(st.booleans())
    lines = [separator.join(header)]
    for row in rows:
        cells = [f'"{cell.replace(chr(34), chr(34) * 2)}"' if quoted else cell for cell in row]
        lines.append(separator.join(cells))
    return kind, end.join(lines) + draw(st.sampled_from(["", end]))


def _cells(column: Column) -> st.SearchStrategy[object]:
    """Any value that a cell of the column may hold."""
    if column.name in ("id", "dataset_id"):
        return st.sampled_from(["A", "B", "ج"])
    days = st.dates(date(1500, 1, 1), date(2199, 12, 31))
    moments = st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    places = st.builds(Point, st.floats(-180, 180), st.floats(-90, 90))
    finite = st.floats(allow_nan=False, allow_infinity=False)
    values: dict[Form, st.SearchStrategy[object]] = {
        Form.TEXT: TEXTS.filter(bool) if column.required else TEXTS,
        Form.TEXTS: st.sampled_from(["B02", "B02|B03"]),
        Form.CODE: st.sampled_from(column.codes or ("",)),
        Form.CODES: st.lists(st.sampled_from(column.codes or ("",)), unique=True).map(tuple),
        Form.NUMBER: st.one_of(st.none(), finite),
        Form.COUNT: st.one_of(st.none(), st.integers(0, 2**53)),
        Form.FLAG: st.booleans(),
        Form.DAY: st.one_of(st.none(), days),
        Form.MOMENT: moments,
        Form.PLACE: st.one_of(st.none(), places),
    }
    return values[column.form]
