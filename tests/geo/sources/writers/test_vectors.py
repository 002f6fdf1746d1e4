"""Frames as vector files for other programs."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from shapely.geometry import Point, box

from geo.errors import BadInput
from geo.frames import frame_of
from geo.sources.writers.table_files import cells
from geo.sources.writers.vectors import write_geojson, write_geopackage
from tests.strategies import frames

A_MOMENT = pd.Timedelta("1ms")
MOMENT = datetime(2026, 11, 22, tzinfo=UTC)


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


def records() -> gpd.GeoDataFrame:
    """Two sites' events: the seventeenth digit, an early day, text of every sort, nothing."""
    columns = {
        "id": ["E1", "E2"], "site_name": ["الحضر", "=1+1"], "event_type": ["looting"] * 2,
        "geometry": [Point(0.1 + 0.2, 1e-7), None], "date_from": [date(1500, 1, 2), None],
        "description": ["a\r\nb\rc", ""], "simulated": [True, False],
    }  # fmt: skip
    return frame_of("events", columns)


def test_a_geopackage_holds_each_value_in_its_own_type(tmp_path):
    """Dates are dates and flags are flags; places and texts are bit for bit the same."""
    path, frame = tmp_path / "f.gpkg", records()
    write_geopackage(path, {"events": frame})
    info, read = pyogrio.read_arrow(path, layer="events")
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))
    assert (types["date_from"], types["description"]) == ("OFTDate", "OFTString")
    assert read.column("simulated").to_pylist() == [True, False]
    assert read.column("date_from").to_pylist() == [date(1500, 1, 2), None]
    assert read.column("description").to_pylist() == ["a\r\nb\rc", ""]
    assert read.column(info["geometry_name"]).to_pylist() == [
        shapely.to_wkb(frame.geometry[0]), None,
    ]  # fmt: skip
    assert info["geometry_type"] == "Point"


def test_a_geopackage_says_what_it_is_about(tmp_path):
    """In a layer of its own, and in the description that a GIS shows."""
    path = tmp_path / "f.gpkg"
    about = {"marking": "TLP:AMBER", "audience": "partner"}
    write_geopackage(path, {"events": records()}, about=about)
    assert pyogrio.list_layers(path)[:, 0].tolist() == ["events", "about"]
    read = pyogrio.read_dataframe(path, layer="about", read_geometry=False)
    assert dict(zip(read["name"], read["words"], strict=True)) == about
    described = pyogrio.read_info(path, layer="events")["layer_metadata"]["DESCRIPTION"]
    assert described == "marking: TLP:AMBER; audience: partner"


def test_the_same_frames_give_the_same_bytes(tmp_path):
    """With the moment given, no clock is in the file; GDAL's own clock runs on afterwards."""
    paths = [tmp_path / "a.gpkg", tmp_path / "b.gpkg"]
    for path in paths:
        write_geopackage(path, {"events": records()}, about={"a": "b"}, moment=MOMENT)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert b"2026-11-22T00:00:00.000Z" in paths[0].read_bytes()
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_ogrinfo_lists_and_reads_a_geopackage(tmp_path):
    """A program that is not ours finds the layer, the number of rows, and the Arabic."""
    path = tmp_path / "f.gpkg"
    write_geopackage(path, {"events": records()}, about={"marking": "TLP:RED"}, moment=MOMENT)
    done = subprocess.run(["ogrinfo", "-ro", "-al", path], capture_output=True, check=True)
    said = done.stdout.decode()
    assert not done.stderr
    for words in ("Layer name: events", "Geometry: Point", "Feature Count: 2", "الحضر",
                  "date_from (Date) = 1500/01/02", "Layer name: about"):  # fmt: skip
        assert words in said


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(frames())
def test_any_record_comes_back_from_a_geopackage(tmp_path_factory, drawn):
    """Every value of every kind; moments to a thousandth of a second, which is all GDAL writes."""
    kind, frame = drawn
    path = tmp_path_factory.getbasetemp() / "any.gpkg"
    write_geopackage(path, {kind: frame})
    info, read = pyogrio.read_arrow(path, layer=kind)
    for name in frame.columns.drop("geometry"):
        values = read.column(name).to_pylist()
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            assert (
                pd.Series(values, dtype=frame[name].dtype) - frame[name]
            ).abs().max() < A_MOMENT or not values
        else:
            # SQLite keeps the number -0.0 as 0.
            texts = cells(pd.DataFrame({name: frame[name].replace(-0.0, 0.0)}))[name]
            assert ["" if value is None else _text(value) for value in values] == texts
    places = read.column(info["geometry_name"]).to_pylist()
    assert places == frame.geometry.to_wkb().tolist()


def features(path) -> list[dict]:
    """The features of a GeoJSON file, by a plain reader of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def test_geojson_holds_each_value_in_its_own_type(tmp_path):
    """Flags and numbers are JSON's own, days are ISO texts, what is missing is null."""
    path = tmp_path / "f.geojson"
    write_geojson(path, records(), name="events", about={"marking": "TLP:RED"})
    first, second = features(path)
    assert first["geometry"] == {"type": "Point", "coordinates": [0.1 + 0.2, 1e-7]}
    assert second["geometry"] is None
    kept = first["properties"]
    assert (kept["date_from"], kept["simulated"]) == ("1500-01-02", True)
    assert kept["description"] == "a\r\nb\rc"
    assert (second["properties"]["date_from"], second["properties"]["description"]) == (None, "")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["type"], document["name"]) == ("FeatureCollection", "events")
    assert document["lamassu"] == {"marking": "TLP:RED"}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(frames())
def test_any_record_comes_back_from_geojson(tmp_path_factory, drawn):
    """Every value of every kind, read by a plain reader of JSON."""
    kind, frame = drawn
    path = tmp_path_factory.getbasetemp() / "any.geojson"
    write_geojson(path, frame, name=kind)
    read = features(path)
    for name, texts in cells(pd.DataFrame(frame.drop(columns="geometry"))).items():
        values = [feature["properties"][name] for feature in read]
        assert ["" if value is None else _text(value) for value in values] == texts
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) if feature["geometry"] else None
              for feature in read]  # fmt: skip
    assert shapely.to_wkb(shapes).tolist() == frame.geometry.to_wkb().tolist()


def _text(value: object) -> str:
    """A plain value as `cells` writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else str(value)


def test_gdal_reads_the_geojson(tmp_path):
    """An empty one too."""
    path = tmp_path / "f.geojson"
    write_geojson(path, records(), name="events")
    read = pyogrio.read_dataframe(path)
    assert read["site_name"].tolist() == ["الحضر", "=1+1"]
    assert read.geometry.iloc[0].x == 0.1 + 0.2
    write_geojson(path, records().iloc[:0], name="events")
    assert len(pyogrio.read_dataframe(path)) == 0


def test_geojson_is_in_degrees(tmp_path):
    """A frame in metres is refused."""
    with pytest.raises(BadInput, match=r"not in EPSG:4326; expected longitude and latitude"):
        write_geojson(tmp_path / "f.geojson", records().to_crs(32638), name="x")
