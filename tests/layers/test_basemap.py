"""The paper under the map: outlines, and a map that is the same at every run."""

from __future__ import annotations

import json
import re

import folium
import geopandas as gpd
import pytest
from shapely.geometry import box, shape

from layers import basemap
from layers.assets import OwnScript, offline_html
from layers.basemap import GREATEST_ZOOM, base_map, outlines


@pytest.fixture(scope="module")
def two_countries() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """West and East share an edge in a region of 10 x 10 degrees; Island lies inside the sea."""
    borders = gpd.GeoDataFrame(
        {"name": ["West", "East", "Island"]},
        geometry=[box(30, 30, 35, 36), box(35, 30, 40, 36), box(32, 38, 34, 39)],
        crs=4326,
    )
    world = gpd.GeoDataFrame(
        {"name": ["West", "Far"]}, geometry=[box(20, 25, 35, 36), box(0, 0, 10, 10)], crs=4326
    )
    return borders, world


def content(script: OwnScript) -> dict[str, object]:
    """What the outlines hold."""
    assert script.name.endswith(".js")
    return json.loads(script.text.removeprefix("window.lamassuOutlines=").removesuffix(";"))


def script_of(paper: folium.Map) -> str:
    """The part of the page that makes the map, with its random names taken out."""
    paper.get_root().render()
    return re.sub(r"_[0-9a-f]{32}", "", paper.get_root().script.render())


def test_a_shared_edge_is_a_border_and_a_single_one_coast(two_countries):
    """The border runs from 30 to 36 N at 35 E; the coast is what the sea touches."""
    found = content(outlines(*two_countries))
    assert shape(found["borders"]).equals(
        shape({"type": "LineString", "coordinates": [[35, 30], [35, 36]]})
    )
    coast = shape(found["coast"])
    assert coast.length == pytest.approx(10 + 4)  # north of both; Island but for the cut
    assert not coast.intersects(box(29.9, 30.5, 30.1, 35.5))  # the cut is no coast


def test_land_is_one_area_without_seams(two_countries):
    """Filled as a whole, so that no hairline shows between countries."""
    found = content(outlines(*two_countries))
    assert shape(found["land"]).area == pytest.approx(60 + 2)
    assert len(getattr(shape(found["land"]), "geoms", [0])) == 2


def test_the_world_fills_what_the_region_leaves(two_countries):
    """Coarse land lies outside the region, reaching a little under it."""
    found = content(outlines(*two_countries))
    world = shape(found["world"])
    assert world.intersects(box(5, 5, 6, 6))
    assert not world.intersects(box(31, 31, 34, 35))


def test_names_stand_inside_their_country_and_wait_for_room(two_countries):
    """Each country once, at a zoom where its name fits; a smaller one later."""
    names = {
        name: (lon, lat, zoom)
        for name, lon, lat, zoom in content(outlines(*two_countries))["names"]
    }
    assert set(names) == {"West", "East", "Island", "Far"}
    lon, lat, zoom = names["West"]
    assert box(30, 30, 35, 36).contains(shape({"type": "Point", "coordinates": [lon, lat]}))
    assert zoom < names["Island"][2]


def test_a_hostile_name_of_a_country_is_inert(two_countries):
    """Borders may be imported one day."""
    borders, world = two_countries
    text = outlines(borders.assign(name="</script><img src=x onerror=1>"), world).text
    assert "<img" not in text
    assert "</script" not in text


def test_the_shipped_outlines_are_small(project):
    """The real borders: half a megabyte as text, of which a quarter is sent packed."""
    borders, world = (
        gpd.read_file(project / f"data/{name}.geojson") for name in ("borders", "world")
    )
    made = outlines(borders, world)
    assert len(made.text) < 500_000
    names = [row[0] for row in content(made)["names"]]
    assert {"Iraq", "Syria", "United Kingdom"} <= set(names)
    assert len(names) == len(set(names))


def test_the_map_is_the_same_at_every_run_and_small():
    """Otherwise the browser would mount it anew; and it is sent at every rerun."""
    made = OwnScript("outlines.js", "1")
    first, again = (base_map(made, centre_lonlat=(43.7, 33.8), zoom=6) for _ in range(2))
    one, other = script_of(first), script_of(again)
    assert one == other
    assert len(one) < 5_000
    assert "[33.8, 43.7]" in one


def test_the_map_asks_nobody_unless_told_to():
    """No tile layer; Leaflet still knows its greatest zoom, which clusters need."""
    made = OwnScript("outlines.js", "1")
    quiet = base_map(made, centre_lonlat=(43.7, 33.8), zoom=6)
    assert quiet.options["maxZoom"] == GREATEST_ZOOM
    assert "openstreetmap" not in script_of(quiet)
    asking = base_map(made, centre_lonlat=(43.7, 33.8), zoom=6, online_tiles=True)
    assert "tile.openstreetmap.org" in script_of(asking)


def test_the_draw_tool_is_there_only_where_asked_for():
    """Rectangle and polygon, nothing else."""
    made = OwnScript("outlines.js", "1")
    plain, drawing = (
        script_of(base_map(made, centre_lonlat=(43.7, 33.8), zoom=6, draw=draw))
        for draw in (False, True)
    )
    assert "L.Control.Draw" not in plain
    assert "L.Control.Draw" in drawing
    for absent in ("polyline", "circle", "marker", "circlemarker"):
        assert f'"{absent}": false' in drawing


def test_every_map_says_that_borders_are_de_facto():
    """In the corner of the map, also of a page that is passed on."""
    page = offline_html(base_map(OwnScript("outlines.js", "1"), centre_lonlat=(43.7, 33.8), zoom=6))
    assert basemap.ATTRIBUTION in page
    assert "de facto" in basemap.ATTRIBUTION
