"""Files of maps as raw tables: what comes out of each row of each format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely

from geo.errors import BadInput, InvalidSetting, UnreadableFile
from geo.sources.confined.limits import BROWSER
from geo.sources.readers.raw import RawTable
from geo.sources.readers.vector_tables import read
from tests.hostile.bad_archives import packed
from tests.hostile.bad_flatgeobufs import made
from tests.hostile.bad_geojsons import collection, feature
from tests.hostile.bad_geopackages import database, gpkg_shape, shape
from tests.hostile.bad_kmls import kml, point
from tests.hostile.bad_shapefiles import parts, put, zipped

ENDINGS = {
    "GeoJSON": ".geojson", "KML": ".kml", "KMZ": ".kmz", "GeoPackage": ".gpkg",
    "Shapefile": ".zip", "FlatGeobuf": ".fgb",
}  # fmt: skip


def tables(tmp_path: Path, form: str, content: bytes) -> tuple[RawTable, ...]:
    """The tables of a file, read in this process."""
    path = tmp_path / f"given{ENDINGS[form]}"
    path.write_bytes(content)
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    return read(path, folder, limits=BROWSER, form=form).tables


def rows(table: RawTable) -> list[dict[str, Any]]:
    """Rows by the names of their columns; places as WKT, without empty cells."""
    found = []
    for batch in table.batches():
        for raw in batch.to_pylist():
            row = {name: raw[f"c{i}"] for i, name in enumerate(table.header) if raw[f"c{i}"]}
            if raw.get("place"):
                row["place"] = shapely.to_wkt(shapely.from_wkb(raw["place"]), trim=True)
            found.append(row | {"row": raw["row"]} | ({"fault": f} if (f := raw["fault"]) else {}))
    return found


def only(tmp_path: Path, form: str, content: bytes) -> list[dict[str, Any]]:
    """The rows of the only table."""
    (table,) = tables(tmp_path, form, content)
    return rows(table)


def test_geojson_properties_become_cells(tmp_path: Path):
    """Each kind of value has one way to be written; a feature's id is a column."""
    properties = {
        "text": "تل", "whole": 54, "real": 33.5, "round": 2.0, "yes": True, "nothing": None,
        "list": ["a", 1], "long": 12345678901234567890,
    }  # fmt: skip
    (found,) = only(
        tmp_path, "GeoJSON", collection(feature([44, 36], **properties) | {"id": 7}, name="sites")
    )
    assert found == {
        "row": 1, "id": "7", "text": "تل", "whole": "54", "real": "33.5", "round": "2",
        "yes": "true", "list": '["a", 1]', "long": "12345678901234567890", "place": "POINT (44 36)",
    }  # fmt: skip


def test_a_bad_shape_costs_its_row_and_no_other(tmp_path: Path):
    """The cells stay, the reason is told, and the rows around it are whole."""
    content = collection(
        feature([44, 36], name="A"),
        feature(["44", "36"], name="B"),
        feature([float("nan"), 36], name="C"),
        feature([200, 36], name="D"),
        feature([[[44, 36], [45, 36]]], "Polygon", name="E"),
        feature([], name="F"),
        feature([[[44, 36], [45, 37], [45, 36], [44, 37], [44, 36]]], "Polygon", name="G"),
        {"type": "Feature", "properties": {"name": "H"}, "geometry": None},
        5,
        feature([45, 36], name="J"),
    )
    found = only(tmp_path, "GeoJSON", content)
    assert [row.get("name") for row in found] == [*"ABCDEFGH", None, "J"]
    assert [row.get("fault", "")[:42] for row in found] == [
        "", "its shape is broken (a coordinate is no nu",
        "its shape has a coordinate that is no numb", "the coordinate 200, 36 is not on Earth",
        "its shape is broken (A linearring requires", "its shape is empty",
        "its outline crosses or touches itself (Sel", "", "it is no feature", "",
    ]  # fmt: skip
    assert [i for i, row in enumerate(found) if "place" in row] == [0, 9]


def test_the_text_of_a_bad_row_shows_what_stood_there(tmp_path: Path):
    """So that a person can mend it."""
    (table,) = tables(tmp_path, "GeoJSON", collection(feature(["44", "36"], name="B")))
    (batch,) = table.batches()
    assert batch.column("text")[0].as_py() == (
        'name=B | geometry={"type": "Point", "coordinates": ["44", "36"]}'
    )


def test_an_open_ring_is_closed_and_noted(tmp_path: Path):
    """As RFC 7946 wants it; nothing is mended in silence."""
    square = [[44, 36], [45, 36], [45, 37], [44, 37]]
    (table,) = tables(tmp_path, "GeoJSON", collection(feature([square], "Polygon")))
    assert rows(table)[0]["place"] == "POLYGON ((44 36, 45 36, 45 37, 44 37, 44 36))"
    assert table.notes == ("1 rings did not end where they began and were closed",)


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::32638", "EPSG:32638"])
def test_coordinates_of_a_named_system_are_turned_into_lonlat(tmp_path: Path, name: str):
    """500 km east in zone 38 is on its middle meridian, 45 degrees east."""
    crs = {"type": "name", "properties": {"name": name}}
    (found,) = only(tmp_path, "GeoJSON", collection(feature([500_000, 4e6]), crs=crs))
    place = shapely.from_wkt(found["place"])
    assert (place.x, place.y) == pytest.approx((45.0, 36.144718), abs=1e-6)


def test_a_link_to_a_system_is_noted_and_not_followed(tmp_path: Path):
    """Without it a GeoJSON is in longitude and latitude."""
    path = tmp_path / "a.geojson"
    link = {"type": "link", "properties": {"href": "http://127.0.0.1:9/x"}}
    path.write_bytes(collection(feature([44, 36]), crs=link))
    reading = read(path, tmp_path, limits=BROWSER, form="GeoJSON")
    assert "by a link, which was not followed" in reading.notes[0]


def test_a_kml_gives_its_data_and_its_folders(tmp_path: Path):
    """Data go before the placemark's own words where both have one name."""
    content = kml(
        "<name>Survey</name><Folder><name>Tells</name>"
        '<Placemark id="p1"><name>A</name><TimeSpan><begin>2014</begin>'
        "<end>2015-03</end></TimeSpan>"
        '<ExtendedData><Data name="kind"><value>tell</value></Data><Data name="name">'
        '<value>B</value></Data><SchemaData><SimpleData name="n">5</SimpleData></SchemaData>'
        "</ExtendedData><Point><coordinates> 44.5,36.5,300 </coordinates></Point></Placemark>"
        "</Folder>",
        point("45,36"),
    )
    first, second = only(tmp_path, "KML", content)
    assert first == {
        "row": 1, "folder": "Survey / Tells", "id": "p1", "placemark name": "A", "begin": "2014",
        "end": "2015-03", "kind": "tell", "name": "B", "n": "5", "place": "POINT (44.5 36.5)",
    }  # fmt: skip
    assert second == {"row": 2, "folder": "Survey", "name": "A", "place": "POINT (45 36)"}


def test_every_shape_of_kml_is_read(tmp_path: Path):
    """Lines, rings, polygons with holes, tracks and multiples of them."""
    square = "0,0 9,0 9,9 0,9 0,0"
    hole = "1,1 2,1 2,2 1,1"
    shapes = {
        "<LineString><coordinates>1,2 3,4</coordinates></LineString>": "LINESTRING (1 2, 3 4)",
        f"<LinearRing><coordinates>{hole}</coordinates></LinearRing>":
            "LINESTRING (1 1, 2 1, 2 2, 1 1)",
        f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{square}</coordinates></LinearRing>"
        f"</outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>{hole}</coordinates>"
        "</LinearRing></innerBoundaryIs></Polygon>":
            "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 2 1, 2 2, 1 1))",
        "<gx:Track><when>2014</when><gx:coord>1 2 0</gx:coord><gx:coord>3 4 0</gx:coord>"
        "</gx:Track>": "LINESTRING (1 2, 3 4)",
        "<Model><Location><longitude>1</longitude><latitude>2</latitude></Location></Model>":
            "POINT (1 2)",
        "<MultiGeometry><Point><coordinates>1,2</coordinates></Point><Point><coordinates>3,4"
        "</coordinates></Point></MultiGeometry>": "MULTIPOINT ((1 2), (3 4))",
    }  # fmt: skip
    content = kml(*[f"<Placemark>{each}</Placemark>" for each in shapes])
    found = only(tmp_path, "KML", content)
    assert [row["place"] for row in found] == list(shapes.values())


def test_a_kmz_gives_a_table_for_each_document(tmp_path: Path):
    """None of its documents is left aside."""
    content = packed(("doc.kml", kml(point())), ("a/b.kml", kml(point(name="B"), point())))
    first, second = tables(tmp_path, "KMZ", content)
    assert (first.name, second.name, first.rows, second.rows) == ("doc.kml", "a/b.kml", 1, 2)


def test_a_geopackage_gives_its_plain_layers(tmp_path: Path):
    """Flags and times by the type of their column, shapes by their bytes; views not at all."""
    content = database(
        "CREATE TABLE t (day DATE, at DATETIME, yes BOOLEAN, picture BLOB);"
        "INSERT INTO t VALUES ('2015-03-07', '2015-03-07T12:30:00.000Z', 1, x'00');"
        "INSERT INTO gpkg_contents VALUES ('t', 'attributes', 't', 0);"
        "CREATE VIEW v AS SELECT 1; INSERT INTO gpkg_contents VALUES ('v', 'features', 'v', 0);",
        shape(gpkg_shape(b"\x01\x01\x00\x00\x00\x00")),
        shape(None),
    )
    sites, plain = tables(tmp_path, "GeoPackage", content)
    assert rows(sites) == [
        {"row": 1, "fid": "1", "name": "A", "place": "POINT (44 36)"},
        {"row": 2, "fid": "2", "name": "B", "fault": "its shape is broken"},
        {"row": 3, "fid": "3", "name": "B"},
    ]
    assert rows(plain) == [
        {"row": 1, "day": "2015-03-07", "at": "2015-03-07T12:30:00", "yes": "true"}
    ]
    assert plain.notes == ("columns of bytes were left out: picture",)
    assert not plain.places


def test_a_shapefile_says_how_its_text_is_encoded_or_is_asked(tmp_path: Path):
    """By its .cpg, by the mark in its table, else by the looks of its text, which is noted."""
    arabic = "موقع أثري"
    dbf = bytearray(parts()[".dbf"])
    start = dbf.index(b"A  ")
    dbf[start : start + 9] = arabic.encode("cp1256")
    marked = bytes(dbf[:29]) + b"\x7e" + bytes(dbf[30:])
    unmarked = bytes(dbf[:29]) + b"\0" + bytes(dbf[30:])
    for changes, notes in (
        ({".dbf": unmarked, ".cpg": b"1256"}, 0),
        ({".dbf": unmarked, ".cpg": b"windows-1256"}, 0),
        ({".dbf": marked, ".cpg": None}, 0),
        ({".dbf": unmarked, ".cpg": None}, 1),
    ):
        (table,) = tables(tmp_path, "Shapefile", zipped(changes))
        assert rows(table)[0]["name"] == arabic
        assert len(table.notes) == notes


def test_a_shapefile_without_a_system_is_read_as_lonlat_and_that_is_said(tmp_path: Path):
    """It is a guess."""
    (table,) = tables(tmp_path, "Shapefile", zipped({".prj": None}))
    assert "no .prj file" in table.notes[0]


def test_a_broken_shape_of_a_shapefile_costs_its_row(tmp_path: Path):
    """GDAL gives nothing for it; its record says that there was something."""
    found = only(tmp_path, "Shapefile", put(".shp", 148, "<i", 0x7FFFFFFF))
    assert found[0] == {"row": 1, "name": "A", "n": "1", "fault": "its shape is broken"}
    assert found[1]["place"].startswith("POLYGON")


def test_records_that_are_marked_as_deleted_are_counted(tmp_path: Path):
    """They are left out, and not in silence."""
    dbf = bytearray(parts()[".dbf"])
    dbf[int.from_bytes(dbf[8:10], "little")] = ord("*")
    (table,) = tables(tmp_path, "Shapefile", zipped({".dbf": bytes(dbf)}))
    assert [row["name"] for row in rows(table)] == ["B"]
    assert table.notes == ("1 records are marked as deleted and were left out",)


def test_a_flatgeobuf_keeps_rows_without_a_shape(tmp_path: Path):
    """Also the last one."""
    content = made(shapely.Point(44, 36), None, index=False)
    assert only(tmp_path, "FlatGeobuf", content) == [
        {"row": 1, "name": "name 0", "place": "POINT (44 36)"},
        {"row": 2, "name": "name 1"},
    ]


def test_the_same_rows_come_from_every_format(tmp_path: Path):
    """A point is a point."""
    box = shapely.box(44, 36, 45, 37)
    ring = [list(xy) for xy in shapely.get_coordinates(box)]
    made_of = {
        "GeoJSON": collection(feature([ring], "Polygon")),
        "GeoPackage": database(
            "DELETE FROM sites;", shape(gpkg_shape(shapely.to_wkb(box)))
        ),
        "FlatGeobuf": made(box),
        "KML": kml("<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>"
                   + " ".join(f"{x},{y}" for x, y in ring)
                   + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"),
    }  # fmt: skip
    for form, content in made_of.items():
        (found,) = only(tmp_path, form, content)
        assert shapely.equals(shapely.from_wkt(found["place"]), box), form


@pytest.mark.parametrize(
    ("form", "content", "match"),
    [
        ("GeoJSON", b'{"type": "Topology"}', "of the type Topology"),
        ("GeoJSON", b'{"type": "FeatureCollection", "features": 3}', "the features are no list"),
        ("GeoJSON", b'{"type": ', "damaged, cut short or no GeoJSON"),
        ("KML", b"<gpx><!-- <kml> --></gpx>", "the XML is 'gpx', no KML"),
        ("KML", b"<kml><Placemark>", "the KML is damaged or cut short"),
        ("GeoPackage", b"SQLite format 3\0", "the GeoPackage is damaged"),
        ("FlatGeobuf", b"fgb\x03fgb\x01", "the FlatGeobuf is damaged"),
        ("Shapefile", b"PK\5\6" + bytes(18), "read 0|no table|damaged|holds"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_line(
    tmp_path: Path, form: str, content: bytes, match: str
):
    """The reason is told."""
    if form == "Shapefile":
        assert tables(tmp_path, form, content) == ()
        return
    with pytest.raises(BadInput, match=match):
        tables(tmp_path, form, content)


def test_tables_have_limits(tmp_path: Path):
    """Of rows and of columns."""
    wide = collection(feature([44, 36], **{f"c{i}": 1 for i in range(201)}))
    with pytest.raises(UnreadableFile, match="more than 200 columns"):
        tables(tmp_path, "GeoJSON", wide)
    with pytest.raises(InvalidSetting, match="the format 'GML'"):
        read(tmp_path / "x", tmp_path, limits=BROWSER, form="GML")


def test_rows_beyond_a_batch_keep_their_numbers(tmp_path: Path):
    """A column that turns up late is empty before."""
    features = [feature([44, 36], n=i) for i in range(20_005)]
    features[-1]["properties"]["late"] = "x"  # type: ignore[index]
    (table,) = tables(tmp_path, "GeoJSON", collection(*features))
    batches = list(table.batches())
    assert [len(batch) for batch in batches] == [20_000, 5]
    assert batches[1].column("row").to_pylist() == list(range(20_001, 20_006))
    assert set(batches[0].column("c1").to_pylist()) == {""}
    assert batches[1].column("c1").to_pylist()[-1] == "x"
    assert batches[1].column("c0")[0].as_py() == "20000"
