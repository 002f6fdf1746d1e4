"""Tables for spreadsheets, and the text of any cell."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from geo.errors import BadInput
from geo.frames import frame_of
from geo.model import Tlp
from geo.sources.writers.table_files import (
    SHAPE,
    cells,
    flat,
    formula_safe,
    text_columns,
    wkt,
    write_csv,
    write_table,
)
from tests.strategies import TEXTS, frames


def frame(*names: str) -> gpd.GeoDataFrame:
    """Rows with these names, the first without a place."""
    places = [None, *[Point(43.0, 36.0)] * (len(names) - 1)]
    return gpd.GeoDataFrame({"name": list(names), "share": -0.5}, geometry=places, crs=4326)


def rows(path) -> list[dict[str, str]]:
    """What stands in a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_carries_place_marking_and_study(tmp_path):
    """A row without a place has empty cells for it."""
    write_table(tmp_path / "t.csv", frame("الموصل", "Rabia"), marking=Tlp.AMBER, study="EX-1")
    first, second = rows(tmp_path / "t.csv")
    assert (first["name"], first["lon"], first["lat"]) == ("الموصل", "", "")
    assert (second["lon"], second["lat"]) == ("43.0", "36.0")
    assert {row["marking"] for row in (first, second)} == {"TLP:AMBER"}
    assert {row["study"] for row in (first, second)} == {"EX-1"}


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "\n+1", "\u00a0@x", "＝1", "＋1", "－1"],
)
def test_no_text_is_run_by_a_spreadsheet(tmp_path, text):
    """An apostrophe stands before what would be a formula; numbers stay numbers."""
    write_table(tmp_path / "t.csv", frame("x", text), marking=Tlp.CLEAR, study="EX-1")
    second = rows(tmp_path / "t.csv")[1]
    assert second["name"] == "'" + text
    assert second["share"] == "-0.5"


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path):
    """A folder that is not there is told."""
    with pytest.raises(BadInput, match="cannot be written"):
        write_table(tmp_path / "no" / "t.csv", frame("x"), marking=Tlp.CLEAR, study="EX-1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["1=1", "a-b", "", "'=1", "الموصل", "３", "(=1)"])
def test_other_texts_stay_as_they_are(text):
    """Only what a spreadsheet would run is changed."""
    assert formula_safe({"name": [text]}, texts={"name"}) == {"name": [text]}


def test_numbers_stay_numbers():
    """A negative number is no formula."""
    assert formula_safe({"lon": ["-33.5"]}, texts=set()) == {"lon": ["-33.5"]}


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
@example([("a\rb", 'say "x", y'), ("\r\n", "\n"), ("", " ")])
def test_any_text_comes_back_from_csv(tmp_path_factory, rows_of_texts):
    """Also a bare carriage return, which pandas writes so that no reader finds the row again."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    columns = {"one": [a for a, _ in rows_of_texts], "two": [b for _, b in rows_of_texts]}
    write_csv(path, columns)
    assert [(row["one"], row["two"]) for row in rows(path)] == rows_of_texts


def test_every_value_has_the_text_that_gives_it_back():
    """Days of any century, moments in UTC, the seventeenth digit, flags, what is missing."""
    table = pd.DataFrame({
        "text": pd.Series(["a", ""], dtype="str"),
        "day": pd.Series([date(1500, 1, 2), None]).astype("datetime64[us]"),
        "moment": pd.Series([datetime(2015, 3, 7, 12, 30, tzinfo=UTC), None]),
        "number": [0.1 + 0.2, np.nan],
        "count": pd.array([2**53, None], dtype="Int64"),
        "flag": [True, False],
    })  # fmt: skip
    assert cells(table) == {
        "text": ["a", ""], "day": ["1500-01-02", ""],
        "moment": ["2015-03-07T12:30:00.000000Z", ""], "number": ["0.30000000000000004", ""],
        "count": ["9007199254740992", ""], "flag": ["true", "false"],
    }  # fmt: skip
    assert text_columns(table) == {"text"}


@given(frames())
def test_no_cell_of_any_record_loses_anything(drawn):
    """Numbers, counts and days of drawn records are found again in their texts."""
    _, frame = drawn
    table = pd.DataFrame(frame.drop(columns="geometry"))
    for name, texts in cells(table).items():
        kept = table[name]
        if kept.dtype.kind == "f":
            read = [float(text) if text else np.nan for text in texts]
            assert np.array_equal(read, kept.to_numpy(), equal_nan=True)
        elif kept.dtype.kind == "i":
            assert pd.array([int(t) if t else None for t in texts], dtype="Int64").equals(
                kept.array
            )
        elif kept.dtype.kind == "M":
            read = [pd.Timestamp(text) if text else pd.NaT for text in texts]
            assert pd.Series(read, dtype=kept.dtype).equals(kept)


def sites(*shapes: object, **more: object) -> gpd.GeoDataFrame:
    """Sites with these places."""
    ids = [f"S{n}" for n in range(len(shapes))]
    frame = frame_of("sites", {"id": ids, "name": ids, "country": ["Iraq"] * len(ids),
                               "geometry": list(shapes)})  # fmt: skip
    return frame.assign(**more)


def test_points_stand_in_two_columns_after_the_id():
    """No further column of shapes where there are only points."""
    table = flat(sites(Point(0.1 + 0.2, -33.5), None))
    assert list(table)[:4] == ["id", "lon", "lat", "precision"]
    assert SHAPE not in table
    assert table["lon"].tolist()[0] == 0.1 + 0.2
    assert table[["lon", "lat"]].isna().to_numpy()[1].all()


def test_a_generalised_cell_is_its_middle_and_says_so():
    """The width of the cell stands beside; a place that is told as held has none."""
    cell = box(42.72, 35.58, 42.73, 35.59)
    frame = sites(cell, Point(44.1, 33.2), generalised=[True, False], cell_deg=[0.01, np.nan])
    table = flat(frame)
    assert list(table)[:6] == ["id", "lon", "lat", "precision", "generalised", "cell_deg"]
    assert table.loc[0, ["lon", "lat", "cell_deg"]].tolist() == [42.725, 35.585, 0.01]
    assert table.loc[1, ["lon", "lat"]].tolist() == [44.1, 33.2]
    assert SHAPE not in table


def test_an_outline_is_kept_whole_beside_a_point_inside_it():
    """Polygons, lines of several vertices, collections; rows that need none have none."""
    outline = Polygon([(42, 35), (43, 35), (42.5, 36.1 + 0.2)])
    table = flat(sites(outline, Point(1, 2)))
    assert shapely.from_wkt(table[SHAPE][0]).equals_exact(outline, 0)
    assert outline.contains(Point(table["lon"][0], table["lat"][0]))
    assert table[SHAPE][1] == ""


def test_a_road_is_its_ends_and_more_where_it_bends():
    """A line of two vertices needs no shape of its own."""
    columns = {"id": ["A", "B", "C"], "from_node": ["a"] * 3, "to_node": ["b"] * 3,
               "mode": ["road"] * 3}  # fmt: skip
    straight, bent = LineString([(42, 35), (43, 36)]), LineString([(42, 35), (42, 36), (43, 36)])
    places = {"geometry": [straight, bent, None]}
    table = flat(frame_of("roads", columns | places), lines=True)
    assert table.loc[0, ["from_lon", "from_lat", "to_lon", "to_lat"]].tolist() == [42, 35, 43, 36]
    assert table.loc[1, ["from_lon", "from_lat", "to_lon", "to_lat"]].tolist() == [42, 35, 43, 36]
    assert table.loc[2, ["from_lon", "to_lat"]].isna().all()
    assert table[SHAPE].tolist() == ["", "LINESTRING (42.0 35.0, 42.0 36.0, 43.0 36.0)", ""]
    assert SHAPE not in flat(frame_of("roads", columns | {"geometry": [straight] * 3}), lines=True)


def test_an_empty_table_has_its_columns():
    """Nothing selected is a table too."""
    assert list(flat(sites()))[:3] == ["id", "lon", "lat"]


NUMBERS = st.floats(-180, 180)
POINTS = st.tuples(NUMBERS, NUMBERS).map(Point)
LINES = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=4).map(LineString)
HOLED = Polygon([(0, 0), (9.1, 0), (9, 9), (0, 0.3)], [[(1, 1), (2, 1), (1, 0.7)]])


@given(st.one_of(POINTS, LINES, st.lists(POINTS, max_size=3).map(MultiPoint)))
@example(Point(0.1 + 0.2, 1e-7))
@example(Point(1, 2, 3.3))
@example(HOLED)
@example(MultiPolygon([HOLED, box(20, 20, 21, 21)]))
@example(GeometryCollection([Point(1, 2), HOLED]))
@example(Point())
@example(Polygon())
def test_wkt_reads_back_bit_for_bit(shape):
    """GEOS itself drops the seventeenth digit."""
    read = shapely.from_wkt(wkt(shape))
    assert read.geom_type == shape.geom_type
    assert shapely.to_wkb(read) == shapely.to_wkb(shape)
