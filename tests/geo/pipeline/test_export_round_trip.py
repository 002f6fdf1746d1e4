"""What goes out comes in again: the same records, bit for bit, from every format."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from geo.frames import check_frame, contents
from geo.model import Audience
from geo.pipeline import intake
from geo.pipeline.export import UNTOUCHED, endings_for, export
from geo.sources.confined.child import TASKS
from geo.sources.confined.limits import COMMAND_LINE
from geo.sources.meaning.guess import guess_kind, guess_mapping
from geo.sources.meaning.records import Defaults, parts_of
from geo.sources.readers.raw import RawTable
from geo.store import FileKey, Store, open_store
from tests.export_records import KINDS, records_of
from tests.homes import COUNTS, NOW
from tests.sampling import every

READERS = {
    ".gpkg": ("vector", {"form": "GeoPackage"}), ".geojson": ("vector", {"form": "GeoJSON"}),
    ".kml": ("vector", {"form": "KML"}), ".xlsx": ("xlsx", {}), ".csv": ("delimited", {}),
}  # fmt: skip
"""What reads a format in its child process, by the ending of the file."""


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory):
    """A store with records of every kind that are easily spoilt; only to be read."""
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('hard') / 'hard.sqlite'}")
    for kind in KINDS:
        digest = hashlib.sha256(kind.encode()).hexdigest()
        key = FileKey(file_name="x", sha256=digest, dataset_id="local", reading="")
        frame = records_of(kind)
        assert opened.add(kind, frame, key=key, author="A", now=NOW).accepted == len(frame)
    yield opened
    opened.close()


def exported(store: Store, kind: str, ending: str, folder: Path) -> Path:
    """The file of an export for the office that is kept: of a CSV, the untouched one."""
    report = export(store, kind, folder / f"x{ending}", audience=Audience.INTERNAL, now=NOW)
    names = [file.name for file in report.files]
    return folder / next((name for name in names if name.endswith(UNTOUCHED)), names[0])


def read_here(path: Path, kind: str, *, profile: str = "own") -> gpd.GeoDataFrame:
    """The records in a file, by what reads it in a child process, but in this one: it is ours."""
    task, options = READERS[path.suffix]
    module, _, function = TASKS[task].partition(":")
    (path.parent / "read").mkdir()
    read = getattr(importlib.import_module(module), function)
    tables = read(path, path.parent / "read", limits=COMMAND_LINE, **options).tables
    return records_in(tables, kind, profile=profile)


def records_in(tables: Iterable[RawTable], kind: str, *, profile: str = "own") -> gpd.GeoDataFrame:
    """The records that an import makes of tables that it takes for our own, or of this form."""
    frames = []
    for table in tables:
        if table.name.casefold() == "about":
            continue
        assert guess_kind(table) == kind
        guess = guess_mapping(table, kind)
        assert guess.profile == profile
        options = {"defaults": Defaults(), "today": NOW.date(), "notes": []}
        for part in parts_of(table, guess.mapping, **options):
            assert [row.what for row in part.quarantined] == []
            frames.append(part.frame)
    return pd.concat(frames, ignore_index=True)


def assert_same(kind: str, read: gpd.GeoDataFrame, held: gpd.GeoDataFrame) -> None:
    """Equal in every value of every record, told by column where they are not."""
    left, right = (
        check_frame(kind, frame).sort_values(["dataset_id", "id"], ignore_index=True)
        for frame in (read, held)
    )
    assert left["id"].tolist() == right["id"].tolist()
    for name in right.columns.drop("geometry"):
        pd.testing.assert_series_equal(left[name], right[name], check_exact=True)
    assert left.geometry.to_wkb().tolist() == right.geometry.to_wkb().tolist()
    assert contents(kind, left) == contents(kind, right)


@pytest.mark.parametrize(
    ("kind", "ending"), every(4, [(kind, ending) for kind in KINDS for ending in endings_for(kind)])
)
def test_an_export_for_the_office_comes_back_whole(hard, tmp_path, kind, ending):
    """Arabic, line breaks, formulas, the seventeenth digit, early days, what is missing."""
    read = read_here(exported(hard, kind, ending, tmp_path), kind)
    assert_same(kind, read, hard.read(kind))


@pytest.mark.parametrize("ending", READERS)
def test_a_carriage_return_is_kept_but_where_readers_take_it_for_the_end_of_a_line(
    tmp_path, ending
):
    """Readers of text tables and workbooks know one kind of line break; maps keep each."""
    frame = records_of("links").head(1).assign(grounds="one\r\ntwo\rthree")
    opened = open_store(f"sqlite:///{tmp_path / 'one.sqlite'}")
    key = FileKey(file_name="x", sha256="0" * 64, dataset_id="local", reading="")
    opened.add("links", frame, key=key, author="A", now=NOW)
    read = read_here(exported(opened, "links", ending, tmp_path), "links")
    opened.close()
    kept = "one\r\ntwo\rthree" if READERS[ending][0] == "vector" else "one\ntwo\nthree"
    assert read["grounds"].tolist() == [kept]


def test_assessments_come_back_from_the_table_for_eamena(tmp_path):
    """Under the names of EAMENA's nodes alone as well: terms, days and several effects."""
    frame = records_of("assessments").assign(simulated=False)
    opened = open_store(f"sqlite:///{tmp_path / 'one.sqlite'}")
    key = FileKey(file_name="x", sha256="0" * 64, dataset_id="local", reading="")
    opened.add("assessments", frame, key=key, author="A", now=NOW)
    path = exported(opened, "assessments", ".eamena.csv", tmp_path)
    opened.close()
    theirs = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    theirs.iloc[:, :17].assign(id=theirs["id"]).to_csv(tmp_path / "theirs.csv", index=False)
    read = read_here(tmp_path / "theirs.csv", "assessments", profile="free").set_index("id")
    held = frame.set_index("id").loc[read.index]
    for name in ("condition", "damage_extent", "certainty", "disturbance_category",
                 "disturbance_cause", "disturbance_effects", "threat_probability", "activity",
                 "action_priority"):  # fmt: skip
        assert read[name].tolist() == held[name].tolist(), name
    assert read["assessed_on"].equals(held["assessed_on"])


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("seizures", ".cites.csv"), ("sites", ".arches.csv"), ("sites", ".gpkg"), ("posts", ".xlsx"),
     ("events", ".geojson"), ("roads", ".kml"), ("roads", ".csv")],
)  # fmt: skip
def test_an_import_of_an_export_brings_nothing_new(facts, home, tmp_path, kind, ending):
    """Each of the embedded facts is found to be held already; sheets about the file are no rows."""
    path = exported(facts, kind, ending, tmp_path)
    options = intake.ImportOptions(author="Analyst")
    (report,) = intake.import_files(
        facts, home, kind, [path], options=options, now=NOW, dry_run=True
    )
    assert (report.read, report.duplicate) == (COUNTS[kind], COUNTS[kind])
