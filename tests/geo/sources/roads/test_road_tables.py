"""GeoPackage and GeoJSON: columns become tags, rows become lines, and nothing else happens."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import LineString, MultiLineString

from geo.errors import BadInput, UnreadableFile
from geo.sources.roads.road_files import read_roads
from tests.road_makers import (
    LINE,
    OTHER,
    A,
    B,
    C,
    counts,
    feature,
    geojson,
    gpkg,
    read_here,
    sql,
    table,
)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process, which is quicker than a child for each."""
    read_here(monkeypatch)


def test_a_geopackage_of_geofabrik_becomes_ways(tmp_path: Path):
    """fclass, F/T/B and 0 for an unknown limit are understood."""
    rows = gpd.GeoDataFrame(
        {
            "osm_id": ["1", "2", "3", "4"],
            "fclass": ["trunk_link", "track_grade2", "unknown", "steps"],
            "name": ["طريق 🛣", None, "", "x"],
            "ref": ["1", None, None, None],
            "oneway": ["F", "T", "B", "B"],
            "maxspeed": [80, 0, 0, 0],
            "bridge": ["T", "F", "F", "F"],
        },
        geometry=[LINE, OTHER, LINE, OTHER],
        crs="EPSG:4326",
    )
    path = tmp_path / "iraq.gpkg"
    pyogrio.write_dataframe(rows, path, layer="gis_osm_roads_free")
    water = rows.assign(fclass="river")
    pyogrio.write_dataframe(water, path, layer="gis_osm_waterways_free", append=True)
    reading = read_roads(path)
    ways = reading.ways
    assert ways["road_class"].tolist() == ["trunk", "track", "unclassified", "path"]
    assert ways["oneway"].tolist() == [1, -1, 0, 0]
    assert ways["maxspeed_kmh"].tolist() == pytest.approx([80] + [np.nan] * 3, nan_ok=True)
    assert ways["bridge"].tolist() == [True, False, False, False]
    assert ways["name"].tolist() == ["طريق 🛣", "", "", "x"]
    assert reading.notes == (
        "roads are read from the layer gis_osm_roads_free, not gis_osm_waterways_free",
    )


@pytest.mark.usefixtures("here")
def test_tags_packed_by_gdal_are_opened(tmp_path: Path):
    """other_tags holds what has no column of its own; lines without highway are no roads."""
    packed = '"surface"=>"asphalt","maxspeed"=>"80","note"=>"a \\"b\\", c","access"=>"no"'
    path = gpkg(tmp_path, {"other_tags": packed, "osm_id": "9"}, {"highway": None})
    reading = read_roads(path)
    (way,) = reading.ways.to_dict("records")
    assert (way["surface"], way["maxspeed_kmh"], way["access"]) == ("asphalt", 80, "no")
    assert counts(reading) == (1, 0)
    assert reading.notes == ("1 rows are no roads and were left out (no class 1)",)


def test_any_crs_comes_out_in_degrees_and_shared_vertices_stay_shared(tmp_path: Path):
    """Two roads that meet in UTM meet in longitude and latitude, to the last bit."""
    rows = table({}, {"geometry": OTHER}).to_crs("EPSG:32638")
    path = tmp_path / "roads.gpkg"
    pyogrio.write_dataframe(rows, path)
    ways = read_roads(path).ways
    assert ways.geometry.iloc[0].coords[-1] == ways.geometry.iloc[1].coords[0]
    assert shapely.get_coordinates(ways.geometry) == pytest.approx(np.array([A, B, B, C]), abs=1e-9)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("make", ["gpkg", "geojson"])
def test_parts_are_split_and_numbered(tmp_path: Path, make: str):
    """A row of two lines is one row read and two ways."""
    both = MultiLineString([LINE, OTHER])
    path = (
        gpkg(tmp_path, {"geometry": both, "osm_id": 4}, {"osm_id": 5})
        if make == "gpkg"
        else geojson(
            tmp_path, feature([[A, B], [B, C]], "MultiLineString", osm_id=4), feature(osm_id=5)
        )
    )
    reading = read_roads(path)
    assert reading.ways["way_id"].tolist() == ["4.1", "4.2", "5"]
    assert set(reading.ways.geom_type) == {"LineString"}
    assert counts(reading) == (2, 0)


@pytest.mark.usefixtures("here")
def test_heights_of_vertices_are_let_go(tmp_path: Path):
    """Lines come out flat."""
    high = LineString([(43, 36, 5), (43.1, 36, 6)])
    assert not read_roads(gpkg(tmp_path, {"geometry": high})).ways.has_z.any()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("geometry", "what"),
    [
        (None, "no geometry"),
        ({"type": "LineString"}, "no geometry"),
        ({"type": "LineString", "coordinates": [[43, 36]]}, "no geometry"),
        ({"type": "LineString", "coordinates": [["43", "36"], ["44", "36"]]}, "no geometry"),
        ({"type": "LineString", "coordinates": [[43, 36], [44]]}, "no geometry"),
        ({"type": "LineString", "coordinates": [[43, 36], [10**400, 36]]}, "no geometry"),
        ({"type": "LineString", "coordinates": "43 36"}, "no geometry"),
        ({"type": "LineString", "coordinates": [[True, False], [False, True]]}, "no geometry"),
        ({"type": "MultiLineString", "coordinates": {"a": 1}}, "no geometry"),
        ({"type": "Polygon", "coordinates": [[[43, 36], [44, 36]]]}, "no geometry"),
        ({"type": "Nonsense", "coordinates": []}, "no geometry"),
        ({"type": "Point", "coordinates": [43, 36]}, "a Point where a line was due"),
        ({"type": "LineString", "coordinates": [[43, 36], [43, 1e300]]},
         "the coordinate 43, 1e+300 is not on Earth"),
        ({"type": "LineString", "coordinates": [[43, 36], [float("nan"), 36]]},
         "the coordinate nan, 36 is not on Earth"),
    ],
)  # fmt: skip
def test_a_feature_without_a_line_costs_one_row(tmp_path: Path, geometry: object, what: str):
    """The other features of the GeoJSON stay."""
    bad = feature() | {"geometry": geometry}
    reading = read_roads(geojson(tmp_path, feature(), bad, feature()))
    assert counts(reading) == (3, 1)
    assert reading.quarantined[0].row_number == 2
    assert reading.quarantined[0].what == what


@pytest.mark.usefixtures("here")
def test_odd_features_and_cells_are_text_or_nothing(tmp_path: Path):
    """Lists, flags, numbers and things that are no features break nothing."""
    odd = feature(oneway=True, maxspeed=[80, 60], name={"a": 1}, bridge=False, ref=1.0, id=[1])
    reading = read_roads(geojson(tmp_path, odd, 7, None, {}, {"properties": 3}))
    (way,) = reading.ways.to_dict("records")
    assert (way["oneway"], way["maxspeed_kmh"], way["bridge"], way["ref"]) == (1, 60, False, "1")
    assert way["name"] == "{'a': 1}"
    assert reading.notes == ("4 rows are no roads and were left out (no class 4)",)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::32638", "EPSG:32638"])
def test_the_old_crs_of_a_geojson_is_followed_if_it_is_a_code(tmp_path: Path, name: str):
    """A file in UTM comes out in degrees, and a note says so."""
    xy = shapely.get_coordinates(table({}).to_crs("EPSG:32638").geometry).tolist()
    crs = {"type": "name", "properties": {"name": name}}
    reading = read_roads(geojson(tmp_path, feature(xy), crs=crs))
    assert shapely.get_coordinates(reading.ways.geometry) == pytest.approx(
        np.array([A, B]), abs=1e-9
    )
    assert reading.notes == ("coordinates are in WGS 84 / UTM zone 38N",)
    crs["properties"]["name"] = "urn:ogc:def:crs:OGC:1.3:CRS84"
    assert read_roads(geojson(tmp_path, feature(), crs=crs)).notes == ()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "crs",
    [
        {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs"}},
        {"type": "name", "properties": {"name": "http://127.0.0.1:9/crs"}},
        {"type": "name", "properties": {"name": "EPSG:99999"}},
        {"type": "name"},
        "EPSG:4326",
        7,
    ],
)
def test_a_crs_that_is_no_code_is_refused(tmp_path: Path, crs: object):
    """No link is followed."""
    with pytest.raises(BadInput, match=r"CRS is named by|no coordinate reference system"):
        read_roads(geojson(tmp_path, feature(), crs=crs))


@pytest.mark.usefixtures("here")
def test_a_geopackage_without_a_crs_is_refused(tmp_path: Path):
    """Numbers without a system are no places."""
    path = gpkg(tmp_path, {})
    sql(path, "UPDATE gpkg_geometry_columns SET srs_id = 0")
    with pytest.raises(BadInput, match="has no coordinate reference system"):
        read_roads(path)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "rows",
    [[{"highway": "spaceway"}], [{"highway": "construction"}], [{"highway": None}]],
)
def test_a_layer_without_roads_is_refused(tmp_path: Path, rows: list[dict[str, object]]):
    """The layers are named."""
    with pytest.raises(BadInput, match="none of the layers roads holds roads"):
        read_roads(gpkg(tmp_path, *rows))


def test_a_view_that_never_ends_is_no_layer(tmp_path: Path):
    """Only plain tables are read, so a recursive view costs nothing."""
    path = gpkg(tmp_path, {})
    sql(
        path,
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS fid, 'primary' AS highway, NULL AS geom FROM n",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
        "VALUES ('endless', 'features', 'endless', 4326)",
        "INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 'LINESTRING', 4326, 0, 0)",
    )
    reading = read_roads(path)
    assert len(reading.ways) == 1
    assert reading.notes == ("roads are read from the layer roads, not endless",)


@pytest.mark.usefixtures("here")
def test_a_table_that_is_a_view_is_refused(tmp_path: Path):
    """If nothing else is there, there are no roads."""
    path = gpkg(tmp_path, {})
    sql(path, "ALTER TABLE roads RENAME TO hidden", "CREATE VIEW roads AS SELECT * FROM hidden",
        "UPDATE gpkg_contents SET table_name = 'roads'",
        "UPDATE gpkg_geometry_columns SET table_name = 'roads'")  # fmt: skip
    with pytest.raises(BadInput, match="holds roads"):
        read_roads(path)


@pytest.mark.usefixtures("here")
def test_names_of_layers_and_columns_are_only_names(tmp_path: Path):
    """Quotation marks and commands in them do nothing."""
    path = tmp_path / "roads.gpkg"
    rows = table({'x"; DROP TABLE "a': "1"})
    pyogrio.write_dataframe(rows, path, layer='a"; DROP TABLE gpkg_contents; --')
    assert len(read_roads(path).ways) == 1


def test_deep_and_huge_json_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nesting, numbers without end, text that is no JSON, and size."""
    path = tmp_path / "x.geojson"
    for text in ('{"a":' * 200_000, '{"a":' + "9" * 10_000 + "}", "{nonsense", '{"a": "\udc80"}'):
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(UnreadableFile, match="damaged, cut short or not a GeoJSON"):
            read_roads(path)
