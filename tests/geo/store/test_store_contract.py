"""What every store promises, whatever database is behind it."""

from __future__ import annotations

import dataclasses
import threading
from datetime import date

import pandas as pd
import pytest
from shapely import to_wkb
from shapely.geometry import (
    LineString,
    Point,
    box,
)

from geo.columns import RECORDS, columns_of
from geo.errors import BadInput, InvalidSetting, StoreError
from geo.frames import frame_of
from geo.model import Tlp
from geo.store import Briefing, open_store
from tests.geo.store.files import LATER, NOW, SHAPES, names, put, sites, unchanged


def test_a_new_store_is_empty(store):
    """Every kind has its columns and no row."""
    for kind in RECORDS:
        frame = store.read(kind)
        assert len(frame) == 0
        assert list(frame.columns) == [
            *(column.name for column in columns_of(kind)), "version", "recorded_at", "import_id",
        ]  # fmt: skip
    assert store.imports() == ()
    assert store.integrity() == ()


def test_what_goes_in_comes_out(store):
    """Types, places, dates and hostile text survive the way through the store."""
    hostile = "<img src=x onerror=1> ${x} ` </script> =1+1 'O''Brien\" \\ \n\t\u202e ﷽ é"
    frame = frame_of(
        "seizures",
        {
            "id": ["SZ2", "SZ1"],
            "event_type": ["seizure", "return"],
            "country": ["Iraq", hostile],
            "geometry": [Point(44.123456789012345, 33.1), None],
            "precision": ["exact", "country"],
            "date_from": [date(1500, 1, 1), None],
            "date_to": [None, date(2199, 12, 31)],
            "object_count": [2**53, None],
            "object_classes": [("seals", "coins"), ()],
            "simulated": [True, False],
            "description": ["منفذ ربيعة", hostile],
        },
    )
    put(store, frame, "a", kind="seizures")
    back = store.read("seizures")
    assert list(back["id"]) == ["SZ1", "SZ2"]
    assert set(back["version"]) == {1}
    assert set(back["recorded_at"]) == {pd.Timestamp(NOW)}
    expected = frame.sort_values("id", ignore_index=True)
    pd.testing.assert_frame_equal(back[expected.columns], expected)


def test_lines_and_polygons_come_out_as_they_went_in(store):
    """A place may have any shape."""
    line, square = LineString([(44, 33), (45, 34)]), box(44, 33, 45, 34)
    roads = frame_of("roads", {"id": ["R"], "from_node": ["a"], "to_node": ["b"],
                               "mode": ["road"], "geometry": [line]})  # fmt: skip
    put(store, roads, "roads", kind="roads")
    put(store, frame_of("alerts", {"id": ["A"], "geometry": [square], "score": [0.1]}), "alerts",
        kind="alerts")  # fmt: skip
    assert store.read("roads").geometry[0].equals_exact(line)
    assert store.read("alerts").geometry[0].equals_exact(square)
    assert store.read("alerts")["score"][0] == 0.1


def test_every_shape_comes_out_bit_for_bit(store):
    """Shapes of all types may stand in one table, and their WKB is what it was."""
    frame = frame_of("alerts", {"id": [f"{n:02}" for n in range(len(SHAPES))], "geometry": SHAPES})
    assert put(store, frame, "shapes", kind="alerts").accepted == len(SHAPES)
    assert list(to_wkb(store.read("alerts").geometry)) == list(to_wkb(SHAPES))


EXTREMES = {
    "date_from": [date(1, 1, 1), date(9999, 12, 31)],
    "buffer_m": [5e-324, -1.7976931348623157e308],
    "geometry": [Point(-180, -90), Point(180, 90)],
}


def test_the_ends_of_each_range_come_out_as_they_went_in(store):
    """First and last day, smallest and largest number, the corners of the Earth."""
    frame = frame_of("sites", {"id": ["A", "B"], "name": ["a", "b"], "country": ["c", "d"],
                               **EXTREMES})  # fmt: skip
    put(store, frame, "ends")
    pd.testing.assert_frame_equal(store.read("sites")[frame.columns], frame)
    counts = {"id": ["A", "B"], "seizure_id": ["s", "s"], "object_type": ["seal", "seal"]}
    objects = frame_of("objects", {**counts, "quantity": [2**63 - 1, -(2**63)]})
    put(store, objects, "counts", kind="objects")
    assert list(store.read("objects")["quantity"]) == [2**63 - 1, -(2**63)]


def test_an_unknown_kind_is_refused(store):
    """No store makes tables as it goes."""
    for call in (
        lambda: store.read("tombs"),
        lambda: store.get("tombs", "A"),
        lambda: store.history("tombs", "A"),
        lambda: store.correct("tombs", "A", {"name": "x"}, author="a", reason="r", now=NOW),
        lambda: put(store, sites(A="Hatra"), "a", kind="tombs"),
    ):
        with pytest.raises(InvalidSetting, match="no table 'tombs'"):
            call()


def test_only_the_asked_markings_leave_the_store(store):
    """A marking that was not asked for is not read at all."""
    frame = sites(A="Hatra", B="Nimrud", C="Ur").assign(
        marking=["TLP:CLEAR", "TLP:RED", "TLP:GREEN"]
    )
    put(store, frame, "a")
    found = store.read("sites", markings=[Tlp.CLEAR, Tlp.GREEN])
    assert list(found["id"]) == ["A", "C"]
    assert len(store.read("sites", markings=[])) == 0


def test_settings_are_kept(store):
    """A setting has its default until it is set, and can be set again."""
    assert store.setting("producer_name", "nobody") == "nobody"
    store.set_setting("producer_name", "هيئة الآثار", author="a", now=NOW)
    store.set_setting("producer_name", "Board of Antiquities", author="a", now=NOW)
    assert store.setting("producer_name") == "Board of Antiquities"
    with pytest.raises(BadInput, match="a setting without a name"):
        store.set_setting("", "x", author="a", now=NOW)


def test_a_printed_page_can_be_traced(store):
    """The id on a page leads to what it was made from; one page may be several files."""
    page = Briefing(briefing_id="BR-1", sha256="0" * 64, created_at=NOW, audience="public",
                    subject="Hatra", parameters='{"lang": "en"}')  # fmt: skip
    picture = dataclasses.replace(page, sha256="1" * 64, created_at=LATER)
    store.keep_briefing(page, author="a", now=NOW)
    store.keep_briefing(picture, author="a", now=NOW)
    store.keep_briefing(page, author="a", now=NOW)
    assert store.briefing("BR-1") == (page, picture)
    with pytest.raises(BadInput, match="'BR-1' is kept with other particulars"):
        store.keep_briefing(dataclasses.replace(page, audience="internal"), author="a", now=NOW)


def test_the_revision_grows_with_every_change_and_with_nothing_else(store):
    """A cache keyed by it is never stale."""
    seen = [store.revision()]
    report = put(store, sites(A="Hatra"), "a")
    seen.append(store.revision())
    store.correct("sites", "A", {"name": "x"}, author="a", reason="r", now=NOW)
    seen.append(store.revision())
    store.undo(report.import_id, author="a", now=NOW, with_corrections=True)
    seen.append(store.revision())
    store.set_setting("a", "b", author="a", now=NOW)
    seen.append(store.revision())
    assert seen == sorted(set(seen))
    with unchanged(store):
        store.read("sites")
        store.imports()
        store.integrity()


def test_two_openings_see_each_other(store, url):
    """Another process's commit shows at once, in rows and in the revision."""
    other = open_store(url)
    before = other.revision()
    put(store, sites(A="Hatra"), "a")
    assert other.revision() > before
    assert names(other) == {"A": "Hatra"}
    other.close()


def test_closing_twice_and_using_again_is_harmless(store):
    """A closed store opens itself again."""
    put(store, sites(A="Hatra"), "a")
    store.close()
    store.close()
    assert names(store) == {"A": "Hatra"}


def test_a_backup_is_a_store_of_its_own(store, tmp_path):
    """It holds what was there, and nothing that came later."""
    put(store, sites(A="Hatra"), "a")
    path = store.backup(tmp_path / "copy.db")
    put(store, sites(B="Ur"), "b")
    copy = open_store(f"sqlite:///{path}")
    assert names(copy) == {"A": "Hatra"}
    assert copy.integrity() == ()
    copy.close()
    with pytest.raises(StoreError, match=r"copy.db is there already; expected a new file"):
        store.backup(path)
    with pytest.raises(StoreError, match=r"there is no folder .*; expected a folder"):
        store.backup(tmp_path / "nowhere" / "copy.db")


def test_threads_may_share_a_store(store):
    """Every writer's rows are there, and readers see whole imports only."""
    faults: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for number in range(5):
                put(store, sites(**{f"W{writer}N{number}x{k}": "n" for k in range(3)}),
                    f"{writer}-{number}")  # fmt: skip
                assert len(store.read("sites")) % 3 == 0
        except BaseException as fault:  # noqa: BLE001 - told in the main thread
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(store.read("sites")) == 4 * 5 * 3
