"""Tables of every kind of badness: one line for what is refused, and no row lost."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from pathlib import Path

import pytest

import cli
from tests.homes import COUNTS
from tests.sampling import every
from tests.shell_runs import refused, state
from tests.small_pictures import picture

KINDS = ("sites", "posts", "seizures", "events", "roads", "scenes")

GOOD = "SZ-T1,seizure,Iraq,44.4,33.3,2015-03-07,12\n"

HEADER = "id,event_type,country,lon,lat,date,object_count\n"


def packed() -> bytes:
    """A ZIP archive, as an Excel workbook is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


UNREADABLE = {
    "empty": b"",
    "only newlines": b"\n\r\n\n  \n",
    "byte order mark only": b"\xef\xbb\xbf",
    "missing columns": b"id,lon,lat\nA,44,33\n",
    "half a place": b"id,event_type,country,lon\nA,seizure,Iraq,44\n",
    "no header": GOOD.encode(),
    "duplicate header": b"id,id,event_type,country\nA,B,seizure,Iraq\n",
    "UTF-32": (HEADER + GOOD).encode("utf-32"),
    "zip": packed(),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "sqlite": b"SQLite format 3\x00" + bytes(200),
    "tiff": b"II*\x00\x08\x00\x00\x00" + bytes(100),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "gzip": b"\x1f\x8b\x08\x00" + bytes(30),
    "json": b'{"type": "FeatureCollection", "features": []}',
    "html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "NUL bytes in the header": b"id\0,event_type,country\nA,seizure,Iraq\n",
    "only NUL bytes": bytes(5000),
    "lone quote in the header": b'id,"event_type,country\nA,seizure,Iraq\n',
    "noise": struct.pack("<256B", *range(255, -1, -1)),
}


@pytest.mark.parametrize("name", every(5, UNREADABLE))
def test_an_unreadable_table_is_refused_in_one_line(run, home, tmp_path, name):
    """Exit 2, one line with the file's name, the store unchanged, beside a good file too."""
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_bytes(UNREADABLE[name])
    good.write_text(HEADER + GOOD)
    before = state(home)
    refused(run("import", "seizures", good, bad))
    refused(run("import", "seizures", bad, "--json"))
    assert state(home) == before


# Name: rows after the header, then how many are read, accepted, quarantined and duplicate.
MIXED = {
    "header only": ("", (0, 0, 0, 0)),
    "the same row twice": (GOOD + GOOD, (2, 1, 0, 1)),
    "one id with two contents": (GOOD + GOOD.replace("12", "13"), (2, 1, 1, 0)),
    "ragged": (GOOD + "SZ-T2,seizure\nSZ-T3,seizure,Iraq,44,33,2015,1,2,3\n", (3, 1, 2, 0)),
    "empty cells": (GOOD + ",seizure,Iraq,,,,\nSZ-T2,,Iraq,,,,\nSZ-T3,seizure,,,,,\n",
                    (4, 1, 3, 0)),
    "only commas": (GOOD + ",,,,,,\n", (1, 1, 0, 0)),
    "swapped": (GOOD + "SZ-T2,seizure,Iraq,33.3,44.4,2015,\nSZ-T3,seizure,Iraq,33.3,144.4,2015,\n",
                (3, 1, 2, 0)),
    "off the Earth": (GOOD + "SZ-T2,seizure,Iraq,444,33,2015,\nSZ-T3,seizure,Iraq,44,-91,2015,\n",
                      (3, 1, 2, 0)),
    "NaN": (GOOD + "SZ-T2,seizure,Iraq,NaN,33,2015,\nSZ-T3,seizure,Iraq,44,nan,2015,\n"
            "SZ-T4,seizure,Iraq,44,33,2015,NaN\n", (4, 1, 3, 0)),
    "infinite": (GOOD + "SZ-T2,seizure,Iraq,inf,33,2015,\nSZ-T3,seizure,Iraq,-1e999,33,2015,\n",
                 (3, 1, 2, 0)),
    "huge integers": (GOOD + f"SZ-T2,seizure,Iraq,,,2015,{9**99}\nSZ-T3,seizure,Iraq,,,2015,-5\n",
                      (3, 1, 2, 0)),
    "half a place": (GOOD + "SZ-T2,seizure,Iraq,44,,2015,\n", (2, 1, 1, 0)),
    "nonsense dates": (GOOD + "SZ-T2,seizure,Iraq,,,2015-13-01,\nSZ-T3,seizure,Iraq,,,yesterday,\n"
                       "SZ-T4,seizure,Iraq,,,2015-02-30,\nSZ-T5,seizure,Iraq,,,07.03.2015,\n",
                       (5, 1, 4, 0)),
    "future": (GOOD + "SZ-T2,seizure,Iraq,,,2150-01-01,\n", (2, 1, 1, 0)),
    "year nought": (GOOD + "SZ-T2,seizure,Iraq,,,0000,\nSZ-T3,seizure,Iraq,,,99999,\n",
                    (3, 1, 2, 0)),
    "unknown code": (GOOD + "SZ-T2,theft,Iraq,,,2015,\n", (2, 1, 1, 0)),
    "2 MB cell": (GOOD + f"SZ-T2,seizure,{'x' * 2_000_000},,,2015,\n", (2, 1, 1, 0)),
    "control characters": (GOOD + "SZ-T2,seizure,Ir\x1b[1maq,,,2015,\nSZ-T3\x07,seizure,Iraq,,,,\n",
                           (3, 1, 2, 0)),
    "NUL in a cell": (GOOD + "SZ\0T2,seizure,Iraq,,,2015,\n", (2, 1, 1, 0)),
    "lone quote": (GOOD + '"SZ-T2,seizure,Iraq,,,2015,\nSZ-T3,seizure,Iraq,,,2015,\n',
                   (3, 2, 1, 0)),
    "quote and text": (GOOD + '"SZ"-T2,seizure,Iraq,,,2015,\n', (2, 1, 1, 0)),
    "formulas": (GOOD + "SZ-T2,seizure,=1+1,,,2015,\nSZ-T3,seizure,@SUM(A1),,,2015,\n",
                 (3, 3, 0, 0)),
    "Arabic": (GOOD + "ض-١,seizure,العراق,,,2015,\n", (2, 2, 0, 0)),
    "no line end": (GOOD.strip(), (1, 1, 0, 0)),
    "blank lines": ("\n\n" + GOOD + "\n   \n", (1, 1, 0, 0)),
    "hostile text": (GOOD + "SZ-T2,seizure,<img src=x onerror=alert(1)>,,,2015,\n"
                     "SZ-T3,${alert(1)},Iraq,,,2015,\n", (3, 2, 1, 0)),
    "SQL": (GOOD + "SZ-T2,seizure,'); DROP TABLE seizures;--,,,2015,\n", (2, 2, 0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", every(5, MIXED))
def test_in_a_mixed_table_good_rows_are_kept_and_bad_ones_explained(run, home, tmp_path, name):
    """Read = accepted + quarantined + duplicate, as counted by hand; exit 1 if one is aside."""
    rows, expected = MIXED[name]
    path = tmp_path / "mixed.csv"
    path.write_text(HEADER + rows, encoding="utf-8", newline="")
    before = state(home)
    done = run("import", "seizures", path, "--source", "Test", "--json")
    (report,) = done.json["files"]
    counted = tuple(report[part] for part in ("read", "accepted", "quarantined", "duplicate"))
    assert counted == expected
    assert done.code == (1 if expected[2] else 0)
    assert len(report["rows"]) == expected[2]
    assert all(row["what"] and row["expected"] and row["remedy"] for row in report["rows"])
    assert report["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert state(home)[1]["seizures"] == before[1]["seizures"] + expected[1]
    again = run("import", "seizures", path, "--source", "Test")
    assert "\x1b" not in again.out + again.err
    assert "\x07" not in again.out + again.err
    assert state(home)[1]["seizures"] == before[1]["seizures"] + expected[1]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("UTF-16", (HEADER + GOOD).encode("utf-16"), (1, 1, 0)),
        ("byte order mark", (HEADER + GOOD).encode("utf-8-sig"), (1, 1, 0)),
        ("old Macintosh", (HEADER + GOOD).replace("\n", "\r").encode(), (1, 1, 0)),
        ("semicolons and decimal commas",
         (HEADER + GOOD).replace(",", ";").encode() + b"SZ-T2;seizure;Iraq;44,4;33,3;2015;\n",
         (2, 2, 0)),
        ("a row in another code page",
         HEADER.encode() + "SZ-T2,seizure,Türkei,44,33,2015,1\n".encode("latin-1"), (1, 1, 0)),
        ("cut in the middle of a character",
         (HEADER + GOOD + "SZ-T2,seizure,العراق").encode()[:-1], (2, 1, 1)),
        ("UTF-16 without a mark", (HEADER + GOOD).encode("utf-16-le"), (1, 1, 0)),
        ("tabs", (HEADER + GOOD).replace(",", "\t").encode(), (1, 1, 0)),
        ("very many columns",
         (HEADER.strip() + "".join(f",c{n}" for n in range(1000)) + "\n" + GOOD.strip()
          + "," * 1000 + "\n").encode(), (1, 1, 0)),
        ("other letters in the header", (HEADER.upper() + GOOD).encode(), (1, 1, 0)),
        ("quoted over two lines",
         (HEADER + GOOD + '"SZ-T2","seizure","Ir\naq",,,2015,\n').encode(), (2, 2, 0)),
    ],
)  # fmt: skip
def test_odd_tables_that_can_be_read(run, tmp_path, name, content, expected):
    """Encodings, separators and line ends of other programs cost no good row."""
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    done = run("import", "seizures", path, "--source", "Test", "--dry-run", "--json")
    (report,) = done.json["files"]
    assert (report["read"], report["accepted"], report["quarantined"]) == expected
    assert report["duplicate"] == 0
    assert done.json["dry_run"] is True


def test_what_is_no_file_is_refused(run, home, tmp_path):
    """A folder, a missing file, a file in a file, a loop of links, a name that is too long."""
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "file").write_text("x")
    names = ("", "none.csv", "file/x.csv", "loop.csv", "x" * 300, "a\nb.csv")
    before = state(home)
    for name in names:
        refused(run("import", "seizures", tmp_path / name))
    for name in names:
        refused(run("import", "scenes", tmp_path / name))
    assert state(home) == before


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_imported_and_undone(run, home, tmp_path, kind):
    """A file in, its report, and out again by the id in the report."""
    if kind == "scenes":
        path = picture(tmp_path / "S2_20150307.tif", tags={"ACQUISITION_DATE": "2015-03-07"})
    else:
        path = tmp_path / f"{kind}.csv"
        facts = Path(cli.__file__).parent / "data" / f"{kind}.csv"
        path.write_text(facts.read_text(encoding="utf-8"), encoding="utf-8")
    words = ("import", kind, path, "--site", "Hatra", "--marking", "white", "--json")
    tried = run(*words, "--dry-run").json["files"][0]
    done = run(*words)
    report = done.json["files"][0]
    assert done.code == 0
    assert report["read"] == report["accepted"] + report["duplicate"] == tried["read"]
    assert state(home)[1] == COUNTS | {kind: COUNTS[kind] + report["accepted"]}
    undone = run("undo", report["import_id"], "--json")
    assert (undone.code, undone.json["withdrawn"]) == (0, report["accepted"])
    assert state(home)[1] == COUNTS
    refused(run("undo", report["import_id"]), "undone")


@pytest.mark.parametrize(
    ("options", "word"),
    [(("--grade", "Z9"), "grade"), (("--marking", "pink"), "--marking pink"),
     (("--date", "soon"), "--date soon"),
     (("--site", "Atlantis"), "Atlantis"),
     (("--dataset", ""), "dataset")],
)  # fmt: skip
def test_an_option_that_cannot_be_is_refused(run, home, tmp_path, options, word):
    """With its value; the store is unchanged."""
    (tmp_path / "good.csv").write_text(HEADER + GOOD)
    before = state(home)
    refused(run("import", "seizures", tmp_path / "good.csv", *options), word)
    assert state(home) == before


def test_a_report_for_people_explains_each_row(shell, tmp_path):
    """The law of conservation as one line, then a line for each row that was kept aside."""
    path = tmp_path / "m.csv"
    path.write_text(HEADER + GOOD + "SZ-T2,theft,Iraq,,,2015,\n")
    done = shell("import", "seizures", path)
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith(
        "m.csv: read 2 = accepted 1 + quarantined 1 + duplicate 0  (import IM"
    )
    assert "row 3: event_type is 'theft'; expected one of seizure" in lines[-1]
