"""What a file is: its content decides, its name is a second word."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pytest

from geo.errors import UnreadableFile
from geo.sources.confined.child import TASKS
from geo.sources.confined.limits import BROWSER
from geo.sources.readers.formats import FORMATS, checked_answer, open_raw
from geo.sources.readers.raw import batch_schema
from tests.hostile.bad_archives import packed
from tests.hostile.bad_geojsons import collection, feature
from tests.hostile.bad_kmls import kml, point

GOOD = collection(feature([44, 36], name="A"))


def written(tmp_path: Path, name: str, content: bytes) -> Path:
    """A file of that name."""
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_file_is_hashed_and_read_and_cleaned_up(tmp_path: Path, monkeypatch):
    """The hash is of the bytes that were read; nothing stays behind."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    path = written(tmp_path, "مواقع\n.geojson", GOOD)
    with open_raw(path, limits=BROWSER) as raw:
        (table,) = raw.tables
        (batch,) = table.batches()
        assert batch.column("c0").to_pylist() == ["A"]
        assert raw.sha256 == hashlib.sha256(GOOD).hexdigest()
        assert (raw.format, raw.file_name, raw.notes) == ("GeoJSON", "مواقع .geojson", ())
        del batch
    assert list(temporary.iterdir()) == []
    assert path.read_bytes() == GOOD


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.csv", GOOD, "GeoJSON"),
        ("a.gpkg", kml(point()), "KML"),
        ("a", kml(point()), "KML"),
        ("a.xlsx", packed(("doc.kml", kml(point()))), "KMZ"),
        ("a.xls", b"id,name\n1,A\n2,B\n", "CSV"),
    ],
)
def test_a_wrong_name_is_noted(tmp_path: Path, name: str, content: bytes, form: str):
    """The file is read as what it is."""
    with open_raw(written(tmp_path, name, content), limits=BROWSER) as raw:
        assert raw.format == form
        assert f"but its content is {form}: it was read as that" in raw.notes[0]


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.gpkg", b"id,name\n1,A\n", "begins with b'id,name.n1,A.n', as no gpkg file does"),
        ("a.xls", b"\xd0\xcf\x11\xe0", r"an old Excel workbook \(.xls\); .*; save it as .xlsx"),
        ("a.shp", b"\0\0\x27\x0a", "one file of a Shapefile; .*; pack its .shp, .shx, .dbf"),
        ("a.csv", b"II*\0", "a TIFF picture; .*; give it as a scene"),
        ("a.csv", b"\x89HDF\r\n", "a netCDF or HDF5 file"),
        ("a.csv", b"%PDF-1.4", "is a PDF"),
        ("a.csv", b"\x1f\x8b", "a gzip archive"),
        ("a.kml", b"<OGRVRTDataSource/>", "HTML or XML, but no KML"),
        ("a.zip", packed(("a.txt", b"x")), "the archive holds only 'a.txt'"),
        ("a.xlsb", packed(("xl/workbook.bin", b"x")), r"a binary Excel workbook \(xlsb\)"),
        ("a.ods", packed(("content.xml", b"x")), "an OpenDocument file; .*; save it as .xlsx"),
    ],
)
def test_what_is_no_table_is_refused_with_a_way_out(
    tmp_path: Path, name: str, content: bytes, match: str
):
    """In one line that names the file."""
    with (
        pytest.raises(UnreadableFile, match=match) as caught,
        open_raw(written(tmp_path, name, content), limits=BROWSER),
    ):
        pass
    assert str(caught.value).startswith(name)


def test_what_is_no_file_is_refused(tmp_path: Path):
    """A pipe would be waited for; a file that grows too large is not copied whole."""
    os.mkfifo(tmp_path / "pipe")
    small = dataclasses.replace(BROWSER, file_bytes=10)
    for path, match in (
        (tmp_path / "none.csv", "there is no file"),
        (tmp_path / "pipe", "there is no file"),
        (tmp_path, "there is no file"),
        (written(tmp_path, "large.csv", b"x" * 11), "large.csv has more than 10 bytes"),
    ):
        with pytest.raises(UnreadableFile, match=match), open_raw(path, limits=small):
            pass


def test_an_answer_that_does_not_add_up_is_not_taken(tmp_path: Path):
    """A child that a file has taken over cannot lose rows, or lead its parent elsewhere."""
    schema = batch_schema(1, places=False)
    rows = pa.record_batch([[1], ["A"], [""], ["A"]], schema=schema)
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as file, pa.ipc.new_file(file, schema) as out:
        out.write_batch(rows)
    told = {
        "name": "", "header": ["a"], "rows": 1, "batches_file": "/etc/t.arrow", "places": False,
        "hidden": False, "notes": [],
    }  # fmt: skip
    assert checked_answer({"tables": [told], "notes": []}, tmp_path, name="x").tables[0].rows == 1
    (tmp_path / "link.arrow").symlink_to(tmp_path / "t.arrow")
    (tmp_path / "rubbish.arrow").write_bytes(b"ARROW1" + bytes(90))
    for change, match in (
        ({"rows": 2}, "1 rows of 2"),
        ({"header": ["a", "b"]}, "other columns than it should"),
        ({"places": True}, "other columns than it should"),
        ({"batches_file": "link.arrow"}, "left no such file"),
        ({"batches_file": "/etc/passwd"}, "left no such file"),
        ({"batches_file": "rubbish.arrow"}, "cannot be used"),
        ({"rows": "many"}, "cannot be used"),
    ):
        with pytest.raises(UnreadableFile, match=match):
            checked_answer({"tables": [told | change], "notes": []}, tmp_path, name="x")
    for answer in ([], None, {"tables": []}, {"notes": []}, {"tables": [1], "notes": []}):
        with pytest.raises(UnreadableFile):
            checked_answer(answer, tmp_path, name="x")


def test_every_format_has_an_ending_of_its_own():
    """So that a copy can be named."""
    assert len({form.name for form in FORMATS}) == len(FORMATS) == 8
    assert all(form.endings and form.task in TASKS for form in FORMATS)
