"""The command line end to end: exit codes, one line for what is refused, and no row lost."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS
from shapely.geometry import box, mapping

import cli
from geo.change import Parameters
from geo.grid import Grid
from geo.pipeline import change
from geo.sources.rasters.raster import write_geotiff
from geo.store import open_store
from tests.homes import COUNTS, copied, installed, settings_of

COMMANDS = (
    "init", "import", "detect", "cost", "routes", "exposure", "checks", "validate", "verify",
    "brief", "export", "quarantine", "mend", "undo", "correct", "case", "link", "photograph",
    "pictures", "backup", "restore", "copy", "upgrade", "fetch", "series", "sar", "alerts",
)  # fmt: skip

KINDS = ("sites", "posts", "seizures", "events", "roads", "scenes")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """What it wrote for machines."""
        return json.loads(self.out)


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command, without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LAMASSU_")}
    return {**kept, "LAMASSU_HOME": str(home), "COLUMNS": "100", **more}


def started(project: Path, home: Path, *words: object, **more: str) -> subprocess.Popen:
    """A command in a process of its own, which nobody answers."""
    return subprocess.Popen(
        [sys.executable, str(project / "cli.py"), *map(str, words)],
        env=environment(home, **more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=home.parent,
    )  # fmt: skip


def ended(process: subprocess.Popen) -> Done:
    """The end of a command."""
    out, err = process.communicate(timeout=120)
    assert b"Traceback" not in out + err
    return Done(process.returncode, out.decode(), err.decode())


@pytest.fixture
def home(tmp_path, tmp_path_factory):
    """An installation of the test's own."""
    return copied(installed(tmp_path_factory), tmp_path / "home")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The common installation, only to be read."""
    return installed(tmp_path_factory)


@pytest.fixture
def shell(project, home):
    """Runs a command in a process of its own."""
    return lambda *words, **more: ended(started(project, home, *words, **more))


def called(monkeypatch, capsys, home: Path, *words: object, **more: str) -> Done:
    """Run a command in this process, with nothing to read from."""
    for name in [name for name in os.environ if name.startswith("LAMASSU_")]:
        monkeypatch.delenv(name)
    for name, value in environment(home, **more).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["cli.py", *map(str, words)])
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    capsys.readouterr()
    with pytest.raises(SystemExit) as ending:
        cli.main()
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "failed inside" not in err
    return Done(int(ending.value.code or 0), out, err)


@pytest.fixture
def run(monkeypatch, capsys, home):
    """Runs a command on the test's own installation."""
    return lambda *words, **more: called(monkeypatch, capsys, home, *words, **more)


@pytest.fixture
def ask(monkeypatch, capsys, template):
    """Runs a command that changes nothing on the common installation."""
    return lambda *words, **more: called(monkeypatch, capsys, template, *words, **more)


def state(home: Path) -> tuple[int, dict[str, int], int]:
    """Revision and records of a store, and how many scene files there are."""
    store = open_store(settings_of(home).store_url)
    try:
        counts = {kind: len(store.read(kind)) for kind in COUNTS}
        return store.revision(), counts, len(list((home / "scenes").iterdir()))
    finally:
        store.close()


def refused(done: Done, *words: str) -> None:
    """Assert that a command refused in one line that holds these words."""
    assert done.code == 2
    assert done.err.startswith("refused: ")
    assert done.err.count("\n") == 1
    assert len(done.err) < 1500
    for word in words:
        assert word in done.err
    assert done.out == ""


# Help and settings


def test_help_names_every_command(shell):
    """In a process of its own, as the user meets it."""
    done = shell("--help")
    assert done.code == 0
    assert all(name in done.out for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(ask, command):
    """With --json on each, and --store where a store is used."""
    done = ask(command, "--help")
    assert done.code == 0
    assert "--json" in done.out
    assert ("--store" in done.out) is (command not in {"cost", "copy"})


@pytest.mark.parametrize(
    "words",
    [
        (), ("fly",), ("init", "--fast"), ("import",), ("import", "cars", "x.csv"),
        ("import", "sites"), ("detect",), ("detect", "--before", "x.tif"), ("brief", "hatra"),
        ("brief", "hatra", "--out", "x.pdf", "--audience", "press"), ("undo",),
        ("correct", "sites"),
        ("correct", "sites", "PL894004", "--set", "note=x"), ("backup",), ("cost",),
        ("cost", "f.tif"), ("routes",), ("routes", "--from", "Hatra", "--mode", "boat"),
        ("checks", "--k", "many"), ("verify",), ("exposure", "--top", "x"),
    ],
)  # fmt: skip
def test_a_command_that_is_not_understood_ends_with_2(ask, words):
    """Nothing is asked for; usage goes to standard error, or is the help."""
    assert ask(*words).code == 2


def test_init_says_what_there_is(shell, home):
    """For people and for machines; nothing is changed by asking again."""
    before = state(home)
    done = shell("init", "--json")
    assert done.code == 0
    assert done.json == {"store": settings_of(home).store_url, "records": COUNTS}
    assert state(home) == before


def test_the_option_beats_the_environment_and_that_the_home(run, home, tmp_path, monkeypatch):
    """--store, then LAMASSU_STORE, then the file in LAMASSU_HOME."""
    urls = [f"sqlite:///{tmp_path / name}.sqlite" for name in ("option", "variable")]
    monkeypatch.setattr("geo.sources.rasters.simulated.simulated_scenes", tuple)
    told = [
        run("init", "--json", "--store", urls[0], LAMASSU_STORE=urls[1]).json["store"],
        run("init", "--json", LAMASSU_STORE=urls[1]).json["store"],
        run("init", "--json").json["store"],
    ]
    assert told == [*urls, settings_of(home).store_url]
    assert (tmp_path / "option.sqlite").is_file()


@pytest.mark.parametrize(
    ("store", "word"),
    [("postgres://x/y", "names no store"), ("sqlite:///", "names no store"),
     ("{tmp}/x.sqlite", "names no store"), ("sqlite:///{tmp}", ""), ("sqlite:///{text}", "")],
)  # fmt: skip
def test_what_is_no_store_is_refused(run, tmp_path, store, word):
    """A folder, a text file and another kind of database are left as they are."""
    (tmp_path / "text").write_text("no store " * 500)
    url = store.format(tmp=tmp_path, text=tmp_path / "text")
    refused(run("init", "--store", url), word)
    assert (tmp_path / "text").read_text() == "no store " * 500


def test_a_home_that_cannot_be_is_refused(run, tmp_path):
    """A file is in the way."""
    (tmp_path / "file").write_text("")
    refused(run("init", LAMASSU_HOME=str(tmp_path / "file" / "home")), "LAMASSU_HOME")


def test_letters_that_the_terminal_lacks_are_told_by_their_codes(shell, tmp_path):
    """Arabic on a Western terminal ends no command."""
    path = tmp_path / "a.csv"
    path.write_text("id,event_type,country\nس,سرقة,العراق\n", encoding="utf-8")
    done = shell("import", "seizures", path, "--dry-run", PYTHONIOENCODING="cp1252")
    assert done.code == 1
    assert "\\u0633" in done.out


# Two at once, and killed


@pytest.mark.thorough
def test_two_that_begin_at_once_make_one_installation(project, tmp_path):
    """Both end well and nothing is doubled."""
    home = tmp_path / "home"
    both = [started(project, home, "init", "--json") for _ in range(2)]
    assert [ended(process).code for process in both] == [0, 0]
    whole(home)


@pytest.mark.thorough
def test_a_start_that_was_killed_is_completed_by_the_next(project, tmp_path):
    """Killed with -9 among the facts and among the scenes, then run again."""
    home = tmp_path / "home"
    for wanted in (1, 7, 10):
        process = started(project, home, "init")
        deadline = time.monotonic() + 60
        while imports(home) < wanted and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = ended(started(project, home, "init", "--json"))
    assert (done.code, done.json["records"]) == (0, COUNTS)
    whole(home)


def imports(home: Path) -> int:
    """How many imports a store that may not be there yet holds."""
    try:
        uri = f"file:{home / 'lamassu.sqlite'}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM imports").fetchone()[0]
    except sqlite3.Error:
        return 0


def whole(home: Path) -> None:
    """Assert that an installation is complete and holds nothing twice."""
    store = open_store(settings_of(home).store_url)
    try:
        assert {kind: len(store.read(kind)) for kind in COUNTS} == COUNTS
        assert all(set(store.read(kind)["version"]) <= {1} for kind in COUNTS)
        names = [record.key.file_name for record in store.imports()]
        assert len(names) == len(set(names)) == 16
        assert store.integrity() == ()
        paths = {str(home / path) for path in store.read("scenes")["path"]}
    finally:
        store.close()
    assert {str(path) for path in (home / "scenes").glob("*.tif")} == paths


# Bad tables

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


@pytest.mark.parametrize("name", UNREADABLE)
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


@pytest.mark.parametrize("name", MIXED)
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


# Undo, correct, backup, upgrade


def test_a_record_is_corrected_with_its_history(run, home):
    """Typed text in, the next version out; nothing is asked."""
    words = ("correct", "seizures", "SZ001", "--set", "grade=B2", "--set", "note=a=b")
    done = run(*words, "--reason", "court file", "--json")
    assert (done.code, done.json) == (0, {"kind": "seizures", "id": "SZ001", "version": 2})
    store = open_store(settings_of(home).store_url)
    history = store.history("seizures", "SZ001")
    store.close()
    assert list(history["grade"])[-1] == "B2"
    assert list(history["note"])[-1] == "a=b"
    assert list(history["reason"]) == ["", "court file"]
    assert (
        "is now version 3"
        in run("correct", "seizures", "SZ001", "--set", "date_from=", "--reason", "r").out
    )


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (("SZ000", "--set", "note=x", "--reason", "r"), "SZ000"),
        (("SZ001", "--set", "note", "--reason", "r"), "--set note"),
        (("SZ001", "--set", "=x", "--reason", "r"), "--set =x"),
        (("SZ001", "--set", "colour=red", "--reason", "r"), "colour"),
        (("SZ001", "--set", "geometry=POINT (1 2)", "--reason", "r"), "geometry"),
        (("SZ001", "--set", "object_count=many", "--reason", "r"), "many"),
        (("SZ001", "--set", "lon=44", "--reason", "r"), "lat"),
        (("SZ001", "--set", "note=x", "--reason", " "), "reason"),
        (("SZ001", "--set", "note=\x07", "--reason", ""), "reason"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(run, home, words, word):
    """One line, and the store unchanged."""
    before = state(home)
    refused(run("correct", "seizures", *words), word)
    assert state(home) == before


def test_an_import_that_is_not_there_cannot_be_undone(run):
    """The id is named."""
    refused(run("undo", "IM-20200101-00000000"), "IM-20200101-00000000")


def test_a_backup_is_a_store_of_its_own(run, home, tmp_path):
    """Whole and sound; a file that is there is not replaced."""
    done = run("backup", tmp_path / "copy.sqlite", "--json")
    assert (done.code, done.json["file"]) == (0, str(tmp_path / "copy.sqlite"))
    store = open_store(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    assert len(store.read("sites")) == COUNTS["sites"]
    store.close()
    refused(run("backup", tmp_path / "copy.sqlite"), "copy.sqlite")
    refused(run("backup", tmp_path / "none" / "copy.sqlite"), "none")


def test_upgrade_finds_a_sound_store_sound(run, home):
    """Nothing to do, and no fault."""
    done = run("upgrade", "--json")
    assert (done.code, done.json) == (0, {"store": settings_of(home).store_url, "faults": []})
    assert "up to date and sound" in run("upgrade").out


def test_upgrade_finds_a_damaged_store(run, home):
    """Two current versions of one record are a fault: exit 1 with words, or a refusal."""
    path = home / "lamassu.sqlite"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8192] = b"\xa5" * 8192
    path.write_bytes(content)
    done = run("upgrade")
    assert done.code in {1, 2}
    assert done.out + done.err


# Detect


def picture(path: Path, *, tags: dict[str, str] | None = None, **wanted: object) -> Path:
    """A small picture with texture and one bright patch where wanted, near Hatra."""
    size, bands = int(wanted.get("size", 64)), int(wanted.get("bands", 4))
    east = float(wanted.get("east", 293_000))
    texture = np.random.default_rng(7).normal(1200, 120, (bands, 96, 96))[:, :size, :size]
    values = texture + np.random.default_rng(int(wanted.get("noise", 1))).normal(
        0, 8, texture.shape
    )
    if wanted.get("patch"):
        values[:, 20:32, 20:32] += 900
    if wanted.get("no_data"):
        values[:] = 0
    grid = Grid(
        crs=CRS.from_epsg(32638),
        transform=Affine(10, 0, east, 0, -10, 3_941_000),
        shape=(size, size),
    )
    names = ("B02", "B03", "B04", "B08")[:bands]
    write_geotiff(
        path, values.clip(0).astype(np.uint16), grid=grid, bands=names, nodata=0, tags=tags or {}
    )
    return path


@pytest.fixture
def pair(tmp_path):
    """Two pictures of one ground; on the second a patch has become bright."""
    return (
        picture(tmp_path / "t1.tif", tags={"ACQUISITION_DATE": "2015-03-01"}),
        picture(tmp_path / "t2.tif", tags={"ACQUISITION_DATE": "2015-04-01"}, patch=True, noise=2),
    )


def test_detect_writes_score_mask_and_flags(shell, pair, tmp_path):
    """In a process of its own: files on the first one's grid, and a summary for machines."""
    outputs = [tmp_path / name for name in ("s.tif", "m.tif", "f.gpkg")]
    done = shell(
        "detect", "--before", pair[0], "--after", pair[1], "--score", outputs[0],
        "--mask", outputs[1], "--out", outputs[2], "--json",
    )  # fmt: skip
    assert done.code == 0
    told = done.json
    assert {"id", "before", "after", "simulated", "marking", "valid_ha", "flagged_ha", "remarks",
            "findings", "flags", "provenance"} <= set(told)  # fmt: skip
    assert (told["before"], told["after"], told["simulated"]) == ("2015-03-01", "2015-04-01", False)
    assert told["marking"] == "TLP:AMBER"
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in pair]
    assert list(told["provenance"]["inputs"].values()) == digests
    assert told["provenance"]["parameters"].items() >= vars_of(Parameters()).items()
    with rasterio.open(pair[0]) as first:
        for path, dtype in zip(outputs[:2], ("float32", "uint8"), strict=True):
            with rasterio.open(path) as written:
                assert (written.transform, written.shape, written.crs) == (
                    first.transform, first.shape, first.crs,
                )  # fmt: skip
                assert written.dtypes == (dtype,)
    assert outputs[2].is_file()


def vars_of(parameters: Parameters) -> dict[str, object]:
    """The parameters by name."""
    return {name: getattr(parameters, name) for name in Parameters.__dataclass_fields__}


def test_detect_around_a_site_tells_distances(run, template, tmp_path, monkeypatch):
    """Two simulated scenes of Hatra: SIMULATED is said, flags have distances."""
    monkeypatch.setattr(change, "CONTEXT_HALF_WIDTH_M", 300.0)
    store = open_store(settings_of(template).store_url)
    scenes = store.read("scenes").set_index("id")["path"]
    store.close()
    words = ["detect", "--site", "الحضر"]
    for option, day in (("--before", "20150402"), ("--after", "20150410")):
        words += [option, str(template / scenes[f"SIM-PL894004-{day}"])]
    done = run(*words, "--out", tmp_path / "f.gpkg", "--json")
    assert done.json["simulated"] is True
    assert done.json["flags"]
    assert all(flag["distance_m"] < 4000 for flag in done.json["flags"])
    people = run(*words)
    assert people.out.startswith("SIMULATED pictures: ")


def test_detect_in_an_area(run, pair, tmp_path):
    """A GeoJSON file limits the flags; one that is off the picture is refused."""
    lon, lat = 42.7154, 35.5874
    (tmp_path / "aoi.geojson").write_text(
        json.dumps(mapping(box(lon, lat, lon + 0.01, lat + 0.01)))
    )
    (tmp_path / "far.geojson").write_text(json.dumps(mapping(box(10, 50, 11, 51))))
    words = ("detect", "--before", pair[0], "--after", pair[1], "--aoi")
    assert run(*words, tmp_path / "aoi.geojson", "--json").code == 0
    refused(run(*words, tmp_path / "far.geojson"))


def spoilt(folder: Path, name: str) -> Path:
    """A raster that cannot be used as the later picture."""
    path = folder / "bad.tif"
    match name:
        case "missing":
            pass
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("id,lon,lat\n")
        case "vrt":
            path.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"/>')
        case "truncated":
            whole_file = picture(folder / "whole.tif").read_bytes()
            path.write_bytes(whole_file[: len(whole_file) // 2])
        case "header only":
            path.write_bytes(picture(folder / "whole.tif").read_bytes()[:60])
        case "no CRS":
            with rasterio.open(
                path, "w", driver="GTiff", count=4, height=64, width=64, dtype="uint16",
                transform=Affine(10, 0, 293_000, 0, -10, 3_941_000),
            ) as dataset:  # fmt: skip
                dataset.write(np.ones((4, 64, 64), np.uint16))
        case "another CRS":
            with rasterio.open(
                path, "w", driver="GTiff", count=4, height=64, width=64, dtype="uint16",
                crs="EPSG:32633", transform=Affine(10, 0, 293_000, 0, -10, 3_941_000),
            ) as dataset:  # fmt: skip
                dataset.write(np.ones((4, 64, 64), np.uint16))
        case "elsewhere":
            picture(path, east=400_000)
        case "no data":
            picture(path, no_data=True)
        case "other bands":
            picture(path, bands=3)
        case "folder":
            path.mkdir()
    return path


@pytest.mark.parametrize(
    "name",
    ["missing", "empty", "text", "vrt", "truncated", "header only", "no CRS", "another CRS",
     "elsewhere", "no data", "other bands", "folder"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_that_cannot_be_used_is_refused(ask, pair, tmp_path, name):
    """As the earlier and as the later picture: one line, exit 2, no file left."""
    bad = spoilt(tmp_path, name)
    before = sorted(tmp_path.iterdir())
    outputs = ("--score", tmp_path / "s.tif", "--mask", tmp_path / "m.tif", "--out",
               tmp_path / "f.gpkg")  # fmt: skip
    refused(ask("detect", "--before", pair[0], "--after", bad, *outputs))
    refused(ask("detect", "--before", bad, "--after", pair[1], *outputs, "--json"))
    assert sorted(tmp_path.iterdir()) == before


def test_a_picture_of_another_size_is_laid_on_the_first_grid(ask, pair, tmp_path):
    """Where only one of the two has data nothing is known."""
    small = picture(tmp_path / "small.tif", size=48, noise=3)
    words = (
        "detect",
        "--before",
        pair[0],
        "--after",
        small,
        "--mask",
        tmp_path / "m.tif",
        "--json",
    )
    done = ask(*words)
    assert done.code == 0
    with rasterio.open(tmp_path / "m.tif") as mask:
        codes = mask.read(1)
    assert codes.shape == (64, 64)
    assert (codes[52:, :] == 255).all()
    assert done.json["valid_ha"] <= 48 * 48 / 100


def test_a_detection_that_cannot_be_is_refused_before_the_work(ask, pair, tmp_path):
    """Swapped dates, two areas, bad areas, no such site, files that cannot be written."""
    words = ("detect", "--before", pair[0], "--after", pair[1])
    area, spoilt_area = tmp_path / "a.geojson", tmp_path / "b.geojson"
    area.write_text(json.dumps(mapping(box(42.7, 35.5, 42.8, 35.6))))
    spoilt_area.write_text('{"type": "Point"')
    before = sorted(tmp_path.iterdir())
    cases = [
        (("detect", "--before", pair[1], "--after", pair[0]), "exchange the two"),
        ((*words, "--site", "Hatra", "--aoi", area), "one of them"),
        ((*words, "--aoi", spoilt_area), "b.geojson"),
        ((*words, "--aoi", tmp_path / "none"), "none"),
        ((*words, "--site", "Atlantis"), "Atlantis"),
        ((*words, "--score", tmp_path / "no" / "s.tif"), "cannot be written"),
        ((*words, "--mask", tmp_path), "cannot be written"),
        ((*words, "--score", tmp_path / "s.tif", "--out", tmp_path / "no" / "f"), "cannot be"),
        ((*words, "--score", pair[0]), "take the place"),
        ((*words, "--score", tmp_path / "x.tif", "--mask", tmp_path / "x.tif"), "take the place"),
        ((*words, "--before", pair[0]), "B02"),
    ]
    for case, word in cases:
        refused(ask(*case), word)
    assert sorted(tmp_path.iterdir()) == before


# Brief


def test_a_page_of_a_site_is_printed_and_traced(shell, home, tmp_path):
    """The id that the command tells is kept with the file's SHA-256."""
    out = tmp_path / "hatra.pdf"
    done = shell("brief", "hatra", "--out", out, "--json")
    assert done.code == 0
    assert set(done.json) == {"id", "marking", "file"}
    assert out.read_bytes().startswith(b"%PDF")
    store = open_store(settings_of(home).store_url)
    (kept,) = store.briefing(done.json["id"])
    store.close()
    assert kept.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert (kept.audience, kept.subject) == ("public", "Hatra")


def test_a_page_of_the_region_is_a_picture(run, tmp_path):
    """300 dots an inch on A4 landscape; printing it again the same day is no fault."""
    out = tmp_path / "region.PNG"
    for _ in range(2):
        done = run("brief", "region", "--out", out, "--audience", "internal", "--real-only")
        assert done.code == 0
        assert done.out.startswith("LMS-")
    width, height = struct.unpack(">II", out.read_bytes()[16:24])
    assert (width, height) == pytest.approx((3508, 2480), abs=2)


def test_a_page_that_cannot_be_is_refused(run, home, tmp_path):
    """Unknown subject or detection, another format, a missing folder, a folder in its place."""
    (tmp_path / "folder.pdf").mkdir()
    before = state(home), sorted(tmp_path.iterdir())
    for words, word in (
        (("Atlantis", "--out", tmp_path / "x.pdf"), "Atlantis"),
        (("CH-000000000000", "--out", tmp_path / "x.pdf"), "CH-000000000000"),
        (("", "--out", tmp_path / "x.pdf"), "sites answer"),
        (("hatra", "--out", tmp_path / "x.docx"), ".pdf or .png"),
        (("hatra", "--out", tmp_path / "x"), ".pdf or .png"),
        (("hatra", "--out", tmp_path / "none" / "x.pdf"), "none"),
        (("hatra", "--out", tmp_path / "folder.pdf"), "folder.pdf"),
    ):
        refused(run("brief", *words), word)
    assert (state(home), sorted(tmp_path.iterdir())) == before


# Routes


@pytest.fixture
def friction(tmp_path):
    """A friction raster of 20 x 30 cells of 100 m with a wall that has a gap."""
    values = np.full((1, 20, 30), 0.5, dtype=np.float32)
    values[0, :18, 15] = np.nan
    grid = Grid(
        crs=CRS.from_epsg(32638), transform=Affine(100, 0, 330000, 0, -100, 4000000),
        shape=(20, 30),
    )  # fmt: skip
    path = tmp_path / "friction.tif"
    write_geotiff(path, values, grid=grid, bands=["f"], nodata=np.nan, tags={})
    return path


def test_cost_is_written_beside_the_friction(ask, friction, tmp_path):
    """The same grid, float64 seconds, barriers NaN, and 16 neighbours no dearer than 8."""
    out = tmp_path / "cost.tif"
    start = "43.118,36.125"
    done = ask("cost", friction, "--from", start, "--out", out, "--json")
    assert (done.code, done.json["cells"], done.json["reached"]) == (0, 600, 582)
    with rasterio.open(out) as written, rasterio.open(friction) as given:
        eight = written.read(1)
        assert written.transform == given.transform
        assert written.dtypes == ("float64",)
        np.testing.assert_array_equal(np.isnan(eight), np.isnan(given.read(1)))
    ask("cost", friction, "--from", start, "--neighbours", 16, "--out", out)
    with rasterio.open(out) as written:
        sixteen = written.read(1)
    assert np.nanmax(sixteen - eight) <= 1e-9
    assert done.json["max_s"] == pytest.approx(np.nanmax(eight))


def test_the_way_to_a_place_is_written(ask, friction, tmp_path):
    """Round the wall, as a line with its cost and length."""
    way = tmp_path / "way.gpkg"
    words = ("--from", "43.118,36.125", "--to", "43.138,36.125", "--way", way)
    done = ask("cost", friction, *words, "--json")
    assert done.code == 0
    assert done.json["way"]["length_m"] > 2000
    assert done.json["way"]["geometry"]["type"] == "LineString"
    assert way.is_file()
    assert "the way takes" in ask("cost", friction, *words).out


def test_heights_are_walked_over(ask, tmp_path):
    """A raster of heights in degrees, as it is downloaded."""
    grid = Grid(
        crs=CRS.from_epsg(4326), transform=Affine(0.001, 0, 43.0, 0, -0.001, 36.1), shape=(50, 60)
    )
    path = tmp_path / "dem.tif"
    values = np.full((1, 50, 60), 250, dtype=np.float32)
    write_geotiff(path, values, grid=grid, bands=["h"], nodata=-9999, tags={})
    words = ("cost", path, "--heights", "--from", "43.01,36.08", "--to", "43.05,36.08", "--json")
    walked, driven = ask(*words, "--mode", "foot").json, ask(*words, "--mode", "off_road").json
    assert walked["way"]["cost_s"] > driven["way"]["cost_s"] > 0
    refused(ask(*words[:-1], "--mode", "vehicle"), "keeps to roads")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "0,0"), "lies outside friction.tif"),
        (("--from", "43.118,36.125", "--way", "w.gpkg"), "--way without --to"),
        (("--from", "43.118,36.125", "--to", "50,36"), "lies outside"),
        (("--from", "north"), "--from north; expected LON,LAT"),
        (("--from", "36.1,143"), "is not on Earth"),
        (("--from", "43.118,36.125", "--neighbours", "6"), "6"),
        (("--from", "43.118,36.125", "--out", "/nowhere/c.tif"), "/nowhere"),
    ],
)
def test_a_cost_that_cannot_be_is_refused(ask, friction, words, told):
    """Start, neighbours and file."""
    refused(ask("cost", friction, *words), told)


def test_routes_are_ranked_kept_written_and_made_again(run, tmp_path):
    """From a site to files, the store and back, with the same id all the way."""
    out = tmp_path / "routes.gpkg"
    done = run("routes", "--from", "Nimrud", "--keep", "--out", out, "--json")
    assert done.code == 0
    told = done.json
    assert told["schematic"] is True
    assert told["routes"][0]["rank"] == 1
    assert sum(row["share"] or 0 for row in told["exits"]) == pytest.approx(1)
    assert any("SCHEMATIC" in remark for remark in told["remarks"])
    assert out.is_file()
    again = run("verify", told["id"], "--json")
    assert (again.code, again.json["same"], again.json["differences"]) == (0, True, [])


def test_routes_for_people_say_what_closing_a_post_does(run):
    """The ranking, the change with its interval, and what is not modelled."""
    done = run("routes", "--from", "43.33,36.10", "--close", "IQ-SY-05")
    assert done.code == 0
    assert "What the closing changes:" in done.out
    assert "Sahela" in done.out
    assert "Not modelled, so unknown and not unused" in done.out


def test_without_a_route_the_command_ends_with_1(run):
    """All posts asked for are closed: nothing is drawn instead."""
    done = run("routes", "--from", "Hatra", "--to", "IQ-JO-01", "--close", "IQ-JO-01")
    assert done.code == 1
    assert "there is no route to tell" in done.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "Atlantis"), "Atlantis"),
        (("--from", "34.0,34.5"), "in the sea"),
        (("--from", "CH-none-001"), "CH-none-001"),
        (("--from", "Hatra", "--to", "XX-1"), "no post 'XX-1'"),
        (("--from", "Hatra", "--close-road", "RL9"), "no road 'RL9'"),
        (("--from", "Hatra", "--check", "here"), "--check here"),
        (("--from", "Hatra", "--avoidance", "-1"), "avoidance -1"),
        (("--from", "Hatra", "--out", "routes.docx"), ".gpkg or .kml"),
        (("--from", "Hatra", "--roads", "surveyed"), "no file of roads"),
    ],
)
def test_a_route_that_cannot_be_is_refused(ask, words, told):
    """In one line, with what was given."""
    refused(ask("routes", *words), told)


def test_routes_that_were_not_kept_cannot_be_verified(ask):
    """There is nothing to compare with."""
    refused(ask("verify", "RT-0000000000"), "no routes of RT-0000000000")


def test_exposure_says_how_much_of_it_is_assumption(run, tmp_path):
    """Ranked posts with intervals, the share that comes from data, and a table."""
    done = run("exposure", "--top", 3, "--out", tmp_path / "posts.csv", "--json")
    assert done.code == 0
    first = done.json["posts"][0]
    assert first["rank"] == 1
    assert first["share_low"] <= first["share"] <= first["share_high"]
    assert "comes from assumptions" in done.json["remarks"][0]
    assert (tmp_path / "posts.csv").is_file()


def test_checks_are_listed_in_an_order_for_any_number(run):
    """Catch grows down the list, before and after smugglers adapt."""
    done = run("checks", "--k", 2, "--rounds", 1, "--json")
    assert done.code == 0
    caught = [row["catch_before"] for row in done.json["checks"]]
    assert caught == sorted(caught)
    assert 0 <= done.json["gap"] < 0.2


def test_more_checks_than_places_are_refused(ask):
    """With the number that there are."""
    refused(ask("checks", "--k", 100000), "100000 checks; expected 1 to")


def test_validate_ends_with_1_where_a_test_fails(ask):
    """The embedded facts are few: what fails is said to fail, the rest not to be testable."""
    done = ask("validate", "--json")
    verdicts = {row["verdict"] for row in done.json["rows"]}
    assert verdicts <= {"passed", "failed", "not testable"}
    assert done.code == (1 if "failed" in verdicts else 0)
    assert all(row["why"] for row in done.json["rows"])
