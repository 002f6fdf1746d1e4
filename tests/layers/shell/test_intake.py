"""The commands that bring in, mend, hand over, copy and restore, end to end."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from geo.store import open_store
from tests.homes import COUNTS, settings_of
from tests.shell_runs import refused

MESSY = (
    ("", "", "", "", "", ""),
    ("قائمة المضبوطات لعام ٢٠١٦ (بيانات مختلقة للاختبار)", "", "", "", "", ""),
    ("رقم القضية", "التاريخ", "المكان", "البلد", "نوع الحدث", "العدد"),
    ("ق-١", "٠٧/٠٣/٢٠١٦", "الموصل", "العراق", "ضبط", "حوالي ٢٠"),
    ("ق-٢", "31/12/2016", "بغداد", "العراق", "ضبط", "12"),
    ("ق-٣", "٣٢/١٣/٢٠١٦", "أربيل", "العراق", "ضبط", "3"),
    ("المجموع", "", "", "", "", "35"),
)
"""A messy spreadsheet of a made-up partner: a title, Arabic digits, a day that is none, a total."""


@pytest.fixture
def messy(tmp_path) -> Path:
    """The messy spreadsheet as a workbook."""
    book = openpyxl.Workbook()
    for row in MESSY:
        book.active.append(row)
    book.save(tmp_path / "مضبوطات.xlsx")
    return tmp_path / "مضبوطات.xlsx"


def test_a_messy_arabic_workbook_comes_in_and_its_rows_are_mended(run, messy, tmp_path):
    """Import, take out what was kept aside, mend one row, take it in, look at the rest."""
    done = run("import", "seizures", messy, "--partner", "Partner", "--json")
    (report,) = done.json["files"]
    assert (done.code, report["read"]) == (1, 4)
    assert (report["accepted"], report["quarantined"]) == (2, 2)
    rows = tmp_path / "rows.csv"
    told = run("quarantine", report["import_id"], "--out", rows)
    assert (told.code, "2 rows wait to be mended" in told.out) == (0, True)
    with rows.open(encoding="utf-8-sig", newline="") as file:
        header, *waiting = csv.reader(file)
    row = next(row for row in waiting if "ق-٣" in row)
    row[header.index("التاريخ")] = "05/05/2016"
    with rows.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, row])
    mended = run("mend", report["import_id"], rows)
    assert mended.code == 0, mended.err
    assert "read 1 = accepted 1 + quarantined 0 + duplicate 0" in mended.out
    assert "1 rows wait" in run("quarantine", report["import_id"]).out


def test_columns_are_shown_kept_and_used_again(run, messy, tmp_path):
    """--show-mapping writes what --mapping reads; --keep-mapping remembers it for the partner."""
    shown = run("import", "seizures", messy, "--show-mapping")
    assert (shown.code, "lamassu_mapping" in shown.out) == (0, True)
    path = tmp_path / "m.yml"
    path.write_text(shown.out, encoding="utf-8")
    done = run(
        "import", "seizures", messy, "--mapping", path, "--partner", "Amal", "--keep-mapping"
    )
    assert done.code == 1
    store = open_store(settings_of(tmp_path / "home").store_url)
    assert [(one.partner, one.kind) for one in store.mappings()] == [("Amal", "seizures")]
    store.close()
    refused(run("import", "seizures", messy, "--mapping", tmp_path / "none.yml"), "none.yml")
    refused(run("import", "seizures", messy, "--keep-mapping"), "partner")


def test_a_sheet_is_named(run, messy):
    """A name that no sheet has is refused with the names there are."""
    refused(run("import", "seizures", messy, "--table", "Nope"), "'Nope'", "'Sheet'")


@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".kml", ".csv", ".xlsx", ".cites.csv"])
def test_records_are_handed_over(run, tmp_path, ending):
    """For the public by default; what was written is told with its marking."""
    out = tmp_path / f"seizures{ending}"
    done = run("export", "seizures", "--out", out, "--json")
    assert done.code == 0, done.err
    assert done.json["audience"] == "public"
    assert done.json["marking"] == "TLP:CLEAR"
    assert done.json["records"] == COUNTS["seizures"]
    for file in done.json["files"]:
        assert (tmp_path / file["name"]).stat().st_size == file["size"]


def test_a_format_or_table_that_is_none_is_refused(run, tmp_path):
    """In one line, with what there is."""
    refused(run("export", "seizures", "--out", tmp_path / "x.doc"), "x.doc", ".gpkg")
    refused(run("export", "sites", "--out", tmp_path / "x.cites.csv"), "cites")
    assert run("export", "tombs", "--out", tmp_path / "x.csv").code == 2


def test_what_went_out_to_the_office_comes_in_as_duplicates(run, tmp_path):
    """Nothing is lost on the way: a second import of the same facts brings nothing new."""
    out = tmp_path / "s.gpkg"
    run("export", "seizures", "--out", out, "--audience", "internal")
    done = run("import", "seizures", out, "--dataset", "lamassu-facts", "--json")
    (report,) = done.json["files"]
    assert (report["read"], report["duplicate"]) == (COUNTS["seizures"], COUNTS["seizures"])


def test_a_backup_comes_back_in_a_new_home(run, home, tmp_path):
    """With its files; onto a store that holds records it is refused."""
    done = run("backup", tmp_path / "all.zip", "--json")
    assert (done.code, done.json["files"]) == (0, COUNTS["scenes"])
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    back = run("restore", tmp_path / "all.zip", LAMASSU_HOME=str(fresh))
    assert back.code == 0, back.err
    assert len(list((fresh / "scenes").iterdir())) == COUNTS["scenes"]
    refused(run("restore", tmp_path / "all.zip"), "empty")


def test_a_store_is_copied_into_another(run, home, tmp_path):
    """Once; the second time it is not empty any more."""
    source = f"sqlite:///{home / 'lamassu.sqlite'}"
    target = f"sqlite:///{tmp_path / 'copy.sqlite'}"
    done = run("copy", source, target, "--json")
    assert (done.code, done.json["rows"]["sites"]) == (0, COUNTS["sites"])
    refused(run("copy", source, target), "empty")
    refused(run("copy", f"sqlite:///{tmp_path / 'no.sqlite'}", target), "no store")
    assert json.loads(run("init", "--store", target, "--json").out)["records"]["sites"] == 379
