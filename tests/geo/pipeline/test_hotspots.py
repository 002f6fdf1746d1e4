"""Studies of hot spots from the store: what counts, what is left out, what is said."""

from __future__ import annotations

import hashlib
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Point

from geo.errors import InvalidSetting
from geo.frames import frame_of
from geo.grid import geodesic_area_m2
from geo.model import Audience, Tlp
from geo.pipeline.hotspots import HotspotStudy, Method, hotspots, provenance_text, write_study
from geo.query import Query
from geo.store import FileKey, Store
from tests.homes import NOW

MOSUL, BASRA = (43.13, 36.34), (47.8, 30.5)


def study(store: Store, kind: str = "seizures", **options) -> HotspotStudy:
    """A study for the office itself."""
    given = {"audience": Audience.INTERNAL, "query": Query(), "now": NOW} | options
    return hotspots(store, kind, **given)


def keep(store: Store, kind: str, columns: dict) -> None:
    """Adds rows to the store."""
    frame = frame_of(kind, columns)
    digest = hashlib.sha256(repr(columns).encode()).hexdigest()
    key = FileKey(file_name="rows.csv", sha256=digest, dataset_id="local")
    store.add(kind, frame, key=key, author="test", now=NOW)


def seizures(n: int, *, seed: int = 1, **changed) -> dict:
    """Columns of `n` simulated seizures around Mosul, known to their towns."""
    rng = np.random.default_rng(seed)
    days = [
        pd.Timestamp("2015-01-01") + pd.Timedelta(days=int(d)) for d in rng.integers(0, 3000, n)
    ]
    return {
        "id": [f"SIM{number:04d}" for number in range(n)],
        "geometry": [
            Point(MOSUL[0] + east, MOSUL[1] + north) for east, north in rng.normal(0, 0.4, (n, 2))
        ],
        "precision": ["town"] * n,
        "event_type": ["seizure"] * n,
        "country": ["Iraq"] * n,
        "date_from": days,
        "date_to": days,
        "simulated": [True] * n,
    } | changed


def test_every_record_is_counted_or_told(facts: Store):
    """The accounting sums up to all seizures, and to all looting events."""
    found = study(facts)
    assert dict(found.accounting) == {
        "counted": 30,
        "return of objects, a later event of its case": 34,
        "sum of several cases in one row": 2,
        "outside the area": 20,
        "no known point": 15,
        "known no better than the province": 17,
    }
    assert sum(number for _, number in found.accounting) == 118
    assert found.events == found.cells["events"].sum() == 30
    looting = study(facts, "looting")
    assert dict(looting.accounting) == {"counted": 15, "no known point": 4}


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.PARTNER])
@pytest.mark.parametrize("method", list(Method))
def test_fewer_than_five_events_in_a_cell_are_not_told_outside(
    store: Store, audience: Audience, method: Method
):
    """Their number and all that is measured on them is left out; the office has it."""
    keep(store, "seizures", seizures(80, marking=["TLP:CLEAR"] * 80))
    given = {"method": method, "include_simulated": True, "cell_m": 50_000.0, "reach_days": 365.0}
    office = study(store, **given)
    outside = study(store, audience=audience, **given)
    few = office.cells["events"].between(1, 4)
    assert few.any()
    told = outside.cells
    assert not told["events"].between(1, 4).any()
    untold = told[told["events"].isna()]
    assert len(untold)
    for name in ("density_per_1000_km2", "z", "p", "q"):
        assert untold[name].isna().all()
    assert not told["clustered"].between(1, 4).any()
    assert (told["events"] >= 5).any()
    assert (outside.clusters["events"] >= 5).all()
    assert any("fewer than 5 events" in remark for remark in outside.remarks)
    assert not any("fewer than 5 events" in remark for remark in office.remarks)


def test_few_events_are_warned_of_and_nothing_is_significant(facts: Store):
    """The fifteen lootings of the embedded facts: the warning comes first of all remarks."""
    for method in Method:
        found = study(facts, "looting", method=method)
        assert found.warnings[0].startswith("Only 15 events, fewer than 30")
        assert found.remarks[: len(found.warnings)] == found.warnings
        assert not found.enough
        assert not found.cells["hot"].any()
        assert found.cells["p"].isna().all()
        assert not found.clusters["significant"].any()
        assert not found.test.testable


def test_a_town_that_stands_for_several_is_warned_of(facts: Store):
    """Three seizures are known to have been in one town, and no better."""
    assert any("3 of 30 events share one place" in warning for warning in study(facts).warnings)


def test_the_cells_lie_where_they_are_said_to(facts: Store):
    """Squares of the stated area, numbered, each near a place by name, the highest value first."""
    found = study(facts, method="counts")
    assert found.cells["cell"].tolist() == list(range(1, len(found.cells) + 1))
    assert found.cells["value"].is_monotonic_decreasing
    areas = [geodesic_area_m2(place.segmentize(0.01)) for place in found.cells.geometry]
    assert areas == pytest.approx([found.cell_m**2] * len(areas), rel=5e-3)
    assert (found.cells["near"] != "").all()
    assert "Mosul Cultural Museum" in set(found.cells["near"].head(4))


@pytest.mark.parametrize("method", list(Method))
def test_each_method_orders_the_same_cells(facts: Store, method: Method):
    """Its own column is the value; the counts stand beside it."""
    column = {"counts": "events", "density": "density_per_1000_km2", "gi*": "z"}
    found = study(facts, method=method.value)
    other = found.cells[column.get(method.value, "clustered")]
    assert (found.cells["value"] == other).all()
    assert found.cells["events"].sum() == 30
    assert (len(found.clusters) > 0) <= (method is Method.CLUSTERS)
    assert (found.interaction is not None) == (method is Method.CLUSTERS)
    assert any("Silence is not absence" in remark for remark in found.remarks)


def test_simulated_events_are_left_out_unless_asked_for(store: Store):
    """And then their number is said first, and everything is marked."""
    keep(store, "seizures", seizures(60))
    without, with_them = study(store), study(store, include_simulated=True)
    assert (without.events, without.simulated) == (30, False)
    assert dict(without.accounting)["simulated"] == 60
    assert (with_them.events, with_them.simulated) == (90, True)
    assert with_them.warnings[0].startswith("60 of the 90 events counted are SIMULATED")
    assert with_them.marking is Tlp.AMBER
    assert without.marking is Tlp.CLEAR


def test_a_planted_hot_spot_is_found_and_foretold(store: Store):
    """Two hundred around Mosul: hot there and nowhere else, and foretold by the counts."""
    keep(store, "seizures", seizures(200))
    found = study(store, include_simulated=True)
    hot = found.cells[found.cells["hot"]]
    assert len(hot) > 0
    assert shapely.distance(hot.geometry.to_numpy(), Point(MOSUL)).max() < 2.0  # degrees
    assert found.cells["hot"].head(len(hot)).all()
    assert any(f"{len(hot)} cells are hot" in remark for remark in found.remarks)
    assert found.test.testable
    assert {score.method: score for score in found.test.scores}["counts"].verdict == (
        "better than chance"
    )


def test_clusters_have_outline_days_and_chance(store: Store):
    """Forty seizures of one summer in one town, of which the place is only known to 10 km."""
    summer = [pd.Timestamp("2019-06-01") + pd.Timedelta(days=d) for d in range(40)]
    keep(
        store,
        "seizures",
        seizures(40, geometry=[Point(BASRA)] * 40, date_from=summer, date_to=summer),
    )
    found = study(store, method="clusters", include_simulated=True)
    first = found.clusters.iloc[0]
    assert (first["cluster"], first["events"], bool(first["significant"])) == (1, 40, True)
    assert (first["first_day"], first["last_day"]) == (summer[0], summer[-1])
    assert first["geometry"].contains(Point(BASRA))
    assert geodesic_area_m2(first["geometry"]) == pytest.approx(np.pi * 1e8, rel=0.02)
    assert found.cells["clustered"].sum() == found.clusters["events"].sum()


def test_a_case_is_one_event(store: Store):
    """Ten rows of one case in Arabic letters count once."""
    keep(store, "seizures", seizures(10, case_key=["قضية ١"] * 10))
    found = study(store, include_simulated=True)
    assert found.events == 31
    assert dict(found.accounting)["same case as another"] == 9


def test_the_query_limits_the_events(facts: Store):
    """A period and words in Arabic; what is left may be nothing."""
    since = study(facts, query=Query(date_from=date(2015, 1, 1), include_undated=False))
    assert 0 < since.events < 30
    nothing = study(facts, "looting", query=Query(text="\u0644\u0627 \u0634\u064a\u0621"))
    assert (nothing.events, nothing.test.testable, len(nothing.clusters)) == (0, False, 0)
    assert nothing.warnings == ("There is no event with a known point: nothing can be shown.",)


def test_cells_and_reach_finer_than_the_data_are_widened_and_said(facts: Store):
    """Towns are known within 10 km: 20 km is the least in both."""
    found = study(facts, cell_m=5_000.0, reach_m=1_000.0, method="clusters")
    assert (found.cell_m, found.reach_m) == (20_000.0, 20_000.0)
    assert any("they are widened to 20 km" in remark for remark in found.remarks)
    assert any("20 km counts as near" in remark for remark in found.remarks)


def test_others_are_shown_less(store: Store):
    """The public sees neither what is marked AMBER nor exact places."""
    keep(store, "seizures", seizures(60, simulated=[False] * 60))
    office, public = study(store), study(store, audience=Audience.PUBLIC)
    assert (office.events, public.events) == (90, 30)
    assert (office.marking, public.marking) == (Tlp.AMBER, Tlp.CLEAR)
    assert office.id != public.id


def test_the_same_study_is_made_again(facts: Store):
    """Same id, cells and provenance at another time; another setting gives another id."""
    one, again = study(facts), study(facts, now=NOW.replace(year=2027))
    assert one.id == again.id
    assert one.id.startswith("HS-")
    assert provenance_text(one) == provenance_text(again)
    pd.testing.assert_frame_equal(one.cells, again.cells)
    assert study(facts, reach_days=30.0).id != one.id


def test_an_empty_store_is_no_error(store: Store):
    """Everything undone: nothing is shown, and that is said."""
    for record in store.imports():
        store.undo(record.import_id, author="test", now=NOW)
    for kind in ("seizures", "looting"):
        for method in Method:
            found = study(store, kind, method=method)
            assert (found.events, len(found.cells), found.remarks[0]) == (
                0,
                0,
                "There is no event with a known point: nothing can be shown.",
            )


def test_a_study_is_written_with_its_marking(facts: Store, tmp_path):
    """Two layers of a GeoPackage."""
    found = study(facts, "looting", method="clusters")
    write_study(found, tmp_path / "spots.gpkg")
    cells = gpd.read_file(tmp_path / "spots.gpkg", layer="cells")
    assert len(cells) == len(found.cells)
    assert set(cells["marking"]) == {"TLP:CLEAR"}
    clusters = gpd.read_file(tmp_path / "spots.gpkg", layer="clusters")
    assert clusters["events"].tolist() == found.clusters["events"].tolist()


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("posts", {}, "no hot spots of 'posts'"),
        ("seizures", {"method": "magic"}, "no method 'magic'"),
        ("seizures", {"area_lonlat": (50.0, 24.0, 30.0, 43.0)}, "the area from 50.0, 24.0"),
        ("seizures", {"cell_m": -1.0}, "cells of -1.0 m"),
        ("seizures", {"reach_m": 0.0}, "a reach of 0.0 m"),
        ("seizures", {"reach_days": 0.0}, "0.0 days"),
        ("seizures", {"area_lonlat": (-180.0, -90.0, 180.0, 90.0)}, "more than 4,000 km"),
    ],
)
def test_what_cannot_be_studied_is_refused(facts: Store, kind, options, message):
    """With its value."""
    with pytest.raises(InvalidSetting, match=message):
        study(facts, kind, **options)
