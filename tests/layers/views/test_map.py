"""The map's view: one query for map, table, counts and caption; the card; corrections; the page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from geo.frames import frame_of
from geo.model import Audience
from geo.pipeline import shown
from geo.query import Query, select
from geo.store import FileKey, Store
from layers.map_layer import MapLayer
from layers.views import briefing, cache
from layers.views import map as map_view
from tests.handed import offers, pictures
from tests.homes import NOW

KINDS = ("sites", "posts", "seizures", "events", "roads", "alerts")
TABS = ("Sites", "Posts", "Seizures", "Events", "Links", "Flags")

HATRA = "PL894004"

KEY = FileKey(file_name="s.csv", sha256="5" * 64)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, MapLayer]:
    """The layers that the map was given last, by kind."""
    layers: dict[str, MapLayer] = {}

    def canvas(_key: str, given: list[MapLayer], **_options: object) -> dict[str, object]:
        layers.clear()
        layers.update(zip(map_view.LAYERS, given, strict=True))
        return {}

    monkeypatch.setattr(map_view, "map_canvas", canvas)
    return layers


@pytest.fixture
def app(open_app, home: Path, store: Store, drawn: dict[str, MapLayer]) -> AppTest:
    """The map of the embedded facts, a simulated seizure and one without a date."""
    rows = frame_of(
        "seizures",
        {
            "id": ["SIM1", "UNDATED1"],
            "event_type": ["seizure", "seizure"],
            "country": ["Iraq", "Iraq"],
            "place": ["Nowhere", "Somewhere"],
            "simulated": [True, False],
        },
    )
    store.add(
        "seizures", rows, key=FileKey(file_name="s.csv", sha256="5" * 64), author="t", now=NOW
    )
    return open_app(home)


def counts(app: AppTest) -> dict[str, int]:
    """The numbers on the tabs of the table."""
    tabs = app.button_group(key="table").options
    return {tab.rpartition(" ")[0]: int(tab.rpartition(" ")[2]) for tab in tabs}


def table(app: AppTest, kind: str) -> pd.DataFrame:
    """The table of a kind, as shown under the present limits."""
    app.button_group(key="table").set_value(kind).run()
    return app.dataframe[0].value


def choose_row(app: AppTest, kind: str, record_id: str) -> AppTest:
    """Chooses the row of a record in the table, as a click on it does."""
    row = list(table(app, kind)["id"]).index(record_id)
    app.session_state[f"table {kind} 0"] = {"selection": {"rows": [row], "columns": []}}
    return app.run()


def html(app: AppTest) -> str:
    """All HTML on the page."""
    return "\n".join(part.body for part in app.get("html"))


LIMITS = {
    "search": (lambda app: app.text_input(key="search").set_value("Nimrud"), Query(text="Nimrud")),
    "arabic": (lambda app: app.text_input(key="search").set_value("الحضر"), Query(text="الحضر")),
    "period": (
        lambda app: app.slider(key="period").set_value((2014, 2016)),
        Query(
            date_from=pd.Timestamp("2014-01-01").date(), date_to=pd.Timestamp("2016-12-31").date()
        ),
    ),
    "country": (
        lambda app: app.multiselect(key="filter country").set_value(["Syria"]),
        Query(countries=("Syria",)),
    ),
    "object class": (
        lambda app: app.multiselect(key="filter object_classes").set_value(["coins", "seals"]),
        Query(object_classes=("coins", "seals")),
    ),
    "event type": (
        lambda app: app.multiselect(key="filter event_type").set_value(["looting"]),
        Query(event_types=("looting",)),
    ),
    "precision": (
        lambda app: app.multiselect(key="filter precision").set_value(["town"]),
        Query(precisions=("town",)),
    ),
    "marking": (
        lambda app: app.multiselect(key="filter marking").set_value(["TLP:AMBER"]),
        Query(markings=("TLP:AMBER",)),
    ),
    "simulated": (lambda app: app.toggle(key="simulated").set_value(False),
                  Query(include_simulated=False)),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_counts_alike_everywhere(app: AppTest, drawn: dict[str, MapLayer], name: str):
    """Tab, caption, table and map show what `select` gives: as many, and the same records."""
    act, query = LIMITS[name]
    everything = counts(app)
    act(app).run()
    assert not app.exception
    expected = {
        kind: select(shown.records(cache.store(), kind, Audience.INTERNAL), query) for kind in KINDS
    }
    told = counts(app)
    assert told != everything
    for kind, tab in zip(KINDS, TABS, strict=True):
        if kind == "alerts":
            assert tab not in told
            continue
        assert told[tab] == len(expected[kind])
        assert sorted(table(app, kind)["id"]) == sorted(expected[kind]["id"])
        assert app.caption[0].value.startswith(f"{len(expected[kind]):,} record")
        on_map = sum(entry.count for entry in drawn[kind].legend) + drawn[kind].unplaced
        assert on_map == len(expected[kind])


def test_limits_join_and_say_so(app: AppTest):
    """Two limits are an *and*, and both stand in the caption."""
    app.multiselect(key="filter country").set_value(["Syria"])
    app.text_input(key="search").set_value("Palmyra").run()
    assert app.caption[0].value.replace("\\", "").endswith("Country: Syria; Text: Palmyra")
    assert set(table(app, "sites")["country"]) == {"Syria"}


def test_undated_records_go_only_where_a_period_is_set(app: AppTest):
    """Without a period the box does nothing; with one it takes what has no date away."""
    app.checkbox(key="undated").set_value(False).run()
    assert "UNDATED1" in set(table(app, "seizures")["id"])
    app.slider(key="period").set_value((2014, 2016)).run()
    assert "UNDATED1" not in set(table(app, "seizures")["id"])
    app.checkbox(key="undated").set_value(True).run()
    assert "UNDATED1" in set(table(app, "seizures")["id"])


def test_simulated_rows_say_so_and_can_be_hidden(app: AppTest):
    """The invented seizure is in the table with its flag, then it is not, and nothing else went."""
    before = table(app, "seizures").set_index("id")["simulated"]
    assert before[before].index.tolist() == ["SIM1"]
    app.toggle(key="simulated").set_value(False).run()
    assert set(before.index) - set(table(app, "seizures")["id"]) == {"SIM1"}
    assert "Simulated data hidden" in app.caption[0].value


def test_a_search_that_finds_nothing_is_no_fault(app: AppTest):
    """Zero on every tab, an empty table and an empty map."""
    app.text_input(key="search").set_value("zzzz [ ( \\ %").run()
    assert not app.exception
    assert set(counts(app).values()) == {0}


def test_what_is_typed_stays_text_in_the_caption(app: AppTest):
    """The caption is Markdown; the search is not."""
    app.text_input(key="search").set_value("![x](http://e.org/x.png) $a$ :red[b]").run()
    assert "![x]" not in app.caption[0].value
    assert "\\[x\\]" in app.caption[0].value


def test_a_row_shows_its_card(app: AppTest):
    """Grade, precision, marking, Arabic name and the link to the source."""
    choose_row(app, "sites", HATRA)
    assert not app.exception
    card = html(app)
    for words in ("الحضر", "Grade F6", "Precision exact", "TLP:CLEAR",
                  "https://pleiades.stoa.org/places/894004"):  # fmt: skip
        assert words in card


def test_every_site_can_be_gone_to(app: AppTest):
    """The first of the list as well as the last: their cards open."""
    for index in (0, 378):
        app.selectbox(key="go to").set_value(index).run()
        row = cache.records("sites").loc[index]
        assert row["id"] in html(app)


def test_sites_of_one_name_are_told_apart(open_app, home: Path, store: Store):
    """Two records of the same names stand in the list with their ids."""
    row = {"name": ["Tell", "Tell"], "country": ["Iraq", "Iraq"], "id": ["T1", "T2"]}
    store.add("sites", frame_of("sites", row), key=KEY, author="t", now=NOW)
    offered = open_app(home).selectbox(key="go to").options
    assert {"Tell · T1", "Tell · T2"} <= set(offered)
    assert len(set(offered)) == len(offered)


def test_a_chosen_record_outside_the_limits_is_told(app: AppTest):
    """Instead of a card, a sentence; without the limit the card is back."""
    choose_row(app, "sites", HATRA)
    app.multiselect(key="filter country").set_value(["Syria"]).run()
    assert [told.value for told in app.info] == ["The chosen record is outside the present limits."]
    app.multiselect(key="filter country").set_value([]).run()
    assert not app.info


def correct(app: AppTest, field: str, value: str, reason: str) -> AppTest:
    """Corrects a field of the chosen record."""
    (box,) = (box for box in app.selectbox if box.label == "Field")
    box.set_value(field).run()
    app.text_input(key=f"new {field} {HATRA}").set_value(value)
    app.text_input(key=f"reason {HATRA}").set_value(reason).run()
    (save,) = (button for button in app.button if button.label == "Save the correction")
    return save.click().run()


def test_a_correction_keeps_the_version_before(app: AppTest):
    """The card shows the new value, the history both, with author and reason."""
    choose_row(app, "sites", HATRA)
    correct(app, "note", "Parthian walls", "*seen* in the 1985 catalogue")
    assert not app.exception
    assert "Parthian walls" in html(app)
    told = [part.value for part in app.markdown if part.value.startswith("**Version")]
    assert [words.partition(",")[0] for words in told] == [
        "**Version 2** (current)", "**Version 1** (before)"
    ]  # fmt: skip
    assert any("\\*seen\\* in the 1985" in part.value for part in app.caption)


def test_a_correction_without_a_reason_waits(app: AppTest):
    """The button is not offered."""
    choose_row(app, "sites", HATRA)
    (save,) = (button for button in app.button if button.label == "Save the correction")
    assert save.disabled


def test_a_bad_correction_is_refused_in_words(app: AppTest):
    """A grade that is none changes nothing."""
    choose_row(app, "sites", HATRA)
    correct(app, "grade", "Z9", "a slip")
    assert not app.exception
    (refusal,) = (told.value for told in app.error)
    assert "Z9" in refusal
    history = cache.store().history("sites", HATRA)
    assert len(history) == 1


def test_a_page_is_previewed_for_each_audience(app: AppTest):
    """A picture with its id and marking, and the files that can be made of it."""
    choose_row(app, "sites", HATRA)
    for audience in Audience:
        app.session_state["audience of the page"] = audience
        press_briefing(app)
        assert (audience, list(app.exception), list(app.error)) == (audience, [], [])
        (picture,) = pictures(app)
        assert "TLP:" in picture
        assert offers(app) == ["PDF", "PNG", "PDF with proof (.zip)"]


def test_the_page_follows_the_limits(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    """What the dialog prints is asked with the query of the sidebar, and for the region."""
    asked = []
    monkeypatch.setattr(briefing, "dialog", lambda *given: asked.append(given))
    app.multiselect(key="filter country").set_value(["Syria"]).run()
    press_briefing(app)
    assert asked == [("region", Query(countries=("Syria",)))]


def test_a_page_that_cannot_be_made_says_why(app: AppTest):
    """A site that is no longer in the store."""
    app.session_state["selected"] = ("sites", "local", "GONE")
    press_briefing(app)
    assert not app.exception
    assert ["GONE" in told.value for told in app.error] == [True]


def press_briefing(app: AppTest) -> AppTest:
    """Opens the dialog."""
    (button,) = (button for button in app.button if button.label == "Briefing")
    return button.click().run()


def test_the_limits_are_kept_while_another_page_is_looked_at(app: AppTest, go):
    """Turning to the sources and back changes nothing on the map's page."""
    app.text_input(key="search").set_value("Hatra").run()
    before = counts(app)
    go(app, "sources")
    go(app, "map")
    assert counts(app) == before
