"""The view of hot spots: warnings first, every method beside the plain counts, nothing invented."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from shapely.geometry import Point
from streamlit.testing.v1 import AppTest

from geo.access import Role
from geo.frames import frame_of
from geo.store import FileKey, Store
from layers.views import cache
from tests.handed import offers
from tests.homes import NOW

METHODS = ("counts", "density", "gi*", "clusters")

PAGE = "from layers.views import hotspots\nhotspots.show()"


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], AppTest]]:
    """Opens the view by itself on a home; what it left in the process's caches is forgotten."""

    def forget() -> None:
        st.cache_resource.clear()
        st.cache_data.clear()

    def start(home: Path) -> AppTest:
        forget()
        monkeypatch.setenv("LAMASSU_HOME", str(home))
        return AppTest.from_string(PAGE, default_timeout=60).run()

    yield start
    cache.store().close()
    forget()


@pytest.fixture
def page(open_page, home: Path) -> AppTest:
    """The view on the embedded facts."""
    return open_page(home)


def show(page: AppTest, **chosen: object) -> AppTest:
    """Sets what the user chooses and runs the page."""
    for key, value in chosen.items():
        page.session_state[f"hotspot {key}"] = value
    return page.run()


def text(page: AppTest) -> str:
    """Everything that stands on the page."""
    parts = [*page.get("html"), *page.markdown, *page.caption, *page.info, *page.warning]
    told = [str(getattr(one, "body", "") or getattr(one, "value", "")) for one in parts]
    return "\n".join(told).replace("\\", "")


def simulate(store: Store, n: int) -> None:
    """Adds simulated seizures around Mosul over eight years."""
    rng = np.random.default_rng(1)
    days = [
        pd.Timestamp("2015-01-01") + pd.Timedelta(days=int(d)) for d in rng.integers(0, 3000, n)
    ]
    places = [Point(43.1 + east, 36.3 + north) for east, north in rng.normal(0, 0.4, (n, 2))]
    frame = frame_of(
        "seizures",
        {
            "id": [f"SIM{number:04d}" for number in range(n)],
            "geometry": places,
            "precision": ["town"] * n,
            "event_type": ["seizure"] * n,
            "country": ["<b>${Iraq}"] * n,
            "date_from": days,
            "date_to": days,
            "simulated": [True] * n,
        },
    )
    key = FileKey(
        file_name="sim.csv", sha256=hashlib.sha256(b"sim").hexdigest(), dataset_id="local"
    )
    store.add("seizures", frame, key=key, author="test", now=NOW)


def test_every_method_opens_on_the_embedded_facts(page: AppTest):
    """Without an exception; silence is said not to be absence, and the test not to be possible."""
    for kind in ("seizures", "looting"):
        for method in METHODS:
            show(page, kind=kind, method=method)
            assert (kind, method, list(page.exception), list(page.error)) == (kind, method, [], [])
            assert "Silence is not absence" in text(page)
            assert "Not testable" in text(page)


def test_few_events_are_warned_of_before_any_figure(page: AppTest):
    """Fifteen lootings: the first warning says so, no cell is called hot or tested."""
    show(page, kind="looting", method="gi*")
    assert page.warning[0].value.startswith("Only 15 events, fewer than 30")
    table = page.dataframe[0].value
    assert set(table["Hot"]) == {"no"}
    assert set(table["Chance gives as much in"]) == {"not tested"}


def test_the_table_puts_the_plain_count_beside_the_method(page: AppTest):
    """Place, events, value and rank by count; the strongest cells stand in bars as well."""
    show(page, kind="seizures", method="density")
    table = page.dataframe[0].value
    assert list(table.columns) == ["Near", "Events", "Events on 1,000 km²", "Rank by count"]
    assert table["Events"].sum() == 30
    assert table["Events on 1,000 km²"].is_monotonic_decreasing
    assert "lamassu-bars" in text(page)
    assert "Plain counts, the baseline" in text(page)
    show(page, method="counts")
    assert "Plain counts, the baseline" not in text(page)
    assert list(page.dataframe[0].value.columns) == ["Near", "Events"]


def test_a_chosen_row_is_told_and_kept(page: AppTest):
    """The map jumps to it once; another question forgets it."""
    show(page, kind="seizures", method="counts")
    wanted, study = page.session_state["hotspot study"]
    page.session_state[f"hotspot table {study.id}"] = {"selection": {"rows": [1], "columns": []}}
    page.run()
    assert page.session_state["hotspot chosen"] == ("hotspots", int(study.cells["cell"].iloc[1]))
    assert f"Chosen: near **{study.cells['near'].iloc[1]}**" in text(page)
    assert page.session_state["hotspot study"][0] == wanted
    show(page, kind="looting")
    assert "hotspot chosen" not in page.session_state


def test_simulated_events_count_only_when_asked_and_are_said(open_page, home, store):
    """Left out and told by number; then counted, first of the warnings, in every legend."""
    simulate(store, 120)
    page = open_page(home)
    show(page, kind="seizures", method="gi*")
    assert "simulated (120)" in text(page)
    assert "SIMULATED" not in text(page)
    show(page, simulated=True)
    assert page.warning[0].value.startswith("120 of the 150 events counted are SIMULATED")
    assert ", SIMULATED" in text(page)
    assert "hot" in set(page.dataframe[0].value["Hot"])
    assert "Not testable" not in text(page)
    assert "Plain counts" in text(page)
    assert "PAI" in text(page)
    show(page, method="clusters")
    assert not page.exception
    assert "Knox" in text(page)


def test_a_period_without_events_says_so(page: AppTest):
    """And draws nothing."""
    show(page, kind="looting", period=(1992, 1993), undated=False)
    assert not page.exception
    assert page.warning[0].value.startswith("There is no event with a known point")
    assert len(page.dataframe) == 0


def test_cells_finer_than_the_data_are_widened_and_said(page: AppTest):
    """10 km asked for, towns known within 10 km."""
    show(page, kind="seizures", method="counts", cell="10 km")
    assert "cells of 20 km" in text(page)
    assert "they are widened to 20 km" in text(page)


def test_the_view_opens_on_an_empty_store(open_page, home: Path, store: Store):
    """Every import undone."""
    for record in store.imports():
        store.undo(record.import_id, author="test", now=NOW)
    page = open_page(home)
    for method in METHODS:
        show(page, method=method)
        assert (list(page.exception), list(page.error)) == ([], [])
    assert "nothing can be shown" in text(page)


def test_what_cannot_be_computed_is_told(page: AppTest, monkeypatch: pytest.MonkeyPatch):
    """In words, instead of a page of code; the other methods still answer, and say what lacks."""
    monkeypatch.setattr("geo.hotspots.clusters.MOST_PAIRS", 0)
    show(page, kind="looting", method="clusters", reach=200, days=365)
    assert not page.exception
    assert "pairs of events near each other" in page.error[0].value
    show(page, method="gi*")
    assert (list(page.exception), list(page.error)) == ([], [])
    assert "Clusters were not looked for" in text(page)


def test_few_events_are_not_numbered_outside_the_office(open_page, home: Path, come_as):
    """A viewer reads that there are fewer than 5, on the map and in the table, never how many."""
    come_as(Role.VIEWER)
    page = open_page(home)
    for method in METHODS:
        show(page, kind="seizures", method=method)
        assert (method, list(page.exception), list(page.error)) == (method, [], [])
    show(page, method="counts")
    told = {str(value) for value in page.dataframe[0].value["Events"]}
    assert "fewer than 5" in told
    assert not told & {"1", "2", "3", "4", "1.0", "nan"}
    _, study = page.session_state["hotspot study"]
    page.session_state[f"hotspot table {study.id}"] = {"selection": {"rows": [0], "columns": []}}
    assert "fewer than 5 events" in text(page.run())
    show(page, method="gi*")
    assert "not told" in set(page.dataframe[0].value["Rank by count"])


def test_a_stranger_saves_no_file(open_page, home: Path, come_as):
    """Looking is one right, handing over is another."""
    come_as(Role.ANONYMOUS)
    assert offers(open_page(home)) == []
    come_as(Role.VIEWER)
    assert offers(open_page(home)) == ["Cells and clusters (GeoPackage, with proof)"]
