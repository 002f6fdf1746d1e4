"""The embedded towns are read as they are, or the fault is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import MissingColumns, UnreadableFile
from geo.sources.towns import COLUMNS, read_towns

DATA = Path(__file__).resolve().parents[3] / "data"


def test_towns_are_read():
    """With their columns and kinds of values; a missing name is an empty text."""
    towns = read_towns(DATA / "towns.csv")
    assert tuple(towns.columns) == COLUMNS
    assert len(towns) > 40_000
    erbil = towns[towns["id"] == "95446"].iloc[0]
    assert (erbil["name"], erbil["name_ar"], erbil["country"]) == ("Erbil", "أربيل", "Iraq")
    assert (erbil["lon"], erbil["lat"], erbil["population"]) == (44.00943, 36.19117, 1612700)
    assert towns.notna().all().all()


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"id,lon\n1,east\n"])
def test_towns_that_cannot_be_read_are_told(tmp_path, content):
    """In one line, by the file's name."""
    path = tmp_path / "towns.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"the towns 'towns\.csv' cannot be read"):
        read_towns(path)


def test_missing_columns_are_told(tmp_path):
    """By name."""
    path = tmp_path / "towns.csv"
    path.write_text("id,name,lon,lat\n1,Made-up,44,33\n")
    with pytest.raises(MissingColumns, match="lack name_ar, alt_names, country, population"):
        read_towns(path)
