"""Files of roads: what comes in, what is kept aside, and ways that are kept."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import LineString, MultiLineString, Point, box

from geo.errors import BadInput, MissingColumns, UnreadableFile
from geo.sources.roads import road_files
from geo.sources.roads.road_files import read_roads, read_ways, write_ways
from geo.ways import WAY_COLUMNS
from tests.road_makers import (
    LINE,
    OTHER,
    ROAD,
    A,
    counts,
    feature,
    geojson,
    gpkg,
    read_here,
    write_osm,
)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process, which is quicker than a child for each."""
    read_here(monkeypatch)


def test_an_extract_of_openstreetmap_becomes_ways(tmp_path: Path):
    """Tags, direction, vertices and hash arrive; what is no road is left out and counted."""
    path = write_osm(
        tmp_path / "iraq.osm.pbf",
        [
            (1, [1, 2, 3], {"highway": "motorway", "name": "طريق", "maxspeed": "30 mph"}),
            (2, [3, 4], ROAD | {"oneway": "-1", "surface": "gravel", "bridge": "viaduct"}),
            (3, [4, 5], {"highway": "construction"}),
            (4, [4, 5, 6, 4], {"highway": "pedestrian", "area": "yes"}),
            (5, [4, 5], {"highway": "yes"}),
            (6, [4, 77], ROAD),
            (7, [4, 5], ROAD | {"oneway": "perhaps", "maxspeed": "fast"}),
        ],
    )
    reading = read_roads(path)
    ways = reading.ways
    assert ways["way_id"].tolist() == ["1", "2", "7"]
    assert ways["road_class"].tolist() == ["motorway", "primary", "primary"]
    assert ways["oneway"].tolist() == [1, -1, 0]
    assert ways["maxspeed_kmh"].tolist() == pytest.approx(
        [48.28, np.nan, np.nan], 1e-3, nan_ok=True
    )
    assert ways["bridge"].tolist() == [False, True, False]
    assert ways["name"].tolist() == ["طريق", "", ""]
    assert ways.geometry.iloc[0].coords[-1] == ways.geometry.iloc[1].coords[0]
    assert counts(reading) == (5, 2)
    assert [row.row_number for row in reading.quarantined] == [5, 6]
    assert reading.quarantined[0].what == "the class 'yes' is not known"
    assert reading.quarantined[0].text == "way_id=5, highway=yes"
    assert reading.quarantined[1].what == "1 of its 2 nodes have no place in the file"
    assert reading.notes == (
        "2 rows are no roads and were left out (construction 1, areas 1)",
        "1 roads have a oneway that is not understood, such as 'perhaps': read as if it were not "
        "said",
    )
    assert reading.sha256 == road_files.sha256_of(path)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("ending", ["osm", "osm.bz2", "osm.gz", "OSM.PBF", "pbf"])
def test_every_ending_of_openstreetmap_is_read(tmp_path: Path, ending: str):
    """Whatever the form, the ways are the same; capitals do not matter."""
    path = write_osm(tmp_path / f"x.{ending.lower()}", [(1, [1, 2], ROAD)])
    path = path.rename(tmp_path / f"Ïraq 2.{ending}")
    assert read_roads(path).ways["way_id"].tolist() == ["1"]


@pytest.mark.usefixtures("here")
def test_rows_that_cannot_be_used_are_kept_aside_with_their_reasons(tmp_path: Path):
    """The sum holds: read = usable + quarantined, row by row, in the order of the file."""
    path = gpkg(
        tmp_path,
        {},
        {"geometry": None, "name": "no place"},
        {"geometry": Point(A)},
        {"geometry": box(43, 36, 44, 37)},
        {"geometry": LineString([A, (200, 36)])},
        {"geometry": LineString([A, (np.inf, 36)])},
        {"geometry": LineString([A, A])},
        {"geometry": LineString()},
        {"highway": "spaceway"},
        {"highway": "proposed"},
        {"geometry": MultiLineString([LINE, LineString([A, (43, 91)])])},
    )
    reading = read_roads(path)
    assert counts(reading) == (10, 9)
    assert {row.row_number: row.what for row in reading.quarantined} == {
        2: "no geometry",
        3: "a Point where a line was due",
        4: "a Polygon where a line was due",
        5: "the coordinate 200, 36 is not on Earth",
        6: "the coordinate inf, 36 is not on Earth",
        7: "a line that stays in one place",
        8: "no geometry",
        9: "the class 'spaceway' is not known",
        11: "the coordinate 43, 91 is not on Earth",
    }
    assert reading.quarantined[0].text == "way_id=row 2, highway=primary, name=no place"


@pytest.mark.usefixtures("here")
def test_files_without_a_usable_road_are_refused(tmp_path: Path):
    """The first reason is told."""
    empty = write_osm(tmp_path / "empty.osm.pbf", [])
    with pytest.raises(BadInput, match=r"empty\.osm\.pbf holds no road that can be used"):
        read_roads(empty)
    with pytest.raises(BadInput, match="1 cannot be used, the first: no geometry"):
        read_roads(geojson(tmp_path, feature() | {"geometry": None}))
    with pytest.raises(BadInput, match="no FeatureCollection"):
        read_roads(geojson(tmp_path, feature(), features={}))


@pytest.mark.usefixtures("here")
def test_too_many_bad_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A quarantine is no dump."""
    monkeypatch.setattr(road_files, "MOST_QUARANTINED", 2)
    path = gpkg(tmp_path, {}, *[{"highway": "spaceway"}] * 3)
    with pytest.raises(BadInput, match="3 roads that cannot be used; the first: the class 'space"):
        read_roads(path)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("x.osm.pbf", b"", "is empty"),
        ("x.osm.pbf", b"<osm/>", "begins with b'<osm/>', as no pbf does"),
        ("x.osm", b"\0\0\0\x0d\x0a\x09OSMHeader", "as no osm does"),
        ("x.gpkg", b"PK\x03\x04", "as no gpkg does"),
        ("x.gpkg", b'<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>', "as no gpkg"),
        ("x.geojson", b"SQLite format 3\0", "as no geojson does"),
        ("x.shp", b"\0\0\x27\x0a", "as no file of roads does"),
        ("x", b"{}", "as no file of roads does"),
        ("x.json", b"<OGRVRTDataSource/>", "as no geojson does"),
    ],
)
def test_a_false_name_is_refused(tmp_path: Path, name: str, content: bytes, match: str):
    """The bytes must be what the ending promises; virtual files are not opened."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=match):
        read_roads(path)


def test_what_is_no_file_is_refused(tmp_path: Path):
    """Neither a missing file, nor a folder, nor a pipe that would be waited for."""
    os.mkfifo(tmp_path / "pipe.osm")
    (tmp_path / "folder.gpkg").mkdir()
    for name in ("none.osm.pbf", "pipe.osm", "folder.gpkg", "nul\0.osm"):
        with pytest.raises(UnreadableFile):
            read_roads(tmp_path / name)


@pytest.mark.usefixtures("here")
def test_a_pbf_cut_between_its_blocks_has_no_roads_or_roads_without_places(tmp_path: Path):
    """The one cut that no reader can see: without the block of ways, there is no road."""
    path = write_osm(tmp_path / "x.osm.pbf", [(1, [1, 2], ROAD)])
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"OSMData") - 6])
    with pytest.raises(BadInput, match="holds no road that can be used"):
        read_roads(path)
    first, last = whole.index(b"OSMData") - 6, whole.rindex(b"OSMData") - 6
    path.write_bytes(whole[:first] + whole[last:])
    with pytest.raises(BadInput, match="the first: 2 of its 2 nodes have no place in the file"):
        read_roads(path)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("kind", ["osm.pbf", "gpkg", "geojson"])
def test_a_file_cut_short_is_refused(tmp_path: Path, kind: str):
    """Through the child process too, whatever the form."""
    if kind == "gpkg":
        path = gpkg(tmp_path, *[{"name": f"طريق {k}"} for k in range(400)])
    elif kind == "geojson":
        path = geojson(tmp_path, *[feature(name=str(k)) for k in range(50)])
    else:
        path = write_osm(tmp_path / "x.osm.pbf", [(k, [1, 2, 3], ROAD) for k in range(1, 200)])
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(UnreadableFile):
            read_roads(path)


@pytest.mark.usefixtures("here")
def test_kept_ways_come_back_the_same(tmp_path: Path):
    """To the last bit of a coordinate; written twice, the bytes are the same."""
    path = gpkg(tmp_path, {"name": "طريق", "maxspeed": "60"}, {"geometry": OTHER, "oneway": "-1"})
    ways = read_roads(path).ways
    one, two = tmp_path / "one", tmp_path / "two"
    write_ways(ways, one)
    write_ways(ways, two)
    assert one.read_bytes() == two.read_bytes()
    assert_geodataframe_equal(read_ways(one), ways)
    write_ways(ways.iloc[:0], one)
    assert list(read_ways(one).columns) == [*WAY_COLUMNS, "geometry"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "roads.gpkg", "two"]


@pytest.mark.usefixtures("here")
def test_kept_ways_are_read_whole_or_not_at_all(tmp_path: Path):
    """Cut at twenty places, or with any bit flipped, the file is refused."""
    path, damaged = tmp_path / "ways", tmp_path / "damaged"
    write_ways(read_roads(gpkg(tmp_path, {})).ways, path)
    whole = path.read_bytes()
    chance = random.Random(1)
    broken = [whole[: len(whole) * k // 20] for k in range(20)]
    for _ in range(200):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        broken.append(bytes(flipped))
    for content in broken:
        damaged.write_bytes(content)
        with pytest.raises(UnreadableFile, match="is not as it was written"):
            read_ways(damaged)
    with pytest.raises(UnreadableFile, match="No such file"):
        read_ways(tmp_path / "none")


@pytest.mark.usefixtures("here")
def test_ways_that_cannot_be_kept_are_refused(tmp_path: Path):
    """A missing column or folder is told; nothing is left behind."""
    ways = read_roads(gpkg(tmp_path, {})).ways
    with pytest.raises(MissingColumns, match="lacks access"):
        write_ways(ways.drop(columns="access"), tmp_path / "ways")
    with pytest.raises(BadInput, match="cannot be written"):
        write_ways(ways, tmp_path / "none" / "ways")
    assert [p.name for p in tmp_path.iterdir()] == ["roads.gpkg"]
