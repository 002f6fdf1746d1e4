"""KML files: read back by another program, styled by share, and inert."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    Point,
    Polygon,
    box,
)

from geo.errors import BadInput, InvalidSetting, MissingColumns
from geo.frames import frame_of
from geo.sources.writers.kml import FAINTEST, WIDEST, write_kml, write_records
from geo.sources.writers.table_files import cells
from tests.strategies import frames

KML = {"k": "http://www.opengis.net/kml/2.2"}
A, B, C = (43.1234567, 36.0), (43.2, 36.1), (43.3, 36.05)


def frame(*rows: dict[str, object], crs: object = "EPSG:4326") -> gpd.GeoDataFrame:
    """Rows with a line unless told otherwise."""
    return gpd.GeoDataFrame([{"name": "x", "geometry": LineString([A, B])} | row for row in rows],
                            geometry="geometry", crs=crs)  # fmt: skip


def placemarks(path: Path) -> list[ET.Element]:
    """The placemarks of a file."""
    return ET.parse(path).getroot().findall(".//k:Placemark", KML)


def text(element: ET.Element, tag: str) -> str:
    """Text of the first element of that name."""
    found = element.find(f".//k:{tag}", KML)
    return "" if found is None else found.text or ""


def style(path: Path, placemark: ET.Element) -> ET.Element:
    """The style that a placemark refers to."""
    name = text(placemark, "styleUrl").removeprefix("#")
    return next(
        s for s in ET.parse(path).getroot().iter(f"{{{KML['k']}}}Style") if s.get("id") == name
    )


def test_gdal_reads_back_what_was_written(tmp_path: Path):
    """Names, data and places arrive, longitude first."""
    path = tmp_path / "x.kml"
    rows = frame(
        {"name": "طريق الموصل 🛣", "share": 0.25},
        {"name": "two", "geometry": Point(C), "share": 1 / 3},
        {"name": "three", "geometry": MultiLineString([[A, B], [B, C]]), "share": np.nan},
        {"name": "four", "geometry": MultiPoint([A, C])},
    )
    write_kml(rows, path, name="Routes", name_column="name", description_columns=["share"])
    got = gpd.GeoDataFrame(pyogrio.read_dataframe(path, layer="Routes"))
    assert got["Name"].tolist() == rows["name"].tolist()
    assert got.crs.to_epsg() == 4326
    for one, other in zip(got.geometry, rows.geometry, strict=True):
        assert one.geom_type == other.geom_type
        assert one.equals_exact(other, 1e-7) or one.normalize().equals_exact(
            other.normalize(), 1e-7
        )
    assert text(placemarks(path)[0], "value") == "0.25"
    assert text(placemarks(path)[1], "value") == "0.333333"
    assert placemarks(path)[2].find(".//k:Data", KML) is None


def test_places_in_another_crs_come_out_in_degrees(tmp_path: Path):
    """KML knows longitude and latitude only."""
    path = tmp_path / "x.kml"
    write_kml(frame({}).to_crs("EPSG:32638"), path, name="x")
    assert text(placemarks(path)[0], "coordinates") == "43.1234567,36.0000000 43.2000000,36.1000000"


def test_share_is_width_and_certainty_is_opacity(tmp_path: Path):
    """More is wider and stronger; what is unknown is grey, never narrow colour."""
    path = tmp_path / "x.kml"
    pairs = [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (np.nan, np.nan), (7.0, -7.0)]
    rows = frame(*({"share": share, "sure": sure} for share, sure in pairs))
    write_kml(rows, path, name="x", share_column="share", certainty_column="sure", colour="#112233")
    styles = [style(path, placemark) for placemark in placemarks(path)]
    widths = [float(text(s, "width")) for s in styles]
    assert widths == [1.0, 1 + (WIDEST - 1) / 2, WIDEST, 1.0, WIDEST]
    alphas = [int(text(s, "color")[:2], 16) / 255 for s in styles]
    assert alphas == pytest.approx([FAINTEST, (1 + FAINTEST) / 2, 1, FAINTEST, FAINTEST], abs=0.01)
    assert [text(s, "color")[2:] for s in styles] == ["332211"] * 3 + ["808080", "332211"]


def test_a_row_without_a_place_keeps_its_words(tmp_path: Path):
    """No geometry, an empty one, one that is nowhere."""
    path = tmp_path / "x.kml"
    nowhere = LineString([A, (np.inf, 3)])
    write_kml(frame({"geometry": None}, {"geometry": Point()}, {"geometry": nowhere}), path,
              name="x", description_columns=["name"])  # fmt: skip
    assert len(placemarks(path)) == 3
    assert "coordinates" not in path.read_text(encoding="utf-8")


HOSTILE = [
    "<script>alert(1)</script>", "]]><x>", "&lt;script&gt;", "$[name]", "<img src=x onerror=y>",
    "</name></Placemark>", '" onload="x', "&xxe;", "a\x00b\x1bc\ufffe", "\u202egnp.exe",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_is_inert(tmp_path: Path, value: str):
    """In names, cells, columns and titles; as XML, and as HTML in a balloon."""
    path = tmp_path / "x.kml"
    rows = frame({"name": value, value: value})
    write_kml(rows, path, name=value, name_column="name", description_columns=["name", value])
    (placemark,) = placemarks(path)
    assert {child.tag.split("}")[1] for child in placemark} == {
        "name", "styleUrl", "description", "ExtendedData", "LineString",
    }  # fmt: skip
    shown = text(placemark, "description")
    html = ET.fromstring(f"<p>{shown}</p>")
    assert {element.tag for element in html.iter()} <= {"p", "b", "br"}
    assert "$[" not in shown
    for name in (text(placemark, "name"), text(ET.parse(path).getroot(), "name")):
        assert not set("<>") & set(name)
        assert "$[" not in name


def test_nothing_in_the_file_leads_outside(tmp_path: Path):
    """No picture, no link, no network."""
    path = tmp_path / "x.kml"
    write_kml(frame({"geometry": Point(A)}), path, name="x", description_columns=["name"])
    content = path.read_text(encoding="utf-8").replace("http://www.opengis.net/kml/2.2", "")
    assert "http" not in content
    assert "href" not in content.lower()


@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_text_gives_well_formed_xml(names: list[str]):
    """One placemark for each row, whatever it is called."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.kml"
        rows = frame(*({"name": name} for name in names)) if names else frame({}).iloc[:0]
        write_kml(rows, path, name="x", name_column="name", description_columns=["name"])
        assert len(placemarks(path)) == len(names)
        assert [p.name for p in Path(folder).iterdir()] == ["x.kml"]


def test_cells_of_every_kind_become_text(tmp_path: Path):
    """Flags, days, counts; what is missing is left out."""
    path = tmp_path / "x.kml"
    rows = frame(
        {"flag": True, "day": pd.Timestamp("2020-05-01"), "n": 3, "gone": None, "na": pd.NA}
    )
    columns = ["flag", "day", "n", "gone", "na"]
    write_kml(rows, path, name="x", description_columns=columns)
    data = placemarks(path)[0].findall(".//k:Data", KML)
    assert {d.get("name"): text(d, "value") for d in data} == {
        "flag": "yes", "day": "2020-05-01 00:00:00", "n": "3",
    }  # fmt: skip


def test_the_same_rows_give_the_same_bytes_and_replace_the_file(tmp_path: Path):
    """Written twice, nothing differs and nothing else is there."""
    path = tmp_path / "x.kml"
    path.write_text("old")
    write_kml(frame({}), path, name="x")
    first = path.read_bytes()
    write_kml(frame({}), path, name="x")
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["x.kml"]


def test_what_cannot_be_drawn_is_refused(tmp_path: Path):
    """Polygons, no CRS, unknown columns, odd colours, folders that are not there."""
    path = tmp_path / "x.kml"
    area = Polygon([A, B, C])
    with pytest.raises(BadInput, match="hold Polygon; expected points and lines"):
        write_kml(frame({"geometry": area}), path, name="x")
    with pytest.raises(BadInput, match="no CRS"):
        write_kml(frame({}, crs=None), path, name="x")
    with pytest.raises(MissingColumns, match="no column share, oops"):
        write_kml(frame({}), path, name="x", share_column="share", description_columns=["oops"])
    with pytest.raises(InvalidSetting, match="the colour 'red'"):
        write_kml(frame({}), path, name="x", colour="red")
    with pytest.raises(BadInput, match="cannot be written"):
        write_kml(frame({}), tmp_path / "none" / "x.kml", name="x")
    assert not path.exists()


def told(path: Path, rows: gpd.GeoDataFrame, **options: object) -> list[ET.Element]:
    """The placemarks of records written in one folder."""
    given = {"titles": rows["id"].tolist(), "folders": ["all"] * len(rows), "about": {}}
    write_records(rows, path, **({"name": "x"} | given | options))
    return placemarks(path)


def seizures(**columns: list[object]) -> gpd.GeoDataFrame:
    """Seizures with these columns."""
    length = len(next(iter(columns.values())))
    given = {"id": [f"S{n}" for n in range(length)], "event_type": ["seizure"] * length,
             "country": ["Iraq"] * length}  # fmt: skip
    return frame_of("seizures", given | columns)


def data(placemark: ET.Element) -> dict[str, str]:
    """The data of a placemark."""
    return {d.get("name", ""): text(d, "value") for d in placemark.findall(".//k:Data", KML)}


@given(frames())
def test_every_value_of_a_record_comes_back(drawn):
    """As text that gives the value; characters that XML has not become U+FFFD."""
    import re
    import tempfile

    _, rows = drawn
    with tempfile.TemporaryDirectory() as folder:
        read = told(Path(folder) / "x.kml", rows)
    strange = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    columns = cells(pd.DataFrame(rows.drop(columns="geometry")))
    for row, placemark in enumerate(read):
        kept = {n: strange.sub("\ufffd", v[row]) for n, v in columns.items() if v[row]}
        assert {name: value for name, value in data(placemark).items() if value} == kept
        shape = rows.geometry[row]
        at = text(placemark, "coordinates")
        assert [float(number) for number in at.split(",") if at] == (
            [] if shape is None else [shape.x, shape.y]
        )


def test_days_set_the_time_slider(tmp_path: Path):
    """With both ends, with one, with none."""
    day, later = pd.Timestamp("1998-01-01"), pd.Timestamp("1998-12-31")
    rows = seizures(date_from=[day, day, pd.NaT, pd.NaT], date_to=[later, pd.NaT, later, pd.NaT])
    spans = [p.find("k:TimeSpan", KML) for p in told(tmp_path / "x.kml", rows)]
    assert [None if s is None else [e.text for e in s] for s in spans] == [
        ["1998-01-01", "1998-12-31"], ["1998-01-01"], ["1998-12-31"], None,
    ]  # fmt: skip


def test_records_lie_in_folders_by_name(tmp_path: Path):
    """Each in its own, in the order of the rows."""
    path = tmp_path / "x.kml"
    told(path, seizures(place=["a", "b", "c"]), folders=["return", "find", "return"])
    found = ET.parse(path).getroot().findall(".//k:Folder", KML)
    assert [(text(f, "name"), [text(p, "name") for p in f.findall("k:Placemark", KML)])
            for f in found] == [("find", ["S1"]), ("return", ["S0", "S2"])]  # fmt: skip


def test_areas_have_their_boundaries(tmp_path: Path):
    """Holes, several parts, collections of everything."""
    holed = Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 1), (1, 2)]])
    rows = seizures(geometry=[box(42.72, 35.58, 42.73, 35.59), holed,
                              GeometryCollection([Point(1, 2), holed])])  # fmt: skip
    first, second, third = told(tmp_path / "x.kml", rows)
    ring = ".//k:outerBoundaryIs/k:LinearRing/k:coordinates"
    assert first.findtext(ring, "", KML).split()[0] == "42.73,35.58"
    assert (
        second.findtext(ring.replace("outer", "inner"), "", KML)
        == "1.0,1.0 2.0,1.0 1.0,2.0 1.0,1.0"
    )
    assert {e.tag.split("}")[1] for e in third.find("k:MultiGeometry", KML)} == {"Point", "Polygon"}
    assert pyogrio.read_dataframe(tmp_path / "x.kml").geometry[1].equals(holed)


def test_the_document_says_what_it_is_about(tmp_path: Path):
    """Marking and audience, inert like all text."""
    path = tmp_path / "x.kml"
    told(path, seizures(place=["a"]), about={"marking": "TLP:RED", "note": "<script>$[name]"})
    shown = ET.parse(path).getroot().findtext("k:Document/k:description", "", KML)
    assert shown == "<b>marking</b>: TLP:RED<br/><b>note</b>: &lt;script&gt;$&#91;name]<br/>"


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_records_are_inert(tmp_path: Path, value: str):
    """As XML, and as HTML in a balloon; as data they are what they were."""
    kept = value.replace("\x00", "")
    (placemark,) = told(tmp_path / "x.kml", seizures(place=[kept]), titles=[value], folders=[value])
    html = ET.fromstring(f"<p>{text(placemark, 'description')}</p>")
    assert {element.tag for element in html.iter()} <= {"p", "b", "br"}
    assert "$[" not in text(placemark, "description")
    assert not set("<>") & set(text(placemark, "name"))
    assert data(placemark)["place"] == kept.translate({0x1B: 0xFFFD, 0xFFFE: 0xFFFD})


def test_records_in_metres_are_refused(tmp_path: Path):
    """KML knows degrees only."""
    with pytest.raises(BadInput, match=r"not in EPSG:4326"):
        told(tmp_path / "x.kml", seizures(place=["a"]).to_crs(32638))


def test_an_empty_description_is_told_as_empty(tmp_path: Path):
    """Otherwise a reader would take the balloon's text for the record's own description."""
    first, second = told(tmp_path / "x.kml", seizures(description=["", "two tablets"]))
    assert data(first)["description"] == ""
    assert data(second)["description"] == "two tablets"
    assert "<b>description</b>: two tablets<br/>" in text(second, "description")
    assert "<b>description</b>" not in text(first, "description")
