"""Country outlines from the embedded GeoJSON."""

from __future__ import annotations

import pytest
from shapely.geometry import Point

from geo.errors import UnreadableFile
from geo.pipeline import FACTS_FOLDER
from geo.sources.outlines import read_outlines


def test_hatra_is_in_iraq():
    """The region's outlines bear names and lie where they should."""
    borders = read_outlines(FACTS_FOLDER / "borders.geojson")
    assert borders.crs.to_epsg() == 4326
    assert list(borders[borders.covers(Point(42.718342, 35.587884))]["name"]) == ["Iraq"]
    assert {"Iraq", "Syria", "Jordan", "Iran"} <= set(borders["name"])


def test_the_world_reaches_around():
    """The locator needs every continent."""
    west, south, east, north = read_outlines(FACTS_FOLDER / "world.geojson").total_bounds
    assert west < -150
    assert east > 150
    assert south < -50
    assert north > 70


@pytest.mark.parametrize("content", [None, "", "{}", "[", '{"features": 1', '"features"', "[]"])
def test_a_spoilt_file_is_refused_in_words(tmp_path, content):
    """The data folder can be restored."""
    path = tmp_path / "b.geojson"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UnreadableFile, match="restore the data folder"):
        read_outlines(path)
