"""Frames as vector files for other programs."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from geo.errors import BadInput
from geo.sources.vectors import write_geopackage


@pytest.fixture
def frame():
    """Two rows, one with Arabic text and hostile characters."""
    return gpd.GeoDataFrame(
        {"name": ["الحضر", "'; DROP TABLE flags;--"], "score": [1.5, float("nan")]},
        geometry=[box(42, 35, 43, 36), Point(44, 33)],
        crs="EPSG:4326",
    )


def test_a_frame_comes_back_as_it_was(frame, tmp_path):
    """Rows, texts, numbers, shapes and CRS."""
    path = tmp_path / "f.gpkg"
    write_geopackage(path, {"flags": frame})
    read = gpd.read_file(path, layer="flags")
    assert list(read["name"]) == list(frame["name"])
    assert read["score"].iloc[0] == 1.5
    assert read["score"].isna().iloc[1]
    assert read.crs.to_epsg() == 4326
    assert read.geometry.geom_equals(frame.geometry).all()
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_frame_gives_an_empty_layer_with_its_columns(frame, tmp_path):
    """Nothing flagged is a file too."""
    path = tmp_path / "f.gpkg"
    write_geopackage(path, {"flags": frame.head(0)})
    read = gpd.read_file(path, layer="flags")
    assert len(read) == 0
    assert {"name", "score"} <= set(read.columns)


def test_an_older_file_is_replaced_as_a_whole(frame, tmp_path):
    """No row of the older one stays."""
    path = tmp_path / "f.gpkg"
    path.write_text("something else")
    write_geopackage(path, {"flags": frame})
    write_geopackage(path, {"flags": frame.head(1)})
    assert len(gpd.read_file(path)) == 1


def test_where_nothing_can_be_written_it_is_said(frame, tmp_path):
    """A missing folder, a folder in its place; nothing is left behind."""
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "none" / "f.gpkg", tmp_path / "folder"):
        with pytest.raises(BadInput, match=r"cannot be written.*a folder that exists"):
            write_geopackage(path, {"flags": frame})
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
