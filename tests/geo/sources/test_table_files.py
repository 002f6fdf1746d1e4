"""Tables for spreadsheets."""

from __future__ import annotations

import csv

import geopandas as gpd
import pytest
from shapely.geometry import Point

from geo.errors import BadInput
from geo.model import Tlp
from geo.sources.table_files import write_table


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


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1"])
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
