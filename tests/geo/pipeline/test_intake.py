"""What comes in: files read whole before any is kept, scenes with their bytes, corrections."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from pyproj import CRS
from shapely.geometry import Point

from geo.errors import BadInput, InvalidSetting, NotFound, UnreadableFile
from geo.grid import Grid
from geo.model import Tlp
from geo.pipeline.intake import ImportOptions, correct, import_files
from geo.sources.rasters.raster import describe
from geo.sources.writers.geotiff_files import write_geotiff
from tests.homes import NOW
from tests.strategies import messy_tables

OPTIONS = ImportOptions(source="Test", author="Analyst")

SITES = "id,name,country,lon,lat,precision\nA,Tell A,Iraq,44.1,33.2,exact\nB,Tell B,Iraq,,,\n"


@pytest.fixture
def table(tmp_path):
    """Writes a table and gives its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def scene_file(path: Path, *, tags: dict[str, str] | None = None, value: int = 500) -> Path:
    """A small scene near Hatra."""
    crs = CRS.from_epsg(32638)
    grid = Grid(crs=crs, transform=Affine(10, 0, 293_000, 0, -10, 3_941_000), shape=(16, 16))
    values = np.full((3, 16, 16), value, dtype=np.uint16)
    write_geotiff(path, values, grid=grid, bands=("B02", "B03", "B04"), nodata=0, tags=tags or {})
    return path


def lawful(report) -> bool:
    """Whether no row disappeared."""
    return (
        report.read == report.accepted + report.quarantined + report.duplicate
        and report.quarantined == len(report.rows)
    )


def test_files_come_in_one_report_each(store, settings, table):
    """Two tables, each with its own numbers, in their order."""
    good = "C,Tell C,Iraq,44.5,33.5\n"
    second = f"id,name,country,lon,lat\n{good}D,,Iraq,44.5,95\n{good}"
    paths = [table("one.csv", SITES), table("two.csv", second)]
    one, two = import_files(store, settings, "sites", paths, options=OPTIONS, now=NOW)
    assert [one.file_name, two.file_name] == ["one.csv", "two.csv"]
    assert (one.read, one.accepted, one.quarantined, one.duplicate) == (2, 2, 0, 0)
    assert (two.read, two.accepted, two.quarantined, two.duplicate) == (3, 1, 1, 1)
    assert lawful(one)
    assert lawful(two)
    (row,) = two.rows
    assert row.row_number == 3
    assert "name is empty" in row.what
    assert "95" in row.what
    assert row.expected
    assert row.remedy
    assert set(store.get("sites", "C")["source"]) == {"Test"}


def test_one_unreadable_file_leaves_the_store_unchanged(store, settings, table, tmp_path):
    """Every file is read before any is kept."""
    (tmp_path / "bad.csv").write_bytes(b"%PDF-1.7 is no table")
    revision = store.revision()
    for order in (["good.csv", "bad.csv"], ["bad.csv", "good.csv"], ["good.csv", "none.csv"]):
        table("good.csv", SITES)
        with pytest.raises(UnreadableFile):
            import_files(
                store, settings, "sites", [tmp_path / n for n in order], options=OPTIONS, now=NOW
            )
    assert store.revision() == revision


def test_one_unreadable_scene_leaves_store_and_folder_unchanged(store, settings, tmp_path):
    """The first scene's bytes are not copied when the second is no scene."""
    good = scene_file(tmp_path / "S2_20150307.tif", tags={"ACQUISITION_DATE": "2015-03-07"})
    (tmp_path / "bad.tif").write_bytes(good.read_bytes()[:200])
    before = store.revision(), sorted(settings.scenes_folder.iterdir())
    with pytest.raises(UnreadableFile):
        import_files(
            store, settings, "scenes", [good, tmp_path / "bad.tif"], options=OPTIONS, now=NOW
        )
    assert (store.revision(), sorted(settings.scenes_folder.iterdir())) == before


def test_the_same_file_again_brings_only_duplicates(store, settings, table):
    """The file's SHA-256 is the key: nothing is added."""
    path = table("one.csv", SITES)
    (first,) = import_files(store, settings, "sites", [path], options=OPTIONS, now=NOW)
    (second,) = import_files(store, settings, "sites", [path], options=OPTIONS, now=NOW)
    assert (second.accepted, second.duplicate, second.import_id) == (0, 2, first.import_id)
    assert lawful(second)


def test_a_dry_run_reports_the_same_and_keeps_nothing(store, settings, table, tmp_path):
    """Numbers as in earnest; neither row nor byte is kept."""
    path = table("one.csv", SITES + "E,,Iraq,1,2,exact\n")
    scene = scene_file(tmp_path / "x.tif", tags={"ACQUISITION_DATE": "2015-03-07"})
    before = store.revision(), sorted(settings.scenes_folder.iterdir())
    tried = [
        import_files(store, settings, kind, [file], options=OPTIONS, now=NOW, dry_run=True)[0]
        for kind, file in (("sites", path), ("scenes", scene))
    ]
    assert (store.revision(), sorted(settings.scenes_folder.iterdir())) == before
    done = [
        import_files(store, settings, kind, [file], options=OPTIONS, now=NOW)[0]
        for kind, file in (("sites", path), ("scenes", scene))
    ]
    for dry, wet in zip(tried, done, strict=True):
        assert dry.import_id == ""
        assert str(dry) == str(wet)
        assert dry.rows == wet.rows


def test_a_scene_is_kept_under_its_sha_256(store, settings, tmp_path):
    """The copy has the original's bytes, the original stays, and the record tells of both."""
    path = scene_file(
        tmp_path / "mine.tif",
        tags={"ACQUISITION_DATE": "2016-10-06T07:50:00Z", "SENSOR": "Sentinel-2A"},
    )
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    (report,) = import_files(store, settings, "scenes", [path], options=OPTIONS, now=NOW)
    assert (report.accepted, lawful(report)) == (1, True)
    assert path.read_bytes() == (settings.scenes_folder / f"{digest}.tif").read_bytes() == content
    assert not list(settings.scenes_folder.glob("*.part"))
    scene = store.get("scenes", f"SC-20161006-{digest[:8]}").iloc[0]
    assert (scene["sha256"], scene["path"]) == (digest, f"scenes/{digest}.tif")
    assert (scene["sensor"], scene["bands"]) == ("Sentinel-2A", "B02|B03|B04")
    assert (scene["width"], scene["height"], scene["crs"]) == (16, 16, "EPSG:32638")
    assert scene["acquired_at"] == datetime(2016, 10, 6, 7, 50, tzinfo=UTC)
    assert not scene["simulated"]
    shutil.rmtree(tmp_path / "home" / "scenes")
    (again,) = import_files(store, settings, "scenes", [path], options=OPTIONS, now=NOW)
    assert again.duplicate == 1
    assert (settings.scenes_folder / f"{digest}.tif").read_bytes() == content


def test_a_scene_without_a_date_is_refused_until_one_is_given(store, settings, tmp_path):
    """The date, the sensor and the site come from the importer where the file tells none."""
    path = scene_file(tmp_path / "undated.tif")
    with pytest.raises(BadInput, match=r"does not say when.*--date"):
        import_files(store, settings, "scenes", [path], options=OPTIONS, now=NOW)
    options = ImportOptions(
        acquired_at=datetime(2015, 3, 7, tzinfo=UTC), sensor="Landsat 8", site_id="PL894004",
        marking=Tlp.GREEN, simulated=True, author="Analyst",
    )  # fmt: skip
    (report,) = import_files(store, settings, "scenes", [path], options=options, now=NOW)
    scene = store.read("scenes").set_index("import_id").loc[report.import_id]
    assert (str(scene["date_from"].date()), scene["site_id"]) == ("2015-03-07", "PL894004")
    assert (scene["sensor"], scene["simulated"]) == ("simulated", True)
    assert scene["marking"] == "TLP:GREEN"


def test_what_a_scene_says_of_itself_beats_the_importer(store, settings, tmp_path):
    """A date and a sensor given for a whole batch do not overwrite those in a file."""
    path = scene_file(
        tmp_path / "told.tif", tags={"ACQUISITION_DATE": "2016-10-06", "SENSOR": "Sentinel-2B"}
    )
    options = dataclasses.replace(
        OPTIONS, acquired_at=datetime(2001, 1, 1, tzinfo=UTC), sensor="Landsat 7"
    )
    (report,) = import_files(store, settings, "scenes", [path], options=options, now=NOW)
    scene = store.read("scenes").set_index("import_id").loc[report.import_id]
    assert (str(scene["acquired_at"].date()), scene["sensor"]) == ("2016-10-06", "Sentinel-2B")


@pytest.mark.parametrize("kind", ["sites", "scenes"])
@pytest.mark.parametrize(
    "option", [{"grade": "Z9"}, {"dataset_id": " "}], ids=lambda option: next(iter(option))
)
def test_an_option_that_no_row_may_hold_is_refused(store, settings, tmp_path, kind, option):
    """The same for tables and for scenes; nothing is kept."""
    path = scene_file(tmp_path / "x.tif", tags={"ACQUISITION_DATE": "2015-03-07"})
    if kind == "sites":
        path.write_text(SITES)
    revision = store.revision()
    with pytest.raises(BadInput, match=r"grade is 'Z9'|dataset without an id"):
        import_files(store, settings, kind, [path], options=ImportOptions(**option), now=NOW)
    assert store.revision() == revision


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=messy_tables("seizures"))
def test_no_row_of_any_table_disappears(store, settings, tmp_path, drawn):
    """Read = accepted + quarantined + duplicate, and each quarantined row says why."""
    path = tmp_path / "drawn.csv"
    path.write_text(drawn[1], encoding="utf-8", newline="")
    before = len(store.read("seizures"))
    try:
        (report,) = import_files(store, settings, "seizures", [path], options=OPTIONS, now=NOW)
    except BadInput:
        assert len(store.read("seizures")) == before
        return
    assert lawful(report)
    assert all(row.what and row.expected and row.remedy for row in report.rows)


def test_a_correction_is_typed_as_text_and_keeps_what_was_before(store):
    """Dates, numbers, codes, lists and places are read as in a table; the history tells both."""
    changes = {
        "date_from": "2014-06", "date_to": "2014-07", "object_count": "12", "grade": "b2",
        "object_classes": "coins;seals", "marking": "tlp:white", "lon": "44.4", "lat": "33.3",
        "precision": "town", "place": "Baghdad", "simulated": "no", "count_qualifier": "",
    }  # fmt: skip
    before = store.get("seizures", "SZ001").iloc[0]
    new = correct(
        store, "seizures", "SZ001", changes, author="Analyst", reason="court file", now=NOW
    ).iloc[0]
    assert (f"{new['date_from']:%Y-%m-%d}", f"{new['date_to']:%Y-%m-%d}") == (
        "2014-06-01", "2014-07-31",
    )  # fmt: skip
    assert (new["object_count"], new["grade"], new["marking"]) == (12, "B2", "TLP:CLEAR")
    assert (new["object_classes"], new["geometry"]) == ("coins|seals", Point(44.4, 33.3))
    assert new["version"] == before["version"] + 1
    history = store.history("seizures", "SZ001")
    assert list(history["author"]) == ["Lamassu", "Analyst"]
    assert list(history["reason"]) == ["", "court file"]
    assert list(history["current"]) == [False, True]
    assert history["grade"].iloc[0] == before["grade"]


def test_an_empty_text_empties_a_field(store):
    """Text becomes empty, a date, a number and a place unknown."""
    emptied = ("place", "date_from", "date_to", "object_count", "lon", "lat", "object_classes")
    changes = {**dict.fromkeys(emptied, " "), "precision": "country"}
    new = correct(store, "seizures", "SZ001", changes, author="A", reason="r", now=NOW)
    row = new.iloc[0]
    assert (row["place"], row["geometry"], row["object_classes"]) == ("", None, "")
    assert new[["date_from", "date_to", "object_count"]].isna().all(axis=None)


def test_the_time_of_a_scene_can_be_corrected(store):
    """A time without a zone is UTC; another zone is turned into UTC."""
    for text in ("2015-03-01T10:50+03:00", "2015-03-01 07:50:00.5"):
        new = correct(
            store, "scenes", "SIM-PL894004-20150301", {"acquired_at": text, "note": text},
            author="A", reason="r", now=NOW,
        )  # fmt: skip
        assert f"{new['acquired_at'].iloc[0]:%Y-%m-%dT%H:%M%z}" == "2015-03-01T07:50+0000"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "no field 'colour'; expected one of lon, lat"),
        ({"geometry": "POINT (1 2)"}, "no field 'geometry'"),
        ({"grade": "Z9"}, "grade is 'Z9'"),
        ({"object_count": "many"}, "object_count is 'many'"),
        ({"object_classes": "coins|cars"}, "object_classes is 'cars'"),
        ({"date_from": "yesterday"}, "date_from is 'yesterday'"),
        ({"lon": "44"}, "lat is ''"),
        ({"lon": "44", "lat": "133"}, "looks? swapped|swapped"),
        ({"country": ""}, "country"),
        ({"event_type": ""}, "event_type"),
        ({"id": "SZ999"}, "'id' cannot be corrected"),
        ({"place": "a\0b"}, "place|NUL|stored"),
        ({}, "nothing changes"),
    ],
)  # fmt: skip
def test_a_value_that_its_field_may_not_hold_is_refused(store, changes, message):
    """The record and the store stay as they were."""
    revision = store.revision()
    with pytest.raises(BadInput, match=message):
        correct(store, "seizures", "SZ001", changes, author="A", reason="r", now=NOW)
    assert store.revision() == revision


def test_other_corrections_that_cannot_be(store):
    """No such record, no such kind, no reason, no time."""
    with pytest.raises(NotFound, match="SZ000"):
        correct(store, "seizures", "SZ000", {"place": "x"}, author="A", reason="r", now=NOW)
    with pytest.raises(InvalidSetting, match="no table 'cars'"):
        correct(store, "cars", "SZ001", {"place": "x"}, author="A", reason="r", now=NOW)
    with pytest.raises(InvalidSetting, match="without reason"):
        correct(store, "seizures", "SZ001", {"place": "x"}, author="A", reason=" ", now=NOW)
    with pytest.raises(BadInput, match="acquired_at is 'noon'"):
        correct(
            store, "scenes", "SIM-PL894004-20150301", {"acquired_at": "noon"},
            author="A", reason="r", now=NOW,
        )  # fmt: skip


def coded_scene(path: Path, codes: np.ndarray) -> Path:
    """A scene of one band with scene classes beside it."""
    grid = Grid(
        crs=CRS.from_epsg(32638), transform=Affine(20, 0, 300_000, 0, -20, 3_950_000),
        shape=codes.shape,
    )  # fmt: skip
    values = np.stack([np.full(codes.shape, 900), codes]).astype(np.uint16)
    write_geotiff(path, values, grid=grid, bands=("B04", "SCL"), nodata=None, tags={})
    return path


def test_how_much_of_a_scene_is_clear_is_counted_as_it_comes_in(store, settings, tmp_path):
    """By its own classes, within what it covers; unknown without classes."""
    codes = np.full((64, 64), 5)
    codes[:14] = 9
    codes[:, 48:] = 0
    paths = [coded_scene(tmp_path / "S2_20200105.tif", codes),
             scene_file(tmp_path / "S2_20200110.tif")]  # fmt: skip
    reports = import_files(store, settings, "scenes", paths, options=OPTIONS, now=NOW)
    scenes = store.read("scenes").set_index("import_id")
    coded, bare = (scenes.loc[report.import_id] for report in reports)
    assert coded["clear_fraction"] == pytest.approx(48 / 64)
    whole = describe(paths[0]).grid.footprint_lonlat
    assert coded["geometry"].area == pytest.approx(0.75 * whole.area, rel=0.01)
    assert np.isnan(bare["clear_fraction"])


def test_a_scene_of_cloud_alone_is_kept_as_such(store, settings, tmp_path):
    """A share of nothing is told as nothing, not left unknown."""
    path = coded_scene(tmp_path / "S2_20200105.tif", np.full((20, 20), 9))
    (report,) = import_files(store, settings, "scenes", [path], options=OPTIONS, now=NOW)
    scene = store.read("scenes").set_index("import_id").loc[report.import_id]
    assert (scene["clear_fraction"], report.accepted) == (0.0, 1)
