"""What goes out: for whom, in which files, and that nothing of it is lost."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from geo.errors import BadInput, InvalidSetting
from geo.model import Audience, Tlp
from geo.pipeline.export import (
    ENDINGS,
    ONLY_FOR,
    ending_of,
    endings_for,
    export,
)
from geo.pipeline.shown import records
from geo.query import Query
from geo.store import FileKey, Store, open_store
from tests.export_records import records_of
from tests.homes import COUNTS, NOW
from tests.sampling import every

OUTSIDE = (Audience.PUBLIC, Audience.PARTNER)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def small(tmp_path: Path):
    """A store with nothing in it."""
    opened = open_store(f"sqlite:///{tmp_path / 'small.sqlite'}")
    yield opened
    opened.close()


def keep(store: Store, kind: str, frame: gpd.GeoDataFrame) -> None:
    """Take a frame in as if it came from a file."""
    digest = hashlib.sha256(kind.encode()).hexdigest()
    key = FileKey(file_name="x", sha256=digest, dataset_id="local", reading="")
    assert store.add(kind, frame, key=key, author="A", now=NOW).accepted == len(frame)


@pytest.mark.parametrize("kind", every(3, COUNTS))
@pytest.mark.parametrize("audience", Audience)
def test_every_kind_goes_out_in_every_format(facts, tmp_path, kind, audience):
    """Also where there is no record, and where the audience may have none."""
    for ending in endings_for(kind):
        report = export(facts, kind, tmp_path / f"x{ending}", audience=audience, now=NOW)
        assert report.records == len(records(facts, kind, audience))
        for file in report.files:
            content = (tmp_path / file.name).read_bytes()
            assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert {path.name for path in tmp_path.iterdir()} >= {f"x{e}" for e in endings_for(kind)}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_store_gives_the_same_bytes(facts, tmp_path, ending):
    """Nothing in a file hangs on the clock, the user or the folder."""
    kind = ONLY_FOR.get(ending, "seizures")
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        path = tmp_path / name / f"x{ending}"
        report = export(facts, kind, path, audience=Audience.PARTNER, now=NOW)
        made.append((report, contents(path.parent)))
    assert made[0] == made[1]


def test_the_report_tells_where_the_records_are_from(facts, tmp_path):
    """Datasets for all, imports for the office alone, limits in words."""
    asked = {"query": Query(include_simulated=False), "now": NOW}
    report = export(facts, "sites", tmp_path / "x.csv", audience=Audience.INTERNAL, **asked)
    assert report.datasets == ("lamassu-facts",)
    assert set(report.imports) <= {record.import_id for record in facts.imports()}
    assert len(report.imports) == 1
    assert report.filters == ("Simulated data hidden",)
    outside = export(facts, "sites", tmp_path / "x.csv", audience=Audience.PARTNER, **asked)
    assert outside.imports == ()


def test_a_file_tells_its_marking_audience_and_day(facts, tmp_path):
    """Each format in its own way."""
    for ending in ENDINGS:
        kind = ONLY_FOR.get(ending, "seizures")
        export(facts, kind, tmp_path / f"x{ending}", audience=Audience.PARTNER, now=NOW)
    told = [
        dict(pyogrio.read_dataframe(tmp_path / "x.gpkg", layer="about", read_geometry=False)
             .itertuples(index=False, name=None)),
        json.loads((tmp_path / "x.geojson").read_text(encoding="utf-8"))["lamassu"],
        dict(
            row[:2]
            for row in openpyxl.load_workbook(tmp_path / "x.xlsx")["About"].iter_rows(
                values_only=True
            )
        ),
    ]  # fmt: skip
    for about in told:
        assert (about["marking"], about["audience"], about["date"]) == (
            "TLP:CLEAR", "partner", "2026-11-22",
        )  # fmt: skip
        assert about["records"] == "118 seizures"
        assert "cells of 0.001 to 0.1 degree" in about["note 1"]
    kml = ET.parse(tmp_path / "x.kml").getroot()
    title = kml.findtext(".//{*}Document/{*}name") or ""
    assert title == "Lamassu seizures, TLP:CLEAR, for partner, 2026-11-22"
    for name in (
        "x.csv",
        "x.untouched.csv",
        "x.cites.csv",
        "x.cites.untouched.csv",
        "x.arches.csv",
    ):
        for row in rows_of(tmp_path / name):
            assert (row["file_marking"], row["file_audience"], row["file_date"]) == (
                "TLP:CLEAR", "partner", "2026-11-22",
            )  # fmt: skip


def test_the_marking_is_the_strictest_of_the_records(small, tmp_path):
    """One record decides."""
    frame = records_of("seizures")
    markings = [Tlp.GREEN.value, Tlp.CLEAR.value, *[Tlp.CLEAR.value] * (len(frame) - 2)]
    keep(small, "seizures", frame.assign(marking=pd.Series(markings, dtype="str")))
    path = tmp_path / "x.csv"
    report = export(small, "seizures", path, audience=Audience.PARTNER, now=NOW)
    assert report.marking is Tlp.GREEN
    assert {row["file_marking"] for row in rows_of(path)} == {"TLP:GREEN"}
    assert (
        export(small, "seizures", path, audience=Audience.PUBLIC, now=NOW).records == len(frame) - 1
    )


SECRET_LON, SECRET_LAT = 43.3281234567, 36.0981234567


@pytest.mark.parametrize("ending", [e for e in ENDINGS if ONLY_FOR.get(e, "sites") == "sites"])
@pytest.mark.parametrize("audience", OUTSIDE)
def test_no_file_for_others_holds_the_place_of_a_sensitive_site(small, tmp_path, ending, audience):
    """Its digits and its bytes are in no file, and its inner columns neither."""
    frame = records_of("sites").assign(sensitivity="3", marking="TLP:CLEAR", note="inner matter")
    frame = frame.set_geometry([shapely.Point(SECRET_LON, SECRET_LAT)] * len(frame), crs=4326)
    keep(
        small,
        "sites",
        frame.assign(precision="exact", name=[f"Tell {n}" for n in range(len(frame))]),
    )
    for name in ("outside", "office"):
        (tmp_path / name).mkdir()
    path = tmp_path / "outside" / f"x{ending}"
    report = export(small, "sites", path, audience=audience, now=NOW)
    assert report.generalised == report.records == len(frame)
    assert leaks(contents(path.parent)) == []
    path = tmp_path / "office" / f"x{ending}"
    export(small, "sites", path, audience=Audience.INTERNAL, now=NOW)
    assert len(leaks(contents(path.parent))) >= 2, "the search finds what is there"


def contents(folder: Path) -> bytes:
    """Every byte of the files in a folder, also of those that are packed."""
    found = []
    for path in sorted(folder.iterdir()):
        found.append(path.read_bytes())
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                found += [package.read(name) for name in package.namelist()]
    return b"\n".join(found)


def leaks(content: bytes) -> list[str]:
    """What of a secret site is in these bytes: digits, doubles, or words."""
    lon, lat = np.float64(SECRET_LON), np.float64(SECRET_LAT)
    searched = [b"43.328", b"36.098", b"inner matter", lon.tobytes(), lat.tobytes(),
                lon.byteswap().tobytes(), lat.byteswap().tobytes()]  # fmt: skip
    return [repr(words) for words in searched if words in content]


@pytest.fixture
def blurred(small) -> Store:
    """A store with one site of medium sensitivity at 42.718 E, 35.588 N, and one that is not."""
    frame = records_of("sites").head(2).assign(
        sensitivity=["3", "none"], marking="TLP:CLEAR", name=["Hatra", "Other"], precision="exact",
        simulated=False
    )  # fmt: skip
    places = [shapely.Point(42.718, 35.588), shapely.Point(44.4, 33.34)]
    keep(small, "sites", frame.set_geometry(places, crs=4326))
    return small


def test_a_generalised_place_is_a_polygon_in_vector_formats(blurred, tmp_path):
    """The cell, with its width beside; Google Earth says so in the name."""
    for ending in (".gpkg", ".geojson", ".kml"):
        export(blurred, "sites", tmp_path / f"x{ending}", audience=Audience.PARTNER, now=NOW)
    for ending in (".gpkg", ".geojson"):
        layer = {"layer": "sites"} if ending == ".gpkg" else {}
        read = pyogrio.read_dataframe(tmp_path / f"x{ending}", **layer).set_index("name")
        assert read.geometry["Hatra"].bounds == (42.71, 35.58, 42.72, 35.59)
        assert read["generalised"].to_dict() == {"Hatra": True, "Other": False}
        assert read["cell_deg"]["Hatra"] == 0.01
        assert read.geometry["Other"].geom_type == "Point"
    marks = ET.parse(tmp_path / "x.kml").getroot().findall(".//{*}Placemark")
    by_name = {mark.findtext("{*}name"): {e.tag.split("}")[1] for e in mark} for mark in marks}
    assert set(by_name) == {"Hatra (somewhere in a cell of 0.01 degree)", "Other"}
    assert "Polygon" in by_name["Hatra (somewhere in a cell of 0.01 degree)"]


def test_a_generalised_place_is_the_middle_of_its_cell_in_flat_formats(blurred, tmp_path):
    """With the width of the cell in the same row."""
    for ending in (".csv", ".arches.csv", ".xlsx"):
        export(blurred, "sites", tmp_path / f"x{ending}", audience=Audience.PARTNER, now=NOW)
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["sites"]
    header, *cells = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    tables = {
        "x.csv": rows_of(tmp_path / "x.csv"),
        "x.arches.csv": rows_of(tmp_path / "x.arches.csv"),
        "x.xlsx": [dict(zip(header, map(str, row), strict=True)) for row in cells],
    }
    for table in tables.values():
        told = {row.get("name", row.get("Resource Name")): row for row in table}
        keys = ("lon", "lat", "generalised", "cell_deg")
        assert [told["Hatra"][key] for key in keys] == ["42.715", "35.585", "true", "0.01"]
        assert [told["Other"][key] for key in keys] == ["44.4", "33.34", "false", ""]


def test_for_the_office_nothing_is_said_of_cells(blurred, tmp_path):
    """Its places are those held, and no column says otherwise."""
    report = export(blurred, "sites", tmp_path / "x.csv", audience=Audience.INTERNAL, now=NOW)
    assert report.generalised == 0
    assert not {"generalised", "cell_deg", "search_text", "version", "import_id"} & {
        *rows_of(tmp_path / "x.csv")[0]
    }


def test_a_query_is_asked_of_what_the_audience_may_have(small, tmp_path):
    """Nobody finds a record by words that are not told to him."""
    frame = records_of("seizures").assign(marking="TLP:CLEAR", note="codeword")
    keep(small, "seizures", frame)
    asked = {"query": Query(text="codeword"), "now": NOW}
    found = [
        export(small, "seizures", tmp_path / "x.csv", audience=audience, **asked).records
        for audience in (Audience.PARTNER, Audience.INTERNAL)
    ]
    assert found == [0, len(frame)]
    assert (
        "Text: codeword"
        in export(small, "seizures", tmp_path / "x.csv", audience=Audience.PARTNER, **asked).notes
    )


def test_a_place_that_somebody_searched_for_stays_in_the_office(small, tmp_path):
    """Neither the report nor the file repeats it to others."""
    keep(small, "seizures", records_of("seizures").assign(marking="TLP:CLEAR"))
    asked = {"query": Query(text="36.0981, 43.3281"), "now": NOW}
    told = []
    for audience in Audience:
        path = tmp_path / f"{audience.value}.geojson"
        report = export(small, "seizures", path, audience=audience, **asked)
        told.append(("36.0981" in str(report), "36.0981" in path.read_text(encoding="utf-8")))
    assert told == [(False, False), (False, False), (True, True)]


def test_simulated_records_say_so_and_can_be_left_out(small, tmp_path):
    """In the report, in the file and in Google Earth."""
    frame = records_of("seizures").assign(
        simulated=[True] + [False] * (len(records_of("seizures")) - 1)
    )
    keep(small, "seizures", frame)
    path = tmp_path / "x.kml"
    report = export(small, "seizures", path, audience=Audience.INTERNAL, now=NOW)
    assert report.simulated == 1
    assert "1 of the records are SIMULATED: invented data" in report.notes
    names = [
        name.text or "" for name in ET.parse(path).getroot().iterfind(".//{*}Placemark/{*}name")
    ]
    assert sum(name.startswith("SIMULATED ") for name in names) == 1
    real = Query(include_simulated=False)
    report = export(small, "seizures", path, audience=Audience.INTERNAL, query=real, now=NOW)
    assert (report.records, report.simulated) == (len(frame) - 1, 0)


def test_no_text_of_a_spreadsheet_is_run_and_its_twin_is_untouched(small, tmp_path):
    """Both of each CSV, and the workbook."""
    keep(small, "seizures", records_of("seizures").assign(place="=HYPERLINK(1)"))
    for ending in (".csv", ".cites.csv", ".xlsx"):
        report = export(
            small, "seizures", tmp_path / f"x{ending}", audience=Audience.INTERNAL, now=NOW
        )
    for name in ("x.csv", "x.cites.csv"):
        assert {row["place"] for row in rows_of(tmp_path / name)} == {"'=HYPERLINK(1)"}
        twin = name.replace(".csv", ".untouched.csv")
        assert {row["place"] for row in rows_of(tmp_path / twin)} == {"=HYPERLINK(1)"}
    cells = [c for row in openpyxl.load_workbook(tmp_path / "x.xlsx")["seizures"] for c in row]
    assert "=HYPERLINK(1)" in {cell.value for cell in cells}
    assert "f" not in {cell.data_type for cell in cells}
    assert [file.name for file in report.files] == ["x.xlsx"]


def test_ogrinfo_reads_the_exported_geopackage(facts, tmp_path):
    """Every layer, with Arabic, by a program that is not ours."""
    export(facts, "sites", tmp_path / "x.gpkg", audience=Audience.INTERNAL, now=NOW)
    done = subprocess.run(
        ["ogrinfo", "-al", "-ro", tmp_path / "x.gpkg"], capture_output=True, check=True
    )
    said = done.stdout.decode()
    assert not done.stderr
    assert f"Feature Count: {COUNTS['sites']}" in said
    assert "الحضر" in said


def test_what_cannot_be_written_is_refused_and_changes_nothing(facts, tmp_path):
    """Endings, kinds, folders."""
    path = tmp_path / "x.gpkg"
    office = {"audience": Audience.INTERNAL, "now": NOW}
    with pytest.raises(InvalidSetting, match=r"x.pdf says no format.*\.gpkg, \.geojson"):
        export(facts, "sites", tmp_path / "x.pdf", **office)
    with pytest.raises(InvalidSetting, match=r"no table 'tombs'"):
        export(facts, "tombs", path, **office)
    with pytest.raises(InvalidSetting, match=r"sites do not fit.*\.cites\.csv; expected seizures"):
        export(facts, "sites", tmp_path / "x.cites.csv", **office)
    with pytest.raises(BadInput, match=r"cannot be written"):
        export(facts, "sites", tmp_path / "none" / "x.gpkg", **office)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.csv" / "kept").touch()
    with pytest.raises(BadInput, match=r"cannot be written"):
        export(facts, "sites", tmp_path / "folder.csv", **office)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


@pytest.mark.parametrize(
    ("name", "ending"),
    [("x.csv", ".csv"), ("X.CITES.CSV", ".cites.csv"), ("a.b.arches.csv", ".arches.csv"),
     ("x.untouched.csv", ".csv"), ("x.GPKG", ".gpkg")],
)  # fmt: skip
def test_the_longest_ending_counts(name, ending):
    """Whatever the case of its letters."""
    assert ending_of(Path(name)) == ending


def test_a_name_that_is_only_an_ending_is_none():
    """A hidden file without a name would be hard to find again."""
    with pytest.raises(InvalidSetting, match=r"says no format"):
        ending_of(Path(".csv"))
